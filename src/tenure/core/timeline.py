"""A company's timeline: what was and what will be, as plain values to draw, list or sign.

Two kinds of future are told apart. What is *certain* no delay of the engine or the relay can
change: all that has begun, up to the first instant at which it can end. What is *conditional*
comes about if nobody does anything; where a notice that is still to be served decides when, it
comes then at the earliest. Instants are whole seconds since 1970, UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Any, Literal

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.course import Course, PoolCourse, Step, Stretch, follow
from tenure.core.licences import Licence
from tenure.core.lifecycle import Lifecycle
from tenure.core.lines import instant
from tenure.core.policy import DAY
from tenure.core.simulation import forecast

BEFORE = 60 * DAY
"""So much of the past is shown at least, where there is so much."""
MOST_BEFORE = 400 * DAY
"""So much at most."""
AFTER = 30 * DAY
"""So much is shown after the last change, at least."""
AHEAD = 730 * DAY
"""So far the future is looked at."""

MarkState = Literal["served", "issued", "to_come"]
"""``issued``: told in the portal. A notice on which a period depends is then still unserved."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A number over time: each value from its instant on; before the first, 0."""

    steps: tuple[Step, ...] = ()

    def at(self, t: int) -> int:
        """Give the value at an instant."""
        i = bisect_left(self.steps, (t + 1,))
        return self.steps[i - 1][1] if i else 0

    def most(self, start: int, end: int) -> int:
        """Give the largest value in ``[start, end)``."""
        return max([self.at(start), *(value for _, value in self._within(start, end))])

    def clipped(self, start: int, end: int) -> Steps:
        """Give the steps of ``[start, end)``; the first stands at ``start``."""
        return Steps(((start, self.at(start)), *self._within(start, end)))

    def _within(self, start: int, end: int) -> tuple[Step, ...]:
        """Give the steps after ``start`` and before ``end``."""
        i = bisect_left(self.steps, (start + 1,))
        return self.steps[i : bisect_left(self.steps, (end,), i)]

    def to_data(self) -> list[dict[str, Any]]:
        """Give the steps for JSON."""
        return [{"from": instant(at), "count": value} for at, value in self.steps]


@dataclass(frozen=True, slots=True)
class Span:
    """So many units of a licence in a pool; ``end`` None: beyond what is shown."""

    start: int
    end: int | None
    units: int
    is_certain: bool = True
    """False where only a supposed fact ("what if?") makes it so."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A licence in a pool: its spans in the order of time.

    ``ends``: when its last term ends by what is known; None without end.
    """

    licence: str
    name: str
    kind: f.Kind
    ends: int | None
    spans: tuple[Span, ...]

    @property
    def units(self) -> int:
        """The most units that it ever has here."""
        return max((span.units for span in self.spans), default=0)

    def at(self, t: int) -> int:
        """Give its units at an instant."""
        for span in self.spans:
            if span.start <= t and (span.end is None or t < span.end):
                return span.units
        return 0

    def to_data(self) -> dict[str, Any]:
        """Give the strip for JSON."""
        return {
            "licence": self.licence,
            "name": self.name,
            "kind": self.kind,
            "ends": _written(self.ends),
            "spans": [
                {
                    "start": instant(span.start),
                    "end": _written(span.end),
                    "units": span.units,
                    "certain": span.is_certain,
                }
                for span in self.spans
            ],
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which so many seats are without a unit, and so many without protection.

    Seats without a unit that are not ``unprotected`` are held. ``end`` None: beyond what is shown.
    """

    start: int
    end: int | None
    missing: int
    unprotected: int


@dataclass(frozen=True, slots=True)
class PoolTimeline:
    """A pool. Strips stand in the order in which seats take their units, the lasting ones first.

    Where not all strips were asked for, ``others`` is how many more there are, and
    ``other_spans`` how many stretches of time they have units in.
    """

    id: str
    name: str
    units: Steps
    seats: Steps
    protected: Steps
    strips: tuple[Strip, ...]
    gaps: tuple[Gap, ...]
    others: int = 0
    other_spans: int = 0

    def to_data(self) -> dict[str, Any]:
        """Give the pool for JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "units": self.units.to_data(),
            "seats": self.seats.to_data(),
            "protected": self.protected.to_data(),
            "licences": [strip.to_data() for strip in self.strips],
            "gaps": [
                {
                    "start": instant(gap.start),
                    "end": _written(gap.end),
                    "missing": gap.missing,
                    "unprotected": gap.unprotected,
                }
                for gap in self.gaps
            ],
        }


@dataclass(frozen=True, slots=True)
class Band:
    """A phase from ``start`` to ``end``; None: no end is known.

    ``is_start_open``: it may begin later, because the engine or a notice that is not served yet
    decides; else it begins exactly then if nobody does anything.
    """

    phase: r.Phase
    start: int
    end: int | None
    instance: int
    is_certain: bool
    is_start_open: bool = False

    def to_data(self) -> dict[str, Any]:
        """Give the band for JSON."""
        return {
            "phase": self.phase,
            "start": instant(self.start),
            "end": _written(self.end),
            "instance": self.instance,
            "certain": self.is_certain,
            "at_the_earliest": self.is_start_open,
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """A notice: ``at`` is when it was or will be issued.

    ``deadline``: of the period that runs from its service; the earliest while it is not served.
    """

    kind: r.NoticeKind
    at: int
    state: MarkState
    pool: str | None = None
    days: int | None = None
    served_at: int | None = None
    deadline: int | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether a period waits for its service."""
        return self.state == "issued" and self.kind in r.DEADLINE_KINDS

    def to_data(self) -> dict[str, Any]:
        """Give the mark for JSON."""
        return {
            "notice": self.kind,
            "at": instant(self.at),
            "state": self.state,
            "pool": self.pool,
            "days": self.days,
            "served_at": _written(self.served_at),
            "deadline": _written(self.deadline),
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a company's units, seats, phases and notices were and will be, in ``[start, end)``."""

    now: int
    start: int
    end: int
    pools: tuple[PoolTimeline, ...]
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]

    def phase_at(self, t: int) -> r.Phase:
        """Give the phase at an instant."""
        return next((band.phase for band in reversed(self.bands) if band.start <= t), "pending")

    def to_data(self) -> dict[str, Any]:
        """Give all of it for JSON; instants as ``…Z``."""
        return {
            "now": instant(self.now),
            "start": instant(self.start),
            "end": instant(self.end),
            "phases": [band.to_data() for band in self.bands],
            "pools": [pool.to_data() for pool in self.pools],
            "notices": [mark.to_data() for mark in self.marks],
        }


def timeline(
    life: Lifecycle,
    facts: Iterable[f.Fact],
    records: Iterable[r.Record],
    *,
    begins: int | None = None,
    supposed: Sequence[f.Fact] = (),
    names: Mapping[str, str] | None = None,
    window: tuple[int, int] | None = None,
    pools: Sequence[str] = (),
    coming: Sequence[r.Record] | None = None,
    course: Course | None = None,
    most: int | None = None,
) -> Timeline:
    """Give a company's timeline as of ``life``, which is worked off to its end.

    ``facts`` are all that were done up to now, ``records`` all that was recorded; of the seats
    that people wanted, those with a record were granted. What took effect and is not recorded
    yet is taken from ``life``. ``supposed``: facts to come ("what if?"), later than now, in the
    order of time. ``begins``: when the company was opened. ``names``: of pools and licences, by
    id. ``window``: what to show; by default some past, and all changes there will be within two
    years. ``pools``: those that no fact opened. ``coming``: the forecast from ``life`` for
    ``AHEAD``, where it was made already and nothing is supposed; ``course``: what was followed so
    far from these facts, records and forecast. ``most``: of each pool's strips so many of the
    lasting ones and so many of the largest are given, by default all. Raises ``FactRefused`` for
    a supposed fact that cannot be.
    """
    now = life.at
    until = max(now + AHEAD, 0 if window is None else window[1])
    if coming is None or supposed or until > now + AHEAD:
        coming, course = forecast(life, until, supposed), None
    recorded = [x for x in records if x.at <= now]
    facts = facts if isinstance(facts, list) else list(facts)
    if course is None:
        course = follow([*facts, *supposed], [*recorded, *coming], until, pools)
    bands = _bands(course, now if begins is None else begins, life, supposed)
    start, end = window or _window(course, bands, begins, now)
    limits = _limits(facts, supposed)
    called = names or {}
    return Timeline(
        now,
        start,
        end,
        tuple(
            _pool(id_, pool, limits, called, start, end, most) for id_, pool in course.pools.items()
        ),
        tuple(b for b in bands if b.start < end and (b.end is None or b.end > start)),
        tuple(m for m in _marks(recorded, coming, now) if start <= m.at < end),
    )


def granted(facts: Iterable[f.Fact]) -> Iterator[r.Record]:
    """Give the records of seats that a ledger implies: what was refused never came into it."""
    for fact in facts:
        match fact:
            case f.SeatsProtected():
                yield r.SeatsGranted(fact.at, fact.pool, fact.count)
            case f.SeatsUnprotected():
                yield r.SeatsReleased(fact.at, fact.pool, fact.count)


# Phases


def _is_open(stay: r.PhaseChanged, life: Lifecycle, supposed: Sequence[f.Fact]) -> bool:
    """Whether a stay to come may begin later, because the engine or the mail takes its time.

    What licences begin and end comes in time. A suspension does where its notice was served, so
    that its deadline is set, or where people close the company; a deletion is the engine's act.
    """
    t = stay.effective_at
    if stay.to_phase == "suspended":
        is_set = life.phase == "grace" and life.deadline == t
        return not is_set and all(fact.at != t for fact in supposed)
    return stay.to_phase == "deleted"


def _bands(course: Course, begins: int, life: Lifecycle, supposed: Sequence[f.Fact]) -> list[Band]:
    now = life.at
    stays = course.stays
    ends: list[int | None] = [*(stay.effective_at for stay in stays), None][1:]
    bands = [
        Band(
            stay.to_phase,
            stay.effective_at,
            end,
            stay.instance,
            is_certain=stay.effective_at <= now,
            is_start_open=stay.effective_at > now and _is_open(stay, life, supposed),
        )
        for stay, end in zip(stays, ends, strict=True)
        # A stay that ended when it began is told by its notices alone.
        if end is None or end > stay.effective_at
    ]
    first = bands[0].start if bands else None
    if first is None or begins < first:
        bands.insert(0, Band("pending", begins, first, 1, is_certain=True))
    return bands


def _window(course: Course, bands: Sequence[Band], begins: int | None, now: int) -> tuple[int, int]:
    present = next(band for band in reversed(bands) if band.start <= now)
    first = bands[0].start if begins is None else begins
    start = now - BEFORE
    good = [band.end for band in bands if band.phase == "active" and band.end is not None]
    if present.phase != "active" and good and good[-1] <= now:
        start = min(start, good[-1] - BEFORE // 4)  # what went before explains the present
    start = max(start, now - MOST_BEFORE)
    if start - first < BEFORE // 2:
        start = first
    changes = [band.start for band in bands]
    for pool in course.pools.values():
        if pool.units:
            changes.append(pool.units[-1][0])
    last = max([now, *(at for at in changes if at <= now + AHEAD)])
    return min(start, now - 7 * DAY), max(last + AFTER, now + 2 * AFTER)


# Pools


def _limits(facts: Iterable[f.Fact], supposed: Sequence[f.Fact]) -> dict[str, int]:
    """Give from when on the licences are no longer as they are without what is supposed."""
    limits: dict[str, int] = {}
    renewed: dict[str, int | None] = {}
    for fact in supposed:
        match fact:
            case f.LicenceRenewed():
                if not renewed:
                    renewed = _ends(facts)
                end = renewed.get(fact.licence)
                at = fact.at if end is None else max(fact.at, end)
                limits[fact.licence] = min(at, limits.get(fact.licence, at))
            case f.LicenceAdded() | f.LicenceFact():
                limits[fact.licence] = min(fact.at, limits.get(fact.licence, fact.at))
    return limits


def _ends(facts: Iterable[f.Fact]) -> dict[str, int | None]:
    ends: dict[str, int | None] = {}
    for fact in facts:
        if isinstance(fact, f.LicenceAdded | f.LicenceRenewed):
            ends[fact.licence] = fact.ends
    return ends


def _pool(
    id_: str,
    course: PoolCourse,
    limits: Mapping[str, int],
    names: Mapping[str, str],
    start: int,
    end: int,
    most: int | None,
) -> PoolTimeline:
    units, seats, protected = (
        Steps(tuple(steps)) for steps in (course.units, course.seats, course.protected)
    )
    # There can be very many: of those with one stretch, which are most, it is seen at once.
    found = [
        each
        for each in course.lasting
        if (
            (x := each[1][0]).start < end and (x.end is None or x.end > start)
            if len(each[1]) == 1
            else _is_seen(each[1], start, end)
        )
    ]
    shown = found if most is None or len(found) <= most else _some(found, most, start, end)
    strips = [
        Strip(licence.id, names.get(licence.id, licence.id), licence.kind, licence.ends, spans)
        for licence, stretches in shown
        if (spans := tuple(_spans(stretches, limits.get(licence.id), start, end)))
    ]
    return PoolTimeline(
        id_,
        names.get(id_, id_),
        units.clipped(start, end),
        seats.clipped(start, end),
        protected.clipped(start, end),
        tuple(strips),
        tuple(_gaps(units, seats, protected, start, end)),
        len(found) - len(shown),
        _count(found, start, end) - _count(shown, start, end),
    )


_Lasting = tuple[Licence, list[Stretch]]


def _is_seen(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    return any(x.start < end and (x.end is None or x.end > start) for x in stretches)


def _count(found: Sequence[_Lasting], start: int, end: int) -> int:
    """Count the stretches that are seen."""
    several = [stretches for _, stretches in found if len(stretches) > 1]
    seen = sum(_is_seen((x,), start, end) for stretches in several for x in stretches)
    return len(found) - len(several) + seen


def _some(found: Sequence[_Lasting], most: int, start: int, end: int) -> list[_Lasting]:
    """Give the first ones and the largest ones, in their order."""

    sizes = [
        stretches[0].units
        if len(stretches) == 1
        else max(x.units for x in stretches if _is_seen((x,), start, end))
        for _, stretches in found
    ]
    largest = nlargest(most, range(len(found)), key=sizes.__getitem__)
    return [found[i] for i in sorted({*range(most), *largest})]


def _spans(stretches: Sequence[Stretch], limit: int | None, start: int, end: int) -> Iterator[Span]:
    for stretch in stretches:
        first = max(stretch.start, start)
        last = None if stretch.end is None or stretch.end >= end else stretch.end
        if first >= end or (last is not None and last <= first):
            continue
        if limit is None or (last is not None and last <= limit):
            yield Span(first, last, stretch.units)
        elif limit <= first:
            yield Span(first, last, stretch.units, is_certain=False)
        else:
            yield Span(first, limit, stretch.units)
            yield Span(limit, last, stretch.units, is_certain=False)


def _gaps(units: Steps, seats: Steps, protected: Steps, start: int, end: int) -> Iterator[Gap]:
    """Find where seats lie above units, or above what is protected."""
    instants = {start}
    for steps in (units, seats, protected):
        instants |= {at for at, _ in steps.steps if start < at < end}
    gap: Gap | None = None
    for at in sorted(instants):
        seats_now = seats.at(at)
        missing = max(0, seats_now - units.at(at))
        unprotected = seats_now - protected.at(at)
        if gap is not None and (gap.missing, gap.unprotected) == (missing, unprotected):
            continue
        if gap is not None:
            yield replace(gap, end=at)
        gap = Gap(at, None, missing, unprotected) if missing or unprotected else None
    if gap is not None:
        yield gap


# Notices


def _marks(recorded: Iterable[r.Record], coming: Iterable[r.Record], now: int) -> list[Mark]:
    issued: dict[int, tuple[r.NoticeIssued, bool]] = {}
    served: dict[int, r.NoticeServed] = {}
    gone: set[int] = set()
    for is_past, records in ((True, recorded), (False, coming)):
        for record in records:
            match record:
                case r.NoticeIssued():
                    issued[record.token] = record, is_past
                case r.NoticeServed():
                    served[record.token] = record
                case r.NoticeWithdrawn():
                    gone.add(record.token)
    marks = []
    for token, (notice, is_past) in issued.items():
        service = served.get(token)
        if token in gone and service is None:
            continue
        was_served = service is not None and service.at <= now and is_past
        state: MarkState = "to_come" if not is_past else "served" if was_served else "issued"
        marks.append(
            Mark(
                notice.notice,
                notice.at,
                state,
                notice.pool,
                notice.days,
                service.at if service is not None and was_served else None,
                notice.due_at if service is None else service.deadline,
            )
        )
    marks.sort(key=lambda mark: mark.at)
    return marks


def _written(t: int | None) -> str | None:
    return None if t is None else instant(min(t, 253_402_300_799))
