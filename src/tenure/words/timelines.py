"""A timeline in one sentence: when does it hurt, whom, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from tenure.core.records import Phase
from tenure.core.timeline import PoolTimeline, Timeline
from tenure.words import timelines_en, timelines_fr
from tenure.words.dates import Calendar
from tenure.words.language import Language, chosen
from tenure.words.names import clean

_TEXTS: dict[Language, ModuleType] = {"en": timelines_en, "fr": timelines_fr}


@dataclass(frozen=True, slots=True)
class TimelineFacts:
    """What is so of a timeline. Instants are seconds since 1970 UTC.

    ``hurts_at``: when the next people lose protection, ``hurt`` of them; None if nobody does as
    far as is shown. ``unprotected``: how many are without it now. ``is_open``: it may come later,
    because a notice is not served yet. ``pool``: the only pool that is hurt, now or else next, of
    several. ``deleted_at``: the earliest deletion.
    """

    company: str
    phase: Phase
    is_closed: bool
    hurts_at: int | None
    hurt: int
    unprotected: int
    is_open: bool
    pool: str | None
    deleted_at: int | None
    returns_at: int | None


def facts_of(company: str, timeline: Timeline, *, is_closed: bool = False) -> TimelineFacts:
    """Find what hurts next in a timeline."""
    now = timeline.now
    unprotected = {pool.id: _waiting(pool, now) for pool in timeline.pools}
    falls = sorted({gap.start for pool in timeline.pools for gap in pool.gaps if gap.start > now})
    hurts_at: int | None = None
    hurt: dict[str, int] = unprotected
    for at in falls:
        lost = {pool.id: _waiting(pool, at) - _waiting(pool, at - 1) for pool in timeline.pools}
        if any(count > 0 for count in lost.values()):
            hurts_at, hurt = at, lost
            break
    pools = [
        pool.name
        for pool in timeline.pools
        if (unprotected if any(unprotected.values()) else hurt)[pool.id] > 0
    ]
    later = [band for band in timeline.bands if band.start > now]
    return TimelineFacts(
        company=company,
        phase=timeline.phase_at(now),
        is_closed=is_closed,
        hurts_at=hurts_at,
        hurt=0 if hurts_at is None else sum(max(0, count) for count in hurt.values()),
        unprotected=sum(unprotected.values()),
        is_open=hurts_at is not None and _is_open(timeline, hurts_at),
        pool=pools[0] if len(pools) == 1 and len(timeline.pools) > 1 else None,
        deleted_at=next((band.start for band in later if band.phase == "deleted"), None),
        returns_at=next((band.start for band in later if band.phase == "active"), None),
    )


def _waiting(pool: PoolTimeline, t: int) -> int:
    return pool.seats.at(t) - pool.protected.at(t)


def _is_open(timeline: Timeline, t: int) -> bool:
    """Whether something may come later than ``t``: nothing that is served by now sets it."""
    for band in timeline.bands:
        if band.start == t:
            return band.is_start_open
    return not any(mark.deadline == t and mark.state == "served" for mark in timeline.marks)


def timeline_sentence(facts: TimelineFacts, zone: str, now: int, language: str) -> str:
    """Say a timeline in one sentence, in a language; in English where it is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    pool = None if facts.pool is None else clean(facts.pool)
    said: str = texts.sentence(facts, clean(facts.company), pool, Calendar(zone, now, spoken))
    return said
