"""Days that people type, as instants in a company's zone. Reads no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

HOUR = 3600


def zone_of(name: str) -> tzinfo:
    """Give a zone by its name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def start_of(day: date, zone: str) -> int:
    """Give the first instant of a day, also where the clocks jump over its midnight."""
    here = zone_of(zone)
    midnight = datetime.combine(day, time(), here)
    at = int(midnight.timestamp())
    if datetime.fromtimestamp(at, here).date() == day:
        return at
    # Clocks are put forward at midnight by full quarters of an hour.
    while datetime.fromtimestamp(at, here).date() < day:
        at += HOUR // 4
    return at


def end_of(day: date, zone: str) -> int:
    """Give the instant at which the day after begins: a licence with this last day ends then."""
    return start_of(day + timedelta(days=1), zone)


def day_of(t: int, zone: str) -> date:
    """Give the day in which an instant lies."""
    return datetime.fromtimestamp(t, zone_of(zone)).date()
