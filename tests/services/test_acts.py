"""Acts: whom they reach, what they come to, how they go on, stop, and what the audit says."""

from __future__ import annotations

from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import OperationalError

from tenure.core.audit import person_of
from tenure.engine import acts as engine
from tenure.engine.loop import Engine
from tenure.services import (
    acts,
    clocks,
    companies,
    groups,
    instances,
    licences,
    members,
    memberships,
    protection,
)
from tenure.services.audit import Actor, acting
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Act,
    ActPart,
    AuditEntry,
    AuditPerson,
    Claim,
    Company,
    Exclusion,
    GroupMember,
    Member,
    Pool,
    Seat,
)
from tests.people import READ, START, WRITE, Cast

pytestmark = pytest.mark.django_db
DAY = 86_400


class Town:
    """A company with members, of whom some can be protected; a part is three of them."""

    def __init__(self, units: int = 5, people: int = 8, *, is_test: bool = False) -> None:
        self.cast = Cast()
        self.clock = self.cast.clock
        self.with_it: dict[str, Any] = {"clock": self.clock, "who": "test"}
        self.company: Company = self.cast.martin
        if is_test:
            clock = clocks.create("here", START)
            self.company = companies.create(
                name="Durand", account=self.cast.account, test_clock=clock, **self.with_it
            )
        self.cast.join(self.cast.chloe, WRITE)
        if units:
            new = NewLicence(COS, units, START, START + 20 * DAY)
            licences.add(self.company.id, new, **self.with_it)
        self.people = [
            members.add(self.company.id, user=f"u{i}@martin.test", **self.with_it).id
            for i in range(people)
        ]

    def ask(self, what: str = "protect", who: list[UUID] | None = None, **more: Any) -> Act:
        by = self.cast.chloe
        with acting(Actor("portal", by.id, by.email, clock=self.clock)):
            return acts.ask(
                self.company.id, COS, what, who or self.people, by=by, **self.with_it, **more
            )

    def part(self, act: Act) -> bool:
        return acts.work(self.company.id, act.id, clock=self.clock)

    def work(self) -> None:
        while engine.work(self.clock):
            pass

    def now(self, act: Act) -> Act:
        return acts.find(self.company, act.id)

    def seated(self) -> set[UUID]:
        rows = Seat.objects.filter(company=self.company, closed_seq__isnull=True)
        return set(rows.values_list("member_id", flat=True))

    def entries(self, action: str) -> list[AuditEntry]:
        rows = AuditEntry.objects.filter(chain=str(self.company.id), action=action)
        return list(rows.order_by("seq"))


@pytest.fixture(autouse=True)
def small_parts() -> Any:
    with mock.patch.object(acts, "PART", 3):
        yield


@pytest.fixture
def town(db: None) -> Town:
    return Town()


def test_members_are_protected_part_by_part_and_it_is_seen_how_far_it_is(town: Town) -> None:
    act = town.ask()
    assert (act.state, act.total, act.done) == ("waiting", 8, 0)
    assert town.part(act)
    act = town.now(act)
    assert (act.state, act.done, act.outcome) == ("running", 3, {"done": 3})
    assert len(town.seated()) == 3
    town.work()
    act = town.now(act)
    assert (act.state, act.done, act.reason) == ("done", 8, "")
    assert act.outcome == {"done": 5, "waits": 3}
    assert town.seated() == set(town.people[:5])
    assert set(Claim.objects.values_list("member_id", flat=True)) == set(town.people[5:])
    assert not ActPart.objects.exists()
    assert act.ended_at is not None


def test_the_audit_has_one_entry_of_whoever_asked_with_what_came_of_it(town: Town) -> None:
    town.ask()
    town.work()
    (entry,) = town.entries("protection.wanted")
    assert entry.data == {"door": "portal", "new": {"members": 8, "waiting": 3}}
    said = AuditPerson.objects.get(entry=entry).content
    assert person_of(said) == str(town.cast.chloe.id)
    assert Act.objects.get().actor == {}


def test_whoever_left_meanwhile_is_counted_as_gone(town: Town) -> None:
    town.ask()
    members.leave(town.company.id, town.people[:1], **town.with_it)
    members.remove(town.company.id, town.people[1:2], **town.with_it)
    town.work()
    assert Act.objects.get().outcome == {"done": 5, "waits": 1, "gone": 2}


def test_whoever_was_protected_before_is_counted_apart(town: Town) -> None:
    protection.want(town.company.id, COS, town.people[:4], **town.with_it)
    town.ask()
    town.work()
    assert Act.objects.get().outcome == {"done": 1, "waits": 3, "already": 4}


def test_protection_is_taken_back_and_none_of_those_who_wait_has_a_unit_in_between(
    town: Town,
) -> None:
    """The units of the first part would else go to those of the last, who lose them again."""
    protection.want(town.company.id, COS, town.people, **town.with_it)
    outsider = members.add(town.company.id, user="x@martin.test", **town.with_it).id
    protection.want(town.company.id, COS, [outsider], **town.with_it)
    town.ask("unprotect")
    town.work()
    act = Act.objects.get()
    assert (act.state, act.outcome) == ("done", {"done": 8})
    assert town.seated() == {outsider}
    assert Seat.objects.filter(member_id__in=town.people[5:]).count() == 0
    (entry,) = town.entries("protection.unwanted")
    assert entry.data["new"] == {"members": 8, "excluded": 0}


def test_who_waits_and_leaves_has_no_unit_in_between_of_those_who_leave_before(town: Town) -> None:
    protection.want(town.company.id, COS, town.people, **town.with_it)
    outsider = members.add(town.company.id, user="x@martin.test", **town.with_it).id
    protection.want(town.company.id, COS, [outsider], **town.with_it)
    town.ask("leave")
    town.work()
    assert Act.objects.get().outcome == {"done": 8}
    assert town.seated() == {outsider}
    assert Seat.objects.filter(member_id__in=town.people[5:]).count() == 0


def test_whom_a_rule_wants_is_excluded_from_it(town: Town) -> None:
    protection.add_rule(town.company.id, COS, "company", None, **town.with_it)
    town.ask("unprotect")
    town.work()
    assert Act.objects.get().outcome == {"done": 8, "excluded": 8}
    assert Exclusion.objects.count() == 8
    assert town.seated() == set()


def test_they_leave_come_back_move_home_and_go_into_a_group(town: Town) -> None:
    paris = Pool.objects.get(company=town.company, name="Paris")
    group = groups.add(town.company.id, "Sales", **town.with_it)
    with writing(town.company.id, town.clock, "test") as ledger:
        groups.append_members(ledger, group, add=town.people[:2])
    outcomes = []
    for what, target in (("leave", None), ("back", None), ("home", paris.id), ("group", group.id)):
        act = town.ask(what, target=target)
        town.work()
        outcomes.append((town.now(act).state, town.now(act).outcome))
        if what == "leave":
            left = Member.objects.filter(company=town.company, left_at__isnull=False)
            assert left.count() == 8
    assert outcomes == [
        ("done", {"done": 8}),
        ("done", {"done": 8}),
        ("done", {"done": 8}),
        ("done", {"done": 6, "already": 2}),
    ]
    assert not Member.objects.filter(left_at__isnull=False).exists()
    assert Member.objects.filter(pool_id=paris.id).count() == 8
    assert GroupMember.objects.filter(group_id=group.id).count() == 8
    assert len(town.entries("member.left")) == 8
    (home,) = town.entries("member.home")
    assert home.data["new"] == {"members": 8, "pool": str(paris.id)}
    into = town.entries("group.members")[-1]
    assert (into.object, into.data["new"]["added"]) == (f"group:{group.id}", 6)


def test_of_a_company_one_is_under_way_and_the_next_waits_for_it(town: Town) -> None:
    first = town.ask()
    second = town.ask("unprotect")
    assert (acts.is_next(first), acts.is_next(second)) == (True, False)
    assert acts.next_of_each() == [(town.company.id, first.id)]
    town.work()
    assert [act.state for act in Act.objects.order_by("id")] == ["done", "done"]
    assert town.seated() == set()


def test_what_is_asked_twice_is_done_once(town: Town) -> None:
    assert town.ask().id == town.ask().id
    assert Act.objects.count() == 1


def test_what_is_asked_of_as_many_others_is_not_the_same(town: Town) -> None:
    first = town.ask(who=town.people[:4])
    town.part(first)
    second = town.ask(who=town.people[4:])
    assert town.ask(who=town.people[:4]).id == first.id
    assert town.ask(who=town.people[4:]).id == second.id
    assert Act.objects.count() == 2
    town.work()
    assert town.seated() | set(Claim.objects.values_list("member_id", flat=True)) == set(
        town.people
    )


def test_companies_take_turns(town: Town) -> None:
    """A second company's act is begun before the first one's is over."""
    garage = town.cast.garage
    new = NewLicence(COS, 9, START, START + 20 * DAY)
    licences.add(garage.id, new, **town.with_it)
    theirs = [members.add(garage.id, user=f"g{i}", **town.with_it).id for i in range(6)]
    first = town.ask()
    second = acts.ask(garage.id, COS, "protect", theirs, by=None, **town.with_it)
    with mock.patch.object(engine, "LONGEST", 0.0):
        assert engine.work(town.clock)
        assert (town.now(first).done, acts.find(garage, second.id).done) == (3, 0)
    seen = []
    work = acts.work

    def noted(company: UUID, act: UUID, **more: Any) -> bool:
        seen.append(act)
        return work(company, act, **more)

    with mock.patch.object(acts, "work", noted):
        town.work()
    assert seen == [second.id, first.id, second.id, first.id]


def test_companies_take_turns_where_a_part_takes_all_the_time_that_there_is(town: Town) -> None:
    garage = town.cast.garage
    theirs = [members.add(garage.id, user=f"g{i}", **town.with_it).id for i in range(6)]
    first = town.ask()
    second = acts.ask(garage.id, COS, "leave", theirs, by=None, **town.with_it)
    seen = []
    with mock.patch.object(engine, "LONGEST", 0.0):
        for _ in range(4):
            assert engine.work(town.clock)
            seen.append((town.now(first).done, acts.find(garage, second.id).done))
    assert seen == [(3, 0), (3, 3), (6, 3), (6, 6)]


def test_it_is_stopped_and_what_is_done_stays_done(town: Town) -> None:
    act = town.ask()
    town.part(act)
    acts.stop(town.company.id, act.id, **town.with_it)
    assert not town.part(act)
    town.work()
    act = town.now(act)
    assert (act.state, act.reason, act.done) == ("stopped", "by_person", 3)
    assert town.seated() == set(town.people[:3])
    assert not ActPart.objects.exists()
    (entry,) = town.entries("protection.wanted")
    assert entry.data["new"] == {"members": 3, "waiting": 0, "of": 8}
    (stopped,) = town.entries("act.stopped")
    assert stopped.data["new"] == {"members": 3, "of": 8}
    before = acts.find(town.company, act.id).ended_at
    town.clock.move_to(town.clock.now() + 60)
    assert acts.stop(town.company.id, act.id, **town.with_it).ended_at == before


def test_while_the_service_is_shut_nothing_is_done_and_it_says_so(town: Town) -> None:
    act = town.ask()
    town.part(act)
    instances.close(town.company.id, **town.with_it)
    town.work()
    act = town.now(act)
    assert (act.state, act.reason, act.done) == ("stopped", "suspended", 3)
    with pytest.raises(Refused):
        town.ask()


def test_an_instance_that_began_anew_is_another_ones(town: Town) -> None:
    act = town.ask()
    Act.objects.update(instance=7)
    town.work()
    assert (town.now(act).state, town.now(act).reason) == ("stopped", "deleted")
    assert town.seated() == set()


def test_a_site_that_was_closed_and_a_group_that_is_gone_stop_it(town: Town) -> None:
    group = groups.add(town.company.id, "Sales", **town.with_it)
    act = town.ask("group", target=group.id)
    with writing(town.company.id, town.clock, "test") as ledger:
        groups.append_removed(ledger, groups.find(ledger.company, group.id))
    town.work()
    assert (town.now(act).state, town.now(act).reason) == ("stopped", "no_target")
    with pytest.raises(NotFound):
        town.ask("group", target=group.id)
    with pytest.raises(NotFound):
        town.ask("home", target=group.id)


def test_it_stops_where_whoever_asked_may_no_longer_do_so(town: Town) -> None:
    act = town.ask()
    assert town.part(act)
    memberships.change(town.cast.account.id, town.cast.chloe.id, READ, by=town.cast.anne)
    assert not town.part(act)
    act = town.now(act)
    assert (act.state, act.reason, act.done) == ("stopped", acts.NO_RIGHT, 3)
    assert len(town.seated()) == 3, "what is done stays done"


def test_an_error_ends_it_and_keeps_nobody_else_waiting(town: Town) -> None:
    act = town.ask()
    town.part(act)
    with mock.patch.object(protection, "append_wanted", side_effect=ValueError("no")):
        town.work()
    act = town.now(act)
    assert (act.state, act.reason, act.done) == ("failed", "ValueError", 3)
    assert not ActPart.objects.exists()
    (entry,) = town.entries("protection.wanted")
    assert entry.data["new"]["of"] == 8


def test_a_lost_connection_is_nobodys_fault_and_it_is_tried_again(town: Town) -> None:
    act = town.ask()
    with (
        mock.patch.object(protection, "append_wanted", side_effect=OperationalError("gone")),
        pytest.raises(OperationalError),
    ):
        town.part(act)
    assert town.now(act).done == 0
    town.work()
    assert town.now(act).state == "done"


def test_a_test_clock_stands_until_it_is_done() -> None:
    """An act belongs to the instant at which it was asked, also where the clock is sent on."""
    town = Town(is_test=True)
    act = town.ask()
    clock = town.company.clock
    assert clock is not None
    clocks.move(clock.id, START + 10 * DAY)
    Engine(town.clock, None).run_until_idle()
    act = town.now(act)
    clock.refresh_from_db()
    assert (act.state, clock.now_at) == ("done", START + 10 * DAY)
    assert act.ended_at is not None
    assert act.ended_at < START + 60


def test_what_is_over_is_shown_for_a_day(town: Town) -> None:
    act = town.ask()
    number, now = act.instance, town.clock.now

    def shown(pool: UUID | None = None) -> list[UUID]:
        found = acts.shown(town.company, COS, number, pool, now=now())
        return [each.id for each in found]

    assert shown() == [act.id]
    assert shown(UUID(int=1)) == []
    town.work()
    assert shown() == [act.id]
    town.clock.move_to(now() + DAY + 60)
    assert shown() == []
