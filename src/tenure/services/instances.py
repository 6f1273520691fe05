"""Instances: the owner's closing, the operator's holding and confirming of deletions."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.services.ledger import writing
from tenure.services.licences import ChangedMeanwhile
from tenure.store.models import Notice


def close(company_id: UUID, *, seen: int | None = None, clock: Clock, who: str) -> None:
    """Close a company at once, by its owner's wish: suspended now, deleted after its periods.

    ``seen``: the company's last fact when it was said who would lose protection; raises
    ``ChangedMeanwhile`` where anything was done since.
    """
    with writing(company_id, clock, who) as ledger:
        if seen not in (None, ledger.seq):
            raise ChangedMeanwhile(())
        ledger.append(f.CompanyClosed)


def reopen(company_id: UUID, *, clock: Clock, who: str) -> None:
    """Take a closing back; units that are there restore the company at once."""
    _append(company_id, f.CompanyReopened, clock, who)


def hold_deletion(company_id: UUID, *, clock: Clock, who: str, because: str = "") -> None:
    """Forbid the deletion of a company until it is released, however often it was forbidden."""
    _append(company_id, f.DeletionHeld, clock, who, because=because)


def release_deletion(company_id: UUID, *, clock: Clock, who: str, because: str = "") -> None:
    """Let the deletion go its way again; a warning that ran out meanwhile is given anew."""
    _append(company_id, f.DeletionReleased, clock, who, because=because)


def confirm_deletion(
    company_id: UUID, *, clock: Clock, who: str, because: str = ""
) -> list[r.NoticeServed]:
    """Serve the deletion warnings that no relay accepted; give which, if there were any."""
    with writing(company_id, clock, who) as ledger:
        records = ledger.append(f.DeletionConfirmed, more={"because": because})
        served = [record for record in records if isinstance(record, r.NoticeServed)]
        for record in served:
            Notice.objects.filter(
                company=ledger.company, token=record.token, kind=record.notice
            ).update(served_at=record.at, served_by=record.by, deadline_at=record.deadline)
        return served


def _append(
    company_id: UUID,
    make: Callable[[int], f.Fact],
    clock: Clock,
    who: str,
    because: str = "",
) -> None:
    with writing(company_id, clock, who) as ledger:
        ledger.append(make, more={"because": because} if because else None)
