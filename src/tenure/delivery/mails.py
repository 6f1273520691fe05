"""Lays a notice out as a mail, anew at each try, with the dates that are true at that try.

The plain text and the HTML are two layouts of the same words; what the words are is decided in
``words.notices``. Mails are written as bytes at once: what the library makes of a header or a
part is asked only where something is not plain.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from tenure.delivery.addresses import ascii_domain
from tenure.delivery.letters import html
from tenure.services.notices import Reader, Told, facts_of
from tenure.store.instants import to_datetime
from tenure.store.models import Delivery, Notice
from tenure.words.names import clean
from tenure.words.notice_facts import Reason
from tenure.words.notices import message, plain_text

LONGEST_HEADER = 76
"""Characters of a header's line, its name included."""

BOUNDARY = "=_other_form"
"""What stands between the parts; it cannot occur in them, as they are quoted-printable."""

_PLAIN_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+", re.ASCII)
_PLAIN_TEXT = re.compile(r"[!-~]+( [!-~]+)*")


class Mail(EmailMessage):
    """A mail that is already written; what it is asked is read from the same pieces."""

    source: bytes

    def as_bytes(self, unixfrom: bool = False, policy: Policy[Any] | None = None) -> bytes:
        """Give the mail as it goes over the line; ``policy`` changes nothing any more."""
        return self.source


@dataclass(frozen=True, slots=True)
class _Page:
    """What all readers are given alike who read one language in one zone for one reason."""

    subject: str
    language: str
    parts: list[Message | str]
    body: bytes


@dataclass(slots=True)
class Press:
    """Lays out mails that are told at one instant; what readers are told alike only once."""

    _pages: dict[tuple[UUID, str, str, str], _Page] = field(default_factory=dict)

    def lay_out(self, notice: Notice, delivery: Delivery, told: Told) -> EmailMessage:
        """Give the mail of a notice for one recipient, as of the lifecycle's instant.

        Names from people are made one safe line before they come near a header.
        """
        key = (notice.id, delivery.language, delivery.time_zone, delivery.role)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = _page(notice, delivery, told)
        sender, sender_line = _sender(settings.MAIL_FROM)
        headers = {
            "Subject": page.subject,
            "From": sender_line,
            "To": _recipient(delivery),
            "Date": _date(told.life.at),
            "Message-ID": delivery.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "MIME-Version": "1.0",
            "Content-Type": f'multipart/alternative; boundary="{BOUNDARY}"',
            "Content-Language": page.language,
        }
        mail = Mail(policy=SMTP)
        for name, value in headers.items():
            mail.set_raw(name, sender if name == "From" else value)
        mail.set_payload(page.parts)
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        mail.source = lines.encode() + page.body
        return mail


def _page(notice: Notice, delivery: Delivery, told: Told) -> _Page:
    """Lay out both parts; the one that readers should prefer comes last (RFC 2046, 5.1.4)."""
    reader = Reader(zone=delivery.time_zone, reason=cast(Reason, delivery.role))
    words = message(facts_of(notice, told, reader), delivery.language)
    parts: list[Message | str] = []
    body = []
    for subtype, content in (("plain", plain_text(words)), ("html", html(words))):
        # Quoted-printable: no line is longer than 76 bytes, and the source can still be read.
        quoted = b2a_qp(content.encode())
        part = EmailMessage(policy=SMTP)
        part.set_raw("Content-Type", f'text/{subtype}; charset="utf-8"')
        part.set_raw("Content-Transfer-Encoding", "quoted-printable")
        part.set_payload(quoted.decode("ascii"))
        parts.append(part)
        head = "".join([f"{name}: {value}\r\n" for name, value in part.raw_items()])
        body.append(f"\r\n--{BOUNDARY}\r\n{head}\r\n".encode() + quoted.replace(b"\n", b"\r\n"))
    body.append(f"\r\n--{BOUNDARY}--\r\n".encode())
    return _Page(_subject(words.subject), words.language, parts, b"".join(body))


def _subject(text: str) -> str:
    """Give the header's value: as it is where it is plain, else in encoded words (RFC 2047)."""
    is_plain = _PLAIN_TEXT.fullmatch(text) is not None and "=?" not in text
    if is_plain and len("Subject: ") + len(text) <= LONGEST_HEADER:
        return text
    if is_plain and max(map(len, text.split())) < LONGEST_HEADER // 2:
        header = Header(text, header_name="Subject", maxlinelen=LONGEST_HEADER)
        return header.encode(linesep="\r\n")
    lines = [""]
    room = LONGEST_HEADER - len("Subject: =?utf-8?q??=")
    for character in text:
        quoted = _quoted(character)
        if len(lines[-1]) + len(quoted) > room:  # no character is parted
            lines.append("")
            room = LONGEST_HEADER - len(" =?utf-8?q??=")
        lines[-1] += quoted
    return "\r\n ".join([f"=?utf-8?q?{line}?=" for line in lines])


@lru_cache(maxsize=1024)
def _quoted(character: str) -> str:
    if character == " ":
        return "_"
    if character.isascii() and character.isalnum():
        return character
    return "".join([f"={byte:02X}" for byte in character.encode()])


def _recipient(delivery: Delivery) -> str:
    """Give the header's value. Raises ``ValueError`` for what is no address."""
    name = clean(delivery.name)
    local, domain = ascii_domain(delivery.address)
    address = f"{local}@{domain}"
    if _PLAIN_ADDRESS.fullmatch(address) and ".." not in address and "=?" not in name:
        value = formataddr((name, address))
        if len("To: ") + len(value) <= LONGEST_HEADER:
            return value
    # In its parts: as a whole it would have to be one that the library likes.
    return _folded("To", Address(name, local, domain), SMTP if address.isascii() else SMTPUTF8)[1]


@lru_cache(maxsize=8)
def _sender(given: str) -> tuple[Any, str]:
    name, address = parseaddr(given)
    return _folded("From", Address(clean(name), addr_spec=address), SMTP)


def _folded(name: str, value: Address, policy: Policy[Any]) -> tuple[Any, str]:
    """Give a header as the library reads it, and its value as the library writes it."""
    _, header = SMTP.header_store_parse(name, value)
    return header, header.fold(policy=policy).partition(":")[2].strip()


@lru_cache(maxsize=8)
def _date(at: int) -> str:
    return format_datetime(to_datetime(at))
