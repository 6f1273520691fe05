"""What was refused to somebody is recorded, and no flood of it fills the audit."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import DatabaseError

from tenure.clock import SetClock, WallClock
from tenure.services import audit, memberships, refusals
from tenure.services.audit import Actor
from tenure.services.errors import Forbidden, Refused
from tenure.services.rights import Rights
from tenure.store.models import AuditEntry, AuditHead
from tests.people import READ, WRITE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Cast:
    return Cast()


def entries(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("seq"))


def as_person(id_: UUID) -> Actor:
    return Actor("portal", person=id_, address="somebody@example.org")


def test_what_nobody_may_give_is_an_entry_with_the_reason(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    town.join(town.chloe, READ)
    with audit.acting(as_person(town.bruno.id)), pytest.raises(Refused):
        town.change(town.bruno, READ, town.bruno)
    with audit.acting(as_person(town.chloe.id)), pytest.raises(Forbidden):
        town.change(town.bruno, Rights("write", "none"), town.chloe)
    found = entries("account.asked")
    assert [(each.result, each.account_id) for each in found] == [
        ("own_rights", town.account.id),
        ("forbidden", town.account.id),
    ]
    assert found[0].personal.content["person"] == str(town.bruno.id)


def test_what_nobody_asked_is_no_entry(town: Cast) -> None:
    with pytest.raises(Refused):
        memberships.leave(town.account.id, by=town.anne)
    assert entries("account.asked") == []


def test_a_refusal_is_recorded_once(town: Cast) -> None:
    refusal = Forbidden("no")
    with audit.acting(as_person(town.anne.id)):
        refusals.note("account.asked", refusal, account=town.account)
        refusals.note("page.refused", refusal, account=town.account)
    assert len(entries("account.asked")) == 1
    assert entries("page.refused") == []


def test_a_flood_is_cut_off_and_its_last_entry_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "MOST_AN_HOUR", 3)
    flooding, other = uuid4(), uuid4()
    for _ in range(10):
        refusals.record("page.refused", "forbidden", of=flooding)
    refusals.record("page.refused", "forbidden", of=other)
    found = entries("page.refused")
    assert [each.data.get("new") for each in found] == [None, None, {"last_of_hour": True}, None]


def test_after_an_hour_refusals_are_recorded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_AN_HOUR", 1)
    somebody = uuid4()
    for _ in range(2):
        refusals.record("page.refused", "forbidden", of=somebody)
    assert len(entries("page.refused")) == 1
    later = SetClock(WallClock().now() + refusals.HOUR)
    monkeypatch.setattr(refusals, "WallClock", lambda: later)
    refusals.record("page.refused", "forbidden", of=somebody)
    assert len(entries("page.refused")) == 2


def test_what_is_pretended_leaves_nothing() -> None:
    refusals.record("person.sign_in_failed", "wrong_password", of="a", is_real=True)
    head = AuditHead.objects.get()
    refusals.record("person.sign_in_failed", "wrong_password", of="b", is_real=False)
    assert len(entries("person.sign_in_failed")) == 1
    assert AuditHead.objects.get().hash == head.hash


def test_where_nothing_can_be_recorded_the_refusal_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, town: Cast
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(cache, "add", broken)
    with audit.acting(as_person(town.anne.id)), pytest.raises(Refused) as refusal:
        memberships.leave(town.account.id, by=town.anne)
    assert refusal.value.code == "last_owner"
