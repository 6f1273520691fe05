"""Who may see and do what. Every door asks here, and nowhere else.

A grant stands at a place: an account, a company in it, or a site of the company. It holds for
everything below, until a grant that stands nearer says otherwise, more or less. What nobody
granted is not there: to a stranger a thing does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["none", "read", "write"]
Area = Literal["portal", "console"]

_ORDER: dict[Level, int] = {"none": 0, "read": 1, "write": 2}


@dataclass(frozen=True, slots=True)
class Place:
    """Something that rights are about. ``path``: the accounts above it, the topmost first.

    ``company`` and ``pool`` are empty for what belongs to the account as a whole, or to all of
    the company.
    """

    path: tuple[str, ...]
    company: str = ""
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a membership allows at a place, and below."""

    account: str
    portal: Level
    console: Level
    company: str = ""
    pool: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it allows anything."""
        return (self.portal, self.console) != ("none", "none")

    def at(self, area: Area) -> Level:
        """Give the level in an area."""
        return self.portal if area == "portal" else self.console


def nearness(grant: Grant, place: Place) -> int | None:
    """Give how near a grant stands to a place, the nearest highest; None where it does not hold."""
    if grant.account not in place.path:
        return None
    if grant.company and grant.company != place.company:
        return None
    if grant.pool and grant.pool != place.pool:
        return None
    deep = len(place.path)
    if grant.pool:
        return deep + 2
    return deep + 1 if grant.company else place.path.index(grant.account)


def level(grants: Iterable[Grant], place: Place, area: Area) -> Level:
    """Give what somebody with these grants may do at a place: what the nearest of them says."""
    best: tuple[int, int] | None = None
    found: Level = "none"
    for grant in grants:
        near = nearness(grant, place)
        if near is None:
            continue
        key = (near, _ORDER[grant.at(area)])
        if best is None or key > best:
            best, found = key, grant.at(area)
    return found


def may(grants: Iterable[Grant], place: Place, area: Area, wanted: Level) -> bool:
    """Whether somebody with these grants may do so much at a place."""
    return _ORDER[level(grants, place, area)] >= _ORDER[wanted]


def within(offered: Grant, grants: Iterable[Grant], place: Place) -> bool:
    """Whether somebody may pass a grant on: nobody gives more than they have, in either area."""
    own = list(grants)
    return all(
        _ORDER[offered.at(area)] <= _ORDER[level(own, place, area)]
        for area in ("portal", "console")
    )


def sites(grants: Iterable[Grant], place: Place, pools: Iterable[str], area: Area) -> list[str]:
    """Give the sites of a company that somebody may see in an area, in the order given."""
    own = list(grants)
    return [
        pool for pool in pools if may(own, Place(place.path, place.company, pool), area, "read")
    ]
