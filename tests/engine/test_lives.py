"""Lives of a company through the engine: what it is told, when, and what is left in the end."""

from __future__ import annotations

from unittest import mock

import pytest

from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.delivery.relays import Answer
from tenure.engine import deliveries, steps
from tenure.services import licences
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Delivery,
    Instance,
    Member,
    Notice,
    Receipt,
    Seat,
    Transition,
)
from tests.engine.conftest import ACCEPTED, Life

DOWN = Answer("deferred", "451 not now")


def phases(life: Life) -> list[tuple[str, int]]:
    rows = Transition.objects.filter(company=life.company).order_by("stay")
    return [(row.to_phase, row.effective_at) for row in rows]


def test_the_whole_way_down_keeps_its_dates_and_leaves_a_receipt_without_people(
    life: Life,
) -> None:
    began = life.clock.now()
    life.live(life.ends + 60 * DAY)
    suspended = life.ends + 14 * DAY
    assert phases(life) == [
        ("active", began),
        ("grace", life.ends),
        ("suspended", suspended),
        ("deleted", suspended + 30 * DAY),
    ]
    kinds = Notice.objects.order_by("at", "token").values_list("kind", flat=True)
    assert list(kinds) == [
        "expiring",
        "expiring",
        "grace",
        "grace_reminder",
        "suspended",
        "deletion_warning",
        "deleted",
    ]
    assert not Seat.objects.exists()
    assert not Member.objects.exists()
    receipt = Receipt.objects.get()
    assert receipt.content["erased"] == {"seats": 20, "members": 20, "audit": 20}
    assert "martin" not in str(receipt.content).lower()
    assert not Delivery.objects.exclude(address="").exists()


def test_each_mail_goes_out_once_to_each_address(life: Life) -> None:
    life.live(life.ends + 60 * DAY)
    ids = [str(mail["Message-ID"]) for _, mail in life.relay.given]
    assert len(ids) == len(set(ids)) == 14


@pytest.mark.parametrize("sleep", [13 * 3600, 3 * DAY, 40 * DAY])
def test_a_sleeping_engine_moves_the_suspension_by_its_sleep(life: Life, sleep: int) -> None:
    life.live(life.ends - DAY)
    life.clock.move_to(life.ends + sleep)
    life.engine.run_until_idle()
    assert life.notice("grace").served_at == life.ends + sleep
    life.live(life.ends + sleep + 20 * DAY)
    assert ("suspended", life.ends + sleep + 14 * DAY) in phases(life)


@pytest.mark.once
def test_a_relay_that_is_down_moves_the_suspension_and_nothing_is_lost(life: Life) -> None:
    life.live(life.ends - 1)
    life.relay.default = DOWN
    life.live(life.ends + 3 * DAY)
    assert life.notice("grace").served_at is None
    life.relay.default = ACCEPTED
    life.live(life.ends + 4 * DAY)
    served = life.notice("grace").served_at
    assert served is not None
    assert life.ends + 3 * DAY <= served <= life.ends + 3 * DAY + 2 * 3600
    life.live(served + 15 * DAY)
    assert ("suspended", served + 14 * DAY) in phases(life)


@pytest.mark.once
def test_a_grace_notice_that_no_relay_takes_is_served_by_the_portal_but_deletes_nobody(
    life: Life,
) -> None:
    life.relay.default = DOWN
    life.engine.backoff = lambda _: DAY
    life.live(life.ends + 100 * DAY)
    grace = life.notice("grace")
    assert (grace.served_by, grace.served_at) == ("portal", life.ends + 7 * DAY)
    assert phases(life)[-1] == ("suspended", life.ends + 21 * DAY)
    assert life.notice("deletion_warning").served_at is None
    assert Member.objects.count() == 20


def test_one_refused_address_of_two_does_not_keep_a_notice_from_being_served(life: Life) -> None:
    life.relay.answers["anne@example.org"] = Answer("refused", "550 no such user")
    life.live(life.ends + DAY)
    assert life.notice("grace").served_at == life.ends
    states = Delivery.objects.filter(notice_id=life.notice("grace").id)
    assert sorted(states.values_list("state", flat=True)) == ["accepted", "refused"]


def test_a_lost_answer_sends_the_same_message_again(life: Life) -> None:
    life.live(life.ends - 1)
    life.relay.given.clear()
    life.relay.answers["bob@example.org"] = Answer("lost", "the connection broke")
    life.live(life.ends)
    life.relay.answers.clear()
    life.live(life.ends + 3600)
    bobs = [str(mail["Message-ID"]) for to, mail in life.relay.given if to == "bob@example.org"]
    assert len(bobs) == 2
    assert len(set(bobs)) == 1


def test_a_crash_between_the_answer_and_its_record_sends_the_same_message_again(
    life: Life,
) -> None:
    life.live(life.ends - 1)
    life.relay.given.clear()
    life.clock.move_to(life.ends)
    with (
        mock.patch.object(deliveries, "_record", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        life.engine.run_until_idle()
    assert life.notice("grace").served_at is None
    life.clock.move_to(life.ends + 400)
    life.engine.run_until_idle()
    assert life.notice("grace").served_at == life.ends + 400
    first = life.relay.given[0]
    again = [str(m["Message-ID"]) for to, m in life.relay.given if to == first[0]]
    assert again == [str(first[1]["Message-ID"])] * 2


def test_a_renewal_that_overtakes_a_waiting_mail_keeps_it_from_being_sent(life: Life) -> None:
    life.relay.default = DOWN
    life.live(life.ends - 29 * DAY)
    licences.renew(
        life.company.id, life.licence, life.ends + 365 * DAY, clock=life.clock, who="test"
    )
    life.relay.default = ACCEPTED
    life.relay.given.clear()
    life.live(life.ends - 20 * DAY)
    assert life.relay.given == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"given_up"}


def test_the_second_year_after_a_renewal_is_announced_too(life: Life) -> None:
    life.live(life.ends - 10 * DAY)
    later = life.ends + 365 * DAY
    licences.renew(life.company.id, life.licence, later, clock=life.clock, who="test")
    life.live(later + DAY)
    told = Notice.objects.filter(kind="expiring").order_by("at")
    assert [(notice.days, notice.at) for notice in told if notice.horizon_at == later] == [
        (30, later - 30 * DAY),
        (7, later - 7 * DAY),
    ]
    assert life.notice("grace").served_at == later


def test_a_restoration_brings_back_every_seat(life: Life) -> None:
    before = list(Seat.objects.order_by("id").values())
    life.live(life.ends + 20 * DAY)
    new = NewLicence(COS, 25, life.clock.now(), life.clock.now() + 365 * DAY)
    licences.add(life.company.id, new, clock=life.clock, who="test")
    life.live(life.clock.now() + DAY)
    assert phases(life)[-1][0] == "active"
    assert list(Seat.objects.order_by("id").values()) == before
    instance = Instance.objects.get()
    assert instance.protected == 20


def test_a_company_whose_evaluation_raises_is_set_aside_and_tried_again(life: Life) -> None:
    life.clock.move_to(life.ends)
    with mock.patch.object(Lifecycle, "from_data", side_effect=RuntimeError("broken")):
        assert steps.step([life.company.id], life.clock).set_aside == 1
    instance = Instance.objects.get()
    assert "broken" in instance.set_aside_error
    assert steps.due(life.clock, 10) == []
    life.clock.move_to(life.ends + steps.RETRY_AFTER)
    life.engine.run_until_idle()
    instance.refresh_from_db()
    assert instance.set_aside_at is None
    assert instance.phase == "grace"


def test_names_from_people_break_neither_headers_nor_lines(life: Life) -> None:
    life.company.name = "Martin\r\nBcc: stranger@example.org\r\n\r\nHello"
    life.company.save()
    life.live(life.ends)
    for _, mail in life.relay.given:
        assert "Bcc" not in mail
        assert "\n" not in str(mail["Subject"])
