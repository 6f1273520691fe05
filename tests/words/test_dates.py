"""Dates are shown in the reader's zone, deadlines as the last minute before them."""

import pytest

from tenure.core.policy import DAY
from tenure.words.dates import city, day, deadline, distance, moment
from tests.words.cast import ENDS, PARIS, local


def test_a_midnight_is_shown_as_the_last_minute_of_the_day_before() -> None:
    """Who reads "until 14 July, 23:59" has the whole of 14 July."""
    t = local(PARIS, 2026, 7, 15)
    assert deadline(t, PARIS, "en") == "Tuesday 14 July 2026, 23:59 (Paris)"
    assert deadline(t, PARIS, "fr") == (
        "mardi 14 juillet 2026 à 23\u202fh\u202f59 (heure de Paris)"
    )
    assert deadline(t, PARIS, "en", "short") == "14 July 2026, 23:59 (Paris)"
    assert deadline(t, PARIS, "en", "short", now=ENDS) == "14 July, 23:59 (Paris)"
    assert deadline(t, PARIS, "fr", "short", now=ENDS) == ("14 juillet à 23\u202fh\u202f59 (Paris)")


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_deadline_is_never_shown_later_than_it_is(seconds: int) -> None:
    """A notice served some seconds after midnight still names the day before."""
    t = local(PARIS, 2026, 7, 15) + seconds
    assert deadline(t, PARIS, "en") == "Tuesday 14 July 2026, 23:59 (Paris)"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        (PARIS, "Tuesday 14 July 2026, 23:59 (Paris)"),
        ("Pacific/Pago_Pago", "Tuesday 14 July 2026, 10:59 (Pago Pago)"),
        ("Pacific/Kiritimati", "Wednesday 15 July 2026, 11:59 (Kiritimati)"),
        ("America/New_York", "Tuesday 14 July 2026, 17:59 (New York)"),
        ("UTC", "Tuesday 14 July 2026, 21:59 (UTC)"),
        ("Etc/GMT+5", "Tuesday 14 July 2026, 16:59 (UTC\u22125)"),
    ],
)
def test_the_zone_of_the_reader_is_used_and_named(zone: str, shown: str) -> None:
    """One instant, read anywhere, is that instant."""
    assert deadline(local(PARIS, 2026, 7, 15), zone, "en") == shown


def test_fourteen_days_after_a_change_of_the_clocks_end_at_their_true_hour() -> None:
    """A day is 24 hours: what began at midnight before the change ends at 23 h after it."""
    t = local(PARIS, 2026, 10, 20) + 14 * DAY
    assert deadline(t, PARIS, "en") == "Monday 2 November 2026, 22:59 (Paris)"


def test_a_day_without_a_midnight_begins_after_the_last_minute_of_the_day_before() -> None:
    """In Cairo 24 April 2026 begins at 01:00; what ends then is shown on 23 April, 23:59."""
    zone = "Africa/Cairo"
    first = local(zone, 2026, 4, 24, 1)
    assert moment(first, zone, "en") == "Friday 24 April 2026, 01:00 (Cairo)"
    assert deadline(first, zone, "en") == "Thursday 23 April 2026, 23:59 (Cairo)"
    assert deadline(first, zone, "fr") == (
        "jeudi 23 avril 2026 à 23\u202fh\u202f59 (heure du Caire)"
    )


def test_a_time_that_comes_twice_names_its_offset() -> None:
    """In Havana the first hour of 1 November 2026 comes twice; nobody has to guess which."""
    zone = "America/Havana"
    first, second = local(zone, 2026, 11, 1), local(zone, 2026, 11, 1, fold=1)
    assert second - first == 3600
    assert deadline(first, zone, "en") == "Saturday 31 October 2026, 23:59 (Havana)"
    assert deadline(second, zone, "en") == "Sunday 1 November 2026, 00:59 (Havana, UTC\u22124)"
    assert moment(second, zone, "fr") == (
        "dimanche 1er novembre 2026 à 0\u202fh\u202f00 (heure de La Havane, UTC\u22125)"
    )


def test_days_are_told_without_the_time() -> None:
    """The last day covered is the day before the midnight at which a licence ends."""
    assert day(ENDS, PARIS, "en", ends=True) == "Tuesday 30 June 2026"
    assert day(ENDS, PARIS, "fr") == "mercredi 1er juillet 2026"
    assert day(ENDS, PARIS, "en", "short", now=ENDS) == "1 July"


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (14 * DAY, "in 14 days", "dans 14 jours"),
        (14 * DAY - 1, "in 13 days", "dans 13 jours"),
        (2 * DAY - 1, "in 1 day", "dans 1 jour"),
        (DAY, "today", "aujourd’hui"),
        (60, "today", "aujourd’hui"),
        (-3600, "yesterday", "hier"),
        (-3 * DAY - 5, "3 days ago", "il y a 3 jours"),
    ],
)
def test_distances_count_whole_days_rounded_down(seconds: int, english: str, french: str) -> None:
    """Nobody is told more days than are left; the last day is today."""
    now = ENDS - seconds
    assert distance(ENDS, now, PARIS, "en") == english
    assert distance(ENDS, now, PARIS, "fr") == french


def test_what_is_near_but_shown_tomorrow_is_not_called_today() -> None:
    """A deadline at ten tomorrow, read tonight, is tomorrow."""
    now = local(PARIS, 2026, 7, 14, 20)
    assert distance(local(PARIS, 2026, 7, 15, 10), now, PARIS, "en") == "tomorrow"
    assert distance(local(PARIS, 2026, 7, 15), now, PARIS, "en") == "today"
    assert distance(local(PARIS, 2026, 7, 15), now, PARIS, "en", ends=False) == "tomorrow"


def test_a_long_day_ends_today_until_it_ends() -> None:
    """On a day of 25 hours its end is today from its first second on."""
    now = local(PARIS, 2026, 10, 25)
    assert distance(local(PARIS, 2026, 10, 26), now, PARIS, "en") == "today"


def test_short_distances_stand_in_lists() -> None:
    """Lists have the shorter form."""
    assert distance(ENDS, ENDS - 9 * DAY, PARIS, "en", "short") == "in 9 d"
    assert distance(ENDS, ENDS - 9 * DAY, PARIS, "fr", "short") == "dans 9 j"


@pytest.mark.parametrize(
    ("zone", "english", "french"),
    [
        ("Europe/London", "London", "Londres"),
        ("Asia/Calcutta", "Kolkata", "Kolkata"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires", "Buenos Aires"),
        ("America/North_Dakota/Beulah", "Beulah", "Beulah"),
        ("Etc/UTC", "UTC", "UTC"),
        ("Not/A_Zone", "UTC", "UTC"),
        ("../../etc/passwd", "UTC", "UTC"),
    ],
)
def test_cities_have_their_name_in_the_language(zone: str, english: str, french: str) -> None:
    """A zone is named as people name the city, and an unknown one is read as UTC and says so."""
    assert city(zone, "en") == english
    assert city(zone, "fr") == french


def test_french_elides_before_a_vowel() -> None:
    """On écrit « heure d’Athènes »."""
    assert moment(ENDS, "Europe/Athens", "fr").endswith("(heure d’Athènes)")
