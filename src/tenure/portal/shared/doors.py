"""Who may come to which page. Each view says it by one of these decorators, or is shut.

``open_to_all``  everybody, signed in or not
``of_the_hub``   whoever has signed in; the address lies in no account
``inside``       whoever reaches the account of the address, or an operator in their portal
``of_company``   who may do so much with the company of the address, or with the site of it

``Doors`` asks before any view runs, so that no view can forget it; ``tests/portal/test_rights.py``
walks every address. What somebody may not see answers as what does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port
from django.shortcuts import render

from tenure.core.access import Area, Level
from tenure.core.actions import PAGE_REFUSED
from tenure.portal.shared import leads, limits
from tenure.portal.shared.addresses import entered, is_within, reader_of, to_sign_in
from tenure.portal.shared.errors import not_found, permission_denied
from tenure.portal.shared.limits import SessionRefused
from tenure.services import refusals
from tenure.services.access import Viewer
from tenure.services.errors import Forbidden, NotFound
from tenure.store.models import Company

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Door:
    """What a view asks of whoever comes. ``areas``: any of them will do."""

    where: Literal["anywhere", "hub", "home", "inside", "company"]
    areas: tuple[Area, ...] = ("portal",)
    level: Level = "read"
    is_vendors: bool = False
    is_account: bool = False
    is_outbox: bool = False
    leads_on: bool = False


def _say(door: Door) -> Callable[[View], View]:
    def said(view: View) -> View:
        view.door = door  # type: ignore[attr-defined]  # read by ``door_of``
        return view

    return said


open_to_all = _say(Door("anywhere"))
"""Everybody may come, whether they have signed in or not."""

of_the_hub = _say(Door("hub"))
"""Whoever has signed in may come."""

of_the_outbox = _say(Door("hub", is_outbox=True))
"""Operators may come; in demo mode everybody at this machine."""

at_home = _say(Door("home"))
"""Whoever has signed in may come: the address is the first page of the Hub and of each account."""

inside = _say(Door("inside"))
"""Whoever reaches the account may come, and operators in their portal."""

inside_account = _say(Door("inside", is_account=True))
"""Whoever reaches the account may come; the operator's portal has no such page."""


def of_company(
    *areas: Area, level: Level = "read", is_vendors: bool = False, leads_on: bool = False
) -> Callable[[View], View]:
    """Whoever has the level with the company, in one of the areas (the portal), may come.

    ``is_vendors``: only operators may; in demo mode also whoever has the level. ``leads_on``:
    whoever sees only a part of the company is led to that part.
    """
    return _say(
        Door("company", areas or ("portal",), level, is_vendors=is_vendors, leads_on=leads_on)
    )


_OF_OTHERS = ("account_", "mfa_", "usersessions_", "socialaccount_", "openid_connect_")
"""How the names of the pages of the sign-in begin."""

_OPEN_OF_OTHERS = frozenset(
    {
        "account_login",
        "account_logout",
        "account_signup",
        "account_signup_by_passkey",
        "account_inactive",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_request_login_code",
        "account_confirm_login_code",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "mfa_trust",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
        "openid_connect_login",
        "openid_connect_callback",
    }
)
"""Those that somebody needs who has not signed in yet."""


def door_of(view: Callable[..., Any], name: str | None) -> Door | None:
    """Give what a view asks; None where it does not say."""
    found = getattr(view, "door", None)
    if isinstance(found, Door):
        return found
    if name and name.startswith(_OF_OTHERS):
        return Door("anywhere") if name in _OPEN_OF_OTHERS else Door("hub")
    return None


class Doors:
    """Asks at each door; raises what answers as a page that does not exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on: the view is not known yet."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let pass, or answer in place of the view."""
        if any("\0" in value for each in (request.GET, request.POST) for value in _values(each)):
            raise BadRequest("no text holds a NUL, which PostgreSQL would not take")
        match = request.resolver_match
        door = door_of(view, None if match is None else match.url_name)
        try:
            return _ask(request, door, kwargs)
        except NotFound as error:
            raise Http404(str(error)) from None
        except Forbidden as error:
            return _refused(request, error, kwargs.get("company_id"))
        except SessionRefused as error:
            return limits.refused(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer what the services refuse to whoever asks."""
        if isinstance(exception, NotFound):
            return not_found(request, exception)
        if isinstance(exception, Forbidden):
            company = getattr(request, "company", None)
            return _refused(request, exception, None if company is None else company.id)
        return None


def _values(sent: QueryDict) -> Iterator[str]:
    for _, values in sent.lists():
        yield from (value for value in values if isinstance(value, str))


def _refused(request: HttpRequest, refusal: Forbidden, company: UUID | None) -> HttpResponse:
    """Record that somebody asked for what they may not do, and tell them."""
    match = request.resolver_match
    name = "" if match is None else match.url_name
    refusals.note(
        PAGE_REFUSED, refusal, account=entered(request), company=company, object=f"page:{name}"
    )
    return permission_denied(request, refusal)


def _ask(request: HttpRequest, door: Door | None, kwargs: dict[str, Any]) -> HttpResponse | None:
    if door is None:
        raise NotFound("this view does not say who may come")
    viewer = reader_of(request)
    if door.where in ("anywhere", "hub"):
        if is_within(request):
            raise NotFound("this page lies in no account")
        if door.is_outbox:
            return _at_the_outbox(request, viewer)
        return to_sign_in(request) if door.where == "hub" and viewer is None else None
    if viewer is None:
        return to_sign_in(request)
    if not is_within(request):
        if door.where != "home":
            raise NotFound("this page lies in an account")
        if viewer.is_operator:  # who sees everything there
            limits.hold(request, [limits.of_operators()])
    if door.is_account and entered(request) is None:
        raise NotFound("this page lies in an account")
    if door.where == "company":
        return _at_the_company(request, viewer, door, kwargs)
    return None


def _at_the_company(
    request: HttpRequest, viewer: Viewer, door: Door, kwargs: dict[str, Any]
) -> HttpResponse | None:
    company_id: UUID = kwargs["company_id"]
    account = entered(request)
    company = Company.objects.filter(pk=company_id).select_related("account").first()
    if company is None or (account and not company.account.path.startswith(account.path)):
        raise NotFound("there is no such company")
    is_led_on = False
    try:
        require(viewer, company, door, kwargs.get("pool_id"))
    except NotFound:
        if not door.leads_on or request.method not in ("GET", "HEAD"):
            raise
        is_led_on = True
    if not viewer.is_operator:
        limits.hold(request, limits.between(account, company.account))
    if request.method == "POST" and request.POST.get("company") != str(company_id):
        raise NotFound("the form is of another company")
    request.company = company  # type: ignore[attr-defined]  # for the views
    return leads.to_part(request, viewer, company) if is_led_on else None


def require(viewer: Viewer, company: Company, door: Door, pool: UUID | None = None) -> None:
    """See that somebody may come in. Raises ``NotFound`` and ``Forbidden``."""
    refusal: Exception | None = None
    for area in door.areas:
        try:
            viewer.require(company, area, door.level, pool)
        except (NotFound, Forbidden) as error:
            # Whoever sees it in one area is told so, and not that it is not there.
            refusal = error if refusal is None or isinstance(error, Forbidden) else refusal
        else:
            break
    else:
        raise refusal or NotFound("there is no such company")
    if door.is_vendors and not viewer.is_operator and not settings.DEMO:
        raise Forbidden("only the vendor issues licences")


def _at_the_outbox(request: HttpRequest, viewer: Viewer | None) -> HttpResponse | None:
    if settings.DEMO:
        if is_from_here(request):
            return None
        return render(request, "tenure/shared/refused.html", status=403)
    if viewer is None:
        return to_sign_in(request)
    if not viewer.is_operator:
        raise NotFound("there is nothing at this address")
    limits.hold(request, [limits.of_operators()])
    return None


FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_REAL_IP",
)
"""What a proxy adds: behind one, everybody seems to ask from this machine."""


def is_from_here(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, without a proxy between.

    The name is looked at because a page of the web can let a name of its own point here.
    """
    if any(name in request.META for name in FORWARDED):
        return False
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return _is_loopback(host.strip("[]"), "localhost") and _is_loopback(
        request.META.get("REMOTE_ADDR", "")
    )


def _is_loopback(address: str, *names: str) -> bool:
    if address in names:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
