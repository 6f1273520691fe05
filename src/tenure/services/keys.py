"""Keys of licences: issued by the vendor, looked at, added to a company, shown, replaced.

A key is found by its hash. Whoever types one that was sold to an address that is not theirs is
not believed at once: that address is asked by a mail, whose link is good for a day. Who adds a
key takes the company's row first and the key's after it, as every other writer would.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock, WallClock
from tenure.core.facts import Kind
from tenure.services import audit, key_texts, letters, refusals, replacements
from tenure.services.access import place_of, viewer
from tenure.services.days import day_of, end_of
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, clock_of, writing
from tenure.services.licences import NewLicence, append_new
from tenure.store.ids import new_id
from tenure.store.models import Company, KeyClaim, Licence, LicenceKey, Person, Product
from tenure.store.sealing import NotOpened, opened, seal
from tenure.words.letters import key_asked

REAL = WallClock()
"""Claims live by real time, also those of test companies: a person waits for them."""

LIFE = 86_400
"""Seconds for which the link to whoever a key was sold to is good."""
PAUSE = 60
"""Seconds between two mails of one claim."""
DAY = 86_400
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
class Wishes:
    """What is wanted with a key: which licence it replaces, and where its units stand."""

    replaces: UUID | None = None
    placements: Mapping[UUID, int] | None = None
    """By site; None as those of the replaced one, or all in the company's own."""
    label: str = ""
    reference: str = ""

    def to_data(self) -> dict[str, Any]:
        """Give them as plain data; ``from_data`` reads it."""
        return {
            "replaces": None if self.replaces is None else str(self.replaces),
            "placements": None
            if self.placements is None
            else {str(pool): units for pool, units in self.placements.items()},
            "label": self.label,
            "reference": self.reference,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Wishes:
        """Read what ``to_data`` gave."""
        placements = data.get("placements")
        return cls(
            UUID(data["replaces"]) if data.get("replaces") else None,
            None if placements is None else {UUID(p): units for p, units in placements.items()},
            data.get("label", ""),
            data.get("reference", ""),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What a key would bring a company. ``asks``: the address to ask first, told in part."""

    key: LicenceKey
    starts: int
    ends: int | None
    asks: str = ""
    replaceable: list[Licence] = field(default_factory=list)
    """Those whose place it could take, the likeliest first."""

    def new_licence(self, placements: Mapping[UUID, int] | None = None) -> NewLicence:
        """Give the licence that it would become."""
        return NewLicence(
            product=self.key.product_id,
            units=self.key.units,
            starts=self.starts,
            ends=self.ends,
            kind=cast(Kind, self.key.kind),
            placements=placements or {},
        )


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
    key = _tried(company, typed, clock)
    now = clock_of(company, clock).now()
    return _offer(key, company, now, "" if _is_of(key, by) else _masked(key.address))


def add(
    company_id: UUID, typed: str, wishes: Wishes, *, by: Person, clock: Clock, who: str
) -> Added:
    """Add the licence of a key, or ask the address that it was sold to.

    Raises ``Refused`` as ``look`` does, and what adding a licence raises, with nothing changed.
    """
    company = Company.objects.filter(pk=company_id).select_related("clock").first()
    if company is None:
        raise NotFound("there is no such company")
    found = _tried(company, typed, clock)
    with writing(company_id, clock, who) as ledger:
        key = _see_usable(_lock(found.id), ledger.company, ledger.at)
        if _is_of(key, by):
            _end_claims(key, ledger.company)
            return Added(licence=_use(ledger, key, wishes))
        return Added(claim=_ask(ledger.company, key, wishes, by))


def ask_again(company_id: UUID, claim_id: UUID, *, by: Person, clock: Clock, who: str) -> KeyClaim:
    """Write again to whoever a key was sold to, with a new link; the old one is good no more.

    Raises ``NotFound``, and ``Refused``: ``just_sent`` within a minute, or as ``look``.
    """
    with writing(company_id, clock, who) as ledger:
        claim = _claim(ledger.company, claim_id)
        key = _see_usable(_lock(claim.key_id), ledger.company, ledger.at)
        return _ask(ledger.company, key, Wishes.from_data(claim.wishes), by)


def take_back(company_id: UUID, claim_id: UUID, *, clock: Clock, who: str) -> None:
    """Want a key no more that waits for an answer. Raises ``NotFound``."""
    with writing(company_id, clock, who) as ledger:
        claim = _claim(ledger.company, claim_id)
        _end(claim)
        _record_end(ledger.company, claim, "taken back")


def claims(company: Company) -> list[KeyClaim]:
    """Give those that wait for an answer, also where the link is good no more; newest first."""
    found = KeyClaim.objects.filter(company=company, answered_at__isnull=True)
    return list(found.select_related("key__product", "asked_by").order_by("-asked_at"))


def is_expired(claim: KeyClaim) -> bool:
    """Whether the link of a claim is good no more."""
    return claim.expires_at <= REAL.now()


def claim_of(secret: str) -> KeyClaim:
    """Give what a link asks. Changes nothing.

    Raises ``NotFound`` for a link that never was or was replaced, ``Refused`` for one that is
    over: ``answered``, ``expired``, or as ``look``.
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
    _see_usable(claim.key, claim.company, clock_of(claim.company, REAL).now())
    return claim


def allow(secret: str, *, clock: Clock) -> Licence:
    """Let a company have the key, as whoever it was sold to. Raises as ``claim_of``."""
    first = claim_of(secret)
    # It is their doing, and not that of whoever asked.
    with writing(first.company_id, clock, f"key:{first.key.public_id}") as ledger:
        claim = claim_of(secret)  # anew under the lock: it may be answered twice at once
        _see_asker(claim)
        key = _see_usable(_lock(claim.key_id), ledger.company, ledger.at)
        licence = _use(ledger, key, _still_possible(ledger, Wishes.from_data(claim.wishes)))
        _end_claims(key, ledger.company)
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
        key = _lock(found.id)
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
        key = _lock(found.id)
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


def _tried(company: Company, typed: str, clock: Clock) -> LicenceKey:
    """Give the key that somebody typed, not locked; a refusal is recorded: it may be a guess."""
    text = key_texts.read(typed)
    try:
        key = (
            LicenceKey.objects.select_related("product").filter(hash=key_texts.hashed(text)).first()
        )
        if key is None:
            raise Refused("there is no such key", code="key_unknown")
        return _see_usable(key, company, clock_of(company, clock).now())
    except Refused as refusal:
        refusals.note("key.tried", refusal, company=company)
        raise


def _lock(key_id: UUID) -> LicenceKey:
    # The rival is another company that adds the same key; it holds its own row, and waits here.
    LicenceKey.objects.select_for_update().get(pk=key_id)
    return LicenceKey.objects.select_related("product").get(pk=key_id)


def _see_usable(key: LicenceKey, company: Company, now: int) -> LicenceKey:
    if key.company_id == company.id and key.used_at is not None and key.revoked_at is None:
        raise Refused("this key was added here already", code="key_added")
    if key.revoked_at is not None:
        raise Refused("this key was withdrawn or replaced by another", code="key_revoked")
    if key.used_at is not None:
        raise Refused("this key was added elsewhere already", code="key_used")
    if key.is_test and not company.is_test:
        raise Refused("this is a test key, and this company is real", code="test_key")
    if company.is_test and not key.is_test:
        raise Refused("this is a real key, and this company is a test", code="real_key")
    if key.ends_at is not None and key.ends_at <= now:
        raise Refused("the licence of this key has ended", code="key_ended")
    return key


def _is_of(key: LicenceKey, person: Person) -> bool:
    """Whether somebody need not be asked: it was sold to nobody in particular, or to them."""
    if not key.address:
        return True
    own = EmailAddress.objects.filter(user=person, verified=True, email__iexact=key.address)
    return own.exists()


def _masked(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def _offer(key: LicenceKey, company: Company, now: int, asks: str) -> Offer:
    starts, ends = _term(key, company, now)
    replaceable = [] if key.kind == "trial" else replacements.of(company, key.product, now)
    return Offer(key, starts, ends, asks, replaceable)


def _term(key: LicenceKey, company: Company, now: int) -> tuple[int, int | None]:
    """Give from when and until when the licence would run; days are whole ones there."""
    starts = max(now, key.starts_at or 0)
    if key.days is None:
        return starts, key.ends_at
    last = day_of(starts + key.days * DAY - 1, company.time_zone)
    return starts, end_of(last, company.time_zone)


def _use(ledger: Ledger, key: LicenceKey, wishes: Wishes) -> Licence:
    offer = _offer(key, ledger.company, ledger.at, "")
    replaced = replacements.chosen(ledger.company, key.product, wishes.replaces)
    placements = wishes.placements
    if placements is None:
        placements = replacements.placements(ledger.company, replaced, key.units)
    new = offer.new_licence(placements)
    licence = append_new(
        ledger,
        NewLicence(
            new.product,
            new.units,
            new.starts,
            new.ends,
            new.kind,
            new.placements,
            wishes.reference,
            wishes.label,
        ),
    )
    if replaced is not None:
        licence.replaces_id = replaced.id
        licence.save(update_fields=["replaces_id"])
    LicenceKey.objects.filter(pk=key.pk).update(
        company=ledger.company, licence_id=licence.id, used_at=REAL.now()
    )
    return licence


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


def _ask(company: Company, key: LicenceKey, wishes: Wishes, by: Person) -> KeyClaim:
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


def about(claim_id: UUID) -> str:
    """Give by what the letters of a claim are found, which go with what they tell of."""
    return f"key-claim:{claim_id}"


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


def _end_claims(key: LicenceKey, company: Company) -> None:
    """End every claim of a key that is used: no other company gets it any more."""
    open_ones = KeyClaim.objects.filter(key=key, answered_at__isnull=True)
    open_ones.update(answered_at=REAL.now(), wishes={})


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
