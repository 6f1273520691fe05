"""What will happen to a company of import files if nobody does anything. No database, no clock."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from tenure.cli import instants
from tenure.cli.errors import UserError
from tenure.cli.import_files import ImportRefused, read
from tenure.cli.import_sources import source
from tenure.cli.scenarios import longest
from tenure.core.policy import DAY, Policy
from tenure.core.simulation import Scenario
from tenure.services.import_history import scenario
from tenure.services.import_rows import CompanyFiles, EnoughProblems, Problems

AHEAD = 730 * DAY
"""How long after the last end of a licence a scenario goes on."""


def is_import(path: str) -> bool:
    """Whether a path is a folder or a ZIP, as imports are."""
    return Path(path).is_dir() or (Path(path).is_file() and zipfile.is_zipfile(path))


def load(path: str, reference: str | None, until: str | None) -> Scenario:
    """Give the scenario of one company of import files. Raises ``UserError``.

    ``until`` is a date or a time; by default two years after the last end of a licence.
    """
    files = read(source(path), lambda _: None)
    company = _chosen(path, files.companies, reference)
    last = instants.LAST - longest(Policy())
    if until is None:
        known = [row.ends or row.starts for row in company.licences.values()]
        end = min(max(known, default=0) + AHEAD, last)
    else:
        try:
            end = instants.instant(until, company.zone)
        except ValueError as error:
            raise UserError(f"--until: {until}: {error}") from None
        if end > last:
            raise UserError(f"--until: write {instants.written(last)} or earlier")
    problems = Problems()
    found = None
    with suppress(EnoughProblems):
        found = scenario(company, problems, end)
    if problems.found or found is None:
        raise ImportRefused(problems.found)
    return found


def _chosen(
    path: str, companies: Mapping[str, CompanyFiles], reference: str | None
) -> CompanyFiles:
    if reference is None:
        if len(companies) == 1:
            return next(iter(companies.values()))
        names = ", ".join(list(companies)[:12])
        raise UserError(f"{path} has {len(companies)} companies; choose with --company: {names}")
    if reference not in companies:
        near = get_close_matches(reference, list(companies)[:1000], n=1)
        guess = f"did you mean {near[0]}?" if near else "companies.csv names them"
        raise UserError(f"there is no company {reference} in {path}; {guess}")
    return companies[reference]
