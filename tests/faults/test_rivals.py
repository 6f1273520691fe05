"""Processes that want the same thing at the same moment, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tenure.clock import SetClock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.delivery import queue
from tenure.engine.loop import Engine
from tenure.services import (
    catalogue,
    companies,
    groups,
    identities,
    licences,
    members,
    protection,
    seats,
    states,
)
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.errors import Refused
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.store.models import (
    Claim,
    Company,
    Delivery,
    Fact,
    Group,
    GroupMember,
    Licence,
    Member,
    Notice,
    Pool,
    Seat,
    Source,
)
from tests.faults.databases import Settings, Snapshot
from tests.faults.processes import Mailbox, Moments, in_child
from tests.faults.rivals import at_once
from tests.faults.works import BEGAN, WHO

pytestmark = pytest.mark.django_db

UNITS = 12


def _clock(at: int = BEGAN) -> SetClock:
    return SetClock(at)


def _found(people: int) -> UUID:
    """Make a company with two sites that share a licence, and people who want protection."""
    catalogue.ensure_default()
    pools = [NewPool("Lyon", "lyon"), NewPool("Paris", "paris")]
    company = companies.create(name="Boulangerie Martin", clock=_clock(), who=WHO, pools=pools)
    companies.add_contact(company, address="anne@example.org", role="owner", name="Anne")  # type: ignore[arg-type]
    new = NewLicence(COS, UNITS, BEGAN, BEGAN + 60 * DAY, reference="L-1")
    licences.add(company.id, new, clock=_clock(), who=WHO)
    for i in range(people):
        members.add(company.id, user=f"u{i}@martin.test", clock=_clock(), who=WHO)
    return company.id


@pytest.fixture
def shared(blank: Snapshot) -> Iterator[Callable[[int], tuple[Settings, UUID]]]:
    """Makes a database with such a company in it."""
    made: list[Settings] = []

    def make(people: int) -> tuple[Settings, UUID]:
        settings = blank.fresh()
        made.append(settings)
        return settings, in_child(settings, partial(_found, people), generation=1).result

    yield make
    for settings in made:
        blank.drop(settings)


def _claim(company: UUID, user: str) -> str:
    pool = Pool.objects.get(company_id=company, position=0).id
    member = Member.objects.get(company_id=company, user=user).id
    try:
        seats.protect(company, COS, pool, [member], clock=_clock(), who=WHO)
    except Refused as refused:
        return refused.code
    return "granted"


def _seats(company: UUID) -> int:
    return Seat.objects.filter(company_id=company, closed_seq__isnull=True).count()


def test_of_many_who_claim_the_last_seats_as_many_get_one_as_there_are(
    shared: Callable[[int], tuple[Settings, UUID]],
) -> None:
    settings, company = shared(UNITS + 8)
    claims = [partial(_claim, company, f"u{i}@martin.test") for i in range(UNITS + 8)]
    assert Counter(at_once(settings, claims)) == {"granted": UNITS, "no_free_units": 8}
    assert in_child(settings, partial(_seats, company), generation=2).result == UNITS


def test_of_many_who_claim_for_one_member_one_gets_the_seat(
    shared: Callable[[int], tuple[Settings, UUID]],
) -> None:
    settings, company = shared(1)
    claims = [partial(_claim, company, "u0@martin.test") for _ in range(8)]
    assert Counter(at_once(settings, claims)) == {"granted": 1, "has_seat": 7}


# Every door to a unit at once


RIVALS = 50


def _wish(company: UUID, service_door: str, user: str) -> str:
    """Ask for a unit for one member through one of the doors."""
    member = Member.objects.get(company_id=company, user=user).id
    how: dict[str, Any] = {"clock": _clock(), "who": WHO}
    try:
        if service_door == "person":
            outcome = protection.want(company, COS, [member], **how)
            return "granted" if outcome.done else "waits"
        if service_door == "group":
            with writing(company, _clock(), WHO) as ledger:
                group = Group.objects.get(company_id=company, name="Ruled")
                groups.append_members(ledger, group, add=[member])
            return "in the group"
        if service_door == "directory":
            with writing(company, _clock(), WHO) as ledger:
                source = Source.objects.get(company_id=company)
                identities.append_added(ledger, source, Said(f"new-{user}"))
            return "in the directory"
        pool = Pool.objects.get(company_id=company, position=0).id
        seats.protect(company, COS, pool, [member], **how)
    except Refused as refused:
        return refused.code
    return "granted"


def _ready(company: UUID, left: int) -> None:
    """Give all units but the last ones away, and protect a group and a directory by rules."""
    people = [f"u{i}@martin.test" for i in range(RIVALS, RIVALS + UNITS - left)]
    ids = list(
        Member.objects.filter(company_id=company, user__in=people).values_list("id", flat=True)
    )
    how: dict[str, Any] = {"clock": _clock(), "who": WHO}
    assert protection.want(company, COS, ids, **how).done == UNITS - left
    group = groups.add(company, "Ruled", **how)
    source = Source.objects.create(company_id=company, name="Entra", kind="scim")
    protection.add_rule(company, COS, "group", group.id, **how)
    protection.add_rule(company, COS, "source", source.id, **how)


def _stand(company: UUID) -> tuple[int, int, int]:
    """Give how many have a seat, how many wait, and how many a person or rule wants."""
    _read(company)
    claims = Claim.objects.filter(company_id=company)
    wanted = Member.objects.filter(company_id=company, user__startswith="new-").count()
    wanted += GroupMember.objects.filter(company_id=company).count()
    both = claims.filter(
        member_id__in=Seat.objects.filter(company_id=company, closed_seq__isnull=True).values(
            "member_id"
        )
    )
    assert not both.exists(), "has a seat and waits"
    return _seats(company), claims.count(), wanted


@pytest.mark.parametrize("left", [1, 3])
def test_of_fifty_who_want_the_last_units_through_every_door_no_more_get_one_than_there_are(
    shared: Callable[[int], tuple[Settings, UUID]], left: int
) -> None:
    """By name, by a group, by a directory, as a whole or not at all; nobody is forgotten."""
    settings, company = shared(RIVALS + UNITS)
    in_child(settings, partial(_ready, company, left), generation=2)
    doors = ("person", "group", "directory", "whole")
    claims = [
        partial(_wish, company, doors[i % len(doors)], f"u{i}@martin.test") for i in range(RIVALS)
    ]
    said = Counter(at_once(settings, claims))
    seats_, waiting, ruled = in_child(settings, partial(_stand, company), generation=3).result
    assert seats_ == UNITS
    assert sum(said.values()) == RIVALS
    assert said["no_free_units"] + said["granted"] >= RIVALS // len(doors)
    # Who was turned away asked for a seat or nothing; all others have one or wait for one.
    asked = RIVALS - said["no_free_units"]
    assert (seats_ - (UNITS - left)) + waiting == asked
    assert ruled == said["in the group"] + said["in the directory"]


def _quarrel(company: UUID, seed: int, rounds: int) -> int:
    """Do what comes to mind, at an instant of one's own; give how often it was refused."""
    chance = random.Random(seed)
    clock = _clock(BEGAN + seed)  # each has a clock that goes a little differently
    refused = 0
    pools = list(Pool.objects.filter(company_id=company).order_by("position"))
    people = list(Member.objects.filter(company_id=company).values_list("id", flat=True))
    licence = Licence.objects.get(company_id=company).id
    for turn in range(rounds):
        pool = chance.choice(pools).id
        lyon = chance.randint(0, UNITS)
        choices: list[Callable[..., Any]] = [
            partial(seats.protect, company, COS, pool, [chance.choice(people)]),
            partial(seats.protect, company, COS, pool, chance.sample(people, 3)),
            partial(seats.unprotect_last, company, COS, pool, 1),
            partial(
                licences.place,
                company,
                licence,
                {pools[0].id: lyon, pools[1].id: UNITS - lyon},
            ),
            partial(licences.renew, company, licence, BEGAN + (60 + seed + turn * 20) * DAY),
        ]
        try:
            chance.choice(choices)(clock=clock, who=WHO)
        except Refused:
            refused += 1
        clock.move_to(clock.now() + chance.randint(0, 3))
    return refused


def _work(mailbox: Path, seed: int, rounds: int) -> int:
    """An engine beside them."""
    clock = _clock(BEGAN + seed)
    engine = Engine(clock, Mailbox(mailbox, Moments()))
    for _ in range(rounds):
        engine.round()
        clock.move_to(clock.now() + 1)
    return 0


def _read(company: UUID) -> None:
    """Fold the ledger as it stands, and compare it with the tables and with what was granted."""
    facts = list(Fact.objects.filter(company_id=company).order_by("seq"))
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    assert Company.objects.get(pk=company).last_seq == len(facts)
    life = Lifecycle((), states.policy(COS, company, BEGAN))
    for fact in states.decode(facts, COS):
        before = {pool: (held.seats, life.units) for pool, held in life.pools.items()}
        for record in life.apply(fact):
            assert not isinstance(record, r.SeatsRefused), "what was refused is no fact"
            if isinstance(record, r.SeatsGranted):
                assert life.pools[record.pool].seats <= life.capacity.units[record.pool], before
    rows = Counter(
        str(pool)
        for pool in Seat.objects.filter(company_id=company, closed_seq__isnull=True).values_list(
            "pool_id", flat=True
        )
    )
    assert rows == {pool: held.seats for pool, held in life.pools.items() if held.seats}


def _quarrel_with(
    shared: Callable[[int], tuple[Settings, UUID]], tmp_path: Path, people: int, rounds: int
) -> None:
    settings, company = shared(20)
    doings: list[Callable[[], Any]] = [
        partial(_quarrel, company, seed, rounds) for seed in range(people)
    ]
    doings += [partial(_work, tmp_path / "mails", seed, rounds) for seed in (0, 7)]
    refused = at_once(settings, doings)
    assert 0 < sum(refused) < people * rounds
    in_child(settings, partial(_read, company), generation=3)


def test_claims_placements_renewals_and_engines_never_grant_too_much_nor_wait_for_each_other(
    shared: Callable[[int], tuple[Settings, UUID]], tmp_path: Path
) -> None:
    _quarrel_with(shared, tmp_path, people=6, rounds=12)


@pytest.mark.long
def test_a_longer_quarrel_ends_as_well(
    shared: Callable[[int], tuple[Settings, UUID]], tmp_path: Path
) -> None:
    _quarrel_with(shared, tmp_path, people=16, rounds=100)


def _lease() -> list[UUID]:
    return [mail.id for mail in queue.lease(_clock(BEGAN + 30 * DAY), 3)]


def _issue(company: UUID) -> int:
    for i in range(20):
        companies.add_contact(
            Company.objects.get(pk=company),
            address=f"a{i}@example.org",
            role="administrator",  # type: ignore[arg-type]
        )
    engine = Engine(_clock(BEGAN + 30 * DAY), None)
    engine.step()
    assert Notice.objects.filter(company_id=company).count() == 1
    return Delivery.objects.count()


def test_engines_that_take_mails_at_the_same_moment_take_different_ones(
    shared: Callable[[int], tuple[Settings, UUID]],
) -> None:
    settings, company = shared(1)
    assert in_child(settings, partial(_issue, company), generation=2).result == 21
    taken = [mail for mails in at_once(settings, [_lease] * 6) for mail in mails]
    assert len(taken) == len(set(taken)) == 18
