"""A scenario through the real store, engine and an SMTP relay, under a clock that is set.

The clock is put to each instant at which something is done or due; outages are real: the engine
is not run, the relay refuses. What is printed is read from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tenure.clock import SetClock
from tenure.core import facts as f
from tenure.core import lines as core_lines
from tenure.core import records as r
from tenure.core.capacity import NEVER
from tenure.core.simulation import Outages, Scenario
from tenure.delivery.relays import Relay, SmtpRelay
from tenure.engine.loop import Engine, next_wakeup
from tenure.services import companies, instances, licences, members, seats
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.ids import new_id
from tenure.store.models import (
    Company,
    Contact,
    Notice,
    PolicyVersion,
    Pool,
    PoolLine,
    Product,
    Service,
    Transition,
)

WHO = "replay"


class _Mailbox:
    """What the relay's server does: take mails while it works, and else put them off."""

    def __init__(self, clock: SetClock, mail: Outages) -> None:
        self._clock = clock
        self._mail = mail

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer a mail."""
        if self._mail.is_up(self._clock.now()):
            return "250 taken"
        return "451 4.3.2 not now"


class _Server(Controller):
    """A server on whatever port is free; the original asks for its port before it knows it."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def relay(clock: SetClock, mail: Outages) -> Iterator[Relay]:
    """Start a relay on this machine, and give the way to it."""
    server = _Server(_Mailbox(clock, mail), hostname="127.0.0.1", port=0)
    server.start()
    try:
        way = SmtpRelay(f"smtp://127.0.0.1:{server.port}?connections=1")  # in order
        try:
            yield way
        finally:
            way.close()
    finally:
        server.stop()


@dataclass(slots=True)
class Replay:
    """One scenario on its way through the tables of the database that is open."""

    scenario: Scenario
    clock: SetClock
    service: str = ""
    company: Company | None = None
    pools: dict[str, UUID] = field(default_factory=dict)
    licences: dict[str, UUID] = field(default_factory=dict)
    records: list[r.Record] = field(default_factory=list)
    count: int = 0

    def prepare(self) -> None:
        """Make a service of its own with the scenario's policy, and the company."""
        self.service = f"replay-{new_id().hex[-12:]}"
        service = Service.objects.create(key=self.service, name="Replayed service")
        Product.objects.create(key=self.service, name="Replayed product").services.add(service)
        PolicyVersion.objects.create(
            service=service, valid_at=0, data=self.scenario.policy.to_data()
        )
        self.company = companies.create(
            name=self.scenario.name or "Replayed company",
            clock=self.clock,
            who=WHO,
            time_zone=self.scenario.time_zone,
            pools=[NewPool(pool) for pool in self.scenario.pools],
            services=[self.service],
        )
        found = Pool.objects.filter(company=self.company).order_by("position")
        self.pools = {pool.name: pool.id for pool in found}
        companies.add_contact(
            self.company, address="owner@example.org", role=Contact.Role.OWNER, name="Owner"
        )

    @property
    def company_id(self) -> UUID:
        """Give the company's id."""
        if self.company is None:
            raise RuntimeError("the replay is not prepared")
        return self.company.id

    def do(self, fact: f.Fact) -> None:
        """Do what a fact says, through the service that people would use."""
        ask: dict[str, Any] = {"clock": self.clock, "who": WHO}
        match fact:
            case f.LicenceAdded():
                new = NewLicence(
                    product=self.service,
                    units=fact.units,
                    starts=fact.starts,
                    ends=fact.ends,
                    kind=fact.kind,
                    placements=self._placed(fact.placements),
                )
                self.licences[fact.licence] = licences.add(self.company_id, new, **ask).id
            case f.LicenceRenewed():
                licences.renew(self.company_id, self._licence(fact), fact.ends, **ask)
            case f.LicenceResized():
                placements = None if fact.placements is None else self._placed(fact.placements)
                licences.resize(self.company_id, self._licence(fact), fact.units, placements, **ask)
            case f.LicencePlaced():
                placed = self._placed(fact.placements)
                licences.place(self.company_id, self._licence(fact), placed, **ask)
            case f.LicenceSuspended():
                licences.suspend(self.company_id, self._licence(fact), **ask)
            case f.LicenceResumed():
                licences.resume(self.company_id, self._licence(fact), **ask)
            case f.LicenceRemoved():
                licences.remove(self.company_id, self._licence(fact), **ask)
            case f.LicenceCancelled():
                licences.cancel(self.company_id, self._licence(fact), **ask)
            case f.SeatsProtected():
                self._protect(fact, ask)
            case f.SeatsUnprotected():
                self._unprotect(fact, ask)
            case f.CompanyClosed():
                instances.close(self.company_id, **ask)
            case f.CompanyReopened():
                instances.reopen(self.company_id, **ask)
            case f.DeletionHeld():
                instances.hold_deletion(self.company_id, **ask)
            case f.DeletionReleased():
                instances.release_deletion(self.company_id, **ask)
            case f.DeletionConfirmed():
                instances.confirm_deletion(self.company_id, **ask)
            case _:
                raise TypeError(f"not a fact of a scenario: {fact!r}")

    def _licence(self, fact: f.LicenceFact) -> UUID:
        return self.licences[fact.licence]

    def _placed(self, placements: Any) -> dict[UUID, int]:
        return {self.pools[pool]: units for pool, units in placements.items()}

    def _protect(self, fact: f.SeatsProtected, ask: dict[str, Any]) -> None:
        users = [f"user-{self.count + i}@example.org" for i in range(fact.count)]
        self.count += fact.count
        wanted = members.add_new(self.company_id, users, **ask)
        try:
            seats.protect(self.company_id, self.service, self.pools[fact.pool], wanted, **ask)
        except seats.SeatsNotGranted as refused:
            self.records.append(
                r.SeatsRefused(self.clock.now(), fact.pool, fact.count, refused.reason)
            )
        else:
            self.records.append(r.SeatsGranted(self.clock.now(), fact.pool, fact.count))

    def _unprotect(self, fact: f.SeatsUnprotected, ask: dict[str, Any]) -> None:
        pool = self.pools[fact.pool]
        try:
            seats.unprotect_last(self.company_id, self.service, pool, fact.count, **ask)
        except seats.SeatsNotGranted as refused:
            self.records.append(
                r.SeatsRefused(self.clock.now(), fact.pool, fact.count, refused.reason)
            )
        else:
            self.records.append(r.SeatsReleased(self.clock.now(), fact.pool, fact.count))

    def read(self) -> list[r.Record]:
        """Read from the tables what was recorded, with the scenario's names."""
        names = {str(id_): name for name, id_ in self.pools.items()}
        mine = {"company_id": self.company_id, "service": self.service}
        found = list(self.records)
        for row in Transition.objects.filter(**mine):
            found.append(
                r.PhaseChanged(
                    row.at,
                    row.instance,
                    row.from_phase,  # type: ignore[arg-type]  # as the core wrote it
                    row.to_phase,  # type: ignore[arg-type]  # as the core wrote it
                    row.effective_at,
                    row.stay,
                )
            )
        for line in PoolLine.objects.filter(**mine):
            found.append(
                r.PoolChanged(
                    line.at,
                    line.instance,
                    names[str(line.pool_id)],
                    line.state,  # type: ignore[arg-type]  # as the core wrote it
                    line.effective_at,
                    line.units,
                    line.seats,
                    line.protected,
                )
            )
        for notice in Notice.objects.filter(**mine):
            found += _notice(notice, names)
        return found


def _notice(notice: Notice, names: dict[str, str]) -> Iterator[r.Record]:
    what: tuple[Any, int, int, str | None] = (
        notice.kind,
        notice.instance,
        notice.token,
        names.get(notice.subject),
    )
    told: dict[str, Any] = {
        "effective_at": notice.effective_at,
        "days": notice.days,
        "horizon_at": notice.horizon_at,
    }
    if notice.state == Notice.State.SKIPPED:
        yield r.NoticeSkipped(notice.at, *what, **told)
        return
    yield r.NoticeIssued(notice.at, *what, **told, due_at=notice.due_at)
    if notice.served_at is not None and notice.deadline_at is not None:
        by: Any = notice.served_by
        yield r.NoticeServed(notice.served_at, *what, by=by, deadline=notice.deadline_at)


def replay(scenario: Scenario) -> list[core_lines.Line]:
    """Take a scenario through the database that is open; give the lines that it printed.

    Other companies in the database are left alone only if they live on test clocks.
    """
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    facts = [fact for fact in facts if fact.at <= scenario.until]
    engine_works = Outages(scenario.engine_outages)
    mail_works = Outages(scenario.mail_outages)
    clock = SetClock(facts[0].at - 1 if facts else scenario.until)
    replayed = Replay(scenario, clock)
    replayed.prepare()

    def until_the_relay_works(_: int) -> int:
        """Stand for an engine that tries again every second."""
        now = clock.now() + 1
        return max(1, mail_works.up_from(now) - clock.now())

    with relay(clock, mail_works) as way:
        engine = Engine(clock, way, until_the_relay_works)
        i = 0
        while True:
            due = next_wakeup(clock)
            t = NEVER if due is None else engine_works.up_from(max(due, clock.now() + 1))
            if i < len(facts):
                t = min(t, facts[i].at)
            if t > scenario.until:
                break
            clock.move_to(t)
            while i < len(facts) and facts[i].at == t:
                replayed.do(facts[i])
                i += 1
            if engine_works.is_up(t):
                engine.run_until_idle()
    return core_lines.lines(replayed.read())
