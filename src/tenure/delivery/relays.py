"""The relays that take mails: an SMTP server, or the built-in outbox of test accounts."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from django.db.models import F

from tenure.store.models import OutboxMail

TIMEOUT = 30.0
"""Seconds that a relay may take for one answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay said of one mail for one recipient.

    ``accepted``: it has taken it. ``refused``: it never will, for this address. ``deferred``: not
    now. ``lost``: the connection broke after the mail was given, before the answer came; it may
    have been taken.
    """

    outcome: Literal["accepted", "refused", "deferred", "lost"]
    text: str


class Relay(Protocol):
    """Takes one mail for one recipient."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Hand a mail over; never raises."""
        ...

    def close(self) -> None:
        """End what is kept open between mails."""
        ...


class SmtpRelay:
    """An SMTP server; the connection is kept between mails.

    ``address``: ``smtp://user:password@host:port``, ``smtps://…``, or ``smtp://…?starttls=1``.
    Raises ``ValueError`` for another form.
    """

    def __init__(self, address: str, *, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a relay is given as smtp://host:port or smtps://host:port")
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._implicit_tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = parse_qs(parts.query).get("starttls") == ["1"]
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Hand a mail over; a kept connection that has gone stale is opened anew, once."""
        kept = self._connection is not None
        try:
            return self._give(mail, recipient)
        except _Stale:
            if kept:
                with contextlib.suppress(_Stale):
                    return self._give(mail, recipient)
            return Answer("deferred", "the relay closed the connection")

    def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def _give(self, mail: EmailMessage, recipient: str) -> Answer:
        try:
            connection = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer("deferred", _say(error))
        try:
            sender = mail["From"].addresses[0].addr_spec
            code, text = connection.mail(sender)
            if code != 250:
                return self._after(connection, Answer("deferred", _answer(code, text)))
            code, text = connection.rcpt(recipient)
            if code not in (250, 251):
                outcome: Literal["refused", "deferred"] = "refused" if code >= 500 else "deferred"
                return self._after(connection, Answer(outcome, _answer(code, text)))
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise _Stale from error
        try:
            code, text = connection.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:
            return self._after(connection, Answer("deferred", _say(error)))
        except (OSError, smtplib.SMTPException) as error:
            # The content may have been given: it is open what became of it.
            self._drop()
            return Answer("lost", _say(error))
        if code == 250:
            return Answer("accepted", _answer(code, text))
        return self._after(connection, Answer("deferred", _answer(code, text)))

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            make = smtplib.SMTP_SSL if self._implicit_tls else smtplib.SMTP
            connection = make(self._host, self._port, timeout=self._timeout)
            self._connection = connection
            if self._starttls:
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
            connection.ehlo_or_helo_if_needed()
        return self._connection

    def _after(self, connection: smtplib.SMTP, answer: Answer) -> Answer:
        """Make the connection ready for the next mail."""
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        return answer

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Stale(Exception):
    """The connection broke before the mail was given."""


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _answer(code: int, text: bytes) -> str:
    return f"{code} {text.decode(errors='replace')}"[:500]


class Outbox:
    """The built-in outbox of test accounts: it takes everything, and nothing leaves it."""

    def __init__(self, company_id: UUID, language: str, at: int) -> None:
        self._company_id = company_id
        self._language = language
        self._at = at

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Keep the mail; one that is handed over again replaces the first and is counted."""
        kept, is_new = OutboxMail.objects.get_or_create(
            message_id=str(mail["Message-ID"]),
            defaults={
                "company_id": self._company_id,
                "recipient": recipient,
                "subject": str(mail["Subject"])[:500],
                "language": self._language,
                "source": mail.as_string(),
                "handed_over_at": self._at,
            },
        )
        if not is_new:
            OutboxMail.objects.filter(pk=kept.pk).update(times=F("times") + 1)
        return Answer("accepted", "250 kept in the outbox")

    def close(self) -> None:
        """Keep nothing open."""
