"""The list of what a company was told: filtered, sorted and counted. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tenure.core.records import DEADLINE_KINDS
from tenure.services.histories import PAGE, Page
from tenure.services.standings import Standing
from tenure.store.models import Delivery, Notice

Order = Literal["at", "deadline"]
ORDERS: tuple[Order, ...] = get_args(Order)
"""How the list can be sorted: by when a notice was issued, or by its deadline."""

AT_ONCE = 500
"""So many are read at a time for a table."""

SUBJECTS: dict[str, tuple[str, ...]] = {
    "ends": ("expiring",),
    "protection": ("grace", "grace_reminder", "suspended"),
    "sites": ("pool_expiring", "pool_short", "pool_reduced"),
    "active": ("restored",),
    "deletion": ("deletion_warning", "deleted"),
}
"""What notices are about, as people ask for them; each kind stands under one."""

STATES = ("unserved", "served", "issued", "withdrawn")
"""How a notice stands, the worst first; ``issued``: no period depends on it."""

MAILS: dict[str, tuple[str, ...]] = {
    "refused": (Delivery.State.REFUSED,),
    "given_up": (Delivery.State.GIVEN_UP,),
    "waiting": (Delivery.State.QUEUED, Delivery.State.LEASED),
    "accepted": (Delivery.State.ACCEPTED,),
}
"""What became of a mail, by the states of its delivery, the worst first."""

NOBODY = "nobody"
"""Of a notice that nobody got by e-mail."""


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """What is wanted of a list; empty: everything. Of the instants the last one is left out.

    ``mail`` and ``address`` together: that address got a mail of which this became.
    """

    subject: str = ""
    state: str = ""
    mail: str = ""
    address: str = ""
    since_at: int | None = None
    until_at: int | None = None
    order: Order = "at"
    backwards: bool = True

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        said = (self.subject, self.state, self.mail, self.address.strip())
        return any(said) or self.since_at is not None or self.until_at is not None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with how many recipients it has, and what became of the mails to them."""

    notice: Notice
    recipients: int = 0
    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    given_up: int = 0
    addresses: Sequence[str] = ()
    """Whom it was sent to; without those that were erased."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. ``everything``: how many there are without any filter."""

    rows: list[NoticeRow]
    page: Page
    everything: int


def listed(standing: Standing, wanted: NoticeFilter, page: int = 1) -> Listed:
    """Give a page of the notices that were issued, without those that were skipped."""
    everything = _issued(standing).count()
    found = _narrowed(standing, wanted).order_by(*_order(wanted))
    if wanted.mail or wanted.address.strip():
        # All mails are gone through to find them, so once: what is counted is also the page.
        ids = list(found.values_list("id", flat=True))
        where = Page.of(page, len(ids))
        rows = _read(standing, ids[where.first() : where.first() + PAGE])
    else:
        where = Page.of(page, found.count() if wanted.is_narrow else everything)
        rows = list(found[where.first() : where.first() + PAGE])
    return Listed(_rows(standing, rows), where, everything)


def each(standing: Standing, wanted: NoticeFilter) -> Iterator[NoticeRow]:
    """Give every notice that a filter finds, in its order, a lot of them at a time."""
    found = _narrowed(standing, wanted).order_by(*_order(wanted))
    ids = list(found.values_list("id", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        yield from _rows(standing, _read(standing, ids[start : start + AT_ONCE]))


def _read(standing: Standing, ids: Sequence[UUID]) -> list[Notice]:
    """Read notices in the order of their ids."""
    known = {row.id: row for row in _issued(standing).filter(id__in=ids)}
    return [known[id_] for id_ in ids if id_ in known]


def _issued(standing: Standing) -> QuerySet[Notice]:
    issued = Notice.objects.filter(company=standing.company, service=standing.service)
    return issued.exclude(state=Notice.State.SKIPPED)


def _narrowed(standing: Standing, wanted: NoticeFilter) -> QuerySet[Notice]:
    found = _issued(standing)
    if wanted.subject:
        found = found.filter(kind__in=SUBJECTS[wanted.subject])
    if wanted.state:
        found = found.filter(_stands(wanted.state))
    if wanted.since_at is not None:
        found = found.filter(at__gte=wanted.since_at)
    if wanted.until_at is not None:
        found = found.filter(at__lt=wanted.until_at)
    mails = Delivery.objects.filter(company=standing.company, notice_id=OuterRef("id"))
    if wanted.mail == NOBODY:
        found = found.filter(~Exists(mails))
    if address := wanted.address.strip():
        mails = mails.filter(address__icontains=address)
    if wanted.mail in MAILS:
        mails = mails.filter(state__in=MAILS[wanted.mail])
    if address or wanted.mail in MAILS:
        found = found.filter(Exists(mails))
    return found


def _stands(state: str) -> Q:
    """Tell as the page does: a notice that was taken back is neither served nor waited for."""
    withdrawn, served = Q(state=Notice.State.WITHDRAWN), ~Q(served_by="")
    if state == "withdrawn":
        return withdrawn
    if state == "served":
        return ~withdrawn & served
    waited_for = Q(kind__in=DEADLINE_KINDS)
    return ~withdrawn & ~served & (waited_for if state == "unserved" else ~waited_for)


def _order(wanted: NoticeFilter) -> list[Any]:
    """Give what sorts the list; everything ends in the token, so that pages hold."""
    sign = "-" if wanted.backwards else ""
    if wanted.order == "at":
        return [f"{sign}at", f"{sign}token"]
    deadline = F("deadline_at")
    lead = deadline.desc(nulls_last=True) if wanted.backwards else deadline.asc(nulls_last=True)
    return [lead, f"{sign}at", f"{sign}token"]


def _rows(standing: Standing, notices: Sequence[Notice]) -> list[NoticeRow]:
    told: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    mails = Delivery.objects.filter(
        company=standing.company, notice_id__in=[row.id for row in notices]
    )
    for id_, state, address in mails.order_by("address").values_list(
        "notice_id", "state", "address"
    ):
        told[id_].append((state, address))
    return [_row(notice, told[notice.id]) for notice in notices]


def _row(notice: Notice, mails: Sequence[tuple[str, str]]) -> NoticeRow:
    counts = {name: sum(state in of for state, _ in mails) for name, of in MAILS.items()}
    return NoticeRow(
        notice,
        recipients=len(mails),
        addresses=tuple(address for _, address in mails if address),
        **counts,
    )


def order_of(text: str) -> tuple[Order, bool]:
    """Read how a list is to be sorted: a name, with ``-`` before it backwards."""
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in ORDERS else ("at", True)
