"""Contacts: who is written to about a company, or about one of its sites.

Whoever is named later gets the notices that still wait for their service; what waits for an
address that is taken away is not sent there any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import audit
from tenure.services.companies import add_contact, append_contact, see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import clock_of, lock
from tenure.services.notices import POOL_KINDS
from tenure.store.models import Company, Contact, Delivery, Notice, Pool

TAKEN_AWAY = "removed"
"""What stands as the answer of a mail that was given up because its address was taken away."""

SITE = Contact.Role.SITE_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody is to be written to. ``pool_id``: about this site only."""

    address: str
    role: Contact.Role
    name: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    pool_id: UUID | None = None

    def __post_init__(self) -> None:
        """See that the role goes with what they are written to about."""
        if (self.role == SITE) != (self.pool_id is not None):
            raise ValueError("a site has administrators, and the company the others")

    @property
    def plain_address(self) -> str:
        """Give the address as it is kept."""
        return self.address.strip().lower()


def get(company: Company, contact_id: UUID) -> Contact:
    """Give one. Raises ``NotFound``."""
    found = Contact.objects.filter(company=company, id=contact_id).first()
    if found is None:
        raise NotFound("there is no such address")
    return found


def is_last(contact: Contact) -> bool:
    """Whether the company would have no address of its own without this one."""
    own = Contact.objects.filter(company_id=contact.company_id, pool_id__isnull=True)
    return contact.pool_id is None and not own.exclude(id=contact.id).exists()


def add(company_id: UUID, wanted: Wanted, *, clock: Clock) -> Contact:
    """Name somebody. Raises ``NotFound``, ``Refused`` (``contact_exists``, ``pool_closed``)."""
    with transaction.atomic():
        company = lock(company_id)
        pool = _pool(company, wanted.pool_id)
        _see_once(company, wanted)
        _take_up(company, wanted, clock)
        return add_contact(
            company,
            address=wanted.address,
            role=wanted.role,
            name=wanted.name,
            language=wanted.language,
            time_zone=wanted.time_zone,
            pool=pool,
        )


def change(company_id: UUID, contact_id: UUID, wanted: Wanted, *, clock: Clock) -> Contact:
    """Write to somebody otherwise, or about something else. Raises ``NotFound``, ``Refused``.

    Refused as ``add``, and where the company would be left without an address of its own
    (``last_contact``). Another address, or the same about something else, is named as ``add``
    does, and nothing more is sent to the old one, or of what it was written to about.
    """
    with transaction.atomic():
        company = lock(company_id)
        contact = get(company, contact_id)
        is_moved = wanted.pool_id != contact.pool_id
        if is_moved:
            _pool(company, wanted.pool_id)
            if is_last(contact):
                raise Refused("this is the last address of the company", code="last_contact")
        _see_once(company, wanted, but=contact.id)
        old, before = contact.address, (contact.name, contact.address, _described(contact))
        contact.address, contact.role = wanted.plain_address, wanted.role
        contact.pool_id = wanted.pool_id
        contact.name = wanted.name
        contact.language, contact.time_zone = wanted.language, wanted.time_zone
        if before == (contact.name, contact.address, _described(contact)):
            return contact
        if contact.address != old or is_moved:
            _take_up(company, wanted, clock)
            append_contact(contact)
            _give_up(company, old)
        else:
            contact.save()
        _mails(company, contact.address).update(
            language=contact.language, time_zone=contact.time_zone, name=contact.name
        )
        audit.record(
            "contact.changed",
            company=company,
            object=f"contact:{contact.id}",
            old=before[2],
            new=_described(contact),
            personal={"contact": contact.address, "old_contact": old},
        )
        return contact


def remove(company_id: UUID, contact_id: UUID, *, even_last: bool = False) -> Contact:
    """Write to somebody no more. Raises ``NotFound``.

    The last address of the company only goes with ``even_last``; else ``Refused``
    (``last_contact``).
    """
    with transaction.atomic():
        company = lock(company_id)
        contact = get(company, contact_id)
        if is_last(contact) and not even_last:
            raise Refused("this is the last address of the company", code="last_contact")
        Contact.objects.filter(company=company, id=contact.id).delete()
        _give_up(company, contact.address)
        audit.record(
            "contact.removed",
            company=company,
            object=f"contact:{contact.id}",
            old=_described(contact),
            personal={"contact": contact.address},
        )
        return contact


def append_closed(company: Company, pool_id: UUID) -> None:
    """Write to nobody about a site that is being closed, of a company that is locked."""
    mine = Contact.objects.filter(company=company, pool_id=pool_id)
    for contact in list(mine.order_by("id")):
        Contact.objects.filter(company=company, id=contact.id).delete()
        audit.record(
            "contact.removed",
            company=company,
            object=f"contact:{contact.id}",
            old=_described(contact),
            personal={"contact": contact.address},
        )
        _give_up(company, contact.address)


def _described(contact: Contact) -> dict[str, Any]:
    """Give what the audit tells of somebody that is not personal."""
    return {
        "role": str(contact.role),
        "pool": "" if contact.pool_id is None else str(contact.pool_id),
        "language": contact.language,
        "time_zone": contact.time_zone,
    }


def _pool(company: Company, pool_id: UUID | None) -> Pool | None:
    if pool_id is None:
        return None
    pool = Pool.objects.filter(company=company, id=pool_id).first()
    if pool is None:
        raise NotFound("there is no such site")
    see_open(company, [pool.id])
    return pool


def _see_once(company: Company, wanted: Wanted, but: UUID | None = None) -> None:
    """See that an address stands once for the company and once for each site."""
    same = Contact.objects.filter(
        company=company, pool_id=wanted.pool_id, address=wanted.plain_address
    )
    if but is not None:
        same = same.exclude(id=but)
    if same.exists():
        raise Refused("this address is written to already", code="contact_exists")


def _mails(company: Company, address: str) -> QuerySet[Delivery]:
    """Give the mails to an address that wait and that no engine has in hand."""
    mark = settings.KEYS.address_hmac(address)
    return Delivery.objects.filter(company=company, address_hmac=mark, state=Delivery.State.QUEUED)


def _give_up(company: Company, address: str) -> None:
    """Send to an address only what it still stands for: all of the company, or of its sites."""
    same = Contact.objects.filter(company=company, address=address)
    about = set(same.values_list("pool_id", flat=True))
    if None in about:
        return
    mails = _mails(company, address)
    if about:
        still = Notice.objects.filter(
            company=company, kind__in=POOL_KINDS, subject__in=[str(pool) for pool in about]
        )
        mails = mails.exclude(notice_id__in=still.values("id"))
    mails.update(state=Delivery.State.GIVEN_UP, next_try_at=None, answer=TAKEN_AWAY)


def _take_up(company: Company, wanted: Wanted, clock: Clock) -> None:
    """Send what still waits for its service to an address that was taken away and comes back."""
    waiting = Notice.objects.filter(
        company=company, state=Notice.State.ISSUED, served_at__isnull=True
    )
    if wanted.pool_id is not None:
        waiting = waiting.filter(kind="pool_short", subject=str(wanted.pool_id))
    Delivery.objects.filter(
        company=company,
        address_hmac=settings.KEYS.address_hmac(wanted.address),
        state=Delivery.State.GIVEN_UP,
        answer=TAKEN_AWAY,
        notice_id__in=waiting.values("id"),
    ).update(
        state=Delivery.State.QUEUED,
        next_try_at=clock_of(company, clock).now(),
        answer="",
        name=wanted.name,
        language=wanted.language,
        time_zone=wanted.time_zone,
    )
