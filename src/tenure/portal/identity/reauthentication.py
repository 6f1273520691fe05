"""What guards dangerous pages: that somebody proved a moment ago who sits there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from tenure.portal.shared.addresses import hub_address

View = Callable[..., HttpResponseBase]


def reauthenticated(view: View) -> View:
    """Let in whoever gave password, passkey or code in the last five minutes; ask the others.

    They are led to the page that asks, which lies in no account, and from there back to this one;
    nothing that was posted is done on the way.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_reauthentication_required(request, app="allauth.account"):
            return view(request, *args, **kwargs)
        address = hub_address("account_reauthenticate")
        return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")

    return guarded
