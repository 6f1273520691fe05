"""What the pages of the Console have in common: the door, the frame, and what is told when shut.

While the service is suspended or deleted every page, and every form, answers 423 with the page
that says what is kept, until when, and how it comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from tenure.portal.shared.addresses import reader_of
from tenure.portal.shared.readers import (
    CLOCK,
    language,
    missing_is_404,
    standing_of,
    who,
    zone_of_reader,
)
from tenure.services.access import place_of
from tenure.services.errors import EngineWaits, NotFound, ServiceError
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Claim, Group, Member, Rule
from tenure.words.sentences import company_sentences

LOCKED = 423
"""The answer of what is there and shut for now."""

WHOLE = "page"
"""What a page calls all that is laid out by it; a part of it has another name."""

ARCHIVES = "tenure/console/archives_link.html"
"""Leads to the archives of what is kept, where there are any."""

P = ParamSpec("P")


@dataclass
class Desk:
    """A request to the Console: of a company, or of one of its sites (``pool``)."""

    request: HttpRequest
    standing: Standing
    pool: PoolStanding | None

    @property
    def company_id(self) -> UUID:
        """The company."""
        return self.standing.company.id

    @property
    def service(self) -> str:
        """The key of the service."""
        return self.standing.service

    @property
    def with_it(self) -> dict[str, Any]:
        """What every service that writes is handed."""
        return {"clock": CLOCK, "who": who(self.request)}

    @cached_property
    def may_write(self) -> bool:
        """Whether whoever looks may change anything here."""
        viewer = reader_of(self.request)
        pool = None if self.pool is None else self.pool.id
        place = place_of(self.standing.company, pool)
        return viewer is not None and viewer.level(place, "console") == "write"

    @property
    def query(self) -> str:
        """The query that keeps the service, where the company uses several."""
        return f"?service={self.service}" if len(self.standing.services) > 1 else ""

    def address(self, name: str, *args: object) -> str:
        """Give the address of a page of the Console; of the site's own where there is one."""
        first: list[object] = [self.company_id]
        if self.pool is not None and name in OF_SITES:
            name, first = f"site-{name}", [self.company_id, self.pool.id]
        return reverse(name, args=[*first, *args])

    def to(self, name: str, *args: object) -> HttpResponse:
        """Lead to another page of the Console."""
        return HttpResponseRedirect(f"{self.address(name, *args)}{self.query}")

    def tried(self, doing: Callable[[], object], done: str = "") -> bool:
        """Do something and tell it on the next page, or why it was not done."""
        try:
            doing()
        except NotFound:
            raise
        except ServiceError as error:
            messages.error(self.request, said(error))
            return False
        if done:
            messages.success(self.request, done)
        return True

    def page(self, name: str, section: str, *, status: int = 200, **more: Any) -> HttpResponse:
        """Lay a page out."""
        return render(
            self.request, f"tenure/console/{name}.html", frame(self, section, **more), status=status
        )


OF_SITES = frozenset({"console", "console-act", "console-list", "console-progress", "console-stop"})
"""Pages that a site has by itself, for those who see nothing else."""

View = Callable[Concatenate[Desk, P], HttpResponseBase]


def console(view: View[P]) -> Callable[Concatenate[HttpRequest, UUID, P], HttpResponseBase]:
    """Hand a view its desk; while shut, answer in its place."""

    @missing_is_404
    @wraps(view)
    def wrapped(
        request: HttpRequest, company_id: UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        standing = standing_of(request, company_id)
        pool_id = kwargs.pop("pool_id", None)
        pool = next((each for each in standing.pools if each.id == pool_id), None)
        if pool_id is not None and pool is None:
            raise Http404("there is no such site")
        desk = Desk(request, standing, pool)
        if standing.life.phase in ("suspended", "deleted"):
            return shut(desk)
        return view(desk, *args, **kwargs)  # type: ignore[return-value]  # all our views answer so

    return wrapped


def frame(desk: Desk, section: str, **more: Any) -> dict[str, Any]:
    """Give what every page of the Console shows around its content."""
    viewer, standing = reader_of(desk.request), desk.standing
    place = place_of(standing.company)
    can_write = viewer is not None and viewer.level(place, "portal") == "write"
    return {
        "desk": desk,
        "standing": standing,
        "company": standing.company,
        "pool": desk.pool,
        "layout": f"tenure/console/{'frame' if desk.pool is None else 'site_frame'}.html",
        "zone": standing.company.time_zone,
        "own_zone": zone_of_reader(desk.request),
        "now": standing.now,
        "tab": "console",
        "part": section,
        "service_query": desk.query,
        "can_read": viewer is not None and viewer.level(place, "portal") != "none",
        "can_see_all": viewer is not None and viewer.level(place, "console") != "none",
        "can_write": can_write,
        "can_license": can_write and viewer is not None and (viewer.is_operator or settings.DEMO),
        "can_protect": desk.may_write,
        **more,
    }


def shut(desk: Desk) -> HttpResponse:
    """Say that the Console is shut, what is kept, until when, and how it comes back."""
    standing = desk.standing
    company = standing.company
    script = getattr(desk.request, "htmx", None)
    if script and script.target != WHOLE:
        # A part of a page that was open before would look for itself here in vain.
        return HttpResponseClientRefresh()
    kept = {
        "members": Member.objects.filter(company=company).count(),
        "groups": Group.objects.filter(company=company).count(),
        "rules": Rule.objects.filter(
            company=company, service=standing.service, instance=standing.life.instance
        ).count(),
        "claims": Claim.objects.filter(
            company=company, service=standing.service, instance=standing.life.instance
        ).count(),
    }
    return desk.page(
        "shut",
        "",
        status=LOCKED,
        words=company_sentences(standing.facts(), language()),
        kept=kept if desk.pool is None and standing.life.phase != "deleted" else None,
        archives=_archives(),
    )


def _archives() -> str:
    try:
        get_template(ARCHIVES)
    except TemplateDoesNotExist:
        return ""
    return ARCHIVES


def uuid_of(text: str | None) -> UUID | None:
    """Read an id; None for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def said(error: ServiceError) -> str:
    """Say in the reader's language why something was not done."""
    known = {
        "no_free_units": _("Not done: no unit is free there."),
        "not_active": _("Not done: members move between sites only while licences run."),
        "same_pool": _("Not done: the member is at this site already."),
        "suspended": _("Not done: the service is suspended."),
        "deleted": _("Not done: there is no licence."),
        "member_exists": _("Not done: there is a member of this name already."),
        "name_taken": _("Not done: another member is asked for by this name."),
        "name_missing": _("Not done: a group needs a name."),
        "group_exists": _("Not done: there is a group of this name already."),
        "rule_exists": _("Not done: there is such a rule already."),
        "other_rules": _("Not done: somebody changed the rules meanwhile. Look again."),
        "others_unseen": _("Not done: others than were shown are not seen by now. Look again."),
        "known_already": _("Not done: this directory knows that member by another name already."),
        "no_free_name": _("Not done: this name is a member’s already. Choose that member."),
        "not_utf8": _("Not done: the file is not written in UTF-8."),
        "faults": _("Not done: the table has faults."),
    }
    if error.code in known:
        return known[error.code]
    if isinstance(error, EngineWaits):
        return _("Not done: the engine waits for an operator (%(why)s).") % {"why": error}
    return _("Not done: %(why)s.") % {"why": str(error).rstrip(".")}
