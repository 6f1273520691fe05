"""Alerts of a company: the page, resolving one or all of a filter, and the list as CSV."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tenure.portal.hub.frames import allows
from tenure.portal.operator.pages import frame
from tenure.portal.shared.addresses import company_of, entered, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import (
    CLOCK,
    language,
    missing_is_404,
    page_number,
    standing_of,
    who,
)
from tenure.portal.shared.tables import as_table, instant
from tenure.services import alerts as service
from tenure.services import memberships
from tenure.services.access import place_of
from tenure.services.alerts import Alert, AlertFilter, Alerts
from tenure.services.standings import Standing
from tenure.words.alert_facts import LEVELS, STATES
from tenure.words.alerts import alert_words, kind_word, level_word, state_word
from tenure.words.names import clean

WORST = 3
"""So many alerts stand on the overview."""

EVERYTHING = "all"

_WHERE: dict[str, tuple[str, ...]] = {
    "nobody_to_write_to": ("contacts", "company"),
    "closed": ("company",),
    **dict.fromkeys(
        ("grace", "suspended", "deletion_warned", "company_ends", "members_wait"), ("renewal",)
    ),
    **dict.fromkeys(("pool_short", "pool_reduced", "pool_full"), ("renewal",)),
}
"""To which page an alert leads, by its kind; the first that there is. The rest: the licences."""

_FOR_WRITERS = frozenset({"nobody_to_write_to"})
"""Those that lead to a page for whoever may change the company."""

ABLE = 3
"""So many of those who may are named."""

_OF_SUBJECT = {
    "notice_stuck": "notice",
    "licence_ends": "licence",
    "licence_ended": "licence",
    "licence_suspended": "licence",
}
"""Those that lead to the page of what they are about."""


@dataclass(frozen=True, slots=True)
class Line:
    """An alert as a page shows it: its words, and where its one link leads."""

    alert: Alert
    kind: str
    text: str
    todo: str
    address: str


def lines(request: HttpRequest, standing: Standing, alerts: Iterable[Alert]) -> list[Line]:
    """Give alerts in the reader's language, each with something that the reader may do."""
    spoken = language()
    found = []
    for alert in alerts:
        said = alert_words(alert.facts, spoken)
        todo, address = said.todo, _address(standing, alert)
        if alert.kind in _FOR_WRITERS and not _may_write(request) and _is_still(alert):
            todo, address = _ask_others(request, standing)
        found.append(Line(alert, kind_word(alert.kind, spoken), said.text, todo, address))
    return found


def _may_write(request: HttpRequest) -> bool:
    viewer = reader_of(request)
    return viewer is not None and viewer.level(place_of(company_of(request)), "portal") == "write"


def _is_still(alert: Alert) -> bool:
    return alert.facts.over_at is None and not alert.facts.is_closed


def _ask_others(request: HttpRequest, standing: Standing) -> tuple[str, str]:
    """Say to somebody who may only look who can do it, and where those are listed.

    They are named to those alone who may see the people of the account.
    """
    account = entered(request)
    if account is not None and allows(request, "people.list"):
        able = [
            clean(each.person.name or each.person.email)
            for each in memberships.people(account)
            if each.is_owner or each.portal == "write"
        ]
        names = ", ".join(able[:ABLE])
        if len(able) > ABLE:
            names += ", …"
        if names:
            return _("Ask who may change the company: %(names)s") % {"names": names}, reverse(
                "people"
            )
    query = f"?service={standing.service}" if len(standing.services) > 1 else ""
    text = _("Read the notices here, and ask whoever may change the company")
    return text, f"{reverse('notices', args=[standing.company.id])}{query}"


def alerts_of(request: HttpRequest, standing: Standing) -> Alerts:
    """Give a company's alerts; looked for once for each request."""
    kept = getattr(request, "alerts", None)
    if kept is None or kept.standing is not standing:
        kept = service.of_standing(standing)
        request.alerts = kept  # type: ignore[attr-defined]  # kept for the frame and the page
    return cast(Alerts, kept)


def _address(standing: Standing, alert: Alert) -> str:
    company = standing.company.id
    query = f"?service={standing.service}" if len(standing.services) > 1 else ""
    if alert.facts.over_at is not None and alert.kind not in _OF_SUBJECT:
        return f"{reverse('history', args=[company])}{query}"
    if alert.facts.is_closed:
        return f"{reverse('company', args=[company])}{query}"
    tries: list[tuple[str, list[object]]] = []
    if alert.kind in _OF_SUBJECT:
        tries.append((_OF_SUBJECT[alert.kind], [company, alert.subject]))
    tries += [(name, [company]) for name in (*_WHERE.get(alert.kind, ()), "licences")]
    for name, args in tries:
        try:
            return f"{reverse(name, args=args)}{query}"
        except NoReverseMatch:
            continue
    raise NoReverseMatch("there is no page of licences")


def _filter_of(asked: QueryDict) -> AlertFilter:
    """Read what is asked for: by itself what is unresolved, whatever its level."""
    level, state = asked.get("level", ""), asked.get("state", "")
    if state == EVERYTHING:
        wanted = ""
    else:
        wanted = state if state in STATES else "unresolved"
    return AlertFilter(level if level in LEVELS else "", wanted)


@require_safe
@of_company()
@missing_is_404
def page(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the alerts, the worst first."""
    standing = standing_of(request, company_id)
    found = alerts_of(request, standing)
    wanted = _filter_of(request.GET)
    shown, where = found.page(wanted, page_number(request))
    levels, states = found.counts(wanted)
    spoken = language()
    return render(
        request,
        "tenure/business/alerts.html",
        frame(
            request,
            standing,
            "alerts",
            lines=lines(request, standing, shown),
            page=where,
            wanted=wanted,
            all_levels=sum(levels.values()),
            all_states=sum(states.values()),
            levels=[(code, level_word(code, spoken), levels[code]) for code in LEVELS],
            states=[
                (code, "" if code == "unresolved" else code, state_word(code, spoken), states[code])
                for code in STATES
            ],
            can_resolve=wanted.state in ("", "unresolved"),
            can_unresolve=wanted.state in ("", "resolved"),
            asked=request.GET.urlencode(),
        ),
    )


@require_safe
@of_company()
@missing_is_404
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that the filter finds as CSV."""
    standing = standing_of(request, company_id)
    found = alerts_of(request, standing)
    spoken = language()
    heads = ("level", "status", "kind", "at", "alert", "todo", "link", "key")
    rows = []
    for line in lines(request, standing, found.named(found.wanted(_filter_of(request.GET)))):
        alert = line.alert
        rows.append(
            (
                level_word(alert.level, spoken),
                state_word(alert.state, spoken),
                line.kind,
                instant(alert.facts.at),
                line.text,
                line.todo,
                request.build_absolute_uri(line.address),
                alert.key,
            )
        )
    return as_table("alerts", heads, rows)


@require_POST
@of_company(level="write")
@missing_is_404
def act(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Resolve alerts, or let them stand unresolved again: one, those ticked, or all of a filter."""
    standing = standing_of(request, company_id)
    post = request.POST
    asked = QueryDict(post.get("filter", "")[:2000])
    do, _colon, one = post.get("do", "").partition("=")
    if one:
        keys = {one}
    elif post.get("whom") == EVERYTHING:
        found = service.of_standing(standing)
        keys = {alert.key for alert in found.wanted(_filter_of(asked))}
    else:
        keys = set(post.getlist("alert")[:2000])
    if not keys:
        messages.error(request, _("No alert was chosen. Tick some, or choose all of them."))
    elif do == "resolve":
        _told_resolved(request, service.resolve(standing, keys, clock=CLOCK, who=who(request)))
    elif do == "unresolve":
        count = service.unresolve(standing, keys, clock=CLOCK, who=who(request))
        text = ngettext(
            "%(n)s alert stands unresolved again.", "%(n)s alerts stand unresolved again.", count
        )
        messages.success(request, text % {"n": count})
    else:
        messages.error(request, _("Choose what is to be done."))
    query = asked.urlencode()
    address = reverse("alerts", args=[company_id])
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


def _told_resolved(request: HttpRequest, count: int) -> None:
    if not count:
        text = _("Nothing was changed: what you chose is resolved already, or over.")
        messages.warning(request, text)
        return
    said = ngettext(
        "%(n)s alert is resolved. It stands under “Resolved” as long as it is so.",
        "%(n)s alerts are resolved. They stand under “Resolved” as long as they are so.",
        count,
    )
    messages.success(request, said % {"n": count})
