"""Renewing: the ways to do it, asking whoever supplies a company, and the supplier's own queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tenure.core.access import Level, Place
from tenure.portal.business.key_forms import named
from tenure.portal.hub.frames import signed_in
from tenure.portal.operator.actions import said as said_of_companies
from tenure.portal.operator.forms import MOST_UNITS
from tenure.portal.operator.pages import frame
from tenure.portal.shared.addresses import entered, is_in_operator_portal
from tenure.portal.shared.doors import inside, of_company
from tenure.portal.shared.people import called
from tenure.portal.shared.readers import (
    CLOCK,
    missing_is_404,
    page_number,
    query,
    standing_of,
    who,
    zone_of_reader,
)
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.services import renewals
from tenure.services.access import path_of
from tenure.services.errors import Forbidden, NotFound, ServiceError
from tenure.services.renewals import RequestFilter, State, Wanted
from tenure.services.standings import Standing
from tenure.store.models import Account, Licence, Product, RenewalRequest
from tenure.words.names import clean

MOST_LICENCES = 200
"""So many licences are offered to be named in a request."""


ON_A_PAGE = 20
"""So many requests of a company stand below the ways to renew."""

COLUMNS = (
    *("company", "product", "licence", "units", "state", "asked_at", "asked_by", "text"),
    *("answered_at", "answered_by", "answer"),
)
"""The columns of the queue as CSV, and of what one company asked for; instants in UTC."""


class AskForm(forms.Form):
    """What is asked for: a product, or a licence that shall be followed; units; a text."""

    about = forms.ChoiceField(
        label=gettext_lazy("For which licence"),
        help_text=gettext_lazy("A licence that ends, or a product that you want more of."),
    )
    units = forms.IntegerField(
        label=gettext_lazy("Units"),
        help_text=gettext_lazy("Each unit protects one user."),
        min_value=1,
        max_value=MOST_UNITS,
        error_messages={
            "required": gettext_lazy("Say how many units you need."),
            "invalid": gettext_lazy("Write a whole number, such as 20."),
            "min_value": gettext_lazy("Ask for at least 1 unit."),
            "max_value": gettext_lazy("Ask for at most 1,000,000 units."),
        },
    )
    text = forms.CharField(
        label=gettext_lazy("What else they should know"),
        help_text=gettext_lazy("Optional: until when, a number of your order, whom to call."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=renewals.LONGEST,
        required=False,
    )

    def __init__(self, *args: Any, standing: Standing, **more: Any) -> None:
        super().__init__(*args, **more)
        company = standing.company
        zone = company.time_zone  # a last day without its hour is one of the company's
        products = list(Product.objects.filter(services=standing.service).order_by("name"))
        found = Licence.objects.filter(
            company=company, product__in=products, removed_at=None, cancelled_at=None
        )
        last = F("ends_at").desc(nulls_last=True)
        licences = list(found.select_related("product").order_by(last)[:MOST_LICENCES])
        about = cast(forms.ChoiceField, self.fields["about"])
        about.choices = [
            *((f"{each.product_id}:{each.id}", named(each, zone)) for each in licences),
            *((f"{each.key}:", clean(each.name)) for each in products),
        ]
        # As many as have a seat; where nobody has one, as many as there were.
        asked = standing.seats or (licences[0].units if licences else 1)
        self.initial.setdefault("units", asked)

    @property
    def wanted(self) -> Wanted:
        """What is asked for, as the service is told it."""
        product, _colon, licence = self.cleaned_data["about"].partition(":")
        return Wanted(
            product,
            self.cleaned_data["units"],
            self.cleaned_data["text"],
            UUID(licence) if licence else None,
        )


@require_safe
@of_company()
@missing_is_404
def renewal(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show the ways to renew side by side, and how far the requests are."""
    standing = standing_of(request, company_id)
    return _ways(request, standing, AskForm(standing=standing))


@require_POST
@of_company(level="write")
@missing_is_404
def ask(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Ask whoever supplies the company."""
    standing = standing_of(request, company_id)
    form = AskForm(request.POST, standing=standing)
    if form.is_valid():
        person = signed_in(request).person
        try:
            renewals.ask(company_id, form.wanted, by=person, clock=CLOCK, who=who(request))
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, _("The request was sent. You get a mail with each answer."))
            return _back(standing)
    return _ways(request, standing, form)


@require_POST
@of_company(level="write")
@missing_is_404
def withdraw(request: HttpRequest, company_id: UUID, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    standing = standing_of(request, company_id)
    person = signed_in(request).person
    try:
        renewals.withdraw(company_id, request_id, by=person, clock=CLOCK, who=who(request))
    except NotFound:
        raise
    except ServiceError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The request was withdrawn."))
    return _back(standing)


def _ways(request: HttpRequest, standing: Standing, form: AskForm) -> HttpResponse:
    company = standing.company
    # A form that was sent has no filter in its address: what it shows is everything.
    state = "" if form.is_bound else _state(request.GET.get("state", ""))
    number = 1 if form.is_bound else page_number(request)
    asked, page = renewals.page(renewals.of_company(company, state), number, ON_A_PAGE)
    counts = renewals.counts_of_company(company)
    about = _about(asked)
    return render(
        request,
        "tenure/business/renewal.html",
        frame(
            request,
            standing,
            "renewal",
            form=form,
            supplier=renewals.supplier_of(company),
            shop=renewals.shop_address(company),
            requests=[(each, state_word(each.state), about.get(each.id)) for each in asked],
            page=page,
            state=state,
            states=_counted(counts, state),
            everything=sum(counts.values()),
        ),
        status=422 if form.is_bound else 200,
    )


@require_safe
@of_company()
@missing_is_404
def asked_table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that the company asked for and that the filter finds as CSV."""
    standing = standing_of(request, company_id)
    found = renewals.of_company(standing.company, _state(request.GET.get("state", "")))
    return as_table("renewal", COLUMNS, _cells(found))


def _counted(counts: Mapping[str, int], chosen: str) -> list[tuple[str, str, int]]:
    """Name the states that there are, with their numbers; also the one that is chosen."""
    return [
        (each, state_word(each), counts[each]) for each in counts if counts[each] or each == chosen
    ]


def _about(asked: Sequence[RenewalRequest]) -> dict[UUID, str]:
    """Name the licence that each request is about, with its units and end there."""
    found = renewals.followed(asked)
    return {
        each.id: named(found[each.id], each.company.time_zone) for each in asked if each.id in found
    }


def _back(standing: Standing) -> HttpResponse:
    address = reverse("renewal", args=[standing.company.id])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)


def _supplier(request: HttpRequest, wanted: Level) -> Account | None:
    """Give whose queue the address is; None is the vendor's. Raises as a door does."""
    account = entered(request)
    if account is None:
        if not is_in_operator_portal(request):
            raise NotFound("there is no queue here")
        return None
    if account.kind != Account.Kind.MSP:
        raise NotFound("only a provider is asked for licences")
    level = signed_in(request).level(Place(path_of(account)), "portal")
    if level == "none":
        raise NotFound("there is no queue for you")
    if wanted == "write" and level != "write":
        raise Forbidden("you may look at this, and not change it")
    return account


@require_safe
@inside
@missing_is_404
def queue(request: HttpRequest) -> HttpResponse:
    """List what a supplier was asked, what is open first."""
    return _queue(request, _supplier(request, "read"))


def _queue(request: HttpRequest, supplier: Account | None, **more: Any) -> HttpResponse:
    wanted = filter_of(request)
    rows, page = renewals.page(renewals.queue(supplier, wanted), page_number(request))
    everything = sum(renewals.counts(supplier).values())
    sort = f"{'-' if wanted.backwards else ''}{wanted.order}"
    counts = renewals.counts(supplier, wanted)
    about = _about(rows)
    level = "write"
    if supplier is not None:
        level = signed_in(request).level(Place(path_of(supplier)), "portal")
    return render(
        request,
        "tenure/business/requests.html",
        {
            "section": "requests",
            "rows": [(row, state_word(row.state), about.get(row.id)) for row in rows],
            "page": page,
            "wanted": wanted,
            "sort": sort,
            "orders": _orders(sort),
            "products": renewals.products_of(supplier),
            "states": _counted(counts, wanted.state),
            "in_all": sum(counts.values()),
            "everything": everything,
            "may_answer": level == "write",
            "zone": zone_of_reader(request),
            "now": CLOCK.now(),
            "asked": query(request),
            **more,
        },
        status=422 if more else 200,
    )


def filter_of(request: HttpRequest) -> RequestFilter:
    """Read a filter from an address; what makes no sense is left out."""
    order, backwards = renewals.order_of(request.GET.get("sort", ""))
    return RequestFilter(
        state=_state(request.GET.get("state", "")),
        product=request.GET.get("product", "")[:50],
        search=request.GET.get("q", "")[:200],
        order=order,
        backwards=backwards,
    )


def _orders(chosen: str) -> list[tuple[str, str]]:
    named = [
        ("state", _("What is open first")),
        ("-asked", _("The newest first")),
        ("asked", _("The oldest first")),
        ("company", _("By company")),
        ("product", _("By product")),
        ("-units", _("The most units first")),
    ]
    if chosen not in dict(named):
        named.append((chosen, _("As chosen in the table")))
    return named


@require_safe
@inside
@missing_is_404
def table(request: HttpRequest) -> HttpResponseBase:
    """Give all that the filter finds as CSV, in the order shown."""
    supplier = _supplier(request, "read")
    return as_table("requests", COLUMNS, _cells(renewals.queue(supplier, filter_of(request))))


def _cells(found: QuerySet[RenewalRequest]) -> Iterator[list[Cell]]:
    for part in renewals.each(found):
        about = _about(part)
        for each in part:
            yield [
                each.company.name,
                each.product.name,
                about.get(each.id, ""),
                each.units,
                state_word(each.state),
                instant(each.asked_at),
                called(each.asked_by),
                each.text,
                instant(each.answered_at),
                called(each.answered_by),
                each.answer,
            ]


@require_POST
@inside
@missing_is_404
def act(request: HttpRequest) -> HttpResponse:
    """Answer a request of the queue: take it, say that it is done, or decline it."""
    supplier = _supplier(request, "write")
    if request.POST.get("account", "") != ("" if supplier is None else str(supplier.id)):
        raise NotFound("the form is of another account")
    do, _colon, named = request.POST.get("do", "").partition("=")
    found = renewals.queue(supplier).filter(id=_uuid(named)).first()
    if found is None or do not in (State.TAKEN, State.DONE, State.DECLINED):
        raise NotFound("there is no such request")
    typed = request.POST.get(f"answer-{found.id}", "")
    person = signed_in(request).person
    try:
        renewals.answer(
            found.company_id, found.id, State(do), typed, by=person, clock=CLOCK, who=who(request)
        )
    except ServiceError as error:
        return _queue(request, supplier, wrong=found.id, because=said(error), typed=typed)
    company = clean(found.company.name)
    done = {
        State.TAKEN: _("You took the request of %(company)s."),
        State.DONE: _("The request of %(company)s is done."),
        State.DECLINED: _("The request of %(company)s was declined."),
    }
    messages.success(request, done[State(do)] % {"company": company})
    return HttpResponseRedirect(f"{reverse('requests')}{query(request)}")


def _state(text: str) -> str:
    return text if text in State.values else ""


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such request") from None


def state_word(state: str) -> str:
    """Name the state of a request."""
    return {
        RenewalRequest.State.OPEN: _("open"),
        RenewalRequest.State.TAKEN: _("taken"),
        RenewalRequest.State.DONE: _("done"),
        RenewalRequest.State.DECLINED: _("declined"),
        RenewalRequest.State.WITHDRAWN: _("withdrawn"),
    }[RenewalRequest.State(state)]


def said(error: ServiceError) -> str:
    """Say in the reader's language why something was not done."""
    known = {
        "just_asked": _("This was asked for several times just now. Wait an hour, then ask again."),
        "request_open": _(
            "Not sent: a request for this product waits for its answer already. Withdraw it first."
        ),
        "request_over": _("Not done: the request was answered or withdrawn meanwhile."),
        "reason_missing": _("Not declined: say why, so that they know what to do."),
    }
    return known.get(error.code) or said_of_companies(error)
