"""What a change of protection would bring, found by doing it and taking it back at once.

So the preview cannot differ from the change. It holds the company's lock as long as the change
itself does; what very many members would lose is therefore reckoned without doing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tenure.services import settling
from tenure.services.standings import Standing
from tenure.store.models import Claim, Exclusion, Member, Pool, Seat

NAMED = 20
"""So many members are named."""


@dataclass(frozen=True, slots=True)
class Part:
    """Members to whom the same would happen: how many, and the first of them by name."""

    count: int
    names: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be protected, who would be so no longer, who would wait, who would be excluded.

    ``short`` names the pools in which more would wait than now, with how many would wait there.
    """

    gained: Part
    lost: Part
    waiting: Part
    excluded: int
    short: tuple[tuple[str, int], ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nobody's protection would change."""
        return not (self.gained.count or self.lost.count or self.waiting.count)


class _TakeBack(Exception):
    """Raised to roll back what was done for a preview."""


def preview(standing: Standing, doing: Callable[[], object]) -> Preview:
    """Say what ``doing`` would bring. Raises what it raises; nothing is changed in any case."""
    try:
        with transaction.atomic():
            before = _State.of(standing)
            doing()
            after = _State.of(standing)
            found = _compared(standing, before, after)
            raise _TakeBack
    except _TakeBack:
        return found


def of_unprotecting(standing: Standing, chosen: Collection[UUID]) -> Preview:
    """Say what ``protection.unwant`` would bring of these members; it does nothing for it."""
    key = (standing.company, standing.service, standing.life.instance)
    mine = dict(zip(("company", "service", "instance"), key, strict=True))
    gone = set(chosen)
    free = Counter({pool.id: pool.units - pool.seats for pool in standing.pools})
    lost: set[UUID] = set()
    seats = Seat.objects.filter(**mine, closed_seq__isnull=True, given_up_at__isnull=True)
    for member, pool in seats.values_list("member_id", "pool_id"):
        if member in gone:
            lost.add(member)
            free[pool] += 1
    gained: set[UUID] = set()
    if standing.life.phase == "active":
        claims = Claim.objects.filter(**mine).order_by("rule_place", "since_at", "member_id")
        for member, pool in claims.values_list("member_id", "pool_id"):
            if member not in gone and free[pool] > 0:
                gained.add(member)
                free[pool] -= 1
    return Preview(
        gained=_part(standing, gained),
        lost=_part(standing, lost),
        waiting=_part(standing, frozenset()),
        excluded=len(settling.wanted_by_rules(*key, list(gone))),
        short=(),
    )


@dataclass(frozen=True, slots=True)
class _State:
    seats: frozenset[UUID]
    claims: dict[UUID, UUID]
    """The pools from which members wait for a unit."""
    excluded: int

    @classmethod
    def of(cls, standing: Standing) -> _State:
        mine = {
            "company": standing.company,
            "service": standing.service,
            "instance": standing.life.instance,
        }
        seats = Seat.objects.filter(**mine, closed_seq__isnull=True, given_up_at__isnull=True)
        return cls(
            frozenset(seats.values_list("member_id", flat=True)),
            dict(Claim.objects.filter(**mine).values_list("member_id", "pool_id")),
            Exclusion.objects.filter(**mine).count(),
        )


def _compared(standing: Standing, before: _State, after: _State) -> Preview:
    waits = set(after.claims) - set(before.claims)
    counts: dict[UUID, int] = {}
    for member in waits:
        counts[after.claims[member]] = counts.get(after.claims[member], 0) + 1
    pools = dict(
        Pool.objects.filter(company=standing.company, id__in=counts).values_list("id", "name")
    )
    return Preview(
        gained=_part(standing, after.seats - before.seats),
        lost=_part(standing, before.seats - after.seats),
        waiting=_part(standing, waits),
        excluded=max(0, after.excluded - before.excluded),
        short=tuple(sorted((pools[pool], count) for pool, count in counts.items())),
    )


def _part(standing: Standing, members: set[UUID] | frozenset[UUID]) -> Part:
    ids = list(members)[:5000]
    rows = Member.objects.filter(company=standing.company, id__in=ids).order_by("user")[:NAMED]
    return Part(len(members), tuple(row.name or row.user for row in rows))
