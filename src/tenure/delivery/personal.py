"""Lays a letter to a person out as a mail: plain text, as it was written when it was queued."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings

from tenure.delivery.addresses import ascii_domain
from tenure.delivery.mails import subject
from tenure.store.instants import to_datetime
from tenure.store.models import Letter
from tenure.words.names import clean


def lay_out(letter: Letter) -> EmailMessage:
    """Give the mail. Raises ``ValueError`` for what is no address.

    ``Message-ID`` comes from the letter, so that one handed over twice can be recognised.
    """
    sender, sender_address = parseaddr(settings.MAIL_FROM)
    local, domain = ascii_domain(letter.address)
    mail = EmailMessage(policy=SMTP)
    mail.set_raw("Subject", subject(letter.subject))  # with its no-break spaces
    mail["From"] = Address(clean(sender) if sender else "", addr_spec=sender_address)
    mail["To"] = Address("", local, domain)
    mail["Date"] = format_datetime(to_datetime(letter.created_at))
    mail["Message-ID"] = f"<letter-{letter.id}@{settings.MAIL_DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = letter.language
    mail.set_content(letter.text, cte="quoted-printable")
    return mail
