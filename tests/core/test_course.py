"""The course that is followed from facts and records is the one that the lifecycle took."""

from __future__ import annotations

import random
from bisect import bisect_right
from pathlib import Path

import pytest
import yaml

from tenure.cli import scenarios
from tenure.core import records as r
from tenure.core.course import Course, Step, Stretch, follow
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, Scenario, happen
from tests.oracle.generator import scenario as generate

EXAMPLES = sorted(Path("tests/scenarios").glob("*.yaml"))


def value(steps: list[Step], t: int) -> int:
    """Give the value at an instant; 0 before the first step."""
    i = bisect_right(steps, t, key=lambda step: step[0])
    return steps[i - 1][1] if i else 0


def is_same(scenario: Scenario) -> None:
    """Live through a scenario, looking at the lifecycle often; then compare the course."""
    life = Lifecycle(scenario.pools, scenario.policy)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    engine, mail = Outages(scenario.engine_outages), Outages(scenario.mail_outages)
    first = facts[0].at if facts else scenario.until
    instants = {fact.at for fact in facts} | set(range(first - 1, scenario.until, DAY // 2))
    records: list[r.Record] = []
    seen: dict[int, dict[str, tuple[int, int, int]]] = {}
    done = 0
    for t in sorted({*instants, *(t + 1 for t in instants), scenario.until}):
        if t > scenario.until:
            continue
        upto = bisect_right(facts, t, key=lambda fact: fact.at)
        records += happen(life, facts[done:upto], t, engine=engine, mail=mail)
        done = upto
        seen[t] = {
            name: (life.capacity.units[name], pool.seats, life.protected(name))
            for name, pool in life.pools.items()
        }
    known = [*records, *(x for x in life.news if isinstance(x, r.PhaseChanged))]
    course = follow(facts, known, scenario.until, scenario.pools)
    for t, pools in seen.items():
        for name, expected in pools.items():
            pool = course.pools[name]
            found = tuple(value(x, t) for x in (pool.units, pool.seats, pool.protected))
            assert found == expected, f"{scenario.name}: {name} at {t}"
    for pool in course.pools.values():
        for t in seen:
            assert sum(units_at(each, t) for each in pool.stretches.values()) == value(
                pool.units, t
            )


def units_at(stretches: list[Stretch], t: int) -> int:
    return sum(x.units for x in stretches if x.start <= t and (x.end is None or t < x.end))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_followed_exactly(path: Path) -> None:
    """Units, seats and protected seats of each pool are the lifecycle's, twice a day."""
    is_same(scenarios.read(path.name, path.read_text()))


@pytest.mark.parametrize("seed", range(80))
def test_random_lives_are_followed_exactly(seed: int) -> None:
    plain = generate(random.Random(seed), dense=seed % 4 != 0)
    is_same(scenarios.read(f"seed {seed}", yaml.safe_dump(plain, sort_keys=False)))


def test_an_empty_company_has_an_empty_course() -> None:
    assert follow([], [], 10 * DAY) == Course()
