"""The list of companies: of the Hub, of an account, or of the whole installation.

The Hub shows what somebody reaches in any of their accounts; each row leads into the account
through which they reach it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.views.decorators.http import require_safe

from tenure.core.access import Place
from tenure.portal.shared import limits
from tenure.portal.shared.addresses import (
    account_address,
    entered,
    is_within,
    reader_of,
    way_to,
)
from tenure.portal.shared.doors import at_home
from tenure.portal.shared.readers import CLOCK, page_number
from tenure.portal.shared.whereabouts import accounts_of, palette_of
from tenure.services import overviews
from tenure.services.access import Viewer
from tenure.services.histories import Page
from tenure.services.overviews import CompanyList, CompanyRow
from tenure.store.models import Account
from tenure.words.statuses import statuses


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list: where it leads, and through which account.

    ``sites`` counts those that are open where the company as a whole is not: then its numbers
    are not told.
    """

    row: CompanyRow
    address: str
    account: Account | None
    sites: int

    @property
    def palette(self) -> str:
        """The colour of the account through which it leads."""
        return "hub" if self.account is None else palette_of(self.account)


@require_safe
@at_home
def companies(request: HttpRequest) -> HttpResponse:
    """List the companies, the worst and soonest first."""
    viewer = reader_of(request)
    if viewer is None:  # the door leads them to the sign-in
        raise ValueError("nobody looks")
    account = entered(request)
    within = viewer.companies()
    if account is not None:
        within &= Q(account__path__below=account.path)
    shut = limits.shut(request, viewer) if account is None and not viewer.is_operator else None
    if shut is not None:
        within &= ~shut
    known = [each.code for each in statuses("company")]
    status = request.GET.get("status", "")
    status = status if status in known else ""
    order = request.GET.get("sort", "worst")
    backwards = order.startswith("-")
    order = order.lstrip("-")
    order = order if order in overviews.ORDERS else "worst"
    search = request.GET.get("q", "")[:200]
    found = overviews.companies(
        CLOCK.now(),
        within=within,
        status=status,
        search=search,
        order=order,
        backwards=backwards,
        page=page_number(request),
    )
    own = accounts_of(request, viewer)
    lines = [_line(row, viewer, own, account) for row in found.rows]
    only = _only(account, found, lines)
    if only is not None and not request.GET:
        return HttpResponseRedirect(only.address)
    filters = [(code, found.counts[code]) for code in known if found.counts.get(code)]
    if status and status not in found.counts:
        filters.append((status, 0))
    return render(
        request,
        "tenure/hub/companies.html",
        {
            "found": found,
            "lines": lines,
            "page": Page(found.page, found.pages, found.total),
            "section": "companies",
            "filters": filters,
            "all_count": sum(found.counts.values()),
            "status": status,
            "search": search,
            "sort": f"-{order}" if backwards else order,
            "is_hub": not is_within(request),
            "some_are_shut": shut is not None,
            "several": not is_within(request) and len(own) > 1,
        },
    )


def _only(account: Account | None, found: CompanyList, lines: list[Line]) -> Line | None:
    """Give the company that a business account is."""
    if account is None or account.kind != Account.Kind.BUSINESS or found.everything != 1:
        return None
    return next((line for line in lines if line.address), None)


def _line(
    row: CompanyRow, viewer: Viewer, own: dict[UUID, Account], account: Account | None
) -> Line:
    path = tuple(row.path.rstrip("/").split("/"))
    place = Place(path, str(row.id))
    through = account or next((own[UUID(x)] for x in reversed(path) if UUID(x) in own), None)
    sites = 0
    if viewer.level(place, "portal") != "none":
        address = _way(viewer, row, account, "company")
    elif viewer.level(place, "console") != "none":
        address = _way(viewer, row, account, "members")
    else:
        sites, address = _to_sites(viewer, row, account)
        row = replace(row, short_at=None, units=0, seats=0, protected=0)  # may be another site's
    return Line(row, address, through, sites)


def _to_sites(viewer: Viewer, row: CompanyRow, account: Account | None) -> tuple[int, str]:
    """Count the sites open to somebody who does not see the whole, and give where to see them."""
    pools = {
        grant.pool
        for grant in viewer.grants
        if grant.company == str(row.id) and grant.pool and grant.is_open
    }
    try:
        if len(pools) == 1:
            return 1, _way(viewer, row, account, "site", *pools)
        return len(pools), _way(viewer, row, account, "company")
    except NoReverseMatch:
        return len(pools), ""


def _way(viewer: Viewer, row: CompanyRow, account: Account | None, name: str, *more: object) -> str:
    if account is not None:
        return account_address(account.id, name, row.id, *more)
    return way_to(viewer, row.path, name, row.id, *more)
