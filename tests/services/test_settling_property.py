"""Whatever happens, in whatever order: who has a seat, and who waits, is what it should be.

Random sequences of what people, directories and time do to a company. After each of them the
tables are compared with what follows from the rules as they are written (``Expected``), which is
worked out one member at a time and asks nothing of ``settling``.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.clock import SetClock
from tenure.delivery.relays import Answer
from tenure.engine.loop import Engine
from tenure.services import (
    companies,
    groups,
    identities,
    instances,
    licences,
    members,
    protection,
    seats,
    states,
)
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Alias,
    Claim,
    Company,
    Contact,
    Exclusion,
    Group,
    GroupMember,
    Identity,
    Instance,
    Licence,
    Member,
    Pool,
    Rule,
    Seat,
    Source,
)
from tests.people import Cast

pytestmark = pytest.mark.django_db
DAY = 86_400
PEOPLE = 7


class Relay:
    """Takes every mail."""

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        return Answer("accepted", "250 taken")

    def close(self) -> None:
        """Nothing is kept open."""


class World:
    """A company, and what may be done to it at random."""

    def __init__(self, seed: int) -> None:
        cast = Cast()
        self.chance = random.Random(seed)
        self.company: Company = cast.martin
        self.clock: SetClock = cast.clock
        self.who: dict[str, Any] = {"clock": self.clock, "who": "test"}
        companies.add_contact(self.company, address="anne@example.org", role=Contact.Role.OWNER)
        self.pools = list(Pool.objects.filter(company=self.company).order_by("position"))
        self.source = Source.objects.create(company=self.company, name="Entra", kind="scim")
        self.groups = [groups.add(self.company.id, name, **self.who) for name in ("A", "B")]
        for i in range(PEOPLE - 2):
            members.add(self.company.id, user=f"m{i}", **self.who)
        self.licence()
        self.named: set[UUID] = set()
        """Whom a person protects."""
        self.done: list[str] = []
        self.between: list[Watch] = []
        """Who looks on between the days."""
        # Without it most stories would have no rule that covers anybody.
        self.join()
        if self.chance.random() < 0.7:
            group = self.groups[0].id
            protection.add_rule(self.company.id, COS, "group", group, **self.who)

    # What there is to choose from

    @property
    def life(self) -> Any:
        instance = Instance.objects.get(company=self.company, state__isnull=False)
        return states.evaluate(instance, self.clock.now())

    def people(self) -> list[UUID]:
        return sorted(Member.objects.filter(company=self.company).values_list("id", flat=True))

    def some(self) -> list[UUID]:
        people = self.people()
        return self.chance.sample(people, min(len(people), self.chance.randint(1, 3)))

    def pool(self) -> UUID:
        found: UUID = self.chance.choice(self.pools).id
        return found

    def group(self) -> Group:
        return Group.objects.get(company=self.company, id=self.chance.choice(self.groups).id)

    def rules(self) -> list[UUID]:
        rows = Rule.objects.filter(company=self.company).order_by("place")
        return list(rows.values_list("id", flat=True))

    def licences(self) -> list[UUID]:
        rows = Licence.objects.filter(
            company=self.company, removed_at__isnull=True, cancelled_at__isnull=True
        )
        return list(rows.order_by("id").values_list("id", flat=True))

    # What may happen

    def licence(self) -> None:
        starts = self.clock.now() + self.chance.choice([0, 0, 3 * DAY])
        units = self.chance.randint(1, 6)
        placed = {self.pool(): self.chance.randint(1, units)} if self.chance.random() < 0.6 else {}
        new = NewLicence(
            COS, units, starts, starts + self.chance.randint(5, 60) * DAY, placements=placed
        )
        licences.add(self.company.id, new, **self.who)

    def end_licence(self) -> None:
        doing = self.chance.choice([licences.cancel, licences.remove])
        doing(self.company.id, self.chance.choice(self.licences()), **self.who)

    def renew(self) -> None:
        later = self.clock.now() + self.chance.randint(70, 90) * DAY
        licences.renew(self.company.id, self.chance.choice(self.licences()), later, **self.who)

    def place(self) -> None:
        licence = Licence.objects.get(id=self.chance.choice(self.licences()))
        placed = {self.pool(): self.chance.randint(0, licence.units)}
        licences.place(self.company.id, licence.id, placed, **self.who)

    def resize(self) -> None:
        licence = self.chance.choice(self.licences())
        licences.resize(self.company.id, licence, self.chance.randint(1, 8), {}, **self.who)

    def come(self) -> None:
        if len(self.people()) < PEOPLE:
            user = f"n{self.chance.randint(0, 10**6)}"
            members.add(
                self.company.id, user=user, pool=self.chance.choice([None, self.pool()]), **self.who
            )

    def leave(self) -> None:
        who = self.some()
        members.leave(self.company.id, who, **self.who)

    def come_back(self) -> None:
        members.come_back(self.company.id, self.some(), **self.who)

    def remove(self) -> None:
        who = self.some()[:1]
        members.remove(self.company.id, who, **self.who)
        self.named -= set(who)

    def move_home(self) -> None:
        pool = self.chance.choice([None, self.pool()])
        members.set_home(self.company.id, self.some(), pool, **self.who)

    def join(self) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            group = self.group()
            add, remove = (self.some(), []) if self.chance.random() < 0.6 else ([], self.some())
            groups.append_members(ledger, group, add=add, remove=remove)

    def group_home(self) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            pool = self.chance.choice([None, self.pool()])
            groups.append_home(ledger, self.group(), pool)

    def said(self) -> Said:
        user = self.chance.choice(["m0", "m1", "x0", "x1", "x2"])
        addresses = self.chance.sample(["m2", "x0@d", "x1@d", "x3"], self.chance.randint(0, 2))
        return Said(user, addresses=addresses, is_active=self.chance.random() < 0.7)

    def directory_adds(self) -> None:
        if len(self.people()) < PEOPLE:
            with writing(self.company.id, self.clock, "test") as ledger:
                identities.append_added(ledger, self.source, self.said())

    def identity(self) -> Identity:
        return self.chance.choice(
            list(Identity.objects.filter(company=self.company).order_by("id"))
        )

    def directory_changes(self) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            identities.append_changed(ledger, self.identity(), self.said())

    def directory_removes(self) -> None:
        with writing(self.company.id, self.clock, "test") as ledger:
            identities.append_removed(ledger, self.identity())

    def rule(self) -> None:
        kind = self.chance.choice(["group", "group", "source", "site", "company"])
        target = {
            "group": self.group().id,
            "source": self.source.id,
            "site": self.pool(),
            "company": None,
        }[kind]
        protection.add_rule(self.company.id, COS, kind, target, **self.who)  # type: ignore[arg-type]

    def unrule(self) -> None:
        rule, keep = self.chance.choice(self.rules()), self.chance.random() < 0.5
        kept = set(
            open_seats(self.company).filter(rule_id=rule).values_list("member_id", flat=True)
        )
        protection.remove_rule(self.company.id, COS, rule, keep=keep, **self.who)
        if keep:
            self.named |= kept

    def order(self) -> None:
        rules = self.rules()
        self.chance.shuffle(rules)
        protection.order_rules(self.company.id, COS, rules, **self.who)

    def exclude(self) -> None:
        if self.chance.random() < 0.5:
            protection.exclude(self.company.id, COS, "member", self.some(), **self.who)
        else:
            protection.exclude(self.company.id, COS, "group", [self.group().id], **self.who)

    def include(self) -> None:
        rows = Exclusion.objects.filter(company=self.company).order_by("id")
        one = self.chance.choice(list(rows.values_list("id", flat=True)))
        protection.include(self.company.id, COS, [one], **self.who)

    def want(self) -> None:
        who = self.some()
        protection.want(self.company.id, COS, who, **self.who)
        self.named |= set(who)

    def unwant(self) -> None:
        who = self.some()
        protection.unwant(self.company.id, COS, who, **self.who)
        self.named -= set(who)

    def protect(self) -> None:
        who = self.some()
        seats.protect(self.company.id, COS, self.pool(), who, **self.who)
        self.named |= set(who)

    def close(self) -> None:
        instances.close(self.company.id, **self.who)

    def reopen(self) -> None:
        instances.reopen(self.company.id, **self.who)

    def time(self) -> None:
        days = self.chance.choice([1, 2, 5, 10, 15])
        end = self.clock.now() + days * DAY
        engine = Engine(self.clock, Relay())
        if self.chance.random() < 0.5:
            while self.clock.now() < end:
                self.clock.move_to(self.clock.now() + DAY)
                engine.run_until_idle()
                for watch in self.between:
                    watch.compare()
                    watch.look()
        self.clock.move_to(end)
        engine.run_until_idle()

    def act(self) -> None:
        """Do something; where it is refused, nothing is done."""
        # Where the engine ran, facts stand one second later.
        self.clock.move_to(self.clock.now() + 2)
        name = self.chance.choice(ACTIONS)
        try:
            getattr(self, name)()
        except (Refused, NotFound, IndexError) as refused:
            name = f"{name}: {type(refused).__name__} {refused}"
        self.done.append(name)


ACTIONS = (
    *("licence", "end_licence", "renew", "place", "resize", "come", "leave", "come_back", "remove"),
    *("move_home", "join", "join", "join", "group_home", "directory_adds", "directory_adds"),
    *("directory_changes", "directory_removes", "rule", "rule", "unrule", "order", "exclude"),
    *("include", "want", "want", "want", "unwant", "protect", "close", "reopen", "time", "time"),
    *("time", "time"),
)


def open_seats(company: Company) -> Any:
    return Seat.objects.filter(company=company, closed_seq__isnull=True)


class Expected:
    """Who should be protected, and by what: read from members, groups, rules and nothing else."""

    def __init__(self, world: World) -> None:
        company = world.company
        self.members = {row.id: row for row in Member.objects.filter(company=company)}
        self.in_groups: dict[UUID, list[UUID]] = defaultdict(list)
        for row in GroupMember.objects.filter(company=company).order_by("added_at", "group_id"):
            self.in_groups[row.member_id].append(row.group_id)
        self.groups = {row.id: row for row in Group.objects.filter(company=company)}
        self.sources = {row.id: row for row in Source.objects.filter(company=company)}
        self.known: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
        for identity in Identity.objects.filter(company=company, member_id__isnull=False):
            assert identity.member_id is not None
            self.known[identity.member_id][identity.source_id] = identity.is_active
        mine = {"company": company, "service": COS, "instance": world.life.instance}
        self.rules = list(Rule.objects.filter(**mine).order_by("place"))
        self.out = set(Exclusion.objects.filter(**mine).values_list("target_id", flat=True))
        self.main = world.pools[0].id

    def home(self, member: UUID) -> UUID:
        row = self.members[member]
        if row.pool_id:
            return row.pool_id
        for group in self.in_groups[member]:
            pool: UUID | None = self.groups[group].pool_id
            if pool:
                return pool
        source = None if row.source_id is None else self.sources[row.source_id]
        return (source.pool_id if source else None) or self.main

    def rule(self, member: UUID) -> Rule | None:
        """Give the first rule that wants a member."""
        if member in self.out or self.out & set(self.in_groups[member]):
            return None
        return next((rule for rule in self.rules if self._covers(rule, member)), None)

    def _covers(self, rule: Rule, member: UUID) -> bool:
        match rule.kind:
            case "company":
                return True
            case "group":
                return rule.target_id in self.in_groups[member]
            case "site":
                return rule.target_id == self.home(member)
        known = self.known[member].get(rule.target_id)  # type: ignore[arg-type]
        if known is None:
            return self.members[member].source_id == rule.target_id
        return known


class Watch:
    """What is compared after each action with what was before it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before: dict[UUID, Seat] = {}
        self.waited: dict[UUID, Claim] = {}
        self.counts: Counter[UUID] = Counter()
        self.look()

    def look(self) -> None:
        self.before = {row.member_id: row for row in open_seats(self.world.company)}
        self.counts = Counter(row.pool_id for row in self.before.values())
        claims = Claim.objects.filter(company=self.world.company)
        self.waited = {row.member_id: row for row in claims}

    def compare(self) -> None:
        """Raise ``AssertionError`` for what is not as it should be."""
        world = self.world
        life = world.life
        if life.phase == "deleted":
            return
        mine = {"company": world.company, "instance": life.instance}
        rows = {row.member_id: row for row in open_seats(world.company).filter(**mine)}
        claims = {row.member_id: row for row in Claim.objects.filter(**mine)}
        held = Counter(str(row.pool_id) for row in rows.values())
        assert held == {name: pool.seats for name, pool in life.pools.items() if pool.seats}
        self._no_more_than_units(life, Counter(row.pool_id for row in rows.values()))
        self._each_as_wanted(life, rows, claims)
        self._nobody_waits_beside_a_free_unit(life, claims)
        self._in_order(rows, claims)
        instance = Instance.objects.get(company=world.company, state__isnull=False)
        waits = bool(claims) or any(row.given_up_at is not None for row in rows.values())
        assert instance.is_settled is not waits

    def _no_more_than_units(self, life: Any, now: Counter[UUID]) -> None:
        for pool, count in now.items():
            units = life.capacity.units.get(str(pool), 0)
            assert count <= max(units, self.counts[pool]), f"{count} seats, {units} units"

    def _each_as_wanted(self, life: Any, rows: dict[UUID, Seat], claims: dict[UUID, Claim]) -> None:
        world = self.world
        expected = Expected(world)
        is_shut = life.phase == "suspended"
        for member, row in expected.members.items():
            seat, claim = rows.get(member), claims.get(member)
            if row.left_at is not None:
                assert claim is None, "waits, and has left"
                if is_shut and seat is not None:
                    assert seat.given_up_at is not None
                    continue  # whoever comes back before the restoration has it still
                assert seat is None, "has a seat, and has left"
                world.named.discard(member)
                continue
            rule = expected.rule(member)
            by_person = member in world.named
            if not by_person and rule is None:
                assert claim is None, "waits, and nobody wants it"
                assert seat is None or (is_shut and seat.given_up_at), "nobody wants the seat"
                continue
            assert (seat is None) is not (claim is None), "neither seat nor claim, or both"
            by = None if by_person or rule is None else rule.id
            if seat is not None:
                assert seat.given_up_at is None
                assert seat.rule_id == by
            if claim is not None:
                place = 0 if by is None or rule is None else rule.place
                assert (claim.rule_id, claim.rule_place) == (by, place)
                assert claim.pool_id == expected.home(member)
            old = self.before.get(member)
            if old is not None and by_person and old.rule_id is None and not old.given_up_at:
                assert seat is not None, "a rule took what a person gave"
                assert seat.id == old.id
        for member, left in rows.items():
            # Of a member who was removed meanwhile, a seat waits for the restoration.
            assert member in expected.members or (is_shut and left.given_up_at is not None)
        assert set(claims) <= set(expected.members)

    def _in_order(self, rows: dict[UUID, Seat], claims: dict[UUID, Claim]) -> None:
        """People before rules, rules in their order, then whoever was there first."""
        places = dict(Rule.objects.values_list("id", "place"))
        for member, row in rows.items():
            waited = self.waited.get(member)
            if member in self.before or waited is None or waited.pool_id != row.pool_id:
                continue
            place = 0 if row.rule_id is None else places[row.rule_id]
            for claim in claims.values():
                if claim.pool_id != row.pool_id:
                    continue
                assert place <= claim.rule_place, "a rule came before its turn"
                same = self.waited.get(claim.member_id)
                if place == claim.rule_place and same is not None and same.pool_id == row.pool_id:
                    assert waited.since_at <= claim.since_at, "came later and has a seat"

    def _nobody_waits_beside_a_free_unit(self, life: Any, claims: dict[UUID, Claim]) -> None:
        if life.phase != "active":
            return
        for claim in claims.values():
            pool = str(claim.pool_id)
            assert life.capacity.units.get(pool, 0) <= life.pools[pool].seats, "a unit is free"


def _names_are_once(company: Company) -> None:
    users = list(Member.objects.filter(company=company).values_list("user", flat=True))
    others = list(Alias.objects.filter(company=company).values_list("value", flat=True))
    assert len({*users, *others}) == len(users) + len(others), "a name belongs to two"


def live(seed: int, actions: int) -> None:
    with transaction.atomic():
        world = World(seed)
        watch = Watch(world)
        world.between.append(watch)
        try:
            for _ in range(actions):
                watch.look()
                world.act()
                watch.compare()
                _names_are_once(world.company)
                if world.life.phase == "deleted":
                    break
        except AssertionError as error:
            raise AssertionError(f"{seed}: {world.done}") from error
        finally:
            transaction.set_rollback(True)


@settings(max_examples=12)
@given(st.integers(0, 10**9))
def test_who_has_a_seat_and_who_waits_is_what_the_rules_say(seed: int) -> None:
    """Never more than units; nobody forgotten; nobody whom a person protects loses by a rule."""
    live(seed, 14)


@pytest.mark.long
@settings(max_examples=1500)
@given(st.integers(0, 10**9))
def test_so_it_is_after_longer_stories(seed: int) -> None:
    live(seed, 40)
