"""The list of licences: filters, sorting, pages, and the same as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenure.core.facts import KINDS
from tenure.portal.operator.pages import frame
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import language, page_number, standing_of
from tenure.portal.shared.tables import Cell, as_table
from tenure.services.days import day_of
from tenure.services.licence_lists import LicenceFilter, each, listed, order_of
from tenure.services.standings import Standing
from tenure.store.models import Product
from tenure.words.statuses import statuses, word

COLUMNS = ("name", "reference", "product", "kind", "status", "units", "starts", "ends", "sites")
"""The columns as CSV; days in the company's zone."""


def filter_of(request: HttpRequest) -> LicenceFilter:
    """Read a filter from an address; what makes no sense is left out."""
    asked = request.GET
    order, backwards = order_of(asked.get("sort", ""))
    status, kind = asked.get("status", ""), asked.get("kind", "")
    return LicenceFilter(
        status=status if status in {x.code for x in statuses("licence")} else "",
        kind=kind if kind in KINDS else "",
        product=asked.get("product", "")[:50],
        search=asked.get("q", "")[:200],
        order=order,
        backwards=backwards,
    )


@require_safe
@of_company()
def licences(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the licences, the worst and soonest first, by any filter."""
    standing = standing_of(request, company_id)
    wanted = filter_of(request)
    found = listed(standing, wanted, page_number(request))
    products = Product.objects.filter(services=standing.service).order_by("name")
    return render(
        request,
        "tenure/operator/licences.html",
        frame(
            request,
            standing,
            "licences",
            wanted=wanted,
            sort=f"{'-' if wanted.backwards else ''}{wanted.order}",
            found=found,
            rows=found.rows,
            page=found.page,
            states=[
                (x.code, found.counts.get(x.code, 0))
                for x in statuses("licence")
                if found.counts.get(x.code) or x.code == wanted.status
            ],
            in_all=sum(found.counts.values()),
            kinds=KINDS,
            products=list(products.values_list("key", "name")),
        ),
    )


@require_safe
@of_company()
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that the filter finds as CSV, in the order shown."""
    standing = standing_of(request, company_id)
    return as_table("licences", COLUMNS, _cells(standing, filter_of(request)))


def _cells(standing: Standing, wanted: LicenceFilter) -> Iterator[list[Cell]]:
    zone, spoken = standing.company.time_zone, language()
    for row in each(standing, wanted):
        found = row.licence
        yield [
            *(found.label, found.reference, found.product.name),
            *(found.kind, word("licence", row.status, spoken), found.units),
            str(day_of(found.starts_at, zone)),
            None if found.ends_at is None else str(day_of(found.ends_at - 1, zone)),
            "; ".join(f"{place}: {units}" for place, units in row.placements),
        ]
