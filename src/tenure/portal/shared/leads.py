"""Where somebody is led who sees only a part of a company, and opens the company's own address.

They come by a link in a notice, or by an address that a colleague sent. One site is opened at
once, of several there is a short list; whoever sees all members, and nothing else, gets those.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from tenure.portal.shared.readers import standing_of
from tenure.services.access import Viewer
from tenure.store.models import Company


def to_part(request: HttpRequest, viewer: Viewer, company: Company) -> HttpResponse:
    """Lead to what somebody sees of a company. Raises ``NotFound`` where that is nothing."""
    found = viewer.open_sites(company)
    if found is None:
        return _there(request, "members", company.id)
    if len(found) == 1:
        return _there(request, "site", company.id, found[0])
    standing = standing_of(request, company.id)
    return render(
        request,
        "tenure/hub/sites.html",
        {
            "company": company,
            "standing": standing,
            "zone": company.time_zone,
            "now": standing.now,
            "pools": [pool for pool in standing.pools if pool.id in found],
            "service_query": f"?service={standing.service}" if len(standing.services) > 1 else "",
        },
    )


def _there(request: HttpRequest, name: str, *args: object) -> HttpResponse:
    asked = urlsplit(request.get_full_path()).query
    address = reverse(name, args=args)
    return HttpResponseRedirect(f"{address}?{asked}" if asked else address)
