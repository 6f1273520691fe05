"""Addresses of calendars, of a company or of all companies of an account: secrets that are links.

A person has one for each. Of the secret only a hash is kept; it is shown once, and can be revoked
or made anew. What it opens is asked of the person's rights each time it is used.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from tenure.clock import Clock
from tenure.services import access, audit, overviews, rights
from tenure.services.access import place_of
from tenure.services.errors import Forbidden, NotFound
from tenure.services.ledger import writing
from tenure.store.models import Account, Company, Feed, Person

BEGINNING = "tnr_cal_"
USED_EACH = 3600
"""So many seconds apart a use is noted."""

MOST = 300
"""So many companies stand in one calendar, the worst and soonest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an address opens now: companies, and how many there are; ``account`` of all of one."""

    person: Person
    companies: tuple[UUID, ...]
    count: int
    account: Account | None = None


def make(company_id: UUID, person: Person, *, clock: Clock, who: str) -> str:
    """Give a person an address, in place of one they had; gives its secret, for this once.

    ``clock`` is real time.
    """
    secret = BEGINNING + secrets.token_urlsafe(32)
    with writing(company_id, clock, who) as ledger:
        _end(of(ledger.company, person), clock.now())
        feed = Feed.objects.create(
            company=ledger.company, person=person, hash=_hash(secret), made_at=clock.now()
        )
        audit.record("feed.made", company=ledger.company, object=f"feed:{feed.id}")
    return secret


def revoke(company_id: UUID, person: Person, *, clock: Clock, who: str) -> bool:
    """Let a person's address open nothing any more; give whether they had one.

    ``clock`` is real time.
    """
    with writing(company_id, clock, who) as ledger:
        return _end(of(ledger.company, person), clock.now())


def make_of_all(account_id: UUID, person: Person, *, clock: Clock) -> str:
    """Give a person an address of all companies of an account, as ``make``."""
    secret = BEGINNING + secrets.token_urlsafe(32)
    with transaction.atomic():
        account = rights.lock(account_id)
        _end(of_all(account, person), clock.now())
        feed = Feed.objects.create(
            account=account, person=person, hash=_hash(secret), made_at=clock.now()
        )
        audit.record("feed.made", account=account, object=f"feed:{feed.id}")
    return secret


def revoke_of_all(account_id: UUID, person: Person, *, clock: Clock) -> bool:
    """Let a person's address of all companies open nothing any more, as ``revoke``."""
    with transaction.atomic():
        return _end(of_all(rights.lock(account_id), person), clock.now())


def _end(feed: Feed | None, now: int) -> bool:
    if feed is None:
        return False
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    where = {"company": feed.company} if feed.account is None else {"account": feed.account}
    audit.record("feed.revoked", object=f"feed:{feed.id}", **where)
    return True


def of(company: Company, person: Person) -> Feed | None:
    """Give a person's address of a company's calendar; None where they have none."""
    return Feed.objects.filter(company=company, person=person, revoked_at__isnull=True).first()


def of_all(account: Account, person: Person) -> Feed | None:
    """Give a person's address of all companies of an account; None where they have none."""
    return Feed.objects.filter(account=account, person=person, revoked_at__isnull=True).first()


def find(secret: str, *, clock: Clock) -> Found:
    """Give what the address that a secret is of opens now.

    ``clock`` is real time, by which its use is noted. Raises ``NotFound`` also where the person
    may not read the company any more, or reaches nothing in the account.
    """
    found = Feed.objects.filter(hash=_hash(secret), revoked_at__isnull=True)
    feed = found.select_related("company__account", "account", "person").first()
    if feed is None or not secret.startswith(BEGINNING) or not feed.person.is_active:
        raise NotFound("there is no such calendar")
    viewer = access.viewer(feed.person)
    if feed.company is not None:
        try:
            viewer.require(feed.company, "portal")
        except Forbidden:
            raise NotFound("there is no such calendar") from None
        opened = Found(feed.person, (feed.company.id,), 1)
    else:
        opened = _of_account(feed.account, viewer, clock)
    now = clock.now()
    if feed.used_at is None or feed.used_at <= now - USED_EACH:
        Feed.objects.filter(id=feed.id).update(used_at=now)
    return opened


def _of_account(account: Account | None, viewer: access.Viewer, clock: Clock) -> Found:
    if account is None or not viewer.reaches(account):
        raise NotFound("there is no such calendar")
    open_ones = readable(account, viewer)
    found = overviews.companies(clock.now(), within=Q(pk__in=open_ones), size=MOST)
    # A company with several services stands in the list with each of them.
    companies = tuple(dict.fromkeys(row.id for row in found.rows))
    return Found(viewer.person, companies, len(open_ones), account)


def readable(account: Account, viewer: access.Viewer) -> list[UUID]:
    """Give the companies of an account that somebody may read as a whole, in the portal."""
    below = Company.objects.filter(viewer.companies(), account__path__below=account.path)
    return [
        company.id
        for company in below.select_related("account").order_by("id")
        if viewer.level(place_of(company), "portal") != "none"
    ]


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
