"""Each list of members is what going over all of them gives: whom, in order, and how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from tenure.core.policy import DAY
from tenure.services import groups, member_filters, members, protection, rosters, standings
from tenure.services.catalogue import COS
from tenure.services.ledger import writing
from tenure.services.member_filters import ORDERS, SHOWN, MemberFilter
from tenure.services.rosters import MemberRow
from tenure.services.standings import Standing
from tenure.store.models import Company, Group, GroupMember, Member, Pool, Seat, Source
from tests.portal.conftest import WHO, Town
from tests.portal.conftest import town as _town
from tests.seeds import seeds

town = _town


def populated(town: Town, random: Random) -> Company:
    """Give a company of three pools, some short: with rules, groups, homes, and people who left."""
    company = town.company(sites=("Lyon", "Nice", "Paris"))
    pools = list(Pool.objects.filter(company=company).order_by("position"))
    for pool in pools:
        town.licence(company, random.randint(3, 6), 300, pool=pool.id)
        town.licence(company, random.randint(2, 4), 20, pool=pool.id)
    people = [
        members.add(
            company.id,
            user=f"u{i:03}@martin.test",
            name=random.choice(("Ida", "Émile", "ida x", "")),
            source=random.choice(("", "Directory", "File")),
            clock=town.clock,
            who=WHO,
        )
        for i in range(36)
    ]
    ids = [member.id for member in people]
    random.shuffle(ids)
    for pool in pools:
        members.set_home(
            company.id, ids[: random.randint(1, 6)], pool.id, clock=town.clock, who=WHO
        )
        random.shuffle(ids)
    made = [groups.add(company.id, name, clock=town.clock, who=WHO) for name in ("A", "B", "C")]
    with writing(company.id, town.clock, WHO) as ledger:
        for group in made:
            groups.append_members(ledger, group, add=random.sample(ids, random.randint(14, 20)))
        if random.random() < 0.7:
            groups.append_home(ledger, made[0], pools[1].id)
            groups.append_home(ledger, made[1], pools[2].id)
    source = Source.objects.filter(company=company).order_by("name").first()
    if source is not None and random.random() < 0.7:
        Source.objects.filter(company=company, id=source.id).update(pool_id=pools[2].id)
    town.pass_days(company, 1)
    by_hand = random.sample(ids, random.randint(6, 10))
    protection.want(company.id, COS, by_hand, clock=town.clock, who=WHO)
    protection.add_rule(company.id, COS, "group", made[2].id, clock=town.clock, who=WHO)
    town.pass_days(company, random.choice((1, 22, 24)))
    members.leave(company.id, random.sample(ids, 4), clock=town.clock, who=WHO)
    town.work()
    # Whose home is another one by now keeps the seat where it is.
    moved = Member.objects.filter(company=company, id__in=random.sample(ids, 12))
    moved.update(pool_id=random.choice(pools).id)
    now = town.now(company)
    for id_ in random.sample(ids, 20):
        seen = now - random.randint(0, 60) * DAY
        Member.objects.filter(company=company, id=id_).update(seen_at=seen)
    return company


def reckoned(standing: Standing) -> Callable[[MemberFilter], list[UUID]]:
    """Give what lists the members of a filter by going over all of them."""
    company = standing.company
    rows = rosters.rows_of(standing, list(Member.objects.filter(company=company)))
    pools = dict(Group.objects.filter(company=company).values_list("id", "pool_id"))
    of_source = dict(Source.objects.filter(company=company).values_list("id", "pool_id"))
    main = standing.pools[0].id
    inside: dict[UUID, list[UUID]] = {}
    for pair in GroupMember.objects.filter(company=company).order_by("added_at", "group_id"):
        inside.setdefault(pair.member_id, []).append(pair.group_id)

    def site(row: MemberRow) -> UUID:
        if row.seat is not None:
            return row.seat.pool_id
        of_groups = [at for group in inside.get(row.member.id, ()) if (at := pools[group])]
        known = [row.member.pool_id, *of_groups, of_source.get(row.member.source_id or main), main]
        return next(at for at in known if at is not None)

    def fits(row: MemberRow, wanted: MemberFilter) -> bool:
        member = row.member
        if wanted.shown == "seat":
            stands = row.seat is not None or row.claim is not None
        else:
            stands = wanted.shown in ("", "left", row.status)
        return (
            stands
            and (member.left_at is not None) == (wanted.shown == "left")
            and wanted.search.lower() in f"{member.user} {member.name.lower()}"
            and wanted.source in (None, member.source_id)
            and (wanted.group is None or wanted.group in inside.get(member.id, ()))
            and wanted.pool in (None, site(row))
            and (
                not wanted.unseen
                or (member.seen_at or standing.now) < standing.now - wanted.unseen * DAY
            )
        )

    orders: dict[str, Callable[[Member], Any]] = {
        "user": lambda member: member.user,
        "name": lambda member: (member.name, member.user),
        "seen": lambda member: (member.seen_at is not None, member.seen_at or 0, member.id),
        "new": lambda member: -member.id.int,
    }

    def list_(wanted: MemberFilter) -> list[UUID]:
        found = [row.member for row in rows if fits(row, wanted)]
        return [member.id for member in sorted(found, key=orders[wanted.order])]

    return list_


def filters(standing: Standing, random: Random) -> Iterator[MemberFilter]:
    """Give every status alone, at each site and within each other filter, in some order."""
    company = standing.company
    sources = list(Source.objects.filter(company=company).values_list("id", flat=True))
    sets = list(Group.objects.filter(company=company).values_list("id", flat=True))
    narrowing: list[dict[str, Any]] = [
        {},
        *({"pool": pool.id} for pool in standing.pools),
        {"source": random.choice(sources)},
        {"group": random.choice(sets)},
        {"unseen": random.randint(1, 40)},
        {"search": random.choice(("1", "ida", "x"))},
        {"source": random.choice(sources), "pool": random.choice(standing.pools).id},
        {"source": random.choice(sources), "group": random.choice(sets)},
        {"unseen": 10, "pool": random.choice(standing.pools).id},
    ]
    for shown, more in product(SHOWN, narrowing):
        yield MemberFilter(shown=shown, order=random.choice(ORDERS), **more)


@pytest.mark.parametrize("seed", seeds(2, 8))
def test_each_list_is_what_going_over_all_members_gives(
    town: Town, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whom, in order, on each page, how many; and the counts. Also where few are very few."""
    random = Random(seed)
    monkeypatch.setattr(rosters, "PAGE", 7)
    if seed % 2:
        monkeypatch.setattr(rosters, "FEW", 5)
        monkeypatch.setattr(member_filters, "FEW", 2)
    company = populated(town, random)
    standing = standings.of_company(company.id, town.clock)
    list_ = reckoned(standing)
    if seed < 3:
        assert all(list_(MemberFilter(shown=shown)) for shown in SHOWN), "a test of each status"
    for wanted in filters(standing, random):
        expected = list_(wanted)
        last = max(1, -(-len(expected) // 7))
        for page in {1, last, last + 1}:
            found = rosters.listed(standing, wanted, page)
            first = (found.page.number - 1) * 7
            ids = [row.member.id for row in found.rows]
            assert (found.page.total, ids) == (len(expected), expected[first : first + 7]), wanted
            assert found.page.number == min(page, last)
            if found.counts is not None:
                for shown in SHOWN:
                    assert found.counts.of(shown) == len(list_(MemberFilter(shown=shown))), shown
            assert (found.counts is None) == (not wanted.is_plain)


@dataclass
class Writer:
    """Writes once, right before the query of a number, as another process would."""

    before: int
    write: Callable[[], object]
    done: bool = False

    def __call__(self, execute: Any, *query: Any) -> Any:
        self.before -= 1
        if self.before < 0 and not self.done:
            self.done = True
            self.write()
        return execute(*query)


def test_what_is_written_between_two_queries_of_a_list_breaks_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seats are given back, groups deleted, or all that are wanted protected by a rule."""
    monkeypatch.setattr(rosters, "PAGE", 7)
    company = populated(town, Random(0))
    seats = Seat.objects.filter(company=company, closed_seq__isnull=True)
    rule = Group.objects.filter(company=company).values_list("id", flat=True)[0]
    pool = Pool.objects.get(company=company, position=0).id

    def crowd() -> None:
        seats.update(rule_id=rule)
        free = Member.objects.exclude(id__in=seats.values("member_id")).filter(company=company)
        Seat.objects.bulk_create(
            Seat(
                **{"company": company, "service": COS, "instance": 1, "pool_id": pool},
                **{"member_id": member.id, "protected_at": 0, "rule_id": rule},
                **{"opened_seq": 2**40, "place": place},
            )
            for place, member in enumerate(free)
        )

    def sees(write: Callable[[], object], number: int) -> bool:
        """List with a write before the query of a number; give whether there was that query."""
        writer = Writer(number, write)
        with transaction.atomic():
            standing = standings.of_company(company.id, town.clock)
            with connection.execute_wrapper(writer):
                found = rosters.listed(standing, MemberFilter(shown="auto_protected"))
            transaction.set_rollback(True)
        assert found.counts is not None
        assert min(found.counts.of(each) for each in SHOWN) >= 0
        assert len({row.member.id for row in found.rows}) == len(found.rows) <= 7
        return writer.done

    for write in (
        lambda: seats.update(closed_seq=2**40),
        lambda: Group.objects.filter(company=company).delete(),
        crowd,
    ):
        number = 0
        while sees(write, number):
            number += 1
        assert number > 5
