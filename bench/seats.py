"""Row `seats`: very many seats in one request, and as many as an act of the engine in parts.

Against one INSERT … SELECT that gives the same members the same seats, and asks nothing; and, as
somebody without it would write it, against Django's ``bulk_create`` of as many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from bench import cast, databases, fill
from bench.cast import WHO
from bench.measures import Figure, compared, seconds
from bench.sizes import Size
from bench.transitions import AT
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.services import acts, seats
from tenure.services.catalogue import COS

INSERT = """
    INSERT INTO store_seat (company_id, id, service, instance, pool_id, member_id, protected_at,
                            opened_seq, place)
    SELECT company_id, gen_random_uuid(), 'cos', 1, %(pool)s, id, to_timestamp(%(at)s),
           1000, row_number() OVER () - 1
    FROM store_member WHERE company_id = %(company)s
"""


def roomy(people: int, *, units: int | None = None, at: int = AT) -> cast.Life:
    """Give a company with members who wait, and as many units."""
    life = cast.born(at - 10 * DAY, people=people)
    life.add(units or people, at - 10 * DAY, at + 200 * DAY)
    life.live(at - DAY)
    return life


def measure(size: Size) -> list[Figure]:
    """Compare one request with one statement, each on companies of its own."""
    people, turns = (100, 3) if size.small else (10_000, 15)
    companies = 4 * (turns + 1)
    with databases.fresh("seats") as address, databases.connect(address) as plain:
        life = roomy(people)
        prototype = fill.read(plain, life.company.id)
        pool = prototype.renamed(life.pools[0])
        fill.empty(plain)
        fill.write(plain, [(prototype, i) for i in range(companies)])
        databases.settle(address)
        clock = SetClock(AT)
        numbers = iter(range(companies))

        def ours() -> float:
            company, place = prototype.company_id(number := next(numbers)), pool(number)
            members = _members(company)
            return seconds(
                lambda: seats.protect(company, COS, place, members, clock=clock, who=WHO)
            )

        def by_an_act() -> float:
            company = prototype.company_id(next(numbers))
            members = _members(company)

            def done() -> None:
                by_whom: dict[str, Any] = {"by": None, "clock": clock, "who": WHO}
                act = acts.ask(company, COS, "protect", members, **by_whom)
                while acts.work(company, act.id, clock=clock):
                    pass

            return seconds(done)

        def by_hand() -> float:
            company, place = prototype.company_id(number := next(numbers)), pool(number)

            def insert() -> None:
                plain.execute(INSERT, {"pool": place, "at": AT, "company": company})
                plain.commit()

            return seconds(insert)

        def by_django() -> float:
            company, place = prototype.company_id(number := next(numbers)), pool(number)
            members = _members(company)
            return seconds(lambda: _bulk_create(company, place, members))

        ways = (ours, by_an_act, by_hand, by_django)
        taken: dict[Callable[[], float], list[float]] = {way: [] for way in ways}
        for way in ways:
            way()
        for _ in range(turns):
            for way in ways:
                taken[way].append(way())
        (count,) = plain.execute("SELECT count(*) FROM store_seat").fetchone() or (0,)
        if count != people * companies:
            raise AssertionError(f"there are {count} seats")
    in_parts = f"{people:,} members protected by an act in parts, with progress, against"
    return [
        compared("seats", what, taken[mine], taken[theirs], unit="ms", scale=1e3, limit=3.0)
        for what, mine, theirs in (
            (f"{people:,} seats in one request, against one INSERT … SELECT", ours, by_hand),
            (f"{in_parts} one INSERT … SELECT", by_an_act, by_hand),
            (f"{in_parts} Django's bulk_create", by_an_act, by_django),
        )
    ]


def _bulk_create(company: UUID, pool: UUID, members: list[UUID]) -> None:
    from tenure.store.models import Seat

    mine = {"company_id": company, "service": COS, "instance": 1, "pool_id": pool}
    Seat.objects.bulk_create(
        Seat(**mine, member_id=member, protected_at=AT, opened_seq=1000, place=place)
        for place, member in enumerate(members)
    )


def _members(company: UUID) -> list[UUID]:
    from tenure.store.models import Member

    return list(Member.objects.filter(company_id=company).values_list("id", flat=True))


Ids = Callable[[int], UUID]
