"""The list of companies: each with its status, the worst and soonest first. Reads, never writes.

Filtering, sorting and counting are done in the database, on the columns that every writer keeps
beside an instance. Those are true between two runs of the engine; where an engine has not come
by, a phase whose end has passed is taken for the one that follows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from tenure.core.records import Phase
from tenure.store.instants import InstantField, to_datetime
from tenure.store.models import Company
from tenure.words.statuses import SOON, CompanyStatus, statuses

PAGE = 50
"""Companies on a page."""

AT_ONCE = 500
"""So many are read at a time for a table."""

Order = Literal["worst", "name", "until", "seats", "units"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the list can be sorted."""


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company's use of one service as a list shows it; instants are seconds since 1970.

    ``path`` is that of its account. ``now`` is its own clock's. ``until_at`` is when its phase
    ends by what is known, and ``then`` what follows; both are empty where that is open.
    ``short_at`` is when, before that, one of its sites runs short or loses what it holds.
    """

    id: UUID
    name: str
    reference: str | None
    time_zone: str
    is_test: bool
    account_id: UUID
    account_name: str
    path: str
    now: int
    service: str | None
    service_name: str | None
    status: CompanyStatus
    phase: Phase
    until_at: int | None
    then: str
    short_at: int | None
    units: int
    seats: int
    protected: int

    @property
    def is_short_first(self) -> bool:
        """Whether a site is in trouble before the phase ends."""
        return self.short_at is not None and (
            self.until_at is None or self.short_at < self.until_at
        )

    @property
    def waiting(self) -> int:
        """How many seats are without protection."""
        return max(0, self.seats - self.protected)


@dataclass(frozen=True, slots=True)
class CompanyList:
    """One page of companies. ``counts`` by status leave the chosen status out of account.

    ``companies`` counts each once, ``total`` each with each of its services; both as filtered.
    """

    rows: tuple[CompanyRow, ...]
    counts: Mapping[str, int]
    total: int
    companies: int
    everything: int
    page: int
    pages: int

    @property
    def services_differ(self) -> bool:
        """Whether companies stand here more than once, with several services."""
        return self.total != self.companies


def companies(
    now: int,
    *,
    within: Q | None = None,
    status: str = "",
    search: str = "",
    order: Order = "worst",
    backwards: bool = False,
    page: int = 1,
    size: int = PAGE,
) -> CompanyList:
    """Give a page of the companies; five queries at most, however many there are.

    ``now`` is the instant of those that live by the real clock; ``within`` is the condition on
    companies that may be shown at all, as ``Viewer.companies`` gives it. A page that does not
    exist is the nearest that does.
    """
    shown = Q() if within is None else within
    found = _annotated(now).filter(shown)
    everyone = Company.objects.filter(shown)
    everything = everyone.count()
    matching = None
    if search.strip():
        wanted = _named(search)
        found, matching = found.filter(wanted), everyone.filter(wanted)
    grouped = found.values("status").annotate(n=Count("*")).order_by()
    counts: dict[str, int] = {group["status"]: group["n"] for group in grouped}
    # Every company stands in the list, with each of its services.
    count = everything if matching is None else matching.count()
    total = sum(counts.values())
    if status:
        is_once = count == total
        found, total = found.filter(status=status), counts.get(status, 0)
        count = total if is_once else found.order_by().values("id").distinct().count()
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    # Sorting all with everything that is shown of each takes twice as long, and more far behind.
    first = (page - 1) * size
    sorted_ = found.order_by(*_order(order, now, backwards=backwards)).values_list(*_KEY)
    return CompanyList(
        rows=tuple(_rows(now, list(sorted_[first : first + size]))),
        counts=counts,
        total=total,
        companies=count,
        everything=everything,
        page=page,
        pages=pages,
    )


def each(
    now: int,
    *,
    within: Q | None = None,
    status: str = "",
    search: str = "",
    order: Order = "worst",
    backwards: bool = False,
) -> Iterator[CompanyRow]:
    """Give all that ``companies`` finds on all of its pages, in its order, some at a time.

    The order is asked for once, by ids alone: to sort again for each lot costs all of it again.
    """
    found = _annotated(now).filter(Q() if within is None else within)
    if search.strip():
        found = found.filter(_named(search))
    if status:
        found = found.filter(status=status)
    sorted_ = found.order_by(*_order(order, now, backwards=backwards)).values_list(*_KEY)
    keys = list(sorted_)
    for start in range(0, len(keys), AT_ONCE):
        yield from _rows(now, keys[start : start + AT_ONCE])


def _named(search: str) -> Q:
    return Q(name__icontains=search.strip()) | Q(reference__icontains=search.strip())


def _rows(now: int, keys: Sequence[tuple[Any, ...]]) -> list[CompanyRow]:
    """Read rows in the order of their keys."""
    shown = _annotated(now).filter(id__in={key[0] for key in keys}).values(*_COLUMNS)
    rows = {tuple(row[name] for name in _KEY): row for row in shown}
    return [_row(rows[key]) for key in keys if key in rows]


_KEY = ("id", "current__service_id")
"""What tells rows apart."""

_COLUMNS = (
    "id",
    "name",
    "reference",
    "time_zone",
    "clock_id",
    "account_id",
    "account__name",
    "account__path",
    "its_now",
    "current__service_id",
    "current__service__name",
    "status",
    "its_phase",
    "its_until",
    "its_next",
    "its_short",
    "current__units",
    "current__seats",
    "current__protected",
)


def _row(row: Mapping[str, Any]) -> CompanyRow:
    return CompanyRow(
        id=row["id"],
        name=row["name"],
        reference=row["reference"],
        time_zone=row["time_zone"],
        is_test=row["clock_id"] is not None,
        account_id=row["account_id"],
        account_name=row["account__name"],
        path=row["account__path"],
        now=row["its_now"],
        service=row["current__service_id"],
        service_name=row["current__service__name"],
        status=row["status"],
        phase=row["its_phase"],
        until_at=row["its_until"],
        then=row["its_next"],
        short_at=row["its_short"],
        units=row["current__units"] or 0,
        seats=row["current__seats"] or 0,
        protected=row["current__protected"] or 0,
    )


def _annotated(now: int) -> QuerySet[Any]:
    """Give every company with its present instances, each with the status at its own instant."""
    its_now = Coalesce(
        F("clock__now_at"), Value(to_datetime(now), InstantField()), output_field=InstantField()
    )
    # Deletion is the engine's act: while it has not come by, nothing is deleted.
    is_over = Q(current__phase_until_at__lte=F("its_now")) & ~Q(
        current__next_phase__in=["", "deleted"]
    )
    phase = Case(
        When(is_over, then=F("current__next_phase")),
        default=Coalesce(F("current__phase"), Value("pending")),
        output_field=CharField(),
    )
    until = Case(
        When(is_over, then=Value(None)),
        default=F("current__phase_until_at"),
        output_field=InstantField(null=True),
    )
    following = Case(
        When(is_over, then=Value("")),
        default=Coalesce(F("current__next_phase"), Value("")),
        output_field=CharField(),
    )
    short = Case(
        When(its_phase="active", then=F("current__short_at")),
        default=Value(None),
        output_field=InstantField(null=True),
    )
    soonest = Case(
        When(
            Q(its_short__isnull=False)
            & (Q(its_until__isnull=True) | Q(its_short__lt=F("its_until"))),
            then=F("its_short"),
        ),
        default=F("its_until"),
        output_field=InstantField(null=True),
    )
    return (
        Company.objects.alias(
            current=FilteredRelation("instances", condition=Q(instances__state__isnull=False))
        )
        .annotate(its_now=its_now)
        .annotate(its_phase=phase, its_until=until, its_next=following, its_short=short)
        .annotate(its_soonest=soonest)
        .annotate(status=_status(now))
    )


def _is_ending(now: int) -> Q:
    """Whether the last licence of an active company ends soon; ``now`` is the real clock's."""
    return Q(its_next="grace") & _is_soon("its_until", now)


def _status(now: int) -> Case:
    """Give ``words.statuses.company_status`` in SQL, in the same precedence."""
    return Case(
        When(its_phase="deleted", then=Value("deleted")),
        When(current__closed=True, then=Value("closed")),
        When(~Q(its_phase="active"), then=F("its_phase")),
        When(_is_ending(now), then=Value("ends_soon")),
        When(current__trial=True, then=Value("trial")),
        default=Value("active"),
        output_field=CharField(),
    )


def _is_soon(name: str, now: int) -> Q:
    """Whether an instant of a company is near; ``now`` is that of the real clock."""
    soon = to_datetime(SOON) - to_datetime(0)
    by_its_own = ExpressionWrapper(
        F("its_now") + Value(soon, DurationField()), output_field=InstantField()
    )
    # One instant for all real companies: sums of times are slow on the embedded database.
    real: dict[str, Any] = {"clock__isnull": True, f"{name}__lte": now + SOON}
    test: dict[str, Any] = {"clock__isnull": False, f"{name}__lte": by_its_own}
    return Q(**real) | Q(**test)


def _rank(now: int) -> Case:
    """Give the order of statuses; a site that is short soon counts like an end that is near.

    It asks what ``_status`` asks, and not for the status: SQL would work that out once for each.
    """
    rank = {each.code: Value(each.rank) for each in statuses("company")}
    return Case(
        When(its_phase="deleted", then=rank["deleted"]),
        When(current__closed=True, then=rank["closed"]),
        *(When(its_phase=phase, then=rank[phase]) for phase in ("suspended", "grace", "pending")),
        When(_is_ending(now) | _is_soon("its_short", now), then=rank["ends_soon"]),
        When(current__trial=True, then=rank["trial"]),
        default=rank["active"],
        output_field=IntegerField(),
    )


def _order(order: Order, now: int, *, backwards: bool) -> list[Expression | str]:
    """Give what sorts the list; everything ends in the name and the id, so that pages hold."""
    # How long is left decides, not until when: a test company has a clock of its own.
    ahead = ExpressionWrapper(
        Value(to_datetime(now), InstantField()) - F("its_now"), output_field=DurationField()
    )
    shifted = ExpressionWrapper(F("its_soonest") + ahead, output_field=InstantField())
    left = Case(
        When(clock__isnull=True, then=F("its_soonest")),
        default=shifted,
        output_field=InstantField(null=True),
    ).asc(nulls_last=True)
    first: dict[Order, list[Any]] = {
        "worst": [_rank(now).asc(), left],
        "name": [],
        "until": [left],
        "seats": [F("current__seats").desc(nulls_last=True)],
        "units": [F("current__units").desc(nulls_last=True)],
    }
    keys = [*first[order], F("name").asc(), F("id").asc(), F("current__service_id").asc()]
    if backwards:
        for key in keys:
            key.reverse_ordering()
            if key.nulls_first:
                key.nulls_first, key.nulls_last = None, True  # what is unknown stays at the end
    return keys
