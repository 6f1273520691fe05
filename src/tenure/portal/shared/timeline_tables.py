"""A timeline as tables: what the picture shows, for those who do not see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenure.core.timeline import Mark, PoolTimeline, Strip, Timeline
from tenure.portal.operator.events import notice_words
from tenure.portal.shared.timeline_phases import (
    code_of,
    ends,
    mark_state,
    start_words,
)
from tenure.words import dates
from tenure.words.names import clean
from tenure.words.statuses import CompanyStatus

ROWS = 50
"""So many rows of one kind stand in the page; ``tenure timeline`` gives all of them."""


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase; ``end`` empty: no end is known."""

    code: CompanyStatus
    start: str
    end: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """What a pool has from an instant on."""

    pool: str
    start: str
    units: int
    seats: int
    held: int
    unprotected: int
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A stretch of time in which a licence gives units to a pool."""

    pool: str
    licence: str
    kind: str
    units: int
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice, and the day that depends on it."""

    name: str
    pool: str
    at: str
    state: str
    deadline: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that the picture shows. ``left`` are rows that do not stand in the page."""

    phases: tuple[PhaseRow, ...]
    counts: tuple[CountRow, ...]
    licences: tuple[LicenceRow, ...]
    notices: tuple[NoticeRow, ...]
    left: int
    has_pools: bool


def tables(
    timeline: Timeline,
    pools: Sequence[PoolTimeline],
    *,
    zone: str,
    language: str,
    is_closed: bool = False,
) -> Tables:
    """Give a timeline's tables; ``pools`` in the order in which they are drawn."""

    def begin(t: int, *, is_end: bool = False) -> str:
        say = dates.deadline if is_end else dates.moment
        return say(t, zone, language, "short", now=timeline.now)

    def end(t: int | None) -> str:
        return "" if t is None else begin(t, is_end=True)

    falls = {band.start for band in timeline.bands if ends(band)}
    names = {pool.id: clean(pool.name) for pool in timeline.pools}
    counts = [(pool, at) for pool in pools for at in _instants(pool)]
    spans = [(pool, strip, span) for pool in pools for strip in pool.strips for span in strip.spans]
    every = (timeline.bands, counts, spans, timeline.marks)
    return Tables(
        phases=tuple(
            PhaseRow(
                code_of(band, is_closed=is_closed),
                start_words(band, zone, language),
                end(band.end),
                band.is_certain,
            )
            for band in timeline.bands[:ROWS]
        ),
        counts=tuple(_count(timeline, pool, at, begin, falls) for pool, at in counts[:ROWS]),
        licences=tuple(
            LicenceRow(
                names[pool.id],
                clean(strip.name),
                strip.kind,
                span.units,
                "" if span.start <= timeline.start else begin(span.start),
                end(_end(strip, span.end)),
            )
            for pool, strip, span in spans[:ROWS]
        ),
        notices=tuple(_notice(mark, names, begin, end) for mark in timeline.marks[:ROWS]),
        left=sum(max(0, len(rows) - ROWS) for rows in every)
        + sum(pool.other_spans for pool in pools),
        has_pools=len(timeline.pools) > 1,
    )


def _end(strip: Strip, end: int | None) -> int | None:
    return strip.ends if end is None else end


def _instants(pool: PoolTimeline) -> list[int]:
    steps = (pool.units, pool.seats, pool.protected)
    return sorted({at for each in steps for at, _ in each.steps})


def _count(
    timeline: Timeline, pool: PoolTimeline, at: int, begin: Callable[..., str], falls: set[int]
) -> CountRow:
    units, seats, protected = pool.units.at(at), pool.seats.at(at), pool.protected.at(at)
    is_less = at in falls or units < pool.units.at(at - 1) or protected < pool.protected.at(at - 1)
    return CountRow(
        clean(pool.name),
        begin(at, is_end=is_less),
        units,
        seats,
        max(0, protected - units),
        seats - protected,
        at > timeline.now,
    )


def _notice(
    mark: Mark,
    names: dict[str, str],
    begin: Callable[..., str],
    end: Callable[[int | None], str],
) -> NoticeRow:
    return NoticeRow(
        notice_words(mark.kind, mark.days),
        names.get(mark.pool or "", ""),
        begin(mark.at),
        mark_state(mark),
        end(mark.deadline),
    )
