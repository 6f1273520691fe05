"""Moving test clocks from the bar that stands on every page in demo mode."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenure.core.policy import DAY
from tenure.portal.shared.days import day_of, start_of
from tenure.portal.shared.readers import language, standing_of
from tenure.services import clocks
from tenure.services.errors import EngineWaits, Refused
from tenure.store.models import TestClock
from tenure.words.dates import day as day_in_words

STEPS = {"1": 1, "7": 7, "30": 30}
"""The buttons, in days."""

LAST_YEAR = 2200
"""Nobody needs to see further."""


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Send a clock forwards, then go back to the page on which it was asked for."""
    if not settings.DEMO:
        raise Http404
    clock_id = _uuid(request.POST.get("clock", ""))
    clock = get_object_or_404(TestClock, pk=clock_id)
    target, complaint = _target(request, clock)
    if target is not None:
        try:
            clocks.move(clock.id, target)
        except EngineWaits as error:
            complaint = str(error)
        except Refused as error:
            complaint = _SAID[error.code]()
    if complaint:
        messages.error(request, complaint)
    return HttpResponseRedirect(back(request))


_SAID = {
    "clock_backwards": lambda: _("The clock only goes forwards. Choose a later date."),
    "clock_moves": lambda: _("The clock is still on its way. Wait until it has arrived."),
}


def back(request: HttpRequest) -> str:
    """Give the page from which a form came; the list where that is nowhere of ours."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("companies")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _target(request: HttpRequest, clock: TestClock) -> tuple[int | None, str]:
    """Give where the clock is to go, or why that cannot be said."""
    step = request.POST.get("step", "")
    company = request.POST.get("company", "")
    standing = standing_of(request, _uuid(company)) if company else None
    if step in STEPS:
        return clock.now_at + STEPS[step] * DAY, ""
    if step == "next" and standing is not None:
        event = standing.next_event_at()
        if event is None:
            return None, _("Nothing is to come for this company within two years.")
        return event, ""
    zone = "UTC" if standing is None else standing.company.time_zone
    try:
        wanted = date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        return None, _("Choose the date to which the clock is to go.")
    if wanted.year > LAST_YEAR:
        return None, _("That is too far away. Choose a date before the year 2200.")
    if wanted <= day_of(clock.now_at, zone):
        today = day_in_words(clock.now_at, zone, language())
        return None, _("The clock stands at %(today)s. Choose a later date.") % {"today": today}
    return start_of(wanted, zone), ""
