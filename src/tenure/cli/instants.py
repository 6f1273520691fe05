"""Dates and times as people write them, turned into instants.

An instant is UTC with whole seconds. A bare date is midnight at its start in the company's time
zone; where that midnight does not exist, the first instant of the day; where there are two, the
first. Everything raises ``ValueError`` with a sentence that says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

Reading = Callable[[str, ZoneInfo], int]
"""Reads a text, as it is meant in a time zone."""

FIRST_YEAR = 1970

LAST = 253_402_300_799
"""The last instant that can be written: 9999-12-31T23:59:59Z."""

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?([.,][0-9]+)?"
    r" ?([Zz]|([+-])([0-9]{2}):?([0-9]{2})?)?"
)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_NO_ZONES = ("localtime", "posixrules", "posix/", "right/")


def zone(name: str) -> ZoneInfo:
    """Find a time zone by its name, such as ``Europe/Paris``."""
    if _ZONE.fullmatch(name) and len(name) < 64 and not name.startswith(_NO_ZONES):
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            pass
    folded = {known.casefold(): known for known in available_timezones()}
    near = get_close_matches(name[:64].casefold(), folded, n=1)
    guess = f"did you mean {folded[near[0]]}?" if near else "write one such as Europe/Paris"
    raise ValueError(f"there is no time zone of that name; {guess}")


def instant(text: str, here: ZoneInfo) -> int:
    """Read a time with ``Z`` or an offset, or a bare date: midnight at its start."""
    if _DATE.fullmatch(text):
        return start_of(_day(text), here)
    return _time(text)


def end(text: str, here: ZoneInfo) -> int:
    """Read the end of a licence: a bare date is the last day covered, to the midnight after it."""
    if _DATE.fullmatch(text):
        return end_of(_day(text), here)
    return _time(text)


def start_of(day: date, here: ZoneInfo) -> int:
    """Give the first instant of a day; of two midnights the first."""
    midnight = datetime.combine(day, time(), here)
    before, after = midnight.utcoffset(), midnight.replace(fold=1).utcoffset()
    if before is None or after is None:
        raise ValueError("that time zone has no offsets")
    local = (day.toordinal() - _EPOCH) * _DAY
    if before >= after:
        return local - _seconds(before)
    # The clock jumps over this midnight. Find the jump: it lies between the midnight by the
    # offset after it and the one by the offset before it.
    low, high = local - _seconds(after), local - _seconds(before)
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, here).replace(tzinfo=None) < midnight.replace(
            tzinfo=None
        ):
            low = middle + 1
        else:
            high = middle
    return low


def end_of(day: date, here: ZoneInfo) -> int:
    """Give the instant at which the next day begins, even after the last day of the calendar."""
    if day == date.max:
        return start_of(day, here) + _DAY
    return start_of(day + timedelta(days=1), here)


def left_out(text: str, here: ZoneInfo) -> str:
    """Say that a bare date names a day that the calendar of a zone leaves out; else nothing."""
    if not _DATE.fullmatch(text) or end_of(_day(text), here) > start_of(_day(text), here):
        return ""
    return f"; there is no {text} in {here.key}, where the calendar went past that day"


def _seconds(offset: timedelta) -> int:
    return offset.days * _DAY + offset.seconds


def _day(text: str) -> date:
    year = int(text[:4])
    if year < FIRST_YEAR:
        raise ValueError(f"the year must be {FIRST_YEAR} or later")
    try:
        return date(year, int(text[5:7]), int(text[8:10]))
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None


def _time(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(
            "this is neither a date nor a time; write 2026-06-30 or 2026-06-30T22:00:00Z"
        )
    day, hour, minute, second, fraction, offset, sign, ahead, ahead_minutes = found.groups()
    if fraction is not None:
        raise ValueError("instants have whole seconds; leave the fraction out")
    if offset is None:
        raise ValueError(
            "a time needs Z or an offset; write 2026-06-30T22:00:00Z or 2026-07-01T00:00:00+02:00"
        )
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError("there is no such time of day; it goes from 00:00:00 to 23:59:59")
    at = (_day(day).toordinal() - _EPOCH) * _DAY
    at += int(hour) * 3600 + int(minute) * 60 + int(second or 0)
    if sign is None:
        return at
    if int(ahead) > 23 or int(ahead_minutes or 0) > 59:
        raise ValueError("there is no such offset; write one such as +02:00")
    east = int(ahead) * 3600 + int(ahead_minutes or 0) * 60
    return at - east if sign == "+" else at + east


def written(t: int) -> str:
    """Give an instant as ``2026-06-30T22:00:00Z``, for messages."""
    return datetime.fromtimestamp(min(t, LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
