"""Row `seats`: very many seats in one request.

Against one INSERT … SELECT that gives the same members the same seats, and asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from bench import cast, databases, fill
from bench.cast import WHO
from bench.measures import Figure, compared, seconds
from bench.sizes import Size
from bench.transitions import AT
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.services import seats
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
    with databases.fresh("seats") as address, databases.connect(address) as plain:
        life = roomy(people)
        prototype = fill.read(plain, life.company.id)
        pool = prototype.renamed(life.pools[0])
        fill.empty(plain)
        fill.write(plain, [(prototype, i) for i in range(2 * (turns + 1))])
        databases.settle(address)
        clock = SetClock(AT)
        numbers = iter(range(2 * (turns + 1)))

        def ours() -> float:
            company, place = prototype.company_id(number := next(numbers)), pool(number)
            members = _members(company)
            return seconds(
                lambda: seats.protect(company, COS, place, members, clock=clock, who=WHO)
            )

        def by_hand() -> float:
            company, place = prototype.company_id(number := next(numbers)), pool(number)

            def insert() -> None:
                plain.execute(INSERT, {"pool": place, "at": AT, "company": company})
                plain.commit()

            return seconds(insert)

        ours()
        by_hand()
        mine, theirs = [], []
        for _ in range(turns):
            mine.append(ours())
            theirs.append(by_hand())
        (count,) = plain.execute("SELECT count(*) FROM store_seat").fetchone() or (0,)
        if count != people * 2 * (turns + 1):
            raise AssertionError(f"there are {count} seats")
    return [
        compared(
            "seats",
            f"{people:,} seats in one request, against one INSERT … SELECT",
            mine,
            theirs,
            unit="ms",
            scale=1e3,
            limit=3.0,
        )
    ]


def _members(company: UUID) -> list[UUID]:
    from tenure.store.models import Member

    return list(Member.objects.filter(company_id=company).values_list("id", flat=True))


Ids = Callable[[int], UUID]
