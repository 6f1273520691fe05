"""The calendar of a company: a month at a time, as CSV, and the address for calendar programs."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from babel.dates import format_date, get_day_names
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tenure.portal.operator.pages import frame
from tenure.portal.shared.addresses import hub_address, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, language, missing_is_404, standing_of, who
from tenure.portal.shared.tables import as_table, instant
from tenure.services import calendars, feeds
from tenure.services.days import day_of, start_of
from tenure.services.standings import Standing
from tenure.words import dates
from tenure.words.calendars import event_words

MOST = 4
"""So many events stand on one day; of more, their number."""

_LOCALES = {"en": "en_GB", "fr": "fr_FR"}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month's table. ``lines``: what happens, and in full."""

    day: date
    name: str
    is_other: bool
    is_today: bool
    lines: tuple[tuple[str, str, str], ...]
    more: int


@require_safe
@of_company()
@missing_is_404
def page(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show a month."""
    return _page(request, standing_of(request, company_id))


def _page(request: HttpRequest, standing: Standing, address: str = "") -> HttpResponse:
    zone, spoken = standing.company.time_zone, language()
    today = day_of(standing.now, zone)
    first = _month(request.GET.get("month", ""), today)
    next_ = (first + timedelta(days=32)).replace(day=1)
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    found = calendars.events(
        standing,
        start_of(weeks[0][0], zone),
        start_of(weeks[-1][-1], zone) + 2 * 86_400,
    )
    by_day: dict[date, list[calendars.Event]] = {}
    for event in found:
        by_day.setdefault(_day_of(event, zone), []).append(event)
    counts = {day: len(events) for day, events in by_day.items()}
    told = calendars.named(standing, [x for events in by_day.values() for x in events[:MOST]])
    by_day = {}
    for event in told:
        by_day.setdefault(_day_of(event, zone), []).append(event)
    locale = _LOCALES[spoken]
    names = get_day_names("abbreviated", locale=locale)
    viewer = reader_of(request)
    return render(
        request,
        "tenure/business/calendar.html",
        frame(
            request,
            standing,
            "calendar",
            month=format_date(first, "LLLL y", locale=locale),
            weekdays=[names[i] for i in range(7)],
            weeks=[
                [
                    _cell(day, first, today, by_day.get(day, ()), counts.get(day, 0), locale)
                    for day in week
                ]
                for week in weeks
            ],
            count=sum(n for day, n in counts.items() if day.month == first.month),
            before=(first - timedelta(days=1)).strftime("%Y-%m"),
            after=next_.strftime("%Y-%m"),
            is_now=first == today.replace(day=1),
            feed=None if viewer is None else feeds.of(standing.company, viewer.person),
            feed_address=address,
            real_now=CLOCK.now(),
        ),
    )


def _month(asked: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year <= 2200 else today.replace(day=1)


def _day_of(event: calendars.Event, zone: str) -> date:
    return day_of(event.at - 1 if event.is_end else event.at, zone)


def _cell(
    day: date, first: date, today: date, told: Iterable[calendars.Event], count: int, locale: str
) -> Day:
    lines = []
    for event in told:
        said = event_words(event.facts, locale[:2])
        lines.append((event.facts.kind, said.text[:1].upper() + said.text[1:], said.more))
    return Day(
        day,
        dates.named(day, locale[:2]),
        day.month != first.month,
        day == today,
        tuple(lines),
        count - len(lines),
    )


@require_safe
@of_company()
@missing_is_404
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that ends and begins as CSV, from a year ago on."""
    standing = standing_of(request, company_id)
    zone, spoken = standing.company.time_zone, language()
    rows = []
    for event in calendars.named(standing, calendars.events(standing)):
        said = event_words(event.facts, spoken)
        day, expected = _day_of(event, zone).isoformat(), int(event.facts.is_expected)
        rows.append((day, instant(event.at), said.text, expected, said.more))
    return as_table("calendar", ("day", "instant", "event", "expected", "more"), rows)


@require_POST
@of_company()
@never_cache
@missing_is_404
def feed(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Make, renew or revoke the address of whoever asks; a new one is shown in the answer only."""
    standing = standing_of(request, company_id)
    viewer = reader_of(request)
    if viewer is not None and request.POST.get("do") == "make":
        secret = feeds.make(company_id, viewer.person, clock=CLOCK, who=who(request))
        return _page(request, standing, f"{settings.PUBLIC_URL}{hub_address('feed', secret)}")
    if viewer is not None and request.POST.get("do") == "revoke":
        feeds.revoke(company_id, viewer.person, clock=CLOCK, who=who(request))
        messages.success(request, _("The address is revoked: it opens nothing any more."))
    return HttpResponseRedirect(reverse("calendar", args=[company_id]))
