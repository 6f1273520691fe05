"""Companies in every phase, each on a test clock, made by the services and the engine."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.loop import Engine
from tenure.services import catalogue, clocks, companies, instances, licences, members, seats
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Contact, Licence, Pool, TestClock

WHO = "test"
MONTH = 30 * DAY

PHASES = (
    "pending",
    "trial",
    "active",
    "ends_soon",
    "short",
    "grace",
    "suspended",
    "warned",
    "closed",
    "deleted",
)
"""The situations in which a company can be put."""


@dataclass
class Town:
    """Makes companies and lets their time pass."""

    clock: SetClock

    def company(
        self,
        name: str = "Boulangerie Martin",
        *,
        reference: str | None = None,
        sites: tuple[str, ...] = (),
    ) -> Company:
        """Open a company on a clock of its own, with an owner."""
        company = companies.create(
            name=name,
            reference=reference,
            clock=self.clock,
            who=WHO,
            time_zone="Europe/Paris",
            pools=[NewPool(site) for site in sites],
            test_clock=clocks.create(name[:100], self.clock.now()),
        )
        companies.add_contact(
            company,
            address="anne@example.org",
            role=Contact.Role.OWNER,
            name="Anne Martin",
            language="fr",
        )
        return company

    def now(self, company: Company) -> int:
        return TestClock.objects.get(company=company).now_at

    def licence(
        self, company: Company, units: int, days: int, kind: str = "full", pool: UUID | None = None
    ) -> Licence:
        """Add a licence from now on, for so many days."""
        now = self.now(company)
        new = NewLicence(
            COS,
            units,
            now,
            now + days * DAY,
            kind,  # type: ignore[arg-type]  # a kind
            {} if pool is None else {pool: units},
        )
        return licences.add(company.id, new, clock=self.clock, who=WHO)

    def people(self, company: Company, count: int, protected: int = 0) -> list[UUID]:
        """Add members to the company's own pool and protect the first of them."""
        pool = Pool.objects.get(company=company, position=0).id
        found = [
            members.add(
                company.id,
                user=f"u{i:05}@martin.test",
                name=f"Person {i}",
                clock=self.clock,
                who=WHO,
            ).id
            for i in range(count)
        ]
        if protected:
            seats.protect(company.id, COS, pool, found[:protected], clock=self.clock, who=WHO)
        return found

    def pass_days(self, company: Company, days: float) -> None:
        """Let the engine take the company's clock forwards."""
        self.work()
        assert company.clock_id is not None
        clocks.move(company.clock_id, self.now(company) + int(days * DAY))
        self.work()

    def leap(self, company: Company, days: float) -> None:
        """Put the company's clock forwards while the engine is down."""
        later = self.now(company) + int(days * DAY)
        TestClock.objects.filter(company=company).update(now_at=later)

    def clock_of(self, company: Company) -> TestClock:
        return TestClock.objects.get(company=company)

    def work(self) -> None:
        """Let the engine do what is due."""
        Engine(self.clock, None).run_until_idle()

    def put(self, situation: str, name: str = "Boulangerie Martin") -> Company:
        """Make a company and take it into a situation of ``PHASES``."""
        sites = ("Lyon", "Paris") if situation == "short" else ()
        company = self.company(name, sites=sites)
        if situation == "pending":
            return company
        if situation == "short":
            lyon = Pool.objects.get(company=company, position=0).id
            self.licence(company, 5, 90, pool=Pool.objects.get(company=company, position=1).id)
            self.licence(company, 3, 5, pool=lyon)
            self.people(company, 4, 3)
            self.pass_days(company, 6)
            return company
        self.licence(company, 5, 60, "trial" if situation == "trial" else "full")
        self.people(company, 6, 4)
        days = {"ends_soon": 40, "grace": 65, "suspended": 80, "warned": 92, "deleted": 110}
        if situation == "closed":
            instances.close(company.id, clock=self.clock, who=WHO)
        if situation in days:
            self.pass_days(company, days[situation])
        self.work()
        return company


@pytest.fixture
def town(db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


HERE = {"host": "localhost"}
"""What a browser on this machine sends."""


@pytest.fixture
def client() -> Client:
    """A browser on this machine."""
    return Client(headers=HERE)


@pytest.fixture
def demo(settings: Settings) -> None:
    """Demo mode."""
    settings.DEMO = True
