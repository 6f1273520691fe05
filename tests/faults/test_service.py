"""With relays that do wrong, a notice is served when one took its mail, and no other is held up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from email.message import EmailMessage
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError

from tenure.clock import SetClock, monotonic
from tenure.core.policy import DAY
from tenure.delivery import queue
from tenure.delivery.relays import Answer, SmtpRelay
from tenure.engine import deliveries, steps
from tenure.engine.batches import Batch
from tenure.engine.deliveries import Postman
from tenure.engine.loop import Engine, next_wakeup
from tenure.services import catalogue, companies, licences
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.ids import new_id
from tenure.store.models import (
    Company,
    Contact,
    Delivery,
    Heartbeat,
    Instance,
    Licence,
    Notice,
    Transition,
)
from tests.engine.conftest import ACCEPTED, FakeRelay
from tests.faults.relay import ScriptedRelay, Talk

pytestmark = pytest.mark.django_db

SOON = 0.4
"""Seconds that a relay may take for an answer in these tests."""

ANNE, BOB, CHLOE = "anne@example.org", "bob@example.org", "chloe@other.test"
DOWN = Answer("deferred", "451 not now")


class Town:
    """Two companies whose licences end at one instant: one has two readers, one has one."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.ends = clock.now() + 60 * DAY
        catalogue.ensure_default()
        self.martin = self._found("Boulangerie Martin", ANNE, BOB)
        self.other = self._found("Chloé et fils", CHLOE)
        self.live(FakeRelay(), self.ends - 1)

    def _found(self, name: str, *addresses: str) -> Company:
        company = companies.create(name=name, clock=self.clock, who="test")
        for address in addresses:
            companies.add_contact(company, address=address, role=Contact.Role.OWNER)
        new = NewLicence(COS, 3, self.clock.now(), self.ends)
        licences.add(company.id, new, clock=self.clock, who="test")
        return company

    def live(self, relay: Any, until: int, backoff: Callable[[int], int] = queue.backoff) -> None:
        """Let the engine run at every instant at which something is due."""
        engine = Engine(self.clock, relay, backoff)
        while (due := next_wakeup(self.clock)) is not None and due <= until:
            self.clock.move_to(max(due, self.clock.now()))
            engine.run_until_idle()
            later = next_wakeup(self.clock)
            if later is not None and later <= self.clock.now():
                if self.clock.now() >= until:
                    break
                self.clock.move_to(self.clock.now() + 1)
        self.clock.move_to(until)

    def grace(self, company: Company) -> Notice:
        return Notice.objects.get(company=company, kind="grace")

    def mail(self, address: str, kind: str = "grace") -> Delivery:
        notices = Notice.objects.filter(kind=kind).values("id")
        return Delivery.objects.get(address=address, notice_id__in=notices)


@pytest.fixture
def town(clock: SetClock) -> Town:
    """It is the last second before the licences end."""
    return Town(clock)


Start = Callable[..., tuple[ScriptedRelay, SmtpRelay]]


@pytest.fixture
def start(clock: SetClock) -> Iterator[Start]:
    """Starts a relay with a script, and gives it with the way to it, which rests by the clock."""
    with ExitStack() as stack:

        def starting(script: dict[str, Any]) -> tuple[ScriptedRelay, SmtpRelay]:
            relay = stack.enter_context(ScriptedRelay(script).listening())
            way = SmtpRelay(relay.address, timeout=SOON, rests_by=clock.now)
            stack.callback(way.close)
            return relay, way

        yield starting


# What relays do


def test_one_refused_address_of_two_keeps_nothing_from_being_served(
    town: Town, start: Start
) -> None:
    _, way = start({"RCPT": lambda t: b"550 5.1.1 none" if t.recipient == ANNE else b"250 ok"})
    town.live(way, town.ends + DAY)
    assert town.grace(town.martin).served_at == town.ends
    assert (town.mail(ANNE).state, town.mail(ANNE).tries) == ("refused", 1)
    assert town.mail(BOB).state == "accepted"


def test_all_addresses_refused_serve_nothing(town: Town, start: Start) -> None:
    """The portal does, after its days."""
    _, way = start({"RCPT": b"550 5.1.1 none"})
    town.live(way, town.ends + 6 * DAY)
    assert town.grace(town.martin).served_at is None
    town.live(way, town.ends + 7 * DAY)
    grace = town.grace(town.martin)
    assert (grace.served_by, grace.served_at) == ("portal", town.ends + 7 * DAY)


def test_a_greylisting_relay_serves_at_the_second_try(town: Town, start: Start) -> None:
    known: set[str] = set()

    def greylist(talk: Talk) -> bytes:
        if talk.recipient in known:
            return b"250 ok"
        known.add(talk.recipient)
        return b"451 4.7.1 come back later"

    relay, way = start({"RCPT": greylist})
    town.live(way, town.ends)
    assert town.grace(town.other).served_at is None
    again = town.mail(CHLOE).next_try_at
    assert again is not None
    assert 48 <= again - town.ends <= 72
    town.live(way, town.ends + 3600)
    assert town.grace(town.other).served_at == again
    assert sorted(to for to, _ in relay.taken) == [ANNE, BOB, CHLOE]


@pytest.mark.parametrize("break_at", ["CONTENT", "IN CONTENT"])
def test_a_lost_answer_serves_at_the_next_that_is_heard_with_the_same_message_id(
    town: Town, start: Start, break_at: str
) -> None:
    """The relay may have taken it: no period may begin at an answer that nobody has heard."""

    def drop(talk: Talk) -> bytes | None:
        if talk.relay.happened[f"{break_at} {talk.recipient}"] == 0:
            talk.relay.happened[f"{break_at} {talk.recipient}"] = 1
            if break_at == "CONTENT":
                talk.relay.take(talk)
            talk.drop()
        return b"250 taken" if break_at == "CONTENT" else None

    relay, way = start({break_at: drop})
    town.live(way, town.ends)
    assert town.grace(town.other).served_at is None
    town.live(way, town.ends + 3600)
    served = town.grace(town.other).served_at
    assert served == town.mail(CHLOE).accepted_at
    assert served is not None
    assert served > town.ends
    mine = [message_id for to, message_id in relay.taken if to == CHLOE]
    assert mine == [town.mail(CHLOE).message_id] * (2 if break_at == "CONTENT" else 1)


@pytest.mark.parametrize("how", [b"421 too busy", Talk.drop])
def test_a_relay_that_is_down_is_tried_ever_less_and_loses_nothing(
    town: Town, start: Start, how: Any
) -> None:
    relay, way = start({"CONNECT": how})
    town.live(way, town.ends + DAY)
    assert town.grace(town.martin).served_at is None
    tries = relay.happened["connections"]
    assert 24 <= tries <= 3 * (8 + 24 * 60 // 48)
    assert {town.mail(to).state for to in (ANNE, BOB, CHLOE)} == {"queued"}
    relay.script.clear()
    town.live(way, town.ends + DAY + 73 * 60)
    for company in (town.martin, town.other):
        served = town.grace(company).served_at
        assert served is not None
        assert town.ends + DAY < served
    assert sorted(to for to, _ in relay.taken) == [ANNE, BOB, CHLOE]
    suspended = {town.grace(company).deadline_at for company in (town.martin, town.other)}
    town.live(way, max(at for at in suspended if at) + DAY)
    falls = Transition.objects.filter(to_phase="suspended").values_list("effective_at", flat=True)
    assert set(falls) == suspended


@pytest.mark.parametrize("where", ["RCPT", "CONTENT"])
def test_a_relay_that_hangs_over_one_domain_holds_up_no_other(
    town: Town, start: Start, where: str
) -> None:
    relay, way = start(
        {
            where: lambda t: t.hang() if t.recipient.endswith("example.org") else b"250 ok",
        }
    )
    town.clock.move_to(town.ends)
    began = monotonic()
    Engine(town.clock, way).run_until_idle()
    took = monotonic() - began
    assert town.grace(town.other).served_at == town.ends
    assert town.grace(town.martin).served_at is None
    assert relay.happened[where] == 2, "the second mail to the domain was tried, too"
    assert took < SOON * 6 + 2


def test_a_relay_that_hangs_holds_the_engine_up_once(town: Town, start: Start) -> None:
    """What is due is recorded, and all mails are put off after the first silence."""
    relay, way = start({"CONNECT": Talk.hang})
    town.clock.move_to(town.ends)
    began = monotonic()
    Engine(town.clock, way).run_until_idle()
    assert monotonic() - began < SOON * 2 + 2
    assert relay.happened["connections"] == 1
    assert set(Instance.objects.values_list("phase", flat=True)) == {"grace"}
    assert {town.mail(to).state for to in (ANNE, BOB, CHLOE)} == {"queued"}


# What the engine makes of it


def test_mails_after_a_slow_one_tell_what_is_so_by_then(town: Town) -> None:
    """The one company renews while the mail of the other is being handed over."""

    class Slow(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            if not self.given:
                for licence in Licence.objects.exclude(company=companies_of[recipient]):
                    ends = licence.ends_at
                    assert ends is not None
                    licences.renew(
                        licence.company_id, licence.id, ends + DAY, clock=town.clock, who="test"
                    )
            return super().take(mail, recipient)

    companies_of = {ANNE: town.martin, BOB: town.martin, CHLOE: town.other}
    town.clock.move_to(town.ends)
    relay = Slow()
    with mock.patch.object(deliveries, "FRESH", -1.0):
        engine = Engine(town.clock, relay)
        engine.step()
        engine.deliver()
    first = companies_of[relay.given[0][0]]
    assert {companies_of[to].id for to, _ in relay.given} == {first.id}
    assert not Delivery.objects.filter(lease__isnull=False).exists()


def test_a_pass_ends_after_its_time_and_the_next_goes_on(town: Town) -> None:
    town.clock.move_to(town.ends)
    relay = FakeRelay()
    engine = Engine(town.clock, relay)
    engine.step()
    with mock.patch.object(deliveries, "LONGEST", -1.0):
        assert Postman(town.clock, relay).deliver() == 0
    with mock.patch.object(deliveries, "FRESH", -1.0), mock.patch.object(deliveries, "BATCH", 2):
        assert Postman(town.clock, relay).deliver() == 3


def test_a_company_that_cannot_be_evaluated_keeps_no_other_mail_back(town: Town) -> None:
    town.clock.move_to(town.ends)
    Engine(town.clock, None).step()
    broken = Instance.objects.get(company=town.martin)
    broken.state = {**(broken.state or {}), "version": 999}
    broken.save()
    relay = FakeRelay()
    Engine(town.clock, relay).deliver()
    assert town.grace(town.other).served_at == town.ends
    assert [to for to, _ in relay.given] == [CHLOE]
    mail = town.mail(ANNE)
    assert mail.state == "queued"
    assert "cannot be evaluated" in mail.answer


def test_a_mail_that_cannot_be_written_keeps_no_other_back(town: Town) -> None:
    Contact.objects.filter(address=ANNE).update(address="anne\r\n@example.org")
    relay = FakeRelay()
    town.live(relay, town.ends)
    assert town.grace(town.martin).served_at == town.ends
    assert sorted(to for to, _ in relay.given) == [BOB, CHLOE]
    assert "not sent" in town.mail("anne\r\n@example.org").answer


@pytest.mark.parametrize("cause", ["evaluation", "database", "operator"])
def test_a_mail_that_was_taken_while_nothing_could_be_served_serves_later(
    town: Town, cause: str
) -> None:
    """It never goes out again; its period begins when it is recorded, not before."""
    relay = FakeRelay()
    town.clock.move_to(town.ends)
    engine = Engine(town.clock, relay)
    engine.step()
    harm: Any = {
        "evaluation": mock.patch.object(steps, "_evaluate", side_effect=RuntimeError("broken")),
        "database": mock.patch.object(Batch, "write", side_effect=DatabaseError("no")),
        "operator": nullcontext(),
    }[cause]
    if cause == "operator":

        class Stopping(FakeRelay):
            def take(self, mail: EmailMessage, recipient: str) -> Answer:
                Heartbeat.objects.update_or_create(defaults={"waits_because": "a restored one"})
                return super().take(mail, recipient)

        relay = Stopping()
        engine.relay = relay
    with harm:
        engine.deliver()
    assert town.grace(town.martin).served_at is None
    assert town.mail(ANNE).state == "accepted"
    Heartbeat.objects.update(waits_because="")
    later = town.ends + steps.RETRY_AFTER
    town.live(relay, later)
    served = town.grace(town.martin).served_at
    assert served is not None
    assert served == (town.ends if cause == "operator" else later)
    assert town.grace(town.martin).deadline_at == served + 14 * DAY
    assert sorted(to for to, _ in relay.given) == [ANNE, BOB, CHLOE]


def test_serving_deletes_nobody_while_deletions_wait(town: Town) -> None:
    """The second reader's mail is taken at a time when the first one's deadline is reached."""
    relay = FakeRelay(answers={BOB: DOWN})
    town.live(relay, town.ends + 44 * DAY - 1, lambda _: DAY)
    assert town.mail(BOB, "deletion_warning").state == "queued"
    relay.answers.clear()
    town.clock.move_to(town.ends + 45 * DAY)
    Engine(town.clock, relay, deletions=False).run_until_idle()
    assert town.mail(BOB, "deletion_warning").state == "accepted"
    assert not Transition.objects.filter(to_phase="deleted").exists()
    Engine(town.clock, relay).run_until_idle()
    assert Transition.objects.filter(to_phase="deleted").count() == 2


def test_an_answer_that_comes_after_the_lease_does_not_undo_what_another_engine_heard(
    town: Town,
) -> None:
    town.clock.move_to(town.ends)
    Engine(town.clock, None).step()

    class Overtaken(FakeRelay):
        def take(self, mail: EmailMessage, recipient: str) -> Answer:
            Delivery.objects.filter(address=recipient).update(
                lease=new_id(), state="accepted", next_try_at=None
            )
            return DOWN

    Postman(town.clock, Overtaken()).deliver()
    assert {town.mail(to).state for to in (ANNE, BOB, CHLOE)} == {"accepted"}


def test_mails_that_were_taken_and_not_tried_are_put_back(town: Town) -> None:
    town.clock.move_to(town.ends)
    Engine(town.clock, None).step()
    leased = queue.lease(town.clock, 10)
    Delivery.objects.filter(id=leased[0].id).update(lease=new_id())
    queue.release(leased)
    states = {mail.state for mail in Delivery.objects.filter(id__in=[x.id for x in leased[1:]])}
    assert states == {"queued"}
    assert Delivery.objects.get(id=leased[0].id).state == "leased", "it is somebody else's"
    assert ACCEPTED.outcome == "accepted"
