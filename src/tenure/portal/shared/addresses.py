"""Whose pages an address opens: ``/a/<account>/…``, ``/operator/…``, or those of the Hub.

The prefix is taken off before the address is resolved and put in front of every address that is
made while the page is: so a page needs not know where it stands, and cannot leave its account by
mistake. What lies outside of every account is named by ``hub_address``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import translation
from django_htmx.http import HttpResponseClientRedirect

from tenure.portal.shared import limits
from tenure.portal.shared.limits import Rules, SessionRefused
from tenure.services import access
from tenure.services.access import Viewer
from tenure.services.audit import Actor, acting
from tenure.services.errors import NotFound
from tenure.store.models import Account, Company

_INSIDE = re.compile(
    r"/(?P<prefix>operator|a/(?P<account>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))(?P<rest>/.*)?",
    re.DOTALL,
)


class AccountFromAddress:
    """Says who looks (``request.viewer``), and in which account (``request.account``).

    An account that somebody does not reach is not there for them, and neither is the operator's
    portal for those who are none. Whoever has not signed in is led to the sign-in, whether there
    is such an account or not.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the prefix off, and answer under it."""
        viewer = viewer_of(request)
        _set(request, viewer=viewer, account=None, is_operator_portal=False)
        if viewer is not None:
            limits.note(request)
            translation.activate(viewer.person.language)
            request.LANGUAGE_CODE = viewer.person.language
        with _prefix("/"), acting(_actor(request, viewer)):
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        viewer = reader_of(request)
        found = _INSIDE.fullmatch(request.path_info)
        if found is None:
            return self.get_response(request)
        if viewer is None:
            return to_sign_in(request)
        if found["rest"] is None:
            return HttpResponseRedirect(f"{request.path}/")
        if found["account"]:
            account = _account(viewer, found["account"])
            asking: list[Rules] = list(limits.above(viewer, account))
        elif viewer.is_operator:
            account, asking = None, []
        else:
            raise Http404("there is nothing at this address")
        if viewer.is_operator:
            asking.append(limits.of_operators())
        try:
            limits.hold(request, asking)
        except SessionRefused as refusal:
            return limits.refused(request, refusal)
        _set(request, account=account, is_operator_portal=account is None)
        request.path_info = found["rest"]
        actor = _actor(request, viewer, entered(request))
        with _prefix(f"/{found['prefix']}/"), acting(actor):
            return self.get_response(request)


def _actor(request: HttpRequest, viewer: Viewer | None, account: Account | None = None) -> Actor:
    """Give who acts, for the audit."""
    person = None if viewer is None else viewer.person
    return Actor(
        "portal",
        person=None if person is None else person.id,
        address="" if person is None else person.email,
        ip=_client(request),
        account=None if account is None else account.id,
        behalf="operator" if is_in_operator_portal(request) else "",
    )


def _client(request: HttpRequest) -> str:
    """Give the address from which somebody calls, as far as the proxies can be trusted."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


@contextmanager
def _prefix(prefix: str) -> Iterator[None]:
    """Let every address that is made begin with a prefix."""
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)


def _account(viewer: Viewer, text: str) -> Account:
    try:
        return viewer.account(UUID(text))
    except NotFound as error:
        raise Http404(str(error)) from None


def reader_of(request: HttpRequest) -> Viewer | None:
    """Give who looks; None for somebody who has not signed in."""
    return getattr(request, "viewer", None)


def entered(request: HttpRequest) -> Account | None:
    """Give the account in which an address lies; None for the Hub and the operator's portal."""
    return getattr(request, "account", None)


def company_of(request: HttpRequest) -> Company:
    """Give the company of the address, as the door found it."""
    found: Company = request.company  # type: ignore[attr-defined]  # set by the door
    return found


def is_in_operator_portal(request: HttpRequest) -> bool:
    """Whether an address lies in the operator's portal."""
    return bool(getattr(request, "is_operator_portal", False))


def is_within(request: HttpRequest) -> bool:
    """Whether an address lies in an account or in the operator's portal."""
    return entered(request) is not None or is_in_operator_portal(request)


def _set(request: HttpRequest, **values: object) -> None:
    for name, value in values.items():
        setattr(request, name, value)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Read who looks; None for somebody who has not signed in."""
    if not request.user.is_authenticated:
        return None
    return access.viewer(request.user)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in, and from there back to where somebody wanted to go."""
    address = hub_address("account_login")
    if request.method in ("GET", "HEAD") and request.get_full_path() != "/":
        address = f"{address}?{urlencode({'next': request.get_full_path()}, safe='/')}"
    if getattr(request, "htmx", False):
        # The script would put the page of the sign-in into the middle of this one.
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def hub_address(name: str, *args: object) -> str:
    """Give the address of a page that lies in no account, from wherever it is asked for."""
    with _prefix("/"):
        return reverse(name, args=args)


def account_address(account: UUID | str, name: str = "companies", *args: object) -> str:
    """Give the address of a page within an account, from wherever it is asked for."""
    with _prefix(f"/a/{account}/"):
        return reverse(name, args=args)


def operator_address(name: str = "companies", *args: object) -> str:
    """Give the address of a page of the operator's portal, from wherever it is asked for."""
    with _prefix("/operator/"):
        return reverse(name, args=args)


def way_to(viewer: Viewer, path: str, name: str, *args: object) -> str:
    """Give the address of a company's page through the account that is nearest to the viewer.

    ``path``: that of the company's account. Operators come through their own portal.
    """
    if viewer.is_operator:
        return operator_address(name, *args)
    own = {grant.account for grant in viewer.grants}
    above = [account for account in path.rstrip("/").split("/") if account in own]
    return account_address(above[-1], name, *args)
