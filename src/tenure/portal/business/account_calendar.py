"""The address of one calendar for all companies of an account, for calendar programs."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenure.portal.hub.frames import account_of, of_this_account, signed_in
from tenure.portal.shared.addresses import hub_address
from tenure.portal.shared.doors import inside_account
from tenure.portal.shared.readers import CLOCK, zone_of_reader
from tenure.services import feeds


@require_http_methods(["GET", "HEAD", "POST"])
@inside_account
@of_this_account
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Say what the address opens; make, replace or revoke it, each for oneself alone."""
    viewer, account = signed_in(request), account_of(request)
    made = ""
    if request.method == "POST":
        asked = request.POST.get("do")
        if asked == "make":
            secret = feeds.make_of_all(account.id, viewer.person, clock=CLOCK)
            made = f"{settings.PUBLIC_URL}{hub_address('feed', secret)}"
        else:
            if asked == "revoke":
                feeds.revoke_of_all(account.id, viewer.person, clock=CLOCK)
                text = _("The address is revoked: it opens nothing any more.")
                messages.success(request, text)
            return HttpResponseRedirect(reverse("account-calendar"))
    return render(
        request,
        "tenure/business/account_calendar.html",
        {
            "section": "companies",
            "account": account,
            "feed": feeds.of_all(account, viewer.person),
            "feed_address": made,
            "count": len(feeds.readable(account, viewer)),
            "most": feeds.MOST,
            "own_zone": zone_of_reader(request),
            "real_now": CLOCK.now(),
        },
    )
