"""Answers are recorded together, each at its own instant, and none takes another with it."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.delivery.relays import Answer
from tenure.engine import deliveries
from tenure.engine.loop import Engine
from tenure.services import catalogue, companies, licences
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Contact, Delivery, Notice
from tests.engine.conftest import FakeRelay

pytestmark = pytest.mark.django_db

COMPANIES = 5


@pytest.fixture
def engine(clock: SetClock) -> Engine:
    """Several companies fell to grace just now; the mails of each to two readers are queued."""
    catalogue.ensure_default()
    for i in range(COMPANIES):
        company = companies.create(name=f"Company {i}", clock=clock, who="test")
        for name in ("anne", "bob"):
            companies.add_contact(
                company, address=f"{name}{i}@example.org", role=Contact.Role.OWNER
            )
        new = NewLicence(COS, 3, clock.now(), clock.now() + 60 * DAY)
        licences.add(company.id, new, clock=clock, who="test")
    engine = Engine(clock, FakeRelay())
    engine.run_until_idle()
    clock.move_to(clock.now() + 60 * DAY)
    engine.step()
    return engine


def relay_of(engine: Engine) -> FakeRelay:
    assert isinstance(engine.relay, FakeRelay)
    return engine.relay


def mails(**which: Any) -> int:
    grace = Notice.objects.filter(kind="grace").values("id")
    return Delivery.objects.filter(notice_id__in=grace, **which).count()


def served() -> list[int]:
    instants = Notice.objects.filter(kind="grace").values_list("served_at", flat=True)
    return sorted(at for at in instants if at is not None)


def test_each_notice_is_served_in_the_second_in_which_its_mail_was_taken(engine: Engine) -> None:
    """Though answers are recorded together, and a second passes with every mail."""
    taken: dict[str, int] = {}

    class Slow(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            assert isinstance(engine.clock, SetClock)
            engine.clock.move_to(engine.clock.now() + 1)
            taken[recipient] = engine.clock.now()
            return super().take(mail, recipient)

    engine.relay = Slow()
    engine.deliver()
    accepted = dict(Delivery.objects.filter(state="accepted").values_list("address", "accepted_at"))
    assert {to: accepted[to] for to in taken} == taken
    firsts = [min(taken[f"{name}{i}@example.org"] for name in ("anne", "bob")) for i in range(5)]
    assert served() == sorted(firsts)


def test_what_was_taken_is_recorded_before_the_next_mail_takes_another_second(
    engine: Engine,
) -> None:
    """A mail that hangs does not keep the answers of the ones before it in memory alone."""
    recorded: list[int] = []

    class Slow(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            recorded.append(mails(state="accepted"))
            assert isinstance(engine.clock, SetClock)
            engine.clock.move_to(engine.clock.now() + 1)
            return super().take(mail, recipient)

    engine.relay = Slow()
    engine.deliver()
    assert recorded == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_process_that_dies_has_no_more_than_a_group_unrecorded(engine: Engine) -> None:
    unrecorded: list[int] = []

    class Counting(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            unrecorded.append(len(self.given) - mails(state="accepted"))
            return super().take(mail, recipient)

    engine.relay = Counting()
    with mock.patch.object(deliveries, "GROUP", 3):
        engine.deliver()
    assert unrecorded == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
    assert mails(state="accepted") == 2 * COMPANIES


def test_what_was_taken_is_recorded_where_the_next_mail_brings_the_pass_down(
    engine: Engine,
) -> None:
    class Failing(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            if len(self.given) == 4:
                raise OperationalError("the disk is full")
            return super().take(mail, recipient)

    engine.relay = relay = Failing()
    with pytest.raises(OperationalError, match="full"):
        engine.deliver()
    assert len(relay.given) == 4
    assert mails(state="accepted") == 4


def test_an_answer_that_cannot_be_written_takes_no_other_with_it(engine: Engine) -> None:
    broken = Delivery.objects.get(address="bob2@example.org")
    write = deliveries._answers

    def writing(rows: Sequence[Any]) -> None:
        if any(row[1] == broken.id for row in rows):
            raise DatabaseError("it has a letter that no database takes")
        write(rows)

    with (
        mock.patch.object(deliveries, "_answers", writing),
        pytest.raises(DatabaseError, match="letter"),
    ):
        engine.deliver()
    assert mails(state="accepted") == 2 * COMPANIES - 1
    assert len(served()) == COMPANIES


def test_many_mails_cost_no_more_questions_than_few(engine: Engine) -> None:
    """What is read for a batch is read at once, and what is recorded for a group, too."""

    def asked(limit: int) -> int:
        with (
            mock.patch.object(deliveries, "BATCH", limit),
            CaptureQueriesContext(
                connection,
            ) as asked,
        ):
            leased = deliveries.queue.lease(engine.clock, limit)
            found = deliveries._told(leased, engine.clock)
        assert len(found) == limit
        deliveries.queue.release(leased)
        return len([query for query in asked if query["sql"].startswith("SELECT")])

    assert asked(10) <= asked(2)
    assert len(relay_of(engine).given) == 0


def test_a_mail_that_was_not_tried_waits_no_longer_for_it(engine: Engine) -> None:
    """A relay that rests was asked nothing: neither the tries nor the answer are of that."""
    engine.backoff = lambda tries: 60 * 2 ** (tries - 1)
    relay, clock = relay_of(engine), engine.clock
    assert isinstance(clock, SetClock)
    rests = Answer("deferred", "not tried: it did not answer a moment ago", was_tried=False)
    began = clock.now()
    expected = [
        (rests, 0, rests.text, None, 60),
        (rests, 0, rests.text, None, 60),
        (Answer("deferred", "451 not now"), 1, "451 not now", began + 120, 60),
        (rests, 1, "451 not now", began + 120, 60),
        (Answer("deferred", "452 full"), 2, "452 full", began + 240, 120),
        (rests, 2, "452 full", began + 240, 120),
    ]
    for relay.default, tries, text, tried_at, wait in expected:
        engine.deliver()
        found = {
            (x.tries, x.answer, x.last_try_at, x.next_try_at)
            for x in Delivery.objects.filter(state="queued")
        }
        assert found == {(tries, text, tried_at, clock.now() + wait)}
        clock.move_to(clock.now() + wait)
    relay.default = Answer("accepted", "250 taken")
    engine.deliver()
    assert mails(state="accepted") == 2 * COMPANIES
