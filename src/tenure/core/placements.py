"""How units of a licence are shared out over pools: evenly, or like those of another licence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Pool = TypeVar("Pool", bound=Hashable)


def evenly(units: int, pools: Sequence[Pool]) -> dict[Pool, int]:
    """Share units out over pools; what cannot be divided goes to the first ones."""
    return like(units, dict.fromkeys(pools, 1))


def like(units: int, shares: Mapping[Pool, int]) -> dict[Pool, int]:
    """Share units out in proportion to shares, as whole numbers whose sum is ``units``.

    By largest remainders, of equal ones the earlier first. No shares at all give nothing.
    """
    total = sum(shares.values())
    if not total:
        return {}
    given = {pool: units * share // total for pool, share in shares.items()}
    by_remainder = sorted(shares, key=lambda pool: -(units * shares[pool] % total))
    for pool in by_remainder[: units - sum(given.values())]:
        given[pool] += 1
    return given
