"""One licence: whom it covers, what its end means; suspending, resuming, removing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from tenure.portal.operator.actions import said
from tenure.portal.operator.impacts import Preview, impacts, preview_of
from tenure.portal.operator.pages import frame
from tenure.portal.operator.returns import tell_of_return
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, missing_is_404, standing_of, who
from tenure.services import histories, licences, replacements, whatifs
from tenure.services.answers import NamedLicence
from tenure.services.errors import Forbidden, ServiceError
from tenure.services.licence_uses import use_of
from tenure.services.licences import ChangedMeanwhile
from tenure.services.standings import Standing
from tenure.store.models import Licence, LicenceKey
from tenure.words.names import clean


class NameForm(forms.Form):
    """What the company calls a licence."""

    label = forms.CharField(
        label=gettext_lazy("Own name"),
        help_text=gettext_lazy("Shown in place of the product’s name, for example Laptops."),
        max_length=200,
        required=False,
    )
    reference = forms.CharField(
        label=gettext_lazy("Own reference"),
        help_text=gettext_lazy("For example the number of your order."),
        max_length=100,
        required=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_company()
@missing_is_404
def licence(request: HttpRequest, company_id: UUID, licence_id: UUID) -> HttpResponse:
    """Show one licence; by POST, which asks for write, give it the company's own name."""
    standing = standing_of(request, company_id)
    row = histories.licence(standing, licence_id)
    found = row.licence
    context = frame(request, standing, "licences", row=row, licence=found)
    form = NameForm(
        request.POST or None, initial={"label": found.label, "reference": found.reference}
    )
    if request.method == "POST":
        if not context["can_write"]:
            raise Forbidden("you may look at this, and not change it")
        if form.is_valid() and _named(request, standing, found, form):
            return _to(standing, "licence", licence_id)
    keys = LicenceKey.objects.filter(company=standing.company, licence_id=licence_id)
    family = Licence.objects.select_related("product").filter(company=standing.company)
    return render(
        request,
        "tenure/business/licence.html",
        {
            **context,
            "form": form,
            "use": use_of(standing.life, licence_id),
            "is_over": row.status in ("removed", "cancelled"),
            "public_id": keys.order_by("-issued_at").values_list("public_id", flat=True).first(),
            "replaces": _name(family.filter(id__in=[found.replaces_id or licence_id]).first())
            if found.replaces_id
            else None,
            "replaced_by": _name(
                replacements.replacing(standing.company)
                .select_related("product")
                .filter(replaces_id=licence_id)
                .first()
            ),
        },
        status=422 if form.is_bound else 200,
    )


def _named(request: HttpRequest, standing: Standing, found: Licence, form: NameForm) -> bool:
    label, reference = form.cleaned_data["label"], form.cleaned_data["reference"]
    try:
        licences.describe(
            standing.company.id, found.id, label, reference, clock=CLOCK, who=who(request)
        )
    except ServiceError as error:
        if error.code == "reference_taken":
            form.add_error("reference", _("Another licence has this reference."))
        else:
            form.add_error(None, said(error))
        return False
    messages.success(request, _("Saved."))
    return True


def _name(found: Licence | None) -> tuple[UUID, str] | None:
    return None if found is None else (found.id, clean(NamedLicence.of(found).name))


_ACTS: dict[str, tuple[Callable[..., whatifs.Change], Callable[..., None]]] = {
    "remove": (whatifs.remove, licences.remove),
    "suspend": (whatifs.suspend, licences.suspend),
    "resume": (whatifs.resume, licences.resume),
}


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def change(request: HttpRequest, company_id: UUID, licence_id: UUID) -> HttpResponse:
    """Say who would lose protection; then suspend, resume or remove a licence."""
    standing = standing_of(request, company_id)
    row = histories.licence(standing, licence_id)
    asked = request.POST.get("do") or request.GET.get("do", "")
    if asked not in _ACTS:
        raise Http404("nothing of this kind can be done to a licence")
    suppose, do = _ACTS[asked]
    try:
        would = preview_of(standing, suppose(licence_id))
    except ServiceError as error:
        messages.error(request, _why_not(error))
        return _to(standing, "licence", licence_id)
    if request.method == "POST" and request.POST.get("sure") == would.sure:
        try:
            do(company_id, licence_id, seen=would.seq, clock=CLOCK, who=who(request))
        except ChangedMeanwhile:
            return _asked_again(request, standing, licence_id, asked)
        except ServiceError as error:
            messages.error(request, _why_not(error))
        else:
            messages.success(request, _done(asked, row.licence))
            tell_of_return(request, standing)
        return _to(standing, "licence", licence_id)
    return _preview(request, standing, row, asked, would)


def _asked_again(
    request: HttpRequest, standing: Standing, licence_id: UUID, asked: str
) -> HttpResponse:
    """Show who would lose protection as things stand since somebody changed them."""
    standing = standing_of(request, standing.company.id)
    try:
        would = preview_of(standing, _ACTS[asked][0](licence_id))
    except ServiceError as error:
        messages.error(request, _why_not(error))
        return _to(standing, "licence", licence_id)
    return _preview(request, standing, histories.licence(standing, licence_id), asked, would)


def _preview(
    request: HttpRequest, standing: Standing, row: Any, asked: str, would: Preview
) -> HttpResponse:
    return render(
        request,
        "tenure/business/licence_change.html",
        frame(
            request,
            standing,
            "licences",
            row=row,
            asked=asked,
            **impacts(would),
            name=NamedLicence.of(row.licence).name,
            button=_button(asked, would.at_once),
            is_changed=request.method == "POST" and bool(request.POST.get("sure")),
        ),
    )


def _button(asked: str, at_once: int) -> str:
    """Say what the button does, in numbers."""
    if asked == "resume":
        return _("Resume the licence")
    if not at_once:
        return _("Remove the licence") if asked == "remove" else _("Suspend the licence")
    if asked == "remove":
        text = ngettext(
            "Remove and unprotect %(n)s user", "Remove and unprotect %(n)s users", at_once
        )
    else:
        text = ngettext(
            "Suspend and unprotect %(n)s user", "Suspend and unprotect %(n)s users", at_once
        )
    return text % {"n": at_once}


def _done(asked: str, found: Licence) -> str:
    texts = {
        "remove": _("The licence %(name)s is removed."),
        "suspend": _("The licence %(name)s is suspended. Resume it when it is to count again."),
        "resume": _("The licence %(name)s counts again."),
    }
    return texts[asked] % {"name": clean(NamedLicence.of(found).name)}


def _why_not(error: ServiceError) -> str:
    known = {
        "already_suspended": _("Not done: the licence is suspended already."),
        "not_suspended": _("Not done: the licence is not suspended."),
        "licence_over": _("Not done: the licence was removed or cancelled."),
        "unknown_licence": _("Not done: the licence was removed or cancelled."),
    }
    return known.get(error.code) or said(error)


def _to(standing: Standing, name: str, *args: object) -> HttpResponse:
    address = reverse(name, args=[standing.company.id, *args])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)
