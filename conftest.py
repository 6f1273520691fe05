"""What every test can rely on: Hypothesis profiles, and programs of Debian found or loudly missed.

No product fixtures here; those stand in tests/conftest.py.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Playwright

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


def find_program(*names: str) -> Path | None:
    """The first of these commands that this machine has."""
    for name in names:
        found = shutil.which(name)
        for place in ("/usr/sbin", "/sbin"):
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
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Playwright keeps a loop in this thread to the end of the session; Django must not mind.

    Neither in the tests of browsers nor in those that the same process runs after them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright


@pytest.fixture(scope="session")
def nginx_path() -> Path:
    return require_program("nginx")


ON_POSTGRESQL = "TENURE_DATABASE_URL" in os.environ


ONCE = (
    "tests/cli/test_whatif.py",
    "tests/delivery/",
    "tests/faults/test_service.py",
    "tests/portal/hub/",
    "tests/portal/identity/",
    "tests/portal/test_doors.py",
    "tests/portal/test_rights.py",
    "tests/portal/test_whatifs.py",
    "tests/services/test_archives.py",
    "tests/services/test_exports.py",
    "tests/services/test_whatifs.py",
    "tests/stories/test_sleeps.py",
    "tests/stories/test_zones.py",
)
"""What asks nothing of the database that others do not: on PostgreSQL in the long run only."""


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what touches the database; on the embedded one, all but its tests."""
    chosen: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        touches = item.get_closest_marker("django_db") is not None or not {
            "db",
            "transactional_db",
        }.isdisjoint(getattr(item, "fixturenames", ()))
        of_postgres = item.get_closest_marker("postgres") is not None
        if ON_POSTGRESQL:
            # Playwright's event loop gives Django a second connection in the same thread; the first
            # stays open, and a database that is in use can be neither copied nor removed.
            is_apart = {"page", "browser", "context"} & set(getattr(item, "fixturenames", ()))
            is_embedded = item.get_closest_marker("embedded") is not None
            runs = of_postgres or (touches and not is_apart and not is_embedded)
            where = item.path.relative_to(config.rootpath).as_posix()
            if where.startswith(ONCE) or item.get_closest_marker("once") is not None:
                item.add_marker(pytest.mark.long)
        else:
            runs = not of_postgres
        (chosen if runs else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = chosen


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
