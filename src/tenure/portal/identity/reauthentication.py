"""What guards dangerous pages: that somebody proved a moment ago who sits there."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]


def reauthenticated(view: View) -> View:
    """Let in whoever gave password, passkey or code in the last five minutes; ask the others.

    They are led to the page that asks, and from there back to this one. What was posted is kept
    on the way and done then.
    """
    guarded: View = reauthentication_required(view, app="allauth.account")
    return guarded
