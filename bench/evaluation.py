"""Row `evaluation`: what the core takes to decide about one company that is due.

The parts are those of a step: read the state, take facts, run, give the state. Reading JSON is
the database driver's and counted there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.measures import Figure, alone, each
from bench.sizes import Size
from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.notices import nothing, run
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, happen

BEGAN = 1_767_225_600
"""2026-01-01T00:00:00Z."""

State = dict[str, Any]


def typical() -> tuple[State, int, list[f.Fact]]:
    """Give a company with two licences and one pool just before it falls to grace."""
    pool, first, second = (f"0199-{i}" * 5 for i in range(3))
    ends = BEGAN + 100 * DAY
    life = Lifecycle((pool,))
    facts: list[f.Fact] = [
        f.LicenceAdded(BEGAN, first, 20, BEGAN, BEGAN + 60 * DAY),
        f.LicenceAdded(BEGAN + 30 * DAY, second, 25, BEGAN + 30 * DAY, ends),
        f.SeatsProtected(BEGAN + 31 * DAY, pool, 20),
    ]
    _live(life, facts, ends - 1)
    return life.to_data(), ends, []


def rich() -> tuple[State, int, list[f.Fact]]:
    """Give a company with ten licences, three pools and 400 facts behind it; one is new."""
    pools = tuple(f"0199-pool-{i}" * 3 for i in range(3))
    life = Lifecycle(pools)
    facts: list[f.Fact] = []
    ends = BEGAN + 1000 * DAY
    names = [f"0199-licence-{i:02}" * 2 for i in range(10)]
    for i, name in enumerate(names):
        until = ends - (9 - i) * 5 * DAY
        placed = dict.fromkeys(pools, 10)
        facts.append(f.LicenceAdded(BEGAN + i, name, 40, BEGAN, until, "full", placed))
    for day in range(1, 130):
        at = BEGAN + day * 5 * DAY
        facts.append(f.SeatsProtected(at, pools[day % 3], 2))
        facts.append(f.SeatsUnprotected(at + 3600, pools[day % 3], 1))
        placed = {pools[0]: 10, pools[1]: 5 + day % 10, pools[2]: 10}
        facts.append(f.LicencePlaced(at + 7200, names[day % 10], placed))
    _live(life, facts, ends - 2)
    return life.to_data(), ends, [f.SeatsProtected(ends - 1, pools[0], 1)]


def _live(life: Lifecycle, facts: list[f.Fact], until: int) -> None:
    for _ in happen(life, facts, until, engine=Outages(), mail=Outages()):
        pass


def measure(size: Size) -> list[Figure]:
    """Give the whole of an evaluation and each of its parts, for both companies."""
    times, turns = (20, 3) if size.small else (2000, 15)
    found = []
    for name, make, limit in (
        ("2 licences, 1 pool", typical, 60.0),
        ("10 licences, 3 pools, 400 facts", rich, 250.0),
    ):
        state, at, facts = make()
        for part, do, goal in _parts(state, at, facts, limit):
            taken = each(do, times, turns)
            what = f"{name}: {part}"
            found.append(alone("evaluation", what, taken, unit="µs", scale=1e6, limit=goal))
    return found


def _parts(
    state: State, at: int, facts: list[f.Fact], limit: float
) -> list[tuple[str, Callable[[], object], float | None]]:
    def whole() -> object:
        life = Lifecycle.from_data(state)
        for fact in facts:
            life.apply(fact)
        records = run(life, at, accepts=nothing, portal=False)
        return records, life.to_data()

    def reading() -> object:
        return Lifecycle.from_data(state)

    def reading_and_facts() -> object:
        life = Lifecycle.from_data(state)
        for fact in facts:
            life.apply(fact)
        return life

    def all_but_writing() -> object:
        life = Lifecycle.from_data(state)
        for fact in facts:
            life.apply(fact)
        return run(life, at, accepts=nothing, portal=False)

    done = Lifecycle.from_data(state)
    for fact in facts:
        done.apply(fact)
    if not run(done, at, accepts=nothing, portal=False):
        raise AssertionError("nothing was due")
    return [
        ("the whole", whole, limit),
        ("from_data", reading, None),
        ("from_data, apply", reading_and_facts, None),
        ("from_data, apply, run", all_but_writing, None),
        ("to_data", done.to_data, None),
    ]
