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


@dataclass(slots=True)
class Change:
    """What the licences that start or end at one instant add to the units of the pools."""

    at: int
    units: dict[str, int]
    bounds: int = 0
    """How many starts and ends; there can be some where the units stay what they were."""

    def add(self, units: Mapping[str, int], sign: int) -> None:
        """Let so many units come (``sign`` 1) or go (-1)."""
        sums = self.units
        for pool, count in units.items():
            sums[pool] = sums.get(pool, 0) + sign * count


@dataclass(frozen=True, slots=True)
class Sums:
    """What the changes of a span come to, against what was before it."""

    total: int
    units: dict[str, int]
    lowest_total: int
    lowest: dict[str, int]
    """Of the pools that get below what they had before the span, how far at the lowest."""


class Span:
    """Neighbouring changes."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes

    @property
    def first(self) -> int:
        """The instant of the first change."""
        return self.changes[0].at

    @cached_property
    def sums(self) -> Sums:
        """What the changes come to; kept until ``touch``."""
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

    def touch(self) -> None:
        """Forget the sums: the changes are others now."""
        self.__dict__.pop("sums", None)


class Outlook:
    """When units will change after an instant, by what is known of the licences entered."""

    __slots__ = ("_entered", "spans")

    def __init__(self, licences: Iterable[tuple[Licence, dict[str, int]]], t: int) -> None:
        self._entered: dict[str, tuple[int, int | None, dict[str, int]]] = {}
        """The bounds and the shares with which each licence was entered."""
        changes: dict[int, Change] = {}
        for licence, units in licences:
            for at, sign in self._enter(licence, units, t):
                change = changes.get(at)
                if change is None:
                    changes[at] = change = Change(at, {})
                change.add(units, sign)
                change.bounds += 1
        ordered = [changes[at] for at in sorted(changes)]
        self.spans = [Span(ordered[i : i + SPAN]) for i in range(0, len(ordered), SPAN)]
        """In the order of time, none of them empty."""

    def __iter__(self) -> Iterator[Change]:
        for span in self.spans:
            yield from span.changes

    def enter(self, licence: Licence, units: dict[str, int], t: int) -> None:
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

    def _enter(self, licence: Licence, units: dict[str, int], t: int) -> Sequence[tuple[int, int]]:
        if not licence.counts:
            return ()
        self._entered[licence.id] = licence.starts, licence.ends, units
        return _bounds(licence.starts, licence.ends, t)

    def _span_of(self, at: int) -> int:
        return max(0, bisect_right(self.spans, at, key=attrgetter("first")) - 1)

    def _put_in(self, at: int, units: Mapping[str, int], sign: int) -> None:
        if not self.spans:
            self.spans.append(Span([]))
        i = self._span_of(at) if self.spans[0].changes else 0
        span = self.spans[i]
        changes = span.changes
        j = bisect_left(changes, at, key=attrgetter("at"))
        if j == len(changes) or changes[j].at != at:
            changes.insert(j, Change(at, {}))
        changes[j].add(units, sign)
        changes[j].bounds += 1
        span.touch()
        if len(changes) > 2 * SPAN:
            self.spans[i : i + 1] = [Span(changes[:SPAN]), Span(changes[SPAN:])]

    def _take_out(self, at: int, units: Mapping[str, int], sign: int) -> None:
        i = self._span_of(at)
        span = self.spans[i]
        j = bisect_left(span.changes, at, key=attrgetter("at"))
        change = span.changes[j]
        change.add(units, -sign)
        change.bounds -= 1
        span.touch()
        if not change.bounds:
            self._drop(i, j)

    def _drop(self, i: int, j: int) -> None:
        span = self.spans[i]
        del span.changes[j]
        span.touch()
        if not span.changes:
            del self.spans[i]


def _bounds(starts: int, ends: int | None, t: int) -> Sequence[tuple[int, int]]:
    """Give when a licence starts (1) and ends (-1), if that lies after ``t``."""
    if ends is None:
        return ((starts, 1),) if starts > t else ()
    if ends <= t or ends <= starts:
        return ()
    return ((starts, 1), (ends, -1)) if starts > t else ((ends, -1),)
