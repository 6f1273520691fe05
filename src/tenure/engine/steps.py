"""One step for a batch of companies: lock, gather, ask the core, write. One transaction.

Nothing is sent here. What a relay has accepted comes in as ``accepted`` and is recorded in the
same transaction as what follows from it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from tenure.clock import Clock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle, Unserved
from tenure.core.notices import run
from tenure.engine.recipients import deliveries
from tenure.services import states
from tenure.services.ledger import clock_of, refuse_while_waiting
from tenure.store.ids import new_id
from tenure.store.models import (
    Company,
    Delivery,
    Fact,
    ImportBatch,
    Instance,
    Notice,
    PoolLine,
    TestClock,
    Transition,
)
from tenure.words.notices import reference

log = logging.getLogger(__name__)

RETRY_AFTER = 3600
"""Seconds after which a company that was set aside is tried again."""

Accepted = Mapping[tuple[UUID, str], frozenset[int]]
"""The tokens of notices that a relay has accepted, by company and service."""


@dataclass(slots=True)
class Outcome:
    """What a step did. ``falls`` counts real companies that went down a phase."""

    records: dict[tuple[UUID, str], list[r.Record]] = field(default_factory=dict)
    falls: int = 0
    set_aside: int = 0
    waiting_for_portal: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class _Batch:
    """The rows that a step writes, gathered so that each table is written once."""

    transitions: list[Transition] = field(default_factory=list)
    pool_lines: list[PoolLine] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    new_instances: list[Instance] = field(default_factory=list)


def due(clock: Clock, limit: int, *, leave: Collection[UUID] = ()) -> list[UUID]:
    """Give the companies that need attention now, the longest overdue first.

    ``leave``: companies that were just seen to.
    """
    now = clock.now()
    waiting = (
        Instance.objects.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=now))
        .order_by("due_at")
        .values_list("company_id", flat=True)
    )
    # Two questions, because each has an index that answers it.
    real = waiting.filter(clock__isnull=True, due_at__lte=now)
    test = waiting.filter(clock__isnull=False, due_at__lte=F("clock__now_at"))
    chosen: dict[UUID, None] = {}
    for found in (real, test):
        if len(chosen) < limit:
            companies = found[: limit + len(leave)]
            chosen |= dict.fromkeys(company for company in companies if company not in leave)
    return list(chosen)[:limit]


def step(
    company_ids: Sequence[UUID],
    clock: Clock,
    *,
    accepted: Accepted | None = None,
    portal: bool = False,
    deletions: bool = True,
) -> Outcome:
    """Let the engine run for companies at the present instant of each.

    ``portal``: whether notices may be served by the portal now, the relay having been tried.
    A company whose evaluation raises is set aside and does not stop the others.
    """
    outcome = Outcome()
    with transaction.atomic():
        refuse_while_waiting()
        companies = _lock(company_ids)
        if not companies:
            return outcome
        instances = list(
            Instance.objects.filter(company_id__in=companies, state__isnull=False).order_by(
                "company_id", "service_id"
            )
        )
        facts = _facts(instances)
        batch = _Batch()
        for instance in instances:
            company = companies[instance.company_id]
            key = (company.id, instance.service_id)
            at = max(clock_of(company, clock).now(), company.last_at or 0, instance.ran_at or 0)
            try:
                life, records = _evaluate(
                    instance,
                    facts[company.id],
                    at,
                    (accepted or {}).get(key, frozenset()),
                    portal=portal,
                    deletions=deletions or company.is_test,
                )
            except Exception as error:
                log.exception("company %s is set aside", company.id)
                set_aside(company.id, error, clock.now(), service=instance.service_id)
                outcome.set_aside += 1
                continue
            _gather(batch, company, instance, life, records, at)
            outcome.records[key] = records
            outcome.falls += _falls(company, records)
            if not portal and instance.due_at is not None and instance.due_at <= at:
                outcome.waiting_for_portal.add(company.id)
        _write(batch, companies)
    return outcome


def _lock(company_ids: Sequence[UUID]) -> dict[UUID, Company]:
    """Lock the companies that no other writer has; the rest come up again in the next step."""
    rows = (
        Company.objects.select_for_update(skip_locked=connection.features.has_select_for_update)
        .filter(id__in=company_ids)
        .order_by("id")
    )
    companies = {company.id: company for company in rows}
    clocks = TestClock.objects.in_bulk({c.clock_id for c in companies.values() if c.clock_id})
    batches = ImportBatch.objects.in_bulk({c.batch_id for c in companies.values() if c.batch_id})
    for company in companies.values():
        if company.clock_id is not None:
            company.clock = clocks[company.clock_id]
        if company.batch_id is not None:
            company.batch = batches[company.batch_id]
    return {id_: company for id_, company in companies.items() if states.is_released(company)}


def _facts(instances: Sequence[Instance]) -> dict[UUID, list[Fact]]:
    """Read what the states do not know yet, of all companies at once."""
    found: dict[UUID, list[Fact]] = defaultdict(list)
    unseen = Fact.objects.filter(
        company_id__in={instance.company_id for instance in instances},
        company__instances__state__isnull=False,
        seq__gt=F("company__instances__as_of_seq"),
    )
    for fact in unseen.order_by("company_id", "seq").distinct():
        found[fact.company_id].append(fact)
    return found


def _evaluate(
    instance: Instance,
    facts: Sequence[Fact],
    at: int,
    accepted: frozenset[int],
    *,
    portal: bool,
    deletions: bool,
) -> tuple[Lifecycle, list[r.Record]]:
    """Ask the core, and put the new state into the row, unsaved."""
    life = Lifecycle.from_data(instance.state or {})
    unseen = [fact for fact in facts if fact.seq > instance.as_of_seq]
    for fact in states.decode(unseen, instance.service_id):
        life.apply(fact)

    def accepts(notice: Unserved) -> bool:
        return notice.token in accepted

    records = run(life, at, accepts=accepts, portal=portal, deletions=deletions)
    instance.state = life.to_data()
    if unseen:
        instance.as_of_seq = unseen[-1].seq
    instance.ran_at = at
    states.summarise(instance, life)
    instance.due_at = states.next_due(life)
    instance.set_aside_at = None
    instance.set_aside_error = ""
    instance.retry_at = None
    return life, records


def set_aside(company_id: UUID, error: Exception, now: int, *, service: str = "") -> None:
    """Keep a company that cannot be evaluated out of the way for a while, for the operator."""
    instances = Instance.objects.filter(company_id=company_id, state__isnull=False)
    if service:
        instances = instances.filter(service_id=service)
    instances.update(
        set_aside_at=now,
        set_aside_error=f"{type(error).__name__}: {error}"[:2000],
        retry_at=now + RETRY_AFTER,
    )


def _falls(company: Company, records: Sequence[r.Record]) -> int:
    if company.is_test:
        return 0
    down = ("grace", "suspended", "deleted")
    return int(any(isinstance(x, r.PhaseChanged) and x.to_phase in down for x in records))


def _gather(
    batch: _Batch,
    company: Company,
    instance: Instance,
    life: Lifecycle,
    records: Sequence[r.Record],
    at: int,
) -> None:
    """Turn what the core recorded into rows."""
    service = instance.service_id
    for record in records:
        match record:
            case r.PhaseChanged():
                batch.transitions.append(_transition(company, service, record))
                if record.to_phase == "deleted":
                    instance.erase_at = at
            case r.PoolChanged():
                batch.pool_lines.append(_pool_line(company, service, record))
            case r.NoticeIssued() | r.NoticeSkipped():
                batch.notices.append(_notice(company, service, record, closed=life.closed))
            case r.NoticeServed():
                _find(company, service, record).update(
                    served_at=record.at, served_by=record.by, deadline_at=record.deadline
                )
            case r.NoticeWithdrawn():
                withdrawn = _find(company, service, record)
                withdrawn.update(state=Notice.State.WITHDRAWN, withdrawn_at=record.at)
                Delivery.objects.filter(
                    company=company,
                    notice_id__in=withdrawn.values("id"),
                    state=Delivery.State.QUEUED,
                ).update(
                    state=Delivery.State.GIVEN_UP,
                    next_try_at=None,
                    answer="withdrawn",
                )
    if life.instance == instance.number:
        batch.instances.append(instance)
        return
    batch.new_instances.append(
        Instance(
            company=company,
            clock_id=company.clock_id,
            service_id=service,
            number=life.instance,
            **{name: getattr(instance, name) for name in _CARRIED},
        )
    )
    instance.state = None
    instance.due_at = None
    instance.phase, instance.next_phase, instance.phase_until_at = "deleted", "", None
    batch.instances.append(instance)


_SHOWN = (
    "phase",
    "phase_since_at",
    "phase_until_at",
    "next_phase",
    "closed",
    "seats",
    "units",
    "protected",
)
_CARRIED = ("state", "as_of_seq", "ran_at", "due_at", *_SHOWN)
_SAVED = (*_CARRIED, "set_aside_at", "set_aside_error", "retry_at", "erase_at")


def _transition(company: Company, service: str, record: r.PhaseChanged) -> Transition:
    return Transition(
        company=company,
        service=service,
        instance=record.instance,
        stay=record.stay,
        from_phase=record.from_phase,
        to_phase=record.to_phase,
        effective_at=record.effective_at,
        at=record.at,
    )


def _pool_line(company: Company, service: str, record: r.PoolChanged) -> PoolLine:
    return PoolLine(
        company=company,
        service=service,
        instance=record.instance,
        pool_id=UUID(record.pool),
        state=record.state,
        units=record.units,
        seats=record.seats,
        protected=record.protected,
        effective_at=record.effective_at,
        at=record.at,
    )


def _notice(
    company: Company, service: str, record: r.NoticeIssued | r.NoticeSkipped, *, closed: bool
) -> Notice:
    issued = isinstance(record, r.NoticeIssued)
    material = f"{company.id}/{service}/{record.token}"
    return Notice(
        company=company,
        id=new_id(),
        service=service,
        instance=record.instance,
        token=record.token,
        kind=record.notice,
        subject=record.pool or "",
        period=record.period,
        reference=reference(record.notice, record.at, material),
        state=Notice.State.ISSUED if issued else Notice.State.SKIPPED,
        at=record.at,
        effective_at=record.effective_at,
        days=record.days,
        horizon_at=record.horizon_at,
        due_at=record.due_at if isinstance(record, r.NoticeIssued) else None,
        closed=closed,
    )


def _find(company: Company, service: str, record: r.NoticeRecord) -> QuerySet[Notice]:
    return Notice.objects.filter(company=company, service=service, token=record.token)


def _write(batch: _Batch, companies: Mapping[UUID, Company]) -> None:
    # The old instance gives its state up before the new one takes it: only one may have it.
    for instance in batch.instances:
        instance.save(update_fields=_SAVED)
    Instance.objects.bulk_create(batch.new_instances)
    Transition.objects.bulk_create(batch.transitions)
    PoolLine.objects.bulk_create(batch.pool_lines)
    Notice.objects.bulk_create(batch.notices)
    Delivery.objects.bulk_create(deliveries(batch.notices, companies))
