"""Lays a notice out as a mail, anew at each try, with the dates that are true at that try.

The plain text and the HTML are two layouts of the same words; what the words are is decided in
``words.notices``.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import cast

from django.conf import settings

from tenure.delivery.addresses import ascii_domain
from tenure.delivery.letters import html
from tenure.services.notices import Reader, Told, facts_of
from tenure.store.instants import to_datetime
from tenure.store.models import Delivery, Notice
from tenure.words.names import clean
from tenure.words.notice_facts import Reason
from tenure.words.notices import message, plain_text


def lay_out(notice: Notice, delivery: Delivery, told: Told) -> EmailMessage:
    """Give the mail of a notice for one recipient, as of the lifecycle's instant.

    Names from people are made one safe line before they come near a header. The part that
    readers should prefer comes last (RFC 2046, 5.1.4).
    """
    reader = Reader(zone=delivery.time_zone, reason=cast(Reason, delivery.role))
    words = message(facts_of(notice, told, reader), delivery.language)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = words.subject
    name, address = parseaddr(settings.MAIL_FROM)
    mail["From"] = Address(clean(name), addr_spec=address)
    # In its parts: as a whole it would have to be one that the library likes.
    mail["To"] = Address(clean(delivery.name), *ascii_domain(delivery.address))
    mail["Date"] = format_datetime(to_datetime(told.life.at))
    mail["Message-ID"] = delivery.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    # Quoted-printable: no line is longer than 76 bytes, and the source can still be read.
    mail.set_content(plain_text(words), cte="quoted-printable")
    mail.add_alternative(html(words), subtype="html", cte="quoted-printable")
    # Now, as what begins with Content- would have gone into the first part.
    mail["Content-Language"] = words.language
    return mail
