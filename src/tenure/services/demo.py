"""Companies and people to try Tenure with: test companies in every phase, each with its own clock.

The people have one password, which is printed; it is good in demo mode alone. The engine takes
the companies where they are to stand, so that their notices, deliveries and transitions are as
real as any. Their days are those of their own time zones, so that licences end at midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings

from tenure.clock import Clock
from tenure.core.facts import Kind
from tenure.services import (
    clocks,
    companies,
    instances,
    keys,
    licences,
    members,
    memberships,
    seats,
)
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.keys import NewKey
from tenure.services.licences import NewLicence
from tenure.services.rights import OWNER, Rights, ScopeRights
from tenure.store.models import Account, Company, Contact, Person, Pool

WHO = "demo"

MORNING = 9 * 3600
"""Seconds after midnight at which the companies' clocks stand at first."""


@dataclass(frozen=True, slots=True)
class Demo:
    """One company: its licences end after ``ends`` days of a life that is ``age`` days long."""

    name: str
    time_zone: str
    language: str
    units: int
    people: int
    age: int
    ends: int | None
    kind: Kind = "full"
    sites: tuple[str, ...] = ()
    second_ends: int | None = None
    closes: bool = False
    provider: str = ""
    """The account of the provider that looks after it; without one it has its own."""


COMPANIES = (
    Demo("Boulangerie Martin", "Europe/Paris", "fr", 25, 20, age=30, ends=120),
    Demo(
        "Northwind Dental",
        "America/New_York",
        "en",
        12,
        12,
        age=100,
        ends=110,
        kind="trial",
        provider="Lighthouse Partners",
    ),
    Demo("Atelier Lumière", "Europe/Paris", "fr", 10, 8, age=100, ends=96, provider="Phare Nord"),
    Demo("Harbour & Sons", "Europe/London", "en", 8, 8, age=100, ends=70, provider="Phare Nord"),
    Demo("Kiwi Surveyors", "Pacific/Auckland", "en", 6, 5, age=100, ends=40),
    Demo("Société Ancienne", "Europe/Paris", "fr", 5, 5, age=100, ends=30),
    Demo(
        "Deux Rives",
        "Europe/Brussels",
        "fr",
        40,
        34,
        age=100,
        ends=300,
        sites=("Rive gauche", "Rive droite"),
        second_ends=95,
    ),
    Demo("Quiet Harbour Club", "UTC", "en", 10, 7, age=10, ends=None, closes=True),
    Demo("Newcomer Studio", "Europe/Madrid", "en", 0, 3, age=1, ends=None),
)


KEYS = (
    NewKey(COS, 20, days=365, is_test=True),
    NewKey(COS, 50, days=365, is_test=True),
    NewKey(COS, 10, "subscription", is_test=True),
    NewKey(COS, 30, days=365, address="buyer@example.org", is_test=True),
)
"""Keys to try: the last was sold to somebody, who is asked first by a mail."""

PROVIDERS = (("Lighthouse Partners", ""), ("Phare Nord", "Lighthouse Partners"))
"""The accounts of providers, each with the one above it."""

PASSWORD = "try tenure today"  # noqa: S105 - printed, and good in demo mode alone
"""The password of everybody in the demo."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody as whom the demo can be tried: what they are, and in which accounts.

    ``site`` is of the company ``at``, whose rights end there.
    """

    address: str
    name: str
    does: str
    language: str = "en"
    time_zone: str = "Europe/London"
    is_operator: bool = False
    owns: tuple[str, ...] = ()
    works_at: tuple[str, ...] = ()
    at: str = ""
    site: str = ""


PEOPLE = (
    DemoPerson("operator@example.org", "Olga Lind", "operator: every company", is_operator=True),
    DemoPerson(
        "boulangerie@example.org",
        "Anne Martin",
        "owner of Boulangerie Martin, in French",
        "fr",
        "Europe/Paris",
        owns=("Boulangerie Martin",),
    ),
    DemoPerson(
        "technician@example.org",
        "Tom Weaver",
        "technician of a provider with three companies",
        works_at=("Lighthouse Partners",),
    ),
    DemoPerson(
        "quiet@example.org",
        "Hana Novak",
        "owner of the provider and of Quiet Harbour Club",
        owns=("Lighthouse Partners", "Phare Nord", "Quiet Harbour Club"),
    ),
    DemoPerson(
        "luc@example.org",
        "Luc Peeters",
        "one site of Deux Rives, in French",
        "fr",
        "Europe/Brussels",
        at="Deux Rives",
        site="Rive droite",
    ),
)


def make(clock: Clock) -> None:
    """Make the demo's companies and send their clocks to today; the engine takes them there.

    The people come with them in demo mode alone, as everybody knows their password.
    """
    providers: dict[str, Account] = {}
    for name, above in PROVIDERS:
        providers[name] = Account.objects.create(
            kind=Account.Kind.MSP,
            name=name,
            parent=providers.get(above),
            palette=len(providers) + 2,
            created_at=clock.now(),
        )
    for demo in COMPANIES:
        _make(demo, clock, providers.get(demo.provider))
    for new in KEYS:
        keys.issue(new, clock=clock, who=WHO)
    if settings.DEMO:
        for person in PEOPLE:
            _settle(person, clock)


def _settle(demo: DemoPerson, clock: Clock) -> None:
    person = Person(
        email=demo.address,
        name=demo.name,
        language=demo.language,
        time_zone=demo.time_zone,
        is_operator=demo.is_operator,
        created_at=clock.now(),
    )
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=demo.address, primary=True, verified=True)
    everything = Rights("write", "write")
    for rights, names in ((OWNER, demo.owns), (everything, demo.works_at)):
        for name in names:
            memberships.add(Account.objects.get(name=name), person, rights, clock=clock)
    if demo.at:
        pool = Pool.objects.select_related("company__account").get(
            company__name=demo.at, name=demo.site
        )
        there = ScopeRights(pool.company_id, pool.id, "write", "write")
        rights = Rights(scopes=(there,))
        memberships.add(pool.company.account, person, rights, clock=clock)


def _make(demo: Demo, clock: Clock, provider: Account | None) -> None:
    today = datetime.fromtimestamp(clock.now(), ZoneInfo(demo.time_zone)).date()
    first_day = today - timedelta(days=demo.age)
    began = _midnight(first_day, 0, demo)
    own = clocks.create(demo.name, began)
    company = companies.create(
        name=demo.name,
        clock=clock,
        who=WHO,
        time_zone=demo.time_zone,
        pools=[NewPool(site, site.lower()) for site in demo.sites] or [NewPool(demo.name)],
        test_clock=own,
        account=provider,
    )
    address = demo.name.split()[0].lower().encode("ascii", "ignore").decode() or "owner"
    companies.add_contact(
        company,
        address=f"{address}@example.org",
        role=Contact.Role.OWNER,
        name="",
        language=demo.language,
    )
    pools = list(Pool.objects.filter(company=company).order_by("position"))
    people = [_member(company, address, i, clock) for i in range(demo.people)]
    if demo.units:
        ends = None if demo.ends is None else _midnight(first_day, demo.ends, demo)
        kind: Kind = "subscription" if ends is None else demo.kind
        first = NewLicence(COS, demo.units, began, ends, kind, label="COS-2026-01")
        _add(company, first, clock)
        if demo.second_ends is not None:
            second = NewLicence(
                COS,
                demo.units // 2,
                began,
                _midnight(first_day, demo.second_ends, demo),
                placements={pools[-1].id: demo.units // 2},
                label="COS-2026-02",
            )
            _add(company, second, clock)
        share = len(people) // len(pools)
        for i, pool in enumerate(pools):
            mine = people[i * share : (i + 1) * share]
            count = min(len(mine), demo.units if len(pools) == 1 else demo.units // 2)
            seats.protect(company.id, COS, pool.id, mine[:count], clock=clock, who=WHO)
    if demo.closes:
        instances.close(company.id, clock=clock, who=WHO)
    clocks.move(own.id, _midnight(today, 0, demo) + MORNING)


def _midnight(day: date, later: int, demo: Demo) -> int:
    """Give the midnight at the start of a day, or so many days later, in the company's zone."""
    there = ZoneInfo(demo.time_zone)
    return int(datetime.combine(day + timedelta(days=later), time(), there).timestamp())


def _member(company: Company, address: str, i: int, clock: Clock) -> UUID:
    user = f"user{i + 1:02}@{address}.example.org"
    return members.add(company.id, user=user, name=f"User {i + 1}", clock=clock, who=WHO).id


def _add(company: Company, new: NewLicence, clock: Clock) -> None:
    licences.add(company.id, new, clock=clock, who=WHO)
