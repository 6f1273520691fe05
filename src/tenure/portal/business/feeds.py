"""A calendar as a calendar program reads it, at an address that is a secret.

It is of a company, or of all companies of an account that its person may read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from tenure.portal.shared.doors import open_to_all
from tenure.portal.shared.readers import CLOCK
from tenure.services import calendars, feeds, standings
from tenure.services.days import day_of, zone_of
from tenure.services.errors import NotFound
from tenure.services.feeds import Found
from tenure.services.standings import Standing
from tenure.words.calendars import event_words
from tenure.words.dates import last_minute

GUESSES = {"calendar": "20/h/ip"}
"""So many wrong secrets may be tried from an address."""


@require_safe
@open_to_all
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Give the calendar of an address, with what its person may read today."""
    if not _guess(request, dry_run=True):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    try:
        found = feeds.find(secret, clock=CLOCK)
        every = [standing for company in found.companies for standing in _standings(company)]
        if not every and found.account is None:
            raise NotFound("the company uses no service")
    except NotFound:
        _guess(request, dry_run=False)
        raise Http404("there is no such calendar") from None
    text = written(every, found)
    etag = f'"{sha256(text).hexdigest()[:32]}"'
    answer = HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": 'inline; filename="tenure.ics"',
            "Cache-Control": "private, max-age=900",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "ETag": etag,
        },
    )
    known = get_conditional_response(request, etag=etag, response=answer)
    return answer if known is None else known


def _standings(company_id: UUID) -> list[Standing]:
    """Give how a company stands with each of its services; nothing where it uses none."""
    try:
        first = standings.of_company(company_id, CLOCK)
    except NotFound:
        return []
    others = [service for service in first.services if service != first.service]
    return [first, *(standings.of_company(company_id, CLOCK, service) for service in others)]


def _guess(request: HttpRequest, *, dry_run: bool) -> bool:
    """Whether a wrong secret may still be tried from where this comes; counts one if not dry."""
    used = ratelimit.consume(
        request,
        app="tenure",
        action="calendar",
        config=GUESSES,
        dry_run=dry_run,
        limit_get=True,
    )
    return used is not None


def written(every: list[Standing], found: Found) -> bytes:
    """Write the calendar of some companies, with each of their services."""
    language = found.person.language
    account = found.account
    name = every[0].company.name if account is None else account.name
    zone = every[0].company.time_zone if account is None else found.person.time_zone
    calendar = Calendar()
    calendar.add("prodid", "-//Tenure//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    if found.count > len(found.companies):
        with override(language):
            text = _("%(shown)s of %(all)s companies, those that end soonest.")
            count = {"shown": len(found.companies), "all": found.count}
            calendar.add("x-wr-caldesc", text % count)
    calendar.add("refresh-interval", timedelta(hours=6), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    seen: set[tuple[UUID, str]] = set()
    for standing in every:
        revised = calendars.revised_at(standing)
        for event in calendars.named(standing, calendars.events(standing)):
            if (standing.company.id, event.id) not in seen:
                seen.add((standing.company.id, event.id))
                calendar.add_component(_event(standing, event, revised, language))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(standing: Standing, event: calendars.Event, revised: int, language: str) -> Event:
    company = standing.company
    said = event_words(event.facts, language)
    made = Event()
    made.add("uid", f"{event.id}.{company.id}@tenure")
    made.add("summary", said.title)
    made.add("description", said.more)
    made.add("url", f"{settings.PUBLIC_URL}/a/{company.account_id}/companies/{company.id}/")
    made.add("transp", "TRANSPARENT")
    made.add("status", "TENTATIVE" if event.facts.is_expected else "CONFIRMED")
    # Both only grow: each is that of the last thing recorded that can move a date.
    made.add("dtstamp", datetime.fromtimestamp(revised, UTC))
    made.add("sequence", max(0, revised - company.created_at) + company.last_seq)
    made.add("dtstart", _start(event, company.time_zone))
    return made


def _start(event: calendars.Event, zone: str) -> Any:
    """Give the day where it is one: an end at midnight is that of the day before."""
    at = event.at
    if day_of(at, zone) != day_of(at - 1, zone):
        return day_of(at - 1 if event.is_end else at, zone)
    here = zone_of(zone)
    shown = last_minute(at) if event.is_end else at
    return datetime.fromtimestamp(shown, here if isinstance(here, ZoneInfo) else UTC)
