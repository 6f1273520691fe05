"""Writing to a company: lock it, read the clock, append facts, ask the core, save.

The rivals of a writer are other writers of the same company and the engine; all of them take
the company's row first. The clock is read after the lock, so that facts stand in the order of
their instants; a clock that stands still or goes back cannot put one before another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock, SetClock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.services import audit, audit_facts, refusals, settling, states
from tenure.services.errors import EngineWaits, NotFound, Refused
from tenure.services.evaluations import Evaluations
from tenure.store.models import Company, Fact, Heartbeat, Instance
from tenure.store.queries import ledgers
from tenure.store.queries.rows import FEW, Insert, Row, change
from tenure.store.queries.trips import Rows, Statement, trip

_new_facts = Insert(Fact, "company", "seq", "at", "who", "service", "kind", "data")


class Ledger:
    """A locked company, to which facts are appended at one instant.

    ``since``: where a history is brought in, the earliest instant of its facts. ``answers``: what
    was asked with the lock.
    """

    def __init__(
        self,
        found: ledgers.Found,
        evaluations: Evaluations,
        at: int,
        who: str,
        since: int | None = None,
    ) -> None:
        company = found.company
        self.company = company
        self.answers = found.answers
        self._found = found
        self._evaluations = evaluations
        self.at = at
        self._is_history = since is not None
        self._since = at if since is None else since
        self.who = who
        self.audit = audit.of_company(company, at)
        self._asked: audit_facts.Said | None = None
        self._instances = {instance.service_id: instance for instance in found.instances}
        self._lives: dict[str, Lifecycle] = {}
        self._facts: list[Row] = []
        self._later: list[Statement] = []

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
            instance = self.instance(service)
            if service in self._found.states:
                life = self._evaluations.life(instance, self._found)
                if life.at < self._since - 1:
                    life.advance(self._since - 1)
            else:  # it was opened within this transaction
                life = states.before(instance, self._since)
            self._lives[service] = life
        return life

    def later(self, insert: Insert, rows: Sequence[Row]) -> None:
        """Add rows before the end of the transaction; few of them go with what is saved then.

        Whoever asks the database for them within the transaction does so by ``ask``, or asks
        for nothing first.
        """
        if len(rows) < FEW:
            self._later.append(insert.statement(rows))
        else:
            insert(rows)

    def ask(self, *asks: Statement) -> list[Rows]:
        """Ask the database, which has then been told all that was to be told later."""
        told, self._later = self._later, []
        return trip([*told, *asks])[len(told) :]

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
            (
                *(self.company.id, self.company.last_seq, fact.at, self.who),
                *("+".join(services), kind, {**data, **(more or {})}),
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
        if self._is_history:
            return
        refusals.note(
            "company.asked" if asked is None else asked.action,
            refusal,
            company=self.company.id,
            object="" if asked is None else asked.object,
            new=None if asked is None else asked.new,
            personal=None if asked is None else asked.personal,
        )

    def save(self) -> None:
        """Write the facts and their audit, and what lists show of each instance: in one trip.

        The transaction's last: it may be over with it.
        """
        company = self.company
        if self._is_history and self._facts:
            self.audit.add("company.imported", new={"facts": len(self._facts)})
        changes: dict[str, Any] = {}
        statements, self._later = self._later, []
        if entries := self.audit.statements():
            statements += entries
            company.audit_seq, company.audit_hash = self.audit.seq, self.audit.hash
            changes |= {"audit_seq": company.audit_seq, "audit_hash": company.audit_hash}
        if self._facts:
            changes |= {"last_seq": company.last_seq, "last_at": company.last_at}
        if changes:
            statements.append(change(Company, {"id": company.id}, changes))
        if self._facts:
            self.later(_new_facts, self._facts)
            for service, instance in self._instances.items():
                life = self.life(service)
                life.advance(self.at)
                if shown := states.news(instance, life, company):
                    key = {"company": company.id, "id": instance.id}
                    statements.append(change(Instance, key, shown))
        trip([*statements, *self._later], commits=self._evaluations.is_outermost)
        self._facts, self._later = [], []


@contextmanager
def writing(
    company_id: UUID,
    clock: Clock,
    who: str,
    *,
    since: int | None = None,
    asks: Callable[[Evaluations], Sequence[Statement]] | None = None,
) -> Iterator[Ledger]:
    """Lock a company and give its ledger; what was appended is saved at the end, or nothing.

    ``since``: the earliest instant of the facts to come, in the past; only for a company that
    has none yet, when an import brings its history. ``asks``: gives what else to ask in the same
    trip, from what was evaluated before the lock and may have changed since.

    Raises ``NotFound``, and ``EngineWaits`` while the engine waits for an operator.
    """
    ledger: Ledger | None = None
    evaluations = Evaluations(company_id)
    try:
        with transaction.atomic():
            found = ledgers.lock(
                company_id,
                after=evaluations.seq,
                asks=() if asks is None else asks(evaluations),
                queues=evaluations.is_outermost,
            )
            if found is None:
                raise NotFound("there is no such company")
            _refuse(found.waits_because)
            company = found.company
            ran = max((i.ran_at + 1 for i in found.instances if i.ran_at is not None), default=0)
            at = max(clock_of(company, clock).now(), company.last_at or 0, ran)
            if since is not None and company.last_seq:
                raise ValueError("a history can only be given to a company that has none")
            ledger = Ledger(found, evaluations, at, who, since)
            with audit.gathering(ledger.audit):
                yield ledger
                if since is None:
                    settling.settle(ledger)
            ledger.save()
    except Refused as refusal:
        if ledger is not None:
            ledger.refused(refusal)
        raise
    finally:
        # Also after a refusal: only what was committed before is in it.
        evaluations.keep()


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
    _refuse(Heartbeat.objects.filter(id=1).values_list("waits_because", flat=True).first())


def _refuse(reason: str | None) -> None:
    if reason:
        raise EngineWaits(f"nothing is written while the engine waits for an operator: {reason}")


def clock_of(company: Company, clock: Clock) -> Clock:
    """Give the clock by which a company lives: its own if it is a test company."""
    if company.clock is not None:
        return SetClock(company.clock.now_at)
    return clock
