"""When a session was last seen: written once a minute, not with every page."""

from __future__ import annotations

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from tenure.clock import WallClock
from tenure.store.instants import to_datetime

EVERY = 60
"""Seconds: so exact is what the list of sessions says, and so seldom a page writes it."""


class Seen:
    """Notes that the session of a request is alive.

    ``request.last_seen_at`` is when it was seen before, and None for who is not signed in, or was
    not seen since: a limit on how long a session may rest is measured from there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note it, and go on; let nobody keep the pages of the sign-in, which show secrets."""
        request.last_seen_at = _see(request)  # type: ignore[attr-defined]  # ours
        response = self.get_response(request)
        if request.path_info.startswith("/me/"):
            patch_cache_control(response, private=True, no_store=True)
        return response


def _see(request: HttpRequest) -> int | None:
    key = request.session.session_key
    if not key or not request.user.is_authenticated:
        return None
    now = WallClock().now()
    found = UserSession.objects.filter(session_key=key).first()
    if found is None:
        UserSession.objects.create_from_request(request)
        return None
    last = int(found.last_seen_at.timestamp())
    if last + EVERY <= now:
        UserSession.objects.filter(pk=found.pk).update(last_seen_at=to_datetime(now))
    return last
