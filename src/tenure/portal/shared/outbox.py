"""The outbox: mails of test accounts, as their readers see them."""

from __future__ import annotations

import re
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

from csp.decorators import csp, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tenure.portal.shared.doors import of_the_outbox
from tenure.portal.shared.readers import missing_is_404
from tenure.services import histories
from tenure.store.models import OutboxMail

VIEWS = {
    "mail": gettext_lazy("As on this screen"),
    "light": gettext_lazy("Light"),
    "dark": gettext_lazy("Dark"),
    "telephone": gettext_lazy("Telephone"),
    "text": gettext_lazy("Plain text"),
}
"""The ways in which a mail can be looked at."""

SCHEMES = ("light", "dark")

LETTER_POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
"""What a mail may do: carry its own styles, and open its link in a window. Nothing is fetched."""


@require_safe
@of_the_outbox
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # it knows no arguments
@missing_is_404
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one mail in one of the ways in which readers see it."""
    found = histories.mail(mail_id)
    message = _message(found)
    views = VIEWS if _part(message, "html") else {"text": VIEWS["text"]}
    asked = request.GET.get("as", "")
    return render(
        request,
        "tenure/shared/mail.html",
        {
            "mail": found,
            "section": "outbox",
            "sender": str(message["From"] or ""),
            "views": views.items(),
            "view": asked if asked in views else next(iter(views)),
            "schemes": SCHEMES,
            "text": _part(message, "plain"),
        },
    )


@require_safe
@of_the_outbox
@csp(LETTER_POLICY)  # type: ignore[arg-type]  # it knows no arguments
@xframe_options_sameorigin
@missing_is_404
def letter(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Give the HTML of a mail by itself; with ``scheme``, as on a light or a dark screen."""
    page = _part(_message(histories.mail(mail_id)), "html")
    if not page:
        raise Http404("this mail has no HTML")
    scheme = request.GET.get("scheme", "")
    response = HttpResponse(_on_screen(page, scheme) if scheme in SCHEMES else page)
    # A page in a sandbox that asks for a group of its own is not shown at all.
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


def _message(found: OutboxMail) -> EmailMessage:
    return message_from_string(found.source, policy=default)


def _part(message: EmailMessage, subtype: str) -> str:
    """Give the text of a part; nothing where the mail has none."""
    body = message.get_body(preferencelist=(subtype,))
    return "" if body is None else str(body.get_content())


def _on_screen(page: str, scheme: str) -> str:
    """Let the styles for dark screens hold always, or never."""
    media = "all" if scheme == "dark" else "not all"
    page = page.replace("@media (prefers-color-scheme: dark)", f"@media {media}")
    return re.sub(r'((?:color-schemes?: |content="))light dark(?=[;"])', rf"\1{scheme}", page)
