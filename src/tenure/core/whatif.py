"""What if: the future under facts that nobody has done, beside the future as it is.

Both futures come from the same lifecycle, which is left alone; nobody does anything else in them,
the engine runs at every second and the mail works. What is compared is who is protected, the
phases, and the notices that go out. Instants are whole seconds since 1970, UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.core.simulation import Outages, happen


@dataclass(frozen=True, slots=True)
class Protected:
    """From ``at`` on ``count`` seats of a pool are protected, ``own`` of them there at present.

    ``own`` ones are the first of the pool: those that are protected in the supposed future only
    stand behind them.
    """

    at: int
    count: int
    own: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in one phase; ``end`` None: beyond what is looked at."""

    phase: r.Phase
    start: int
    end: int | None
    instance: int


@dataclass(frozen=True, slots=True)
class Future:
    """What will be recorded, the phases from the present one on, and who is protected."""

    records: tuple[r.Record, ...]
    stays: tuple[Stay, ...]
    pools: Mapping[str, tuple[Protected, ...]]

    def stay_at(self, t: int) -> Stay:
        """Give the stay in which an instant lies; the first one where it lies before all."""
        return next((stay for stay in reversed(self.stays) if stay.start <= t), self.stays[0])

    def first(self, phase: r.Phase) -> Stay | None:
        """Give the first later stay in a phase, where there will be one."""
        return next((stay for stay in self.stays[1:] if stay.phase == phase), None)

    def protected(self, pool: str, t: int) -> Protected:
        """Give who is protected in a pool at an instant."""
        steps = self.pools[pool]
        return next((step for step in reversed(steps) if step.at <= t), steps[0])


@dataclass(frozen=True, slots=True)
class Loss:
    """From ``start`` to ``end`` the seats of a pool from ``from_seat`` up to before ``to_seat``,
    counted from 0, lack the protection that they have otherwise; ``end`` None: as far as looked.
    """

    pool: str
    start: int
    end: int | None
    from_seat: int
    to_seat: int

    @property
    def count(self) -> int:
        """How many seats."""
        return self.to_seat - self.from_seat


@dataclass(frozen=True, slots=True)
class Gain:
    """From ``start`` to ``end`` so many more seats are protected than otherwise.

    ``new`` of them are seats that do not exist at present.
    """

    pool: str
    start: int
    end: int | None
    count: int
    new: int


@dataclass(frozen=True, slots=True)
class PhaseDifference:
    """From ``start`` to ``end`` the company is in another phase, or another instance."""

    start: int
    end: int | None
    before: r.Phase
    after: r.Phase


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The future as it is (``before``) and as it would be (``after``), and where they differ.

    ``losses`` and ``gains`` are in the order of time, at one instant in that of the pools;
    ``notices_gone`` would no longer go out, ``notices_new`` would; ``withdrawn`` were issued and
    would not be served any more.
    """

    at: int
    until: int
    facts: tuple[f.Fact, ...]
    before: Future
    after: Future
    losses: tuple[Loss, ...]
    gains: tuple[Gain, ...]
    phases: tuple[PhaseDifference, ...]
    notices_gone: tuple[r.NoticeIssued, ...]
    notices_new: tuple[r.NoticeIssued, ...]
    withdrawn: tuple[r.NoticeWithdrawn, ...]

    @property
    def first_loss_at(self) -> int | None:
        """When the first seats lose their protection; None where none do."""
        return self.losses[0].start if self.losses else None

    @property
    def is_equal(self) -> bool:
        """Whether nothing would be otherwise: nobody's protection, no phase and no notice."""
        return not (
            self.losses
            or self.gains
            or self.phases
            or self.notices_gone
            or self.notices_new
            or self.withdrawn
        )

    @property
    def answers(self) -> tuple[r.Record, ...]:
        """What is recorded of the seats wanted and given back, in the order of the facts."""
        kinds = (r.SeatsGranted, r.SeatsReleased, r.SeatsRefused)
        return tuple(record for record in self.after.records if isinstance(record, kinds))

    def first_losses(self) -> tuple[Loss, ...]:
        """Give every seat that loses its protection once: when it first does."""
        found: list[Loss] = []
        seen: dict[str, list[tuple[int, int]]] = {}
        for loss in self.losses:
            known = seen.setdefault(loss.pool, [])
            for first, last in _without(loss.from_seat, loss.to_seat, known):
                found.append(Loss(loss.pool, loss.start, loss.end, first, last))
            known.append((loss.from_seat, loss.to_seat))
        return tuple(found)


def what_if(life: Lifecycle, at: int, facts: Sequence[f.Fact], until: int) -> WhatIf:
    """Compare the future up to and including ``until`` with that under supposed facts.

    ``life`` can still take facts of ``at``, the present; it is left alone. ``facts`` are taken in
    the order of time, at one instant in the order given. Raises ``FactRefused`` for a fact that
    cannot be, or lies before ``at``; seats that would be refused are in ``answers``.
    """
    ordered = sorted(facts, key=lambda fact: fact.at)
    if ordered and ordered[0].at < at:
        raise FactRefused("too_early", "what is supposed must lie now or later", field="at")
    before = future(life, (), until)
    after = future(life, ordered, until)
    order = {pool: i for i, pool in enumerate(life.pools)}
    losses: list[Loss] = []
    gains: list[Gain] = []
    for pool in life.pools:
        _compare(pool, before.pools[pool], after.pools[pool], losses, gains)
    losses.sort(key=lambda each: (each.start, order[each.pool]))
    gains.sort(key=lambda each: (each.start, order[each.pool]))
    return WhatIf(
        at,
        until,
        tuple(ordered),
        before,
        after,
        tuple(losses),
        tuple(gains),
        tuple(_phases(before, after)),
        tuple(_more(before, after)),
        tuple(_more(after, before)),
        tuple(_withdrawn(life, before, after)),
    )


def future(life: Lifecycle, facts: Sequence[f.Fact], until: int) -> Future:
    """Give the future up to and including ``until``; ``facts`` in the order of time.

    ``records`` are those of ``core.simulation.forecast``. ``life`` is left alone.
    """
    watched = life.copy_as(_Watched)
    watched.capacity.gather()
    watched.seen = []
    start = life.at
    records = tuple(happen(watched, facts, until, engine=Outages(), mail=Outages()))
    came = [x for x in records if isinstance(x, r.PhaseChanged) and x.stay > life.stay]
    first = (life.phase, life.began, life.instance)
    stays = [first, *((x.to_phase, x.effective_at, x.instance) for x in came)]
    ends: list[int | None] = [*(x.effective_at for x in came), None]
    return Future(
        records,
        tuple(
            Stay(phase, began, end, instance)
            for (phase, began, instance), end in zip(stays, ends, strict=True)
            if began != end
        ),
        {pool: tuple(_steps(pool, life, watched.seen, records, start)) for pool in life.pools},
    )


class _Watched(Lifecycle):
    """A lifecycle that notes at the end of each instant how many seats are protected.

    Records alone do not tell that: no pool line is recorded in grace, when a hold may end.
    """

    seen: list[tuple[int, dict[str, int]]]

    def _close(self) -> None:
        super()._close()
        self.seen.append((self.at, {pool: self.protected(pool) for pool in self.pools}))


def _steps(
    pool: str,
    life: Lifecycle,
    seen: Sequence[tuple[int, Mapping[str, int]]],
    records: Sequence[r.Record],
    start: int,
) -> Iterator[Protected]:
    """Follow a pool: how many are protected, and how many of them are there at present.

    People give back the last seats, so of those there are now the first ``kept`` remain.
    """
    seats = kept = life.pools[pool].seats
    falls: list[tuple[int, int]] = []
    for record in records:
        match record:
            case r.SeatsGranted() if record.pool == pool:
                seats += record.count
            case r.SeatsReleased() if record.pool == pool:
                seats -= record.count
            case r.PhaseChanged(to_phase="deleted") if record.stay > life.stay:
                seats = 0
            case _:
                continue
        if seats < kept:
            kept = seats
            falls.append((record.at, kept))
    here = life.pools[pool].seats
    last = Protected(start, now := life.protected(pool), now)
    yield last
    i = 0
    for at, counts in seen:
        while i < len(falls) and falls[i][0] <= at:
            here = falls[i][1]
            i += 1
        count = counts[pool]
        own = min(count, here)
        if (count, own) != (last.count, last.own):
            last = Protected(at, count, own)
            yield last


def _compare(
    pool: str,
    before: Sequence[Protected],
    after: Sequence[Protected],
    losses: list[Loss],
    gains: list[Gain],
) -> None:
    lost: Loss | None = None
    gained: Gain | None = None
    for at, was, would in _merged(before, after):
        bounds = (would.own, max(would.own, was.own))
        if lost is None or bounds != (lost.from_seat, lost.to_seat):
            if lost is not None:
                losses.append(Loss(pool, lost.start, at, lost.from_seat, lost.to_seat))
            lost = Loss(pool, at, None, *bounds) if bounds[0] < bounds[1] else None
        new = would.count - would.own
        more = new + max(0, would.own - was.own)
        if gained is None or (more, new) != (gained.count, gained.new):
            if gained is not None:
                gains.append(Gain(pool, gained.start, at, gained.count, gained.new))
            gained = Gain(pool, at, None, more, new) if more else None
    if lost is not None:
        losses.append(lost)
    if gained is not None:
        gains.append(gained)


def _merged(
    before: Sequence[Protected], after: Sequence[Protected]
) -> Iterator[tuple[int, Protected, Protected]]:
    i = j = 0
    for at in sorted({step.at for step in (*before, *after)}):
        while i + 1 < len(before) and before[i + 1].at <= at:
            i += 1
        while j + 1 < len(after) and after[j + 1].at <= at:
            j += 1
        yield at, before[i], after[j]


def _phases(before: Future, after: Future) -> Iterator[PhaseDifference]:
    starts = sorted({stay.start for stay in (*before.stays, *after.stays)})
    ends: list[int | None] = [*starts[1:], None]
    found: PhaseDifference | None = None
    for start, end in zip(starts, ends, strict=True):
        was, would = before.stay_at(start), after.stay_at(start)
        differs = (was.phase, was.instance) != (would.phase, would.instance)
        if (
            found is not None
            and differs
            and (found.before, found.after) == (was.phase, would.phase)
        ):
            found = PhaseDifference(found.start, end, was.phase, would.phase)
            continue
        if found is not None:
            yield found
        found = PhaseDifference(start, end, was.phase, would.phase) if differs else None
    if found is not None:
        yield found


def _more(one: Future, other: Future) -> Iterator[r.NoticeIssued]:
    """Give the notices that go out in one future and not in the other."""
    known = Counter(_notice(x) for x in other.records if isinstance(x, r.NoticeIssued))
    for record in one.records:
        if isinstance(record, r.NoticeIssued):
            key = _notice(record)
            if known[key]:
                known[key] -= 1
            else:
                yield record


def _notice(x: r.NoticeIssued) -> tuple[Any, ...]:
    """Give what a notice is known by; its number may be another in another future."""
    return x.at, x.notice, x.pool, x.instance, x.days, x.horizon_at, x.effective_at


def _withdrawn(life: Lifecycle, before: Future, after: Future) -> Iterator[r.NoticeWithdrawn]:
    tokens = {notice.token for notice in life.unserved}
    gone = {x.token for x in before.records if isinstance(x, r.NoticeWithdrawn)}
    for record in after.records:
        if isinstance(record, r.NoticeWithdrawn) and record.token in tokens - gone:
            yield record


def _without(first: int, last: int, known: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give what of ``first`` up to before ``last`` lies in none of the known stretches."""
    for start, end in sorted(known):
        if start >= last:
            break
        if first < start:
            yield first, start
        first = max(first, end)
    if first < last:
        yield first, last
