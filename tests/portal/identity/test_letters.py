"""Letters on their way: queued with what they tell, handed over by the engine, then emptied."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from tenure.clock import SetClock
from tenure.delivery.relays import Answer
from tenure.engine import letters as postman
from tenure.engine.loop import Engine
from tenure.services import claims, invitations, letters
from tenure.store.models import Letter, OutboxMail
from tests.portal.identity.conftest import ADDRESS, Visitor, browser, links

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
def test_a_subject_arrives_as_it_was_written() -> None:
    """Also a long French one, with every space that does not break and every one that does."""
    clock, relay = SetClock(MONDAY), FakeRelay()
    subject = "Boulangerie d’été\u00a0: «\u202fx\u202f» prise à cœur\u202f; " * 4 + "fin"
    letters.queue(ADDRESS, "fr", subject, "Ici.\n", clock=clock)
    assert _deliver(relay, clock)
    arrived = message_from_bytes(relay.mails[0].as_bytes(), policy=SMTP)
    assert arrived["Subject"] == relay.mails[0]["Subject"] == subject
    assert max(map(len, relay.mails[0].as_bytes().splitlines())) <= 78


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
def test_a_letter_that_was_not_tried_waits_no_longer_for_it() -> None:
    """A relay that rests was asked nothing; what it said before stays to be read."""
    clock = SetClock(MONDAY)
    rests = Answer("deferred", "not tried: it did not answer a moment ago", was_tried=False)
    said = [rests, rests, Answer("deferred", "451 later"), rests, Answer("deferred", "452 full")]
    _queue(clock)
    found = []
    for answer in said:
        _deliver(FakeRelay([answer]), clock)
        letter = Letter.objects.get()
        assert letter.next_try_at is not None
        found.append((letter.tries, letter.answer, letter.next_try_at - clock.now()))
        clock.move_to(letter.next_try_at)
    assert found == [
        *[(0, rests.text, 60)] * 2,
        *[(1, "451 later", 60)] * 2,
        (2, "452 full", 120),
    ]
    assert _deliver(FakeRelay(), clock)


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
@pytest.mark.parametrize(
    ("about", "life"),
    [
        (claims.about(UUID(int=1)), claims.LIFE),
        (f"{invitations.ABOUT}{UUID(int=1)}", invitations.LIFE),
        (letters.RESET, 3600),
    ],
)
def test_a_letter_whose_link_is_good_no_more_is_not_sent(about: str, life: int) -> None:
    """No relay is asked, and its text is emptied; a second earlier it is handed over."""
    clock, relay = SetClock(MONDAY), FakeRelay()
    for after, sent, state in ((life - 1, 1, "sent"), (life, 1, "given_up")):
        clock.move_to(MONDAY)
        letters.queue(ADDRESS, "en", "Tenure", "http://a.test/x\n", clock=clock, about=about)
        clock.move_to(MONDAY + after)
        assert _deliver(relay, clock)
        assert len(relay.mails) == sent
        letter = Letter.objects.latest("id")
        assert (letter.state, letter.text, letter.next_try_at) == (state, "", None)
    assert not _deliver(relay, clock)


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["accepted", "deferred"])
def test_a_letter_may_be_withdrawn_while_it_is_handed_over(outcome: str) -> None:
    """The engine goes on with the next one, and no row comes back."""
    clock = SetClock(MONDAY)

    class Slow(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            letters.withdraw("key-claim:1")
            return super().take(mail, recipient)

    letters.queue(ADDRESS, "en", "First", "a\n", clock=clock, about="key-claim:1")
    clock.move_to(MONDAY + 1)
    letters.queue(ADDRESS, "en", "Second", "b\n", clock=clock)
    relay = Slow([Answer(outcome, "said")])  # type: ignore[arg-type]
    assert _deliver(relay, clock)
    assert [mail["Subject"] for mail in relay.mails] == ["First", "Second"]
    assert [letter.subject for letter in Letter.objects.all()] == ["Second"]


def test_of_two_letters_with_a_link_to_a_new_password_both_are_good(member: Visitor) -> None:
    """Neither replaces the other, so both are sent, but only within the hour of their links."""
    for _ in range(2):
        browser().post("/me/password/reset/", {"email": ADDRESS})
    found = Letter.objects.filter(about=letters.RESET)
    assert found.count() == 2
    for letter in found:
        (link,) = links(letter.text)
        page = browser().get(link, follow=True)
        assert page.context["form"] is not None
        assert "password1" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "reset", "confirm"),
    [
        ("en", "We write to the address that you gave.", "We send a link to your address."),
        ("fr", "Nous écrivons à l’adresse que vous", "Nous envoyons un lien à votre adresse."),
    ],
)
def test_pages_do_not_say_that_a_letter_has_left(language: str, reset: str, confirm: str) -> None:
    """It is queued only, and a relay may refuse for long."""
    visitor = Visitor(browser(accept_language=language))
    path = "/me/password/reset/"
    asked = visitor.client.post(path, {"email": ADDRESS}, follow=True)
    assert reset in asked.content.decode()
    signed_up = visitor.client.post(
        "/me/signup/", {"email": ADDRESS, "password1": visitor.password}, follow=True
    )
    assert confirm in signed_up.content.decode()
    assert set(Letter.objects.values_list("state", flat=True)) == {"queued"}


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
