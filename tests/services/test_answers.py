"""Checks: the answer of the facts, with the names of what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db.models import Model

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.steps import step
from tenure.services import (
    answers,
    catalogue,
    clocks,
    companies,
    instances,
    licences,
    members,
    readings,
)
from tenure.services import seats as seat_services
from tenure.services.answers import check, find_company, sentence
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Company, Fact, ImportBatch, Instance, Member, Seat, Service

pytestmark = pytest.mark.django_db

NOW = 1_767_225_600  # 2026-01-01
COS = catalogue.COS


@dataclass
class World:
    """A company with a clock by which everybody lives, and short ways to act on it."""

    clock: SetClock
    company: Company

    def licence(self, units: int, days: int | None, **more) -> UUID:
        ends = None if days is None else NOW + days * DAY
        starts = NOW + more.pop("from_day", 0) * DAY
        new = licences.NewLicence(COS, units, starts, ends, **more)
        return licences.add(self.company.id, new, clock=self.clock, who="test").id

    def members(self, *users: str) -> list[UUID]:
        return [
            members.add(self.company.id, user=user, clock=self.clock, who="test").id
            for user in users
        ]

    def protect(self, *members: UUID, pool: int = 0) -> None:
        seat_services.protect(
            self.company.id,
            COS,
            self.company.pools.get(position=pool).id,
            list(members),
            clock=self.clock,
            who="test",
        )

    def go_to(self, days: float) -> None:
        self.clock.move_to(NOW + int(days * DAY))

    def engine(self, *days: float) -> None:
        """Let the engine run on these days, with a relay that takes everything."""
        accepted = {(self.company.id, COS): frozenset(range(1000))}
        for day in days:
            self.go_to(day)
            step([self.company.id], self.clock, accepted=accepted)

    def check(self, user: str) -> answers.CheckAnswer:
        return check(self.company.id, user, clock=self.clock)


@pytest.fixture
def world() -> World:
    catalogue.ensure_default()
    clock = SetClock(NOW)
    company = companies.create(
        name="Boulangerie Martin",
        reference="C-1",
        time_zone="Europe/Paris",
        pools=[companies.NewPool("Lyon"), companies.NewPool("Paris")],
        clock=clock,
        who="test",
    )
    return World(clock, company)


def test_an_answer_names_the_user_the_licence_and_the_next_one(world: World) -> None:
    first = world.licence(1, 100, reference="L-1")
    second = world.licence(1, 300, from_day=50, label="Renewal", reference="L-2")
    world.protect(*world.members("ana@martin.test"))
    found = world.check("ana@martin.test")
    assert (found.answer.allowed, found.answer.code) == (True, "protected")
    assert (found.at, found.zone, found.service_name) == (
        NOW,
        "Europe/Paris",
        "Cloud Office Security",
    )
    assert found.licence == answers.NamedLicence(
        first, "L-1", "", NOW + 100 * DAY, "Cloud Office Security"
    )
    assert found.next_licence == answers.NamedLicence(
        second, "L-2", "Renewal", NOW + 300 * DAY, "Cloud Office Security"
    )
    assert found.answer.next_at == NOW + 50 * DAY
    assert sentence(found, "en") == (
        "ana@martin.test is protected by Cloud Office Security. The licence L-1 covers this user "
        "until Friday 20 February 2026, 00:59 (Paris), in 50 days; then the licence Renewal takes "
        "over."
    )


def test_users_are_found_whatever_their_case(world: World) -> None:
    world.licence(1, None)
    world.protect(*world.members("Ana@Martin.test"))
    assert world.check(" ANA@martin.TEST ").answer.code == "protected"


def test_the_place_is_counted_among_the_open_seats_of_the_pool(world: World) -> None:
    """Later facts stand behind, a seat that was given back is not counted, pools not mixed."""
    world.licence(9, None, placements={world.company.pools.get(position=1).id: 4})
    users = [f"user{i}@martin.test" for i in range(5)]
    a, b, c, d, e = world.members(*users)
    world.protect(c, a)
    world.protect(e, pool=1)
    world.protect(b)
    world.protect(d)
    assert [world.check(user).place for user in users] == [1, 2, 0, 3, 0]
    lyon = world.company.pools.get(position=0).id
    seat_services.unprotect(world.company.id, COS, lyon, [a], clock=world.clock, who="test")
    assert [world.check(user).place for user in users] == [None, 1, 0, 2, 0]


def test_the_last_protected_are_the_first_to_wait_and_each_code_is_reached(world: World) -> None:
    world.licence(1, 200)
    world.licence(2, 100)
    a, b, c, _ = world.members("a@m.test", "b@m.test", "c@m.test", "d@m.test")
    world.protect(a, b, c)
    users = ("a@m.test", "b@m.test", "d@m.test", "nobody@m.test")

    def codes() -> list[str]:
        return [world.check(user).answer.code for user in users]

    world.engine(50)
    assert codes() == ["protected", "protected", "unprotected", "no_such_user"]
    world.engine(100, 105)
    assert codes() == ["protected", "protected_by_hold", "unprotected", "no_such_user"]
    world.engine(115)
    assert codes() == ["protected", "waiting_for_units", "unprotected", "no_such_user"]
    world.engine(200, 201)
    assert codes() == ["protected_in_grace", "waiting_for_units", "unprotected", "no_such_user"]
    world.engine(214)
    assert codes() == ["suspended", "suspended", "suspended", "no_such_user"]
    world.engine(230, 245)
    assert codes() == ["deleted"] * 4


def test_the_engine_may_be_down(world: World) -> None:
    """What a licence's end brings about is answered although no engine ever ran."""
    world.licence(1, 100)
    world.protect(*world.members("a@m.test"))
    world.go_to(130)
    found = world.check("a@m.test")
    assert (found.answer.code, found.answer.until) == ("protected_in_grace", NOW + 144 * DAY)
    assert found.answer.is_until_open
    assert "at least until" in sentence(found, "en")
    assert "au moins jusqu’au" in sentence(found, "fr")


def test_a_company_that_its_owner_closed_says_so(world: World) -> None:
    world.licence(1, 100)
    world.protect(*world.members("a@m.test"))
    instances.close(world.company.id, clock=world.clock, who="test")
    assert world.check("a@m.test").answer.code == "closed"


def test_a_company_without_units_is_pending(world: World) -> None:
    world.members("a@m.test")
    found = world.check("a@m.test")
    assert (found.answer.code, found.answer.phase) == ("pending", "pending")


def test_asking_changes_nothing(world: World, django_assert_max_num_queries) -> None:
    world.licence(2, 100)
    world.protect(*world.members("a@m.test", "b@m.test"))
    world.go_to(150)

    def content() -> list[list[object]]:
        tables: tuple[type[Model], ...] = (Company, Fact, Instance, Member, Seat)
        return [list(table._default_manager.order_by("pk").values()) for table in tables]

    before = content()
    with django_assert_max_num_queries(9) as queries:
        world.check("b@m.test")
    assert content() == before
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_a_seat_that_was_just_given_is_seen_although_its_fact_lies_ahead(world: World) -> None:
    """After the engine ran within this second, a writer's facts are of the next one."""
    world.licence(1, 100)
    (member,) = world.members("a@m.test")
    world.engine(1)
    world.protect(member)
    assert world.check("a@m.test").answer.code == "protected"


@pytest.mark.parametrize(("tries", "code"), [(1, "waiting_for_units"), (3, "protected")])
def test_facts_that_come_between_two_readings_are_read_again(
    world: World, monkeypatch, tries, code
) -> None:
    """A writer protects a member after the facts are read and before the seats are."""
    world.licence(1, 100)
    rivals = world.members("a@m.test")
    read = readings.Company.read

    def read_then_write(company, service, now):
        reading = read(company, service, now)
        if rivals:
            world.protect(rivals.pop())
        return reading

    monkeypatch.setattr(readings.Company, "read", read_then_write)
    monkeypatch.setattr(answers, "TRIES", tries)
    assert world.check("a@m.test").answer.code == code


def test_a_test_company_lives_by_its_own_clock(world: World) -> None:
    own = clocks.create("far ahead", NOW + 500 * DAY)
    test = companies.create(name="Test", test_clock=own, clock=world.clock, who="test")
    assert check(test.id, "a@m.test", clock=world.clock).at == NOW + 500 * DAY


def test_an_import_that_is_not_released_is_answered_by_its_facts(world: World) -> None:
    world.licence(1, 100)
    world.protect(*world.members("a@m.test"))
    world.company.batch = ImportBatch.objects.create(created_at=NOW, digest="0")
    world.company.save(update_fields=["batch"])
    world.go_to(101)
    assert world.check("a@m.test").answer.code == "protected_in_grace"


# Which company, which service


def test_a_company_is_found_by_reference_id_or_name(world: World) -> None:
    for name in ("C-1", str(world.company.id), "Boulangerie Martin", world.company.id):
        assert find_company(name) == world.company


def test_a_reference_comes_before_a_name(world: World) -> None:
    companies.create(name="C-1", clock=world.clock, who="test")
    assert find_company("C-1") == world.company


def test_a_name_that_several_have_is_refused_with_their_references(world: World) -> None:
    other = companies.create(name="Boulangerie Martin", clock=world.clock, who="test")
    with pytest.raises(Refused, match=f"C-1, {other.id}|{other.id}, C-1") as caught:
        find_company("Boulangerie Martin")
    assert caught.value.code == "ambiguous"


NOBODY = UUID("00000000-0000-7000-8000-000000000000")


@pytest.mark.parametrize("name", ["Boulangerie", str(NOBODY), NOBODY, ""])
def test_a_company_that_there_is_not_is_not_found(world: World, name) -> None:
    with pytest.raises(NotFound, match="there is no"):
        find_company(name)


def test_a_company_with_several_services_is_asked_for_one_of_them(world: World) -> None:
    Service.objects.create(key="mail", name="Mail")
    company = companies.create(name="Both", clock=world.clock, who="test")
    with pytest.raises(Refused, match="name one of: cos, mail"):
        check(company.id, "a@m.test", clock=world.clock)
    assert check(company.id, "a@m.test", "mail", clock=world.clock).service_name == "Mail"
    with pytest.raises(NotFound, match="does not use vpn; it uses: cos, mail"):
        check(company.id, "a@m.test", "vpn", clock=world.clock)


def test_a_company_without_a_service_has_no_answer(world: World) -> None:
    company = companies.create(name="None", services=(), clock=world.clock, who="test")
    with pytest.raises(NotFound, match="uses no service"):
        check(company.id, "a@m.test", clock=world.clock)


# The sentence


def test_the_sentence_of_a_gap_does_not_say_that_the_next_licence_takes_over(world: World) -> None:
    world.licence(1, 100)
    world.licence(1, 300, from_day=150, label="Later")
    world.protect(*world.members("a@m.test"))
    found = world.check("a@m.test")
    assert found.next_licence is not None
    assert "takes over" not in sentence(found, "en")
    world.engine(100, 101)
    assert "without a new one, protection then ends" in sentence(world.check("a@m.test"), "en")


def test_the_sentence_of_a_grace_names_the_licence_that_comes_in_time(world: World) -> None:
    world.licence(1, 100)
    world.licence(1, 300, from_day=110, label="In time")
    world.protect(*world.members("a@m.test"))
    world.engine(100, 101)
    said = sentence(world.check("a@m.test"), "en")
    assert "still protected by Cloud Office Security until" in said
    assert said.endswith("has no valid licence now; the licence In time takes over.")
