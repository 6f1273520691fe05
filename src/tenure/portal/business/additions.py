"""What adding a licence by its key would bring, as the page shows it and as CSV. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.core.shortages import Shortage
from tenure.portal.operator.whatifs import drawn, notices_of
from tenure.portal.shared.readers import CLOCK, language
from tenure.portal.shared.tables import as_table, instant
from tenure.services import additions, standings
from tenure.services.additions import Addition
from tenure.services.errors import ServiceError
from tenure.services.key_offers import Offer, Wishes
from tenure.services.standings import Standing
from tenure.services.whatifs import Outcome
from tenure.words.dates import day
from tenure.words.whatifs import whatif_sentences

NAMES = 30
"""So many of those who come to lack a unit at one time are named."""
GROUPS = 12
"""So many times and sites are told apart."""
CHOICES = 6
"""For so many licences it is said what replacing them would bring."""


def of_wishes(standing: Standing, offer: Offer, wishes: Wishes) -> Addition:
    """Ask what adding would bring. Raises ``ServiceError`` as adding it would."""
    return additions.addition(standing.company, offer, wishes, clock=CLOCK)


def shown(would: Addition, standing: Standing) -> dict[str, Any]:
    """Give what the page shows of it; services are named where there are several."""
    several = len(would.outcomes) > 1
    found = [
        (outcome, outcome.service_name if several else "", shortages)
        for outcome, shortages in zip(would.outcomes, would.shortages, strict=True)
    ]
    rows = [
        (shortage, outcome, service)
        for outcome, service, shortages in found
        for shortage in shortages
    ]
    rows.sort(key=lambda row: row[0].start)
    return {
        "would": would,
        "whats": [(name, whatif_sentences(x.facts, language())) for x, name, _shortages in found],
        "lackers": [_group(*row) for row in rows[:GROUPS]],
        "lackers_more": sum(shortage.count for shortage, *_rest in rows[GROUPS:]),
        "is_cut": len(rows) > GROUPS or any(shortage.count > NAMES for shortage, *_rest in rows),
        "changes": sorted(
            (*notice, name) for outcome, name, _shortages in found for notice in notices_of(outcome)
        ),
        "pictures": list(_pictures(would, standing)),
    }


def _group(shortage: Shortage, outcome: Outcome, service: str) -> dict[str, Any]:
    people = additions.members(outcome, shortage, NAMES)
    return {
        "shortage": shortage,
        "service": service,
        "site": outcome.pool(shortage.pool),
        "is_at_once": shortage.start <= outcome.found.at,
        "is_unprotected": shortage.protected_until == shortage.start,
        "people": people,
        "more": shortage.count - len(people),
    }


def _pictures(would: Addition, standing: Standing) -> Iterator[dict[str, Any]]:
    """Draw each service that the company uses, the page's own first."""
    outcomes = sorted(would.outcomes, key=lambda x: x.service != standing.service)
    for outcome in outcomes:
        if outcome.service not in standing.services:
            continue  # there is nothing before it to compare with
        of_it = standing
        if outcome.service != standing.service:
            of_it = standings.of_company(standing.company.id, CLOCK, outcome.service)
        name = outcome.service_name if len(outcomes) > 1 else ""
        yield {"service": name, **drawn(outcome, of_it, key=f"whatif-{outcome.service}")}


def notes(standing: Standing, offer: Offer) -> dict[str, str]:
    """Say beside each licence that could be replaced who would come to lack a unit.

    Only where there are sites: elsewhere all choices come to the same.
    """
    if len(standing.pools) < 2:
        return {}
    found: dict[str, str] = {}
    choices: list[UUID | None] = [each.id for each in offer.replaceable[:CHOICES]]
    for licence_id in [*choices, None]:
        try:
            would = of_wishes(standing, offer, Wishes(replaces=licence_id))
        except ServiceError:
            continue
        found[str(licence_id or "")] = _note(would, standing.company.time_zone)
    return found


def _note(would: Addition, zone: str) -> str:
    first = would.first_at
    if first is None:
        return _("nobody comes to lack a unit")
    count = would.lacking
    if first <= would.outcomes[0].found.at:
        text = ngettext("%(n)s user lacks a unit at once", "%(n)s users lack a unit at once", count)
        return text % {"n": count}
    text = ngettext(
        "%(n)s user lacks a unit, the first from %(day)s on",
        "%(n)s users lack a unit, the first from %(day)s on",
        count,
    )
    return text % {"n": count, "day": day(first, zone, language())}


def table(would: Addition) -> HttpResponseBase:
    """Give all who come to lack a unit as CSV, the first first."""
    heads = ("service", "site", "user", "name", "lacks_from", "protected_until", "until")
    rows = []
    for outcome, found in zip(would.outcomes, would.shortages, strict=True):
        for each in found:
            site = outcome.names.get(each.pool, "")
            instants = [instant(t) for t in (each.start, each.protected_until, each.end)]
            for member in additions.members(outcome, each):
                told = (outcome.service_name, site, member.user, member.name)
                rows.append((*told, *instants))
    return as_table("lacking-units", heads, rows)
