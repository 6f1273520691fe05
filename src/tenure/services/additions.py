"""What the licence of a key would bring a company, before it is added. Only reads.

Whoever waits for a unit gets one with it, as ``settling`` grants them; and where it is smaller
than a licence beside it, people lack a unit once that one ends. They are named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from tenure.clock import Clock
from tenure.core.lifecycle import Lifecycle
from tenure.core.shortages import Shortage, shortages
from tenure.services import whatifs
from tenure.services.key_offers import Offer, Wishes, licence_of
from tenure.services.whatifs import Change, Outcome
from tenure.store.models import Claim, Company, Member, Seat


@dataclass(frozen=True, slots=True)
class Addition:
    """What would come about for every service that a licence gives.

    ``shortages`` are of each of ``outcomes``, in their order. ``seq``: the company's last fact
    when it was asked.
    """

    outcomes: tuple[Outcome, ...]
    shortages: tuple[tuple[Shortage, ...], ...]
    seq: int
    wishes: Wishes

    @property
    def lacking(self) -> int:
        """So many come to lack a unit, of all services together."""
        return sum(each.count for found in self.shortages for each in found)

    @property
    def first_at(self) -> int | None:
        """When the first come to lack one."""
        return min((each.start for found in self.shortages for each in found), default=None)

    @property
    def sure(self) -> str:
        """What a form hands back that agrees to what was shown."""
        told = [
            # The present goes on between the showing and the agreeing.
            (
                each.pool,
                each.from_seat,
                each.to_seat,
                each.start if each.start > outcome.found.at else 0,
            )
            for outcome, found in zip(self.outcomes, self.shortages, strict=True)
            for each in found
        ]
        wanted = self.wishes.replaces, sorted((self.wishes.placements or {}).items())
        digest = sha256(repr((told, wanted)).encode()).hexdigest()
        return f"{self.lacking}@{self.seq}.{digest[:16]}"


def addition(company: Company, offer: Offer, wishes: Wishes, *, clock: Clock) -> Addition:
    """Say what adding would bring, with whoever waits and then gets a unit.

    Raises ``NotFound`` and ``Refused`` as adding it would.
    """
    new, _ = licence_of(company, offer, wishes)
    add = whatifs.add(new)
    found = _concerned(company, [add], clock)
    if granted := [change for each in found for change in _granted(each)]:
        # Their sentences still tell of the licence alone.
        found = [
            replace(each, changes=each.changes[:1])
            for each in _concerned(company, [add, *granted], clock)
        ]
    return Addition(
        tuple(found),
        tuple(shortages(each.life, each.found.facts, each.found.after) for each in found),
        # Read before anything else was: a fact that came after it is found out when adding.
        found[0].company.last_seq,
        wishes,
    )


def _concerned(company: Company, changes: Sequence[Change], clock: Clock) -> list[Outcome]:
    found = whatifs.suppose(company.id, changes, clock=clock)
    return [each for each in found if each.concerned]


def _granted(outcome: Outcome) -> Iterator[Change]:
    """Suppose that those who wait get a unit, as far as there are free ones at once."""
    look = _after(outcome)
    if look.phase != "active":
        return
    waiting = Claim.objects.filter(
        company=outcome.company, service=outcome.service, instance=look.instance
    )
    if not waiting.exists():
        return
    for name, pool in look.pools.items():
        free = look.capacity.units.get(name, 0) - pool.seats
        count = min(free, waiting.filter(pool_id=name).count()) if free > 0 else 0
        if count:
            yield whatifs.protect(outcome.service, UUID(name), count)


def _after(outcome: Outcome) -> Lifecycle:
    look = outcome.life.copy()
    for fact in outcome.found.facts:
        look.apply(fact)
    look.advance(look.at)
    return look


def members(outcome: Outcome, shortage: Shortage, most: int | None = None) -> list[Member]:
    """Name those who come to lack a unit, the last protected first; at most so many of them."""
    first = shortage.from_seat if most is None else max(shortage.from_seat, shortage.to_seat - most)
    of = {"company": outcome.company, "service": outcome.service, "pool_id": shortage.pool}
    seats = Seat.objects.filter(
        **of, instance=outcome.life.instance, closed_seq__isnull=True
    ).order_by("opened_seq", "place")
    ids = list(seats.values_list("member_id", flat=True)[first : shortage.to_seat])
    if (missing := shortage.to_seat - first - len(ids)) > 0:
        # Behind them stand those who wait now and get a unit with the licence.
        had = outcome.life.pools[shortage.pool].seats
        skipped = max(0, first - had)
        waiting = Claim.objects.filter(**of, instance=_after(outcome).instance).order_by(
            "rule_place", "since_at", "member_id"
        )
        ids += waiting.values_list("member_id", flat=True)[skipped : skipped + missing]
    named: dict[UUID, Member] = {}
    for i in range(0, len(ids), 500):
        some = Member.objects.filter(company=outcome.company, id__in=ids[i : i + 500])
        named |= {member.id: member for member in some}
    return [named[id_] for id_ in reversed(ids) if id_ in named]
