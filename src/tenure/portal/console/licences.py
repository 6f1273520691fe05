"""Licence management by pool: units, seats, who waits, and which licence serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from tenure.core.access import Place
from tenure.core.coverage import Stretch, units_of
from tenure.core.lifecycle import Lifecycle
from tenure.portal.console.frames import Desk, console
from tenure.portal.shared.addresses import entered, is_in_operator_portal, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, language, page_number
from tenure.portal.shared.tables import Cell, as_table
from tenure.services.access import Viewer
from tenure.services.histories import Page
from tenure.services.standings import PoolStanding
from tenure.services.standings import of_company as standing_of_company
from tenure.store.models import Claim, Company, Instance, Licence
from tenure.words.statuses import word

SERVING = 100
"""So many licences that serve are on a page."""

OTHERS = 25
"""So many of the other companies are on a page."""


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
    rows, serving = _pools(desk, _part(desk))
    viewer, others = _others(desk)
    is_all = bool(desk.request.GET.get("all"))
    found = list(_open(viewer, others)) if is_all else list(islice(_open(viewer, others), 1))
    is_all = is_all and bool(found)
    where = Page.of(page_number(desk.request), len(found), OTHERS)
    first = where.first(OTHERS)
    shown = found[first : first + OTHERS] if is_all else []
    return desk.page(
        "licences",
        "licences",
        rows=rows,
        waiting=sum(row.waiting for row in rows),
        is_over=any(row.pool.seats > row.pool.units for row in rows),
        can_show_all=bool(found),
        is_all=is_all,
        others=[standing_of_company(company, CLOCK, desk.service) for company in shown],
        page=where,
        serving=serving,
        asked=desk.request.GET.urlencode(),
    )


def _part(desk: Desk) -> int:
    """Give which page of the licences that serve is asked for; the first where nonsense is."""
    asked = desk.request.GET.get("serving", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


@require_safe
@of_company("console")
@console
def as_csv(desk: Desk) -> HttpResponseBase:
    """Give the pools with their units as CSV; with ``all`` also the other companies, as a whole."""
    spoken, name = language(), desk.standing.company.name
    is_open = desk.standing.life.phase in ("active", "grace")

    def rows() -> Iterator[list[Cell]]:
        for row in _pools(desk)[0]:
            pool = row.pool
            status = word("pool", pool.status, spoken) if is_open else ""
            yield [
                *(name, pool.name, status, pool.units, pool.seats, pool.free, row.waiting),
                "; ".join(f"{each.name} ({each.used}/{each.units})" for each in row.serving),
            ]
        if not desk.request.GET.get("all"):
            return
        for company in _open(*_others(desk)):
            each = standing_of_company(company, CLOCK, desk.service)
            status = word("company", each.status, spoken)
            yield [
                *(each.company.name, None, status, each.units, each.seats, each.free),
                *(each.waiting, None),
            ]

    heads = ("company", "site", "status", "units", "used", "free", "waiting", "licences")
    return as_table("units", heads, rows())


def _pools(desk: Desk, part: int | None = None) -> tuple[list[PoolRow], Page]:
    """Give the pools with who waits there, and what serves them: a page of it, or all."""
    standing = desk.standing
    claims = Claim.objects.filter(
        company=standing.company, service=standing.service, instance=standing.life.instance
    )
    waits = dict(claims.values_list("pool_id").annotate(n=Count("*")).values_list("pool_id", "n"))
    every = [
        (pool, stretch)
        for pool in standing.pools
        for stretch in standing.reading.once(f"units of {pool.id}", _units(str(pool.id)))
    ]
    where = Page.of(part or 1, len(every), SERVING)
    if part is not None:
        every = every[where.first(SERVING) : where.first(SERVING) + SERVING]
    rows = Licence.objects.select_related("product").filter(company=standing.company)
    if part is not None:
        rows = rows.filter(id__in={UUID(stretch.licence) for _, stretch in every})
    called = {str(row.id): row for row in rows}
    serving: dict[UUID, list[Serving]] = {pool.id: [] for pool in standing.pools}
    for pool, stretch in every:
        row = called.get(stretch.licence)
        if row is not None:
            serving[pool.id].append(
                Serving(
                    row.label or row.reference or row.product.name,
                    stretch.to_seat - stretch.from_seat,
                    max(0, min(pool.seats, stretch.to_seat) - stretch.from_seat),
                    row.ends_at,
                )
            )
    return [
        PoolRow(pool, waits.get(pool.id, 0) + pool.waiting, tuple(serving[pool.id]))
        for pool in standing.pools
    ], where


def _units(pool: str) -> Callable[[Lifecycle], list[Stretch]]:
    return lambda life: units_of(life, pool)


def _others(desk: Desk) -> tuple[Viewer | None, QuerySet[Company]]:
    """Give the other companies of the account that use the service, by name."""
    viewer, account = reader_of(desk.request), entered(desk.request)
    if viewer is None or (account is None and not is_in_operator_portal(desk.request)):
        return None, Company.objects.none()
    used = Instance.objects.filter(service_id=desk.service, state__isnull=False)
    companies = Company.objects.filter(viewer.companies(), id__in=used.values("company_id"))
    if account is not None:
        companies = companies.filter(account__path__startswith=account.path)
    return viewer, companies.exclude(id=desk.company_id).order_by("name", "id")


def _open(viewer: Viewer | None, companies: QuerySet[Company]) -> Iterator[UUID]:
    """Give those whose Console is open as a whole: a part of one tells nothing of its pools."""
    if viewer is None:
        return
    for id_, path in companies.values_list("id", "account__path").iterator(chunk_size=2000):
        place = Place(tuple(path.rstrip("/").split("/")), str(id_))
        if viewer.level(place, "console") != "none":
            yield id_
