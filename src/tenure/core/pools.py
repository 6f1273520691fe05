"""A pool's seats: what is protected, what is held, and which state that makes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tenure.core.policy import DAY
from tenure.core.records import PoolState


@dataclass(slots=True)
class Hold:
    """Seats that lost their unit and stay protected, up to ``level`` of the pool's seats.

    ``notice`` is the token of the notice that announces it, None while none does; ``deadline``
    is there once that notice was served.
    """

    level: int
    notice: int | None = None
    deadline: int | None = None


@dataclass(slots=True)
class Horizon:
    """The instant at which units will run out, by what is known.

    ``known`` is when it appeared or last changed. Notices due by then never come, unless
    ``at_once``: then they are due at ``known``. ``done`` is when the engine last looked.
    """

    at: int
    known: int
    at_once: bool
    done: int | None = None

    def due(self, days: int) -> int | None:
        """Give when the notice of so many days is due; None if it never comes."""
        due = self.at - days * DAY
        if due > self.known:
            return due
        return self.known if self.at_once else None

    def is_done(self, due: int) -> bool:
        """Whether the engine has dealt with what was due at ``due``."""
        return self.done is not None and due <= self.done

    def open_days(self, days: tuple[int, ...], t: int) -> list[int]:
        """Give the days whose notices are due by ``t`` and not done, most days first."""
        found = []
        for day in sorted(days, reverse=True):
            due = self.due(day)
            if due is not None and due <= t and not self.is_done(due):
                found.append(day)
        return found

    def next_due(self, days: tuple[int, ...]) -> int | None:
        """Give the next instant at which a notice is due that is not done."""
        dues = [due for day in days if (due := self.due(day)) is not None]
        return min((due for due in dues if not self.is_done(due)), default=None)

    def to_data(self) -> list[Any]:
        """Give the horizon as plain data."""
        return [self.at, self.known, self.at_once, self.done]


def moved(old: Horizon | None, at: int | None, t: int, stay_began: int) -> Horizon | None:
    """Give the horizon after an instant ``t`` at which units will run out at ``at``.

    A horizon that appears or comes nearer within a stay makes what is overdue due at once; one
    that moves away does not.
    """
    if at is None:
        return None
    if old is not None and old.at == at:
        return old
    nearer = old is None or at < old.at
    return Horizon(at, known=t, at_once=nearer and stay_began < t)


@dataclass(slots=True)
class Pool:
    """The state of a pool, apart from its units, which are the licences'."""

    id: str
    seats: int = 0
    holds: list[Hold] = field(default_factory=list)
    last: tuple[PoolState, int] | None = None
    """State and protected seats as last recorded in this stay in active."""
    horizon: Horizon | None = None
    short_asked: bool = False
    reduced_asked: bool = False

    def protected(self, units: int) -> int:
        """Give how many seats are protected, in active and grace, with so many units."""
        return min(self.seats, max([units, *(hold.level for hold in self.holds)]))

    def state(self, units: int) -> PoolState:
        """Give the pool's state while active."""
        if self.seats <= units:
            return "covered"
        return "short" if self.holds else "reduced"

    def end_holds(self, units: int, t: int) -> None:
        """Drop the holds whose deadline is reached or that nobody needs any more."""
        if self.seats <= units:
            self.holds = []
            return
        self.holds = [
            hold
            for hold in self.holds
            if hold.level > units and (hold.deadline is None or hold.deadline > t)
        ]

    def copy(self) -> Pool:
        """Give a pool of its own in the same state."""
        horizon = None if self.horizon is None else replace(self.horizon)
        return replace(self, holds=[replace(hold) for hold in self.holds], horizon=horizon)

    def to_data(self) -> list[Any]:
        """Give the pool as plain data; ``from_data`` reads it again."""
        return [
            self.id,
            self.seats,
            [[hold.level, hold.notice, hold.deadline] for hold in self.holds],
            None if self.last is None else list(self.last),
            None if self.horizon is None else self.horizon.to_data(),
            self.short_asked,
            self.reduced_asked,
        ]

    @classmethod
    def from_data(cls, data: list[Any]) -> Pool:
        """Read what ``to_data`` gave."""
        id_, seats, holds, last, horizon, short_asked, reduced_asked = data
        return cls(
            id_,
            seats,
            [Hold(*hold) for hold in holds],
            None if last is None else (last[0], last[1]),
            None if horizon is None else Horizon(*horizon),
            short_asked,
            reduced_asked,
        )
