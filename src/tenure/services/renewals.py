"""A company asks its supplier for licences; the supplier answers, and both see how far it is.

The supplier is the nearest managed service provider above the company, and else the vendor. What
is asked changes nothing of the licences: the supplier adds them as always, then says so here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from tenure.clock import Clock
from tenure.services import audit, letters
from tenure.services.access import path_of
from tenure.services.answers import NamedLicence
from tenure.services.errors import NotFound, Refused
from tenure.services.histories import PAGE, Page
from tenure.services.ledger import writing
from tenure.store.models import (
    Account,
    Company,
    Licence,
    Membership,
    Person,
    Product,
    RenewalRequest,
)
from tenure.words import renewals as words

State = RenewalRequest.State

WAITING = (State.OPEN, State.TAKEN)
"""States in which an answer is still to come."""

PAUSE, MOST_IN_A_PAUSE = 3600, 3
"""So often in so many seconds a product is asked for: each time is a mail to several people."""

LONGEST = 2000
"""Characters of a text at most."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. ``licence_id``: which licence it would follow, where it is about one."""

    product: str
    units: int
    text: str = ""
    licence_id: UUID | None = None


Order = Literal["state", "asked", "company", "product", "units"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the queue can be sorted; by state: what is open first."""

AT_ONCE = 500
"""So many are read at a time for a table."""

_TOLD = ("company", "product", "supplier", "asked_by", "answered_by")


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What is wanted of a queue; empty: everything. ``search``: a part of a company's name."""

    state: str = ""
    product: str = ""
    search: str = ""
    order: Order = "state"
    backwards: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.state or self.product or self.search.strip())


def about(request_id: UUID) -> str:
    """Give what a letter about a request says that it is about."""
    return f"request:{request_id}"


def supplier_of(company: Company) -> Account | None:
    """Give the account that supplies a company; None is the vendor."""
    above = path_of(company.account)
    found = {
        str(each.id): each for each in Account.objects.filter(id__in=above, kind=Account.Kind.MSP)
    }
    return next((found[each] for each in reversed(above) if each in found), None)


def shop_address(company: Company) -> str:
    """Give the address of the vendor's shop for a company; empty where there is none."""
    address: str = settings.SHOP_URL
    return address.replace("{company}", quote(company.reference or str(company.id), safe=""))


def of_company(company: Company, state: str = "") -> QuerySet[RenewalRequest]:
    """Give what a company asked for, the newest first."""
    found = RenewalRequest.objects.filter(company=company)
    if state:
        found = found.filter(state=state)
    return found.select_related(*_TOLD).order_by("-asked_at", "-id")


def ask(company_id: UUID, wanted: Wanted, *, by: Person, clock: Clock, who: str) -> RenewalRequest:
    """Ask the supplier, and tell its people by mail.

    Raises ``NotFound`` for a product or a licence that is not there, and ``Refused`` with the code
    ``request_open`` where one for the product waits for its answer already.
    """
    with writing(company_id, clock, who) as ledger:
        company = Company.objects.select_related("account").get(pk=company_id)
        product = Product.objects.filter(key=wanted.product).first()
        if product is None:
            raise NotFound(f"there is no product {wanted.product}")
        if wanted.licence_id is not None:
            named = Licence.objects.filter(company=company, id=wanted.licence_id, product=product)
            if not named.exists():
                raise NotFound("there is no such licence of this product")
        waiting = RenewalRequest.objects.filter(company=company, product=product, state__in=WAITING)
        if waiting.exists():
            raise Refused(
                f"a request for {product.name} waits for its answer already", code="request_open"
            )
        just_now = RenewalRequest.objects.filter(
            company=company, product=product, asked_at__gt=ledger.at - PAUSE
        )
        if just_now.count() >= MOST_IN_A_PAUSE:
            raise Refused(
                f"{product.name} was asked for several times just now; wait an hour",
                code="just_asked",
            )
        made = RenewalRequest.objects.create(
            company=company,
            supplier=supplier_of(company),
            product=product,
            licence_id=wanted.licence_id,
            units=wanted.units,
            text=wanted.text[:LONGEST],
            asked_at=ledger.at,
            asked_by=by,
        )
        _record("renewal.asked", made, {"product": product.key, "units": wanted.units})
        for person in answerers(made.supplier):
            if person.pk != by.pk:
                _send(words.asked, person, made, by, wanted.text[:LONGEST], clock)
    return made


def withdraw(company_id: UUID, request_id: UUID, *, by: Person, clock: Clock, who: str) -> None:
    """Take a request back. Raises ``NotFound``, and ``Refused`` once it was answered."""
    _move(company_id, request_id, State.WITHDRAWN, "", by=by, clock=clock, who=who)


def answer(
    company_id: UUID,
    request_id: UUID,
    state: State,
    text: str = "",
    *,
    by: Person,
    clock: Clock,
    who: str,
) -> RenewalRequest:
    """Answer a request: taken, done, or declined with a reason; the asker is told by mail.

    Raises ``NotFound``, and ``Refused``: ``reason_missing``, ``request_over``.
    """
    if state == State.DECLINED and not text.strip():
        raise Refused("a request is declined with a reason", code="reason_missing")
    made = _move(company_id, request_id, state, text[:LONGEST], by=by, clock=clock, who=who)
    if made.asked_by is not None and made.asked_by.is_active and made.asked_by_id != by.pk:
        _send(words.answered, made.asked_by, made, by, made.answer, clock)
    return made


def _move(
    company_id: UUID,
    request_id: UUID,
    state: State,
    text: str,
    *,
    by: Person,
    clock: Clock,
    who: str,
) -> RenewalRequest:
    with writing(company_id, clock, who) as ledger:
        found = RenewalRequest.objects.filter(company_id=company_id, id=request_id)
        made = found.select_related("company__account", "product", "supplier", "asked_by").first()
        if made is None:
            raise NotFound("there is no such request")
        if made.state not in WAITING or made.state == state:
            raise Refused("the request was answered or withdrawn already", code="request_over")
        made.state, made.answer = state, text.strip()
        made.answered_at, made.answered_by = ledger.at, by
        found.update(state=state, answer=made.answer, answered_at=ledger.at, answered_by=by)
        _record(f"renewal.{state}", made, {"product": made.product_id, "units": made.units})
    return made


def answerers(supplier: Account | None) -> list[Person]:
    """Give the people who may answer: owners and administrators; of the vendor the operators."""
    if supplier is None:
        return list(Person.objects.filter(is_operator=True, is_active=True).order_by("email"))
    may = Q(is_owner=True) | Q(portal="write")
    found = Membership.objects.filter(may, account=supplier, person__is_active=True)
    return [each.person for each in found.select_related("person").order_by("person__email")]


def queue(
    supplier: Account | None, wanted: RequestFilter = RequestFilter()
) -> QuerySet[RenewalRequest]:
    """Give what a supplier was asked; by itself what is open first, then the newest."""
    found = _searched(supplier, wanted)
    if wanted.state:
        found = found.filter(state=wanted.state)
    return found.select_related(*_TOLD).order_by(*_order(wanted))


def _searched(supplier: Account | None, wanted: RequestFilter) -> QuerySet[RenewalRequest]:
    """Give all but the chosen state: of that the counts are to tell."""
    found = RenewalRequest.objects.filter(supplier=supplier)
    if wanted.product:
        found = found.filter(product=wanted.product)
    if text := wanted.search.strip():
        of = Q(company__name__icontains=text) | Q(company__reference__icontains=text)
        found = found.filter(of)
    return found


def _order(wanted: RequestFilter) -> list[Any]:
    """Give what sorts the queue; everything ends in the id, so that pages hold."""
    rank = Case(
        When(state=State.OPEN, then=Value(0)),
        When(state=State.TAKEN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    leads: dict[Order, Any] = {
        "state": rank,
        "asked": F("asked_at"),
        "company": Lower("company__name"),
        "product": Lower("product__name"),
        "units": F("units"),
    }
    lead = leads[wanted.order]
    return [lead.desc() if wanted.backwards else lead.asc(), "-asked_at", "id"]


def products_of(supplier: Account | None) -> list[tuple[str, str]]:
    """Give the products that a supplier was asked for, by key, with their names."""
    asked = RenewalRequest.objects.filter(supplier=supplier).order_by().values("product")
    found = Product.objects.filter(key__in=asked.distinct())
    return list(found.order_by("name").values_list("key", "name"))


def each(found: QuerySet[RenewalRequest]) -> Iterator[list[RenewalRequest]]:
    """Give all of a list in its order, a lot of them at a time."""
    keys = list(found.values_list("company_id", "id"))
    for start in range(0, len(keys), AT_ONCE):
        yield _read(keys[start : start + AT_ONCE])


def _read(keys: Sequence[tuple[UUID, UUID]]) -> list[RenewalRequest]:
    """Read requests with what is told of them, in the order of their keys; one query.

    A list is sorted by its keys alone: with all that is told a database sorts long rows.
    """
    rows = RenewalRequest.objects.filter(
        company__in={company for company, _ in keys}, id__in=[id_ for _, id_ in keys]
    )
    known = {(row.company_id, row.id): row for row in rows.select_related(*_TOLD)}
    return [known[key] for key in keys if key in known]


def followed(requests: Sequence[RenewalRequest]) -> dict[UUID, Licence]:
    """Give the licence that each request is about, by the request's id; one query."""
    companies = {each.company_id for each in requests if each.licence_id}
    ids = {each.licence_id for each in requests if each.licence_id}
    if not ids:
        return {}
    rows = Licence.objects.filter(company__in=companies, id__in=ids).select_related("product")
    of: dict[tuple[UUID, UUID | None], Licence] = {(row.company_id, row.id): row for row in rows}
    found = {each.id: of.get((each.company_id, each.licence_id)) for each in requests}
    return {id_: licence for id_, licence in found.items() if licence is not None}


def page(
    found: QuerySet[RenewalRequest], number: int, size: int = PAGE
) -> tuple[list[RenewalRequest], Page]:
    """Give one page of a list; three queries."""
    where = Page.of(number, found.count(), size)
    first = where.first(size)
    return _read(list(found.values_list("company_id", "id")[first : first + size])), where


def counts(supplier: Account | None, wanted: RequestFilter = RequestFilter()) -> dict[str, int]:
    """Count what a supplier was asked, by state; of the filter the chosen state is left out."""
    return _counted(_searched(supplier, wanted))


def counts_of_company(company: Company) -> dict[str, int]:
    """Count what a company asked for, by state."""
    return _counted(RenewalRequest.objects.filter(company=company))


def _counted(rows: QuerySet[RenewalRequest]) -> dict[str, int]:
    found = dict(rows.values_list("state").annotate(n=Count("*")).order_by())
    return {state.value: found.get(state.value, 0) for state in State}


def order_of(text: str) -> tuple[Order, bool]:
    """Read how the queue is to be sorted: a name, with ``-`` before it backwards."""
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in ORDERS else ("state", False)


def _send(
    say: words.Say, person: Person, made: RenewalRequest, by: Person, text: str, clock: Clock
) -> None:
    if say is words.asked:
        # An operator may be a provider's administrator, too: its queue is not the vendor's.
        name = "requests"
        where = "operator" if made.supplier_id is None else f"a/{made.supplier_id}"
    else:
        name = f"companies/{made.company_id}/renewal"
        where = "operator" if person.is_operator else f"a/{made.company.account_id}"
    said = say(
        person.language,
        company=made.company.name,
        person=by.name or by.email,
        product=made.product.name,
        units=made.units,
        state=made.state,
        text=text,
        link=f"{settings.PUBLIC_URL}/{where}/{name}/",
        about=_named(followed([made]).get(made.id), person.time_zone),
    )
    letters.queue(
        person.email, said.language, said.subject, said.text, clock=clock, about=about(made.id)
    )


def _named(licence: Licence | None, zone: str) -> words.Followed | None:
    """Name the licence that a request is about, for somebody in a zone."""
    if licence is None:
        return None
    name = NamedLicence.of(licence).name
    return words.Followed(name, licence.units, licence.ends_at, zone)


def _record(action: str, made: RenewalRequest, new: dict[str, object]) -> None:
    audit.record(action, company=made.company, object=f"request:{made.id}", new=new)
