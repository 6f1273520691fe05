"""The sites of a company: what stands where, who administers it; opening, renaming, closing one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tenure.portal.operator.actions import said as said_of_companies
from tenure.portal.operator.pages import frame
from tenure.portal.shared.addresses import entered, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import (
    CLOCK,
    language,
    missing_is_404,
    page_number,
    standing_of,
    who,
)
from tenure.portal.shared.tables import as_table
from tenure.services import pools, rights
from tenure.services.errors import ServiceError
from tenure.services.histories import Page
from tenure.services.pools import NotEmpty
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Contact, Pool, Scope
from tenure.words.names import clean
from tenure.words.statuses import statuses, word

PAGE = 50
"""Sites on a page."""


_RANKS = {status.code: i for i, status in enumerate(statuses("pool"))}

ORDERS: dict[str, Callable[[PoolStanding], Any]] = {
    "name": lambda pool: (clean(pool.name).casefold(), pool.reference),
    "worst": lambda pool: _RANKS[pool.status],
    "units": lambda pool: -pool.units,
    "seats": lambda pool: -pool.seats,
    "protected": lambda pool: -pool.protected,
}
"""How the list can be sorted; numbers: the most first. Without a name: the company's own first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A site with who administers it."""

    pool: PoolStanding
    is_own: bool
    administrators: tuple[str, ...]


class SiteForm(forms.Form):
    """A site's name, and the reference by which tables and imports know it."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As people of the company call it, for example Lyon."),
        max_length=200,
        error_messages={"required": gettext_lazy("A site needs a name.")},
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("Optional: the number or code by which you know it elsewhere."),
        max_length=100,
        required=False,
    )


@require_safe
@of_company()
@missing_is_404
def sites(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the sites with their units and seats, and who administers each."""
    standing = standing_of(request, company_id)
    search, sort, found = _found(request, standing)
    page = Page.of(page_number(request), len(found), PAGE)
    shown = found[page.first(PAGE) : page.first(PAGE) + PAGE]
    context = frame(request, standing, "sites")
    people = _administrators(request, standing) if context["can_write"] else {}
    own = standing.pools[0].id
    return render(
        request,
        "tenure/business/sites.html",
        {
            **context,
            "rows": [Row(pool, pool.id == own, tuple(people.get(pool.id, ()))) for pool in shown],
            "page": page,
            "search": search,
            "sort": sort,
            "can_invite": context["can_write"] and _can_invite(request),
        },
    )


def _found(request: HttpRequest, standing: Standing) -> tuple[str, str, list[PoolStanding]]:
    """Give the sites that an address asks for, in its order; what makes no sense is left out."""
    search = request.GET.get("q", "").strip()[:200]
    found = [
        pool
        for pool in standing.pools
        if search.casefold() in f"{pool.name} {pool.reference}".casefold()
    ]
    sort = request.GET.get("sort", "")
    key = ORDERS.get(sort.removeprefix("-"))
    if key is None:
        return search, "", found
    found.sort(key=key, reverse=sort.startswith("-"))
    return search, sort, found


@require_safe
@of_company()
@missing_is_404
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all sites that the search finds as CSV, in the order shown."""
    standing = standing_of(request, company_id)
    is_running = standing.life.phase in ("active", "grace")
    heads = ("site", "reference", "status", "units", "seats", "free", "protected")
    rows = []
    for pool in _found(request, standing)[2]:
        status = word("pool", pool.status, language()) if is_running else ""
        names = (pool.name, pool.reference, status)
        rows.append((*names, pool.units, pool.seats, pool.free, pool.protected))
    return as_table("sites", heads, rows)


def _administrators(request: HttpRequest, standing: Standing) -> dict[UUID, list[str]]:
    """Name who was given a site, and who is written to about it; by site."""
    company = standing.company
    named: dict[UUID, list[str]] = defaultdict(list)
    scopes = Scope.objects.filter(company_id=company.id, pool_id__isnull=False)
    account = entered(request)
    if account is not None:
        scopes = scopes.filter(membership__account=account)
    open_ = scopes.exclude(portal="none", console="none").select_related("membership__person")
    for scope in open_.order_by("membership__person__email"):
        person = scope.membership.person
        if scope.pool_id is not None:
            named[scope.pool_id].append(person.name or person.email)
    contacts = Contact.objects.filter(company=company, pool_id__isnull=False)
    for contact in contacts.order_by("address"):
        who_ = contact.name or contact.address
        if contact.pool_id is not None and who_ not in named[contact.pool_id]:
            named[contact.pool_id].append(who_)
    return named


def _can_invite(request: HttpRequest) -> bool:
    viewer, account = reader_of(request), entered(request)
    if viewer is None or account is None:
        return False
    return rights.allows(viewer, account, "people.invite")


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def add(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Open another site."""
    standing = standing_of(request, company_id)
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, reference = form.cleaned_data["name"], form.cleaned_data["reference"]
        try:
            pools.create(company_id, name, reference, clock=CLOCK, who=who(request))
        except ServiceError as error:
            _blame(form, error)
        else:
            text = _("The site %(site)s is open. Place units there next.")
            messages.success(request, text % {"site": clean(name)})
            return _back(standing)
    return _form(request, standing, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def rename(request: HttpRequest, company_id: UUID, site_id: UUID) -> HttpResponse:
    """Give a site another name and reference."""
    standing = standing_of(request, company_id)
    pool = _pool(standing, site_id)
    form = SiteForm(request.POST or None, initial={"name": pool.name, "reference": pool.reference})
    if request.method == "POST" and form.is_valid():
        name, reference = form.cleaned_data["name"], form.cleaned_data["reference"]
        try:
            pools.rename(company_id, site_id, name, reference, clock=CLOCK, who=who(request))
        except ServiceError as error:
            _blame(form, error)
        else:
            messages.success(request, _("The site is called %(site)s now.") % {"site": clean(name)})
            return _back(standing)
    return _form(request, standing, form, pool)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def close(request: HttpRequest, company_id: UUID, site_id: UUID) -> HttpResponse:
    """Say what stands in the way of closing a site; close it when nothing does."""
    standing = standing_of(request, company_id)
    pool = _pool(standing, site_id)
    row = Pool.objects.get(company=standing.company, id=site_id)
    found = pools.obstacles(standing.company, [row])[site_id]
    status = 200
    if request.method == "POST":
        try:
            pools.close(company_id, site_id, clock=CLOCK, who=who(request))
        except NotEmpty as refused:
            found, status = refused.obstacles, 422
        except ServiceError as error:
            messages.error(request, said(error))
        else:
            text = _("The site %(site)s is closed. What was there keeps its name in the history.")
            messages.success(request, text % {"site": clean(pool.name)})
            return _back(standing)
    context = frame(request, standing, "sites", pool=pool, found=found)
    context["administrators"] = _administrators(request, standing).get(site_id, [])
    return render(request, "tenure/business/close_site.html", context, status=status)


def _form(
    request: HttpRequest, standing: Standing, form: SiteForm, pool: PoolStanding | None
) -> HttpResponse:
    more: dict[str, Any] = {"form": form, "pool": pool}
    more["is_own"] = pool is not None and pool.id == standing.pools[0].id
    return render(
        request,
        "tenure/business/site_form.html",
        frame(request, standing, "sites", **more),
        status=422 if form.is_bound else 200,
    )


def _pool(standing: Standing, site_id: UUID) -> PoolStanding:
    pool = next((each for each in standing.pools if each.id == site_id), None)
    if pool is None:
        raise Http404("there is no such site")
    return pool


def _blame(form: SiteForm, error: ServiceError) -> None:
    fields = {"pool_unnamed": "name", "pool_name_taken": "name", "pool_exists": "reference"}
    form.add_error(fields.get(error.code), said(error))


def said(error: ServiceError) -> str:
    """Say in the reader's language why something was not done."""
    known = {
        "pool_unnamed": _("A site needs a name."),
        "pool_name_taken": _("Another site has this name. Choose one that tells them apart."),
        "pool_exists": _("Another site has this reference."),
        "pool_closed": _("Not done: a site was closed meanwhile."),
        "too_many_placed": _("Not done: more units are placed than the licence has."),
    }
    return known.get(error.code) or said_of_companies(error)


def _back(standing: Standing) -> HttpResponse:
    address = reverse("sites", args=[standing.company.id])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)
