"""Lays a notice out as a mail, anew at each try, with the dates that are true at that try.

The plain text and the HTML are two layouts of the same words; what the words are is decided in
``words.notices``. Mails are written as bytes at once: what the library makes of a header or a
part is asked only where something is not plain.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr, quote
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

FOLD = "\r\n "
"""What parts the lines of one header."""

LONGEST_NAME = 60
"""Characters of a name that stands on a line as it is."""

_PLAIN_TEXT = re.compile(r"[!-~]+( [!-~]+)*")
_PHRASE = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+( [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LOCAL = re.compile(r'[^\s\x00-\x20\x7f()<>\[\]:;@\\,"]+|"[^\x00-\x1f\x7f"\\]+"')
_DOMAIN = re.compile(r"[^\s\x00-\x20\x7f()<>@\\,;\"]+")


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
            "To": _mailbox("To", delivery.name, delivery.address),
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
    return _Page(subject(words.subject), words.language, parts, b"".join(body))


def subject(text: str) -> str:
    """Give the header's value: as it is where it is plain, else in encoded words (RFC 2047).

    The library loses some of the spaces of a long one that is not plain.
    """
    is_plain = _PLAIN_TEXT.fullmatch(text) is not None and "=?" not in text
    if is_plain and len("Subject: ") + len(text) <= LONGEST_HEADER:
        return text
    if is_plain and max(map(len, text.split())) < LONGEST_HEADER // 2:
        lines = [""]
        room = LONGEST_HEADER - len("Subject:")
        for word in text.split():
            if len(lines[-1]) + 1 + len(word) > room:
                lines.append("")
                room = LONGEST_HEADER
            lines[-1] += f" {word}"
        return "\r\n".join(lines)[1:]
    return _encoded(text, len("Subject: "))


def _mailbox(header: str, name: str, address: str) -> str:
    """Give the value of a header that names one reader or sender, not through the library.

    It refuses some addresses that relays take, and folds some long names into others. Raises
    ``ValueError`` for what can be no address.
    """
    local, domain = ascii_domain(address)
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise ValueError("this is no address")
    start = len(header) + 2
    named = clean(name)
    if "=?" in named or not named.isascii() or len(named) > LONGEST_NAME:
        named = _encoded(named, start)
    elif not _PHRASE.fullmatch(named):
        named = f'"{quote(named)}"'
    last = named.rpartition("\r\n")[2]
    before = start if last == named else 0
    fits = before + len(last) + len(f" <{local}@{domain}>") <= LONGEST_HEADER
    return f"{named}{' ' if fits else FOLD}<{local}@{domain}>"


def _encoded(text: str, start: int) -> str:
    """Write a text in encoded words (RFC 2047); ``start`` characters stand before it."""
    lines = [""]
    room = LONGEST_HEADER - start - len("=?utf-8?q??=")
    for character in text:
        quoted = _quoted(character)
        if len(lines[-1]) + len(quoted) > room:  # no character is parted
            lines.append("")
            room = LONGEST_HEADER - len(" =?utf-8?q??=")
        lines[-1] += quoted
    return FOLD.join([f"=?utf-8?q?{line}?=" for line in lines])


@lru_cache(maxsize=1024)
def _quoted(character: str) -> str:
    if character == " ":
        return "_"
    if character.isascii() and character.isalnum():
        return character
    return "".join([f"={byte:02X}" for byte in character.encode()])


@lru_cache(maxsize=8)
def _sender(given: str) -> tuple[Any, str]:
    """Give the header as the library reads it, and its value as it is written."""
    value = _mailbox("From", *parseaddr(given))
    return SMTP.header_fetch_parse("From", value), value


@lru_cache(maxsize=8)
def _date(at: int) -> str:
    return format_datetime(to_datetime(at))
