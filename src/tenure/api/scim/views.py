"""One address for each company's directory: ``/scim/v2/<company>/``."""

from __future__ import annotations

import json
import logging
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from scim2_models import SCIMException, UnauthorizedException
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from tenure.api.doors import actor, token_of
from tenure.api.scim.resources import PROVIDER
from tenure.api.scim.service import SERVICE, Handler
from tenure.api.scim.storage import Storage, Unavailable
from tenure.clock import WallClock
from tenure.services.audit import acting
from tenure.store.models import Source, Token

_log = logging.getLogger(__name__)

LARGEST = 16 * 1_048_576
"""Bytes of a request that is no bulk request."""


class TooLarge(SCIMException):
    """A request is larger than anything that a directory says of one user or group."""

    status = 413
    _default_detail = "The request is too large"


def scim(request: HttpRequest, company_id: UUID, path: str = "") -> HttpResponse:
    """Answer a directory."""
    base = request.build_absolute_uri(f"/scim/v2/{company_id}")
    asked = ScimRequest(
        method=request.method or "GET",
        base_url=base,
        path=path,
        query=request.GET.dict(),
        headers=dict(request.headers),
    )
    with PROVIDER:
        try:
            return _sent(_answer(request, asked, company_id))
        except SCIMException as error:
            return _sent(SERVICE.error_response(error), error)
        except Exception as error:
            _log.exception("a directory could not be answered: %s /%s", request.method, path)
            return _sent(SERVICE.error_response(error))


def _answer(request: HttpRequest, asked: ScimRequest, company_id: UUID) -> ScimResponse:
    token = token_of(request, Token.Kind.SCIM)
    if token is None or token.company_id != company_id:
        raise UnauthorizedException(detail="This is no token of this directory")
    mine = Source.objects.filter(company=token.company)
    source = None if token.source_id is None else mine.filter(id=token.source_id).first()
    if source is None:
        raise UnauthorizedException(detail="This directory has ended")
    asked.body = _body(request, asked)
    is_read = asked.method in ("GET", "HEAD") or asked.path.rstrip("/").endswith(".search")
    storage = Storage(token.company, source, WallClock(), writes=not is_read)
    with acting(actor(token)):
        return Handler(SERVICE, storage).handle(asked)


def _body(request: HttpRequest, asked: ScimRequest) -> bytes:
    limit = SERVICE.max_body_size(asked)
    most = LARGEST if limit is None else limit
    body = request.read(most + 1)
    if limit is None and len(body) > most:
        raise TooLarge
    return body


def _sent(answer: ScimResponse, error: SCIMException | None = None) -> HttpResponse:
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    sent = HttpResponse(body, status=int(answer.status), headers=answer.headers)
    if answer.body is None:
        del sent["Content-Type"]
    if isinstance(error, Unavailable):
        sent["Retry-After"] = "60"
    return sent
