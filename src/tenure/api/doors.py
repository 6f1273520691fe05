"""The way of programs: by a token, past sessions, cookies, forms and languages.

A browser's cookies open nothing here, so that no page of somebody else's can use them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from tenure.api.problems import problem
from tenure.clock import WallClock
from tenure.services import tokens
from tenure.services.audit import Actor
from tenure.store.models import Token

_log = logging.getLogger(__name__)

BEGINNINGS = ("/scim/v2/", "/v1/")
"""How the addresses begin that are programs' own."""

ADDRESSES = "tenure.api.urls"


class Programs:
    """Answers programs before anything asks who has signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or go on."""
        if not request.path_info.startswith(BEGINNINGS):
            return self.get_response(request)
        try:
            request.get_host()
            view, args, kwargs = resolve(request.path_info, ADDRESSES)
        except DisallowedHost:
            return problem(400, "wrong_host", "This server has another name.")
        except Resolver404:
            return problem(404, "not_found", "There is nothing at this address.")
        try:
            answer: HttpResponse = view(request, *args, **kwargs)
        except Exception:
            _log.exception("a program could not be answered: %s", request.path_info)
            return problem(500, "error", "The server failed; its log says why.")
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer


def token_of(request: HttpRequest, kind: Token.Kind) -> Token | None:
    """Give the token that a request shows; None where there is none that counts."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return tokens.find(secret.strip(), kind, clock=WallClock())


def actor(token: Token) -> Actor:
    """Give who acts: for a token of the API its creator, for one of a directory nobody."""
    person = token.made_by if token.kind == Token.Kind.API else None
    return Actor(
        "api" if token.kind == Token.Kind.API else "scim",
        person=None if person is None else person.id,
        address="" if person is None else person.email,
    )
