"""What a key would bring a company, and the licence that comes of it.

``keys`` issues and shows them, ``claims`` asks whoever one was sold to. Who uses a key takes the
company's row first and the key's after it, as every other writer would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

from allauth.account.models import EmailAddress

from tenure.clock import Clock, WallClock
from tenure.core.facts import Kind
from tenure.services import key_texts, refusals, replacements
from tenure.services.days import day_of, end_of
from tenure.services.errors import Refused
from tenure.services.ledger import Ledger, clock_of
from tenure.services.licences import NewLicence, append_new
from tenure.store.models import Company, Licence, LicenceKey, Person

REAL = WallClock()
"""When a key was used is real time, also in a test company."""

DAY = 86_400


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


def tried(company: Company, typed: str, clock: Clock) -> LicenceKey:
    """Give the key that somebody typed, not locked; a refusal is recorded: it may be a guess."""
    text = key_texts.read(typed)
    try:
        key = (
            LicenceKey.objects.select_related("product").filter(hash=key_texts.hashed(text)).first()
        )
        if key is None:
            raise Refused("there is no such key", code="key_unknown")
        return see_usable(key, company, clock_of(company, clock).now())
    except Refused as refusal:
        refusals.note("key.tried", refusal, company=company)
        raise


def lock(key_id: UUID) -> LicenceKey:
    """Give a key, locked until the transaction ends."""
    # The rival is another company that adds the same key; it holds its own row, and waits here.
    LicenceKey.objects.select_for_update().get(pk=key_id)
    return LicenceKey.objects.select_related("product").get(pk=key_id)


def see_usable(key: LicenceKey, company: Company, now: int) -> LicenceKey:
    """See that a key can be added to a company. Raises ``Refused`` as ``keys.look``."""
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


def is_of(key: LicenceKey, person: Person) -> bool:
    """Whether somebody need not be asked: it was sold to nobody in particular, or to them."""
    if not key.address:
        return True
    own = EmailAddress.objects.filter(user=person, verified=True, email__iexact=key.address)
    return own.exists()


def masked(address: str) -> str:
    """Tell an address in part, to whoever it does not belong to."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def offer_of(key: LicenceKey, company: Company, now: int, asks: str) -> Offer:
    """Say what a key would bring a company."""
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


def licence_of(company: Company, offer: Offer, wishes: Wishes) -> tuple[NewLicence, Licence | None]:
    """Give the licence that a key would become, and the one whose place it takes.

    Raises ``NotFound``, and ``Refused`` (``other_product``, ``gone``).
    """
    key = offer.key
    replaced = replacements.chosen(company, key.product, wishes.replaces)
    placements = wishes.placements
    if placements is None:
        placements = replacements.placements(company, replaced, key.units)
    new = replace(offer.new_licence(placements), reference=wishes.reference, label=wishes.label)
    return new, replaced


def use(ledger: Ledger, key: LicenceKey, wishes: Wishes) -> Licence:
    """Add the licence of a key that is locked and usable, within the transaction."""
    offer = offer_of(key, ledger.company, ledger.at, "")
    new, replaced = licence_of(ledger.company, offer, wishes)
    licence = append_new(ledger, new)
    if replaced is not None:
        licence.replaces_id = replaced.id
        licence.save(update_fields=["replaces_id"])
    LicenceKey.objects.filter(pk=key.pk).update(
        company=ledger.company, licence_id=licence.id, used_at=REAL.now()
    )
    return licence
