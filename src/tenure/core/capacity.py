"""Units over time: how many stand in each pool now, and when they will change.

"By what is known now" a suspended licence stays suspended, and none is renewed, resized or
placed otherwise.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

from tenure.core.licences import Licence, Register
from tenure.core.outlook import Outlook, Span

NEVER = 1 << 62
"""An instant that does not come."""


class Capacity:
    """The eligible units of each pool, kept up to date as licences change and time goes on."""

    __slots__ = ("_at", "_bounds", "_counted", "_first", "_outlook", "_register", "total", "units")

    def __init__(self, register: Register, t: int) -> None:
        self._register = register
        self._at = t
        """The instant of which the units are counted."""
        self._first = register.pools[0] if register.pools else ""
        self.units: dict[str, int] = dict.fromkeys(register.pools, 0)
        """Eligible units by pool."""
        self.total = 0
        self._counted: dict[str, Mapping[str, int]] = {}
        """What each licence adds to ``units`` at present."""
        self._bounds: list[tuple[int, str]] = []
        """The instants at which a licence starts or ends; old ones are recounted in vain."""
        self._outlook: Outlook | None = None
        """None until somebody asks for the future: what is due now rarely needs it."""
        self._count_all(t)

    def _count_all(self, t: int) -> None:
        """As ``recount`` of each, in one go: a company can have very many."""
        first, units, counted, bounds = self._first, self.units, self._counted, self._bounds
        for licence in self._register:
            id_, _kind, number, _placements, starts, ends, out = licence
            if out or starts == ends:
                continue
            if starts > t:
                bounds.append((starts, id_))
            if ends is not None:
                if ends <= t:
                    continue
                bounds.append((ends, id_))
            if starts <= t:
                counted[id_] = now = shares(licence, first)
                for pool, count in now.items():
                    units[pool] += count
                self.total += number
        heapq.heapify(bounds)

    def copy(self, register: Register) -> Capacity:
        """Give a capacity of its own that counts the same, for a register that is a copy."""
        other = Capacity.__new__(Capacity)
        other._register = register
        other._at = self._at
        other._first = self._first
        other.units = self.units.copy()
        other.total = self.total
        other._counted = self._counted.copy()
        other._bounds = self._bounds.copy()
        other._outlook = None if self._outlook is None else self._outlook.copy()
        return other

    def gather(self) -> None:
        """Gather what is to come; copies made later have it, too."""
        self._ahead()

    def add_pool(self, pool: str) -> None:
        """Count a pool that was just added to the register."""
        self.units[pool] = 0
        self._first = self._register.pools[0]

    def recount(self, licence: Licence, t: int) -> None:
        """Count a licence that was added or changed, as of ``t``."""
        self._at = t
        self._count(licence, t)
        if self._outlook is not None:
            self._outlook.enter(licence, shares(licence, self._first), t)
        if licence.counts and licence.starts != licence.ends:
            if licence.starts > t:
                heapq.heappush(self._bounds, (licence.starts, licence.id))
            if licence.ends is not None and licence.ends > t:
                heapq.heappush(self._bounds, (licence.ends, licence.id))

    def _count(self, licence: Licence, t: int) -> None:
        units = self.units
        old = self._counted.pop(licence.id, None)
        if old is not None:
            for pool, count in old.items():
                units[pool] -= count
                self.total -= count
        if licence.eligible(t):
            now = shares(licence, self._first)
            for pool, count in now.items():
                units[pool] += count
                self.total += count
            self._counted[licence.id] = now

    def next_change(self) -> int:
        """Give the next instant at which a licence may start or end; ``NEVER`` if none."""
        return self._bounds[0][0] if self._bounds else NEVER

    def move_to(self, t: int) -> None:
        """Let licences start and end, up to and including ``t``."""
        self._at = t
        if self._outlook is not None:
            self._outlook.move_to(t)
        while self._bounds and self._bounds[0][0] <= t:
            _, name = heapq.heappop(self._bounds)
            licence = self._register.licences.get(name)
            if licence is not None:
                self._count(licence, t)

    def future(self, t: int) -> Iterator[tuple[int, int, dict[str, int]]]:
        """Yield every later instant at which units change, with the total and the pools' units.

        The same dictionary is yielded each time; read it before going on.
        """
        units = dict(self.units)
        total = self.total
        for change in self._ahead():
            for pool, count in change.units.items():
                units[pool] += count
                total += count
            if change.at > t:
                yield change.at, total, units

    def _ahead(self) -> Outlook:
        """Give what is to come: gathered when first asked for, and kept up to date from then on."""
        if self._outlook is None:
            t = self._at
            self._outlook = Outlook(
                (
                    (licence, self._counted.get(licence.id) or shares(licence, self._first))
                    for licence in self._register
                    if licence.starts > t or (licence.ends is not None and licence.ends > t)
                ),
                t,
            )
        return self._outlook

    @property
    def is_gathered(self) -> bool:
        """Whether what is to come is gathered, so that ``suffices_until`` costs little."""
        return self._outlook is not None

    def suffices_until(self, seats: dict[str, int]) -> int:
        """Give the next instant at which units change and the company has none, or a pool too few.

        ``seats`` by pool; they have their units now. ``NEVER`` if there is none.
        """
        waiting = {pool for pool, count in seats.items() if count}
        units = dict(self.units)
        total = self.total
        for i, span in enumerate(self._ahead().spans):
            if i and not _may_run_short(span, total, units, seats, waiting):
                total += span.sums.total
                for pool, count in span.sums.units.items():
                    units[pool] += count
                continue
            for change in span.changes:
                for pool, count in change.units.items():
                    units[pool] += count
                    total += count
                if not total or any(
                    units[p] < seats[p] for p in waiting.intersection(change.units)
                ):
                    return change.at
        return NEVER

    def comes_back(self, t: int) -> bool:
        """Whether there will be units at an instant later than ``t``, by what is known now."""
        if self._outlook is not None:
            # Whatever has units later has them now without end, or starts or ends later.
            return self.total > 0 or self._outlook.last > t
        for licence in self._register:
            if licence.counts and (licence.ends is None or licence.ends > max(t, licence.starts)):
                return True
        return False

    def horizons(
        self, seats: dict[str, int], pools: Sequence[str]
    ) -> tuple[int | None, dict[str, int]]:
        """Give the first later instant without units, and for ``pools`` the first short one.

        ``pools`` are covered now. One runs short where its units are fewer than its ``seats`` are
        now while the company has units, even if the company has none for a time before.
        """
        company: int | None = None
        short: dict[str, int] = {}
        waiting = {pool for pool in pools if seats[pool]}
        units = dict(self.units)
        total = self.total
        for i, span in enumerate(self._ahead().spans):
            # Time takes from the first span again and again: summing it up would be for one use.
            if i and not _may_run_short(span, total, units, seats, waiting):
                total += span.sums.total
                for pool, count in span.sums.units.items():
                    units[pool] += count
                continue
            for change in span.changes:
                # After a time without any units, pools that no change touches may be short, too.
                touched = waiting.intersection(change.units) if total else waiting
                for pool, count in change.units.items():
                    units[pool] += count
                    total += count
                if total == 0:
                    if company is None:
                        company = change.at
                else:
                    found = [pool for pool in touched if units[pool] < seats[pool]]
                    for pool in found:
                        short[pool] = change.at
                        waiting.remove(pool)
            if company is not None and not waiting:
                break
        return company, short


def _may_run_short(
    span: Span, total: int, units: dict[str, int], seats: dict[str, int], waiting: set[str]
) -> bool:
    """Whether within a span, or before it, the company has no units or a pool too few."""
    if total + span.sums.lowest_total <= 0:
        return True
    lowest = span.sums.lowest
    return any(units[pool] + lowest[pool] < seats[pool] for pool in waiting.intersection(lowest))


def shares(licence: Licence, first: str) -> Mapping[str, int]:
    """Give where the licence's units stand; pools without any are left out."""
    placements = licence.placements
    if not placements:
        return {first: licence.units}
    if len(placements) == 1 and licence.units in placements.values():
        return placements  # by far the most, in a company of very many
    placed = {pool: count for pool, count in placements.items() if count}
    rest = licence.units - sum(placed.values())
    if rest:
        placed[first] = placed.get(first, 0) + rest
    return placed
