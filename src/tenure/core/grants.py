"""Passing grants on: at which places two sets of grants can differ, and what nobody may give.

Sets are compared by what they allow at a place, not grant by grant: a grant that says less where
it stands can still allow more, where a nearer one is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from tenure.core.access import Area, Grant, Level, Place, level

Paths = Mapping[str, tuple[str, ...]]
"""The accounts above a company or an account, and its own, the topmost first; by its id."""

AREAS: tuple[Area, ...] = get_args(Area)
LEVELS: tuple[Level, ...] = get_args(Level)


def places(path: tuple[str, ...], grants: Iterable[Grant], paths: Paths) -> list[Place]:
    """Give the places in an account at which sets of these grants can differ from each other.

    At every other place of the account each set allows what it does at one of these. ``paths``
    has the companies and accounts that the grants name; what is not in it is passed over, as is
    what lies elsewhere.
    """
    found = {Place(path): None}
    for grant in grants:
        named = paths.get(grant.company or grant.account, ())
        if named[: len(path)] != path:
            continue
        if not grant.company:
            found[Place(named)] = None
        elif grant.account in named:
            found[Place(named, grant.company)] = None
            found[Place(named, grant.company, grant.pool)] = None
    return list(found)


def excess(
    after: Sequence[Grant], before: Sequence[Grant], giver: Sequence[Grant], where: Iterable[Place]
) -> Place | None:
    """Give a place at which somebody would gain more than the giver has; None where there is none.

    What somebody had before, they may keep: it is not the giver's gift.
    """
    for place in where:
        for area in AREAS:
            wanted = rank(level(after, place, area))
            has = max(rank(level(own, place, area)) for own in (before, giver))
            if wanted > has:
                return place
    return None


def clipped(
    offered: Sequence[Grant], giver: Sequence[Grant], path: tuple[str, ...], paths: Paths
) -> list[Grant]:
    """Give what is left of grants offered in an account, so that none exceeds what the giver has.

    The first is the account's as a whole. An account below it, in which the giver may do less,
    lowers it: a membership cannot leave out an account below.
    """
    where = places(path, [*offered, *giver], paths)
    account = path[-1]

    def least(some: Sequence[Place], area: Area) -> Level:
        ranks = [rank(level(own, place, area)) for place in some for own in (offered, giver)]
        return LEVELS[min(ranks)]

    whole = [place for place in where if not place.company]
    left = [Grant(account, least(whole, "portal"), least(whole, "console"))]
    for place in sorted(where, key=lambda place: (place.company, place.pool)):
        if not place.company:
            continue
        portal, console = least([place], "portal"), least([place], "console")
        if (portal, console) != (level(left, place, "portal"), level(left, place, "console")):
            left.append(Grant(account, portal, console, place.company, place.pool))
    return left


def rank(one: Level) -> int:
    """Give the place of a level in their order."""
    return LEVELS.index(one)
