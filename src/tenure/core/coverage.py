"""Which licence covers which seat. For explanations and reports only: counts decide the rest.

Seats of a pool stand in the order in which they were protected, the units of the pool with the
longest-lasting licence first, and seat k takes unit k. So the units that end next are the last
ones, and an end changes the licence of no seat that keeps a unit.

Nothing here asks for the phase: in a closed company units stand as ever, and protect nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenure.core.capacity import NEVER
from tenure.core.licences import Licence
from tenure.core.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seats of a pool that one licence covers: ``from_seat`` up to before ``to_seat``, from 0."""

    licence: str
    from_seat: int
    to_seat: int


@dataclass(frozen=True, slots=True)
class Share:
    """The units of a licence that stand in one pool."""

    licence: Licence
    units: int


def units_of(life: Lifecycle, pool: str, t: int | None = None) -> list[Stretch]:
    """Give the units of a pool in the order in which seats take them.

    ``t``: at a later instant, by what is known now: licences start and end, those that are
    suspended stay so. There may be more units than seats. Costs by the licences, not the units.
    Raises ``ValueError`` for an instant before the lifecycle's: its terms are not kept.
    """
    at = _instant(life, t)
    stretches: list[Stretch] = []
    start = 0
    for share in ranked(life, pool):
        if share.licence.eligible(at):
            stretches.append(Stretch(share.licence.id, start, start + share.units))
            start += share.units
    return stretches


def covering(life: Lifecycle, pool: str, seat: int, t: int | None = None) -> str | None:
    """Give the licence whose unit a seat (counted from 0) takes; None where none is left for it.

    ``t`` as for ``units_of``.
    """
    return taken(ranked(life, pool), seat, _instant(life, t))


def ranked(life: Lifecycle, pool: str) -> list[Share]:
    """Give what stands in a pool of every licence that counts now or later, in order.

    The licence that lasts longest first, one without end before all others; where two end
    together a full licence before a trial, which alone is meant to be replaced: those of a
    subscription or not for resale stand among the full ones; then by id.
    """
    first = life.register.pools[0] if life.register.pools else ""
    shares = [
        Share(licence, units)
        for licence in life.register
        if licence.counts and (units := licence.share(pool, first)) > 0
    ]
    shares.sort(key=_rank)
    return shares


def taken(shares: list[Share], seat: int, t: int) -> str | None:
    """Give the licence whose unit a seat takes at ``t``, of what ``ranked`` gave."""
    end = 0
    for share in shares:
        if share.licence.eligible(t):
            end += share.units
            if seat < end:
                return share.licence.id
    return None


def _rank(share: Share) -> tuple[int, bool, str]:
    licence = share.licence
    ends = NEVER if licence.ends is None else licence.ends
    return -ends, licence.kind == "trial", licence.id


def _instant(life: Lifecycle, t: int | None) -> int:
    if t is None:
        return life.at
    if t < life.at:
        raise ValueError("what covered a seat before the lifecycle's instant is not kept")
    return t
