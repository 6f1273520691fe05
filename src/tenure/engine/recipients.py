"""Who is written to about a notice, and whose acceptance serves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.conf import settings

from tenure.core.records import DEADLINE_KINDS
from tenure.store.ids import new_id
from tenure.store.models import Contact, Delivery, Notice
from tenure.store.queries.rows import Insert

if TYPE_CHECKING:
    from tenure.engine.batches import NewNotice

POOL_KINDS = frozenset({"pool_expiring", "pool_short", "pool_reduced"})


class _Told(NamedTuple):
    """Somebody who may be written to."""

    pool_id: UUID | None
    role: str
    address: str
    name: str
    language: str
    time_zone: str


_deliveries = Insert(
    Delivery,
    *("company", "id", "clock", "notice_id", "is_deadline", "counts"),
    *("role", "address", "name", "language", "time_zone"),
    *("address_hmac", "message_id", "next_try_at"),
)


def deliveries(notices: Sequence[NewNotice], clocks: Mapping[UUID, UUID]) -> None:
    """Queue the mails of notices that were just issued: due at once, one per address.

    ``clocks``: the test clocks of the companies that have one.
    """
    issued = [notice for notice in notices if notice.state == Notice.State.ISSUED]
    if not issued:
        return
    contacts: dict[UUID, list[_Told]] = defaultdict(list)
    rows = Contact.objects.filter(company_id__in={notice.company for notice in issued})
    for company, *contact in rows.order_by("company_id", "id").values_list(
        "company_id", *_Told._fields
    ):
        contacts[company].append(_Told(*contact))
    found = []
    for notice in issued:
        seen: set[str] = set()
        for contact in contacts[notice.company]:
            if _is_told(contact, notice) and contact.address not in seen:
                seen.add(contact.address)
                mark = settings.KEYS.address_hmac(contact.address)
                found.append(
                    (
                        *(notice.company, new_id(), clocks.get(notice.company), notice.id),
                        *(notice.kind in DEADLINE_KINDS, _counts(contact, notice)),
                        *contact[1:],
                        *(mark, f"<{notice.id}.{mark[:16]}@{settings.MAIL_DOMAIN}>", notice.at),
                    )
                )
    _deliveries(found)


def _is_told(contact: _Told, notice: NewNotice) -> bool:
    """Whether somebody is written to: the company's people of all, a site's of their site."""
    if contact.pool_id is None:
        return True
    return notice.kind in POOL_KINDS and notice.subject == str(contact.pool_id)


def _counts(contact: _Told, notice: NewNotice) -> bool:
    """Whether a relay's acceptance for this address serves the notice."""
    return contact.pool_id is None or notice.kind == "pool_short"
