"""Which licence a new one replaces, and where its units stand then.

The old one stays until it ends: nobody loses a unit by the change, and its end changes nothing.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from tenure.core.placements import like
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Company, Licence, Placement, Pool, Product

MOST = 50
"""So many are offered."""


def replacing(company: Company) -> QuerySet[Licence]:
    """Give the licences that can hold another one's place: those that nobody took away."""
    return Licence.objects.filter(
        company=company, removed_at__isnull=True, cancelled_at__isnull=True
    )


def of(company: Company, product: Product, now: int) -> list[Licence]:
    """Give the licences of a product whose place a new one may take, the likeliest first.

    Those that run, by their ends; then those that have ended, the latest first. One that another
    has replaced already, or without an end, is none of them.
    """
    found = Licence.objects.filter(
        company=company,
        product=product,
        ends_at__isnull=False,
        removed_at__isnull=True,
        cancelled_at__isnull=True,
    )
    replaced = replacing(company).filter(replaces_id__isnull=False).values("replaces_id")
    found = found.exclude(id__in=replaced).select_related("product")
    running = found.filter(ends_at__gt=now).order_by("ends_at", "id")[:MOST]
    ended = found.filter(ends_at__lte=now).order_by("-ends_at", "id")[:MOST]
    return [*running, *ended][:MOST]


def chosen(company: Company, product: Product | None, licence_id: UUID | None) -> Licence | None:
    """Give the licence that somebody chose to replace; ``product`` None accepts any.

    Raises ``NotFound``, and ``Refused`` (``other_product``, ``gone``).
    """
    if licence_id is None:
        return None
    found = Licence.objects.filter(company=company, id=licence_id).first()
    if found is None:
        raise NotFound("there is no such licence in this company")
    if product is not None and found.product_id != product.key:
        raise Refused("a licence replaces one of the same product", code="other_product")
    if replacing(company).filter(replaces_id=licence_id).exists():
        raise Refused("another licence has replaced that one already", code="gone")
    if found.removed_at is not None or found.cancelled_at is not None:
        raise Refused("the licence to be replaced is gone", code="gone")
    return found


def placements(company: Company, replaced: Licence | None, units: int) -> dict[UUID, int]:
    """Say where units stand that take the place of a licence's: shared out as its own are.

    What is not named stands in the company's own pool, and so does what stood in a closed site.
    """
    if replaced is None:
        return {}
    pools = list(Pool.objects.filter(company=company).order_by("position"))
    named = dict(
        Placement.objects.filter(
            company=company, licence_id=replaced.id, closed_seq__isnull=True
        ).values_list("pool_id", "units")
    )
    first = pools[0].id
    named[first] = named.get(first, 0) + replaced.units - sum(named.values())
    shares = {pool.id: named.get(pool.id, 0) for pool in pools if pool.closed_at is None}
    shares[first] += replaced.units - sum(shares.values())
    return {pool: n for pool, n in like(units, shares).items() if n}
