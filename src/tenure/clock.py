"""The only place that reads a clock.

Services and the engine are handed a ``Clock`` and read it themselves, after they hold the lock;
an instant that was read before the lock could lie before what another writer has written.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time as whole seconds since 1970-01-01T00:00:00Z."""

    def now(self) -> int:
        """Give the present instant."""
        ...


class WallClock:
    """The machine's clock."""

    def now(self) -> int:
        """Give the present instant, its fraction cut off."""
        return int(time.time())


class SetClock:
    """A clock that stands where it was put: for simulations, test accounts and tests."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        """Give the instant at which the clock stands."""
        return self._at

    def move_to(self, at: int) -> None:
        """Put the clock; it may go back, as clocks do."""
        self._at = at


def monotonic() -> float:
    """Give seconds on a clock that nobody can put back; its zero means nothing."""
    return time.monotonic()
