"""Licences: adding, renewing, resizing, placing, suspending, removing, cancelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.services import audit
from tenure.services.companies import see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.store.ids import new_id
from tenure.store.models import Fact, Licence, Placement, Product, Term


@dataclass(frozen=True, slots=True)
class NewLicence:
    """A licence to be added. ``placements`` by pool; ``ends`` exclusive, None without end."""

    product: str
    units: int
    starts: int
    ends: int | None = None
    kind: f.Kind = "full"
    placements: Mapping[UUID, int] = field(default_factory=dict)
    reference: str = ""
    label: str = ""


class ChangedMeanwhile(Refused):
    """Something was done after the form was made; ``facts`` are what was done to its licences."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        super().__init__("licences were changed meanwhile", code="changed_meanwhile")
        self.facts = tuple(facts)


def add(company_id: UUID, new: NewLicence, *, clock: Clock, who: str) -> Licence:
    """Add a licence to a company; its units count at once if its term runs."""
    with writing(company_id, clock, who) as ledger:
        return append_new(ledger, new)


def append_new(ledger: Ledger, new: NewLicence, *, at: int | None = None) -> Licence:
    """Add a licence within a transaction; ``at`` in the past only for an import."""
    product = Product.objects.filter(key=new.product).first()
    if product is None:
        raise NotFound(f"there is no product {new.product}")
    if at is None and new.reference:
        _see_reference(ledger, new.reference)
    services = _services(product)
    for service in services:
        ledger.open_instance(service)
    licence_id = new_id()
    placements = {str(pool): units for pool, units in new.placements.items()}
    ledger.append(
        lambda t: f.LicenceAdded(
            t, str(licence_id), new.units, new.starts, new.ends, new.kind, placements
        ),
        services=services,
        more={"product": product.key},
        at=at,
    )
    added = ledger.at if at is None else at
    licence = Licence.objects.create(
        company=ledger.company,
        id=licence_id,
        reference=new.reference,
        product=product,
        kind=new.kind,
        label=new.label,
        units=new.units,
        starts_at=new.starts,
        ends_at=new.ends,
        added_at=added,
        opened_seq=ledger.seq,
    )
    if new.ends is None or max(new.starts, added) < new.ends:
        _open_term(ledger, licence, max(new.starts, added), new.ends)
    _place(ledger, licence, new.placements)
    return licence


def renew(company_id: UUID, licence_id: UUID, ends: int, *, clock: Clock, who: str) -> None:
    """Give a licence a later end (exclusive); past its end this begins a new term."""
    with writing(company_id, clock, who) as ledger:
        licence = _find(ledger, licence_id)
        _append(ledger, licence, lambda t: f.LicenceRenewed(t, str(licence_id), ends))
        last = _open_terms(ledger, licence).first()
        starts = ledger.at
        if last is not None and last.ends_at is not None and ledger.at < last.ends_at:
            starts = last.starts_at
            last.closed_seq = ledger.seq
            last.save(update_fields=["closed_seq"])
        _open_term(ledger, licence, starts, ends)
        licence.ends_at = ends
        licence.save(update_fields=["ends_at"])


def resize(
    company_id: UUID,
    licence_id: UUID,
    units: int,
    placements: Mapping[UUID, int] | None = None,
    *,
    clock: Clock,
    who: str,
) -> None:
    """Change how many units a licence has; ``placements`` None leaves them as named."""
    with writing(company_id, clock, who) as ledger:
        append_resized(ledger, _find(ledger, licence_id), units, placements)


def append_resized(
    ledger: Ledger,
    licence: Licence,
    units: int,
    placements: Mapping[UUID, int] | None,
    *,
    at: int | None = None,
) -> None:
    """Resize a licence within a transaction; ``at`` in the past only for an import."""
    named = None if placements is None else {str(pool): n for pool, n in placements.items()}
    ledger.append(
        lambda t: f.LicenceResized(t, str(licence.id), units, named),
        services=_services(licence.product),
        at=at,
    )
    licence.units = units
    licence.save(update_fields=["units"])
    if placements is not None:
        _place(ledger, licence, placements)


def place(
    company_id: UUID,
    licence_id: UUID,
    placements: Mapping[UUID, int],
    *,
    clock: Clock,
    who: str,
) -> None:
    """Say where a licence's units stand; replaces all that was named."""
    with writing(company_id, clock, who) as ledger:
        append_placed(ledger, licence_id, placements)


def append_placed(ledger: Ledger, licence_id: UUID, placements: Mapping[UUID, int]) -> None:
    """Say within a transaction where a licence's units stand."""
    licence = _find(ledger, licence_id)
    named = {str(pool): units for pool, units in placements.items()}
    _append(ledger, licence, lambda t: f.LicencePlaced(t, str(licence_id), named))
    _place(ledger, licence, placements)


def suspend(
    company_id: UUID, licence_id: UUID, *, seen: int | None = None, clock: Clock, who: str
) -> None:
    """Let a licence's units not count until it is resumed.

    ``seen``: see ``_see_unchanged``. Raises ``ChangedMeanwhile``.
    """
    with writing(company_id, clock, who) as ledger:
        _see_unchanged(ledger, seen)
        licence = _find(ledger, licence_id)
        _append(ledger, licence, lambda t: f.LicenceSuspended(t, str(licence_id)))
        licence.suspended_at = ledger.at
        licence.save(update_fields=["suspended_at"])


def resume(
    company_id: UUID, licence_id: UUID, *, seen: int | None = None, clock: Clock, who: str
) -> None:
    """Let a suspended licence count again.

    ``seen``: see ``_see_unchanged``. Raises ``ChangedMeanwhile``.
    """
    with writing(company_id, clock, who) as ledger:
        _see_unchanged(ledger, seen)
        licence = _find(ledger, licence_id)
        _append(ledger, licence, lambda t: f.LicenceResumed(t, str(licence_id)))
        licence.suspended_at = None
        licence.save(update_fields=["suspended_at"])


def remove(
    company_id: UUID, licence_id: UUID, *, seen: int | None = None, clock: Clock, who: str
) -> None:
    """Take a licence away for good, by the company's people. Holds nothing.

    ``seen``: see ``_see_unchanged``. Raises ``ChangedMeanwhile``.
    """
    with writing(company_id, clock, who) as ledger:
        _see_unchanged(ledger, seen)
        licence = _find(ledger, licence_id)
        _append(ledger, licence, lambda t: f.LicenceRemoved(t, str(licence_id)))
        licence.removed_at = ledger.at
        licence.save(update_fields=["removed_at"])


def cancel(company_id: UUID, licence_id: UUID, *, clock: Clock, who: str) -> None:
    """End a licence for good, by the vendor. Seats that lose their unit are held."""
    with writing(company_id, clock, who) as ledger:
        licence = _find(ledger, licence_id)
        _append(ledger, licence, lambda t: f.LicenceCancelled(t, str(licence_id)))
        licence.cancelled_at = ledger.at
        licence.save(update_fields=["cancelled_at"])


def describe(
    company_id: UUID, licence_id: UUID, label: str, reference: str, *, clock: Clock, who: str
) -> None:
    """Give a licence the company's own name and reference; nothing else changes by it.

    Raises ``NotFound``, and ``Refused`` (``reference_taken``) where another licence has it.
    """
    with writing(company_id, clock, who) as ledger:
        licence = _find(ledger, licence_id)
        old = {"label": licence.label, "reference": licence.reference}
        new = {"label": label, "reference": reference}
        if old == new:
            return
        _see_reference(ledger, reference, licence_id)
        licence.label, licence.reference = label, reference
        licence.save(update_fields=["label", "reference"])
        audit.record(
            "licence.named",
            company=ledger.company,
            object=f"licence:{licence_id}",
            old=old,
            new=new,
        )


def _see_unchanged(ledger: Ledger, seen: int | None) -> None:
    """See that nothing was done since a fact: that who loses is still who was shown."""
    if seen is not None and ledger.seq != seen:
        raise ChangedMeanwhile(())


def _see_reference(ledger: Ledger, reference: str, but: UUID | None = None) -> None:
    others = Licence.objects.filter(company=ledger.company, reference=reference)
    others = others if but is None else others.exclude(id=but)
    if reference and others.exists():
        raise Refused(f"another licence has the reference {reference}", code="reference_taken")


def _services(product: Product) -> tuple[str, ...]:
    services = tuple(product.services.order_by("key").values_list("key", flat=True))
    if not services:
        raise Refused(f"the product {product.name} includes no service", code="no_service")
    return services


def _find(ledger: Ledger, licence_id: UUID) -> Licence:
    licence = (
        Licence.objects.select_related("product")
        .filter(company=ledger.company, id=licence_id)
        .first()
    )
    if licence is None:
        raise NotFound("there is no such licence in this company")
    return licence


def _append(ledger: Ledger, licence: Licence, make: Callable[[int], f.LicenceFact]) -> None:
    ledger.append(make, services=_services(licence.product))


def _open_terms(ledger: Ledger, licence: Licence) -> QuerySet[Term]:
    return Term.objects.filter(
        company=ledger.company,
        licence_id=licence.id,
        closed_seq__isnull=True,
    ).order_by("-opened_seq")


def _open_term(ledger: Ledger, licence: Licence, starts: int, ends: int | None) -> None:
    Term.objects.create(
        company=ledger.company,
        licence_id=licence.id,
        starts_at=starts,
        ends_at=ends,
        opened_seq=ledger.seq,
    )


def _place(ledger: Ledger, licence: Licence, placements: Mapping[UUID, int]) -> None:
    see_open(ledger.company, [pool for pool, units in placements.items() if units])
    Placement.objects.filter(
        company=ledger.company, licence_id=licence.id, closed_seq__isnull=True
    ).update(closed_seq=ledger.seq)
    Placement.objects.bulk_create(
        Placement(
            company=ledger.company,
            licence_id=licence.id,
            pool_id=pool,
            units=units,
            opened_seq=ledger.seq,
        )
        for pool, units in placements.items()
    )
