"""``POST /v1/activity``: who used the service, and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from tenure.api.doors import actor, token_of
from tenure.api.problems import problem
from tenure.clock import WallClock
from tenure.services import activity as reports
from tenure.services import tokens
from tenure.services.audit import acting
from tenure.services.errors import EngineWaits, Forbidden, NotFound, Refused
from tenure.store.models import Token

LARGEST = 1_048_576
"""Bytes of a request."""


class Wrong(Exception):
    """A request is not as it should be: ``where`` in it, and what would be right."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(detail)
        self.where = where


def activity(request: HttpRequest) -> HttpResponse:
    """Take in a report."""
    if request.method != "POST":
        answer = problem(405, "method_not_allowed", "This address takes POST alone.")
        answer["Allow"] = "POST"
        return answer
    token = token_of(request, Token.Kind.API)
    viewer = None if token is None else tokens.viewer(token)
    if token is None or viewer is None:
        return problem(401, "wrong_token", "A token of the API is needed, as a bearer token.")
    try:
        viewer.require(token.company, "console", "write")
    except (NotFound, Forbidden):
        return problem(
            403, "forbidden", "Whoever made this token may not change the Console of the company."
        )
    try:
        seen = _read(request)
        with acting(actor(token)):
            found = reports.report(token.company_id, seen, clock=WallClock())
    except Wrong as wrong:
        return problem(422, "invalid", str(wrong), pointer=wrong.where)
    except Refused as refused:
        return problem(423, refused.code, f"{str(refused).capitalize()}.")
    except EngineWaits:
        return problem(503, "engine_waits", "Nothing is written while the engine waits.")
    return JsonResponse({"seen": found.seen, "known": found.known, "unknown": found.unknown})


def _read(request: HttpRequest) -> dict[str, int | None]:
    """Read a report. Of somebody named twice, the later instant counts."""
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise Wrong("", f"a report has at most {LARGEST} bytes")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise Wrong("", "the body is no JSON") from None
    entries = payload.get("activity") if isinstance(payload, dict) else None
    if not isinstance(entries, list):
        raise Wrong("/activity", "a report is an object with a list called activity")
    if len(entries) > reports.AT_ONCE:
        raise Wrong("/activity", f"a report names at most {reports.AT_ONCE} users")
    seen: dict[str, int | None] = {}
    for place, entry in enumerate(entries):
        user, at = _entry(f"/activity/{place}", entry)
        if user in seen:
            before = seen[user]
            seen[user] = None if at is None or before is None else max(at, before)
        else:
            seen[user] = at
    return seen


def _entry(where: str, entry: Any) -> tuple[str, int | None]:
    user = entry.get("user") if isinstance(entry, dict) else None
    if not isinstance(user, str) or not user.strip() or not _is_text(user):
        raise Wrong(f"{where}/user", "an entry names a user")
    text = entry.get("at")
    if text is None:
        return user, None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError(text)
        return user, int(at.timestamp())
    except (TypeError, ValueError, OverflowError):
        raise Wrong(f"{where}/at", "an instant is one like 2026-01-31T12:00:00Z") from None


def _is_text(text: str) -> bool:
    """Whether a database can keep a text: JSON can write halves of characters, and a NUL."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False
