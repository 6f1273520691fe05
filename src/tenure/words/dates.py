"""Dates and distances as people read them: in their zone, the zone named, in their language.

Two kinds of instants are told apart. What ends (a licence, a protection, a time for keeping) is
shown by ``deadline`` as the last whole minute before it, a midnight as 23:59 of the day before.
What happened (a closing, a restoration) is shown by ``moment`` as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.core import Locale, get_global
from babel.dates import format_date, get_timezone_location

from tenure.core.policy import DAY
from tenure.words.language import Language, chosen

Form = Literal["full", "short"]
"""``full`` in sentences, ``short`` in lists and subject lines."""

NO_BREAK = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"
MINUTE = 60

_LOCALES: dict[Language, str] = {"en": "en_GB", "fr": "fr_FR"}
_NO_PLACE = frozenset({"localtime", "posixrules", "Factory"})
_MUTE_H = ("Helsinki", "Honolulu", "Hô", "Hébron")


@lru_cache(maxsize=1024)
def _zone(zone: str) -> tzinfo:
    """Give the zone; UTC where the name is not, or no longer, one: the text then says so."""
    if zone in _NO_PLACE:
        return UTC
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=4096)
def city(zone: str, language: str) -> str:
    """Give the name of a zone: its city in the language; ``UTC`` for that and for unknown ones."""
    if _zone(zone) is UTC:
        return "UTC"
    locale = _LOCALES[chosen(language)]
    if older := _city_of_an_older_name(zone, locale):
        return older
    named = str(get_timezone_location(zone, locale=locale, return_city=True))
    if named.startswith(("UTC", "GMT", "Zulu")) or zone.startswith("Etc/"):
        offset = datetime(2000, 1, 1, tzinfo=_zone(zone))
        return _offset(offset)
    return re.split(r" \(| \[|, ", named.rsplit("/", 1)[-1])[0]


@lru_cache(maxsize=4096)
def _city_of_an_older_name(zone: str, locale: str) -> str:
    """Give the city of a zone whose translation stands under an older name; empty for others.

    Translations know Asia/Katmandu and not Asia/Kathmandu, and Babel does not look there. Several
    old zones may have become one, so only that counts whose city is called as the new zone is.
    """
    english = Locale.parse("en_GB").time_zones
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    for old, new in get_global("zone_aliases").items():
        if new == zone and english.get(old, {}).get("city", "").startswith(place):
            return str(Locale.parse(locale).time_zones.get(old, {}).get("city", ""))
    return ""


def deadline(
    t: int, zone: str, language: str, form: Form = "full", *, now: int | None = None
) -> str:
    """Say when something ends, as the last whole minute before it.

    With ``now``, the short form leaves out the year where it is this one.
    """
    return moment(last_minute(t), zone, language, form, now=now)


def moment(t: int, zone: str, language: str, form: Form = "full", *, now: int | None = None) -> str:
    """Say when something happened: "Tuesday 14 July 2026, 23:59 (Paris)"."""
    return _moment(t, zone, chosen(language), form, _year(now, zone))


@lru_cache(maxsize=4096)
def _moment(t: int, zone: str, spoken: Language, form: Form, year: int | None) -> str:
    """Keep what was said: many notices that go out together tell of the same instants."""
    local = _local(t, zone)
    day = _date(local.date(), spoken, form, year)
    place = city(zone, spoken)
    offset = "" if _is_once(local) or place == "UTC" else f", {_offset(local)}"
    if spoken == "fr":
        time = f"{local.hour}{NARROW}h{NARROW}{local.minute:02}"
        of = "" if form == "short" else _hour_of(place)
        return f"{day} à {time} ({of}{_bare(place) if of else place}{offset})"
    return f"{day}, {local:%H:%M} ({place}{offset})"


def day(
    t: int,
    zone: str,
    language: str,
    form: Form = "full",
    *,
    now: int | None = None,
    ends: bool = False,
) -> str:
    """Say the day of an instant; with ``ends``, the last day before it: "Tuesday 14 July 2026"."""
    local = _local(last_minute(t) if ends else t, zone)
    return _date(local.date(), chosen(language), form, _year(now, zone))


def named(day: date, language: str) -> str:
    """Say a day of a calendar: "Tuesday 14 July 2026"."""
    return _date(day, chosen(language), "full", None)


def distance(
    t: int, now: int, zone: str, language: str, form: Form = "full", *, ends: bool = True
) -> str:
    """Say how far away an instant is, in whole days rounded down: "in 14 days", "3 days ago".

    What is shown with today's date is "today". What is nearer than a day and shown with another
    date is "tomorrow" or "yesterday". The date is that of ``deadline``, or with ``ends=False``,
    for what begins or happens, that of ``moment``.
    """
    spoken = chosen(language)
    shown = _local(last_minute(t) if ends else t, zone).date()
    today = _local(now, zone).date()
    if shown == today:
        return {"en": "today", "fr": "aujourd’hui"}[spoken]
    days = abs(t - now) // DAY
    if t > now:
        if days == 0:
            return {"en": "tomorrow", "fr": "demain"}[spoken]
        return f"{'in' if spoken == 'en' else 'dans'} {_days(days, spoken, form)}"
    if days == 0:
        return {"en": "yesterday", "fr": "hier"}[spoken]
    length = _days(days, spoken, form)
    return f"{length} ago" if spoken == "en" else f"il y a {length}"


def last_minute(t: int) -> int:
    """Give the start of the last whole minute before an instant."""
    return t // MINUTE * MINUTE - MINUTE


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of one reader at one instant, so that a text need not repeat who reads when."""

    zone: str
    now: int
    language: Language

    def full(self, t: int) -> str:
        """Say in full when something ends."""
        return deadline(t, self.zone, self.language)

    def short(self, t: int) -> str:
        """Say shortly when something ends."""
        return deadline(t, self.zone, self.language, "short", now=self.now)

    def brief(self, t: int) -> str:
        """Say the last day of what ends with a day; of what ends within one, as ``short`` does."""
        last = _local(last_minute(t), self.zone)
        if (last.hour, last.minute) != (23, 59):
            return self.short(t)
        return day(t, self.zone, self.language, "short", now=self.now, ends=True)

    def moment(self, t: int) -> str:
        """Say in full when something happened."""
        return moment(t, self.zone, self.language)

    def short_moment(self, t: int) -> str:
        """Say shortly when something happens."""
        return moment(t, self.zone, self.language, "short", now=self.now)

    def since(self, t: int) -> str:
        """Say in full when something happened; at the start of a day, as the end of the last."""
        local = _local(t, self.zone)
        if _local(t - 1, self.zone).date() != local.date():
            return self.full(t)
        return self.moment(t)

    def away(self, t: int) -> str:
        """Say how far away the end of something is."""
        return distance(t, self.now, self.zone, self.language)

    def away_start(self, t: int) -> str:
        """Say how far away the beginning of something is."""
        return distance(t, self.now, self.zone, self.language, ends=False)


def _local(t: int, zone: str) -> datetime:
    return datetime.fromtimestamp(t, _zone(zone))


def _year(now: int | None, zone: str) -> int | None:
    return None if now is None else _local(now, zone).year


def _is_once(local: datetime) -> bool:
    """Whether the clocks show this time once only, and not again after being put back."""
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds()) // MINUTE
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = MINUS if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def numbered(day: date, language: Language) -> str:
    """Give the pattern for the number of a day: the first of a month is in French "1er"."""
    return "d'er'" if language == "fr" and day.day == 1 else "d"


def _date(day: date, language: Language, form: Form, year: int | None) -> str:
    number = numbered(day, language)
    pattern = f"{number} MMMM" if form == "short" and day.year == year else f"{number} MMMM y"
    if form == "full":
        pattern = f"EEEE {pattern}"
    return str(format_date(day, pattern, locale=_LOCALES[language]))


def _days(days: int, language: Language, form: Form) -> str:
    if form == "short":
        return f"{days} {'d' if language == 'en' else 'j'}"
    word = "day" if language == "en" else "jour"
    return f"{days} {word}" if days == 1 else f"{days} {word}s"


def _hour_of(place: str) -> str:
    """Give what stands in French before a city: "heure de ", "heure du "; nothing before UTC."""
    if place.startswith("UTC"):
        return ""
    if place.startswith("Le "):
        return "heure du "
    if place.startswith("Les "):
        return "heure des "
    if place[0] in "AEIOUYÂÀÉÈÊÎÏÔÖÛÜ" or place.startswith(_MUTE_H):
        return "heure d’"
    return "heure de "


def _bare(place: str) -> str:
    for article in ("Le ", "Les "):
        if place.startswith(article):
            return place.removeprefix(article)
    return place
