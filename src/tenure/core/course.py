"""The course of a company: its units, seats and protection as steps over time.

Followed from facts and records alone, those of the past and those of a forecast in one, so that
what was and what will be are computed by one reading. Nothing is decided here: phases, grants and
the service of notices are taken from the records.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.capacity import NEVER, shares
from tenure.core.licences import Licence, Register

Step = tuple[int, int]
"""From an instant on, a number."""


@dataclass(slots=True)
class Stretch:
    """Units of one licence in one pool, from ``start`` to ``end``; None: open at the last look."""

    start: int
    end: int | None
    units: int


@dataclass(slots=True)
class PoolCourse:
    """The steps of a pool, each list in the order of time, and the stretches of each licence.

    ``lasting``: the licences with their stretches in the order of ``core.coverage``, in which seats
    take their units.
    """

    units: list[Step] = field(default_factory=list)
    seats: list[Step] = field(default_factory=list)
    protected: list[Step] = field(default_factory=list)
    stretches: dict[str, list[Stretch]] = field(default_factory=dict)
    lasting: list[tuple[Licence, list[Stretch]]] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """What was followed. ``licences`` as they were left; ``stays`` in the order of time.

    ``next_at``: when something next happens, ``NEVER`` if nothing does. Until before it the course
    is the same.
    """

    pools: dict[str, PoolCourse] = field(default_factory=dict)
    licences: dict[str, Licence] = field(default_factory=dict)
    stays: list[r.PhaseChanged] = field(default_factory=list)
    next_at: int = NEVER


def follow(
    facts: Iterable[f.Fact],
    records: Iterable[r.Record],
    until: int,
    pools: Sequence[str] = (),
) -> Course:
    """Follow a company up to and including ``until``.

    ``records`` hold every ``PhaseChanged``, ``SeatsGranted``, ``SeatsReleased``, ``NoticeIssued``
    and ``NoticeServed``; others are passed over. ``pools``: those there are before the first fact.
    Raises ``FactRefused`` for a fact that cannot be. Costs by facts, records and their pools.
    """
    return _Follower(facts, records, pools).run(until)


@dataclass(slots=True)
class _Hold:
    """As ``core.pools.Hold``, announced by the grace's notice or by one of its own."""

    level: int
    is_of_grace: bool
    token: int | None = None
    deadline: int | None = None


@dataclass(slots=True)
class _Pool:
    units: int = 0
    seats: int = 0
    holds: list[_Hold] = field(default_factory=list)


class _Follower:
    def __init__(
        self, facts: Iterable[f.Fact], records: Iterable[r.Record], pools: Sequence[str]
    ) -> None:
        self.facts = sorted(facts, key=lambda fact: fact.at)
        events: list[tuple[int, r.Record]] = []
        told: list[tuple[int, r.Record]] = []
        for record in records:
            match record:
                case r.PhaseChanged():
                    events.append((record.effective_at, record))
                case r.SeatsGranted() | r.SeatsReleased():
                    events.append((record.at, record))
                case r.NoticeIssued() | r.NoticeServed():
                    told.append((record.at, record))
        self.events = sorted(events, key=_order)
        self.told = sorted(told, key=lambda each: each[0])
        self.register = Register(pools)
        self.first = pools[0] if pools else ""
        self.pools = {pool: _Pool() for pool in pools}
        self.course = Course({pool: PoolCourse() for pool in pools})
        self.phase: r.Phase = "pending"
        self.counted: dict[str, Mapping[str, int]] = {}
        self.bounds: list[int] = []
        """The instants at which licences start or end, which many do together, each once."""
        self.bounded: dict[int, list[str]] = {}
        """Which ones do."""
        self.deadlines: list[int] = []

    def run(self, until: int) -> Course:
        i = j = k = 0
        facts, events, told = self.facts, self.events, self.told
        while True:
            t = min(
                facts[i].at if i < len(facts) else NEVER,
                events[j][0] if j < len(events) else NEVER,
                told[k][0] if k < len(told) else NEVER,
                self.bounds[0] if self.bounds else NEVER,
                self.deadlines[0] if self.deadlines else NEVER,
            )
            if t > until:
                self.course.next_at = t
                break
            self._open(t)
            while self.bounds and self.bounds[0] <= t:
                for name in self.bounded.pop(heapq.heappop(self.bounds)):
                    self._count(self.register.licences[name], t)
            while i < len(facts) and facts[i].at == t:
                self._take(facts[i])
                i += 1
            while j < len(events) and events[j][0] == t:
                self._happen(events[j][1])
                j += 1
            self._close(t)
            while k < len(told) and told[k][0] == t:
                self._tell(told[k][1])
                k += 1
        licences = self.course.licences = self.register.licences
        for pool in self.course.pools.values():
            pool.lasting = [(licences[name], found) for name, found in pool.stretches.items()]
            pool.lasting.sort(key=_lasting)
        return self.course

    # An instant: as in the lifecycle, holds are found from what was before it and is after it

    def _open(self, t: int) -> None:
        self.was_phase = self.phase
        self.before: dict[str, tuple[int, int]] = {}
        """Units and seats before this instant, of the pools that it changes."""
        self.touched: dict[str, Licence] = {}
        self.added: set[str] = set()
        self.dirty: set[str] = set()

    def _pool(self, name: str) -> _Pool:
        """Give a pool that is about to change."""
        pool = self.pools[name]
        self.before.setdefault(name, (pool.units, pool.seats))
        return pool

    def _take(self, fact: f.Fact) -> None:
        match fact:
            case f.PoolAdded():
                self.register.add_pool(fact)
                self.first = self.register.pools[0]
                self.pools[fact.pool] = _Pool()
                self.course.pools[fact.pool] = PoolCourse()
            case f.LicenceAdded():
                licence = self.register.add(fact)
                self.added.add(licence.id)
                self._recount(licence, fact.at)
            case f.LicenceFact():
                before, licence = self.register.change(fact)
                if licence.id not in self.added:
                    self.touched.setdefault(licence.id, before)
                self._recount(licence, fact.at)

    def _recount(self, licence: Licence, t: int) -> None:
        self._count(licence, t)
        if licence.counts:
            for bound in (licence.starts, licence.ends):
                if bound is not None and bound > t:
                    there = self.bounded.get(bound)
                    if there is None:
                        self.bounded[bound] = [licence.id]
                        heapq.heappush(self.bounds, bound)
                    else:
                        there.append(licence.id)

    def _count(self, licence: Licence, t: int) -> None:
        old = self.counted.pop(licence.id, None)
        if licence.eligible(t):
            self.counted[licence.id] = now = shares(licence, self.first)
        elif old is None:
            return
        else:
            now = {}
        for name in now if old is None else old if not now else {**old, **now}:
            had, has = 0 if old is None else old.get(name, 0), now.get(name, 0)
            if had != has:
                self._pool(name).units += has - had
                found = self.course.pools[name].stretches
                stretches = found.get(licence.id)
                if stretches is None:
                    found[licence.id] = stretches = []
                _stretch(stretches, t, has)

    def _happen(self, record: r.Record) -> None:
        match record:
            case r.SeatsGranted():
                self._pool(record.pool).seats += record.count
            case r.SeatsReleased():
                self._pool(record.pool).seats -= record.count
            case r.PhaseChanged():
                self._enter(record)

    def _enter(self, record: r.PhaseChanged) -> None:
        self.course.stays.append(record)
        self.phase = record.to_phase
        self.dirty |= self.pools.keys()
        for name, pool in self.pools.items():
            if self.phase in ("suspended", "deleted"):
                pool.holds = []
            if self.phase == "deleted" and pool.seats:
                self._pool(name).seats = 0
            if self.phase == "active":
                for hold in pool.holds:
                    if hold.deadline is None:
                        hold.is_of_grace = False

    def _close(self, t: int) -> None:
        alive = ("active", "grace")
        if self.phase in alive and self.was_phase in alive:
            for name, (units, seats) in self.before.items():
                self._hold(name, units, seats, t)
        while self.deadlines and self.deadlines[0] <= t:
            heapq.heappop(self.deadlines)
            self.dirty |= {name for name, pool in self.pools.items() if pool.holds}
        for name in self.dirty | self.before.keys():
            pool = self.pools[name]
            if pool.seats <= pool.units:
                pool.holds = []
            elif pool.holds:
                pool.holds = [
                    hold
                    for hold in pool.holds
                    if hold.level > pool.units and (hold.deadline is None or hold.deadline > t)
                ]
            course = self.course.pools[name]
            _note(course.units, t, pool.units)
            _note(course.seats, t, pool.seats)
            _note(course.protected, t, self._protected(pool))

    def _hold(self, name: str, before: int, seats: int, t: int) -> None:
        pool = self.pools[name]
        level = min(seats, pool.seats, before)
        if level <= pool.units:
            return
        first = self.register.pools[0]
        untouched = pool.units
        for licence in self.touched.values():
            now = self.register.licences[licence.id]
            untouched -= now.share(name, first) if now.eligible(t) else 0
            was = licence._replace(starts=now.starts, ends=now.ends)
            if was.eligible(t) and not now.cancelled:
                untouched += was.share(name, first)
        if untouched < before:
            pool.holds.append(_Hold(level, is_of_grace=self.phase == "grace"))

    def _tell(self, record: r.Record) -> None:
        match record:
            case r.NoticeIssued(notice="pool_short") if record.pool is not None:
                for hold in self.pools[record.pool].holds:
                    if not hold.is_of_grace and hold.token is None:
                        hold.token = record.token
            case r.NoticeServed(notice="grace"):
                self._serve(record, [h for p in self.pools.values() for h in p.holds])
            case r.NoticeServed(notice="pool_short") if record.pool is not None:
                holds = self.pools[record.pool].holds
                self._serve(record, [hold for hold in holds if hold.token == record.token])

    def _serve(self, record: r.NoticeServed, holds: Sequence[_Hold]) -> None:
        for hold in holds:
            if hold.deadline is None and hold.is_of_grace == (record.notice == "grace"):
                hold.deadline = record.deadline
                heapq.heappush(self.deadlines, record.deadline)

    def _protected(self, pool: _Pool) -> int:
        if self.phase not in ("active", "grace"):
            return 0
        return min(pool.seats, max([pool.units, *(hold.level for hold in pool.holds)]))


def _lasting(each: tuple[Licence, list[Stretch]]) -> tuple[int, bool, str]:
    licence = each[0]
    ends = NEVER if licence.ends is None else licence.ends
    return -ends, licence.kind == "trial", licence.id


def _order(event: tuple[int, r.Record]) -> tuple[int, int, int]:
    """At one instant seats before phases, phases by stay: a deletion takes what was granted."""
    at, record = event
    return (at, 1, record.stay) if isinstance(record, r.PhaseChanged) else (at, 0, 0)


def _note(steps: list[Step], t: int, value: int) -> None:
    """Add a step where the value is another one than before; before the first it is 0."""
    if value == (steps[-1][1] if steps else 0):
        return
    if steps and steps[-1][0] == t:
        steps.pop()
        if value == (steps[-1][1] if steps else 0):
            return
    steps.append((t, value))


def _stretch(stretches: list[Stretch], t: int, units: int) -> None:
    """Let a licence have so many units from ``t`` on; what began at ``t`` never was."""
    last = stretches[-1] if stretches else None
    if last is not None and last.end is None:
        last.end = t
        if last.start == t:
            stretches.pop()
            last = stretches[-1] if stretches else None
    if not units:
        return
    if last is not None and last.end == t and last.units == units:
        last.end = None
    else:
        stretches.append(Stretch(t, None, units))
