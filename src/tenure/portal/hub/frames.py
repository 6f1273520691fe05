"""What the pages of an account have in common: who looks, in which account, and what was refused.

Each form repeats the account that it acts on; one that was made for another account, in a second
tab or by the back button, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tenure.core.access import Place
from tenure.portal.shared.addresses import entered, hub_address, reader_of
from tenure.services import rights
from tenure.services.access import Viewer
from tenure.services.errors import EngineWaits, Forbidden, NotFound, ServiceError
from tenure.services.rights import TooMuch
from tenure.store.models import Account, Company, Pool
from tenure.words.names import clean

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in(request: HttpRequest) -> Viewer:
    """Give who looks. Raises ``NotFound`` where nobody has signed in."""
    viewer = reader_of(request)
    if viewer is None:
        raise NotFound("there is nothing at this address")
    return viewer


def account_of(request: HttpRequest) -> Account:
    """Give the account of the address. Raises ``NotFound`` where it has none."""
    account = entered(request)
    if account is None:
        raise NotFound("this page lies in an account")
    return account


def allows(request: HttpRequest, action: str) -> bool:
    """Whether whoever looks may do an action in the account of the address."""
    return rights.allows(signed_in(request), account_of(request), action)


def of_this_account(view: View[P]) -> View[P]:
    """Refuse a form that was made for another account than that of its address."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        account = account_of(request)
        if request.method == "POST" and request.POST.get("account") != str(account.id):
            return _of_another(request, request.POST.get("account", ""))
        return view(request, *args, **kwargs)

    return wrapped


def _of_another(request: HttpRequest, named: str) -> HttpResponse:
    try:
        other = signed_in(request).account(UUID(named)).name
    except (ValueError, NotFound):
        other = ""
    return render(request, "tenure/hub/other_account.html", {"other": other}, status=409)


def needing(action: str) -> Callable[[View[P]], View[P]]:
    """Refuse whoever may not do an action in the account, before anything else is asked of them."""

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not allows(request, action):
                raise Forbidden("you may not do this in this account")
            return view(request, *args, **kwargs)

        return wrapped

    return guarded


def proven(view: View[P]) -> View[P]:
    """Ask once more who sits there, by any way to sign in, where that was not asked lately."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not is_reauthentication_required(request, app="allauth.account"):
            return view(request, *args, **kwargs)
        address = hub_address("account_reauthenticate")
        return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")

    return wrapped


def tried(request: HttpRequest, doing: Callable[[], Any]) -> bool:
    """Do something; tell on the next page why it was not done. Raises ``NotFound``."""
    try:
        doing()
    except NotFound:
        raise
    except ServiceError as error:
        messages.error(request, said(error))
        return False
    return True


def said(error: ServiceError) -> str:
    """Say in the reader's language why something was not done."""
    if isinstance(error, TooMuch):
        return _("Not done: you would give more than you have yourself (%(place)s).") % {
            "place": place_name(error.place)
        }
    if isinstance(error, EngineWaits):
        return _("Not done: the engine waits for an operator (%(why)s).") % {"why": error}
    known = {
        "own_rights": _("Not done: nobody changes their own rights. Ask another administrator."),
        "last_owner": _("Not done: this is the last owner. Name another owner first."),
        "changed_meanwhile": _(
            "Not done: somebody changed these rights meanwhile. You see them as they are now; "
            "what you chose is kept below. Look at both, then save again."
        ),
        "nothing_given": _("Choose at least one thing that this person may read or write."),
        "owner_already": _("Not done: you own this account already."),
        "member_already": _("Not done: this person is in the account already."),
        "invited_already": _(
            "Not done: this address is invited already. Send that invitation again, or take it "
            "back first."
        ),
        "too_many_invitations": _("Not done: too many invitations wait. Take some back first."),
        "too_many_scopes": _("Not done: too many companies and sites are named for one person."),
        "no_address": _("This is no e-mail address. Write it like name@example.org."),
        "just_sent": _("Not done: this invitation was sent a moment ago. Wait for a minute."),
        "revoked": _("Not done: this invitation was taken back."),
        "accepted_already": _("Not done: this invitation has been accepted."),
        "expired": _("Not done: this invitation has expired."),
        "nothing_left": _("Not done: whoever invited you can no longer give you these rights."),
        "forbidden": _("Not done: you may not do this."),
        "not_msp": _("Not done: no account is opened below a business account."),
        "too_deep": _("Not done: no more accounts can lie one below the other."),
        "no_name": _("Give the account a name."),
    }
    return known.get(error.code) or _("Not done: %(why)s.") % {"why": str(error).rstrip(".")}


def place_name(place: Place) -> str:
    """Name a place of an account."""
    if not place.company:
        return _("the whole account")
    company = Company.objects.filter(pk=place.company).first()
    name = "…" if company is None else clean(company.name)
    if not place.pool:
        return name
    pool = Pool.objects.filter(company_id=place.company, id=place.pool).first()
    return f"{name}, {'…' if pool is None else clean(pool.name)}"
