"""Keys of licences: issued by the vendor, looked at, added to a company, shown, replaced.

A key is found by its hash. Whoever types one that was sold to an address that is not theirs is
not believed at once: that address is asked by a mail, whose link is good for a day. Who adds a
key takes the company's row first and the key's after it, as every other writer would.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock, WallClock
from tenure.core.facts import Kind
from tenure.services import audit, claims, key_texts
from tenure.services.errors import NotFound, Refused
from tenure.services.key_offers import (
    Offer,
    Wishes,
    is_of,
    lock,
    masked,
    offer_of,
    see_usable,
    tried,
    use,
)
from tenure.services.ledger import clock_of, writing
from tenure.services.licences import ChangedMeanwhile
from tenure.store.ids import new_id
from tenure.store.models import Company, KeyClaim, Licence, LicenceKey, Person, Product
from tenure.store.sealing import NotOpened, opened, seal

REAL = WallClock()
"""Keys are issued by real time, also those for test companies."""

MOST_UNITS = 1_000_000
MOST_DAYS = 36_525
"""A hundred years."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key opens. Ends at ``ends`` (exclusive), or so many days after it is added."""

    product: str
    units: int
    kind: Kind = "full"
    starts: int | None = None
    ends: int | None = None
    days: int | None = None
    address: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a key: a licence, or a claim that waits for an answer."""

    licence: Licence | None = None
    claim: KeyClaim | None = None


def issue(new: NewKey, *, clock: Clock = REAL, who: str) -> tuple[LicenceKey, str]:
    """Issue a key; give it as it is handed to whoever bought it. Raises ``Refused``."""
    product = Product.objects.filter(key=new.product).first()
    if product is None:
        known = ", ".join(Product.objects.order_by("key").values_list("key", flat=True))
        raise NotFound(f"there is no product {new.product}; there are: {known or 'none'}")
    if not 1 <= new.units <= MOST_UNITS:
        raise Refused(f"a licence has 1 to {MOST_UNITS:,} units", code="no_units")
    if new.ends is not None and new.days is not None:
        raise Refused("a key has a last day or a number of days, not both", code="two_ends")
    if new.days is not None and not 1 <= new.days <= MOST_DAYS:
        raise Refused(f"a licence lasts 1 to {MOST_DAYS:,} days", code="no_days")
    if new.ends is not None and new.ends <= max(clock.now(), new.starts or 0):
        raise Refused("the licence would have ended before it began", code="ended")
    address = new.address.strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused(f"{address} is no e-mail address", code="no_address") from None
    text = key_texts.new(is_test=new.is_test)
    with transaction.atomic():
        key = LicenceKey.objects.create(
            public_id=key_texts.new_public(),
            **_hidden(text),
            product=product,
            kind=new.kind,
            units=new.units,
            starts_at=new.starts,
            ends_at=new.ends,
            days=new.days,
            address=address,
            is_test=new.is_test,
            issued_at=clock.now(),
            issued_by=who,
        )
        audit.record(
            "key.issued",
            object=f"key:{key.public_id}",
            new={"product": product.key, "kind": new.kind, "units": new.units},
        )
    return key, key_texts.written(text)


def look(company: Company, typed: str, *, by: Person, clock: Clock) -> Offer:
    """Say what a key would bring. Changes nothing, but that a refusal is recorded.

    Raises ``Refused``: ``key_missing``, ``key_mistyped`` without asking the database;
    ``key_unknown``, ``key_used``, ``key_added`` (it is here already), ``key_revoked``,
    ``key_ended``, ``test_key``, ``real_key``.
    """
    key = tried(company, typed, clock)
    now = clock_of(company, clock).now()
    return offer_of(key, company, now, "" if is_of(key, by) else masked(key.address))


def add(
    company_id: UUID,
    typed: str,
    wishes: Wishes,
    *,
    seen: int | None = None,
    by: Person,
    clock: Clock,
    who: str,
) -> Added:
    """Add the licence of a key, or ask the address that it was sold to.

    ``seen``: the company's last fact when it was said what it would bring; raises
    ``ChangedMeanwhile`` where anything was done since. Raises ``Refused`` as ``look`` does, and
    what adding a licence raises, with nothing changed.
    """
    company = Company.objects.filter(pk=company_id).select_related("clock").first()
    if company is None:
        raise NotFound("there is no such company")
    found = tried(company, typed, clock)
    with writing(company_id, clock, who) as ledger:
        key = see_usable(lock(found.id), ledger.company, ledger.at)
        if seen not in (None, ledger.seq):
            raise ChangedMeanwhile(())
        if is_of(key, by):
            claims.end_all(key)
            return Added(licence=use(ledger, key, wishes))
        return Added(claim=claims.ask(ledger.company, key, wishes, by))


def of_licences(company: Company, licences: list[UUID]) -> dict[UUID, LicenceKey]:
    """Give the keys by which licences came, those that are good."""
    found = LicenceKey.objects.filter(
        company=company, licence_id__in=licences, revoked_at__isnull=True
    )
    return {key.licence_id: key for key in found if key.licence_id is not None}


def show(company: Company, licence_id: UUID) -> str:
    """Give the key of a licence as it was handed out; the audit says that it was seen.

    Raises ``NotFound``, and ``Refused`` (``not_opened``) where the installation's keys are not
    those that sealed it.
    """
    key = of_licences(company, [licence_id]).get(licence_id)
    if key is None:
        raise NotFound("this licence came by no key")
    try:
        text = opened(settings.KEYS.sealing, key.sealed)
    except NotOpened:
        raise Refused(
            "the key was sealed by keys that this installation has no more", code="not_opened"
        ) from None
    audit.record("key.shown", company=company, object=f"key:{key.public_id}")
    return key_texts.written(text)


def replace(company_id: UUID, licence_id: UUID, *, clock: Clock, who: str) -> LicenceKey:
    """Give a licence another key, because somebody else may know the old one.

    The licence stays as it is. Raises ``NotFound``.
    """
    with writing(company_id, clock, who) as ledger:
        found = of_licences(ledger.company, [licence_id]).get(licence_id)
        if found is None:
            raise NotFound("this licence came by no key")
        key = lock(found.id)
        if key.revoked_at is not None:
            raise NotFound("this key was replaced a moment ago")
        text = key_texts.new(is_test=key.is_test)
        old = key.public_id
        LicenceKey.objects.filter(pk=key.pk).update(revoked_at=REAL.now())
        key.pk = new_id()
        key.public_id = key_texts.new_public()
        for name, value in _hidden(text).items():
            setattr(key, name, value)
        key.issued_at, key.issued_by = REAL.now(), who
        key.save(force_insert=True)
        audit.record(
            "key.replaced",
            company=ledger.company,
            object=f"key:{key.public_id}",
            old={"key": old},
            new={"key": key.public_id},
        )
        return key


def revoke(public_id: str, *, who: str, clock: Clock = REAL) -> LicenceKey:
    """Let a key that nobody has added open nothing any more, by the vendor.

    Raises ``NotFound``, and ``Refused``: ``key_used`` (its licence is to be cancelled instead),
    ``key_revoked``.
    """
    with transaction.atomic():
        found = LicenceKey.objects.filter(public_id=public_id.strip().upper()).first()
        if found is None:
            raise NotFound(f"there is no key {public_id}")
        key = lock(found.id)
        if key.revoked_at is not None:
            raise Refused("this key was revoked or replaced already", code="key_revoked")
        if key.used_at is not None:
            raise Refused("this key is in use; cancel its licence instead", code="key_used")
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        KeyClaim.objects.filter(key=key, answered_at__isnull=True).update(
            answered_at=REAL.now(), wishes={}
        )
        audit.record("key.revoked", object=f"key:{key.public_id}", new={"by": who})
    return key


def unused_tests(limit: int) -> list[tuple[LicenceKey, str]]:
    """Give test keys that nobody added yet, and how they are typed; for whoever tries the demo."""
    found = LicenceKey.objects.filter(is_test=True, used_at__isnull=True, revoked_at__isnull=True)
    rows = found.select_related("product").order_by("issued_at", "id")[:limit]
    return [(key, key_texts.written(opened(settings.KEYS.sealing, key.sealed))) for key in rows]


def issued() -> QuerySet[LicenceKey]:
    """Give every key, the newest first."""
    return LicenceKey.objects.select_related("product", "company").order_by("-issued_at", "-id")


def _hidden(text: str) -> dict[str, str]:
    return {"hash": key_texts.hashed(text), "sealed": seal(settings.KEYS.sealing, text)}
