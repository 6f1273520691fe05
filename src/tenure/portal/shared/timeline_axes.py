"""The axes of a timeline: time to the right with its months or days, numbers upwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date

from tenure.services.days import day_of, start_of
from tenure.words.dates import last_minute, numbered
from tenure.words.language import Language

_LOCALES: dict[Language, str] = {"en": "en_GB", "fr": "fr_FR"}

DAY_STEPS = (1, 2, 7, 14)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60)


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` … ``high`` to ``first`` … ``last``; what lies outside stands at the edge."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Give the place of a value."""
        if value <= self.low:
            return self.first
        if value >= self.high:
            return self.last
        share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)


@dataclass(frozen=True, slots=True)
class Tick:
    """A date on the axis of time."""

    at: int
    text: str


def dates(
    start: int, end: int, zone: str, language: Language, room: float, needed: float
) -> list[Tick]:
    """Give dates from which lines go down, evenly apart; ``needed`` of ``room`` for each.

    Days where months would be too few, else the first days of months. The year stands with the
    first date and wherever it changes.
    """
    most = max(1, int(room / needed))
    first, last = day_of(start, zone), day_of(end, zone)
    days = (last - first).days
    months = (last.year - first.year) * 12 + last.month - first.month
    found: list[date] = []
    if months < 3:
        step = next((n for n in DAY_STEPS if days / n <= most), None)
        if step is not None:
            found = list(_days(first, last, step))
    if not found:
        step = next((n for n in MONTH_STEPS if months / n <= most), MONTH_STEPS[-1])
        found = list(_months(first, last, step))
    ticks = []
    year: int | None = None
    is_daily = any(each.day != 1 for each in found)
    for day in found:
        at = start_of(day, zone)
        if start <= at < end:
            pattern = f"{numbered(day, language)} MMM" if is_daily else "MMM"
            pattern += " y" if day.year != year else ""
            year = day.year
            ticks.append(Tick(at, format_date(day, pattern, locale=_LOCALES[language])))
    return ticks


def _days(first: date, last: date, step: int) -> Iterator[date]:
    # Weeks begin on Monday.
    day = first + timedelta(days=1)
    if step >= 7:
        day += timedelta(days=-day.weekday() % 7)
    while day <= last:
        yield day
        day += timedelta(days=step)


def _months(first: date, last: date, step: int) -> Iterator[date]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        if number % 12 % step == 0 if step <= 12 else number % step == 0:
            yield date(number // 12, number % 12 + 1, 1)


def short_day(t: int, zone: str, language: Language, *, ends: bool, year: int) -> str:
    """Say a day as shortly as can be: "30 Jun"; an end is the last day before it."""
    day = day_of(last_minute(t) if ends else t, zone)
    pattern = f"{numbered(day, language)} MMM" + ("" if day.year == year else " y")
    return str(format_date(day, pattern, locale=_LOCALES[language]))


def ceiling(most: int, lines: int) -> tuple[int, int]:
    """Give a round number that is not below ``most``, and the step of lines up to it."""
    step = 1
    while most > step * lines:
        step = _rounder(step)
    return max(1, -(-most // step)) * step, step


def _rounder(step: int) -> int:
    digits = 10 ** (len(str(step)) - 1)
    return {1: 2, 2: 5, 5: 10}[step // digits] * digits
