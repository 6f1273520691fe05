"""What has been of a company: its licences, what was told and to whom, and what was done.

Reads, never writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from tenure.services.answers import NamedLicence
from tenure.services.errors import NotFound
from tenure.services.standings import Standing
from tenure.store.models import (
    Delivery,
    Fact,
    Licence,
    Notice,
    OutboxMail,
    Person,
    Placement,
    Pool,
    Receipt,
    Source,
    Term,
)
from tenure.words.statuses import LicenceStatus, licence_status, status

PAGE = 50
"""Facts or notices on a page."""

PERSON = "person:"
"""How a fact names somebody who has signed in; their id follows, and never their address."""

DIRECTORY = "scim:"
"""How a fact names a directory; the id of its source follows."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where in a long list one is; pages count from 1."""

    number: int
    pages: int
    total: int

    @classmethod
    def of(cls, number: int, total: int, size: int = PAGE) -> Page:
        """Give the page asked for, or the nearest that exists."""
        pages = max(1, -(-total // size))
        return cls(min(max(1, number), pages), pages, total)

    def first(self, size: int = PAGE) -> int:
        """Give how many rows stand before this page."""
        return (self.number - 1) * size


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence with its terms, and the named pools in which its units stand."""

    licence: Licence
    status: LicenceStatus
    terms: tuple[Term, ...] = ()
    placements: tuple[tuple[str, int], ...] = ()

    @property
    def ends_at(self) -> int | None:
        """When its present term, or the last one, ends."""
        return self.licence.ends_at

    @property
    def can_be_renewed(self) -> bool:
        """Whether a later end can be given to it."""
        return self.ends_at is not None and self.status not in ("cancelled", "removed")


def licences(standing: Standing) -> list[LicenceRow]:
    """Give the licences that include the service, the worst and soonest first; four queries."""
    return _licence_rows(standing, _sorted_licences(standing), {})


def rows_of(standing: Standing, shown: list[Licence]) -> list[LicenceRow]:
    """Give the terms and places of some licences with them; three queries."""
    return _licence_rows(standing, shown, {"licence_id__in": [row.id for row in shown]})


def licence(standing: Standing, licence_id: UUID) -> LicenceRow:
    """Give one licence that includes the service. Raises ``NotFound``."""
    found = Licence.objects.select_related("product").filter(
        company=standing.company, product__services=standing.service, id=licence_id
    )
    rows = _licence_rows(standing, list(found), {"licence_id": licence_id})
    if not rows:
        raise NotFound("there is no such licence in this company")
    return rows[0]


def _sorted_licences(standing: Standing) -> list[Licence]:
    found = list(
        Licence.objects.select_related("product")
        .filter(company=standing.company, product__services=standing.service)
        .order_by("ends_at", "id")
    )
    now = standing.now
    found.sort(key=lambda row: status("licence", _status(row, now)).rank)
    return found


def _licence_rows(
    standing: Standing, rows: list[Licence], only: dict[str, Any]
) -> list[LicenceRow]:
    """Give rows with their terms and places; ``only``: the condition that these are read for."""
    company = standing.company
    terms: dict[UUID, list[Term]] = defaultdict(list)
    open_terms = Term.objects.filter(company=company, closed_seq=None, **only)
    for term in open_terms.order_by("starts_at"):
        terms[term.licence_id].append(term)
    names = dict(Pool.objects.filter(company=company).values_list("id", "name"))
    first = standing.pools[0].name if standing.pools else ""
    placed: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    placements = Placement.objects.filter(company=company, closed_seq=None, **only)
    for placement in placements.order_by("id"):
        placed[placement.licence_id].append((names[placement.pool_id], placement.units))
    found = []
    for row in rows:
        where = [(name, units) for name, units in placed[row.id] if units]
        rest = row.units - sum(units for _, units in where)
        if rest:
            where = _with_rest(where, first, rest)
        found.append(
            LicenceRow(row, _status(row, standing.now), tuple(terms[row.id]), tuple(where))
        )
    return found


def _with_rest(where: list[tuple[str, int]], first: str, rest: int) -> list[tuple[str, int]]:
    """Add what is placed nowhere to the company's own pool."""
    named = dict(where)
    named[first] = named.get(first, 0) + rest
    return list(named.items())


def _status(licence: Licence, now: int) -> LicenceStatus:
    return licence_status(
        now=now,
        starts_at=licence.starts_at,
        ends_at=licence.ends_at,
        suspended=licence.suspended_at is not None,
        cancelled=licence.cancelled_at is not None,
        removed=licence.removed_at is not None,
    )


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A notice for one recipient, with the mail in the outbox where there is one."""

    delivery: Delivery
    mail_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """One notice, and what became of it for each recipient."""

    notice: Notice
    deliveries: Sequence[DeliveryRow] = field(default_factory=tuple)


def notice(standing: Standing, notice_id: UUID) -> ToldNotice:
    """Give one notice of a company with its deliveries. Raises ``NotFound``."""
    row = Notice.objects.filter(company=standing.company, id=notice_id).first()
    if row is None:
        raise NotFound("there is no such notice in this company")
    deliveries = list(
        Delivery.objects.filter(company=standing.company, notice_id=row.id).order_by("id")
    )
    mails = dict(
        OutboxMail.objects.filter(
            message_id__in=[delivery.message_id for delivery in deliveries]
        ).values_list("message_id", "id")
    )
    return ToldNotice(
        row, tuple(DeliveryRow(each, mails.get(each.message_id)) for each in deliveries)
    )


def closings(standing: Standing) -> set[int]:
    """Give the instants at which the owner closed the company: no deadlines, but acts."""
    if not any(stay.phase == "suspended" for stay in standing.past):
        return set()
    found = Fact.objects.filter(company=standing.company, kind="company.closed")
    return set(found.values_list("at", flat=True))


def people(facts: Iterable[Fact]) -> dict[str, str]:
    """Give what they are called today whom facts name as doing something, directories too."""
    named: dict[str, UUID] = {fact.who: fact.company_id for fact in facts}
    ids = {who.removeprefix(PERSON) for who in named if who.startswith(PERSON)}
    rows = Person.objects.filter(pk__in=ids).values_list("id", "name", "email")
    found = {f"{PERSON}{id_}": name or email for id_, name, email in rows}
    sources = {who.removeprefix(DIRECTORY) for who in named if who.startswith(DIRECTORY)}
    if sources:
        known = Source.objects.filter(company_id__in=set(named.values()), id__in=sources)
        found |= {f"{DIRECTORY}{id_}": name for id_, name in known.values_list("id", "name")}
    return found


def receipts(standing: Standing) -> list[Receipt]:
    """Give the receipts of what was deleted of the company's use of the service, newest first."""
    found = Receipt.objects.filter(company_id=standing.company.id, service=standing.service)
    return list(found.order_by("-instance"))


def receipt(company_id: UUID, receipt_id: UUID) -> Receipt:
    """Give one receipt of a company. Raises ``NotFound``."""
    found = Receipt.objects.filter(company_id=company_id, pk=receipt_id).first()
    if found is None:
        raise NotFound("there is no such receipt")
    return found


def licence_names(standing: Standing, ids: Sequence[str]) -> dict[str, str]:
    """Give what licences are called, by id, for the lines that speak of them."""
    rows = Licence.objects.select_related("product").filter(
        Q(company=standing.company) & Q(id__in=[UUID(each) for each in ids])
    )
    return {str(row.id): NamedLicence.of(row).name for row in rows}


def mail(mail_id: UUID) -> OutboxMail:
    """Give one mail of the outbox. Raises ``NotFound``."""
    found = OutboxMail.objects.select_related("company__clock").filter(pk=mail_id).first()
    if found is None:
        raise NotFound("there is no such mail in the outbox")
    return found
