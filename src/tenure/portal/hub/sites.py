"""The page of one site, for somebody who may see it and not the company as a whole.

It tells of the site alone: its status, its units and seats, and its members with why each stands
as they do. Of the company it says only in which phase it is and, in trouble, with which dates.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenure.portal.hub.frames import signed_in
from tenure.portal.shared.addresses import company_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import language, page_number, standing_of
from tenure.services import answers, rosters
from tenure.services.access import place_of
from tenure.services.errors import NotFound


@require_safe
@of_company("portal", "console")
def site(request: HttpRequest, company_id: UUID, pool_id: UUID) -> HttpResponse:
    """Show one site of a company."""
    viewer, company = signed_in(request), company_of(request)
    standing = standing_of(request, company_id)
    pool = next((each for each in standing.pools if each.id == pool_id), None)
    if pool is None:
        raise NotFound("there is no such site")
    open_ = viewer.open_sites(company)
    wanted = request.GET.get("seats", "")
    wanted = wanted if wanted in rosters.WANTED else ""
    search = request.GET.get("q", "")[:200]
    roster = rosters.members(
        standing, search=search, wanted=wanted, page=page_number(request), pool=pool_id
    )
    spoken = language()
    return render(
        request,
        "tenure/hub/site.html",
        {
            "company": company,
            "standing": standing,
            "zone": company.time_zone,
            "now": standing.now,
            "pool": pool,
            "others": [each for each in standing.pools if open_ is None or each.id in open_],
            "can_console": viewer.level(place_of(company, pool_id), "console") != "none",
            "sees_company": viewer.level(place_of(company), "portal") != "none",
            "roster": roster,
            "rows": [
                (row, answers.short(row.check, spoken), answers.sentence(row.check, spoken))
                for row in roster.rows
            ],
            "wanted": wanted,
            "search": search,
            "service_query": f"?service={standing.service}" if len(standing.services) > 1 else "",
        },
    )
