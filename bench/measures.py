"""Timing two sides in turns, and what came out of it.

The machine is never quite idle, so the two sides take turns, the figure is the median of the
ratios of neighbours, and the spread stands beside it.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

Timed = Callable[[], float]
"""Does a thing once, and gives the seconds that count: preparing it does not."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a row. ``value`` is what the goal is about: a ratio, or what was measured.

    ``ours`` and ``against`` are medians in ``unit``; ``low`` and ``high`` bound the values of
    all turns. ``limit`` is the goal; ``at_most`` says on which side of it is right.
    """

    row: str
    what: str
    unit: str
    ours: float
    against: float | None
    value: float
    low: float
    high: float
    turns: int
    limit: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.limit is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def to_data(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {**asdict(self), "is_met": self.is_met}


def seconds(do: Callable[[], object]) -> float:
    """Give how long something takes, without pauses of the collector of garbage before it."""
    gc.collect()
    began = perf_counter()
    do()
    return perf_counter() - began


def in_turns(ours: Timed, against: Timed, turns: int) -> tuple[list[float], list[float]]:
    """Let two sides do their thing ``turns`` times each, taking turns at going first."""
    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(turns):
        order = ((ours, mine), (against, theirs))
        for do, kept in order if turn % 2 == 0 else reversed(order):
            kept.append(do())
    return mine, theirs


def compared(
    row: str,
    what: str,
    mine: Sequence[float],
    theirs: Sequence[float],
    *,
    unit: str,
    scale: float,
    limit: float | None,
    at_most: bool = True,
    note: str = "",
) -> Figure:
    """Compare two sides that took turns. ``scale`` turns seconds into ``unit``.

    With ``at_most`` the value is our time over theirs; without it, our speed over theirs.
    """
    pairs = zip(mine, theirs, strict=True)
    ratios = [a / b if at_most else b / a for a, b in pairs]
    return Figure(
        row,
        what,
        unit,
        statistics.median(mine) * scale,
        statistics.median(theirs) * scale,
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        len(ratios),
        limit,
        at_most,
        note,
    )


def alone(
    row: str,
    what: str,
    found: Sequence[float],
    *,
    unit: str,
    scale: float = 1.0,
    limit: float | None = None,
    note: str = "",
) -> Figure:
    """Give the median of something that is compared with nothing but its goal."""
    values = [value * scale for value in found]
    middle = statistics.median(values)
    return Figure(
        row,
        what,
        unit,
        middle,
        None,
        middle,
        min(values),
        max(values),
        len(values),
        limit,
        note=note,
    )


def each(do: Callable[[], object], times: int, turns: int) -> list[float]:
    """Give the seconds that one of ``times`` takes, ``turns`` times over."""

    def many() -> None:
        for _ in range(times):
            do()

    return [seconds(many) / times for _ in range(turns)]
