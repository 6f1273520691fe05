"""A fixed cast of people with known rights, and a stranger who must see nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tenure.clock import SetClock
from tenure.core.access import Level
from tenure.services import accounts, catalogue, companies, memberships
from tenure.services.access import place_of, viewer
from tenure.services.companies import NewPool
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Company, Membership, Person, Pool

START = 1_767_225_600
WRITE = Rights("write", "write")
READ = Rights("read", "read")


def person(name: str, *, is_operator: bool = False) -> Person:
    return Person.objects.create(
        email=f"{name}@example.org", name=name, created_at=START, is_operator=is_operator
    )


class Cast:
    """A provider with two customers, one of them with sites, and people with known rights."""

    def __init__(self) -> None:
        catalogue.ensure_default()
        self.clock = SetClock(START)
        self.anne, self.bruno, self.chloe, self.dan = map(person, ("anne", "bruno", "chloe", "dan"))
        self.stranger = person("stranger")
        self.account = accounts.open_msp("Nord Informatique", self.anne, clock=self.clock)
        self.martin = self.company("Boulangerie Martin", "Lyon", "Paris")
        self.garage = self.company("Garage Petit")
        self.lyon = Pool.objects.get(company=self.martin, name="Lyon").id

    def company(self, name: str, *sites: str) -> Company:
        return companies.create(
            name=name,
            clock=self.clock,
            who="test",
            account=self.account,
            pools=[NewPool(site) for site in sites],
        )

    def join(self, who: Person, rights: Rights) -> Membership:
        return memberships.add(self.account, who, rights, clock=self.clock)

    def change(self, who: Person, rights: Rights, by: Person, **more: Any) -> Membership:
        return memberships.change(self.account.id, who.id, rights, by=by, **more)

    def may(self, who: Person, company: Company, pool: UUID | None = None) -> tuple[Level, Level]:
        place = place_of(company, pool)
        own = viewer(who)
        return own.level(place, "portal"), own.level(place, "console")

    def only(self, company: Company, portal: Level, console: Level = "none") -> ScopeRights:
        return ScopeRights(company.id, None, portal, console)
