"""One step for a batch of companies: lock, gather, ask the core, write. One transaction.

Nothing is sent here. What a relay has accepted comes in as ``accepted`` and is recorded in the
same transaction as what follows from it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tenure.clock import Clock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle, Unserved
from tenure.core.notices import run
from tenure.engine.batches import Batch, Due, Owner
from tenure.services import states
from tenure.services.ledger import refuse_while_waiting
from tenure.store.models import (
    Company,
    Delivery,
    Fact,
    ImportBatch,
    Instance,
    Notice,
    TestClock,
)

log = logging.getLogger(__name__)

RETRY_AFTER = 3600
"""Seconds after which a company that was set aside is tried again."""

Accepted = Mapping[tuple[UUID, str], frozenset[int]]
"""The tokens of notices that a relay has accepted, by company and service."""


@dataclass(slots=True)
class Outcome:
    """What a step did."""

    records: dict[tuple[UUID, str], list[r.Record]] = field(default_factory=dict)
    set_aside: int = 0
    waiting_for_portal: set[UUID] = field(default_factory=set)


def looks_for(now: int) -> tuple[QuerySet[Instance], QuerySet[Instance]]:
    """Give the instances that need attention, in order: by the real clock, and by test clocks.

    Two questions, because each has an index that answers it.
    """
    waiting = Instance.objects.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=now))
    return (
        waiting.filter(clock__isnull=True, due_at__lte=now).order_by("due_at"),
        waiting.filter(clock__isnull=False, due_at__lte=F("clock__now_at")).order_by("due_at"),
    )


def due(clock: Clock, limit: int, *, leave: Collection[UUID] = ()) -> list[UUID]:
    """Give the companies that need attention now, the longest overdue first.

    ``leave``: companies that were just seen to.
    """
    chosen: dict[UUID, None] = {}
    for waiting in looks_for(clock.now()):
        if len(chosen) < limit:
            companies = waiting.values_list("company_id", flat=True)[: limit + len(leave)]
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
        owners = _lock(company_ids, clock)
        if not owners:
            return outcome
        instances = _instances(owners)
        facts = _facts(instances)
        taken = _taken(instances)
        batch = Batch()
        for instance in instances:
            owner = instance.owner
            key = (owner.id, instance.service)
            at = max(owner.now, owner.last_at, instance.ran_at or 0)
            try:
                life, records = _evaluate(
                    instance,
                    facts.get(owner.id, ()),
                    at,
                    (accepted or {}).get(key, frozenset()) | taken.get(key, set()),
                    portal=portal,
                    deletions=deletions or owner.is_test,
                )
            except Exception as error:
                log.exception("company %s is set aside", owner.id)
                set_aside(owner.id, error, clock.now(), service=instance.service)
                outcome.set_aside += 1
                continue
            batch.add(instance, life, records, at)
            outcome.records[key] = records
            if not portal and instance.due_at is not None and instance.due_at <= at:
                outcome.waiting_for_portal.add(owner.id)
        batch.write()
    return outcome


def _lock(company_ids: Sequence[UUID], clock: Clock) -> dict[UUID, Owner]:
    """Lock the companies that no other writer has; the rest come up again in the next step."""
    rows = list(
        Company.objects.select_for_update(skip_locked=connection.features.has_select_for_update)
        .filter(id__in=company_ids)
        .order_by("id")
        .values_list("id", "clock_id", "batch_id", "last_at", "last_seq")
    )
    clocks = _values(TestClock, {row[1] for row in rows}, "now_at")
    released = _values(ImportBatch, {row[2] for row in rows}, "released_at")
    now = clock.now()
    return {
        id_: Owner(id_, clock_id, clocks.get(clock_id, now), last_at or 0, last_seq)
        for id_, clock_id, batch_id, last_at, last_seq in rows
        # The engine leaves companies alone whose import waits to be released.
        if batch_id is None or released[batch_id] is not None
    }


def _values(
    model: type[TestClock] | type[ImportBatch], ids: set[UUID | None], name: str
) -> dict[UUID | None, int]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    return dict(model.objects.filter(id__in=wanted).values_list("id", name))


def _instances(owners: Mapping[UUID, Owner]) -> list[Due]:
    """Read the present instances of companies, without their models: there are many."""
    rows = (
        Instance.objects.filter(company_id__in=owners, state__isnull=False)
        .order_by("company_id", "service_id")
        .values_list(
            "company_id", "id", "service_id", "number", "state", "as_of_seq", "ran_at", "erase_at"
        )
    )
    return [
        Due(owners[company], id_, service, number, state or {}, as_of_seq, ran_at, erase_at)
        for company, id_, service, number, state, as_of_seq, ran_at, erase_at in rows
    ]


def _facts(instances: Sequence[Due]) -> dict[UUID, list[Fact]]:
    """Read what the states do not know yet, of all companies at once."""
    found: dict[UUID, list[Fact]] = defaultdict(list)
    behind = {i.owner.id for i in instances if i.as_of_seq < i.owner.last_seq}
    if not behind:
        return found
    unseen = Fact.objects.filter(
        company_id__in=behind,
        company__instances__state__isnull=False,
        seq__gt=F("company__instances__as_of_seq"),
    )
    for fact in unseen.order_by("company_id", "seq").distinct():
        found[fact.company_id].append(fact)
    return found


def _taken(instances: Sequence[Due]) -> dict[tuple[UUID, str], set[int]]:
    """Give the notices that a relay took while they could not be served.

    The company was set aside just then, or the engine had to wait; the mail never goes out again.
    """
    found: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    waiting = [instance for instance in instances if instance.state.get("unserved")]
    if not waiting:
        return found
    mails = Delivery.objects.filter(
        company_id=OuterRef("company_id"),
        notice_id=OuterRef("id"),
        state=Delivery.State.ACCEPTED,
        counts=True,
    )
    rows = Notice.objects.filter(
        Exists(mails),
        company_id__in={instance.owner.id for instance in waiting},
        token__in={entry[0] for instance in waiting for entry in instance.state["unserved"]},
        served_at__isnull=True,
    )
    for company_id, service, token in rows.values_list("company_id", "service", "token"):
        found[company_id, service].add(token)
    return found


def _evaluate(
    instance: Due,
    facts: Sequence[Fact],
    at: int,
    accepted: Set[int],
    *,
    portal: bool,
    deletions: bool,
) -> tuple[Lifecycle, list[r.Record]]:
    """Ask the core, and put the new state into the row, unsaved."""
    life = Lifecycle.from_data(instance.state)
    unseen = [fact for fact in facts if fact.seq > instance.as_of_seq]
    for fact in states.decode(unseen, instance.service):
        life.apply(fact)

    def accepts(notice: Unserved) -> bool:
        return notice.token in accepted

    records = run(life, at, accepts=accepts, portal=portal, deletions=deletions)
    instance.state = life.to_data()
    if unseen:
        instance.as_of_seq = unseen[-1].seq
    instance.ran_at = at
    instance.due_at = states.next_due(life)
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


def take_back(company_id: UUID) -> None:
    """Take a company back that was set aside; what is still wrong sets it aside again."""
    aside = Instance.objects.filter(company_id=company_id, set_aside_at__isnull=False)
    aside.update(set_aside_at=None, set_aside_error="", retry_at=None)
