"""The changes of units that are known to come, in the order of time: what horizons are read from.

They lie in spans of some dozens of instants. A span knows what it adds up to and how low units
get within it, so whoever looks for the first instant with too few units passes over whole spans,
and a licence that changes costs no more than the spans in which it starts and ends.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from tenure.core.licences import Licence

SPAN = 48
"""How many instants a span has at first; it is halved once it has more than twice as many."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the licences that start or end at one instant add to the units of the pools.

    A value, like its units: other starts and ends make another one.
    """

    at: int
    units: dict[str, int]
    bounds: int = 0
    """How many starts and ends; there can be some where the units stay what they were."""

    def plus(self, units: Mapping[str, int], sign: int, bounds: int) -> Change:
        """Give it with so many units more (``sign`` 1) or less (-1), and so many bounds."""
        sums = self.units.copy()
        for pool, count in units.items():
            sums[pool] = sums.get(pool, 0) + sign * count
        return Change(self.at, sums, self.bounds + bounds)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the changes of a span come to, against what was before it."""

    total: int
    units: dict[str, int]
    lowest_total: int
    lowest: dict[str, int]
    """Of the pools that get below what they had before the span, how far at the lowest."""


class Span:
    """Neighbouring changes. A value, too, so that outlooks that are copies of another share it."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes

    @property
    def first(self) -> int:
        """The instant of the first change."""
        return self.changes[0].at

    @cached_property
    def sums(self) -> Sums:
        """What the changes come to."""
        total = lowest_total = 0
        units: dict[str, int] = {}
        lowest: dict[str, int] = {}
        for change in self.changes:
            for pool, count in change.units.items():
                total += count
                units[pool] = now = units.get(pool, 0) + count
                if now < lowest.get(pool, 0):
                    lowest[pool] = now
            lowest_total = min(lowest_total, total)
        return Sums(total, units, lowest_total, lowest)


class Outlook:
    """When units will change after an instant, by what is known of the licences entered."""

    __slots__ = ("_entered", "spans")

    def __init__(self, licences: Iterable[tuple[Licence, Mapping[str, int]]], t: int) -> None:
        self._entered: dict[str, tuple[int, int | None, Mapping[str, int]]] = {}
        """The bounds and the shares with which each licence was entered."""
        sums: dict[int, dict[str, int]] = {}
        bounds: dict[int, int] = {}
        for licence, units in licences:
            for at, sign in self._enter(licence, units, t):
                there = sums.get(at)
                if there is None:
                    sums[at] = there = {}
                    bounds[at] = 0
                bounds[at] += 1
                for pool, count in units.items():
                    there[pool] = there.get(pool, 0) + sign * count
        ordered = [Change(at, sums[at], bounds[at]) for at in sorted(sums)]
        self.spans = [Span(ordered[i : i + SPAN]) for i in range(0, len(ordered), SPAN)]
        """In the order of time, none of them empty."""

    def copy(self) -> Outlook:
        """Give an outlook of its own on the same changes."""
        other = Outlook.__new__(Outlook)
        other._entered = self._entered.copy()
        other.spans = self.spans.copy()
        return other

    def __iter__(self) -> Iterator[Change]:
        for span in self.spans:
            yield from span.changes

    @property
    def last(self) -> int:
        """The instant of the last change; before every instant where there is none."""
        return self.spans[-1].changes[-1].at if self.spans else -(1 << 62)

    def enter(self, licence: Licence, units: Mapping[str, int], t: int) -> None:
        """Enter a licence that is new or has changed, with its shares, as of ``t``."""
        old = self._entered.pop(licence.id, None)
        if old is not None:
            starts, ends, shares = old
            for at, sign in _bounds(starts, ends, t):
                self._take_out(at, shares, sign)
        for at, sign in self._enter(licence, units, t):
            self._put_in(at, units, sign)

    def move_to(self, t: int) -> None:
        """Drop what lies at ``t`` or before it."""
        while self.spans and self.spans[0].first <= t:
            self._drop(0, 0)

    def _enter(
        self, licence: Licence, units: Mapping[str, int], t: int
    ) -> Sequence[tuple[int, int]]:
        if not licence.counts:
            return ()
        self._entered[licence.id] = licence.starts, licence.ends, units
        return _bounds(licence.starts, licence.ends, t)

    def _span_of(self, at: int) -> int:
        return max(0, bisect_right(self.spans, at, key=attrgetter("first")) - 1)

    def _put_in(self, at: int, units: Mapping[str, int], sign: int) -> None:
        i = self._span_of(at)
        changes = list(self.spans[i].changes) if self.spans else []
        j = bisect_left(changes, at, key=attrgetter("at"))
        if j == len(changes) or changes[j].at != at:
            changes.insert(j, Change(at, {}))
        changes[j] = changes[j].plus(units, sign, 1)
        parts = [changes] if len(changes) <= 2 * SPAN else [changes[:SPAN], changes[SPAN:]]
        self.spans[i : i + 1] = [Span(part) for part in parts]

    def _take_out(self, at: int, units: Mapping[str, int], sign: int) -> None:
        i = self._span_of(at)
        changes = list(self.spans[i].changes)
        j = bisect_left(changes, at, key=attrgetter("at"))
        change = changes[j].plus(units, -sign, -1)
        if not change.bounds:
            self._drop(i, j)
            return
        changes[j] = change
        self.spans[i] = Span(changes)

    def _drop(self, i: int, j: int) -> None:
        changes = self.spans[i].changes
        left = [*changes[:j], *changes[j + 1 :]]
        self.spans[i : i + 1] = [Span(left)] if left else []


def _bounds(starts: int, ends: int | None, t: int) -> Sequence[tuple[int, int]]:
    """Give when a licence starts (1) and ends (-1), if that lies after ``t``."""
    if ends is None:
        return ((starts, 1),) if starts > t else ()
    if ends <= t or ends <= starts:
        return ()
    return ((starts, 1), (ends, -1)) if starts > t else ((ends, -1),)
