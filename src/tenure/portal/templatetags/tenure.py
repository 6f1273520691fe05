"""Tags for every page: dates, numbers, names, statuses with their shapes, and the frame's bars."""

from __future__ import annotations

from typing import Any

from babel.dates import format_datetime
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from tenure.portal.shared import engines
from tenure.portal.shared.addresses import account_address, hub_address, reader_of
from tenure.portal.shared.clocks import clocks_of
from tenure.portal.shared.people import called
from tenure.portal.shared.readers import CLOCK, language, query
from tenure.services.days import day_of, zone_of
from tenure.services.standings import Standing
from tenure.store.instants import to_datetime
from tenure.store.models import TestClock
from tenure.words import counts_en, counts_fr, dates
from tenure.words.names import clean
from tenure.words.statuses import Family, status, word

register = template.Library()
register.filter(called)

_NUMBERS = {"en": counts_en.number, "fr": counts_fr.number}


# Words


@register.filter
def number(count: int) -> str:
    """Write a number: 12,000."""
    return _NUMBERS[language()](count)


@register.simple_tag
def colon() -> str:
    """Write a colon: in French after a space that does not break."""
    return "\N{NO-BREAK SPACE}:" if language() == "fr" else ":"


@register.filter
def name(text: object) -> str:
    """Make what people typed one safe line."""
    return clean(str(text))


@register.filter
def initial(text: object) -> str:
    """Give the letter or digit with which a name begins, for the tile in its account's colour."""
    return next((sign for sign in clean(str(text)) if sign.isalnum()), "").upper()[:1]


@register.simple_tag
def ends(t: int, zone: str) -> str:
    """Say in full when something ends: the last minute before it."""
    return dates.deadline(t, zone, language())


@register.simple_tag
def moment(t: int, zone: str) -> str:
    """Say in full when something happened."""
    return dates.moment(t, zone, language())


@register.simple_tag
def last_day(t: int, zone: str, now: int | None = None) -> str:
    """Say shortly the last day before an end."""
    return dates.day(t, zone, language(), "short", now=now, ends=True)


@register.simple_tag
def first_day(t: int, zone: str, now: int | None = None) -> str:
    """Say shortly the day on which something begins."""
    return dates.day(t, zone, language(), "short", now=now)


@register.simple_tag
def away(t: int, zone: str, now: int, kind: str = "ends") -> SafeString:
    """Say how far away an instant is; the date in full is in the title and for readers."""
    say = dates.deadline if kind == "ends" else dates.moment
    full = say(t, zone, language())
    return format_html(
        '<time datetime="{}" title="{}">{}<span class="unseen"> ({})</span></time>',
        _iso(t),
        full,
        dates.distance(t, now, zone, language()),
        full,
    )


@register.simple_tag
def when(t: int, zone: str, now: int, kind: str = "moment") -> SafeString:
    """Say shortly when something is or was; in full in the title."""
    say = dates.deadline if kind == "ends" else dates.moment
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        _iso(t),
        say(t, zone, language()),
        say(t, zone, language(), "short", now=now),
    )


@register.simple_tag
def month(t: int, zone: str) -> str:
    """Name the month of an instant shortly."""
    locale = {"en": "en_GB", "fr": "fr_FR"}[language()]
    local = to_datetime(t).astimezone(zone_of(zone))
    return str(format_datetime(local, "MMM y", locale=locale))


def _iso(t: int) -> str:
    return to_datetime(t).strftime("%Y-%m-%dT%H:%M:%SZ")


# Statuses


_SHAPES = {
    "circle": '<circle cx="8" cy="8" r="5"/>',
    "half": (
        '<circle cx="8" cy="8" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        '<path d="M8 3.75a4.25 4.25 0 0 1 0 8.5z"/>'
    ),
    "ring": '<circle cx="8" cy="8" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "diamond": '<path d="M8 1.9 14.1 8 8 14.1 1.9 8z"/>',
    "triangle": '<path d="M8 2.2 14.6 13.6H1.4z"/>',
    "square": '<rect x="3" y="3" width="10" height="10" rx="1"/>',
    "bar": '<rect x="2" y="6" width="12" height="4" rx="1"/>',
    "octagon": '<path d="M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5z"/>',
    "cross": '<path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="2" fill="none"/>',
}


@register.simple_tag
def shape(name: str) -> SafeString:
    """Draw a shape that goes with a word."""
    drawn = _SHAPES[name]
    return mark_safe(  # noqa: S308 - constants of this file only
        '<svg class="shape" viewBox="0 0 16 16" width="12" height="12" fill="currentColor" '
        f'aria-hidden="true" focusable="false">{drawn}</svg>'
    )


@register.simple_tag
def badge(family: Family, code: str) -> SafeString:
    """Show a status: its shape, its colour and its word."""
    known = status(family, code)
    return format_html(
        '<span class="badge {}-{}">{}{}</span>',
        family,
        code,
        shape(known.shape),
        word(family, code, language()),
    )


@register.simple_tag
def status_word(family: Family, code: str) -> str:
    """Give the word of a status alone."""
    return word(family, code, language())


_ROLES = {
    "owner": gettext_lazy("owner"),
    "administrator": gettext_lazy("administrator"),
    "notification_address": gettext_lazy("notification address"),
    "site_administrator": gettext_lazy("administrator of a site"),
}

_KINDS = {
    "full": gettext_lazy("full licence"),
    "trial": gettext_lazy("trial"),
    "subscription": gettext_lazy("subscription"),
    "nfr": gettext_lazy("not for resale"),
}

_DELIVERIES = {
    "queued": ("ring", "", gettext_lazy("Waiting")),
    "leased": ("half", "", gettext_lazy("On its way")),
    "accepted": ("circle", "good", gettext_lazy("Accepted")),
    "refused": ("square", "bad", gettext_lazy("Refused")),
    "given_up": ("cross", "", gettext_lazy("Given up")),
}


@register.simple_tag
def role_word(role: str) -> str:
    """Name why somebody is written to."""
    return str(_ROLES.get(role, role))


@register.simple_tag
def kind_word(kind: str) -> str:
    """Name a kind of licence."""
    return str(_KINDS.get(kind, kind))


@register.simple_tag
def delivery_state(state: str) -> SafeString:
    """Show what became of a mail."""
    drawn, tone, said = _DELIVERIES[state]
    return format_html('<span class="said {}">{}{}</span>', tone, shape(drawn), said)


# Addresses


@register.simple_tag(takes_context=True)
def link(context: Context, **changes: Any) -> str:
    """Give this page's query with some of it changed."""
    request: HttpRequest = context["request"]
    return query(request, **changes)


@register.simple_tag(takes_context=True)
def sortable(
    context: Context,
    key: str,
    title: str,
    classes: str = "",
    first: str = "",
    address: str = "",
    anchor: str = "",
) -> SafeString:
    """Write the head of a column that sorts the list by it, and at a second click backwards.

    ``first`` is ``-`` where it is sorted backwards at once: the newest, the most. ``address``: of
    the list, where the page can also be what a form was answered with. ``anchor``: where on its
    page the list stands.
    """
    request: HttpRequest = context["request"]
    now = context["sort"]
    is_sorted = now.removeprefix("-") == key
    turned = (key if now.startswith("-") else f"-{key}") if is_sorted else f"{first}{key}"
    way = ("descending" if now.startswith("-") else "ascending") if is_sorted else ""
    return format_html(
        '<th scope="col"{}{}><a href="{}{}{}">{}</a></th>',
        format_html(' class="{}"', classes) if classes else "",
        format_html(' aria-sort="{}"', way) if way else "",
        address,
        query(request, sort=turned, page=""),
        anchor,
        title,
    )


@register.simple_tag
def hub(name: str, *args: object) -> str:
    """Give the address of a page that lies in no account."""
    return hub_address(name, *args)


@register.simple_tag
def within(account: object, name: str, *args: object) -> str:
    """Give the address of a page within an account."""
    return account_address(str(account), name, *args)


@register.simple_tag(takes_context=True)
def current(context: Context, address: str, section: str) -> str:
    """Mark the link of the header under which a page lies: as the page itself, or above it."""
    where = context.get("where")
    is_companys = section == "companies" and where is not None and where.company is not None
    if context.get("section") != section and not is_companys:
        return ""
    is_it = context["request"].path == address
    return mark_safe(' aria-current="page"' if is_it else ' aria-current="true"')  # noqa: S308 - constants


# The frame


@register.simple_tag
def is_demo() -> bool:
    """Whether this is demo mode."""
    return bool(settings.DEMO)


@register.simple_tag
def engine_state() -> engines.EngineState:
    """Say how the engine is."""
    return engines.state()


@register.simple_tag
def real_now() -> int:
    """Give the present instant of the real clock."""
    return CLOCK.now()


@register.inclusion_tag("tenure/shared/clock_bar.html", takes_context=True)
def clock_bar(context: Context) -> dict[str, Any]:
    """Show the test clocks, or the company's own, with ways to move them."""
    standing: Standing | None = context.get("standing")
    request: HttpRequest = context["request"]
    viewer = reader_of(request)
    clocks: list[TestClock]
    if standing is None or viewer is None:
        clocks = [] if viewer is None else clocks_of(viewer)
    elif standing.company.clock is None or not context.get("can_write"):
        clocks = []
    else:
        clocks = [standing.company.clock]
    zone = "UTC" if standing is None else standing.company.time_zone
    moving = [clock for clock in clocks if clock.target_at is not None]
    return {
        "clocks": clocks,
        "clock": clocks[0] if len(clocks) == 1 else None,
        "moving": moving[0] if moving else None,
        "zone": zone,
        "standing": standing,
        "next_at": _next_at(standing),
        "tomorrow": _tomorrow(clocks, zone),
        "here": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
        "engine": engines.state(),
    }


def _next_at(standing: Standing | None) -> int | None:
    if standing is None or standing.company.clock is None:
        return None
    return standing.next_event_at()


def _tomorrow(clocks: list[TestClock], zone: str) -> str:
    """Give the first day to which the clock can go."""
    earliest = min((clock.now_at for clock in clocks), default=0)
    return day_of(earliest + 86_400, zone).isoformat()
