"""The list of mails in the outbox: filtered, sorted and counted, without contents. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from tenure.services.histories import PAGE, Page
from tenure.store.models import OutboxMail

AT_ONCE = 500
"""So many are read at a time for a table."""


@dataclass(frozen=True, slots=True)
class MailFilter:
    """What is wanted of the list: parts of texts; empty: everything.

    Of the instants the last one is left out.
    """

    address: str = ""
    company: str = ""
    subject: str = ""
    since_at: int | None = None
    until_at: int | None = None
    backwards: bool = True

    @property
    def condition(self) -> Q:
        """The same for the database."""
        found = Q()
        if self.address:
            found &= Q(recipient__icontains=self.address)
        if self.company:
            found &= Q(company__name__icontains=self.company)
        if self.subject:
            found &= Q(subject__icontains=self.subject)
        if self.since_at is not None:
            found &= Q(handed_over_at__gte=self.since_at)
        if self.until_at is not None:
            found &= Q(handed_over_at__lt=self.until_at)
        return found


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. ``everything``: how many there are without any filter."""

    rows: list[OutboxMail]
    page: Page
    everything: int


def listed(wanted: MailFilter, page: int = 1) -> Listed:
    """Give a page of what a filter finds; three queries at most."""
    everything = OutboxMail.objects.count()
    found = _sorted(wanted)
    where = Page.of(page, found.count() if wanted.condition else everything)
    rows = list(_whole(found)[where.first() : where.first() + PAGE])
    return Listed(rows, where, everything)


def each(wanted: MailFilter) -> Iterator[OutboxMail]:
    """Give all that a filter finds, in its order, a lot of them at a time."""
    ids = list(_sorted(wanted).values_list("id", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        lot = ids[start : start + AT_ONCE]
        known = {row.id: row for row in _whole(OutboxMail.objects.filter(id__in=lot))}
        yield from (known[id_] for id_ in lot if id_ in known)


def _sorted(wanted: MailFilter) -> QuerySet[OutboxMail]:
    sign = "-" if wanted.backwards else ""
    found = OutboxMail.objects.filter(wanted.condition)
    return found.order_by(f"{sign}handed_over_at", f"{sign}id")


def _whole(found: QuerySet[OutboxMail]) -> QuerySet[OutboxMail]:
    return found.select_related("company").defer("source")
