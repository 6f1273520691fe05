"""Taking the data of a company along: asking for it, seeing it being built, fetching it.

Open to whoever may change the company, also while it is suspended: that is when it is needed.
"""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tenure.portal.operator.pages import frame
from tenure.portal.shared.addresses import company_of, reader_of
from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import missing_is_404, standing_of
from tenure.services import archives as service
from tenure.services.errors import Refused
from tenure.services.standings import Standing
from tenure.store.models import Archive

WAITS = (Archive.State.ASKED, Archive.State.BUILDING)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def archives(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the archives with how far each is; by POST, ask for one."""
    standing = standing_of(request, company_id)
    if request.method == "POST":
        return _ask(request, standing)
    found = service.of_instance(standing.company, standing.service, standing.life.instance)
    rows = [_row(archive) for archive in found]
    is_stored = standing.life.phase not in service.SHUT
    return render(
        request,
        "tenure/console/archives.html",
        frame(
            request,
            standing,
            "archives",
            rows=rows,
            is_stored=is_stored,
            is_waiting=any(row["waits"] for row in rows),
            days=service.LIFE // 86_400,
        ),
    )


def _row(archive: Archive) -> dict[str, Any]:
    total = max(archive.total, 1)
    return {
        "archive": archive,
        "waits": archive.state in WAITS,
        "percent": min(100, 100 * archive.done // total),
        "by": "" if archive.asked_by is None else archive.asked_by.name or archive.asked_by.email,
    }


def _ask(request: HttpRequest, standing: Standing) -> HttpResponse:
    viewer = reader_of(request)
    page = reverse("archives", args=[standing.company.id])
    if len(standing.services) > 1:
        page = f"{page}?service={standing.service}"
    if viewer is not None:
        try:
            service.ask(
                standing.company.id,
                standing.service,
                by=viewer.person,
                link=f"{settings.PUBLIC_URL}{page}",
            )
        except Refused:
            messages.error(request, _("Nothing is stored that could be packed."))
        else:
            text = _("The data is being packed. We write to %(address)s once it is ready.")
            messages.success(request, text % {"address": viewer.person.email})
    return HttpResponseRedirect(page)


@require_safe
@of_company(level="write")
def file(request: HttpRequest, company_id: UUID, archive_id: UUID) -> StreamingHttpResponse:
    """Hand a file out, piece by piece."""
    archive, pieces = service.fetch(company_of(request), archive_id)
    name = f"tenure-{archive.service}-{archive.id}.zip"
    digest = base64.b64encode(bytes.fromhex(archive.sha256)).decode()
    return StreamingHttpResponse(
        pieces,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(archive.size),
            "Repr-Digest": f"sha-256=:{digest}:",
            "Cache-Control": "private, no-store",
        },
    )
