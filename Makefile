# Everything that is done here is done by one of these commands. `make` lists them.
#
# A line `target: ... ## words` is a target with its help; a line `##@ words` begins a group.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

BIN := .venv/bin
# Debian's packages that some tests need.
DEBIAN_PACKAGES := chromium fonts-dejavu-core fonts-liberation gettext nginx postgresql
# `make check` runs check-NAME for each of these.
CHECKS := types translations format lint imports migrations templates
# More options for pytest, e.g. make test ARGS="-k pools".
ARGS ?=

.PHONY: help setup run check test test-embedded test-postgres test-long bench lock messages ci-deps clean $(CHECKS:%=check-%)

##@ Help
help: ## Print this
	@if [ -t 1 ]; then bold=$$'\e[1m' blue=$$'\e[36m' plain=$$'\e[0m'; fi; \
	awk -v bold="$${bold:-}" -v blue="$${blue:-}" -v plain="$${plain:-}" 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s%s%s\n", bold, substr($$0, 5), plain } \
	  /^[a-z][a-z-]*:.*## / { printf "  %smake %-18s%s %s\n", blue, $$1, plain, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo

##@ Use
run: setup ## Start the whole product with demo data (Ctrl-C ends it)
	@exec $(BIN)/tenure run --demo

setup: $(BIN)/.project $(BIN)/.messages ## Make .venv with the command `tenure`
	@:

##@ Check
test: check test-embedded test-postgres ## Run all checks and all tests but the long ones
	@echo "All tests passed, on the embedded database and on PostgreSQL."

test-embedded: setup ## Run the tests, on the embedded database
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

test-postgres: setup ## Run those that touch the database, on a PostgreSQL of their own
	$(BIN)/python -m tools.postgres $(BIN)/pytest -n 2 --dist worksteal $(ARGS)

test-long: setup ## Run all tests, the long ones too, with more examples
	$(BIN)/pytest -n 2 --dist worksteal -m "" --hypothesis-profile=long $(ARGS)
	$(BIN)/python -m tools.postgres \
	  $(BIN)/pytest -n 2 --dist worksteal -m "" --hypothesis-profile=long $(ARGS)

check: setup ## Run all checks, two at a time
	@$(MAKE) --jobs=2 --output-sync=target $(CHECKS:%=check-%)
	@echo "All checks passed: $(CHECKS)."

bench: setup ## Measure speed (see bench/)
	$(BIN)/python -m bench $(ARGS)

##@ One check
check-format: setup ## The code is laid out by ruff
	$(BIN)/ruff format --check

check-lint: setup ## No lint finding
	$(BIN)/ruff check

check-types: setup ## The types agree
	$(BIN)/mypy
	$(if $(wildcard sdk),$(BIN)/mypy --strict sdk)

check-imports: setup ## Imports go in the one direction
	$(BIN)/lint-imports --no-logo

check-migrations: setup ## The migrations are in step with the models
	$(BIN)/tenure-manage makemigrations --check --dry-run

check-templates: setup ## Every template compiles
	$(BIN)/python -m tools.templates

check-translations: setup ## Every text is translated
	$(BIN)/python -m tools.translations

##@ Change
lock: $(BIN)/.requirements ## Make the lock files anew (UPGRADE=1 takes the newest releases)
	cd requirements && for name in uv base test bench; do \
	  ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	    $(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt; \
	done

messages: setup ## Gather the texts to translate into the .po files
	@command -v xgettext >/dev/null || { echo "This needs gettext: run make ci-deps." >&2; exit 1; }
	cd src/tenure && ../../$(BIN)/tenure-manage makemessages --all --add-location=file

ci-deps: ## Install Debian's packages that some tests need (as root or with sudo)
	@.ci/debian-packages $(DEBIAN_PACKAGES)

clean: ## Remove what the other targets made, but no data
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete

# What `make setup` consists of. Each stamp is newer than what it was made from, so that
# nothing is done twice.
$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	  if command -v $$python >/dev/null && \
	     $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then \
	    echo "Making .venv with $$($$python --version)"; \
	    exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo "Tenure needs Python 3.11, 3.12 or 3.13; found: $$(python3 --version 2>/dev/null || echo none)." >&2; \
	echo "If it stands elsewhere, say where: make setup PYTHON=path/to/python3.11" >&2; \
	exit 1

$(BIN)/.requirements: requirements/uv.txt requirements/test.txt | $(BIN)/python
	@echo "Installing the locked requirements"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@# pip is slower, but reads settings of this machine that uv does not know.
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/test.txt || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

$(BIN)/.project: pyproject.toml src/tenure/__init__.py $(BIN)/.requirements
	@echo "Installing the command tenure"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

MESSAGES := $(shell find src/tenure -name '*.po' 2>/dev/null)
$(BIN)/.messages: $(MESSAGES) $(BIN)/.requirements
	@for po in $(MESSAGES); do \
	  mo=$${po%.po}.mo; rm -f $$mo; \
	  $(BIN)/pybabel --quiet compile --input-file $$po --output-file $$mo; \
	  [ -e $$mo ] || { echo "$$po is not compiled while its header is marked fuzzy." >&2; exit 1; }; \
	done
	@touch $@
