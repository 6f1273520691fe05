"""Instants: whole seconds since 1970 in UTC, and how scenarios write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Instant = int

SECOND = 1
DAY = 24 * 60 * 60


def shown(instant: Instant) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_of_day(day: date, zone: ZoneInfo) -> Instant:
    """Midnight at the start of the day, or the day's first instant where it has no midnight."""
    midnight = datetime.combine(day, time(), zone)
    instant = int(midnight.timestamp())
    if datetime.fromtimestamp(instant, zone).replace(tzinfo=None) == datetime.combine(day, time()):
        return instant
    while datetime.fromtimestamp(instant - SECOND, zone).date() >= day:
        instant -= SECOND
    return instant


def _moment_or_day(text: Any) -> datetime | date:
    if isinstance(text, date):  # which a datetime is, too
        return text
    if len(text) == len("2026-01-01"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text)


def instant_of(text: Any, zone: ZoneInfo) -> Instant:
    value = _moment_or_day(text)
    if isinstance(value, datetime):
        return int(value.timestamp())
    return start_of_day(value, zone)


def end_of(text: Any, zone: ZoneInfo) -> Instant:
    """A licence's `ends`: a bare date is the last day that it covers."""
    value = _moment_or_day(text)
    if isinstance(value, datetime):
        return int(value.timestamp())
    return start_of_day(value + timedelta(days=1), zone)


class Outages:
    """Half-open windows in which the engine, or the mail relay, is down."""

    def __init__(self, windows: list[Any], zone: ZoneInfo) -> None:
        self.windows = [(instant_of(start, zone), instant_of(end, zone)) for start, end in windows]

    def cover(self, t: Instant) -> bool:
        return any(start <= t < end for start, end in self.windows)

    def edges(self) -> set[Instant]:
        return {edge for window in self.windows for edge in window}
