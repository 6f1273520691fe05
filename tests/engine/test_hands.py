"""Several mails on their way at once: each is answered once, and a silent relay gets but one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from threading import Event, Lock

import pytest

from tenure.delivery.relays import Answer, Relay
from tenure.engine.hands import Hands

ACCEPTED = Answer("accepted", "250 taken")
SILENT = Answer("deferred", "TimeoutError: timed out")


class Slow:
    """A relay of four hands that answers when it is told to."""

    def __init__(self) -> None:
        self.go = Event()
        self.answer = ACCEPTED
        self.taken: list[str] = []
        self.under_way = 0
        self._lock = Lock()

    def hands(self) -> Sequence[Relay]:
        return [self] * 4

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        with self._lock:
            self.under_way += 1
            self.taken.append(recipient)
        assert self.go.wait(10)
        with self._lock:
            self.under_way -= 1
        return self.answer

    def close(self) -> None:
        """Nothing is kept open."""


@pytest.fixture
def relay() -> Slow:
    return Slow()


@pytest.fixture
def hands(relay: Slow) -> Iterator[Hands[str]]:
    given: Hands[str] = Hands(relay)
    yield given
    relay.go.set()
    given.close()


def give(hands: Hands[str], name: str, begin_by: float = math.inf) -> None:
    hands.give(EmailMessage(), f"{name}@{name}.test", name, begin_by)


def room(hands: Hands[str]) -> bool:
    """Whether another mail may be given at once."""
    return not hands.is_full


def all_answers(hands: Hands[str]) -> list[tuple[str, Answer | None]]:
    found: list[tuple[str, Answer | None]] = []
    while len(hands):
        found += hands.answers(waits=10)
    return found


def test_one_mail_goes_first_and_several_after_an_answer(hands: Hands[str], relay: Slow) -> None:
    """The second must wait for the first answer; then more are on their way at once."""
    give(hands, "first")
    assert not room(hands)
    relay.go.set()
    assert all_answers(hands) == [("first", ACCEPTED)]
    relay.go.clear()
    give(hands, "second")
    assert room(hands)
    give(hands, "third")
    assert not room(hands)
    while relay.under_way < 2:
        assert not list(hands.answers(waits=0.01))
    relay.go.set()
    assert sorted(all_answers(hands)) == [("second", ACCEPTED), ("third", ACCEPTED)]


def test_a_relay_that_falls_silent_gets_one_mail_again(hands: Hands[str], relay: Slow) -> None:
    relay.go.set()
    for name in ("first", "second", "third"):
        give(hands, name)
        assert all_answers(hands) == [(name, ACCEPTED)]
    relay.answer = SILENT
    give(hands, "fourth")
    assert all_answers(hands) == [("fourth", SILENT)]
    relay.go.clear()
    give(hands, "fifth")
    assert not room(hands)


def test_a_domain_that_has_not_answered_gets_one_mail(hands: Hands[str], relay: Slow) -> None:
    """Others go on meanwhile; its second mail goes once the first was answered."""
    relay.go.set()
    for name in ("first", "second"):
        give(hands, name)
        all_answers(hands)
    relay.go.clear()
    for to in ("anne@martin.test", "bob@Martin.test", "chloe@other.test"):
        hands.give(EmailMessage(), to, to, math.inf)
    while relay.under_way < 2:
        assert not list(hands.answers(waits=0.01))
    assert relay.taken[2:] in (
        ["anne@martin.test", "chloe@other.test"],
        ["chloe@other.test", "anne@martin.test"],
    )
    relay.go.set()
    assert len(all_answers(hands)) == 3
    assert relay.taken[-1] == "bob@Martin.test"


def test_a_mail_that_waited_too_long_is_not_begun(hands: Hands[str], relay: Slow) -> None:
    """Its lease could run out while it is on its way: another engine would send it, too."""
    relay.go.set()
    give(hands, "late", begin_by=-math.inf)
    assert all_answers(hands) == [("late", None)]
    assert relay.taken == []


def test_a_hand_that_fails_answers_for_its_mail(hands: Hands[str], relay: Slow) -> None:
    """One mail that cannot be handed over does not stop the others."""
    relay.taken = None  # type: ignore[assignment]  # so that taking raises
    give(hands, "first")
    ((name, answer),) = all_answers(hands)
    assert name == "first"
    assert answer is not None
    assert answer.outcome == "deferred"
