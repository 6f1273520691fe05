"""Problem documents (RFC 9457): what went wrong, with a code that stays the same."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse


def problem(status: int, code: str, detail: str, **more: object) -> HttpResponse:
    """Answer with a problem. ``code`` is stable; ``detail`` is a sentence."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    answer = JsonResponse(content, status=status, content_type="application/problem+json")
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="Tenure"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = "60"
    return answer
