"""The list of who is written to about a company: filtered, sorted and counted. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower

from tenure.services.histories import PAGE, Page
from tenure.store.models import Company, Contact, Delivery, Pool

Order = Literal["site", "address", "language"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the list can be sorted; by site: the company's own first."""

AT_ONCE = 500
"""So many are read at a time for a table."""


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What is wanted of a list; empty: everything."""

    role: str = ""
    pool: UUID | None = None
    search: str = ""
    order: Order = "site"
    backwards: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.role or self.pool or self.search)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the mails to an address, and when one was last tried."""

    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    given_up: int = 0
    last_try_at: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who is written to. ``site``: its name, where it is about one."""

    contact: Contact
    fate: Fate
    site: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. ``counts`` by role leave the chosen role out of account.

    ``has_own``: whether the company has an address of its own, on whatever page.
    """

    rows: list[Row]
    page: Page
    counts: Mapping[str, int]
    everything: int
    has_own: bool


def listed(company: Company, wanted: ContactFilter, page: int = 1) -> Listed:
    """Give a page of those who are written to; a fixed number of queries."""
    every = Contact.objects.filter(company=company)
    groups = every.order_by().values("role").annotate(n=Count("id"))
    everything = {group["role"]: group["n"] for group in groups}
    found = _narrowed(company, wanted)
    counts: dict[str, int] = everything
    if wanted.is_narrow:
        groups = found.order_by().values("role").annotate(n=Count("id"))
        counts = {group["role"]: group["n"] for group in groups}
    if wanted.role:
        found = found.filter(role=wanted.role)
    total = counts.get(wanted.role, 0) if wanted.role else sum(counts.values())
    where = Page.of(page, total)
    first = where.first()
    shown = list(found.order_by(*_order(wanted))[first : first + PAGE])
    site = Contact.Role.SITE_ADMINISTRATOR.value
    return Listed(
        _rows(company, shown),
        where,
        counts,
        sum(everything.values()),
        any(role != site for role in everything),
    )


def each(company: Company, wanted: ContactFilter) -> Iterator[Row]:
    """Give everybody whom a filter finds, in its order, a lot of them at a time."""
    found = _narrowed(company, wanted)
    if wanted.role:
        found = found.filter(role=wanted.role)
    ids = list(found.order_by(*_order(wanted)).values_list("id", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        known = {x.id: x for x in _named(company).filter(id__in=part)}
        yield from _rows(company, [known[id_] for id_ in part if id_ in known])


def _named(company: Company) -> QuerySet[Any]:
    name = Pool.objects.filter(company=company, id=OuterRef("pool_id")).values("name")
    site = Coalesce(Subquery(name[:1]), Value(""))
    return Contact.objects.filter(company=company).annotate(site=site)


def _narrowed(company: Company, wanted: ContactFilter) -> QuerySet[Any]:
    """Give all but the chosen role: of that the counts are to tell."""
    found = _named(company)
    if wanted.pool is not None:
        found = found.filter(pool_id=wanted.pool)
    if text := wanted.search.strip():
        found = found.filter(Q(address__icontains=text) | Q(name__icontains=text))
    return found


def _order(wanted: ContactFilter) -> list[Any]:
    """Give what sorts the list; everything ends in the id, so that pages hold."""
    keys: dict[Order, list[str]] = {
        "site": ["site", "address"],
        "address": ["address", "site"],
        "language": ["language", "address"],
    }
    # Names of sites as people read them: without regard to small letters.
    first = [Lower(key) if key == "site" else key for key in keys[wanted.order]]
    lead: Any = first[0]
    if wanted.backwards:
        lead = lead.desc() if isinstance(lead, Lower) else f"-{lead}"
    return [lead, *first[1:], "id"]


def _rows(company: Company, contacts: Collection[Any]) -> list[Row]:
    marks = {contact.id: settings.KEYS.address_hmac(contact.address) for contact in contacts}
    fates = _fates(company, set(marks.values()))
    return [
        Row(contact, fates.get(marks[contact.id], Fate()), contact.site) for contact in contacts
    ]


def _fates(company: Company, marks: Collection[str]) -> dict[str, Fate]:
    state = Delivery.State
    mails = Delivery.objects.filter(company=company, address_hmac__in=sorted(marks))
    counted = mails.values("address_hmac").annotate(
        accepted=Count("id", filter=Q(state=state.ACCEPTED)),
        refused=Count("id", filter=Q(state=state.REFUSED)),
        waiting=Count("id", filter=Q(state__in=(state.QUEUED, state.LEASED))),
        given_up=Count("id", filter=Q(state=state.GIVEN_UP)),
        last_try=Max("last_try_at"),
    )
    return {
        row["address_hmac"]: Fate(
            row["accepted"], row["refused"], row["waiting"], row["given_up"], row["last_try"]
        )
        for row in counted.order_by()
    }


def order_of(text: str) -> tuple[Order, bool]:
    """Read how a list is to be sorted: a name, with ``-`` before it backwards."""
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in ORDERS else ("site", False)
