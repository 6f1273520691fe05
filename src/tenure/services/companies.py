"""Companies: opening one, its sites, whom to write to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.core.records import DEADLINE_KINDS
from tenure.services import audit
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, refuse_while_waiting, writing
from tenure.store.ids import new_id
from tenure.store.models import (
    Account,
    Company,
    Contact,
    Delivery,
    ImportBatch,
    Notice,
    Pool,
    Service,
    TestClock,
)


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to be opened."""

    name: str
    reference: str = ""


def create(
    *,
    name: str,
    clock: Clock,
    who: str,
    time_zone: str = "UTC",
    reference: str | None = None,
    pools: Sequence[NewPool] = (),
    kind: Account.Kind = Account.Kind.BUSINESS,
    test_clock: TestClock | None = None,
    batch: ImportBatch | None = None,
    since: int | None = None,
    services: Sequence[str] | None = None,
    account: Account | None = None,
) -> Company:
    """Open a company; without ``pools`` it has one of its own name.

    ``account``: in which; without it a business account of its own is opened with it.
    ``services``: those it is to use, by key; without them all there are. ``since``: the earliest
    instant of the history that an import will give it. Raises ``Refused`` for a business account
    that has its company.
    """
    with transaction.atomic():
        refuse_while_waiting()
        at = test_clock.now_at if test_clock is not None else clock.now()
        if account is None:
            account = Account.objects.create(kind=kind, name=name, created_at=at)
        else:
            _see_room(account)
        company = Company.objects.create(
            account=account,
            reference=reference,
            name=name,
            time_zone=time_zone,
            clock=test_clock,
            batch=batch,
            created_at=at,
        )
        with writing(company.id, clock, who, since=since) as ledger:
            audit.record("company.created", company=company, new={"name": name})
            keys = Service.objects.order_by("key").values_list("key", flat=True)
            for service in keys if services is None else services:
                ledger.open_instance(service)
            for pool in pools or [NewPool(name)]:
                append_pool(ledger, pool, at=since)
    return Company.objects.get(pk=company.id)


def _see_room(account: Account) -> None:
    """See that an account may have another company; the rival is a second one just opened."""
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.kind == Account.Kind.BUSINESS and account.companies.exists():
        raise Refused("a business account is one company", code="company_exists")


def open_pool(company_id: UUID, pool: NewPool, *, clock: Clock, who: str) -> Pool:
    """Open another pool, a site of the company."""
    with writing(company_id, clock, who) as ledger:
        return append_pool(ledger, pool)


def append_pool(ledger: Ledger, new: NewPool, *, at: int | None = None) -> Pool:
    """Open a pool within a transaction; ``at`` in the past only for an import."""
    if (
        new.reference
        and Pool.objects.filter(company=ledger.company, reference=new.reference).exists()
    ):
        raise Refused(f"there is a site {new.reference} already", code="pool_exists")
    pool_id = new_id()
    ledger.append(lambda t: f.PoolAdded(t, str(pool_id)), at=at, more={"name": new.name})
    return Pool.objects.create(
        company=ledger.company,
        id=pool_id,
        reference=new.reference,
        name=new.name,
        position=Pool.objects.filter(company=ledger.company).count(),
        opened_seq=ledger.seq,
    )


def see_open(company: Company, pools: Collection[UUID]) -> None:
    """See that sites are open, of a company that is locked. Raises ``Refused`` for closed ones.

    Raises ``NotFound`` for what is no site of the company.
    """
    if not pools:
        return
    found = list(Pool.objects.filter(company=company, id__in=pools))
    for pool in found:
        if pool.closed_at is not None:
            raise Refused(f"the site {pool.name} is closed", code="pool_closed")
    if len(found) < len(set(pools)):
        raise NotFound("there is no such site in this company")


def add_contact(
    company: Company,
    *,
    address: str,
    role: Contact.Role,
    name: str = "",
    language: str = "en",
    time_zone: str | None = None,
    pool: Pool | None = None,
) -> Contact:
    """Name somebody to be written to; ``pool`` for a site's administrator."""
    contact = Contact(
        company=company,
        pool_id=None if pool is None else pool.id,
        role=role,
        name=name,
        address=address.strip().lower(),
        language=language,
        time_zone=time_zone or company.time_zone,
    )
    with transaction.atomic():
        # The rival is an engine that issues a notice and does not see the contact yet.
        Company.objects.select_for_update().get(pk=company.id)
        append_contact(contact)
        audit.record(
            "contact.added",
            company=company,
            object=f"contact:{contact.id}",
            new={"role": contact.role},
            personal={"contact": contact.address},
        )
    return contact


def append_contact(contact: Contact) -> None:
    """Save a new contact within a transaction that holds the company's lock.

    What was issued before and still waits for its delivery is sent to them, too: else a company
    without an address could name one, and its notices would go on waiting.
    """
    contact.save()
    waiting = Notice.objects.filter(
        company_id=contact.company_id,
        kind__in=DEADLINE_KINDS,
        state=Notice.State.ISSUED,
        served_at__isnull=True,
    )
    if contact.pool_id is not None:
        waiting = waiting.filter(kind="pool_short", subject=str(contact.pool_id))
    mark = settings.KEYS.address_hmac(contact.address)
    clock_id = Company.objects.values_list("clock_id", flat=True).get(pk=contact.company_id)
    Delivery.objects.bulk_create(
        [
            Delivery(
                company_id=contact.company_id,
                clock_id=clock_id,
                notice_id=notice.id,
                is_deadline=True,
                counts=True,
                role=contact.role,
                address=contact.address,
                address_hmac=mark,
                name=contact.name,
                language=contact.language,
                time_zone=contact.time_zone,
                message_id=f"<{notice.id}.{mark[:16]}@{settings.MAIL_DOMAIN}>",
                next_try_at=notice.at,
            )
            for notice in waiting
        ],
        ignore_conflicts=True,  # who has the mail under another role gets it once
    )
