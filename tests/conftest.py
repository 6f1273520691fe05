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
