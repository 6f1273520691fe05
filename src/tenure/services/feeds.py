"""Addresses of a company's calendar: one for each person, a lasting secret that is a link.

Of the secret only a hash is kept; it is shown once, and can be revoked or made anew. What it
opens is asked of the person's rights each time it is used.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

from tenure.clock import Clock
from tenure.services import access, audit
from tenure.services.errors import Forbidden, NotFound
from tenure.services.ledger import writing
from tenure.store.models import Company, Feed, Person

BEGINNING = "tnr_cal_"
USED_EACH = 3600
"""So many seconds apart a use is noted."""


def make(company_id: UUID, person: Person, *, clock: Clock, who: str) -> str:
    """Give a person an address, in place of one they had; gives its secret, for this once.

    ``clock`` is real time.
    """
    secret = BEGINNING + secrets.token_urlsafe(32)
    with writing(company_id, clock, who) as ledger:
        _end(ledger.company, person, clock.now())
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
        return _end(ledger.company, person, clock.now())


def _end(company: Company, person: Person, now: int) -> bool:
    feed = of(company, person)
    if feed is None:
        return False
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    audit.record("feed.revoked", company=company, object=f"feed:{feed.id}")
    return True


def of(company: Company, person: Person) -> Feed | None:
    """Give a person's address of a company's calendar; None where they have none."""
    return Feed.objects.filter(company=company, person=person, revoked_at__isnull=True).first()


def find(secret: str, *, clock: Clock) -> Feed:
    """Give the address that a secret is of, with its company and its person.

    ``clock`` is real time, by which its use is noted. Raises ``NotFound`` also where the person
    may not read the company any more.
    """
    found = Feed.objects.filter(hash=_hash(secret), revoked_at__isnull=True)
    feed = found.select_related("company__account", "company__clock", "person").first()
    if feed is None or not secret.startswith(BEGINNING) or not feed.person.is_active:
        raise NotFound("there is no such calendar")
    try:
        access.viewer(feed.person).require(feed.company, "portal")
    except Forbidden:
        raise NotFound("there is no such calendar") from None
    now = clock.now()
    if feed.used_at is None or feed.used_at <= now - USED_EACH:
        Feed.objects.filter(id=feed.id).update(used_at=now)
    return feed


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
