"""The few things that can be done on a company's pages. Each form names its company.

Everything typed comes back with what is wrong beside it; a result is told on the next page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tenure.portal.operator.forms import LastDay, NewLicenceForm
from tenure.portal.operator.impacts import Preview, impacts, preview_of
from tenure.portal.operator.pages import frame
from tenure.portal.operator.returns import tell_of_return
from tenure.portal.shared.clocks import back
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, language, missing_is_404, standing_of, who
from tenure.services import (
    histories,
    instances,
    licences,
    members,
    protection,
    seats,
    whatifs,
)
from tenure.services.errors import EngineWaits, ServiceError
from tenure.services.licences import ChangedMeanwhile, NewLicence
from tenure.services.standings import Standing
from tenure.services.whatifs import Outcome
from tenure.store.models import Member
from tenure.words.dates import day
from tenure.words.names import clean

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Standing, P], HttpResponse]


def action(view: View[P]) -> Callable[Concatenate[HttpRequest, UUID, P], HttpResponseBase]:
    """Hand a view the company's standing; what is not there answers 404."""

    @missing_is_404
    @wraps(view)
    def wrapped(
        request: HttpRequest, company_id: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        return view(request, standing_of(request, company_id), *args, **kwargs)

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write", is_vendors=True)
@action
def add_licence(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Add a licence of so many units until a day."""
    form = NewLicenceForm(request.POST or None, standing=standing)
    if form.is_valid():
        site = form.cleaned_data.get("site")
        units = form.cleaned_data["units"]
        new = NewLicence(
            product=form.cleaned_data["product"],
            units=units,
            starts=standing.now,
            ends=form.ends,
            kind=form.licence_kind,
            placements={UUID(site): units} if site else {},
        )
        company = standing.company
        try:
            licences.add(company.id, new, clock=CLOCK, who=who(request))
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            text = ngettext(
                "A licence of %(units)s unit until %(until)s was added.",
                "A licence of %(units)s units until %(until)s was added.",
                units,
            )
            until = day(form.ends, company.time_zone, language(), ends=True)
            messages.success(request, text % {"units": units, "until": until})
            return _to(standing, "company")
    return render(
        request,
        "tenure/operator/licence_form.html",
        frame(request, standing, "licences", form=form),
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write", is_vendors=True)
@action
def renew_licence(request: HttpRequest, standing: Standing, licence_id: UUID) -> HttpResponse:
    """Give a licence a later end."""
    rows = {row.licence.id: row for row in histories.licences(standing)}
    row = rows.get(licence_id)
    if row is None or not row.can_be_renewed:
        raise Http404("there is no licence that could be renewed")
    form = LastDay(request.POST or None, standing=standing, after=row.ends_at)
    if form.is_valid():
        company = standing.company
        try:
            licences.renew(company.id, licence_id, form.ends, clock=CLOCK, who=who(request))
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            until = day(form.ends, company.time_zone, language(), ends=True)
            messages.success(request, _("The licence now ends on %(until)s.") % {"until": until})
            return _to(standing, "company")
    return render(
        request,
        "tenure/operator/licence_form.html",
        frame(request, standing, "licences", form=form, row=row),
        status=422 if form.is_bound else 200,
    )


@require_POST
@of_company("console", level="write")
@action
def protect(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Protect one member, or take the protection back."""
    for name, doing in (("protect", _protect), ("unprotect", _unprotect)):
        if wanted := request.POST.get(name):
            member = Member.objects.filter(company=standing.company, id=_uuid(wanted)).first()
            if member is None:
                raise Http404("there is no such member in this company")
            try:
                doing(request, standing, member)
            except ServiceError as error:
                messages.error(request, said(error))
    return HttpResponseRedirect(back(request))


def _protect(request: HttpRequest, standing: Standing, member: Member) -> None:
    pool = members.home_pool(member)
    company_id = standing.company.id
    seats.protect(company_id, standing.service, pool, [member.id], clock=CLOCK, who=who(request))
    messages.success(request, _("%(user)s is protected.") % {"user": clean(str(member))})


def _unprotect(request: HttpRequest, standing: Standing, member: Member) -> None:
    seat = members.open_seat(member, standing.service, standing.life.instance)
    if seat is None:
        messages.error(request, _("%(user)s has no seat.") % {"user": clean(str(member))})
        return
    protection.unwant(
        standing.company.id, standing.service, [member.id], clock=CLOCK, who=who(request)
    )
    text = _("%(user)s is no longer protected.")
    messages.success(request, text % {"user": clean(str(member))})


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@action
def close(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Say what closing a company means, in numbers; then close it."""
    would = preview_of(standing, whatifs.close())
    agreed = request.POST.get("sure", "")
    if request.method == "POST" and agreed == _losses(would):
        try:
            instances.close(standing.company.id, seen=would.seq, clock=CLOCK, who=who(request))
        except ChangedMeanwhile:
            would = preview_of(standing, whatifs.close())
        except ServiceError as error:
            messages.error(request, said(error))
            return _to(standing, "company")
        else:
            name = clean(standing.company.name)
            messages.success(request, _("%(company)s is closed.") % {"company": name})
            return _to(standing, "company")
    return render(
        request,
        "tenure/operator/close.html",
        frame(
            request,
            standing,
            "overview",
            **{**impacts(would), "sure": _losses(would)},
            closing=[_closing(each) for each in would.outcomes],
            is_changed=request.method == "POST",
        ),
    )


def _losses(would: Preview) -> str:
    """Say how many lose protection: all that has to be the same as it was shown."""
    return f"{would.at_once}/{would.lost}"


def _closing(outcome: Outcome) -> dict[str, Any]:
    """Say what closing means for one service."""
    life = outcome.life
    return {
        "service": outcome.service_name,
        "is_running": life.phase in ("active", "grace"),
        "protected": sum(life.protected(pool) for pool in life.pools),
        "earliest": outcome.found.at + life.rules.retention,
    }


@require_POST
@of_company(level="write")
@action
def reopen(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Take the closing back."""
    if _tried(
        request, lambda: instances.reopen(standing.company.id, clock=CLOCK, who=who(request))
    ):
        name = clean(standing.company.name)
        messages.success(request, _("%(company)s is open again.") % {"company": name})
        tell_of_return(request, standing)
    return _to(standing, "company")


def _tried(request: HttpRequest, doing: Callable[[], Any]) -> bool:
    try:
        doing()
    except ServiceError as error:
        messages.error(request, said(error))
        return False
    return True


def said(error: ServiceError) -> str:
    """Say in the reader's language why something was not done."""
    known = {
        "no_free_units": _("Not done: no unit is free here. Add units, or free one first."),
        "expired": _("Not done: the last licence has ended. A new licence gives units."),
        "suspended": _("Not done: the service is suspended. A new licence restores it."),
        "no_licence": _("Not done: there is no licence."),
        "no_such_seats": _("Not done: there is no such seat any more."),
        "has_seat": _("Not done: this user has a seat already."),
    }
    if error.code in known:
        return known[error.code]
    if isinstance(error, EngineWaits):
        return _("Not done: the engine waits for an operator (%(why)s).") % {"why": error}
    return _("Not done: %(why)s.") % {"why": str(error).rstrip(".")}


def _to(standing: Standing, name: str) -> HttpResponse:
    address = reverse(name, args=[standing.company.id])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
