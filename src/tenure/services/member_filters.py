"""Which members a list shows: filters and orders, as conditions on rows. Reads, never writes.

How a member stands follows from their seat's place in its pool. Places are not stored: the seats
that have a unit are those before a boundary, which is read once for each pool that is short.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import Exists, F, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import In

from tenure.core.policy import DAY
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Claim, Group, GroupMember, Identity, Member, Seat, Source
from tenure.words.statuses import MemberStatus

Shown = Literal[
    "", "unprotected", "auto_protected", "protected", "pending", "warning", "seat", "left"
]
SHOWN: tuple[Shown, ...] = get_args(Shown)
"""Which members a list shows: all who are there, those of a status, with a seat, or who left."""

Order = Literal["user", "name", "seen", "new"]
ORDERS: tuple[Order, ...] = get_args(Order)

FEW = 2000
"""So few seats are looked up and sorted sooner than all members are walked through for them."""

BEHIND = 2**63 - 1, 0
"""Where no seat stands: in the order of a pool, behind all of them."""

_ORDERS: dict[Order, tuple[str | OrderBy, ...]] = {
    "user": ("user",),
    "name": ("name", "user"),
    "seen": (F("seen_at").asc(nulls_first=True), "id"),
    "new": ("-id",),
}


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """What a list of members is to show. ``pool``: a site; ``unseen`` in days."""

    shown: Shown = ""
    search: str = ""
    source: UUID | None = None
    group: UUID | None = None
    pool: UUID | None = None
    unseen: int = 0
    order: Order = "user"

    @property
    def is_narrow(self) -> bool:
        """Whether few are looked at, however many members there are: those of a group, or named."""
        return bool(self.group or self.search.strip())

    @property
    def is_walked(self) -> bool:
        """Whether many members are each looked up among the seats."""
        asks_seats = self.pool is not None or self.shown not in ("", "left")
        return asks_seats and not self.is_narrow

    @property
    def is_site(self) -> bool:
        """Whether it is all who belong to a site, whom nothing narrows."""
        return self.pool is not None and self == MemberFilter(pool=self.pool, order=self.order)

    @property
    def is_plain(self) -> bool:
        """Whether nothing narrows the list but how members stand."""
        return not (self.search or self.source or self.group or self.pool or self.unseen)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many members there are of each status, and how many have left."""

    unprotected: int
    auto_protected: int
    protected: int
    pending: int
    warning: int
    left: int

    @property
    def present(self) -> int:
        """All who are there."""
        return self.unprotected + self.auto_protected + self.protected + self.pending + self.warning

    def of(self, shown: Shown) -> int:
        """Give how many a list without other filters shows."""
        if shown == "":
            return self.present
        if shown == "seat":
            return self.present - self.unprotected
        return int(getattr(self, shown))


class Membership:
    """Asks for the members of a company by how they stand with a service."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.company = standing.company
        self._mine: dict[str, Any] = {
            "company": standing.company,
            "service": standing.service,
            "instance": standing.life.instance,
        }

    # Seats and claims

    @property
    def seats(self) -> QuerySet[Seat]:
        """The open seats."""
        return Seat.objects.filter(**self._mine, closed_seq__isnull=True)

    @property
    def claims(self) -> QuerySet[Claim]:
        """Those who wait for a unit without a seat."""
        return Claim.objects.filter(**self._mine)

    def _cuts(self, pool: PoolStanding) -> tuple[int, int]:
        """Give how many of a pool's seats have a unit, and how many are protected."""
        return min(pool.units, pool.protected), min(pool.protected, pool.seats)

    @cached_property
    def _ranges(self) -> dict[str, Q]:
        """Give the condition on seats for each lot: with a unit, with protection alone, neither."""
        whole: dict[str, list[UUID]] = {"unit": [], "warning": [], "pending": []}
        parts: dict[str, list[Q]] = {"unit": [], "warning": [], "pending": []}
        for pool in self.standing.pools:
            first, second = self._cuts(pool)
            spans = {
                "unit": (0, min(first, pool.seats)),
                "warning": (min(first, pool.seats), second),
                "pending": (second, pool.seats),
            }
            for lot, (start, end) in spans.items():
                if start >= end:
                    continue
                if (start, end) == (0, pool.seats):
                    whole[lot].append(pool.id)
                else:
                    parts[lot].append(self._between(pool.id, start, end, pool.seats))
        found: dict[str, Q] = {}
        for lot, pools in whole.items():
            condition = Q(pool_id__in=pools)
            for part in parts[lot]:
                condition |= part
            found[lot] = condition
        return found

    def _between(self, pool: UUID, start: int, end: int, seats: int) -> Q:
        condition = Q(pool_id=pool)
        if start > 0:
            condition &= ~self._before(pool, start)
        if end < seats:
            condition &= self._before(pool, end)
        return condition

    def _before(self, pool: UUID, place: int) -> Q:
        """Give the condition that a seat stands before the one at a place, from 0."""
        key = (pool, place)
        if key not in self._bounds:
            in_order = self.seats.filter(pool_id=pool).order_by("opened_seq", "place")
            found = in_order.values_list("opened_seq", "place")[place : place + 1]
            # Seats may be given back after the core was read: then all that are left stand before.
            self._bounds[key] = next(iter(found), BEHIND)
        opened, at = self._bounds[key]
        return Q(opened_seq__lt=opened) | Q(opened_seq=opened, place__lt=at)

    @cached_property
    def _bounds(self) -> dict[tuple[UUID, int], tuple[int, int]]:
        return {}

    def seats_of(self, status: MemberStatus) -> QuerySet[Seat]:
        """Give the seats of members who stand so."""
        if status in ("protected", "auto_protected"):
            by_rule = self.seats.filter(self._ranges["unit"])
            return by_rule.filter(rule_id__isnull=status == "protected")
        if status in ("warning", "pending"):
            return self.seats.filter(self._ranges[status])
        return self.seats.none()

    # Members

    def found(self, wanted: MemberFilter) -> QuerySet[Member]:
        """Give the members that a filter finds, in no order."""
        people = Member.objects.filter(company=self.company)
        people = people.filter(left_at__isnull=wanted.shown != "left")
        if wanted.source is not None:
            people = people.filter(self._of_source(wanted.source))
        if wanted.group is not None:
            in_group = GroupMember.objects.filter(company=self.company, group_id=wanted.group)
            people = people.filter(id__in=in_group.values("member_id"))
        if wanted.unseen:
            # Of whom nothing was ever reported nothing is known: they are never among these.
            people = people.filter(seen_at__lt=self.standing.now - wanted.unseen * DAY)
        if text := wanted.search.strip():
            people = people.filter(
                # Users are in lower case, and nobody writes a reference in another one.
                Q(user__contains=text.lower())
                | Q(name__icontains=text)
                | Q(reference__contains=text)
            )
        if wanted.pool is not None:
            people = people.filter(self.at_site(wanted.pool))
        return self._standing_so(people, wanted)

    def ordered(self, wanted: MemberFilter) -> QuerySet[Member]:
        """Give the members that a filter finds, in its order."""
        return self.found(wanted).order_by(*_ORDERS[wanted.order])

    def _standing_so(self, people: QuerySet[Member], wanted: MemberFilter) -> QuerySet[Member]:
        shown = wanted.shown
        own = {"member_id": OuterRef("id")}
        has_seat = Exists(self.seats.filter(**own))
        waits = Exists(self.claims.filter(**own))
        if shown == "unprotected":
            if wanted.is_narrow:
                return people.filter(~has_seat, ~waits)
            # Two conditions would be two joins, for which PostgreSQL looks into the index once for
            # every member before the first that fits. Of one it reads the seats once, and as few
            # members as it takes; where there are too many seats to hold, it does as before.
            return people.filter(~(Q(has_seat) | Q(waits)))
        if shown == "seat":
            return people.filter(Q(has_seat) | Q(waits))
        if shown == "pending":
            short = self.seats_of("pending").values("member_id")
            return people.filter(Q(id__in=self.claims.values("member_id")) | Q(id__in=short))
        if shown in ("protected", "auto_protected", "warning"):
            seats = self.seats_of(shown)
            if seats[: FEW + 1].count() <= FEW:
                return people.filter(id__in=seats.values("member_id"))
            stands_so = Exists(seats.filter(**own))
            # As above: what is denied twice is no join, so nobody behind the page is sorted.
            return people.filter(stands_so if wanted.is_narrow else ~Q(~stands_so))
        return people

    def _of_source(self, source: UUID) -> Q:
        known = Identity.objects.filter(company=self.company, source_id=source)
        return Q(source_id=source) | Q(id__in=known.values("member_id"))

    def at_site(self, pool: UUID) -> Q:
        """Give the condition on members: their seat is there, or they would draw it from there."""
        own = self.seats.filter(member_id=OuterRef("id"))
        # Nobody has two seats: who has none elsewhere has it here, or nowhere.
        elsewhere = Exists(own.exclude(pool_id=pool))
        return Q(Exists(own.filter(pool_id=pool))) | (self._home(pool) & ~Q(elsewhere))

    @cached_property
    def _of_groups(self) -> dict[UUID, UUID | None]:
        """Give the pools of those groups that have one."""
        rows = Group.objects.filter(company=self.company, pool_id__isnull=False)
        return dict(rows.values_list("id", "pool_id"))

    @cached_property
    def _of_sources(self) -> dict[UUID, UUID | None]:
        """Give the pools of those sources that have one."""
        rows = Source.objects.filter(company=self.company, pool_id__isnull=False)
        return dict(rows.values_list("id", "pool_id"))

    def _home(self, pool: UUID) -> Q:
        """Give the condition that members draw from a pool, as ``settling.home_pools`` says.

        Few groups and sources have a pool: reading these first spares every member a search.
        """
        main = self.standing.pools[0].id
        groups, sources = self._of_groups, self._of_sources
        of_source = Q(source_id__in=[id_ for id_, at in sources.items() if at == pool])
        if pool == main:
            of_source |= Q(source_id__isnull=True) | ~Q(source_id__in=list(sources))
        if not groups:
            return Q(pool_id=pool) | Q(pool_id__isnull=True) & of_source
        in_one = GroupMember.objects.filter(
            company=self.company, member_id=OuterRef("id"), group_id__in=list(groups)
        )
        chosen = Subquery(in_one.order_by("added_at", "group_id").values("group_id")[:1])
        of_group = In(chosen, [id_ for id_, at in groups.items() if at == pool])
        none = Q(pool_id__isnull=True)
        return Q(pool_id=pool) | none & Q(of_group) | none & ~Q(Exists(in_one)) & of_source

    # Counting

    def count(self, wanted: MemberFilter) -> int:
        """Count what a filter finds; of a whole site the core knows how many have a seat."""
        if not wanted.is_site or wanted.pool is None:
            return self.found(wanted).count()
        seats = self.standing.life.pools[str(wanted.pool)].seats
        home = Member.objects.filter(self._home(wanted.pool), company=self.company)
        own = self.seats.filter(member_id=OuterRef("id"))
        return seats + home.filter(~Exists(own), left_at__isnull=True).count()

    def counts(self) -> Counts:
        """Count the members of each status. The core knows the seats; few are counted in rows."""
        # Both are counted in an index, where those who are there would be in rows.
        left = Member.objects.filter(company=self.company, left_at__isnull=False).count()
        present = Member.objects.filter(company=self.company).count() - left
        units = warning = short = 0
        for pool in self.standing.pools:
            first, second = self._cuts(pool)
            covered = min(first, pool.seats)
            units += covered
            warning += max(0, second - covered)
            short += pool.seats - max(second, covered)
        # More may have come since the core was read.
        automatic = min(units, self.seats_of("auto_protected").count()) if units else 0
        waiting = self.claims.count()
        seats = units + warning + short
        return Counts(
            unprotected=max(0, present - seats - waiting),
            auto_protected=automatic,
            protected=units - automatic,
            pending=short + waiting,
            warning=warning,
            left=left,
        )
