"""Licences, as plain values, and the units that they bring to pools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.instants import Instant, end_of, instant_of

Term = tuple[Instant, Instant | None]


@dataclass(frozen=True)
class Licence:
    """What is known of a licence at some point. Every change makes a new value."""

    id: str
    units: int
    placements: dict[str, int]
    terms: tuple[Term, ...]
    added: Instant
    cancelled: Instant | None = None
    removed: bool = False
    suspended: bool = False

    def eligible(self, t: Instant) -> bool:
        if self.removed or self.suspended:
            return False
        if self.cancelled is not None and t >= self.cancelled:
            return False
        return any(start <= t and (end is None or t < end) for start, end in self.terms)

    def units_in(self, pool: str, pools: list[str]) -> int:
        named = self.placements.get(pool, 0)
        if pool == pools[0]:
            return named + self.units - sum(self.placements.values())
        return named

    def renewed(self, t: Instant, ends: Instant) -> Licence:
        start, end = self.terms[-1]
        if end is not None and t < end:
            return replace(self, terms=(*self.terms[:-1], (start, ends)))
        return replace(self, terms=(*self.terms, (t, ends)))


Licences = dict[str, Licence]


def read_licence(data: dict[str, Any], zone: ZoneInfo, added: Instant | None = None) -> Licence:
    """`added` is given where an action adds the licence."""
    starts = instant_of(data["starts"], zone)
    if added is None:
        added = instant_of(data["added"], zone) if "added" in data else starts
    ends = end_of(data["ends"], zone) if data.get("ends") is not None else None
    return Licence(
        id=data["id"],
        units=data["units"],
        placements=dict(data.get("placements") or {}),
        terms=((max(starts, added), ends),),
        added=added,
    )


def units(licences: Licences, pools: list[str], pool: str, t: Instant) -> int:
    """units(p, t) by what these licences tell."""
    return sum(each.units_in(pool, pools) for each in licences.values() if each.eligible(t))


def all_units(licences: Licences, pools: list[str], t: Instant) -> int:
    """units(t) by what these licences tell."""
    return sum(units(licences, pools, pool, t) for pool in pools)


def as_people_left_them(before: Licences, after: Licences) -> Licences:
    """The licences for a': what people did at the instant undone, but its terms and cancellations.

    A licence that the instant added is taken as it is at its end.
    """
    mixed: Licences = {}
    for id_, now in after.items():
        was = before.get(id_)
        if was is None:
            mixed[id_] = now
        else:
            mixed[id_] = replace(was, terms=now.terms, cancelled=now.cancelled)
    return mixed


def boundaries(licences: Iterable[Licence]) -> set[Instant]:
    """Every instant at which units may change by themselves."""
    edges = {edge for each in licences for term in each.terms for edge in term}
    return {edge for edge in edges if edge is not None}
