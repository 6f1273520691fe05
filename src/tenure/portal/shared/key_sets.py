"""The public keys of the installation, for whoever checks what it signed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import condition, require_safe

from tenure.portal.shared.doors import open_to_all
from tenure.services import receipts

KEPT = 3600
"""Seconds for which a copy may be used."""


def _mark(request: HttpRequest) -> str:
    return '"' + "-".join(key["kid"] for key in receipts.key_set()["keys"]) + '"'


@require_safe
@open_to_all
@condition(etag_func=_mark)
def jwks(request: HttpRequest) -> HttpResponse:
    """Give the key set (RFC 7517), to everybody and to pages of other sites."""
    return JsonResponse(
        receipts.key_set(),
        content_type="application/jwk-set+json",
        headers={
            "Cache-Control": f"public, max-age={KEPT}",
            "Access-Control-Allow-Origin": "*",
        },
    )
