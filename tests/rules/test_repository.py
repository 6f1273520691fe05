"""The repository itself: it works on any machine, and says what it can do."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A path that is only right on one person's machine.
HOME_PATH = re.compile(r"(?<![\w.}>-])/(?:home|root|work|Users)/")
# Where packages come from is set on each machine, never here. (`--no-emit-…` keeps it out.)
REGISTRY = re.compile(  # in brackets, so that it does not find itself
    r"(?<!no-emit-)(?:index[-]url|find[-]links)|trusted[-]host|extra[-]index"
    r"|[p]ythonhosted|[p]ypi\.org|registry\.[n]pmjs",
    re.IGNORECASE,
)


def committed_files() -> list[Path]:
    # The folder may belong to somebody else than who runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert paths, "git lists no file"
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("pattern", [HOME_PATH, REGISTRY], ids=["home path", "registry"])
def test_nothing_committed_knows_the_machine_it_was_made_on(pattern: re.Pattern[str]) -> None:
    """No committed text holds a home path or the address of a package registry."""
    found = []
    for path in committed_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        for number, line in enumerate(text.splitlines(), start=1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert found == []


def locked(text: str) -> list[str]:
    """The requirements of a lock file, each with its hashes on one line."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("name", ["uv", "base", "test", "bench"])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    """A lock file holds exact versions with hashes, and no address and no option."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    requirements = locked(text)
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+(\[[a-z,-]+\])?==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


def test_what_is_tested_is_what_runs() -> None:
    """The lock file for tests holds every line of the one for the product."""
    base = locked((ROOT / "requirements" / "base.txt").read_text(encoding="utf-8"))
    test = locked((ROOT / "requirements" / "test.txt").read_text(encoding="utf-8"))
    assert {line.split()[0] for line in base} <= {line.split()[0] for line in test}


def test_make_lists_every_target() -> None:
    """`make` alone prints every target with what it does."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))
    assert {"setup", "run", "check", "test", "ci-deps"} <= targets
    printed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", printed, re.MULTILINE))
    assert set(listed) == targets


def test_make_check_runs_every_check() -> None:
    """Each `check-…` target is one of those that `make check` runs."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^check-([a-z-]+):", makefile, re.MULTILINE))
    match = re.search(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    assert match
    assert set(match.group(1).split()) == targets


def test_the_two_lists_of_dependencies_agree() -> None:
    """What pyproject.toml asks for is what base.in names, besides the build back end."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "requirements" / "base.in").read_text(encoding="utf-8")
    named = {line for line in text.splitlines() if line and not line.startswith("#")}
    assert named - {"hatchling", "editables"} == set(project["project"]["dependencies"])
