"""Row `console`: the Console's pages with very many members and groups, and 10,000 at once.

As row `pages`: through Django's test client, with a number of queries that is the same with few
behind the page. One site is short, so that places are looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench import cast, databases
from bench.measures import Figure, alone, seconds
from bench.pages import LIMIT
from bench.sizes import Size
from tenure.clock import SetClock, WallClock
from tenure.core.policy import DAY
from tenure.services import acts, protection
from tenure.services.catalogue import COS
from tenure.store.ids import new_id
from tenure.store.models import Group, GroupMember, Member, Person, Source

AT_ONCE = 10_000
"""Members who are protected at once, by the engine."""


def measure(size: Size) -> list[Figure]:
    """Time each page with many members; count its queries with many and with few."""
    people, groups, turns = (200, 20, 2) if size.small else (100_000, 500, 15)
    found: list[Figure] = []
    counts: dict[str, list[int]] = {}
    with databases.fresh("few") as small, databases.fresh("many") as large:
        now = WallClock().now()
        for address, many, sets in ((small, 60, 20), (large, people, groups)):
            with databases.using(address):
                company = company_with(many, sets, now)
                databases.settle(address)
                for name, ask in asks(company):
                    counts.setdefault(name, []).append(_queries(ask))
                    if address == large:
                        ask()
                        taken = [seconds(ask) for _ in range(turns)]
                        few, lots = counts[name]
                        said = f"{lots} queries"
                        if few != lots:
                            said = f"{lots} queries, {few} with few behind it"
                        found.append(
                            alone(
                                "console",
                                f"{name} ({said})",
                                taken,
                                unit="ms",
                                scale=1e3,
                                limit=LIMIT,
                                note=said,
                            )
                        )
                if address == large:
                    found.append(_many_at_once(company, 50 if size.small else AT_ONCE, now))
    return found


def company_with(people: int, groups: int, now: int) -> Any:
    """Give a company of two pools: some protected by rules, some by hand, some who wait."""
    from django.db import connection

    life = cast.born(now - 60 * DAY, sites=1, people=0)
    company = life.company
    clock = SetClock(now - 50 * DAY)
    life.add(people * 3 // 4, now - 60 * DAY, now + 100 * DAY, life.pools[0])
    life.add(people // 8, now - 60 * DAY, now + 100 * DAY, life.pools[1])
    life.live(now - 50 * DAY)
    sources = [Source(company=company, id=new_id(), name=f"Source {i}") for i in range(3)]
    Source.objects.bulk_create(sources)
    rows = [
        Member(
            company=company,
            id=new_id(),
            user=f"user{i:06}@large.example.org",
            name=f"User {i:06}",
            source_id=sources[i % 3].id,
            pool_id=life.pools[1] if i % 4 == 0 else None,
            added_at=now - 60 * DAY,
            seen_at=now - i % 200 * DAY if i % 2 else None,
        )
        for i in range(people)
    ]
    Member.objects.bulk_create(rows, batch_size=5000)
    sets = [
        Group(company=company, id=new_id(), name=f"Group {i:04}", added_at=now, changed_at=now)
        for i in range(groups)
    ]
    Group.objects.bulk_create(sets)
    GroupMember.objects.bulk_create(
        [
            GroupMember(
                company=company,
                group_id=sets[(i * step) % groups].id,
                member_id=row.id,
                added_at=now,
            )
            for i, row in enumerate(rows)
            for step in ((1,) if (i * 7) % groups == i % groups else (1, 7))
        ],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as any server does by itself some time after so many rows
    half = [row.id for row in rows[: people // 2]]
    protection.want(company.id, COS, half, clock=clock, who=cast.WHO)
    for group in sets[:2]:
        protection.add_rule(company.id, COS, "group", group.id, clock=clock, who=cast.WHO)
    life.live(now)
    return company


def asks(company: Any) -> list[tuple[str, Callable[[], object]]]:
    """Give the pages, by name."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    operator, _ = Person.objects.get_or_create(
        email="olga@operator.test", defaults={"is_operator": True, "created_at": 0}
    )
    client.force_login(operator)
    base = f"/operator/companies/{company.id}/console/"
    group = Group.objects.filter(company=company).order_by("name")[1]
    source = Source.objects.filter(company=company).order_by("name")[0]
    pools = [pool.id for pool in company.pools.order_by("position")]
    member = Member.objects.filter(company=company).order_by("user")[7]

    def page(path: str) -> Callable[[], object]:
        def ask() -> object:
            answer = client.get(path)
            if answer.status_code != 200:
                raise AssertionError(f"{path} answers {answer.status_code}")
            return answer

        return ask

    return [
        ("members, first page", page(base)),
        ("members, a page in the middle", page(f"{base}?page=900")),
        ("members, searched", page(f"{base}?q=user0777")),
        ("members, by name", page(f"{base}?sort=name")),
        ("members, longest not seen", page(f"{base}?sort=seen&unseen=90")),
        ("members, unprotected", page(f"{base}?show=unprotected")),
        ("members, protected", page(f"{base}?show=protected")),
        ("members, protected, page 300", page(f"{base}?show=protected&page=300")),
        ("members, auto-protected", page(f"{base}?show=auto_protected")),
        ("members, pending", page(f"{base}?show=pending")),
        ("members of a group", page(f"{base}?group={group.id}")),
        ("members of a group, protected", page(f"{base}?group={group.id}&show=protected")),
        ("members of a source", page(f"{base}?source={source.id}")),
        ("members of a source, unprotected", page(f"{base}?source={source.id}&show=unprotected")),
        ("members of the first site", page(f"{base}?site={pools[0]}")),
        ("members of a site", page(f"{base}?site={pools[1]}")),
        ("a member", page(f"{base}members/{member.id}/")),
        ("groups and sources", page(f"{base}groups/")),
        ("a group", page(f"{base}groups/{group.id}/")),
        ("automatic protection", page(f"{base}rules/")),
        ("units", page(f"{base}licences/")),
    ]


def _many_at_once(company: Any, count: int, now: int) -> Figure:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(Person.objects.get(email="olga@operator.test"))
    path = f"/operator/companies/{company.id}/console/act/"
    rows = Member.objects.filter(company=company).order_by("-user")
    chosen = [str(id_) for id_ in rows.values_list("id", flat=True)[:count]]
    name = Group.objects.create(
        company=company, id=new_id(), name="Many", added_at=now, changed_at=now
    )
    GroupMember.objects.bulk_create(
        [
            GroupMember(company=company, group_id=name.id, member_id=member, added_at=now)
            for member in chosen
        ],
        batch_size=5000,
    )
    form = {"company": str(company.id), "whom": "all", "filter": f"group={name.id}"}

    def protect() -> None:
        answer = client.post(path, {**form, "do": "protect"})
        if answer.status_code != 302:
            raise AssertionError(f"{path} answers {answer.status_code}")
        clock = WallClock()
        while waiting := acts.next_of_each():
            for of, act in waiting:
                acts.work(of, act, clock=clock)

    taken = [seconds(protect)]
    text = f"{count} members protected: asked for on the page, done in parts"
    return alone("console", text, taken, unit="s", scale=1)


def _queries(ask: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()  # what is read once and kept is read here
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
