"""Is a user protected, why, until when, and what comes next. Asking changes nothing.

``decide`` is the one place where the order of reasons stands. ``explain`` lets a copy of the
lifecycle go on, with an engine and a relay that work, and looks at the same seat after each
instant at which something happens. A period runs from the service of its notice, and no notice
can be served earlier than by an engine and a relay that work: so what is told of a protection's
end is never too late.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tenure.core.capacity import NEVER
from tenure.core.coverage import ranked, taken
from tenure.core.lifecycle import Lifecycle
from tenure.core.notices import due_at, everything, run
from tenure.core.records import Phase

Code = Literal[
    "protected",
    "protected_by_hold",
    "protected_in_grace",
    "waiting_for_units",
    "unprotected",
    "suspended",
    "closed",
    "pending",
    "deleted",
    "no_such_user",
]
"""Stable: programs read it. A code may be added, none may change its meaning."""

CODES: tuple[Code, ...] = get_args(Code)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check answers. Everything in it is by what is known now, if nobody does anything.

    ``licence`` covers the seat now, by its id.
    ``until``: ``allowed`` stays as it is at least until then; None: without end. It may stay so
    for longer where ``is_until_open``, because a notice that is not served yet decides; else
    ``allowed`` changes exactly then.
    ``next_licence`` covers the seat from ``next_at`` on, after the present one or after a time
    without any.
    ``changes_at`` and ``becomes``: when, at the earliest, the code is another one, and which.
    ``deletion_at``: when everything is deleted, at the earliest.
    """

    allowed: bool
    code: Code
    phase: Phase
    licence: str | None = None
    until: int | None = None
    is_until_open: bool = False
    next_licence: str | None = None
    next_at: int | None = None
    changes_at: int | None = None
    becomes: Code | None = None
    deletion_at: int | None = None


def decide(
    life: Lifecycle, pool: str | None, place: int | None, *, is_known: bool = True
) -> tuple[bool, Code]:
    """Say whether a seat is protected, and the first reason that applies. Takes no time.

    ``place``: of the seat in its ``pool``, from 0; None for a member who has no seat, with any
    pool. ``is_known`` is False for a user whom the company does not have. Raises ``KeyError`` for
    a pool that there is not.

    What is so for the whole company comes before what is so for one user. Deleted comes before
    the user: members are erased some time after the deletion, and no answer may change by that.
    """
    if life.phase == "deleted":
        return False, "deleted"
    if not is_known:
        return False, "no_such_user"
    if life.closed:
        return False, "closed"
    if life.phase == "suspended":
        return False, "suspended"
    if life.phase == "pending":
        return False, "pending"
    if pool is None or place is None:
        return False, "unprotected"
    if place >= life.protected(pool):
        return False, "waiting_for_units"
    if place < life.capacity.units[pool]:
        return True, "protected"
    return True, "protected_in_grace" if life.phase == "grace" else "protected_by_hold"


Seat = tuple[str | None, int | None]
"""A pool, and the place of a seat in it, from 0; as for ``decide``."""


def explain(
    life: Lifecycle, pool: str | None, place: int | None, *, is_known: bool = True
) -> Answer:
    """Answer for a seat, with what comes next; arguments as for ``decide``.

    Costs a copy of the lifecycle, and by the licences that start or end after now.
    """
    allowed, code = decide(life, pool, place, is_known=is_known)
    if code == "no_such_user":
        return Answer(allowed, code, life.phase)
    return explain_all(life, [(pool, place)])[0]


def explain_all(life: Lifecycle, seats: Sequence[Seat]) -> list[Answer]:
    """Answer for each of some seats as ``explain`` does, of users whom the company has.

    The future is run through once for all of them.
    """
    ranks = {pool: _Ranks(life, pool) for pool in {pool for pool, _ in seats} if pool is not None}
    cases = [_Case(life, pool, place, ranks) for pool, place in seats]
    if not cases:
        return []
    for later in _future(life):
        for case in cases:
            case.see(later)
        if later.phase == "deleted" and life.phase != "deleted":
            break
    else:
        for case in cases:
            case.follow(NEVER)
    # Deadlines that were recorded are met without the engine; those that a notice has yet to set
    # are not. If nothing else decides, an answer is the same at ``until`` with no engine till then.
    idle = life.copy()
    for until in sorted({case.until for case in cases if case.until is not None}):
        idle.advance(until)
        for case in cases:
            if case.until == until:
                case.is_open = decide(idle, case.pool, case.place)[0] == case.allowed
    return [case.answer() for case in cases]


class _Ranks:
    """What stands in a pool in the order in which seats take it, and when more comes."""

    def __init__(self, life: Lifecycle, pool: str) -> None:
        self.shares = ranked(life, pool)
        self.ends = {share.licence.id: share.licence.ends for share in self.shares}
        self._starts = sorted({share.licence.starts for share in self.shares})

    def between(self, start: int, end: int, licence: str | None) -> list[int]:
        """Give the instants between two, exclusive, at which a seat's licence may be another one.

        Those are the end of the one it has and the starts of others. What ends before it stands
        after it in the order, and covers other seats.
        """
        i, j = bisect_right(self._starts, start), bisect_left(self._starts, end)
        found = self._starts[i:j]
        own = self.ends.get(licence or "")
        if own is not None and start < own < end:
            insort(found, own)
        return found


class _Case:
    """A seat whose future is looked at."""

    def __init__(
        self, life: Lifecycle, pool: str | None, place: int | None, ranks: Mapping[str, _Ranks]
    ) -> None:
        self.phase = life.phase
        self.allowed, self.code = decide(life, pool, place)
        if self.code == "deleted":
            pool = place = None
        self.pool, self.place = pool, place
        self._ranks = None if pool is None or place is None else ranks[pool]
        self.licence = self._taken(life.at) if self.code == "protected" else None
        self.until: int | None = None
        self.is_open = False
        self.changes_at: int | None = None
        self.becomes: Code | None = None
        self.next_licence: str | None = None
        self.next_at: int | None = None
        self.deletion_at: int | None = None
        self._last, self._last_code = life.at, self.code

    def see(self, later: Lifecycle) -> None:
        """Look at the seat after an instant at which something happens."""
        allowed, code = decide(later, self.pool, self.place)
        self.follow(later.at)
        self._last, self._last_code = later.at, code
        if self.until is None and allowed != self.allowed:
            self.until = later.at
        if self.changes_at is None and code != self.code:
            self.changes_at, self.becomes = later.at, code
        if code == "protected":
            self._see_licence(later.at)
        if later.phase == "deleted" and self.phase != "deleted":
            self.deletion_at = later.at

    def follow(self, end: int) -> None:
        """See which licence takes over in the calm since the last look."""
        if self._last_code != "protected" or self._ranks is None:
            return
        for t in self._ranks.between(self._last, end, self.licence):
            if self.next_licence is not None:
                return
            self._see_licence(t)

    def _see_licence(self, t: int) -> None:
        if self.next_licence is None:
            covers = self._taken(t)
            if covers != self.licence:
                self.next_licence, self.next_at = covers, t

    def _taken(self, t: int) -> str | None:
        if self._ranks is None or self.place is None:
            return None
        return taken(self._ranks.shares, self.place, t)

    def answer(self) -> Answer:
        """Give the answer."""
        return Answer(
            self.allowed,
            self.code,
            self.phase,
            self.licence,
            self.until,
            self.is_open,
            self.next_licence,
            self.next_at,
            self.changes_at,
            self.becomes,
            self.deletion_at,
        )


def _future(life: Lifecycle) -> Iterator[Lifecycle]:
    """Yield one lifecycle after each instant from now on at which something happens.

    At this very instant, too: an engine that was down may be late with the deletion.
    """
    later = life.copy()
    later.capacity.gather()
    run(later, later.at, accepts=everything)
    yield later
    while (t := max(due_at(later, later.next_event()), later.at + 1)) < NEVER:
        run(later, t, accepts=everything)
        yield later
