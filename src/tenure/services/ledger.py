"""Writing to a company: lock it, read the clock, append facts, ask the core, save.

The rivals of a writer are other writers of the same company and the engine; all of them take
the company's row first. The clock is read after the lock, so that facts stand in the order of
their instants; a clock that stands still or goes back cannot put one before another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from tenure.clock import Clock, SetClock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.services import audit, audit_facts, settling, states
from tenure.services.errors import EngineWaits, NotFound, Refused
from tenure.store.models import Company, Fact, Heartbeat, Instance

_log = logging.getLogger(__name__)


class Ledger:
    """A locked company, to which facts are appended at one instant.

    ``since``: where a history is brought in, the earliest instant of its facts.
    """

    def __init__(
        self,
        company: Company,
        at: int,
        who: str,
        instances: list[Instance],
        since: int | None = None,
    ) -> None:
        self.company = company
        self.at = at
        self._is_history = since is not None
        self._since = at if since is None else since
        self.who = who
        self.audit = audit.of_company(company, at)
        self._asked: audit_facts.Said | None = None
        self._instances = {instance.service_id: instance for instance in instances}
        self._lives: dict[str, Lifecycle] = {}
        self._facts: list[Fact] = []

    @property
    def services(self) -> list[str]:
        """The services of which the company has an instance."""
        return list(self._instances)

    @property
    def seq(self) -> int:
        """The number of the newest fact."""
        return self.company.last_seq

    def instance(self, service: str) -> Instance:
        """Give the company's present instance of a service. Raises ``NotFound``."""
        try:
            return self._instances[service]
        except KeyError:
            raise NotFound(f"{self.company.name} does not use {service}") from None

    def life(self, service: str) -> Lifecycle:
        """Give the lifecycle as it is at this instant, with all that was appended."""
        life = self._lives.get(service)
        if life is None:
            life = states.before(self.instance(service), self._since)
            self._lives[service] = life
        return life

    def open_instance(self, service: str) -> None:
        """See that the company has an instance of the service, pending if it is new."""
        if service in self._instances:
            return
        policy = states.policy(service, self.company.id, self._since)
        self._instances[service] = states.open_instance(self.company, service, 1, policy)

    def append(
        self,
        make: Callable[[int], f.Fact],
        *,
        services: tuple[str, ...] = (),
        more: Mapping[str, Any] | None = None,
        at: int | None = None,
    ) -> list[r.Record]:
        """Append the fact that ``make`` gives for the instant; give what the core records of it.

        ``services`` are those that it concerns; none means all. ``more`` is kept with the fact
        and means nothing to the core. Raises ``Refused`` where the fact cannot be, with nothing
        appended.
        """
        fact = make(self.at if at is None else at)
        kind, data = f.encode(fact)
        self._note(fact, (kind, data), services, more or {})
        records: list[r.Record] = []
        for service in services or self.services:
            try:
                records += self.life(service).apply(fact)
            except FactRefused as error:
                raise Refused(str(error), code=error.code) from error
        self.company.last_seq += 1
        self.company.last_at = max(fact.at, self.company.last_at or fact.at)
        self._facts.append(
            Fact(
                company=self.company,
                seq=self.company.last_seq,
                at=fact.at,
                who=self.who,
                service="+".join(services),
                kind=kind,
                data={**data, **(more or {})},
            )
        )
        return records

    def _note(
        self,
        fact: f.Fact,
        encoded: tuple[str, dict[str, Any]],
        services: tuple[str, ...],
        more: Mapping[str, Any],
    ) -> None:
        """Record a fact in the audit; a history is one entry as a whole, written at the end."""
        if self._is_history:
            return
        first = next(iter(services or self._instances), None)
        life = None if first is None else self.life(first)
        said = audit_facts.said(fact, encoded, life, services, more)
        self._asked = said
        self.audit.add(
            said.action,
            object=said.object,
            old=said.old,
            new=said.new,
            personal=said.personal,
        )

    def refused(self, refusal: Refused) -> None:
        """Record what somebody asked in vain, after the transaction was rolled back.

        In a transaction of its own, which must not hide the refusal from whoever is told of it.
        """
        asked = self._asked
        if audit.current().person is None or self._is_history:
            return
        try:
            audit.record(
                "company.asked" if asked is None else asked.action,
                company=self.company.id,
                object="" if asked is None else asked.object,
                new=None if asked is None else asked.new,
                personal=None if asked is None else asked.personal,
                result=refusal.code,
            )
        except DatabaseError:
            _log.exception("a refusal could not be recorded")

    def save(self) -> None:
        """Write the facts and their audit, and what lists show of each instance."""
        if self._is_history and self._facts:
            self.audit.add("company.imported", new={"facts": len(self._facts)})
        changed = []
        if self.audit.save():
            self.company.audit_seq, self.company.audit_hash = self.audit.seq, self.audit.hash
            changed += ["audit_seq", "audit_hash"]
        if self._facts:
            changed += ["last_seq", "last_at"]
        if changed:
            self.company.save(update_fields=changed)
        if not self._facts:
            return
        Fact.objects.bulk_create(self._facts)
        for service, instance in self._instances.items():
            life = self.life(service)
            life.advance(self.at)
            states.show(instance, life, self.company)
        self._facts = []


@contextmanager
def writing(
    company_id: UUID, clock: Clock, who: str, *, since: int | None = None
) -> Iterator[Ledger]:
    """Lock a company and give its ledger; what was appended is saved at the end, or nothing.

    ``since``: the earliest instant of the facts to come, in the past; only for a company that
    has none yet, when an import brings its history.

    Raises ``NotFound``, and ``EngineWaits`` while the engine waits for an operator.
    """
    ledger: Ledger | None = None
    try:
        with transaction.atomic():
            company = lock(company_id)
            instances = list(
                Instance.objects.filter(company=company, state__isnull=False).order_by("service_id")
            )
            ran = max((i.ran_at + 1 for i in instances if i.ran_at is not None), default=0)
            at = max(clock_of(company, clock).now(), company.last_at or 0, ran)
            if since is not None and company.last_seq:
                raise ValueError("a history can only be given to a company that has none")
            ledger = Ledger(company, at, who, instances, since)
            with audit.gathering(ledger.audit):
                yield ledger
                if since is None:
                    settling.settle(ledger)
            ledger.save()
    except Refused as refusal:
        if ledger is not None:
            ledger.refused(refusal)
        raise


def lock(company_id: UUID) -> Company:
    """Lock a company's row within a transaction. Raises ``NotFound`` and ``EngineWaits``."""
    try:
        # No join in a locking statement: the clock's row is not ours to lock.
        company = Company.objects.select_for_update().get(pk=company_id)
    except Company.DoesNotExist:
        raise NotFound("there is no such company") from None
    refuse_while_waiting()
    return company


def refuse_while_waiting() -> None:
    """Raise ``EngineWaits`` while the engine waits: an instant written now could be wrong."""
    reason = Heartbeat.objects.filter(id=1).values_list("waits_because", flat=True).first()
    if reason:
        raise EngineWaits(f"nothing is written while the engine waits for an operator: {reason}")


def clock_of(company: Company, clock: Clock) -> Clock:
    """Give the clock by which a company lives: its own if it is a test company."""
    if company.clock is not None:
        return SetClock(company.clock.now_at)
    return clock
