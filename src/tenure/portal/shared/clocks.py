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
from tenure.portal.shared.addresses import reader_of
from tenure.portal.shared.doors import of_the_hub
from tenure.portal.shared.readers import CLOCK, language
from tenure.services import clocks, standings
from tenure.services.access import Viewer, place_of
from tenure.services.days import day_of, start_of
from tenure.services.errors import EngineWaits, NotFound, Refused
from tenure.services.standings import Standing
from tenure.store.models import Company, TestClock
from tenure.words.dates import day as day_in_words

STEPS = {"1": 1, "7": 7, "30": 30}
"""The buttons, in days."""

LAST_YEAR = 2200
"""Nobody needs to see further."""


@require_POST
@of_the_hub
def move(request: HttpRequest) -> HttpResponse:
    """Send a clock forwards, then go back to the page on which it was asked for."""
    if not settings.DEMO:
        raise Http404
    clock_id = _uuid(request.POST.get("clock", ""))
    clock = get_object_or_404(TestClock, pk=clock_id)
    _see_that_it_may_be_moved(request, clock)
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


def _see_that_it_may_be_moved(request: HttpRequest, clock: TestClock) -> None:
    """See that somebody may write to every company that lives by a clock, or is an operator.

    Raises ``NotFound`` and ``Forbidden``.
    """
    viewer = reader_of(request)
    if viewer is None:
        raise NotFound("there is no such clock")
    living = Company.objects.filter(clock=clock).select_related("account")
    if not viewer.is_operator and not living:
        raise NotFound("there is no such clock")
    for company in living:
        viewer.require(company, "portal", "write")


def clocks_of(viewer: Viewer) -> list[TestClock]:
    """Give the clocks that somebody may move, in the order of names; the first of very many."""
    if viewer.is_operator:
        return list(TestClock.objects.order_by("name", "id")[:SHOWN])
    living = Company.objects.filter(viewer.companies(), clock__isnull=False)
    rows = living.select_related("account", "clock").order_by("clock__name", "clock_id")[:SHOWN]
    found: dict[UUID, TestClock] = {}
    for company in rows:
        if company.clock is not None and viewer.level(place_of(company), "portal") == "write":
            found[company.clock.id] = company.clock
    return list(found.values())


SHOWN = 50
"""At most so many clocks can be chosen in the bar."""

_SAID = {
    "clock_backwards": lambda: _("The clock only goes forwards. Choose a later date."),
    "clock_moves": lambda: _("The clock is still on its way. Wait until it has arrived."),
}


def _standing(request: HttpRequest, clock: TestClock, company_id: UUID) -> Standing:
    """Give how a company stands that lives by the clock: whoever moves it may see that."""
    if not Company.objects.filter(pk=company_id, clock=clock).exists():
        raise NotFound("there is no such company")
    return standings.of_company(company_id, CLOCK, request.POST.get("service", ""))


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
    standing = _standing(request, clock, _uuid(company)) if company else None
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
