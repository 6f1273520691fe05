"""Opening an account, and its settings: name, colour, and how its people sign in."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tenure.portal.hub.frames import account_of, allows, of_this_account, said, signed_in
from tenure.portal.shared import zones
from tenure.portal.shared.addresses import account_address
from tenure.portal.shared.doors import inside_account, of_the_hub
from tenure.portal.shared.readers import CLOCK, who
from tenure.services import accounts
from tenure.services.access import Viewer
from tenure.services.accounts import (
    LEAST_IDLE_MINUTES,
    LEAST_SESSION_HOURS,
    MOST_IDLE_MINUTES,
    MOST_SESSION_HOURS,
    Settings,
)
from tenure.services.errors import Forbidden, NotFound, ServiceError
from tenure.store.models import Account, Membership
from tenure.words.names import clean

MOST_PARENTS = 200
"""So many accounts are offered to be above a new one."""


class OpenForm(forms.Form):
    """What an account is to be."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            ("business", gettext_lazy("Business: for one company, your own")),
            ("msp", gettext_lazy("MSP: for a provider who looks after many companies")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the kind of the account.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As it stands on pages and in mails: the company, or the provider."),
        max_length=200,
        error_messages={"required": gettext_lazy("Give the account a name.")},
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone of the company"),
        help_text=gettext_lazy(
            "A licence ends at the end of a day in this zone. For an MSP account each company has "
            "its own."
        ),
    )
    parent = forms.ChoiceField(
        label=gettext_lazy("Below"),
        help_text=gettext_lazy(
            "An MSP account can lie below another one, whose rights hold in it."
        ),
        required=False,
    )

    def __init__(self, *args: Any, viewer: Viewer, **more: Any) -> None:
        super().__init__(*args, **more)
        own = viewer.person.time_zone
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = zones.choices(own)
        self.fields["time_zone"].initial = own
        above = parents(viewer)
        if above:
            choices = [(str(each.id), clean(each.name)) for each in above]
            none = ("", gettext_lazy("No other account"))
            cast(forms.ChoiceField, self.fields["parent"]).choices = [none, *choices]
        else:
            del self.fields["parent"]


def parents(viewer: Viewer) -> list[Account]:
    """Give the MSP accounts below which somebody may open another."""
    found = Account.objects.filter(kind=Account.Kind.MSP)
    if not viewer.is_operator:
        owned = Membership.objects.filter(person=viewer.person, is_owner=True)
        ids = {str(each) for each in owned.values_list("account_id", flat=True)}
        found = accounts.reached(viewer).filter(kind=Account.Kind.MSP)
        rows = [each for each in found if ids & set(each.path.split("/"))]
        return rows[:MOST_PARENTS]
    return list(found.order_by("name", "id")[:MOST_PARENTS])


@require_http_methods(["GET", "HEAD", "POST"])
@of_the_hub
def open_account(request: HttpRequest) -> HttpResponse:
    """Open an account; whoever opens it owns it."""
    viewer = signed_in(request)
    form = OpenForm(request.POST or None, viewer=viewer)
    if form.is_valid():
        try:
            account = _open(request, viewer, form.cleaned_data)
        except NotFound:
            raise
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            text = _("%(account)s is open, and you own it.")
            messages.success(request, text % {"account": clean(account.name)})
            return HttpResponseRedirect(account_address(account.id))
    return render(
        request,
        "tenure/hub/open_account.html",
        {"form": form, "section": "open-account"},
        status=422 if form.is_bound else 200,
    )


def _open(request: HttpRequest, viewer: Viewer, chosen: dict[str, Any]) -> Account:
    person = viewer.person
    if chosen["kind"] == "business":
        return accounts.open_business(
            chosen["name"], person, clock=CLOCK, who=who(request), time_zone=chosen["time_zone"]
        )
    parent = chosen.get("parent")
    return accounts.open_msp(
        chosen["name"],
        person,
        clock=CLOCK,
        parent_id=UUID(parent) if parent else None,
        by=person,
    )


class SettingsForm(forms.Form):
    """What can be set for an account; the part on signing in for its owners only."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        error_messages={"required": gettext_lazy("Give the account a name.")},
    )
    palette = forms.TypedChoiceField(
        label=gettext_lazy("Colour"),
        help_text=gettext_lazy("It stands beside the name in the header of every page."),
        coerce=int,
        widget=forms.RadioSelect,
        choices=[
            (0, gettext_lazy("Blue")),
            (1, gettext_lazy("Orange")),
            (2, gettext_lazy("Green")),
            (3, gettext_lazy("Pink")),
            (4, gettext_lazy("Indigo")),
            (5, gettext_lazy("Olive")),
            (6, gettext_lazy("Sky blue")),
            (7, gettext_lazy("Red")),
        ],
    )
    two_factors = forms.BooleanField(
        label=gettext_lazy("Everybody signs in with two factors"),
        help_text=gettext_lazy(
            "Whoever has no second factor is asked to set one up before they see the account."
        ),
        required=False,
    )
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("A session may rest so many minutes"),
        help_text=gettext_lazy("After that people sign in again. From 5 minutes to 30 days."),
        min_value=LEAST_IDLE_MINUTES,
        max_value=MOST_IDLE_MINUTES,
    )
    session_hours = forms.IntegerField(
        label=gettext_lazy("A session may last so many hours"),
        help_text=gettext_lazy("Counted from the sign-in. From 1 hour to 365 days."),
        min_value=LEAST_SESSION_HOURS,
        max_value=MOST_SESSION_HOURS,
    )

    def __init__(self, *args: Any, may_secure: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if not may_secure:
            for name in ("two_factors", "idle_minutes", "session_hours"):
                del self.fields[name]


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@of_this_account
def account_settings(request: HttpRequest) -> HttpResponse:
    """Show an account's settings, and keep what was changed."""
    viewer, account = signed_in(request), account_of(request)
    if not allows(request, "account.change"):
        raise Forbidden("you may not do this in this account")
    known = Settings.of(account)
    before = {name: getattr(known, name) for name in Settings.__slots__}
    may_secure = allows(request, "account.secure")
    form = SettingsForm(request.POST or None, initial=before, may_secure=may_secure)
    if form.is_valid():
        try:
            accounts.change(
                account.id, Settings(**{**before, **form.cleaned_data}), by=viewer.person
            )
        except NotFound:
            raise
        except ServiceError as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, _("The settings were saved."))
            return HttpResponseRedirect(reverse("account-settings"))
    return render(
        request,
        "tenure/hub/account_settings.html",
        {"form": form, "section": "account-settings", "may_secure": may_secure},
        status=422 if form.is_bound else 200,
    )
