"""Members: the people whom a company may protect."""

from __future__ import annotations

from uuid import UUID

from tenure.clock import Clock
from tenure.services import audit
from tenure.services.errors import Refused
from tenure.services.ledger import writing
from tenure.store.models import Company, Group, Member, Pool, Seat, Source


def add(
    company_id: UUID,
    *,
    user: str,
    clock: Clock,
    who: str,
    name: str = "",
    pool: UUID | None = None,
    source: str = "",
    group: str = "",
    reference: str = "",
) -> Member:
    """Add a member; checks ask for ``user``, whatever its case."""
    with writing(company_id, clock, who) as ledger:
        if Member.objects.filter(company=ledger.company, user=user.strip().lower()).exists():
            raise Refused(f"there is a member {user} already", code="member_exists")
        member = create(
            ledger.company,
            user=user,
            at=ledger.at,
            name=name,
            pool=pool,
            source=source,
            group=group,
            reference=reference,
        )
        audit.record(
            "member.added",
            company=ledger.company,
            object=f"member:{member.id}",
            personal={"member": member.user},
        )
        return member


def create(
    company: Company,
    *,
    user: str,
    at: int,
    name: str = "",
    pool: UUID | None = None,
    source: str = "",
    group: str = "",
    reference: str = "",
) -> Member:
    """Make the row of a member, within a transaction that holds the company's lock."""
    return Member.objects.create(
        company=company,
        reference=reference,
        user=user.strip().lower(),
        name=name,
        pool_id=pool,
        source_id=_named(Source, company, source),
        group_id=_named(Group, company, group),
        added_at=at,
    )


def _named(model: type[Source] | type[Group], company: Company, name: str) -> UUID | None:
    if not name:
        return None
    found, _ = model.objects.get_or_create(company=company, name=name)
    return found.id


def home_pool(member: Member) -> UUID:
    """Give the pool from which a member draws: its own, else the company's."""
    if member.pool_id is not None:
        return member.pool_id
    return Pool.objects.values_list("id", flat=True).get(company_id=member.company_id, position=0)


def open_seat(member: Member, service: str, instance: int) -> Seat | None:
    """Give the seat that the member has in an instance, if any."""
    return Seat.objects.filter(
        company_id=member.company_id,
        service=service,
        instance=instance,
        member_id=member.id,
        closed_seq__isnull=True,
    ).first()
