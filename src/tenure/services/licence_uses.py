"""What a licence is of use for: whose seats it covers, and whom its end touches. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tenure.core.capacity import shares
from tenure.core.coverage import units_of
from tenure.core.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class Use:
    """``covered``: seats that a licence covers now. ``lacking``: seats that its end leaves without
    a unit, by what is known now; None where it does not end. ``is_last``: no unit is left then.
    """

    covered: int
    lacking: int | None
    is_last: bool


def use_of(life: Lifecycle, licence_id: UUID) -> Use:
    """Give what a licence is of use for in a company."""
    id_ = str(licence_id)
    covered = 0
    licence = life.register.licences.get(id_)
    places = {} if licence is None else shares(licence, life.register.pools[0])
    for name in places:
        pool = life.pools[name]
        for stretch in units_of(life, name):
            if stretch.licence == id_:
                covered += max(0, min(pool.seats, stretch.to_seat) - stretch.from_seat)
    if licence is None or not licence.counts or licence.ends is None or licence.ends <= life.at:
        return Use(covered, None, False)
    before = life.capacity.units
    for at, total, units in life.capacity.future(life.at):
        if at > licence.ends:
            break
        if at == licence.ends:
            lacking = max(0, _lacking(life, units) - _lacking(life, before))
            return Use(covered, lacking, total == 0)
        before = units.copy()
    return Use(covered, 0, False)


def _lacking(life: Lifecycle, units: dict[str, int]) -> int:
    return sum(max(0, pool.seats - units.get(name, 0)) for name, pool in life.pools.items())
