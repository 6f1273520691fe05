"""The phases of a company as a band: what was, solid; what will come if nothing is done, hatched.

Positions are percentages of the band's width, so that it needs no style and fits any screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tenure.core.policy import DAY
from tenure.portal.shared.days import day_of, start_of
from tenure.services.standings import Standing, Stay

BEFORE = 60 * DAY
"""So much of the past is shown at most, unless the present phase is older."""
AFTER = 30 * DAY
"""So much is shown after the last change."""
TICKS = 5
"""At most so many dates stand below the band."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A phase in the band; ``is_to_come`` is hatched."""

    x: str
    width: str
    phase: str
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A date below the band."""

    x: str
    at: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A notice that will come."""

    x: str
    at: int


@dataclass(frozen=True, slots=True)
class Band:
    """The whole picture."""

    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    now: str
    now_anchor: str

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases that stand in the picture, in order."""
        return tuple(dict.fromkeys(segment.phase for segment in self.segments))


def band(standing: Standing, notices: Iterable[int]) -> Band | None:
    """Draw a company's phases; None for one that never had one. ``notices``: to come, instants."""
    if not standing.past:
        return None
    now = standing.now
    current = standing.past[-1]
    first = standing.past[0].starts_at
    start = max(first, min(now - BEFORE, current.starts_at - 7 * DAY))
    start = max(start, now - 400 * DAY)
    last = standing.future[-1].starts_at if standing.future else now + 4 * AFTER
    end = min(max(last + AFTER, now + AFTER), now + 730 * DAY)
    scale = _Scale(start, end)
    segments = [*_segments(standing, scale)]
    return Band(
        segments=tuple(segments),
        ticks=_ticks(scale, standing.company.time_zone),
        marks=tuple(Mark(scale.x(at), at) for at in sorted(set(notices)) if now <= at <= end),
        now=scale.x(now),
        now_anchor=scale.anchor(now),
    )


class _Scale:
    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def share(self, t: int) -> float:
        t = min(max(t, self.start), self.end)
        return 100 * (t - self.start) / (self.end - self.start)

    def x(self, t: int) -> str:
        return f"{self.share(t):.2f}%"

    def anchor(self, t: int) -> str:
        share = self.share(t)
        return "start" if share < 12 else "end" if share > 88 else "middle"


def _segments(standing: Standing, scale: _Scale) -> Iterable[Segment]:
    now = standing.now
    next_at = standing.future[0].starts_at if standing.future else scale.end
    for stay in standing.past:
        yield from _segment(stay, stay.starts_at, stay.ends_at or now, scale, is_to_come=False)
    current = standing.past[-1]
    yield from _segment(current, now, next_at, scale, is_to_come=True)
    for stay in standing.future:
        yield from _segment(stay, stay.starts_at, stay.ends_at or scale.end, scale, is_to_come=True)


def _segment(
    stay: Stay, start: int, end: int, scale: _Scale, *, is_to_come: bool
) -> Iterable[Segment]:
    left, right = scale.share(start), scale.share(end)
    if right > left:
        yield Segment(f"{left:.2f}%", f"{right - left:.2f}%", stay.phase, is_to_come)


def _ticks(scale: _Scale, zone: str) -> tuple[Tick, ...]:
    """Choose beginnings of months, evenly apart."""
    first, last = day_of(scale.start, zone), day_of(scale.end, zone)
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next(each for each in (1, 2, 3, 4, 6, 12, 24) if months / each <= TICKS)
    found = []
    month = first.year * 12 + first.month  # the month after the first
    for number in range(month, last.year * 12 + last.month):
        if number % step == 0:
            at = start_of(date(number // 12, number % 12 + 1, 1), zone)
            if 3 < scale.share(at) < 97:
                found.append(Tick(scale.x(at), at, scale.anchor(at)))
    return tuple(found[:TICKS])
