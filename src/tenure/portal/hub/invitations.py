"""The page to which an invitation's link leads: it says what is offered, and asks for a yes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenure.portal.hub.frames import said, signed_in
from tenure.portal.hub.rights_words import Names, told
from tenure.portal.shared.addresses import account_address
from tenure.portal.shared.doors import of_the_hub
from tenure.portal.shared.readers import CLOCK
from tenure.services import invitations
from tenure.services.access import Viewer
from tenure.services.errors import Forbidden, NotFound, ServiceError
from tenure.words.names import clean


@require_http_methods(["GET", "HEAD", "POST"])
@of_the_hub
@never_cache
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Say what a link offers; accept it. Looking changes nothing."""
    viewer = signed_in(request)
    try:
        offer = invitations.offer(secret, viewer.person, clock=CLOCK)
        if request.method == "POST":
            if request.POST.get("account") != str(offer.account.id):
                return render(request, "tenure/hub/other_account.html", status=409)
            membership = invitations.accept(secret, by=viewer.person, clock=CLOCK)
            text = _("You are in %(account)s now.")
            messages.success(request, text % {"account": clean(membership.account.name)})
            return HttpResponseRedirect(account_address(membership.account_id))
    except NotFound:
        return _no_good(request, "unknown", 404)
    except Forbidden:
        return _no_good(request, "other_address", 403)
    except ServiceError as error:
        return _no_good(request, error.code, 410, why=said(error))
    inviter = offer.invitation.invited_by
    granted = tuple(offer.rights.grants(offer.account.id))
    own = Viewer(viewer.person, granted, {str(offer.account.id): offer.account.path})
    return render(
        request,
        "tenure/hub/invitation.html",
        {
            "offer": offer,
            "inviter": "" if inviter is None else inviter.name or inviter.email,
            # Named is only what whoever accepts will see.
            "told": told(offer.rights, Names(offer.account, own, offer.rights.scopes)),
            "zone": viewer.person.time_zone,
            "now": CLOCK.now(),
        },
    )


def _no_good(request: HttpRequest, code: str, status: int, why: str = "") -> HttpResponse:
    found = {"code": code, "why": why}
    return render(request, "tenure/hub/invitation_no_good.html", found, status=status)
