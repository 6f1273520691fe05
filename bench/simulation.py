"""Row `simulation`: a scenario with a thousand licences over ten years, through the pure core."""

from __future__ import annotations

from bench.measures import Figure, alone, seconds
from bench.sizes import Size
from tenure.core import facts as f
from tenure.core.policy import DAY
from tenure.core.simulation import Scenario, simulate

BEGAN = 1_767_225_600
"""2026-01-01T00:00:00Z."""

YEARS = 10 * 365


def scenario(licences: int, *, known_at_once: bool) -> Scenario:
    """Give ten years of licences of a year each, in three pools, with people coming and going."""
    pools = ("company", "Lyon", "Paris")
    facts: list[f.Fact] = []
    step = YEARS * DAY // licences
    for i in range(licences):
        starts = BEGAN + i * step
        added = BEGAN if known_at_once else max(BEGAN, starts - 5 * DAY)
        placed = {pools[1 + i % 2]: 2}
        facts.append(
            f.LicenceAdded(added, f"L{i:05}", 5, starts, starts + 365 * DAY, "full", placed)
        )
        facts.append(f.SeatsProtected(starts + 3600, pools[i % 3], 2))
        facts.append(f.SeatsUnprotected(starts + 2 * DAY, pools[i % 3], 1))
    return Scenario(BEGAN + YEARS * DAY, pools, facts=facts)


def measure(size: Size) -> list[Figure]:
    """Time a scenario whose licences are added as the years go, and one that knows them all."""
    licences, turns = (50, 2) if size.small else (1000, 5)
    found = []
    for what, at_once in (("added as the years go", False), ("all known from the first day", True)):
        whole = scenario(licences, known_at_once=at_once)
        lines = len(simulate(whole))
        taken = [seconds(lambda: simulate(whole)) for _ in range(turns)]  # noqa: B023 - at once
        found.append(
            alone(
                "simulation",
                f"{licences:,} licences over ten years, {what}",
                taken,
                unit="s",
                note=f"{lines:,} lines, {len(whole.facts):,} facts",
            )
        )
    return found
