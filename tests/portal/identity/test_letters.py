"""Letters on their way: queued with what they tell, handed over by the engine, then emptied."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from tenure.clock import SetClock
from tenure.delivery.relays import Answer
from tenure.engine import letters as postman
from tenure.engine.loop import Engine
from tenure.services import letters
from tenure.store.models import Letter, OutboxMail
from tests.portal.identity.conftest import ADDRESS, Visitor

MONDAY = 1_795_500_000


@dataclass
class FakeRelay:
    """Answers what it is told to, and keeps what it was given."""

    answers: list[Answer] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        self.mails.append(mail)
        return self.answers.pop(0) if self.answers else Answer("accepted", "250 ok")

    def close(self) -> None:
        pass


def _queue(clock: SetClock) -> None:
    letters.queue(ADDRESS, "en", "Tenure: a link", "Here:\n\nhttp://a.test/secret\n", clock=clock)


def _deliver(relay: FakeRelay | None, clock: SetClock) -> bool:
    return postman.deliver(relay, lambda tries: 60 * tries, clock)


@pytest.mark.django_db
def test_a_letter_that_was_taken_is_emptied() -> None:
    """The relay gets it whole, once; what stays is that it was sent."""
    clock, relay = SetClock(MONDAY), FakeRelay()
    _queue(clock)
    assert _deliver(relay, clock)
    assert not _deliver(relay, clock)
    (mail,) = relay.mails
    assert mail["To"] == ADDRESS
    assert "http://a.test/secret" in mail.get_content()
    letter = Letter.objects.get()
    assert (letter.state, letter.text, letter.tries) == ("sent", "", 1)


@pytest.mark.django_db
def test_a_letter_is_tried_again_later_and_later() -> None:
    """A relay that cannot now is asked again after the wait; the Message-ID stays."""
    clock = SetClock(MONDAY)
    relay = FakeRelay([Answer("deferred", "451 later"), Answer("lost", "gone")])
    _queue(clock)
    for at, tried in ((0, True), (59, False), (60, True), (179, False), (180, True)):
        clock.move_to(MONDAY + at)
        assert _deliver(relay, clock) is tried, at
    assert len({mail["Message-ID"] for mail in relay.mails}) == 1
    assert Letter.objects.get().state == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "after", "state"),
    [("refused", 0, "refused"), ("deferred", 86_400, "given_up"), ("deferred", 86_399, "queued")],
)
def test_a_letter_that_goes_nowhere_is_emptied(outcome: str, after: int, state: str) -> None:
    """Refused at once, or given up after a day; until then it is kept."""
    clock = SetClock(MONDAY)
    _queue(clock)
    clock.move_to(MONDAY + after)
    _deliver(FakeRelay([Answer(outcome, "no")]), clock)  # type: ignore[arg-type]
    letter = Letter.objects.get()
    assert letter.state == state
    assert (letter.text == "") is (state != "queued")


@pytest.mark.django_db
def test_a_letter_waits_where_there_is_no_relay() -> None:
    """It is kept until the operator names one, for a day."""
    clock = SetClock(MONDAY)
    _queue(clock)
    _deliver(None, clock)
    assert Letter.objects.get().answer == "no relay is configured"


@pytest.mark.django_db(transaction=True)
def test_a_letter_shares_the_fate_of_what_it_tells() -> None:
    """Where the transaction is undone, nothing is sent."""
    clock = SetClock(MONDAY)

    def undone() -> None:
        with transaction.atomic():
            _queue(clock)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert not _deliver(FakeRelay(), clock)


def test_in_demo_mode_letters_stand_in_the_outbox(ada: Visitor, settings: Settings) -> None:
    """The engine's own loop puts them there; the page shows them, and no relay is asked."""
    settings.DEMO = True
    ada.sign_up()
    relay = FakeRelay()
    Engine(SetClock(MONDAY), relay).run_until_idle()
    assert not relay.mails
    mail = OutboxMail.objects.get()
    assert mail.company is None
    page = ada.client.get(f"/outbox/{mail.id}/?as=text")
    assert "confirm-email" in page.content.decode()
    assert mail.subject in ada.client.get("/outbox/").content.decode()
    assert Letter.objects.get().text == ""
