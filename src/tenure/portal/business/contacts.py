"""Who is written to about a company and its sites: the list; naming, changing, removing one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenure.portal.business.sites import said as said_of_sites
from tenure.portal.operator.pages import frame
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import CLOCK, missing_is_404, page_number, standing_of
from tenure.portal.shared.tables import Cell, as_table, instant
from tenure.portal.shared.zones import choices
from tenure.services import contact_lists
from tenure.services import contacts as service
from tenure.services.contact_lists import ContactFilter
from tenure.services.contacts import Wanted
from tenure.services.errors import ServiceError
from tenure.services.standings import Standing
from tenure.store.models import Contact
from tenure.words.names import clean

_OF_COMPANY = {
    Contact.Role.NOTIFICATION_ADDRESS.value: gettext_lazy("Notification address: every notice"),
    Contact.Role.ADMINISTRATOR.value: gettext_lazy("Administrator: every notice"),
}


COLUMNS = (
    *("address", "name", "role", "site", "language", "time_zone"),
    *("accepted", "refused", "waiting", "given_up", "last_try"),
)
"""The columns as CSV; instants in UTC."""

_PLACES = {"contact_exists": "address", "last_contact": "role", "pool_closed": "role"}
"""Beside which field an error stands."""


class ContactForm(forms.Form):
    """Somebody to be written to. What they get may be a site's, by its id."""

    address = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        error_messages={"required": gettext_lazy("An e-mail address is needed.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Optional: whom the mail greets."),
        max_length=200,
        required=False,
    )
    role = forms.ChoiceField(label=gettext_lazy("Gets"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the mails"), choices=settings.LANGUAGES
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Dates and times in the mails are told in this zone."),
    )

    def __init__(self, *args: Any, standing: Standing, contact: Contact | None, **more: Any):
        super().__init__(*args, **more)
        self.contact = contact
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        zones.choices = choices(standing.company.time_zone, contact.time_zone if contact else "")
        roles: list[Any] = list(_OF_COMPANY.items())
        if contact is not None and contact.role == Contact.Role.OWNER:
            roles.insert(0, (Contact.Role.OWNER.value, _("Owner: every notice")))
        if standing.has_sites or (contact is not None and contact.pool_id is not None):
            sites = [(str(pool.id), clean(pool.name)) for pool in standing.pools]
            roles.append((_("Administrator of a site: what its units lack"), sites))
        cast(forms.ChoiceField, self.fields["role"]).choices = roles

    @property
    def wanted(self) -> Wanted:
        """Give what was filled in."""
        data = self.cleaned_data
        role = data["role"]
        pool = None if role in Contact.Role.values else UUID(role)
        return Wanted(
            address=data["address"],
            role=Contact.Role(role) if pool is None else service.SITE,
            name=data["name"],
            language=data["language"],
            time_zone=data["time_zone"],
            pool_id=pool,
        )


@require_safe
@of_company(level="write")
@missing_is_404
def contacts(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List who is written to, and how their mails fared."""
    standing = standing_of(request, company_id)
    wanted = filter_of(request)
    found = contact_lists.listed(standing.company, wanted, page_number(request))
    roles = Contact.Role.values
    context = frame(
        request,
        standing,
        "notices",
        found=found,
        rows=found.rows,
        page=found.page,
        wanted=wanted,
        sort=f"{'-' if wanted.backwards else ''}{wanted.order}",
        sites=[(pool.id, clean(pool.name)) for pool in standing.pools],
        roles=[
            (role, found.counts.get(role, 0))
            for role in roles
            if found.counts.get(role) or role == wanted.role
        ],
        in_all=sum(found.counts.values()),
        days=standing.life.rules.portal_service_days,
    )
    return render(request, "tenure/business/contacts.html", context)


def filter_of(request: HttpRequest) -> ContactFilter:
    """Read a filter from an address; what makes no sense is left out."""
    order, backwards = contact_lists.order_of(request.GET.get("sort", ""))
    role, site = request.GET.get("role", ""), request.GET.get("site", "")
    try:
        pool = UUID(site)
    except ValueError:
        pool = None
    return ContactFilter(
        role=role if role in Contact.Role.values else "",
        pool=pool,
        search=request.GET.get("q", "")[:200],
        order=order,
        backwards=backwards,
    )


@require_safe
@of_company(level="write")
def table(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Give all that the filter finds as CSV, in the order shown."""
    standing = standing_of(request, company_id)
    return as_table("contacts", COLUMNS, _cells(standing, filter_of(request)))


def _cells(standing: Standing, wanted: ContactFilter) -> Iterator[list[Cell]]:
    for row in contact_lists.each(standing.company, wanted):
        contact, fate = row.contact, row.fate
        yield [
            *(contact.address, contact.name, contact.role, row.site, contact.language),
            *(contact.time_zone, fate.accepted, fate.refused, fate.waiting, fate.given_up),
            instant(fate.last_try_at),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def add(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Name somebody to be written to, about the company or about one of its sites."""
    standing = standing_of(request, company_id)
    spoken, zone = get_language() or "en", standing.company.time_zone
    initial = {"language": spoken, "time_zone": zone}
    form = ContactForm(request.POST or None, standing=standing, contact=None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            contact = service.add(company_id, form.wanted, clock=CLOCK)
        except ServiceError as error:
            form.add_error(_PLACES.get(error.code), _said(error))
        else:
            text = _("Notices go to %(address)s from now on, and so does what still waits.")
            messages.success(request, text % {"address": contact.address})
            return _back(standing)
    return _form(request, standing, form)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def change(request: HttpRequest, company_id: UUID, contact_id: UUID) -> HttpResponse:
    """Write to somebody at another address, in another language, or about something else."""
    standing = standing_of(request, company_id)
    contact = service.get(standing.company, contact_id)
    initial = {name: getattr(contact, name) for name in ContactForm.base_fields}
    if contact.pool_id is not None:
        initial["role"] = str(contact.pool_id)
    form = ContactForm(request.POST or None, standing=standing, contact=contact, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            contact = service.change(company_id, contact_id, form.wanted, clock=CLOCK)
        except ServiceError as error:
            form.add_error(_PLACES.get(error.code), _said(error))
        else:
            text = _("How %(address)s is written to was saved.")
            messages.success(request, text % {"address": contact.address})
            return _back(standing)
    return _form(request, standing, form)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def remove(request: HttpRequest, company_id: UUID, contact_id: UUID) -> HttpResponse:
    """Say what somebody gets no more; the last address of a company asks for a second yes."""
    standing = standing_of(request, company_id)
    contact = service.get(standing.company, contact_id)
    is_asked_again = False
    if request.method == "POST":
        try:
            service.remove(company_id, contact_id, even_last=request.POST.get("sure") == "last")
        except ServiceError as error:
            is_asked_again = error.code == "last_contact"
            if not is_asked_again:
                messages.error(request, _said(error))
        else:
            text = _("Nothing is sent to %(address)s any more.")
            messages.success(request, text % {"address": contact.address})
            return _back(standing)
    context = frame(request, standing, "notices", contact=contact, is_asked_again=is_asked_again)
    context["is_last"] = service.is_last(contact)
    context["days"] = standing.life.rules.portal_service_days
    context["site"] = standing.pool_names.get(str(contact.pool_id), "")
    return render(request, "tenure/business/remove_contact.html", context)


def _form(request: HttpRequest, standing: Standing, form: ContactForm) -> HttpResponse:
    contact = form.contact
    site = "" if contact is None else standing.pool_names.get(str(contact.pool_id), "")
    return render(
        request,
        "tenure/business/contact_form.html",
        frame(request, standing, "notices", form=form, contact=contact, site=site),
        status=422 if form.is_bound else 200,
    )


def _said(error: ServiceError) -> str:
    if error.code == "contact_exists":
        return _(
            "This address is written to already: it stands once for the company and once for each "
            "site."
        )
    if error.code == "last_contact":
        return _(
            "This is the company’s last address of its own. Add another one first; this one can "
            "then be a site’s."
        )
    return said_of_sites(error)


def _back(standing: Standing) -> HttpResponse:
    address = reverse("contacts", args=[standing.company.id])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)
