"""Who may ask: this machine only, as long as there is no sign-in."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render

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


class LoopbackOnly:
    """Refuses whoever does not ask from this machine, under one of its own names.

    The name is looked at because a page of the web can let a name of its own point here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse with a page that says why."""
        if is_from_here(request):
            return self.get_response(request)
        return render(request, "tenure/shared/refused.html", status=403)


def is_from_here(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, without a proxy between."""
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
