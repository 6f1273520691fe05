"""What every test can rely on: Hypothesis profiles, and programs of Debian found or loudly missed.

No product fixtures here; those stand in tests/conftest.py.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# `make test` must give the same answer twice; `make test-long` looks further each time.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=2000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")

# Debian keeps PostgreSQL's own commands (initdb, postgres) out of PATH, one folder per version.
POSTGRESQL = Path("/usr/lib/postgresql")


def find_program(*names: str) -> Path | None:
    """The first of these commands that this machine has."""
    versions = sorted(POSTGRESQL.glob("*/bin"), key=lambda path: int(path.parent.name))
    places = [*map(str, reversed(versions)), "/usr/sbin", "/sbin"]
    for name in names:
        found = shutil.which(name)
        for place in places:
            found = found or shutil.which(name, path=place)
        if found:
            return Path(found)
    return None


def require_program(*names: str) -> Path:
    """The path of the command; fails the test, and says how to get it, where there is none."""
    found = find_program(*names)
    if found is None:
        pytest.fail(
            f"This test needs {' or '.join(names)}, which this machine does not have. "
            "`make ci-deps` installs it (as root, or with sudo).",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    return require_program("chromium", "chromium-browser")


@pytest.fixture(scope="session")
def nginx_path() -> Path:
    return require_program("nginx")


@pytest.fixture(scope="session")
def postgresql_bin() -> Path:
    """The folder that holds initdb, pg_ctl and postgres, of the newest version installed."""
    return require_program("initdb").parent


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name the whole address of a page. (Playwright's own fixture warns in pytest 9.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], chromium_path: Path
) -> dict[str, Any]:
    """Playwright drives Debian's Chromium; it brings no browser of its own."""
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium_path),
        "args": ["--no-sandbox"],
    }
