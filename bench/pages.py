"""Row `pages`: pages and checks with very many companies or members behind them, in the server.

Through Django's test client, so that no network counts; every middleware and template does. The
goal is absolute, and a number of queries that is the same with few behind the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench import cast, databases, sweeps
from bench.measures import Figure, alone, seconds
from bench.sizes import Size
from tenure.clock import WallClock
from tenure.core.policy import DAY
from tenure.services import answers, seats
from tenure.services.catalogue import COS
from tenure.store.models import Member, Person

LIMIT = 100.0
"""Milliseconds."""


def measure(size: Size) -> list[Figure]:
    """Time each page with many behind it; count its queries with many and with few."""
    many, few, people, turns = (60, 30, 120, 2) if size.small else (10_000, 200, 100_000, 25)
    most = 30 if size.small else 1000
    found: list[Figure] = []
    with databases.fresh("few") as small, databases.fresh("many") as large:
        now = WallClock().now()
        sweeps.populate({large: many, small: few}, 0, at=now, variants=1 if size.small else None)
        counts: dict[str, list[int]] = {}
        sides = ((small, max(people // 100, 20), most // 10), (large, people, most))
        for address, members, licences in sides:
            with databases.using(address):
                licensed = _much_licensed_company(address, licences, now)
                company = _large_company(address, members, now)
                for name, ask in _asks(company, licensed):
                    counts.setdefault(name, []).append(_queries(ask))
                    if address == large:
                        ask()
                        taken = [seconds(ask) for _ in range(turns)]
                        found.append(_figure(name, taken, counts[name]))
    return found


def _figure(name: str, taken: Sequence[float], queries: list[int]) -> Figure:
    few, many = queries
    said = f"{many} queries" if few == many else f"{many} queries, {few} with few behind it"
    what = f"{name} ({said})"
    return alone("pages", what, taken, unit="ms", scale=1e3, limit=LIMIT, note=said)


def _large_company(address: str, people: int, now: int) -> Any:
    """Give a company with so many members, nine of ten protected, over two pools."""
    from tenure.clock import SetClock

    life = cast.born(now - 60 * DAY, sites=1, people=0)
    clock = SetClock(now - 50 * DAY)
    for pool in life.pools:
        life.add(people, now - 60 * DAY, now + 100 * DAY, pool)
    life.live(now - 50 * DAY)
    Member.objects.bulk_create(
        [
            Member(
                company=life.company,
                user=f"user{i:06}@large.example.org",
                name=f"User {i:06}",
                added_at=now - 60 * DAY,
            )
            for i in range(people)
        ],
        batch_size=5000,
    )
    mine = list(life.company.members.order_by("user").values_list("id", flat=True))
    half, most = people // 2, people * 9 // 10
    for pool, chosen in ((life.pools[0], mine[:half]), (life.pools[1], mine[half:most])):
        seats.protect(life.company.id, COS, pool, chosen, clock=clock, who=cast.WHO)
    life.live(now)
    databases.settle(address)
    return life.company


def _much_licensed_company(address: str, licences: int, now: int) -> Any:
    """Give a company with so many licences over four pools, which end one after the other."""
    life = cast.born(now - 60 * DAY, sites=3)
    for i in range(licences):
        ends = now + (5 + i % 300) * DAY
        life.add(3 + i % 5, now - (60 - i % 40) * DAY, ends, life.pools[i % 4])
    life.live(now)
    cast.protect(life, life.pools[1], 0, 3)
    databases.settle(address)
    return life.company


def _asks(company: Any, licensed: Any) -> list[tuple[str, Callable[[], object]]]:
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    operator, _ = Person.objects.get_or_create(
        email="olga@operator.test", defaults={"is_operator": True, "created_at": 0}
    )
    client.force_login(operator)
    base = f"/operator/companies/{company.id}/"

    def page(path: str) -> Callable[[], object]:
        def ask() -> object:
            answer = client.get(path)
            if answer.status_code != 200:
                raise AssertionError(f"{path} answers {answer.status_code}")
            return answer

        return ask

    def check() -> object:
        return answers.check(company.id, "user000042@large.example.org", COS, clock=WallClock())

    return [
        ("companies, first page", page("/operator/")),
        ("companies, a page in the middle", page("/operator/?page=100")),
        ("companies, searched", page("/operator/?q=77")),
        ("companies, by end", page("/operator/?sort=until")),
        ("a company with many members", page(base)),
        ("its members, first page", page(f"{base}members/")),
        ("its members, a page in the middle", page(f"{base}members/?page=900")),
        ("its members, searched", page(f"{base}members/?q=user0777")),
        ("its timeline", page(f"{base}timeline/")),
        ("its licences", page(f"{base}licences/")),
        ("its notices", page(f"{base}notices/")),
        ("its history", page(f"{base}history/")),
        ("a check of one of its users", check),
        ("a company with very many licences", page(f"/operator/companies/{licensed.id}/")),
        (
            "its timeline, of very many licences",
            page(f"/operator/companies/{licensed.id}/timeline/"),
        ),
        ("very many licences, first page", page(f"/operator/companies/{licensed.id}/licences/")),
        ("members under very many licences", page(f"/operator/companies/{licensed.id}/members/")),
    ]


def _queries(ask: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()  # what is read once and kept is read here
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
