"""A company with twenty protected people, and an engine whose relay answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from uuid import UUID

import pytest

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.delivery.relays import Answer
from tenure.engine.loop import Engine, next_wakeup
from tenure.services import catalogue, companies, licences, members, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Contact, Notice, Pool

ACCEPTED = Answer("accepted", "250 taken")


@dataclass
class FakeRelay:
    """Answers as it is told to, and keeps what it was given."""

    answers: dict[str, Answer] = field(default_factory=dict)
    default: Answer = ACCEPTED
    given: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def take(self, mail: EmailMessage, recipient: str) -> Answer:
        self.given.append((recipient, mail))
        return self.answers.get(recipient, self.default)

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass
class Life:
    """One company, the engine and the clock."""

    clock: SetClock
    relay: FakeRelay
    engine: Engine
    company: Company
    pool: UUID
    licence: UUID
    ends: int

    def live(self, until: int) -> None:
        """Let the engine run at every instant at which something is due."""
        while (due := next_wakeup(self.clock)) is not None and due <= until:
            self.clock.move_to(max(due, self.clock.now()))
            self.engine.run_until_idle()
            if due <= self.clock.now():
                self.clock.move_to(self.clock.now() + 1)
        self.clock.move_to(until)

    def notice(self, kind: str) -> Notice:
        return Notice.objects.get(company=self.company, kind=kind)


@pytest.fixture
def life(db: None, clock: SetClock) -> Life:
    catalogue.ensure_default()
    company = companies.create(
        name="Boulangerie Martin", clock=clock, who="test", time_zone="Europe/Paris"
    )
    for address, language in (("anne@example.org", "fr"), ("bob@example.org", "en")):
        companies.add_contact(
            company, address=address, role=Contact.Role.OWNER, name="A", language=language
        )
    pool = Pool.objects.get(company=company).id
    ends = clock.now() + 60 * DAY
    new = NewLicence(COS, 25, clock.now(), ends)
    licence = licences.add(company.id, new, clock=clock, who="test").id
    people = [
        members.add(company.id, user=f"u{i}@martin.test", clock=clock, who="test").id
        for i in range(20)
    ]
    seats.protect(company.id, COS, pool, people, clock=clock, who="test")
    relay = FakeRelay()
    return Life(clock, relay, Engine(clock, relay), company, pool, licence, ends)
