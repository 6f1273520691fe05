"""The receipt of a deletion as it is handed on: signed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tenure.portal.shared.doors import of_company
from tenure.portal.shared.readers import missing_is_404
from tenure.services import receipts
from tenure.services.errors import NotFound


@require_safe
@of_company()
@missing_is_404
def signed(request: HttpRequest, company_id: UUID, receipt_id: UUID) -> HttpResponse:
    """Hand out a receipt as a compact JWS."""
    found = receipts.find(receipt_id, company_id)
    if not found.jws:
        raise NotFound("this receipt is from before receipts were signed")
    name = f"receipt-{found.service}-{found.instance}.jws"
    return HttpResponse(
        f"{found.jws}\n",
        content_type="application/jose",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
