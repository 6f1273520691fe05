"""The list of the people of an account: searched, sorted and counted. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Lower

from tenure.services.histories import Page
from tenure.store.models import Account, Membership

Order = Literal["rights", "person", "since"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the list can be sorted: the owners first, by what people are called, by since when."""

PAGE = 50
"""People on a page."""

AT_ONCE = 500
"""So many are read at a time for a table."""


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What is wanted of the list. ``only``: one person, for whoever may see no other."""

    search: str = ""
    order: Order = "rights"
    backwards: bool = False
    only: UUID | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page, each with person and scopes. ``everybody``: how many without a search."""

    rows: list[Membership]
    page: Page
    everybody: int


def listed(account: Account, wanted: PeopleFilter, page: int = 1) -> Listed:
    """Give a page of what a filter finds; four queries at most."""
    everybody = _within(account, wanted).count()
    found = _narrowed(account, wanted)
    where = Page.of(page, found.count() if wanted.search else everybody, PAGE)
    first = where.first(PAGE)
    rows = _whole(found.order_by(*_order(wanted)))[first : first + PAGE]
    return Listed(list(rows), where, everybody)


def each(account: Account, wanted: PeopleFilter) -> Iterator[list[Membership]]:
    """Give all that a filter finds, in its order, in lots."""
    found = _narrowed(account, wanted).order_by(*_order(wanted))
    ids = list(found.values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        lot = ids[start : start + AT_ONCE]
        known = {row.pk: row for row in _whole(Membership.objects.filter(pk__in=lot))}
        yield [known[id_] for id_ in lot if id_ in known]


def _within(account: Account, wanted: PeopleFilter) -> QuerySet[Membership]:
    found = Membership.objects.filter(account=account)
    return found if wanted.only is None else found.filter(person_id=wanted.only)


def _narrowed(account: Account, wanted: PeopleFilter) -> QuerySet[Membership]:
    found = _within(account, wanted)
    if wanted.search:
        text = wanted.search
        found = found.filter(Q(person__name__icontains=text) | Q(person__email__icontains=text))
    return found


def _order(wanted: PeopleFilter) -> list[Any]:
    """Give what sorts the list; everything ends in the address, so that pages hold."""
    called = Lower(Case(When(person__name="", then=F("person__email")), default=F("person__name")))
    first: dict[Order, list[Any]] = {
        "rights": [F("is_owner").desc()],
        "person": [called.asc()],
        "since": [F("created_at").asc()],
    }
    keys = [*first[wanted.order], F("person__email").asc()]
    if wanted.backwards:
        for key in keys:
            key.reverse_ordering()
    return keys


def _whole(found: QuerySet[Membership]) -> QuerySet[Membership]:
    return found.select_related("person").prefetch_related("scopes")
