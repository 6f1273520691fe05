"""What came back when a company's service runs again, and what did not; told on the next page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.portal.shared.readers import standing_of
from tenure.services.standings import Standing
from tenure.store.models import Claim
from tenure.words.names import clean


def tell_of_return(request: HttpRequest, before: Standing) -> None:
    """Say what came back since ``before``; nothing where the service did not begin to run."""
    after = standing_of(request, before.company.id)
    was, now = before.life.phase, after.life.phase
    if was not in ("grace", "suspended", "deleted") or now != "active":
        return
    service = {"service": clean(after.service_name)}
    if was == "grace":
        messages.success(request, _("%(service)s goes on; nothing is suspended.") % service)
    elif was == "deleted":
        text = _("%(service)s begins anew. What was deleted does not come back.")
        messages.success(request, text % service)
        return
    else:
        text = ngettext(
            "%(service)s runs again, as it was: %(n)s user is protected.",
            "%(service)s runs again, as it was: %(n)s users are protected.",
            after.protected,
        )
        messages.success(request, text % {**service, "n": after.protected})
    waiting = (
        after.waiting
        + Claim.objects.filter(
            company=after.company, service=after.service, instance=after.life.instance
        ).count()
    )
    if waiting:
        text = ngettext(
            "%(n)s user waits for a unit: there are fewer units than users.",
            "%(n)s users wait for a unit: there are fewer units than users.",
            waiting,
        )
        messages.warning(request, text % {"n": waiting})
