"""Engines that work side by side, and one that is killed, do together what one would have done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from django.db import connections

from bench import cast, fill
from tenure.clock import SetClock
from tenure.engine import steps
from tenure.engine.loop import Engine
from tenure.services import catalogue
from tests.faults.databases import Settings, Snapshot
from tests.faults.processes import Moments, in_child
from tests.faults.rivals import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

AT = 1_790_812_800
"""2026-10-01T00:00:00Z, when all of them are due."""

SEEN = """
SELECT
  (SELECT string_agg(concat(t.stay, t.to_phase, t.effective_at, t.at), ',' ORDER BY t.stay)
   FROM store_transition t WHERE t.company_id = c.id),
  (SELECT string_agg(concat(n.kind, n.state, n.at, n.served_at), ',' ORDER BY n.token)
   FROM store_notice n WHERE n.company_id = c.id),
  (SELECT count(*) FROM store_delivery d WHERE d.company_id = c.id),
  (SELECT string_agg(concat(p.state, p.effective_at, p.seats), ',' ORDER BY p.effective_at)
   FROM store_poolline p WHERE p.company_id = c.id),
  (SELECT string_agg(concat(i.number, i.phase, i.due_at, i.seats), ',' ORDER BY i.number)
   FROM store_instance i WHERE i.company_id = c.id)
FROM store_company c
"""


def _fill(settings: Settings, count: int) -> None:
    """Make prototypes of all kinds that are due, and so many copies of them in their place."""
    catalogue.ensure_default()
    kinds = [make(AT, sites) for make, _ in cast.DUE for sites in (0, 1)]
    with _plain(settings) as plain:
        prototypes = [fill.read(plain, life.company.id) for life in kinds]
        fill.empty(plain)
        fill.write(plain, ((prototypes[i % len(prototypes)], i) for i in range(count)))
        plain.execute("ANALYZE")
        plain.commit()


def _plain(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    reached = connections.settings["default"]
    return psycopg.connect(dbname=settings["NAME"], user=reached["USER"], host=reached["HOST"])


def _work(*, dies_at: int | None = None) -> int:
    """Be an engine until nothing is due any more."""
    if dies_at is not None:
        Moments(fatal=dies_at).watch()
    engine = Engine(SetClock(AT), None)
    rounds = 0
    while steps.due(engine.clock, 1):
        engine.step()
        engine.serve_by_portal()
        rounds += 1
    return rounds


def _signatures(settings: Settings) -> Counter[tuple[object, ...]]:
    """Give what became of the companies, and of how many."""
    with _plain(settings) as plain:
        return Counter(row for row in plain.execute(SEEN))


@pytest.fixture
def copies(blank: Snapshot) -> Iterator[list[Settings]]:
    """Databases that are thrown away afterwards."""
    made: list[Settings] = []
    yield made
    for settings in made:
        blank.drop(settings)


def _compare(blank: Snapshot, copies: list[Settings], count: int, dies_at: int) -> None:
    few = 2 * len(cast.DUE)
    alone, together = blank.fresh(), blank.fresh()
    copies += [alone, together]
    in_child(alone, partial(_fill, alone, few), generation=1)
    in_child(alone, _work, generation=2)
    wanted = _signatures(alone)
    in_child(together, partial(_fill, together, count), generation=1)
    at_once(together, [_work, _work, partial(_work, dies_at=dies_at)], dying=1)
    found = _signatures(together)
    assert found == Counter({what: number * count // few for what, number in wanted.items()})


def test_two_engines_and_a_killed_one_do_what_one_does(
    blank: Snapshot, copies: list[Settings]
) -> None:
    _compare(blank, copies, 50 * 2 * len(cast.DUE), dies_at=25)


@pytest.mark.long
def test_a_hundred_thousand_that_are_due_lose_and_double_nothing(
    blank: Snapshot, copies: list[Settings]
) -> None:
    few = 2 * len(cast.DUE)
    _compare(blank, copies, -(-100_000 // few) * few, dies_at=1001)
