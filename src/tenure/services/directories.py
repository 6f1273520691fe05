"""What a directory brings: its users, with their addresses, and its groups.

All of it within a transaction that holds the company's lock. Who a user is, is decided in
``services.identities``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tenure.services import identities
from tenure.services.identities import LONGEST, Said
from tenure.services.ledger import Ledger
from tenure.store.models import Company, Group, Identity, IdentityMail, Source


@dataclass(frozen=True, slots=True)
class Mail:
    """An address of a user; ``kind`` is ``work``, ``home`` and the like."""

    value: str
    kind: str = ""
    is_primary: bool = False


def append_user(ledger: Ledger, source: Source, said: Said, mails: Sequence[Mail]) -> Identity:
    """Take in a user whom a directory has not named before. Raises ``Refused``."""
    identity = identities.append_added(ledger, source, said)
    _put(ledger.company, identity, mails)
    return identity


def append_user_changed(
    ledger: Ledger, identity: Identity, said: Said, mails: Sequence[Mail]
) -> bool:
    """Take in what a directory says now of a user; give whether it differs. Raises ``Refused``."""
    if not identities.append_changed(ledger, identity, said):
        return False
    known = IdentityMail.objects.filter(company=ledger.company, identity_id=identity.id)
    before = known.order_by("place").values_list("value", "kind", "is_primary")
    if list(before) != [(each.value, each.kind, each.is_primary) for each in _kept(mails)]:
        known.delete()
        _put(ledger.company, identity, mails)
    return True


def user(company: Company, source: UUID, identity: UUID) -> Identity | None:
    """Give a user of a directory; None where it has none of that id."""
    return Identity.objects.filter(company=company, source_id=source, id=identity).first()


def group(company: Company, source: UUID, group: UUID) -> Group | None:
    """Give a group of a directory; None where it has none of that id."""
    return Group.objects.filter(company=company, source_id=source, id=group).first()


def _put(company: Company, identity: Identity, mails: Sequence[Mail]) -> None:
    IdentityMail.objects.bulk_create(
        IdentityMail(
            company=company,
            identity_id=identity.id,
            place=place,
            value=mail.value,
            kind=mail.kind,
            is_primary=mail.is_primary,
        )
        for place, mail in enumerate(_kept(mails))
    )


def _kept(mails: Sequence[Mail]) -> list[Mail]:
    """Give the addresses as they are kept; nobody looks for what is too long to be one."""
    kept = [Mail(identities.key(each.value), each.kind.lower(), each.is_primary) for each in mails]
    return [each for each in kept if each.value and max(len(each.value), len(each.kind)) < LONGEST]
