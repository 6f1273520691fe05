"""Companies in every phase, each on a test clock, made by the services and the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.loop import Engine
from tenure.portal.shared.addresses import hub_address, operator_address
from tenure.services import catalogue, clocks, companies, instances, licences, members, seats
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Contact, Licence, Person, Pool, TestClock

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


def person(email: str, *, language: str = "en", is_operator: bool = False) -> Person:
    """Make somebody who can sign in; their zone is that of the companies."""
    return Person.objects.create(
        email=email,
        name=email.partition("@")[0].title(),
        language=language,
        time_zone="Europe/Paris",
        is_operator=is_operator,
        created_at=0,
    )


def signed_in(who: Person, **more: Any) -> Client:
    """Give a browser in which somebody has signed in."""
    found = Client(headers=HERE, **more)
    found.force_login(who)
    return found


def sign_in(context: BrowserContext, live_server: LiveServer, language: str = "en") -> None:
    """Sign an operator in to a real browser, by the cookie of a session."""
    found = Person.objects.filter(email="olga@operator.test").first()
    who = found or person("olga@operator.test", is_operator=True)
    Person.objects.filter(pk=who.pk).update(language=language)
    session = signed_in(who).cookies[settings.SESSION_COOKIE_NAME].value
    here = f"http://localhost:{live_server.thread.port}"
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": here}])


def speak(client: Client, language: str) -> None:
    """Let whoever has signed in read another language."""
    Person.objects.filter(pk=client.session["_auth_user_id"]).update(language=language)


def reverse(name: str, args: Sequence[object] = ()) -> str:
    """Give the address of a page in the operator's portal, or of one that lies in none."""
    if name in OUTSIDE:
        return hub_address(name, *args)
    return operator_address(name, *args)


OUTSIDE = {
    "outbox",
    "outbox-table",
    "mail",
    "letter",
    "set_language",
    "move-clock",
    "healthz",
    "profile",
}
"""Pages that lie in no account."""


@pytest.fixture
def operator(db: None) -> Person:
    """Somebody who works for the vendor."""
    return person("olga@operator.test", is_operator=True)


@pytest.fixture
def client(operator: Person) -> Client:
    """A browser on this machine, in which an operator has signed in."""
    return signed_in(operator)


@pytest.fixture
def demo(settings: Settings) -> None:
    """Demo mode."""
    settings.DEMO = True
