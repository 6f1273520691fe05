"""Dates and times as people write them: what instant each stands for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.cli import instants


def shown(t: int) -> str:
    return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("zone", "day", "at"),
    [
        ("UTC", "2026-06-30", "2026-06-30T00:00:00Z"),
        ("Europe/Paris", "2026-06-30", "2026-06-29T22:00:00Z"),
        ("Europe/Paris", "1970-01-01", "1969-12-31T23:00:00Z"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),  # from 00:00 to 01:00
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),  # two midnights: the first
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),  # from 23:30 to 00:30
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),  # a day that is left out
        ("America/New_York", "9999-12-31", "9999-12-31T05:00:00Z"),
    ],
)  # fmt: skip
def test_a_date_is_the_first_instant_of_its_day(zone: str, day: str, at: str) -> None:
    """Even where midnight does not exist, or comes twice."""
    start = instants.start_of(datetime.fromisoformat(day).date(), ZoneInfo(zone))
    assert shown(start) == at


@given(
    st.dates(datetime(1970, 1, 2).date(), datetime(2040, 1, 1).date()),  # noqa: DTZ001
    st.sampled_from(
        ["Europe/Paris", "Africa/Cairo", "America/Havana", "America/Sao_Paulo", "Asia/Beirut",
         "Asia/Tehran", "America/Asuncion", "Australia/Lord_Howe", "Asia/Gaza"]
    ),
)  # fmt: skip
def test_a_day_begins_where_the_one_before_it_ends(day, zone) -> None:
    """The first instant lies in the day, and the one before it does not."""
    here = ZoneInfo(zone)
    start = instants.start_of(day, here)
    assert instants.end_of(day - timedelta(days=1), here) == start
    first = datetime.fromtimestamp(start, here)
    assert datetime.fromtimestamp(start - 1, here).date() < day
    midnight = datetime(day.year, day.month, day.day, tzinfo=here)
    if midnight.utcoffset() == midnight.replace(fold=1).utcoffset():
        assert first == midnight
    else:
        assert first.date() == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-30T22:00:00Z",
        "2026-06-30t22:00:00z",
        "2026-06-30 22:00:00Z",
        "2026-06-30T22:00Z",
        "2026-07-01T00:00:00+02:00",
        "2026-07-01T00:00:00+0200",
        "2026-07-01T00:00:00 +02",
        "2026-06-30T16:30:00-05:30",
    ],
)
def test_a_time_may_be_written_in_several_ways(text: str) -> None:
    """All of these are one instant, whatever the company's zone is."""
    for read in (instants.instant, instants.end):
        assert shown(read(text, ZoneInfo("Asia/Tokyo"))) == "2026-06-30T22:00:00Z"


@pytest.mark.parametrize(
    ("read", "at"),
    [(instants.instant, "2026-06-29T22:00:00Z"), (instants.end, "2026-06-30T22:00:00Z")],
)
def test_the_end_of_a_licence_is_the_midnight_after_its_last_day(
    read: Callable[[str, ZoneInfo], int], at: str
) -> None:
    """A bare date means something else as an end."""
    assert shown(read("2026-06-30", ZoneInfo("Europe/Paris"))) == at


def test_the_last_day_of_the_calendar_ends() -> None:
    """Its midnight lies in a year that cannot be written, but it is an instant."""
    assert instants.end("9999-12-31", ZoneInfo("UTC")) == instants.LAST + 1


@pytest.mark.parametrize(
    "name", ["", " ", "Paris", "/etc/localtime", "localtime", "posix/UTC", "Europe/\0", "é" * 300]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    """With a suggestion, and never with an error of the system."""
    with pytest.raises(ValueError, match=r"there is no time zone of that name; (did you|write)"):
        instants.zone(name)
