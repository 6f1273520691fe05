"""Which seats will come to lack a unit, by what is known now.

A licence that is added takes nothing from anybody; but where it is smaller than one beside it that
ends before it, people lack a unit from that end on, although the service goes on. Instants are
whole seconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from sys import maxsize

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.whatif import Future


@dataclass(frozen=True, slots=True)
class Shortage:
    """From ``start`` the seats of a pool from ``from_seat`` up to before ``to_seat`` lack a unit.

    Counted from 0, in the order in which they were protected. ``protected_until``: so long they
    are protected without one, ``start`` where they are not at all, None as far as is looked.
    ``end``: when they have one again, None where that is not in sight.
    """

    pool: str
    start: int
    protected_until: int | None
    end: int | None
    from_seat: int
    to_seat: int

    @property
    def count(self) -> int:
        """How many seats."""
        return self.to_seat - self.from_seat


def shortages(life: Lifecycle, supposed: Sequence[f.Fact], coming: Future) -> tuple[Shortage, ...]:
    """Give every seat that comes to lack a unit while the service is active: when it first does.

    ``supposed`` are done at one instant that ``life`` can still take, and ``coming`` is the future
    under them. Seats that lack a unit already are left out, until they have had one. ``life`` is
    left alone.
    """
    look = life.copy()
    for fact in supposed:
        look.apply(fact)
    look.advance(look.at)
    steps = [(look.at, dict(look.capacity.units))]
    steps += [(at, dict(units)) for at, _, units in look.capacity.future(look.at)]
    steps = [(at, units) for at, units in steps if coming.stay_at(at).phase == "active"]
    found: list[Shortage] = []
    for name, pool in look.pools.items():
        told = maxsize
        lacks_now = life.capacity.units.get(name, 0) if life.phase == "active" else maxsize
        for i, (at, all_units) in enumerate(steps):
            units = all_units.get(name, 0)
            if units > lacks_now:
                lacks_now = units if units < pool.seats else maxsize
            last = min(pool.seats, told, lacks_now)
            if units >= last:
                continue
            again = (x for x, there in steps[i + 1 :] if there.get(name, 0) >= last)
            found.append(
                Shortage(name, at, _falls(coming, name, at, last), next(again, None), units, last)
            )
            told = units
    order = {name: i for i, name in enumerate(look.pools)}
    return tuple(sorted(found, key=lambda each: (each.start, order[each.pool])))


def _falls(coming: Future, pool: str, start: int, to_seat: int) -> int | None:
    """Give from when on not all of a pool's seats up to one are protected."""
    if coming.protected(pool, start).count < to_seat:
        return start
    later = (x.at for x in coming.pools[pool] if x.at > start and x.count < to_seat)
    return next(later, None)
