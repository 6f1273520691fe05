"""Imports that wait to be released: until then the engine does nothing to their companies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock
from tenure.services import audit, states
from tenure.services.errors import NotFound
from tenure.services.ledger import clock_of, lock, refuse_while_waiting
from tenure.store.models import Company, ImportBatch, Instance

AT_ONCE = 200
"""So many companies are scheduled in one transaction."""

SCHEDULED = "scheduled"
"""The mark among a batch's counts that all of its companies are scheduled."""


@dataclass(frozen=True, slots=True)
class Batch:
    """An import, for lists."""

    id: UUID
    created_at: int
    released_at: int | None
    companies: int
    counts: dict[str, int]
    is_finished: bool


def batches() -> list[Batch]:
    """Give all imports, the newest first."""
    return [
        Batch(
            batch.id,
            batch.created_at,
            batch.released_at,
            Company.objects.filter(batch=batch).count(),
            {noun: n for noun, n in batch.counts.items() if noun != SCHEDULED},
            bool(batch.counts.get(SCHEDULED)),
        )
        for batch in ImportBatch.objects.order_by("-created_at", "-id")
    ]


def open_batches() -> list[UUID]:
    """Give the imports that were not released, or not to the end."""
    return [batch.id for batch in reversed(batches()) if not batch.is_finished]


def release(batch_id: UUID, *, clock: Clock) -> Iterator[int]:
    """Let the engine run for the companies of an import; yield how many are scheduled so far.

    The release itself is one transaction and comes first; scheduling goes on in batches after
    it, and whoever was interrupted releases once more. Raises ``NotFound``.
    """
    with transaction.atomic():
        refuse_while_waiting()
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
        if batch is None:
            raise NotFound("there is no such import")
        if batch.released_at is None:
            batch.released_at = clock.now()
            batch.save(update_fields=["released_at"])
            audit.record("import.released", object=f"import:{batch_id}")
    done = 0
    companies = list(
        Company.objects.filter(batch=batch).order_by("id").values_list("id", flat=True)
    )
    for start in range(0, len(companies), AT_ONCE):
        ids = companies[start : start + AT_ONCE]
        _schedule(ids, clock)
        done += len(ids)
        yield done
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        batch.counts = {**batch.counts, SCHEDULED: 1}
        batch.save(update_fields=["counts"])


def _schedule(company_ids: Sequence[UUID], clock: Clock) -> None:
    with transaction.atomic():
        for company_id in company_ids:
            company = lock(company_id)
            now = clock_of(company, clock).now()
            for instance in Instance.objects.filter(company=company, state__isnull=False):
                at = max(now, company.last_at or 0, (instance.ran_at or 0) + 1)
                states.show(instance, states.evaluate(instance, at), company)
