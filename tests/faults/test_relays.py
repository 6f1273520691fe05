"""Relays that do wrong, on real sockets: what the mails' answers are, and how long they take."""

from __future__ import annotations

import base64
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from tenure.clock import monotonic
from tenure.delivery import queue, relays
from tenure.delivery.addresses import ascii_domain
from tenure.delivery.relays import SmtpRelay
from tests.faults.relay import ScriptedRelay, Talk

SOON = 0.4
"""Seconds that a relay may take for an answer in these tests."""

ANNE, BOB, CHLOE = "anne@example.org", "bob@example.org", "chloe@other.test"


def mail(recipient: str = ANNE, *, text: str = "Your licence ends.\n.\n..two\n") -> EmailMessage:
    found = EmailMessage(policy=SMTP)
    found["Subject"] = "Your licence ends soon – act now"
    found["From"] = Address("Tenure", addr_spec="tenure@example.org")
    found["To"] = Address("A", *ascii_domain(recipient))
    found["Message-ID"] = f"<{recipient.encode().hex()}@tenure.test>"
    found.set_content(text, cte="quoted-printable")
    return found


Start = Callable[..., tuple[ScriptedRelay, SmtpRelay]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a relay with a script, and gives it with the way to it."""
    with ExitStack() as stack:

        def starting(
            script: dict[str, Any] | None = None, *, way: str = "{address}", **more: Any
        ) -> tuple[ScriptedRelay, SmtpRelay]:
            relay = stack.enter_context(ScriptedRelay(script or {}, **more).listening())
            address = way.format(address=relay.address, port=relay.port)
            smtp = SmtpRelay(address, timeout=SOON)
            stack.callback(smtp.close)
            return relay, smtp

        yield starting


def test_mails_go_over_one_kept_connection_and_arrive_as_they_were(start: Start) -> None:
    relay, smtp = start()
    contents = []

    def keep(talk: Talk) -> bytes:
        contents.append(talk.content)
        return b"250 taken"

    relay.script["CONTENT"] = keep
    for recipient in (ANNE, BOB):
        assert smtp.take(mail(recipient), recipient).outcome == "accepted"
    assert [to for to, _ in relay.taken] == [ANNE, BOB]
    assert relay.happened["connections"] == 1
    assert contents[0] == mail().as_bytes().replace(b"\r\n.", b"\r\n..")


# Time


@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_relay_that_never_answers_is_given_up_in_time(start: Start, where: str) -> None:
    """The whole relay is left alone then, or only the domain over which it fell silent."""
    relay, smtp = start({where: Talk.hang})
    began = monotonic()
    answer = smtp.take(mail(), ANNE)
    took = monotonic() - began
    assert answer.outcome == ("lost" if where == "CONTENT" else "deferred")
    assert took < SOON * (relays.BEFORE_CONTENT + relays.AFTER_CONTENT) + 1
    relay.script.clear()
    began = monotonic()
    assert "not tried" in smtp.take(mail(BOB), BOB).text
    assert monotonic() - began < SOON / 2
    is_over_domain = where in ("RCPT", "CONTENT")
    assert smtp.take(mail(CHLOE), CHLOE).outcome == ("accepted" if is_over_domain else "deferred")


def test_a_relay_that_was_left_alone_is_tried_again(start: Start) -> None:
    relay, _ = start({"CONNECT": b"421 not now"})
    now = 0.0
    smtp = SmtpRelay(relay.address, timeout=SOON, rests_by=lambda: now)
    assert "421" in smtp.take(mail(), ANNE).text
    relay.script.clear()
    now = relays.REST - 1
    rests = smtp.take(mail(), ANNE)
    assert "not tried" in rests.text
    assert not rests.was_tried
    now = relays.REST
    assert smtp.take(mail(), ANNE).outcome == "accepted"
    smtp.close()


def test_a_mail_that_is_looked_into_for_long_is_not_given_up_too_soon(start: Start) -> None:
    """To give up means to hand it over twice, so this answer may take some times as long."""

    def slowly(talk: Talk) -> bytes:
        talk.relay.over.wait(SOON * 2)
        return b"250 taken"

    _, smtp = start({"CONTENT": slowly})
    assert smtp.take(mail(), ANNE).outcome == "accepted"


@pytest.mark.parametrize("where", ["CONNECT", "MAIL", "RCPT"])
def test_a_relay_that_trickles_is_as_late_as_one_that_is_silent(start: Start, where: str) -> None:
    _, smtp = start({where: lambda talk: talk.trickle(b"250 " + b"x" * 100 + b"\r\n", SOON / 8)})
    began = monotonic()
    assert smtp.take(mail(), ANNE).outcome == "deferred"
    assert monotonic() - began < SOON * relays.BEFORE_CONTENT + 1


def test_no_mail_outlasts_its_lease() -> None:
    """Another engine would take it over while it is being handed over."""
    from tenure.engine import deliveries

    assert relays.LONGEST_MAIL + deliveries.FRESH < queue.LEASE
    with pytest.raises(ValueError, match="1 to 45"):
        SmtpRelay(f"smtp://relay.test?timeout={relays.LONGEST_TIMEOUT + 1}")


# Connections that break


def test_taken_without_an_answer_is_lost(start: Start) -> None:
    def take_and_drop(talk: Talk) -> None:
        talk.relay.take(talk)
        talk.drop()

    relay, smtp = start({"CONTENT": take_and_drop})
    assert smtp.take(mail(), ANNE).outcome == "lost"
    assert len(relay.taken) == 1


def test_an_answer_that_was_cut_off_counts_for_nothing(start: Start) -> None:
    """`250` without the end of its line may have been the beginning of anything."""

    def half(talk: Talk) -> None:
        talk.connection.sendall(b"250 ta")
        talk.drop()

    _, smtp = start({"CONTENT": half})
    assert smtp.take(mail(), ANNE).outcome == "lost"


def test_a_connection_that_breaks_within_the_content_takes_nothing(start: Start) -> None:
    relay, smtp = start({"IN CONTENT": Talk.drop})
    assert smtp.take(mail(text="long\n" * 50_000), ANNE).outcome == "lost"
    assert relay.taken == []


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_anew(start: Start) -> None:
    relay, smtp = start()
    closed = []

    def then_close(talk: Talk) -> None:
        talk.relay.take(talk)
        talk.connection.sendall(b"250 taken\r\n")
        closed.append(talk)
        talk.drop()

    relay.script["CONTENT"] = then_close
    for recipient in (ANNE, BOB):
        assert smtp.take(mail(recipient), recipient).outcome == "accepted"
    assert relay.happened["connections"] == 2


def test_a_kept_connection_that_says_421_is_opened_anew(start: Start) -> None:
    relay, smtp = start()
    relay.script["MAIL"] = lambda talk: (
        b"421 4.4.2 idle for too long" if talk.relay.happened["MAIL"] == 2 else b"250 ok"
    )
    for recipient in (ANNE, BOB):
        assert smtp.take(mail(recipient), recipient).outcome == "accepted"
    assert relay.happened["connections"] == 2


def test_an_answer_too_many_does_not_count_for_the_next_mail(start: Start) -> None:
    """Every later answer would be one too early, and a refused mail would count as taken."""
    relay, smtp = start({"CONTENT": b"250 taken\r\n250 taken"})
    assert smtp.take(mail(), ANNE).outcome == "accepted"
    relay.script["CONTENT"] = b"451 not now"
    assert smtp.take(mail(BOB), BOB).outcome == "deferred"
    assert [to for to, _ in relay.taken] == [ANNE]


# Refusals


@pytest.mark.parametrize(
    ("where", "said", "outcome"),
    [
        ("CONNECT", b"421 4.3.2 too busy", "deferred"),
        ("CONNECT", b"554 5.7.1 go away", "deferred"),
        ("MAIL", b"550 5.1.8 no such sender", "deferred"),
        ("RCPT", b"550 5.1.1 no such user", "refused"),
        ("RCPT", b"553 no", "refused"),
        ("RCPT", b"451 4.7.1 greylisted", "deferred"),
        ("RCPT", b"550 5.7.1 relaying denied", "deferred"),
        ("RCPT", b"530 authentication required", "deferred"),
        ("RCPT", b"252 cannot verify, but will try", "accepted"),
        ("DATA", b"451 not now", "deferred"),
        ("CONTENT", b"451 not now", "deferred"),
        ("CONTENT", b"554 looks like spam", "deferred"),
        ("CONTENT", b"251 taken, forwarded", "accepted"),
        ("CONTENT", b"taken", "deferred"),
        ("RCPT", b"hello", "deferred"),
    ],
)
def test_what_each_answer_means(start: Start, where: str, said: bytes, outcome: str) -> None:
    """Only a refusal that is about the address strikes the address off."""
    _, smtp = start({where: said})
    answer = smtp.take(mail(), ANNE)
    assert answer.outcome == outcome
    expected = {b"taken": "…", b"hello": "…", b"252": "250"}.get(said[:5].split(b" ")[0])
    assert (expected or said.decode()) in answer.text


def test_the_next_mail_is_not_harmed_by_a_refusal(start: Start) -> None:
    relay, smtp = start(
        {"RCPT": lambda talk: b"550 5.1.1 no" if talk.recipient == ANNE else b"250 ok"}
    )
    assert smtp.take(mail(), ANNE).outcome == "refused"
    assert smtp.take(mail(BOB), BOB).outcome == "accepted"
    assert [to for to, _ in relay.taken] == [BOB]
    assert relay.happened["connections"] == 1


def test_a_greylisting_relay_takes_the_same_mail_later(start: Start) -> None:
    relay, smtp = start()
    relay.script["RCPT"] = lambda talk: (
        b"451 4.7.1 come back" if talk.relay.happened["RCPT"] == 1 else b"250 ok"
    )
    assert smtp.take(mail(), ANNE).outcome == "deferred"
    assert smtp.take(mail(), ANNE).outcome == "accepted"


# What a relay says of itself


def test_a_relay_that_says_it_can_what_it_cannot_gets_plain_mails(start: Start) -> None:
    """Nothing is sent that needs PIPELINING, 8BITMIME or SMTPUTF8 where the address does not."""
    relay, smtp = start(
        {"EHLO": b"250-relay.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 1\r\n250 SMTPUTF8"}
    )
    assert smtp.take(mail(), ANNE).outcome == "accepted"
    assert [line for line in relay.heard if line.startswith(("MAIL", "mail"))] == [
        "mail FROM:<tenure@example.org>"
    ]


def test_an_address_outside_ascii_needs_a_relay_that_takes_it(start: Start) -> None:
    to = "zoë@example.org"
    _, without = start()
    assert without.take(mail(to), to).outcome == "refused"
    relay, able = start({"EHLO": b"250-relay.test\r\n250 SMTPUTF8"})
    assert able.take(mail(to), to).outcome == "accepted"
    assert relay.taken[0][0] == to
    _, lying = start({"EHLO": b"250-relay.test\r\n250 SMTPUTF8", "MAIL": b"555 no SMTPUTF8"})
    assert lying.take(mail(to), to).outcome == "deferred"


def test_a_domain_outside_ascii_goes_in_its_ascii_form(start: Start) -> None:
    relay, smtp = start()
    assert smtp.take(mail("it@bäcker.test"), "it@bäcker.test").outcome == "accepted"
    assert relay.taken[0][0] == "it@xn--bcker-gra.test"


@pytest.mark.parametrize("address", ["a@b\r\nRCPT TO:<stranger@example.org>", "@", "a b@c\0d"])
def test_an_address_that_is_none_brings_nothing_down(start: Start, address: str) -> None:
    relay, smtp = start({"RCPT": lambda t: b"250 ok" if t.recipient == BOB else b"501 5.1.3 no"})
    assert smtp.take(mail(), address).outcome == "refused"
    assert smtp.take(mail(BOB), BOB).outcome == "accepted"
    assert not any("stranger" in line for line in relay.heard)


# TLS


def test_nothing_is_sent_where_tls_was_asked_for_and_is_not_offered(start: Start) -> None:
    relay, smtp = start(way="smtp://me:secret@127.0.0.1:{port}?starttls=1")
    assert smtp.take(mail(), ANNE).outcome == "deferred"
    assert not any(line.lower().startswith(("auth", "mail")) for line in relay.heard)


@pytest.mark.parametrize("way", ["smtp://127.0.0.1:{port}?starttls=1", "smtps://127.0.0.1:{port}"])
def test_nothing_is_sent_to_a_relay_whose_certificate_is_wrong(start: Start, way: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self-signed.pem"))
    implicit = way.startswith("smtps")

    def hands(talk: Talk) -> bytes:
        if implicit:
            talk.connection = context.wrap_socket(talk.connection, server_side=True)
        return b"220 relay.test"

    relay, smtp = start(
        {"EHLO": b"250-relay.test\r\n250 STARTTLS", "CONNECT": hands}, way=way, tls=context
    )
    answer = smtp.take(mail(), ANNE)
    assert answer.outcome == "deferred"
    assert "certificate" in answer.text.lower()
    assert not any(line.lower().startswith("mail") for line in relay.heard)


# What a relay says, and where that stands


@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "MAIL", "RCPT", "CONTENT"])
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"x" * 20_000, id="a long line"),
        pytest.param(b"250-more\r\n" * 4_000 + b"250 ok", id="many lines"),
        pytest.param(b"\0\x1b[31m\xff\xfe 550 \r garbage", id="garbage"),
    ],
)
def test_what_a_relay_says_is_kept_short_and_plain(start: Start, where: str, said: bytes) -> None:
    """PostgreSQL takes no NUL, a terminal no escapes, and nobody a megabyte."""
    _, smtp = start({where: said})
    answer = smtp.take(mail(), ANNE)
    # Where EHLO is not understood, HELO may be.
    assert answer.outcome in ("deferred", "lost") or where == "EHLO"
    assert len(answer.text) <= relays.LONGEST_TEXT
    assert answer.text.isprintable()


def test_a_relay_that_never_ends_its_answer_is_given_up(start: Start) -> None:
    _, smtp = start({"MAIL": lambda talk: talk.flood(b"250-more and more\r\n" * 100)})
    assert smtp.take(mail(), ANNE).outcome == "deferred"


@pytest.mark.parametrize("echo", ["plain", "AUTH"])
def test_a_relay_that_repeats_the_password_does_not_bring_it_into_answers_or_logs(
    start: Start, caplog: pytest.LogCaptureFixture, echo: str
) -> None:
    def repeat(talk: Talk) -> bytes:
        said = "wrong: p%ssw0rd" if echo == "plain" else talk.relay.heard[-1]
        return b"535 5.7.8 " + said.encode()

    _, smtp = start(
        {"EHLO": b"250-relay.test\r\n250 AUTH PLAIN", "AUTH": repeat},
        way="smtp://me:p%25ssw0rd@127.0.0.1:{port}",
    )
    with caplog.at_level(logging.DEBUG):
        answer = smtp.take(mail(), ANNE)
    assert answer.outcome == "deferred"
    for text in (answer.text, caplog.text):
        assert "535" in text
        assert "p%ssw0rd" not in text
        assert base64.b64encode(b"\0me\0p%ssw0rd").decode() not in text


def test_a_relay_that_is_down_is_logged_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    relay, _ = start({"CONNECT": b"421 not now"})
    now = 0.0
    smtp = SmtpRelay(relay.address, timeout=SOON, rests_by=lambda: now)
    for _ in range(5):
        now += relays.REST
        assert "421" in smtp.take(mail(), ANNE).text
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize(
    "address",
    [
        "http://relay.test",
        "smtp://",
        "smtp://me:hush@relay.test:port",
        "smtp://me:hu/sh@relay.test",
        "smtp://me:hush@relay.test?startls=1",
        "smtp://me:hush@relay.test?starttls=yes",
        "smtp://me:hush@relay.test?timeout=soon",
        "smtp://me:hush@relay.test?timeout=nan",
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(address: str) -> None:
    """A mistyped `starttls` must not mean a connection without."""
    with pytest.raises(ValueError, match="a relay is given as") as error:
        SmtpRelay(address)
    assert "hu" not in str(error.value)
