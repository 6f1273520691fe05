"""Whether a member is there: leaving, coming back, and being removed for good.

Whoever leaves gives the seat back, while suspended at the instant of the restoration; whoever
comes back before that has it still. All of it within a transaction that holds the company's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from tenure.services import audit, settling
from tenure.services.errors import NotFound
from tenure.services.ledger import Ledger
from tenure.store.models import (
    Alias,
    Company,
    Exclusion,
    GroupIdentity,
    GroupMember,
    Identity,
    IdentityMail,
    Member,
    UnseenRelease,
)


def of(company: Company, members: Sequence[UUID]) -> QuerySet[Member]:
    """Give these members."""
    return Member.objects.filter(company=company, id__in=members)


def append_left(ledger: Ledger, members: Sequence[UUID]) -> None:
    """Note within a transaction that members have left. Who has left already stays so."""
    present = of(ledger.company, members).filter(left_at__isnull=True)
    gone = list(present.values_list("id", flat=True))
    present.update(left_at=ledger.at)
    for member in gone:
        audit.record("member.left", company=ledger.company, object=f"member:{member}")
    settling.refresh(ledger, gone)


def append_back(ledger: Ledger, members: Sequence[UUID]) -> None:
    """Note within a transaction that members are there again; rules find them at once."""
    away = of(ledger.company, members).filter(left_at__isnull=False)
    back = list(away.values_list("id", flat=True))
    away.update(left_at=None)
    for member in back:
        audit.record("member.came_back", company=ledger.company, object=f"member:{member}")
    settling.refresh(ledger, back)


def append_removed(ledger: Ledger, members: Sequence[UUID]) -> None:
    """Remove members within a transaction. Raises ``NotFound`` for one that there is not."""
    rows = list(of(ledger.company, members))
    if len(rows) < len(set(members)):
        raise NotFound("there is no such member in this company")
    ids = [row.id for row in rows]
    of(ledger.company, ids).update(left_at=ledger.at)
    settling.refresh(ledger, ids)
    mine = {"company": ledger.company, "member_id__in": ids}
    known = Identity.objects.filter(**mine).values("id")
    for of_identity in (GroupIdentity, IdentityMail):
        of_identity._default_manager.filter(company=ledger.company, identity_id__in=known).delete()
    for model in (GroupMember, Alias, Identity, UnseenRelease):
        model._default_manager.filter(**mine).delete()
    Exclusion.objects.filter(company=ledger.company, kind="member", target_id__in=ids).delete()
    of(ledger.company, ids).delete()
    for row in rows:
        audit.record(
            "member.removed",
            company=ledger.company,
            object=f"member:{row.id}",
            personal={"member": row.user},
        )
