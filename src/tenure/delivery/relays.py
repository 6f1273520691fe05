"""The relays that take mails: an SMTP server, or the built-in outbox of test accounts."""

from __future__ import annotations

import base64
import contextlib
import logging
import math
import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTPUTF8
from threading import Lock
from typing import Any, Literal, Protocol, runtime_checkable
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from django.db.models import F

from tenure.clock import monotonic
from tenure.delivery.addresses import ascii_domain
from tenure.store.models import OutboxMail

log = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds that a relay may take for one whole answer; ``?timeout=`` in its address changes it."""

LONGEST_TIMEOUT = 45.0
"""A mail must not outlast its lease in the queue: see ``LONGEST_MAIL``."""

BEFORE_CONTENT = 2
"""All that comes before the content may take so many time-outs together."""

AFTER_CONTENT = 4
"""The answer to the content may take so many: relays look into a mail before they take it, and
to give up too soon means to hand it over twice."""

LONGEST_MAIL = LONGEST_TIMEOUT * (BEFORE_CONTENT + AFTER_CONTENT)
"""Seconds that a relay can make one mail last."""

REST = 60.0
"""Seconds for which a relay is left alone that could not be reached or fell silent."""

DOMAIN_REST = 300.0
"""Seconds for which mails to a domain are put off after the relay fell silent over one of them."""

CONNECTIONS = 4
"""So many mails may be on their way to a relay at once; ``?connections=`` changes it."""

MOST_CONNECTIONS = 20

LONGEST_ANSWER = 16_384
"""Bytes of one answer that are read; who says more is no relay."""

LONGEST_TEXT = 500
"""Characters of an answer that are kept."""

FORM = (
    "a relay is given as smtp://host:port or smtps://host:port, with user:password@ before the "
    f"host where it asks for them; ?starttls=1, &timeout=20 (1 to {LONGEST_TIMEOUT:.0f} "
    f"seconds) and &connections={CONNECTIONS} (1 to {MOST_CONNECTIONS}) may follow"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay said of one mail for one recipient.

    ``accepted``: it has taken it. ``refused``: it never will, for this address. ``deferred``: not
    now. ``lost``: the connection broke after the mail was given, before the answer came; it may
    have been taken. ``was_tried``: whether anything was asked of the relay; what was not tried
    makes nobody wait longer.
    """

    outcome: Literal["accepted", "refused", "deferred", "lost"]
    text: str
    was_tried: bool = True


class Relay(Protocol):
    """Takes one mail for one recipient."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Hand a mail over; never raises."""
        ...

    def close(self) -> None:
        """End what is kept open between mails."""
        ...


@runtime_checkable
class ManyHanded(Protocol):
    """A relay that takes several mails at once: one by each hand, each in a thread of its own."""

    def hands(self) -> Sequence[Relay]:
        """Give the hands; they are closed with the relay."""
        ...


def hands_of(relay: Relay) -> Sequence[Relay]:
    """Give the hands of a relay: itself alone where it takes one mail after the other."""
    return relay.hands() if isinstance(relay, ManyHanded) else [relay]


@dataclass(slots=True)
class _Quiet:
    """What the hands of a relay know of its silences, each from the others too."""

    until: dict[str, float] = field(default_factory=dict)
    """Until when a domain is left alone; the empty one stands for the whole relay."""
    failed: bool = False
    lock: Lock = field(default_factory=Lock)

    def is_left_alone(self, place: str, now: float) -> bool:
        """Whether nothing is tried there now."""
        return now < self.until.get(place, -math.inf)

    def rest(self, place: str, seconds: float, now: float) -> None:
        """Leave a place alone from now on."""
        with self.lock:
            self.until = {where: until for where, until in self.until.items() if until > now}
            self.until[place] = now + seconds


class SmtpRelay:
    """An SMTP server; the connection is kept between mails, and so are those of its hands.

    ``address``: ``smtp://user:password@host:port``, ``smtps://…``, or ``smtp://…?starttls=1``.
    With TLS its certificate must be right; where TLS is asked for, nothing is sent without it.
    Raises ``ValueError`` for another form.

    A relay that hangs must hold up neither the engine nor what it would take. After a silence it
    is left alone for a while, or only mails to the domain over which it fell silent are put off;
    ``rests_by`` gives the seconds by which that while is measured.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float | None = None,
        rests_by: Callable[[], float] = monotonic,
    ) -> None:
        try:
            parts = urlsplit(address)
            port = parts.port
            options = parse_qs(parts.query, keep_blank_values=True)
            asked = float(options.pop("timeout", [str(TIMEOUT)])[-1])
            starttls = options.pop("starttls", ["0"])[-1]
            connections = int(options.pop("connections", [str(CONNECTIONS)])[-1])
        except ValueError:  # its own words could hold a part of the password
            raise ValueError(FORM) from None
        if (
            parts.scheme not in ("smtp", "smtps")
            or not parts.hostname
            or not 1 <= asked <= LONGEST_TIMEOUT
            or not 1 <= connections <= MOST_CONNECTIONS
            or starttls not in ("0", "1")
            or options  # a mistyped starttls must not mean none
        ):
            raise ValueError(FORM)
        self._implicit_tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = port or (465 if self._implicit_tls else 25)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = starttls == "1" and not self._implicit_tls
        self._timeout = asked if timeout is None else timeout
        self._rests_by = rests_by
        self._connection: _Patient | None = None
        self._own_name: str | None = None
        self._quiet = _Quiet()
        self._connections = connections
        self._others: list[SmtpRelay] = []

    def hands(self) -> Sequence[Relay]:
        """Give as many hands as it may have connections; this one is the first."""
        while len(self._others) < self._connections - 1:
            other = copy(self)
            other._connection, other._others, other._connections = None, [], 1
            self._others.append(other)
        return [self, *self._others]

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        """Hand a mail over; a kept connection that has gone stale is opened anew, once."""
        domain = recipient.rpartition("@")[2].lower()
        for place in ("", domain):
            if self._quiet.is_left_alone(place, self._rests_by()):
                said = "not tried: the relay did not answer a moment ago"
                return Answer("deferred", said, was_tried=False)
        until = monotonic() + BEFORE_CONTENT * self._timeout
        kept = self._connection is not None
        try:
            return self._give(mail, recipient, domain, until)
        except _Broken as broken:
            if not (kept and broken.is_stale):
                return broken.answer
        try:
            return self._give(mail, recipient, domain, until)
        except _Broken as broken:
            return broken.answer

    def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        for other in self._others:
            other.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.expect(monotonic() + min(self._timeout, 2.0))
                connection.quit()
            connection.close()

    def _give(self, mail: EmailMessage, recipient: str, domain: str, until: float) -> Answer:
        try:
            connection = self._connected(until)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._drop()
            self._rest("", REST)
            answer = Answer("deferred", self._say(error))
            if not self._quiet.failed:
                log.warning("the relay cannot be used: %s", answer.text)
            self._quiet.failed = True
            return answer
        self._quiet.failed = False
        connection.expect(until, self._timeout)
        place = ""
        try:
            address, as_utf8 = _spoken(recipient, connection)
            content = mail.as_bytes(policy=SMTPUTF8 if as_utf8 else None)
            sender = mail["From"].addresses[0].addr_spec
            code, text = connection.sender(sender, as_utf8=as_utf8)
            if code // 100 != 2:
                return self._after(connection, "deferred", code, text)
            place = domain
            code, text = connection.recipient(address)
            if code // 100 != 2:
                is_final = code // 100 == 5 and not _is_about_us(code, text)
                return self._after(connection, "refused" if is_final else "deferred", code, text)
            place = ""
            code, text = connection.docmd("data")
            if code != 354:
                return self._after(connection, "deferred", code, text)
        except (OSError, smtplib.SMTPException) as error:
            raise self._broken(error, place) from error
        except (ValueError, LookupError) as error:
            self._drop()
            return Answer("refused", self._say(error))
        connection.expect(monotonic() + AFTER_CONTENT * self._timeout)
        try:
            connection.send(_quoted(content))
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # The content may have been given: it is open what became of it.
            broken = self._broken(error, domain)
            return Answer("lost", broken.answer.text)
        if code // 100 == 2:
            return Answer("accepted", self._words(code, text))
        return self._after(connection, "deferred", code, text)

    def _connected(self, until: float) -> _Patient:
        if self._connection is None:
            if self._own_name is None:  # asks the resolver, which may be slow: once is enough
                self._own_name = smtplib.SMTP().local_hostname
            make = _PatientWithTls if self._implicit_tls else _Patient
            connection = make(self._host, self._port, self._own_name, self._timeout, until)
            self._connection = connection
            if self._starttls:
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
            connection.ehlo_or_helo_if_needed()
        return self._connection

    def _after(
        self,
        connection: _Patient,
        outcome: Literal["refused", "deferred"],
        code: int,
        text: bytes,
    ) -> Answer:
        """Make the connection ready for the next mail, or open a new one then."""
        answer = Answer(outcome, self._words(code, text))
        if code == 421:
            self._drop()
            raise _Broken(answer, is_stale=True)
        try:
            ready = code >= 400 and connection.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            ready = False
        if not ready:
            self._drop()
        return answer

    def _broken(self, error: Exception, place: str) -> _Broken:
        """Give up the connection; who fell silent is left alone for a while."""
        self._drop()
        is_silence = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        if is_silence:
            self._rest(place, DOMAIN_REST if place else REST)
        return _Broken(Answer("deferred", self._say(error)), is_stale=not is_silence)

    def _rest(self, place: str, seconds: float) -> None:
        self._quiet.rest(place, seconds, self._rests_by())

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _say(self, error: Exception) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            text = error.smtp_error
            said = text if isinstance(text, bytes) else str(text).encode()
            return self._words(error.smtp_code, said)
        return self._line(f"{type(error).__name__}: {error}")

    def _words(self, code: int, text: bytes) -> str:
        # Without a code, smtplib cut the first letters off as if there was one.
        number = f"{code} " if code >= 0 else "no answer of a relay: …"
        return self._line(number + text.decode(errors="replace"))

    def _line(self, text: str) -> str:
        """Make what a stranger said one short line without controls and without our password."""
        if self._password:
            both = f"\0{self._user}\0{self._password}"
            for secret in (both, self._password):
                text = text.replace(base64.b64encode(secret.encode()).decode(), "***")
            text = text.replace(self._password, "***")
        line = "".join(c if c.isprintable() else " " for c in text[: LONGEST_TEXT * 4])
        return " ".join(line.split())[:LONGEST_TEXT]


class _Broken(Exception):
    """The connection broke before the content was given.

    ``is_stale``: it may have been the connection's age; a new one is worth a try.
    """

    def __init__(self, answer: Answer, *, is_stale: bool) -> None:
        super().__init__(answer.text)
        self.answer = answer
        self.is_stale = is_stale


class _Patient(smtplib.SMTP):
    """Waits for whole answers, not for bytes: who trickles is as late as who is silent."""

    def __init__(self, host: str, port: int, own_name: str, timeout: float, until: float) -> None:
        self._lines: _Lines | None = None
        self.expect(until, timeout)
        super().__init__(host, port, local_hostname=own_name, timeout=timeout)

    def expect(self, until: float, each: float = math.inf) -> None:
        """Allow what follows until then, by the monotonic clock; so many seconds ``each``."""
        self._until = until
        self._each = each

    def sender(self, address: str, *, as_utf8: bool) -> tuple[int, bytes]:
        """Begin a mail; the address is one already, and is not read as a header once more."""
        if as_utf8:
            self.command_encoding = "utf-8"
        return self.docmd("mail", f"FROM:<{address}>{' SMTPUTF8' if as_utf8 else ''}")

    def recipient(self, address: str) -> tuple[int, bytes]:
        """Say where the mail goes."""
        return self.docmd("rcpt", f"TO:<{address}>")

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer. Raises what ``smtplib`` raises."""
        if self.sock is not None and (self._lines is None or self._lines.socket is not self.sock):
            self._lines = _Lines(self.sock)
        if self._lines is not None:
            self.file = self._lines
            self._lines.expect(min(self._until, monotonic() + self._each))
        return super().getreply()

    def send(self, s: Any) -> None:
        """Send a command or the content; not to somebody who has spoken out of turn.

        The answer that waits would be taken for that to what is sent now, and every following
        one for the next: a mail would count as accepted that never was.
        """
        if self._lines is not None and self._lines.socket is self.sock and self._lines.has_more():
            self.close()
            raise smtplib.SMTPServerDisconnected("the relay spoke out of turn, or hung up")
        if self.sock is not None:
            self.sock.settimeout(max(0.01, min(self._until - monotonic(), self._each)))
        super().send(s)


class _PatientWithTls(_Patient):
    """The same over TLS from the first byte, with the certificate checked."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except Exception:
            plain.close()
            raise


class _Lines:
    """Reads lines from a socket until an instant, and no more than an answer may have."""

    def __init__(self, socket: socket.socket) -> None:
        self.socket = socket
        self._read = b""
        self._left = 0
        self._until = 0.0

    def expect(self, until: float) -> None:
        """Begin an answer that must be whole by then, by the monotonic clock."""
        self._until = until
        self._left = LONGEST_ANSWER

    def readline(self, limit: int) -> bytes:
        """Give a whole line, or nothing where the connection ended. Raises ``OSError``."""
        while b"\n" not in self._read and len(self._read) < limit:
            remaining = self._until - monotonic()
            if remaining <= 0:
                raise TimeoutError("timed out")
            self.socket.settimeout(remaining)
            more = self.socket.recv(4096)
            if not more:
                return b""
            self._read += more
        line = self._read[: self._read.find(b"\n") + 1 or limit]
        self._read = self._read[len(line) :]
        self._left -= len(line)
        if self._left < 0:
            raise OSError("the answer is too long")
        return line

    def has_more(self) -> bool:
        """Whether something waits to be read, or the other end hung up."""
        if self._read:
            return True
        if isinstance(self.socket, ssl.SSLSocket):
            return False  # what waits there may be TLS's own
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Forget what was read; the socket is the connection's."""
        self._read = b""


def _spoken(recipient: str, connection: smtplib.SMTP) -> tuple[str, bool]:
    """Give the address as it is told the relay, and whether that takes SMTPUTF8.

    Raises ``ValueError`` for one that this relay can never be told.
    """
    address = "@".join(ascii_domain(recipient))
    if address.isascii():
        return address, False
    if connection.has_extn("smtputf8"):
        return address, True
    raise ValueError("the relay takes no addresses with letters outside ASCII")


def _is_about_us(code: int, text: bytes) -> bool:
    """Whether a refusal for good is about this installation and not about the address.

    A relay that wants a password, or does not relay for us, refuses every address; were these
    struck off, nothing would be tried again when the operator has put it right.
    """
    return code in (502, 503, 530, 535, 538) or re.match(rb"5\.[57]\.\d", text) is not None


def _quoted(content: bytes) -> bytes:
    """Give a mail's content as it goes over the line, with its end."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"


class Outbox:
    """The built-in outbox of test accounts: it takes everything, and nothing leaves it."""

    def __init__(self, company_id: UUID | None, language: str, at: int) -> None:
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
