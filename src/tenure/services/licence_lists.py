"""The list of a company's licences: filtered, sorted and counted in the database. Only reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from tenure.core.facts import KINDS
from tenure.services.histories import PAGE, LicenceRow, Page, rows_of
from tenure.services.standings import Standing
from tenure.store.models import Licence
from tenure.words.statuses import SOON, statuses

Order = Literal["worst", "name", "units", "ends", "begins"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the list can be sorted."""

AT_ONCE = 1000
"""So many licences are read at a time for a table."""

FEW = 1000
"""So many that a search finds are read at once, to count them and to show a page of them."""


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """What is wanted of a list; empty: everything."""

    status: str = ""
    kind: str = ""
    product: str = ""
    search: str = ""
    order: Order = "worst"
    backwards: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.status or self.kind or self.product or self.search)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. ``counts`` by status leave the chosen status out of account."""

    rows: list[LicenceRow]
    page: Page
    counts: Mapping[str, int]
    everything: int


def listed(standing: Standing, wanted: LicenceFilter, page: int = 1) -> Listed:
    """Give a page of the licences that include the service; a fixed number of queries.

    A search that finds very many needs one more.
    """
    every = _of(standing)
    found = _narrowed(standing, wanted)
    few = _few(found, wanted) if wanted.search.strip() else None
    counts: dict[str, int]
    if few is None:
        groups = found.order_by().values("its_status").annotate(n=Count("*"))
        counts = {group["its_status"]: group["n"] for group in groups}
    else:
        counts = Counter(status for _, status in few)
    if wanted.status:
        found = found.filter(its_status=wanted.status)
        total = counts.get(wanted.status, 0)
    else:
        total = sum(counts.values())
    where = Page.of(page, total)
    first = where.first()
    if few is None:
        # Ids alone are sorted: whole rows take much longer.
        ordered = found.order_by(*_order(wanted)).values_list("id", flat=True)
        ids = list(ordered[first : first + PAGE])
    else:
        mine = [id_ for id_, status in few if wanted.status in ("", status)]
        ids = mine[first : first + PAGE]
    known = {row.id: row for row in every.filter(id__in=ids)}
    shown = [known[id_] for id_ in ids if id_ in known]
    everything = every.count() if wanted.is_narrow else total
    return Listed(rows_of(standing, shown), where, counts, everything)


def _few(found: QuerySet[Any], wanted: LicenceFilter) -> list[tuple[UUID, str]] | None:
    """Give the ids and states of all that is found, in its order; None where that is much.

    A search looks through the texts of every licence, so one that finds few is made only once.
    """
    rows = found.order_by(*_order(wanted)).values_list("id", "its_status")[: FEW + 1]
    few = list(rows)
    return few if len(few) <= FEW else None


def each(standing: Standing, wanted: LicenceFilter) -> Iterator[LicenceRow]:
    """Give every licence that a filter finds, in its order, a lot of them at a time."""
    found = _narrowed(standing, wanted)
    if wanted.status:
        found = found.filter(its_status=wanted.status)
    ids = list(found.order_by(*_order(wanted)).values_list("id", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        known = {row.id: row for row in _of(standing).filter(id__in=part)}
        yield from rows_of(standing, [known[id_] for id_ in part if id_ in known])


def _of(standing: Standing) -> QuerySet[Licence]:
    return Licence.objects.select_related("product").filter(
        company=standing.company, product__services=standing.service
    )


def _narrowed(standing: Standing, wanted: LicenceFilter) -> QuerySet[Any]:
    """Give all but the chosen status: of that the counts are to tell."""
    found = _of(standing).annotate(its_status=_status(standing.now))
    if wanted.kind in KINDS:
        found = found.filter(kind=wanted.kind)
    if wanted.product:
        found = found.filter(product_id=wanted.product)
    if text := wanted.search.strip():
        found = found.filter(
            Q(label__icontains=text)
            | Q(reference__icontains=text)
            | Q(product__name__icontains=text)
        )
    return found


def _case(now: int, value: Mapping[str, Any], output: Any) -> Case:
    """Give ``words.statuses.licence_status`` in SQL, in the same precedence."""
    return Case(
        When(removed_at__isnull=False, then=value["removed"]),
        When(cancelled_at__isnull=False, then=value["cancelled"]),
        When(ends_at__lte=now, then=value["ended"]),
        When(suspended_at__isnull=False, then=value["suspended"]),
        When(starts_at__gt=now, then=value["to_come"]),
        When(ends_at__lte=now + SOON, then=value["close_to_end"]),
        default=value["valid"],
        output_field=output,
    )


def _status(now: int) -> Case:
    return _case(now, {x.code: Value(x.code) for x in statuses("licence")}, CharField())


def _order(wanted: LicenceFilter) -> list[Any]:
    """Give what sorts the list; everything ends in the id, so that pages hold."""
    rank = Case(
        *(When(its_status=x.code, then=Value(x.rank)) for x in statuses("licence")),
        default=Value(0),
        output_field=IntegerField(),
    )
    name = Lower(Coalesce(NullIf("label", Value("")), F("product__name")))
    soonest = F("ends_at").asc(nulls_last=True)
    first: dict[Order, list[Any]] = {
        "worst": [rank.asc(), soonest],
        "name": [name.asc(), soonest],
        "units": [F("units").desc(), soonest],
        "ends": [soonest],
        "begins": [F("starts_at").asc()],
    }
    keys = [*first[wanted.order], F("id").asc()]
    if wanted.backwards:
        for key in keys:
            key.reverse_ordering()
            if key.nulls_first:
                key.nulls_first, key.nulls_last = None, True  # without end stays last
    return keys


def order_of(text: str) -> tuple[Order, bool]:
    """Read how a list is to be sorted: a name, with ``-`` before it backwards."""
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in ORDERS else ("worst", False)
