"""Is a user protected, why, until when, and what comes next. Asking changes nothing.

``decide`` is the one place where the order of reasons stands. ``explain`` lets a copy of the
lifecycle go on, with an engine and a relay that work, and looks at the same seat after each
instant at which something happens. A period runs from the service of its notice, and no notice
can be served earlier than by an engine and a relay that work: so what is told of a protection's
end is never too late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from tenure.core.capacity import NEVER
from tenure.core.coverage import Share, ranked, taken
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


def explain(
    life: Lifecycle, pool: str | None, place: int | None, *, is_known: bool = True
) -> Answer:
    """Answer for a seat, with what comes next; arguments as for ``decide``.

    Costs a copy of the lifecycle, and by the licences that start or end after now.
    """
    allowed, code = decide(life, pool, place, is_known=is_known)
    if code == "no_such_user":
        return Answer(allowed, code, life.phase)
    if code == "deleted":
        pool = place = None
    shares = ranked(life, pool) if pool is not None and place is not None else []
    licence = taken(shares, place, life.at) if code == "protected" and place is not None else None
    until = next_at = changes_at = deletion_at = None
    next_licence: str | None = None
    becomes: Code | None = None
    last, last_code = life.at, cast(str, code)

    def follow(end: int) -> None:
        """See which licence takes over in the calm between two instants of the future."""
        nonlocal next_licence, next_at
        if next_licence is None and last_code == "protected" and place is not None:
            next_licence, next_at = _follower(shares, place, licence, last, end)

    for later in _future(life):
        now_allowed, now_code = decide(later, pool, place)
        follow(later.at)
        last, last_code = later.at, now_code
        if until is None and now_allowed != allowed:
            until = later.at
        if changes_at is None and now_code != code:
            changes_at, becomes = later.at, now_code
        if next_licence is None and now_code == "protected" and place is not None:
            covers = taken(shares, place, later.at)
            if covers != licence:
                next_licence, next_at = covers, later.at
        if later.phase == "deleted" and life.phase != "deleted":
            deletion_at = later.at
            break
    else:
        follow(NEVER)
    return Answer(
        allowed,
        code,
        life.phase,
        licence,
        until,
        until is not None and _is_open(life, pool, place, until, allowed),
        next_licence,
        next_at,
        changes_at,
        becomes,
        deletion_at,
    )


def _follower(
    shares: list[Share], place: int, licence: str | None, start: int, end: int
) -> tuple[str | None, int | None]:
    """Give which licence first takes a seat over from another between two instants, and when."""
    bounds = {x for share in shares for x in (share.licence.starts, share.licence.ends)}
    for t in sorted(x for x in bounds if x is not None and start < x < end):
        covers = taken(shares, place, t)
        if covers != licence:
            return covers, t
    return None, None


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


def _is_open(
    life: Lifecycle, pool: str | None, place: int | None, until: int, allowed: bool
) -> bool:
    """Whether an answer would still be the same at ``until`` if the engine did nothing till then.

    Deadlines that were recorded are met without the engine; those that a notice has yet to set
    are not.
    """
    later = life.copy()
    later.advance(until)
    return decide(later, pool, place)[0] == allowed
