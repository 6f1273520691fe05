"""Row `business`: the Business portal's pages of a company with very many licences, in the server.

As row `pages`: through Django's test client, with a number of queries that is the same with few
behind the page. A page is asked for again and again, as by whoever works in it; `asked first` is
the page while nothing is kept of the company, and `after a change` the one after somebody
suspended or resumed a licence. Beside the time stands what of it this process computed: the rest
is the database's, or that of others at work on the machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any
from uuid import UUID

from bench import cast, databases
from bench.measures import Figure, alone, seconds
from bench.pages import LIMIT
from bench.sizes import Size
from tenure.clock import SetClock, WallClock
from tenure.core import facts as f
from tenure.core.policy import DAY
from tenure.services import licences, readings
from tenure.services.catalogue import COS
from tenure.services.ledger import writing
from tenure.store.ids import new_id
from tenure.store.models import Licence, Member, Person, Placement, Term

FEW = 20
"""Licences of the company whose queries are counted beside."""


def measure(size: Size) -> list[Figure]:
    """Time each page with many licences behind it; count its queries with many and with few."""
    sizes, turns = ([60], 2) if size.small else ([1000, 10_000], 15)
    found: list[Figure] = []
    for many in sizes:
        counts: dict[str, list[int]] = {}
        with databases.fresh("few") as small, databases.fresh("many") as large:
            now = WallClock().now()
            for address, count in ((small, FEW), (large, many)):
                with databases.using(address):
                    company = company_with(count, now)
                    databases.settle(address)
                    for name, ask in asks(company).items():
                        counts.setdefault(name, []).append(_queries(ask))
                        if address == large:
                            taken = [_taken(ask) for _ in range(turns)]
                            found.append(
                                _figure(f"{count:,} licences: {name}", taken, counts[name])
                            )
                    if address == large:
                        found += _first_and_after(company, many, turns)
    return found


def _taken(ask: Callable[[], object]) -> tuple[float, float]:
    """Give the seconds that a page takes, and those of them that this process computes."""
    spent = 0.0

    def watched() -> None:
        nonlocal spent
        began = process_time()
        ask()
        spent = process_time() - began

    return seconds(watched), spent


def _figure(what: str, taken: Sequence[tuple[float, float]], queries: Sequence[int] = ()) -> Figure:
    said = f"{statistics.median(cpu for _, cpu in taken) * 1e3:.1f} ms computed"
    if queries:
        few, many = queries
        told = f"{many} queries" if few == many else f"{many} queries, {few} with few behind it"
        said = f"{told}; {said}"
    whole = [seconds for seconds, _ in taken]
    what = f"{what} ({said})"
    return alone("business", what, whole, unit="ms", scale=1e3, limit=LIMIT, note=said)


def _first_and_after(company: Any, many: int, turns: int) -> list[Figure]:
    """Time the overview where nothing is kept, and after each of some changes."""
    overview = asks(company)["overview"]
    first, after = [], []
    row = Licence.objects.filter(company=company).order_by("id")[7]
    for turn in range(turns):
        do = licences.resume if turn % 2 else licences.suspend
        do(company.id, row.id, clock=WallClock(), who=cast.WHO)
        after.append(_taken(overview))
    for _ in range(turns):
        readings.forget()
        first.append(_taken(overview))
    return [
        _figure(f"{many:,} licences: overview, after a change", after),
        _figure(f"{many:,} licences: overview, asked first", first),
    ]


def company_with(count: int, now: int) -> Any:
    """Give a company with so many licences over four sites, which end one after the other."""
    life = cast.born(now - 60 * DAY, sites=3, people=0)
    fill(life.company, life.pools, count, now)
    life.live(now)
    people = max(20, count // 5)
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
        batch_size=2000,
    )
    for place, pool in enumerate(life.pools):
        cast.protect(life, pool, place * people // 5, people // 5)
    life.live(now)
    return life.company


def fill(company: Any, pools: Sequence[UUID], count: int, now: int) -> None:
    """Give a company so many licences at once: rows and facts as the services write them."""
    rows: list[tuple[UUID, int, int, int, UUID, int]] = []
    with writing(company.id, SetClock(now - 60 * DAY), cast.WHO) as ledger:
        ledger.open_instance(COS)
        for i in range(count):
            id_, units, pool = new_id(), 3 + i % 5, pools[i % len(pools)]
            starts, ends = ledger.at + (i % 40) * DAY, now + (5 + i % 300) * DAY + i % 7
            fact = f.LicenceAdded(
                ledger.at, str(id_), units, starts, ends, "full", {str(pool): units}
            )
            ledger.append(lambda _, fact=fact: fact, services=(COS,), more={"product": COS})  # type: ignore[misc]  # the loop's own
            rows.append((id_, units, starts, ends, pool, ledger.seq))
        of_it: Any = {"company": company}
        Licence.objects.bulk_create(
            [
                Licence(
                    **of_it,
                    id=id_,
                    product_id=COS,
                    kind="full",
                    label=f"Licence {i}",
                    units=units,
                    starts_at=starts,
                    ends_at=ends,
                    added_at=ledger.at,
                    opened_seq=seq,
                )
                for i, (id_, units, starts, ends, _pool, seq) in enumerate(rows)
            ],
            batch_size=2000,
        )
        Term.objects.bulk_create(
            [
                Term(**of_it, licence_id=id_, starts_at=starts, ends_at=ends, opened_seq=seq)
                for id_, _units, starts, ends, _pool, seq in rows
            ],
            batch_size=2000,
        )
        Placement.objects.bulk_create(
            [
                Placement(**of_it, licence_id=id_, pool_id=pool, units=units, opened_seq=seq)
                for id_, units, _starts, _ends, pool, seq in rows
            ],
            batch_size=2000,
        )


def asks(company: Any) -> dict[str, Callable[[], object]]:
    """Give the pages, by name."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    operator, _ = Person.objects.get_or_create(
        email="olga@operator.test", defaults={"is_operator": True, "created_at": 0}
    )
    client.force_login(operator)
    base = f"/operator/companies/{company.id}/"
    one = Licence.objects.filter(company=company).order_by("id")[5]

    def page(path: str) -> Callable[[], object]:
        def ask() -> object:
            answer = client.get(f"{base}{path}")
            if answer.status_code != 200:
                raise AssertionError(f"{base}{path} answers {answer.status_code}")
            return answer

        return ask

    return {
        "overview": page(""),
        "timeline": page("timeline/"),
        "licences, first page": page("licences/"),
        "licences, by name, in the middle": page("licences/?sort=name&page=100"),
        "licences, searched": page("licences/?q=77"),
        "a licence": page(f"licences/{one.id}/"),
        "what removing a licence does": page(f"licences/{one.id}/change/?do=remove"),
        "units": page("units/"),
        "sites": page("sites/"),
        "alerts": page("alerts/"),
        "alerts, all": page("alerts/?state=all&page=2"),
        "calendar": page("calendar/"),
        "renewal": page("renewal/"),
        "the page that asks for a key": page("licences/key/"),
        "addresses for notices": page("contacts/"),
        "notices": page("notices/"),
        "history": page("history/"),
        "what if": page("whatif/"),
        "members": page("members/"),
        "Console": page("console/"),
        "Console's units": page("console/licences/"),
    }


def _queries(ask: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()  # what is read once and kept is read here
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
