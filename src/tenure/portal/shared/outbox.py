"""The outbox: mails of test accounts, as their readers see them."""

from __future__ import annotations

from email import message_from_string
from email.policy import default
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenure.portal.shared.readers import missing_is_404, page_number
from tenure.services import histories


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails, the newest first."""
    rows, page = histories.mails(page_number(request))
    return render(
        request, "tenure/shared/outbox.html", {"rows": rows, "page": page, "section": "outbox"}
    )


@require_safe
@missing_is_404
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one mail as its reader sees it."""
    found = histories.mail(mail_id)
    message = message_from_string(found.source, policy=default)
    body = message.get_body(preferencelist=("plain",))
    return render(
        request,
        "tenure/shared/mail.html",
        {
            "mail": found,
            "section": "outbox",
            "sender": str(message["From"] or ""),
            "text": "" if body is None else body.get_content(),
        },
    )
