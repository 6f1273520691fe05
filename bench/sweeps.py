"""Row `sweeps`: an engine's round in which nothing is due, by how many companies there are.

Cost must grow with what is due, not with what exists; the same is asked of the memory that an
engine takes for two thousand due companies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from time import perf_counter

from bench import cast, databases, fill
from bench.measures import Figure, alone, compared, in_turns
from bench.sizes import Size
from bench.transitions import AT, copies
from tenure.clock import SetClock
from tenure.core.policy import DAY

LATER = AT + DAY
"""When some are due, for the memory; at ``AT`` none is."""

UNREAD = ("store_member", "store_seat")
"""Tables that no sweep reads; a million companies have no rows in them, so that filling ends."""


def populate(
    sizes: Mapping[str, int],
    due: int,
    *,
    at: int = AT,
    variants: int | None = None,
    leave: Sequence[str] = UNREAD,
) -> None:
    """Fill databases, each with so many companies.

    ``due`` of them are due a day after ``at``, none before. ``variants``: how many kinds of others.
    Django is to work on one of the databases, where the prototypes are made.
    """
    makers = cast.background(at)[:variants]
    first = next(iter(sizes))
    with databases.connect(first) as plain:
        some: list[fill.Prototype] = []
        for make, share in makers:
            some += [fill.read(plain, make().company.id, leave)] * share
        falling = copies(plain, due, at=at + DAY, leave=leave, kinds=variants)
        fill.empty(plain)
    for address, companies in sizes.items():
        others = ((some[i * 37 % len(some)], i) for i in range(due, companies))
        with databases.connect(address) as plain:
            fill.write(plain, chain(falling, others), total=companies)
        databases.settle(address)


def measure(size: Size) -> list[Figure]:
    """Compare rounds at the two sizes, then the memory of an engine at each."""
    few, many, due, turns, rounds = 10_000, size.companies, 2000, 15, 7
    if size.small:
        few, many, due, turns, rounds = 40, 200, 20, 3, 2
    variants = 1 if size.small else None
    with databases.fresh("few") as small, databases.fresh("many") as large:
        populate({large: many, small: few}, due, variants=variants)
        figures = _rounds(small, large, f"{many:,} companies against {few:,}", turns, rounds)
        return [*figures, _memory({few: small, many: large}, due)]


def _rounds(small: str, large: str, what: str, turns: int, rounds: int) -> list[Figure]:
    from tenure.engine.guards import Guard
    from tenure.engine.loop import Engine

    clock = SetClock(AT)
    beats: dict[str, list[float]] = {small: [], large: []}

    def sweep(address: str) -> float:
        with databases.using(address):
            guard = Guard(clock, _home(address), database_now=clock.now)
            engine = Engine(clock, cast.Taker())
            taken = []
            for i in range(rounds + 1):
                began = perf_counter()
                verdict = guard.beat()
                between = perf_counter()
                busy = engine.round()
                if busy or not verdict.runs:
                    raise AssertionError(f"there was something to do: {verdict}")
                if i:  # the first opens what is kept open
                    beats[address].append(between - began)
                    taken.append(perf_counter() - began)
            return sorted(taken)[len(taken) // 2]

    mine, theirs = in_turns(lambda: sweep(large), lambda: sweep(small), turns)
    return [
        compared(
            "sweeps",
            f"a heartbeat and a round with nothing due, {what}",
            mine,
            theirs,
            unit="ms",
            scale=1e3,
            limit=1.2,
        ),
        alone(
            "sweeps",
            f"of it the heartbeat, {what.split(maxsplit=1)[0]}",
            beats[large],
            unit="ms",
            scale=1e3,
        ),
    ]


def _home(address: str) -> Path:
    """Give a folder for what an engine remembers of one database."""
    from django.conf import settings

    found = settings.HOME / databases.name(address)
    found.mkdir(exist_ok=True)
    return found


def _memory(databases_by_size: dict[int, str], due: int) -> Figure:
    found = {}
    for companies, address in databases_by_size.items():
        ran = subprocess.run(
            [sys.executable, "-m", "bench.engine_process", str(LATER)],
            env={**os.environ, "TENURE_DATABASE_URL": databases.url(address)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told = json.loads(ran.stdout)
        if told["companies"] != due:
            raise AssertionError(f"{told['companies']} companies were seen to, not {due}")
        found[companies] = float(told["peak_mib"])
    few, many = found.values()
    names = " against ".join(f"{companies:,}" for companies in reversed(found))
    return compared(
        "sweeps",
        f"memory of an engine that sees to {due:,} due, {names} companies",
        [many],
        [few],
        unit="MiB",
        scale=1.0,
        limit=1.05,
    )
