"""Units over time: how many stand in each pool now, and when they will change.

"By what is known now" a suspended licence stays suspended, and none is renewed, resized or
placed otherwise.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from tenure.core.licences import Licence, Register

NEVER = 1 << 62
"""An instant that does not come."""


class Capacity:
    """The eligible units of each pool, kept up to date as licences change and time goes on."""

    __slots__ = ("_bounds", "_counted", "_first", "_register", "total", "units")

    def __init__(self, register: Register, t: int) -> None:
        self._register = register
        self._first = register.pools[0] if register.pools else ""
        self.units: dict[str, int] = dict.fromkeys(register.pools, 0)
        """Eligible units by pool."""
        self.total = 0
        self._counted: dict[str, dict[str, int]] = {}
        """What each licence adds to ``units`` at present."""
        self._bounds: list[tuple[int, str]] = []
        """The instants at which a licence starts or ends; old ones are recounted in vain."""
        for licence in register:
            self.recount(licence, t)

    def add_pool(self, pool: str) -> None:
        """Count a pool that was just added to the register."""
        self.units[pool] = 0
        self._first = self._register.pools[0]

    def recount(self, licence: Licence, t: int) -> None:
        """Count a licence that was added or changed, as of ``t``."""
        self._count(licence, t)
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
        while self._bounds and self._bounds[0][0] <= t:
            _, name = heapq.heappop(self._bounds)
            licence = self._register.licences.get(name)
            if licence is not None:
                self._count(licence, t)

    def future(self, t: int) -> Iterator[tuple[int, int, dict[str, int]]]:
        """Yield every later instant at which units change, with the total and the pools' units.

        The same dictionary is yielded each time; read it before going on.
        """
        changes: list[tuple[int, int, Licence]] = []
        for licence in self._register:
            if not licence.counts:
                continue
            ends = NEVER if licence.ends is None else licence.ends
            if ends <= t or ends <= licence.starts:
                continue
            if licence.starts > t:
                changes.append((licence.starts, 1, licence))
            if ends != NEVER:
                changes.append((ends, -1, licence))
        changes.sort(key=lambda change: change[0])
        units = dict(self.units)
        total = self.total
        last = len(changes) - 1
        for i, (at, sign, licence) in enumerate(changes):
            for pool, count in shares(licence, self._first).items():
                units[pool] += sign * count
                total += sign * count
            if i == last or changes[i + 1][0] != at:
                yield at, total, units

    def comes_back(self, t: int) -> bool:
        """Whether there will be units at an instant later than ``t``, by what is known now."""
        for licence in self._register:
            if licence.counts and (licence.ends is None or licence.ends > max(t, licence.starts)):
                return True
        return False

    def horizons(
        self, t: int, seats: dict[str, int], pools: Sequence[str]
    ) -> tuple[int | None, dict[str, int]]:
        """Give the first later instant without units, and for ``pools`` the first short one.

        A pool runs short where its units are fewer than its ``seats`` are now while the company
        has units, even if the company has none for a time before.
        """
        company: int | None = None
        short: dict[str, int] = {}
        waiting = [pool for pool in pools if seats[pool]]
        for at, total, units in self.future(t):
            if total == 0:
                if company is None:
                    company = at
            else:
                found = [pool for pool in waiting if units[pool] < seats[pool]]
                for pool in found:
                    short[pool] = at
                    waiting.remove(pool)
            if company is not None and not waiting:
                break
        return company, short


def shares(licence: Licence, first: str) -> dict[str, int]:
    """Give where the licence's units stand; pools without any are left out."""
    placed = {pool: count for pool, count in licence.placements.items() if count}
    rest = licence.units - sum(placed.values())
    if rest:
        placed[first] = placed.get(first, 0) + rest
    return placed
