"""The pages for what went wrong: they say what is so and where to go, and need no database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The request makes no sense."""
    return _page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Whoever asks may not."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """There is no such thing."""
    return _page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was not ours, or too old."""
    return _page(request, 403, "form")


def server_error(request: HttpRequest) -> HttpResponse:
    """We made a mistake."""
    return _page(request, 500)


def _page(request: HttpRequest, status: int, name: str = "") -> HttpResponse:
    return render(request, f"tenure/errors/{name or status}.html", status=status)
