"""Keys that wait for an answer: whoever one was sold to is asked, by a mail with a link.

A claim is a company's wish for a key that was sold to somebody else's address. It lives by real
time, also in a test company: a person waits for it.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from tenure.clock import Clock, WallClock
from tenure.services import audit, letters, replacements
from tenure.services.access import place_of, viewer
from tenure.services.errors import NotFound, Refused
from tenure.services.key_offers import Wishes, lock, see_usable, use
from tenure.services.ledger import Ledger, clock_of, writing
from tenure.store.models import Company, KeyClaim, Letter, Licence, LicenceKey, Person
from tenure.words.letters import key_asked

REAL = WallClock()

LIFE = 86_400
"""Seconds for which the link to whoever a key was sold to is good."""
PAUSE = 60
"""Seconds between two mails of one claim."""
ABOUT = "key-claim:"


def ask_again(company_id: UUID, claim_id: UUID, *, by: Person, clock: Clock, who: str) -> KeyClaim:
    """Write again to whoever a key was sold to, with a new link; the old one is good no more.

    Raises ``NotFound``, and ``Refused``: ``just_sent`` within a minute, or as ``keys.look``.
    """
    with writing(company_id, clock, who) as ledger:
        claim = _claim(ledger.company, claim_id)
        key = see_usable(lock(claim.key_id), ledger.company, ledger.at)
        return ask(ledger.company, key, Wishes.from_data(claim.wishes), by)


def take_back(company_id: UUID, claim_id: UUID, *, clock: Clock, who: str) -> None:
    """Want a key no more that waits for an answer. Raises ``NotFound``."""
    with writing(company_id, clock, who) as ledger:
        claim = _claim(ledger.company, claim_id)
        _end(claim)
        _record_end(ledger.company, claim, "taken back")


def of_company(company: Company) -> list[KeyClaim]:
    """Give those that wait for an answer, also where the link is good no more; newest first."""
    found = KeyClaim.objects.filter(company=company, answered_at__isnull=True)
    return list(found.select_related("key__product", "asked_by").order_by("-asked_at"))


def is_expired(claim: KeyClaim) -> bool:
    """Whether the link of a claim is good no more."""
    return claim.expires_at <= REAL.now()


def claim_of(secret: str) -> KeyClaim:
    """Give what a link asks. Changes nothing.

    Raises ``NotFound`` for a link that never was or was replaced, ``Refused`` for one that is
    over: ``answered``, ``expired``, or as ``keys.look``.
    """
    found = KeyClaim.objects.filter(hash=_hash(secret)).select_related(
        "key__product", "company", "asked_by"
    )
    claim = found.first()
    if claim is None:
        raise NotFound("there is no such link")
    if claim.answered_at is not None:
        raise Refused("this was answered already", code="answered")
    if is_expired(claim):
        raise Refused("the link has expired", code="expired")
    see_usable(claim.key, claim.company, clock_of(claim.company, REAL).now())
    return claim


def allow(secret: str, *, clock: Clock) -> Licence:
    """Let a company have the key, as whoever it was sold to. Raises as ``claim_of``."""
    first = claim_of(secret)
    # It is their doing, and not that of whoever asked.
    with writing(first.company_id, clock, f"key:{first.key.public_id}") as ledger:
        claim = claim_of(secret)  # anew under the lock: it may be answered twice at once
        _see_asker(claim)
        key = see_usable(lock(claim.key_id), ledger.company, ledger.at)
        licence = use(ledger, key, _still_possible(ledger, Wishes.from_data(claim.wishes)))
        audit.record("key.allowed", company=ledger.company, object=f"key:{key.public_id}")
        end_all(key)
        return licence


def refuse(secret: str, *, clock: Clock) -> KeyClaim:
    """Keep a key from a company, as whoever it was sold to. Raises as ``claim_of``."""
    first = claim_of(secret)
    # The rival allows it at this moment: both take the company's row first.
    with writing(first.company_id, clock, f"key:{first.key.public_id}") as ledger:
        claim = claim_of(secret)
        _end(claim)
        _record_end(ledger.company, claim, "refused")
    return claim


def ask(company: Company, key: LicenceKey, wishes: Wishes, by: Person) -> KeyClaim:
    """Ask whoever a key was sold to, within the transaction. Raises ``Refused``: ``just_sent``."""
    secret = secrets.token_urlsafe(32)
    now = REAL.now()
    if KeyClaim.objects.filter(key=key, company=company, asked_at__gt=now - PAUSE).exists():
        raise Refused("it was asked a moment ago", code="just_sent")
    claim, _ = KeyClaim.objects.update_or_create(
        key=key,
        company=company,
        answered_at=None,
        defaults={
            "asked_by": by,
            "asked_at": now,
            "expires_at": now + LIFE,
            "wishes": wishes.to_data(),
            "hash": _hash(secret),
        },
    )
    known = Person.objects.filter(email__iexact=key.address).first()
    letter = key_asked(
        by.language if known is None else known.language,
        company=company.name,
        asker=by.name or by.email,
        product=key.product.name,
        units=key.units,
        key=key.public_id,
        address=key.address,
        link=f"{settings.PUBLIC_URL}/keys/{secret}/",
        until=claim.expires_at,
        zone=company.time_zone if known is None else known.time_zone,
    )
    # While no relay takes mails the letter before waits, and its link is good no more.
    letters.withdraw(about(claim.id))
    letters.queue(
        key.address, letter.language, letter.subject, letter.text, clock=REAL, about=about(claim.id)
    )
    audit.record(
        "key.claimed",
        company=company,
        object=f"key:{key.public_id}",
        personal={"subject_address": key.address},
    )
    return claim


def about(claim_id: UUID) -> str:
    """Give by what the letters of a claim are found, which go with what they tell of."""
    return f"{ABOUT}{claim_id}"


def is_late(letter: Letter, now: int) -> bool:
    """Whether a letter is of a claim, and its link good no more."""
    return letter.about.startswith(ABOUT) and now >= letter.created_at + LIFE


def end_all(key: LicenceKey) -> None:
    """End every claim of a key that is used: no other company gets it any more."""
    open_ones = KeyClaim.objects.filter(key=key, answered_at__isnull=True)
    for claim_id in open_ones.values_list("id", flat=True):
        letters.withdraw(about(claim_id))
    open_ones.update(answered_at=REAL.now(), wishes={})


def _still_possible(ledger: Ledger, wishes: Wishes) -> Wishes:
    """Give wishes of yesterday without what is gone since: a site, the licence to be replaced."""
    open_ones = set(
        ledger.company.pools.filter(closed_at__isnull=True).values_list("id", flat=True)
    )
    placements, reference = wishes.placements, wishes.reference
    if Licence.objects.filter(company=ledger.company, reference=reference).exists():
        reference = ""
    if placements is not None:
        placements = {pool: units for pool, units in placements.items() if pool in open_ones}
    try:
        replacements.chosen(ledger.company, None, wishes.replaces)
        replaces = wishes.replaces
    except (NotFound, Refused):
        replaces = None
    return Wishes(replaces, placements, wishes.label, reference)


def _claim(company: Company, claim_id: UUID) -> KeyClaim:
    found = KeyClaim.objects.filter(company=company, pk=claim_id, answered_at__isnull=True)
    claim = found.select_related("key__product").first()
    if claim is None:
        raise NotFound("nothing is asked here")
    return claim


def _end(claim: KeyClaim) -> None:
    claim.answered_at = REAL.now()
    claim.wishes = {}
    claim.save(update_fields=["answered_at", "wishes"])
    letters.withdraw(about(claim.id))


def _see_asker(claim: KeyClaim) -> None:
    """See that whoever asked may still add licences there."""
    asker = claim.asked_by
    place = place_of(claim.company)
    if asker is None or not asker.is_active or viewer(asker).level(place, "portal") != "write":
        raise Refused("whoever asked may add no licences any more", code="asker_gone")


def _record_end(company: Company, claim: KeyClaim, because: str) -> None:
    audit.record(
        "key.claim_ended",
        company=company,
        object=f"key:{claim.key.public_id}",
        new={"because": because},
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
