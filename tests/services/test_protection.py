"""Whom people and rules want protected, and who has a unit when these are short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock
from uuid import UUID

import pytest

from tenure.clock import SetClock
from tenure.engine.loop import Engine
from tenure.services import (
    answers,
    groups,
    instances,
    licences,
    members,
    protection,
    seats,
    settling,
)
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Claim,
    Company,
    Exclusion,
    Fact,
    Group,
    Instance,
    Member,
    Pool,
    Rule,
    Seat,
)
from tests.people import START, Cast

pytestmark = pytest.mark.django_db
DAY = 86_400


class Town:
    """A company with two sites, and what tests ask of it."""

    def __init__(self, units: int = 0, *, days: int = 100) -> None:
        self.cast = cast = Cast()
        self.company: Company = cast.martin
        self.clock: SetClock = cast.clock
        self.paris = Pool.objects.get(company=self.company, name="Paris").id
        self.main = Pool.objects.get(company=self.company, position=0).id
        self.with_it: dict[str, Any] = {"clock": self.clock, "who": "test"}
        if units:
            self.buy(units, days=days)

    def buy(self, units: int, *, starts: int = 0, days: int = 100) -> UUID:
        at = self.clock.now() + starts * DAY
        new = NewLicence(COS, units, at, at + days * DAY)
        return licences.add(self.company.id, new, **self.with_it).id

    def people(self, *users: str) -> list[UUID]:
        return [members.add(self.company.id, user=user, **self.with_it).id for user in users]

    def group(self, name: str, who: Sequence[UUID]) -> Group:
        group = groups.add(self.company.id, name, **self.with_it)
        self.join(group, add=who)
        return group

    def join(self, group: Group, **who: Any) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            groups.append_members(ledger, group, **who)

    def rule(self, kind: protection.RuleKind, target: UUID | None = None) -> Rule:
        return protection.add_rule(self.company.id, COS, kind, target, **self.with_it)

    def want(self, *who: UUID) -> protection.Outcome:
        return protection.want(self.company.id, COS, who, **self.with_it)

    def unwant(self, *who: UUID) -> protection.Outcome:
        return protection.unwant(self.company.id, COS, who, **self.with_it)

    def seated(self) -> set[str]:
        open_ = Seat.objects.filter(company=self.company, closed_seq__isnull=True)
        named = Member.objects.filter(company=self.company, id__in=open_.values("member_id"))
        return set(named.values_list("user", flat=True))

    def waiting(self) -> list[str]:
        claims = Claim.objects.filter(company=self.company)
        users = dict(Member.objects.filter(company=self.company).values_list("id", "user"))
        order = claims.order_by("rule_place", "since_at", "member_id")
        return [users[each] for each in order.values_list("member_id", flat=True)]

    def engine(self, days: float) -> None:
        self.clock.move_to(self.clock.now() + int(days * DAY))
        Engine(self.clock, None).run_until_idle()


def test_a_group_that_is_protected_gives_seats_to_its_members_now_and_later() -> None:
    town = Town(5)
    ana, ben, cleo = town.people("ana", "ben", "cleo")
    sales = town.group("Sales", [ana])
    town.rule("group", sales.id)
    assert town.seated() == {"ana"}
    town.join(sales, add=[ben])
    assert town.seated() == {"ana", "ben"}
    town.join(sales, remove=[ana], add=[cleo])
    assert town.seated() == {"ben", "cleo"}


def test_everybody_of_the_company_includes_whoever_comes_later() -> None:
    town = Town(5)
    town.rule("company")
    town.people("ana")
    assert town.seated() == {"ana"}


def test_a_site_and_a_source_are_protected_by_their_members() -> None:
    town = Town(9)
    ana, ben = town.people("ana", "ben")
    members.set_home(town.company.id, [ana], town.paris, **town.with_it)
    members.add(town.company.id, user="cleo", source="Directory", **town.with_it)
    town.rule("site", town.paris)
    # Paris has no units of its own yet: whoever draws from it waits there.
    assert (town.seated(), town.waiting()) == (set(), ["ana"])
    source = Member.objects.get(user="cleo").source_id
    town.rule("source", source)
    assert town.seated() == {"cleo"}
    members.set_home(town.company.id, [ana], None, **town.with_it)
    assert town.waiting() == []
    assert ben not in Claim.objects.values_list("member_id", flat=True)


def test_short_units_go_to_named_people_then_by_the_order_of_rules_then_to_the_first() -> None:
    town = Town(1)
    ana, ben, cleo, dan, eva = town.people("ana", "ben", "cleo", "dan", "eva")
    late = town.group("Late", [dan, ben])
    soon = town.group("Soon", [cleo])
    town.want(ana)
    first, second = town.rule("group", late.id), town.rule("group", soon.id)
    assert town.want(eva) == protection.Outcome(done=0, waiting=1)
    assert town.seated() == {"ana"}
    assert town.waiting() == ["eva", "ben", "dan", "cleo"]
    protection.order_rules(town.company.id, COS, [second.id, first.id], **town.with_it)
    assert town.waiting() == ["eva", "cleo", "ben", "dan"]
    town.buy(2)
    assert town.seated() == {"ana", "eva", "cleo"}
    town.buy(9)
    assert town.seated() == {"ana", "ben", "cleo", "dan", "eva"}
    assert Instance.objects.get(company=town.company).is_settled


def test_nobody_has_a_seat_beyond_the_units_whatever_is_asked() -> None:
    town = Town(2)
    everybody = town.people(*"abcdef")
    town.rule("company")
    town.want(*everybody)
    with pytest.raises(seats.SeatsNotGranted):
        seats.protect(town.company.id, COS, town.main, everybody[2:3], **town.with_it)
    assert (len(town.seated()), len(town.waiting())) == (2, 4)


def test_units_that_only_time_brings_are_given_by_the_engine_at_that_instant() -> None:
    town = Town(1)
    ana, ben = town.people("ana", "ben")
    town.buy(1, starts=10)
    town.want(ana, ben)
    assert town.waiting() == ["ben"]
    town.engine(9)
    assert town.waiting() == ["ben"]
    town.engine(1)
    assert town.seated() == {"ana", "ben"}
    fact = Fact.objects.filter(company=town.company, kind="seats.protected").latest("seq")
    assert (fact.at, fact.who) == (START + 10 * DAY, "engine")


def test_a_company_that_cannot_be_settled_is_set_aside_and_keeps_nobody_else_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(1)
    town.buy(1, starts=10)
    town.want(*town.people("ana", "ben"))
    with monkeypatch.context() as broken:
        broken.setattr(settling, "settle", mock.Mock(side_effect=ValueError("broken")))
        town.engine(10)
    instance = Instance.objects.get(company=town.company)
    assert "broken" in instance.set_aside_error
    assert town.waiting() == ["ben"]
    town.engine(1)
    assert town.seated() == {"ana", "ben"}
    assert Instance.objects.get(company=town.company).set_aside_at is None


def test_whoever_leaves_gives_the_seat_to_whoever_waits() -> None:
    town = Town(1)
    ana, ben = town.people("ana", "ben")
    town.want(ana, ben)
    members.leave(town.company.id, [ana], **town.with_it)
    assert (town.seated(), town.waiting()) == ({"ben"}, [])
    members.come_back(town.company.id, [ana], **town.with_it)
    assert town.seated() == {"ben"}


def test_an_exclusion_keeps_a_member_out_of_the_rules_and_not_from_a_person() -> None:
    town = Town(9)
    ana, ben, cleo = town.people("ana", "ben", "cleo")
    everybody = town.group("Everybody", [ana, ben, cleo])
    robots = town.group("Robots", [cleo])
    town.rule("group", everybody.id)
    protection.exclude(town.company.id, COS, "member", [ana], **town.with_it)
    protection.exclude(town.company.id, COS, "group", [robots.id], **town.with_it)
    assert town.seated() == {"ben"}
    town.want(cleo)
    assert town.seated() == {"ben", "cleo"}
    entry = Exclusion.objects.get(kind="member").id
    protection.include(town.company.id, COS, [entry], **town.with_it)
    assert town.seated() == {"ana", "ben", "cleo"}


def test_unprotecting_somebody_whom_a_rule_wants_excludes_them() -> None:
    town = Town(9)
    ana, _ben = town.people("ana", "ben")
    town.rule("company")
    assert town.unwant(ana) == protection.Outcome(done=1, excluded=1)
    assert town.seated() == {"ben"}
    town.people("cleo")
    assert town.seated() == {"ben", "cleo"}


def test_a_seat_that_a_person_gave_outlives_the_rule_and_one_of_the_rule_does_not() -> None:
    town = Town(9)
    ana, _ben, _cleo = town.people("ana", "ben", "cleo")
    rule = town.rule("company")
    assert town.want(ana).done == 1
    protection.remove_rule(town.company.id, COS, rule.id, **town.with_it)
    assert town.seated() == {"ana"}
    other = town.rule("company")
    protection.remove_rule(town.company.id, COS, other.id, keep=True, **town.with_it)
    assert town.seated() == {"ana", "ben", "cleo"}
    assert set(Seat.objects.values_list("rule_id", flat=True)) >= {None}


def test_in_grace_nobody_new_is_protected_and_everybody_stays() -> None:
    town = Town(5, days=20)
    (ana,) = town.people("ana")
    town.rule("company")
    town.engine(21)
    (ben,) = town.people("ben")
    assert answers.check(town.company.id, "ana", clock=town.clock).answer.allowed
    assert (town.seated(), town.waiting()) == ({"ana"}, ["ben"])
    assert (ana, ben) == tuple(Member.objects.order_by("id").values_list("id", flat=True))


def test_while_suspended_members_are_recorded_and_a_restoration_is_current() -> None:
    """Who came waits, who left gives the seat back, and only then are the free units given."""
    town = Town(2, days=20)
    ana, _ben = town.people("ana", "ben")
    town.rule("company")
    instances.close(town.company.id, clock=town.clock, who="test")
    with pytest.raises(Refused, match="suspended"):
        town.want(ana)
    members.leave(town.company.id, [ana], **town.with_it)
    town.people("cleo")
    assert town.seated() == {"ana", "ben"}
    facts = Fact.objects.filter(company=town.company, kind__startswith="seats").count()
    instances.reopen(town.company.id, clock=town.clock, who="test")
    assert town.seated() == {"ben", "cleo"}
    new = list(Fact.objects.filter(company=town.company).order_by("seq").values_list("kind", "at"))
    assert [kind for kind, _ in new[-3:]] == [
        *("company.reopened", "seats.unprotected", "seats.protected"),
    ]
    assert len({at for _, at in new[-3:]}) == 1
    assert Fact.objects.filter(company=town.company, kind__startswith="seats").count() == facts + 2


def test_whoever_left_and_came_back_while_suspended_has_the_seat_still() -> None:
    town = Town(1, days=20)
    ana, _ = town.people("ana", "ben")
    town.want(ana)
    instances.close(town.company.id, clock=town.clock, who="test")
    members.leave(town.company.id, [ana], **town.with_it)
    members.come_back(town.company.id, [ana], **town.with_it)
    instances.reopen(town.company.id, clock=town.clock, who="test")
    assert town.seated() == {"ana"}


def test_what_is_not_there_is_refused_with_nothing_changed() -> None:
    town = Town(1)
    (ana,) = town.people("ana")
    with pytest.raises(NotFound):
        town.want(ana, UUID(int=1))
    with pytest.raises(NotFound):
        town.rule("group", UUID(int=1))
    town.rule("company")
    with pytest.raises(Refused, match="such a rule"):
        town.rule("company")
    members.leave(town.company.id, [ana], **town.with_it)
    with pytest.raises(NotFound):
        town.want(ana)
    assert town.seated() == set()


def test_removing_a_member_leaves_nothing_of_them_but_the_history() -> None:
    town = Town(1)
    (ana,) = town.people("ana")
    sales = town.group("Sales", [ana])
    town.rule("group", sales.id)
    members.remove(town.company.id, [ana], **town.with_it)
    assert town.seated() == set()
    assert not Member.objects.filter(company=town.company).exists()
    assert groups.members_of(town.company, sales.id) == []
    assert Seat.objects.get().closed_seq is not None
