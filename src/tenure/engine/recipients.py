"""Who is written to about a notice, and whose acceptance serves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings

from tenure.core.records import DEADLINE_KINDS
from tenure.store.ids import new_id
from tenure.store.models import Company, Contact, Delivery, Notice

POOL_KINDS = frozenset({"pool_expiring", "pool_short", "pool_reduced"})


def deliveries(notices: Sequence[Notice], companies: Mapping[UUID, Company]) -> list[Delivery]:
    """Give the mails of notices that were just issued: queued, due at once, one per address."""
    issued = [notice for notice in notices if notice.state == Notice.State.ISSUED]
    contacts: dict[UUID, list[Contact]] = defaultdict(list)
    wanted = {notice.company_id for notice in issued}
    for contact in Contact.objects.filter(company_id__in=wanted).order_by("company_id", "id"):
        contacts[contact.company_id].append(contact)
    found = []
    for notice in issued:
        seen: set[str] = set()
        for contact in contacts[notice.company_id]:
            if is_told(contact, notice) and contact.address not in seen:
                seen.add(contact.address)
                found.append(_delivery(notice, contact, companies[notice.company_id]))
    return found


def is_told(contact: Contact, notice: Notice) -> bool:
    """Whether somebody is written to: the company's people of all, a site's of their site."""
    if contact.pool_id is None:
        return True
    return notice.kind in POOL_KINDS and notice.subject == str(contact.pool_id)


def counts(contact: Contact, notice: Notice) -> bool:
    """Whether a relay's acceptance for this address serves the notice."""
    return contact.pool_id is None or notice.kind == "pool_short"


def _delivery(notice: Notice, contact: Contact, company: Company) -> Delivery:
    mark = settings.KEYS.address_hmac(contact.address)
    return Delivery(
        company=company,
        clock_id=company.clock_id,
        id=new_id(),
        notice_id=notice.id,
        is_deadline=notice.kind in DEADLINE_KINDS,
        counts=counts(contact, notice),
        role=contact.role,
        address=contact.address,
        address_hmac=mark,
        name=contact.name,
        language=contact.language,
        time_zone=contact.time_zone,
        message_id=f"<{notice.id}.{mark[:16]}@{settings.MAIL_DOMAIN}>",
        state=Delivery.State.QUEUED,
        next_try_at=notice.at,
    )
