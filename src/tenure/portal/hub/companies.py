"""The list of companies: of the Hub, of an account, or of the whole installation.

The Hub shows what somebody reaches in any of their accounts; each row leads into the account
through which they reach it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypedDict
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
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
from tenure.portal.shared.readers import CLOCK, language, page_number
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.portal.shared.whereabouts import accounts_of, palette_of
from tenure.services import overviews
from tenure.services.access import Viewer
from tenure.services.histories import Page
from tenure.services.overviews import CompanyList, CompanyRow, Order
from tenure.store.models import Account
from tenure.words.statuses import statuses, word

COLUMNS = (
    *("company", "reference", "company_id", "account", "service", "status", "status_code"),
    *("next", "next_at", "seats", "units", "protected", "sites"),
)
"""The columns as CSV; instants in UTC. ``sites``: of whom only so many sites are seen."""


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
    wanted, is_shut = _wanted(request, viewer, account)
    status, search = wanted["status"], wanted["search"]
    found = overviews.companies(CLOCK.now(), **wanted, page=page_number(request))
    own = accounts_of(request, viewer)
    lines = [_line(row, viewer, own, account) for row in found.rows]
    only = _only(account, found, lines)
    if only is not None and not request.GET:
        return HttpResponseRedirect(only.address)
    known = [each.code for each in statuses("company")]
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
            "sort": f"{'-' if wanted['backwards'] else ''}{wanted['order']}",
            "is_hub": not is_within(request),
            "some_are_shut": is_shut,
            "several": not is_within(request) and len(own) > 1,
        },
    )


@require_safe
@at_home
def table(request: HttpRequest) -> HttpResponseBase:
    """Give all that search, filter and order find as CSV, with what the list shows of each."""
    viewer = reader_of(request)
    if viewer is None:  # the door leads them to the sign-in
        raise ValueError("nobody looks")
    account = entered(request)
    wanted, _is_shut = _wanted(request, viewer, account)
    return as_table("companies", COLUMNS, _cells(request, viewer, account, wanted))


def _cells(
    request: HttpRequest, viewer: Viewer, account: Account | None, wanted: Wanted
) -> Iterator[list[Cell]]:
    own, spoken = accounts_of(request, viewer), language()
    for found in overviews.each(CLOCK.now(), **wanted):
        line = _line(found, viewer, own, account)
        row = line.row
        words, at = what_comes(row)
        numbers = (None, None, None) if line.sites else (row.seats, row.units, row.protected)
        yield [
            *(row.name, row.reference, str(row.id)),
            line.account.name if line.account else "",
            *(row.service_name, word("company", row.status, spoken), row.status),
            *(words, instant(at), *numbers, line.sites or None),
        ]


class Wanted(TypedDict):
    """What the list is asked for, as ``overviews`` takes it."""

    within: Q
    status: str
    search: str
    order: Order
    backwards: bool


def _wanted(request: HttpRequest, viewer: Viewer, account: Account | None) -> tuple[Wanted, bool]:
    """Read an address, leaving out what makes no sense; and say whether companies are left out."""
    within = viewer.companies()
    if account is not None:
        within &= Q(account__path__below=account.path)
    shut = limits.shut(request, viewer) if account is None and not viewer.is_operator else None
    if shut is not None:
        within &= ~shut
    status, sort = request.GET.get("status", ""), request.GET.get("sort", "worst")
    order: Order = next((each for each in overviews.ORDERS if each == sort.lstrip("-")), "worst")
    return {
        "within": within,
        "status": status if status in {each.code for each in statuses("company")} else "",
        "search": request.GET.get("q", "")[:200],
        "order": order,
        "backwards": sort.startswith("-"),
    }, shut is not None


def what_comes(row: CompanyRow) -> tuple[str, int | None]:
    """Say what comes next of a company, as its line in the list does, and when."""
    if row.status == "deleted":
        return _("Nothing more"), None
    if row.short_at is not None and row.short_at <= row.now:
        return _("A site has too few units"), row.short_at
    if row.is_short_first:
        return _("A site loses units or protection"), row.short_at
    if row.until_at is None:
        return _without_end(row), None
    if row.then == "deleted" and row.until_at <= row.now:
        return _("Nothing is deleted before the engine runs"), row.until_at
    named = {
        "grace": _("Licences end"),
        "suspended": _("Protection ends"),
        "deleted": _("Deletion, at the earliest"),
        "active": _("A licence begins"),
    }
    return named.get(row.then, ""), row.until_at


def _without_end(row: CompanyRow) -> str:
    if row.phase == "grace":
        return _("Protection goes on until its notice has run out")
    if row.then == "deleted":
        return _("Its warning is not delivered: nothing is deleted")
    if row.status == "closed":
        return _("Open: nothing runs out")
    if row.phase == "pending":
        return _("Waits for its first licence")
    return _("The deletion is held") if row.phase == "suspended" else _("Licences do not run out")


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
