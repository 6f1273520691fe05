"""What pages need to know of a request: its clock, its language, its page number, its service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from tenure.clock import Clock, WallClock
from tenure.services import standings
from tenure.services.access import Viewer
from tenure.services.errors import NotFound
from tenure.services.histories import PERSON
from tenure.services.standings import Standing
from tenure.words.language import Language, chosen

CLOCK: Clock = WallClock()
"""The clock of those who have none of their own."""

P = ParamSpec("P")


def language() -> Language:
    """Give the language in which the page is written."""
    return chosen(get_language() or "en")


def zone_of_reader(request: HttpRequest) -> str:
    """Give the time zone of whoever reads."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    return "UTC" if viewer is None else viewer.person.time_zone


def who(request: HttpRequest) -> str:
    """Give who does something, as the ledger names them: never an address, for it stays."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        raise ValueError("nobody does this")
    return f"{PERSON}{viewer.person.id}"


def page_number(request: HttpRequest) -> int:
    """Give the page asked for; the first where nonsense is."""
    asked = request.GET.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def standing_of(request: HttpRequest, company_id: UUID) -> Standing:
    """Give how a company stands with the service asked for. Raises ``Http404``.

    Only of the company that the door let somebody in to: no view can name another one.
    """
    found = getattr(request, "company", None)
    if found is None or found.id != company_id:
        raise Http404("there is no such company")
    service = request.POST.get("service") or request.GET.get("service", "")
    try:
        return standings.of_company(company_id, CLOCK, service)
    except NotFound as error:
        raise Http404(str(error)) from None


def missing_is_404(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Turn the services' ``NotFound`` into the page that says so."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(str(error)) from None

    return wrapped


def query(request: HttpRequest, **changes: Any) -> str:
    """Give the address's query with some of it changed; what is empty is left out."""
    values = request.GET.copy()
    for name, value in changes.items():
        values.pop(name, None)
        if value not in ("", None):
            values[name] = str(value)
    return f"?{values.urlencode()}" if values else "?"
