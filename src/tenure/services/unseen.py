"""Members who were not seen for long: who they are, and releasing their seats.

Days count from when a member was last seen, and at the earliest from when the seat was given and
from the last restoration: while suspended, nobody can be seen. Of whom nothing was ever reported
nothing is known, and they are never among these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from tenure.clock import Clock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.services import audit, protection, settling
from tenure.services.errors import Refused
from tenure.services.ledger import Ledger, writing
from tenure.services.protection import Outcome
from tenure.store.models import Company, Member, Seat, Transition

LEAST_DAYS = 14
MOST_DAYS = 3650
SILENT = 7 * DAY
"""Seconds without any report after which nobody can be said not to have been seen."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What is reported of a company: when it last was of anybody, None where it never was.

    ``counts_from``: the last restoration, before which no day counts; None where there was none.
    """

    last_at: int | None
    counts_from: int | None

    def is_silent(self, now: int) -> bool:
        """Whether so little was reported lately that it says nothing of anybody."""
        return self.last_at is None or self.last_at < now - SILENT


def reports(company: Company, service: str, life: Lifecycle) -> Reports:
    """Give what is reported of a company, as its use of a service stands."""
    last = Member.objects.filter(company=company).aggregate(m=Max("seen_at"))["m"]
    return Reports(last, _restored_at(company, service, life))


def _restored_at(company: Company, service: str, life: Lifecycle) -> int | None:
    """Give when the service was last restored; what the engine has not recorded is in ``life``."""
    for record in reversed(life.news):
        if isinstance(record, r.PhaseChanged) and _is_restoration(record):
            return record.effective_at
    rows = Transition.objects.filter(
        company=company,
        service=service,
        instance=life.instance,
        from_phase="suspended",
        to_phase="active",
    )
    return rows.order_by("-effective_at").values_list("effective_at", flat=True).first()


def _is_restoration(record: r.PhaseChanged) -> bool:
    return (record.from_phase, record.to_phase) == ("suspended", "active")


def unseen(company: Company, service: str, life: Lifecycle, since: int) -> QuerySet[Member]:
    """Give the members with a seat of whom nothing counts after ``since``, an instant.

    Each has ``base``, the instant from which its days count, but for the restoration.
    """
    seats = Seat.objects.filter(
        company=company,
        service=service,
        instance=life.instance,
        closed_seq__isnull=True,
        given_up_at__isnull=True,
        member_id=OuterRef("id"),
    )
    people = Member.objects.filter(company=company, left_at__isnull=True, seen_at__lte=since)
    people = people.annotate(protected_at=Subquery(seats.values("protected_at")[:1]))
    # Without a seat there is no instant, and no comparison with one is true.
    people = people.filter(protected_at__lte=since)
    return people.annotate(base=Greatest("seen_at", "protected_at"))


def found(
    company: Company, service: str, life: Lifecycle, days: int, *, known: Reports | None = None
) -> QuerySet[Member]:
    """Give the members with a seat who were not seen for so many days, in no order."""
    since = life.at - days * DAY
    known = known or reports(company, service, life)
    people = unseen(company, service, life, since)
    return people.none() if (known.counts_from or since) > since else people


def mark(members: Iterable[UUID]) -> str:
    """Give a short text that names exactly these members, whatever their order."""
    return sha256("".join(sorted(str(each) for each in members)).encode()).hexdigest()[:16]


def release(
    company_id: UUID, service: str, days: int, wanted: str, *, clock: Clock, who: str
) -> Outcome:
    """Take the protection of members back who were not seen for so many days.

    Whom a rule would protect again is excluded from the rules. ``wanted``: the ``mark`` of those
    who were shown. Raises ``Refused`` with nothing changed: ``others_unseen`` where they are
    others by now, and as ``protection.want``.
    """
    with writing(company_id, clock, who) as ledger:
        protection.open_instance(ledger, service)
        life = settling.at_present(ledger, service)
        ids = list(found(ledger.company, service, life, days).values_list("id", flat=True))
        if mark(ids) != wanted:
            raise Refused("others than were shown are not seen by now", code="others_unseen")
        return append_released(ledger, service, ids, days)


def append_released(ledger: Ledger, service: str, ids: list[UUID], days: int) -> Outcome:
    """Take the protection of members back within a transaction, and record it of each."""
    outcome = protection.append_unwanted(ledger, service, ids)
    for member in ids:
        audit.record(
            "unseen.released", company=ledger.company, object=f"member:{member}", new={"days": days}
        )
    return outcome
