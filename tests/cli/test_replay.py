"""The scenarios through the real store, engine and relay give the lines of the simulation."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tenure.cli import scenarios
from tenure.cli.replays import replay
from tenure.core.lines import lines
from tenure.core.simulation import simulate
from tests.oracle.generator import scenario as generate

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))

pytestmark = pytest.mark.django_db


def ordered(found: list[Any]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True) for line in found)


@pytest.mark.parametrize(
    "path",
    [
        path if i % 3 == 0 else pytest.param(path, marks=pytest.mark.once)
        for i, path in enumerate(SCENARIOS)
    ],
    ids=lambda path: path.stem,
)
def test_a_replay_prints_the_lines_of_its_scenario(path: Path) -> None:
    scenario = scenarios.read(str(path), path.read_bytes())
    wanted = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
    assert ordered(replay(scenario)) == ordered(wanted)


def check(seed: int) -> None:
    plain = generate(random.Random(seed), dense=seed % 3 != 0)
    scenario = scenarios.read(f"seed {seed}", yaml.safe_dump(plain, sort_keys=False))
    assert ordered(replay(scenario)) == ordered(lines(simulate(scenario)))


SOME, ON_BOTH = 50, 12
"""So many on the embedded database, and so many of them on PostgreSQL, in the usual run."""


@pytest.mark.parametrize(
    "seed",
    [
        seed if seed < ON_BOTH else pytest.param(seed, marks=pytest.mark.embedded)
        for seed in range(SOME)
    ],
)
def test_a_replay_of_a_random_scenario_prints_what_its_simulation_prints(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(ON_BOTH, 500))
def test_a_replay_of_many_more_prints_what_their_simulations_print(seed: int) -> None:
    check(seed)
