"""What a step writes: what the core recorded, as rows, each table written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef

from tenure.clock import WallClock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.engine.recipients import deliveries
from tenure.services import states
from tenure.store.ids import new_id
from tenure.store.models import Delivery, Instance, Notice, PoolLine, Token, Transition
from tenure.store.queries.rows import Insert, Update
from tenure.words.notices import reference


class Owner(NamedTuple):
    """A locked company; ``now`` is its own clock's."""

    id: UUID
    clock_id: UUID | None
    now: int
    last_at: int
    last_seq: int

    @property
    def is_test(self) -> bool:
        """Whether the company lives on a test clock."""
        return self.clock_id is not None


@dataclass(slots=True)
class Due:
    """A company's present instance of a service."""

    owner: Owner
    id: UUID
    service: str
    number: int
    state: dict[str, Any]
    as_of_seq: int
    ran_at: int | None
    erase_at: int | None
    due_at: int | None = None


class NewNotice(NamedTuple):
    """A notice that was issued or skipped, as its row begins."""

    company: UUID
    id: UUID
    service: str
    instance: int
    token: int
    kind: r.NoticeKind
    subject: str
    period: str
    reference: str
    state: str
    at: int
    effective_at: int | None
    days: int | None
    horizon_at: int | None
    due_at: int | None
    closed: bool


_SHOWN = states.Shown._fields
_NOT_ASIDE = (None, "", None)
_transitions = Insert(
    Transition,
    *("company", "id", "service", "instance", "stay"),
    *("from_phase", "to_phase", "effective_at", "at"),
)
_pool_lines = Insert(
    PoolLine,
    *("company", "id", "service", "instance", "pool_id", "state"),
    *("units", "seats", "protected", "effective_at", "at"),
)
_notices = Insert(Notice, *NewNotice._fields)
_served = Update(
    Notice, "served_at", "served_by", "deadline_at", key=("company", "service", "token")
)
_withdrawn = Update(Notice, "state", "withdrawn_at", key=("company", "service", "token"))
_instances = Update(
    Instance,
    *("state", "as_of_seq", "ran_at", "due_at", "erase_at", *_SHOWN),
    *("set_aside_at", "set_aside_error", "retry_at"),
)
_new_instances = Insert(
    Instance,
    *("company", "id", "clock", "service", "number"),
    *("state", "as_of_seq", "ran_at", "due_at", *_SHOWN),
)


@dataclass(slots=True)
class Batch:
    """The rows of a step. What is withdrawn or served may have been issued in the same step."""

    transitions: list[tuple[Any, ...]] = field(default_factory=list)
    pool_lines: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    served: list[tuple[Any, ...]] = field(default_factory=list)
    withdrawn: list[tuple[Any, ...]] = field(default_factory=list)
    instances: list[tuple[Any, ...]] = field(default_factory=list)
    new_instances: list[tuple[Any, ...]] = field(default_factory=list)
    deleted: set[UUID] = field(default_factory=set)
    """The companies of which an instance was deleted."""
    clocks: dict[UUID, UUID] = field(default_factory=dict)
    """The test clocks of the companies that have one."""

    def add(self, due: Due, life: Lifecycle, records: Sequence[r.Record], at: int) -> None:
        """Take in one evaluated instance and what was recorded of it at ``at``."""
        if due.owner.clock_id is not None:
            self.clocks[due.owner.id] = due.owner.clock_id
        for record in records:
            self._add_record(due, record, closed=life.closed)
            if isinstance(record, r.PhaseChanged) and record.to_phase == "deleted":
                due.erase_at = at
                self.deleted.add(due.owner.id)
        key = (due.owner.id, due.id)
        shown = states.shown(life)
        state = (due.state, due.as_of_seq, due.ran_at, due.due_at)
        if life.instance == due.number:
            self.instances.append((*key, *state, due.erase_at, *shown, *_NOT_ASIDE))
            return
        new = (due.owner.id, new_id(), due.owner.clock_id, due.service, life.instance)
        self.new_instances.append((*new, *state, *shown))
        # It is over for the old one, which shows its last phase from now on.
        shown = shown._replace(phase="deleted", next_phase="", phase_until_at=None)
        given_up = (None, due.as_of_seq, due.ran_at, None)
        self.instances.append((*key, *given_up, due.erase_at, *shown, *_NOT_ASIDE))

    def _add_record(self, due: Due, record: r.Record, *, closed: bool) -> None:
        company, service = due.owner.id, due.service
        match record:
            case r.PhaseChanged():
                self.transitions.append(
                    (
                        *(company, new_id(), service, record.instance, record.stay),
                        *(record.from_phase, record.to_phase, record.effective_at, record.at),
                    )
                )
            case r.PoolChanged():
                self.pool_lines.append(
                    (
                        *(company, new_id(), service, record.instance, UUID(record.pool)),
                        *(record.state, record.units, record.seats, record.protected),
                        *(record.effective_at, record.at),
                    )
                )
            case r.NoticeIssued() | r.NoticeSkipped():
                self.notices.append(_notice(company, service, record, closed=closed))
            case r.NoticeServed():
                served = (record.at, record.by, record.deadline)
                self.served.append((company, service, record.token, *served))
            case r.NoticeWithdrawn():
                state = Notice.State.WITHDRAWN.value
                self.withdrawn.append((company, service, record.token, state, record.at))

    def write(self) -> None:
        """Write all of it, within the transaction of the step."""
        # The old instance gives its state up before the new one takes it: only one may have it.
        _instances(self.instances)
        _new_instances(self.new_instances)
        _transitions(self.transitions)
        _pool_lines(self.pool_lines)
        _notices(self.notices)
        deliveries(self.notices, self.clocks)
        _served(self.served)
        _withdrawn(self.withdrawn)
        if self.deleted:
            _end_tokens(self.deleted)
        if self.withdrawn:
            companies = {row[0] for row in self.withdrawn}
            gone = Notice.objects.filter(
                company_id__in=companies, state=Notice.State.WITHDRAWN
            ).values("id")
            Delivery.objects.filter(
                company_id__in=companies, notice_id__in=gone, state=Delivery.State.QUEUED
            ).update(state=Delivery.State.GIVEN_UP, next_try_at=None, answer="withdrawn")


def _end_tokens(companies: set[UUID]) -> None:
    """End the tokens of companies that use no other service: a new start needs new ones.

    At the deletion itself, so that what is erased later cannot be mistaken for what came after.
    """
    lives = Instance.objects.filter(company_id=OuterRef("company_id"), state__isnull=False)
    lives = lives.exclude(phase__in=("deleted", "pending"))
    Token.objects.filter(~Exists(lives), company_id__in=companies, revoked_at__isnull=True).update(
        revoked_at=WallClock().now()
    )  # tokens live by real time


def _notice(
    company: UUID, service: str, record: r.NoticeIssued | r.NoticeSkipped, *, closed: bool
) -> NewNotice:
    issued = isinstance(record, r.NoticeIssued)
    return NewNotice(
        company=company,
        id=new_id(),
        service=service,
        instance=record.instance,
        token=record.token,
        kind=record.notice,
        subject=record.pool or "",
        period=record.period,
        reference=reference(record.notice, record.at, f"{company}/{service}/{record.token}"),
        state=(Notice.State.ISSUED if issued else Notice.State.SKIPPED).value,
        at=record.at,
        effective_at=record.effective_at,
        days=record.days,
        horizon_at=record.horizon_at,
        due_at=record.due_at if isinstance(record, r.NoticeIssued) else None,
        closed=closed,
    )
