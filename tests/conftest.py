"""What tests of the database share: a service, a clock, and a company with its people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tenure.clock import SetClock


def at(text: str) -> int:
    """Give an instant from its ISO form, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.fixture
def instant() -> Callable[[str], int]:
    """Reads instants."""
    return at


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands on the first of January 2026."""
    return SetClock(at("2026-01-01T00:00:00"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Let no page of a live server keep its connection after its answer.

    A database to which somebody is connected can be neither copied nor removed, and the server's
    threads live as long as the browser's connections.
    """
    from django.db import connections

    for alias in connections:
        connections[alias].settings_dict["CONN_MAX_AGE"] = 0
