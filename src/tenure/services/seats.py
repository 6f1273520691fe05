"""Seats: protecting members and giving seats back. Granted as a whole or refused as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.services import audit, settling
from tenure.services.errors import NotFound, Refused
from tenure.services.evaluations import Evaluations
from tenure.services.ledger import Ledger, writing
from tenure.store.ids import new_id
from tenure.store.models import Member, Pool, Seat
from tenure.store.queries import seats as queries
from tenure.store.queries.trips import Statement


class SeatsNotGranted(Refused):
    """The core refused the seats; ``reason`` is its code."""

    def __init__(self, record: r.SeatsRefused) -> None:
        super().__init__(_WHY[record.reason].format(count=record.count), code=record.reason)
        self.reason = record.reason


_WHY: dict[r.Refusal, str] = {
    "no_free_units": "there are not {count} free units in this pool",
    "expired": "the last licence has ended; a new licence gives units",
    "suspended": "the company is suspended; a new licence restores it",
    "no_licence": "there is no licence",
    "no_such_seats": "the pool has fewer seats than that",
}


def protect(
    company_id: UUID,
    service: str,
    pool: UUID,
    members: Sequence[UUID],
    *,
    clock: Clock,
    who: str,
) -> None:
    """Give each member a seat in the pool. Raises ``SeatsNotGranted`` with nothing changed."""
    wanted = list(dict.fromkeys(members))
    supposed: int | None = None

    def asks(evaluations: Evaluations) -> list[Statement]:
        nonlocal supposed
        supposed = evaluations.instance(service)
        if supposed is None:
            return []
        return [queries.known_and_seated(company_id, service, supposed, wanted)]

    with writing(company_id, clock, who, asks=asks) as ledger:
        instance = ledger.life(service).instance
        answers = ledger.answers
        if instance != supposed:
            answers = ledger.ask(queries.known_and_seated(company_id, service, instance, wanted))
        known, seated = answers[0][0]
        if known < len(wanted):
            raise NotFound("there is no such member in this company")
        if seated:
            raise Refused("a member has a seat already", code="has_seat")
        _ask(ledger, service, lambda t: f.SeatsProtected(t, str(pool), len(wanted)))
        instance = ledger.life(service).instance  # adding units may have begun a new one
        same = (company_id, service, instance, pool, ledger.at, ledger.seq)
        ledger.later(
            settling.new_seats,
            [(*same, new_id(), member, place, None) for place, member in enumerate(wanted)],
        )
        settling.drop_claims(ledger, service, wanted)


def unprotect(
    company_id: UUID,
    service: str,
    pool: UUID,
    members: Sequence[UUID],
    *,
    clock: Clock,
    who: str,
) -> None:
    """Take the seats of members of a pool back. Raises ``SeatsNotGranted``, nothing changed."""
    with writing(company_id, clock, who) as ledger:
        wanted = list(dict.fromkeys(members))
        seats = _open(ledger, service, pool).filter(member_id__in=wanted)
        if seats.count() < len(wanted):
            raise NotFound("a member has no seat in this pool")
        _ask(ledger, service, lambda t: f.SeatsUnprotected(t, str(pool), len(wanted)))
        seats.update(closed_seq=ledger.seq)


def move(
    company_id: UUID,
    service: str,
    member: UUID,
    pool: UUID,
    *,
    clock: Clock,
    who: str,
) -> None:
    """Move a member to another pool: the seat becomes the last one there, and it is their home.

    Only while active, and where that pool has a free unit. Raises ``SeatsNotGranted`` or
    ``Refused`` (``not_active``, ``same_pool``) with nothing changed, ``NotFound`` without a seat.
    """
    with writing(company_id, clock, who) as ledger:
        if settling.at_present(ledger, service).phase != "active":
            raise Refused("a seat is moved only while the company is active", code="not_active")
        seat = Seat.objects.filter(
            company=ledger.company,
            service=service,
            instance=ledger.life(service).instance,
            member_id=member,
            closed_seq__isnull=True,
        ).first()
        if seat is None:
            raise NotFound("the member has no seat")
        if seat.pool_id == pool:
            raise Refused("the seat is in this pool already", code="same_pool")
        if not Pool.objects.filter(company=ledger.company, id=pool, closed_at=None).exists():
            raise NotFound("there is no such site in this company")
        # The new seat first: a refusal leaves all as it was, and no unit is counted twice, for
        # each pool has its own.
        _ask(ledger, service, lambda t: f.SeatsProtected(t, str(pool), 1))
        opened = ledger.seq
        old = str(seat.pool_id)
        _ask(ledger, service, lambda t: f.SeatsUnprotected(t, old, 1))
        Seat.objects.filter(company=ledger.company, id=seat.id).update(closed_seq=ledger.seq)
        mine = Member.objects.filter(company=ledger.company, id=member)
        mine.update(pool_id=pool)
        rule = seat.rule_id
        if rule is not None:
            # Whom the rule of a site no longer wants was moved by a person, who wants them.
            ruled = settling.ruled(ledger.company, service, seat.instance)
            rule = mine.annotate(rule=ruled).values_list("rule", flat=True).get()
        same = (ledger.company.id, service, seat.instance, pool, ledger.at, opened)
        settling.new_seats([(*same, new_id(), member, 0, rule)])
        audit.record(
            "seat.moved",
            company=ledger.company,
            object=f"member:{member}",
            old={"pool": old},
            new={"pool": str(pool)},
        )
        # Whoever waits for a unit of the pool that was left has it now.
        settling.refresh(ledger, [member])


def unprotect_last(
    company_id: UUID, service: str, pool: UUID, count: int, *, clock: Clock, who: str
) -> None:
    """Take the last protected seats of a pool back."""
    with writing(company_id, clock, who) as ledger:
        _ask(ledger, service, lambda t: f.SeatsUnprotected(t, str(pool), count))
        seats = _open(ledger, service, pool).order_by("-opened_seq", "-place")
        last = list(seats.values_list("id", flat=True)[:count])
        Seat.objects.filter(company=ledger.company, id__in=last).update(closed_seq=ledger.seq)


def _open(ledger: Ledger, service: str, pool: UUID) -> QuerySet[Seat]:
    return Seat.objects.filter(
        company=ledger.company,
        service=service,
        instance=ledger.life(service).instance,
        pool_id=pool,
        closed_seq__isnull=True,
    )


def _ask(ledger: Ledger, service: str, make: Callable[[int], f.Fact]) -> None:
    for record in ledger.append(make, services=(service,)):
        if isinstance(record, r.SeatsRefused):
            raise SeatsNotGranted(record)
