"""The pages to read: one company in seven views. Nothing is changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenure.portal.operator import events
from tenure.portal.shared.addresses import company_of, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import (
    language,
    missing_is_404,
    page_number,
    standing_of,
    zone_of_reader,
)
from tenure.portal.shared.timeline_tables import ROWS, tables
from tenure.portal.shared.timelines import POOLS, picture
from tenure.services import answers, histories, rosters, timelines
from tenure.services.access import place_of
from tenure.services.notices import Background, Reader, Told, facts_of
from tenure.services.standings import Standing
from tenure.words.notices import message
from tenure.words.sentences import company_sentences

MOST_POOLS = 60
"""So many sites are drawn on the timeline's own page."""


@require_safe
@of_company(leads_on=True)
def overview(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Say how a company stands, what comes next, what to do; then its numbers and pools."""
    standing = standing_of(request, company_id)
    context = frame(
        request,
        standing,
        "overview",
        words=company_sentences(standing.facts(), language()),
        moments=events.coming(standing),
        **timeline_of(standing),
    )
    is_unused = standing.life.phase == "active" and not standing.seats
    context["needs_users"] = is_unused and context["can_protect"]
    return render(request, "tenure/operator/overview.html", context)


@require_safe
@of_company()
def timeline(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show a company's timeline on a page of its own, with every site, to print and to share."""
    standing = standing_of(request, company_id)
    return render(
        request,
        "tenure/operator/timeline.html",
        frame(request, standing, "timeline", **timeline_of(standing, pools=MOST_POOLS)),
    )


def timeline_of(standing: Standing, pools: int = POOLS) -> dict[str, Any]:
    """Give the picture of a company's timeline, and its tables."""
    found = timelines.of_standing(standing, most=ROWS)
    zone, spoken = standing.company.time_zone, language()
    is_closed = standing.life.closed
    drawn = picture(
        found,
        company=standing.company.name,
        zone=zone,
        language=spoken,
        is_closed=is_closed,
        pools=pools,
    )
    told = tables(found, drawn.pools, zone=zone, language=spoken, is_closed=is_closed)
    return {"picture": drawn, "tables": told}


@require_safe
@of_company("portal", "console")
def members(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the members with how each stands, and why."""
    return render_members(request, standing_of(request, company_id))


def render_members(request: HttpRequest, standing: Standing) -> HttpResponse:
    """Lay the list of members out."""
    wanted = request.GET.get("seats", "")
    wanted = wanted if wanted in rosters.WANTED else ""
    search = request.GET.get("q", "")[:200]
    roster = rosters.members(
        standing,
        search=search,
        wanted=wanted,
        page=page_number(request),
    )
    spoken = language()
    rows = [
        (row, answers.short(row.check, spoken), answers.sentence(row.check, spoken))
        for row in roster.rows
    ]
    return render(
        request,
        "tenure/operator/members.html",
        frame(request, standing, "members", roster=roster, rows=rows, wanted=wanted, search=search),
    )


@require_safe
@of_company()
@missing_is_404
def notice(request: HttpRequest, company_id: UUID, notice_id: UUID) -> HttpResponse:
    """Show one notice as the portal tells it today, and what became of it for each recipient."""
    standing = standing_of(request, company_id)
    found = histories.notice(standing, notice_id)
    background = Background.of([found.notice])
    told = Told(standing.company, standing.service_name, standing.life, background)
    reader = Reader(zone=standing.company.time_zone)
    said = message(facts_of(found.notice, told, reader), language(), before_service=True)
    return render(
        request,
        "tenure/operator/notice.html",
        frame(
            request,
            standing,
            "notices",
            found=found,
            said=said,
            name=events.notice_words(found.notice.kind, found.notice.days),
            pool=standing.pool_names.get(found.notice.subject, ""),
        ),
    )


@require_safe
@of_company()
@missing_is_404
def receipt(request: HttpRequest, company_id: UUID, receipt_id: UUID) -> HttpResponse:
    """Hand out what was deleted, under which policy and after which warnings, as JSON."""
    found = histories.receipt(company_id, receipt_id)
    name = f"receipt-{found.service}-{found.instance}.json"
    return JsonResponse(
        found.content,
        json_dumps_params={"indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def frame(request: HttpRequest, standing: Standing, tab: str, **more: Any) -> dict[str, Any]:
    """Give what every page of a company shows around its content."""
    viewer = reader_of(request)
    company = company_of(request)
    place = place_of(company)
    can_write = viewer is not None and viewer.level(place, "portal") == "write"
    return {
        "standing": standing,
        "company": standing.company,
        "zone": standing.company.time_zone,
        "own_zone": zone_of_reader(request),
        "now": standing.now,
        "tab": tab,
        "service_query": f"?service={standing.service}" if len(standing.services) > 1 else "",
        "can_read_mails": settings.DEMO or (viewer is not None and viewer.is_operator),
        "can_read": viewer is not None and viewer.level(place, "portal") != "none",
        "can_see_all": viewer is not None and viewer.level(place, "console") != "none",
        "can_write": can_write,
        "can_protect": viewer is not None and viewer.level(place, "console") == "write",
        "can_license": can_write and viewer is not None and (viewer.is_operator or settings.DEMO),
        **more,
    }
