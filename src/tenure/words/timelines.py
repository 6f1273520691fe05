"""A timeline in one sentence: when does it hurt, whom, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from tenure.core.records import Phase
from tenure.core.timeline import Timeline
from tenure.words import timelines_en, timelines_fr
from tenure.words.dates import Calendar
from tenure.words.language import Language, chosen
from tenure.words.names import clean

_TEXTS: dict[Language, ModuleType] = {"en": timelines_en, "fr": timelines_fr}


@dataclass(frozen=True, slots=True)
class TimelineFacts:
    """What is so of a timeline. Instants are seconds since 1970 UTC.

    ``hurts_at``: when people who are protected now lose it, or others too few units have; None if
    nobody does as far as is shown. ``hurt``: how many are then without protection, ``unprotected``
    how many are now. ``is_open``: it may come later, because a notice is not served yet.
    ``pool``: the only pool that is hurt, of several. ``deleted_at``: the earliest deletion.
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
    unprotected = {pool.id: pool.seats.at(now) - pool.protected.at(now) for pool in timeline.pools}
    next_: int | None = None
    for pool in timeline.pools:
        for gap in pool.gaps:
            if gap.start > now and gap.unprotected > 0 and (next_ is None or gap.start < next_):
                lost = gap.unprotected > pool.seats.at(gap.start - 1) - pool.protected.at(
                    gap.start - 1
                )
                next_ = gap.start if lost else next_
    at = now if next_ is None else next_
    hurt = {pool.id: pool.seats.at(at) - pool.protected.at(at) for pool in timeline.pools}
    where = hurt if next_ is not None else unprotected
    hurt_pools = [pool.name for pool in timeline.pools if where[pool.id] > 0]
    phase = timeline.phase_at(now)
    later = [band for band in timeline.bands if band.start > now]
    return TimelineFacts(
        company=company,
        phase=phase,
        is_closed=is_closed,
        hurts_at=next_,
        hurt=sum(hurt.values()),
        unprotected=sum(unprotected.values()),
        is_open=next_ is not None and _is_open(timeline, next_),
        pool=hurt_pools[0] if len(hurt_pools) == 1 and len(timeline.pools) > 1 else None,
        deleted_at=next((band.start for band in later if band.phase == "deleted"), None),
        returns_at=next((band.start for band in later if band.phase == "active"), None),
    )


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
