"""Members: the people whom a company may protect."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tenure.clock import Clock
from tenure.services import audit, groups, identities, presence, settling
from tenure.services.companies import see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.store.models import (
    Alias,
    Company,
    Member,
    Pool,
    Seat,
    Source,
)


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
        if identities.holders(ledger.company, [identities.key(user)]):
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
        settling.refresh(ledger, [member.id])
        return member


def add_new(company_id: UUID, users: Sequence[str], *, clock: Clock, who: str) -> list[UUID]:
    """Add members whom nobody can know yet, at once; for whoever invents their names."""
    with writing(company_id, clock, who) as ledger:
        added = [create(ledger.company, user=user, at=ledger.at).id for user in users]
        settling.refresh(ledger, added)
        return added


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
    """Make the row of a member, within a transaction that holds the company's lock.

    Raises ``NotFound`` and ``Refused`` (``pool_closed``) for what is no open site of the company.
    """
    see_open(company, [] if pool is None else [pool])
    member = Member.objects.create(
        company=company,
        reference=reference,
        user=identities.key(user),
        name=name,
        pool_id=pool,
        source_id=_source(company, source),
        added_at=at,
    )
    if group:
        groups.put(company, {member.id: groups.named(group)}, at=at)
    return member


def _source(company: Company, name: str) -> UUID | None:
    if not name:
        return None
    found, _ = Source.objects.get_or_create(company=company, name=name)
    return found.id


def find(company: Company, name: str) -> Member | None:
    """Find a member by user, in any case, or by another name of theirs; None where none is."""
    key = identities.key(name)
    member = Member.objects.filter(company=company, user=key).first()
    if member is not None:
        return member
    alias = Alias.objects.filter(company=company, value=key).first()
    if alias is None:
        return None
    return Member.objects.filter(company=company, id=alias.member_id).first()


def home_pool(member: Member) -> UUID:
    """Give the pool from which a member draws (``settling.home_pools``)."""
    found = Member.objects.filter(company_id=member.company_id, id=member.id)
    home: UUID = found.values_list(settling.home_pools(member.company), flat=True).get()
    return home


def leave(company_id: UUID, members: Sequence[UUID], *, clock: Clock, who: str) -> None:
    """Note that members have left; their seats are given back, while suspended at the return."""
    with writing(company_id, clock, who) as ledger:
        presence.append_left(ledger, members)


def come_back(company_id: UUID, members: Sequence[UUID], *, clock: Clock, who: str) -> None:
    """Note that members are there again."""
    with writing(company_id, clock, who) as ledger:
        presence.append_back(ledger, members)


def remove(company_id: UUID, members: Sequence[UUID], *, clock: Clock, who: str) -> None:
    """Remove members for good, with all that is known of them; their seats are given back."""
    with writing(company_id, clock, who) as ledger:
        presence.append_removed(ledger, members)


def rename(
    company_id: UUID, member_id: UUID, *, name: str, user: str, clock: Clock, who: str
) -> None:
    """Give a member another name or user. Raises ``Refused`` where the user is another's."""
    with writing(company_id, clock, who) as ledger:
        member = presence.of(ledger.company, [member_id]).first()
        if member is None:
            raise NotFound("there is no such member in this company")
        new = identities.key(user)
        taken = identities.holders(ledger.company, [new]) - {member.id}
        if taken:
            raise Refused(f"{new} is the name of another member", code="name_taken")
        old = {"name": member.name, "user": member.user}
        Alias.objects.filter(company=ledger.company, value=new).delete()
        presence.of(ledger.company, [member_id]).update(name=name, user=new)
        audit.record(
            "member.renamed",
            company=ledger.company,
            object=f"member:{member.id}",
            personal={"old": old, "new": {"name": name, "user": new}},
        )


def set_home(
    company_id: UUID, members: Sequence[UUID], pool: UUID | None, *, clock: Clock, who: str
) -> None:
    """Say from which pool members draw; None for that of their group, source or company.

    Seats that they have stay where they are (``seats.move`` moves them).
    """
    with writing(company_id, clock, who) as ledger:
        append_home(ledger, members, pool)


def append_home(
    ledger: Ledger, members: Sequence[UUID], pool: UUID | None, *, is_part: bool = False
) -> None:
    """Say within a transaction from which pool members draw.

    ``is_part``: these are a part of an act that is recorded as a whole.
    """
    of_company = Pool.objects.filter(company=ledger.company, closed_at=None)
    if pool is not None and not of_company.filter(id=pool).exists():
        raise NotFound("there is no such site in this company")
    rows = presence.of(ledger.company, members)
    if rows.count() < len(set(members)):
        raise NotFound("there is no such member in this company")
    rows.update(pool_id=pool)
    if not is_part:
        audit.record(
            "member.home",
            company=ledger.company,
            object="" if len(members) != 1 else f"member:{members[0]}",
            new={"pool": None if pool is None else str(pool), "members": len(members)},
        )
    settling.refresh(ledger, members)


def open_seat(member: Member, service: str, instance: int) -> Seat | None:
    """Give the seat that the member has in an instance, if any."""
    return Seat.objects.filter(
        company_id=member.company_id,
        service=service,
        instance=instance,
        member_id=member.id,
        closed_seq__isnull=True,
    ).first()
