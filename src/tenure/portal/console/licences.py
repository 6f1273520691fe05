"""Licence management by pool: units, seats, who waits, and which licence serves."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tenure.core.coverage import units_of
from tenure.portal.console.frames import Desk, console
from tenure.portal.shared.addresses import entered, is_in_operator_portal, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK
from tenure.services.access import place_of
from tenure.services.standings import PoolStanding
from tenure.services.standings import of_company as standing_of_company
from tenure.store.models import Claim, Company, Instance, Licence

OTHERS = 25
"""So many companies are shown together."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A licence that serves seats of a pool: how many of its units are there, and are in use."""

    name: str
    units: int
    used: int
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool with who waits for its units, and what serves it."""

    pool: PoolStanding
    waiting: int
    serving: tuple[Serving, ...]


@require_safe
@of_company("console")
@console
def licences(desk: Desk) -> HttpResponse:
    """Show every pool with its units; with ``all`` those of the account's other companies too."""
    standing = desk.standing
    claims = Claim.objects.filter(
        company=standing.company, service=standing.service, instance=standing.life.instance
    )
    waits = dict(claims.values_list("pool_id").annotate(n=Count("*")).values_list("pool_id", "n"))
    called = {
        str(row.id): row
        for row in Licence.objects.select_related("product").filter(company=standing.company)
    }
    rows = []
    for pool in standing.pools:
        serving = []
        for stretch in units_of(standing.life, str(pool.id)):
            row = called.get(stretch.licence)
            used = max(0, min(pool.seats, stretch.to_seat) - stretch.from_seat)
            if row is not None:
                serving.append(
                    Serving(
                        row.label or row.reference or row.product.name,
                        stretch.to_seat - stretch.from_seat,
                        used,
                        row.ends_at,
                    )
                )
        waiting = waits.get(pool.id, 0) + pool.waiting
        rows.append(PoolRow(pool, waiting, tuple(serving)))
    others = _others(desk)
    is_all = bool(desk.request.GET.get("all")) and bool(others)
    return desk.page(
        "licences",
        "licences",
        rows=rows,
        waiting=sum(row.waiting for row in rows),
        is_over=any(row.pool.seats > row.pool.units for row in rows),
        can_show_all=bool(others),
        is_all=is_all,
        others=[standing_of_company(company.id, CLOCK, standing.service) for company in others]
        if is_all
        else [],
    )


def _others(desk: Desk) -> list[Company]:
    """Give the other companies of the account whose Console is open to whoever looks."""
    viewer, account = reader_of(desk.request), entered(desk.request)
    if viewer is None or (account is None and not is_in_operator_portal(desk.request)):
        return []
    # Only those of which the whole is open: a part of one tells nothing of its pools.
    used = Instance.objects.filter(service_id=desk.service, state__isnull=False)
    companies = Company.objects.select_related("account").filter(
        viewer.companies(), id__in=used.values("company_id")
    )
    if account is not None:
        companies = companies.filter(account__path__startswith=account.path)
    found = []
    for company in companies.exclude(id=desk.company_id).order_by("name", "id")[: OTHERS * 2]:
        if viewer.level(place_of(company), "console") != "none":
            found.append(company)
    return found[:OTHERS]
