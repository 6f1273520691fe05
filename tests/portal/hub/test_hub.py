"""The Hub's list: what each kind of person finds there, in which order, and at what cost."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from io import StringIO
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.clock import SetClock
from tenure.portal.hub.companies import COLUMNS
from tenure.portal.shared.tables import instant
from tenure.services import accounts, catalogue, companies, memberships, overviews
from tenure.services.rights import OWNER, Rights, ScopeRights
from tenure.store.models import Account, Company, Person, Pool
from tests.portal.conftest import Town, person, signed_in

ROW = re.compile(
    r'<td>(?:<a class="main" href="([^"]+)">)?<bdi>([^<]+)</bdi>.*?'
    r'<span class="badge company-(\w+)"',
    re.DOTALL,
)


@dataclass
class World:
    """A provider with a division below it, a business beside it, and a stranger's company."""

    town: Town
    provider: Account = field(init=False)
    division: Account = field(init=False)
    business: Account = field(init=False)
    companies: dict[str, Company] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clock, owner = self.town.clock, person("owner@example.org")
        self.provider = accounts.open_msp("Lighthouse", owner, clock=clock)
        self.division = accounts.open_msp(
            "North", owner, clock=clock, parent_id=self.provider.id, by=owner
        )
        for situation, account in (
            ("active", self.provider),
            ("suspended", self.provider),
            ("grace", self.division),
        ):
            self.put(situation, f"{situation} customer", account)
        self.business = self.put("ends_soon", "Bakery").account
        self.put("short", "Stranger")

    def put(self, situation: str, name: str, account: Account | None = None) -> Company:
        company = self.town.put(situation, name)
        if account is not None:
            company.account = account
            company.save(update_fields=["account"])
        self.companies[name] = company
        return company

    def join(self, email: str, *rights: tuple[Account, Rights]) -> Client:
        who = person(email)
        for account, granted in rights:
            memberships.add(account, who, granted, clock=self.town.clock)
        return signed_in(who)


@pytest.fixture
def world(db: None, clock: SetClock) -> World:
    catalogue.ensure_default()
    return World(Town(clock))


def listed(client: Client, address: str = "/") -> list[tuple[str, str]]:
    """Give the names and statuses of the rows, in their order."""
    return [(name, status) for _, name, status in ROW.findall(_page(client, address))]


def _page(client: Client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_provider_finds_what_lies_in_its_account_and_below_the_worst_first(world: World) -> None:
    provider = world.join("tom@example.org", (world.provider, Rights("read", "read")))
    assert listed(provider) == [
        ("suspended customer", "suspended"),
        ("grace customer", "grace"),
        ("active customer", "active"),
    ]
    division = world.join("ina@example.org", (world.division, Rights("read", "read")))
    assert listed(division) == [("grace customer", "grace")]


def test_one_address_with_two_accounts_finds_all_in_one_list_each_by_its_account(
    world: World,
) -> None:
    """Hybrid: a business and an MSP account; every row leads into the account that it is of."""
    both = world.join("anne@example.org", (world.business, OWNER), (world.provider, OWNER))
    page = _page(both)
    assert [name for _, name, _ in ROW.findall(page)] == [
        "suspended customer",
        "grace customer",
        "Bakery",
        "active customer",
    ]
    ways = {name: UUID(address.split("/")[2]) for address, name, _ in ROW.findall(page)}
    assert ways["Bakery"] == world.business.id
    assert ways["grace customer"] == ways["active customer"] == world.provider.id
    for account, kind in ((world.business, "Business"), (world.provider, "MSP")):
        assert f'href="/a/{account.id}/"' in page
        assert f'{account.name}</bdi> <span class="kind">{kind}</span>' in page
    # Inside one account the other does not show.
    inside = f"/a/{world.provider.id}/"
    assert "Bakery" not in [name for name, _ in listed(both, inside)]
    company = world.companies["Bakery"]
    assert both.get(f"/a/{world.provider.id}/companies/{company.id}/").status_code == 404


def test_the_soonest_of_a_status_stands_first(world: World) -> None:
    later = world.put("ends_soon", "Later", world.provider)
    world.town.licence(later, 5, 25)
    sooner = world.put("ends_soon", "Sooner", world.provider)
    world.town.pass_days(sooner, 9)
    client = world.join("tom@example.org", (world.provider, OWNER))
    assert [name for name, _ in listed(client, "/?status=ends_soon")] == ["Sooner", "Later"]


def test_whoever_sees_one_site_finds_its_company_without_numbers(world: World) -> None:
    company = world.companies["Stranger"]
    lyon = Pool.objects.get(company=company, name="Lyon")
    site = ScopeRights(company.id, lyon.id, "read", "none")
    luc = world.join("luc@example.org", (company.account, Rights(scopes=(site,))))
    page = _page(luc)
    ((address, name, status),) = ROW.findall(page)
    assert (name, status) == ("Stranger", "active")
    assert address == f"/a/{company.account_id}/companies/{company.id}/sites/{lyon.id}/"
    assert "You see one of its sites." in page
    assert 'class="num wide">' not in page.partition("<tbody>")[2]
    assert "unit" not in page.partition("<tbody>")[2].lower(), "that may be another site's"


def test_an_operator_finds_every_company_by_the_operators_portal(world: World) -> None:
    olga = signed_in(person("olga@operator.test", is_operator=True))
    page = _page(olga)
    assert {name for _, name, _ in ROW.findall(page)} == set(world.companies)
    assert all(address.startswith("/operator/") for address, _, _ in ROW.findall(page))


def test_whoever_is_in_no_account_finds_none_and_what_to_do(world: World) -> None:
    stranger = signed_in(person("new@example.org"))
    page = _page(stranger)
    assert listed(stranger) == []
    assert "You are in no account yet" in page
    assert 'href="/accounts/open/"' in page


def test_search_and_filters_count_only_what_the_person_may_see(world: World) -> None:
    client = world.join("tom@example.org", (world.provider, OWNER))
    assert listed(client, "/?q=CUSTOMER&status=grace") == [("grace customer", "grace")]
    page = _page(client, "/?status=grace")
    assert "Show all 3" in page
    filters = page.partition('class="filters"')[2].partition("</nav>")[0]
    assert re.findall(r"(\w+) <span class=\"n\">(\d+)", filters)[0] == ("All", "3")
    assert "company-ends_soon" not in filters, "of the bakery, which is another's"
    assert listed(client, "/?q=Bakery") == []
    assert "No company fits" in _page(client, "/?q=Bakery")


def test_pages_go_on_and_cost_the_same(world: World) -> None:
    """The number of queries is that of a short list, however many companies there are."""
    client = world.join("tom@example.org", (world.provider, OWNER))

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    few = queries("/")
    for i in range(60):
        companies.create(
            name=f"Customer {i:02}", clock=world.town.clock, who="test", account=world.provider
        )
    assert queries("/") == queries("/?page=2") == few
    first, second = listed(client, "/?sort=name"), listed(client, "/?sort=name&page=2")
    assert (len(first), len(second)) == (50, 13)
    names = [name for name, _ in (*first, *second)]
    assert names == sorted(set(names))


def test_who_sees_a_company_is_the_same_in_the_list_and_at_its_door(world: World) -> None:
    """What the list's condition lets through is what the door opens, for everybody."""
    nobody = person("nobody@example.org")
    world.join("tom@example.org", (world.provider, Rights("read", "none")))
    world.join("ina@example.org", (world.division, Rights("none", "write")))
    shut = ScopeRights(world.companies["active customer"].id, None, "none", "none")
    world.join("eve@example.org", (world.provider, Rights("read", "read", scopes=(shut,))))
    for who in (nobody, *Person.objects.filter(memberships__isnull=False).distinct()):
        client = signed_in(who)
        found = {name for name, _ in listed(client)}
        for name, company in world.companies.items():
            ways = {world.provider.id, world.division.id, company.account_id}
            statuses = {client.get(f"/a/{way}/companies/{company.id}/").status_code for way in ways}
            assert (name in found) == (statuses != {404}), (who.email, name)


def table(client: Client, address: str = "/companies.csv") -> list[dict[str, str]]:
    """Give the rows of a list as CSV."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer["Content-Disposition"] == 'attachment; filename="companies.csv"'
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.parametrize("at_once", [500, 2])
def test_the_table_is_what_the_list_finds_in_its_order(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """For each order, filter and search, in the Hub, in an account and for an operator."""
    monkeypatch.setattr(overviews, "AT_ONCE", at_once)
    both = world.join("anne@example.org", (world.business, OWNER), (world.provider, OWNER))
    olga = signed_in(person("olga@operator.test", is_operator=True))
    orders = [f"{sign}{each}" for each in overviews.ORDERS for sign in ("", "-")]
    queries = [*(f"?sort={each}" for each in orders), "?status=grace", "?q=CUSTOMER", "?q=nobody"]
    queries += ["?status=nonsense&sort=nonsense", "?q=customer&status=active&page=7"]
    for client, prefix in ((both, "/"), (both, f"/a/{world.provider.id}/"), (olga, "/operator/")):
        for query in queries:
            rows = table(client, f"{prefix}companies.csv{query}")
            found = [(row["company"], row["status_code"]) for row in rows]
            assert found == listed(client, prefix + query), prefix + query
    assert 'href="/companies.csv?sort=name&amp;q=customer" download' in _page(
        both, "/?sort=name&q=customer&page=1"
    )


def test_the_table_says_what_the_list_says(world: World) -> None:
    """Statuses in the reader's language and as a word for programs; instants in UTC."""
    tom = world.join("tom@example.org", (world.provider, Rights("read", "read")))
    company = world.companies["grace customer"]
    Company.objects.filter(pk=company.pk).update(reference="=cmd()")
    rows = {row["company"]: row for row in table(tom)}
    assert tuple(rows["grace customer"]) == COLUMNS
    row = rows["grace customer"]
    until = company.instances.get().phase_until_at
    assert row["next_at"] and until
    assert row == {
        "company": "grace customer",
        "reference": "'=cmd()",
        "company_id": str(company.id),
        "account": "Lighthouse",
        "service": company.instances.get().service.name,
        "status": "Grace",
        "status_code": "grace",
        "next": "Protection ends",
        "next_at": instant(until),
        "seats": "4",
        "units": "0",
        "protected": "4",
        "sites": "",
    }
    Person.objects.update(language="fr")
    row = next(row for row in table(tom) if row["status_code"] == "grace")
    assert row["next"] == "La protection s’arrête"
    assert row["status"] != "Grace"


def test_the_table_tells_no_more_than_the_list_of_a_site_or_of_another_account(
    world: World,
) -> None:
    company = world.companies["Stranger"]
    lyon = Pool.objects.get(company=company, name="Lyon")
    site = ScopeRights(company.id, lyon.id, "read", "none")
    luc = world.join("luc@example.org", (company.account, Rights(scopes=(site,))))
    (row,) = table(luc)
    assert (row["company"], row["sites"]) == ("Stranger", "1")
    assert row["seats"] == row["units"] == row["protected"] == ""
    assert "unit" not in row["next"], "that may be another site's"
    new = signed_in(person("new@example.org"))
    assert table(new) == []
    assert new.get(f"/a/{world.provider.id}/companies.csv").status_code == 404
    nobody = Client(headers={"host": "localhost"}).get("/companies.csv")
    assert nobody.status_code == 302


def test_the_table_costs_the_same_for_few_and_for_many(world: World) -> None:
    client = world.join("tom@example.org", (world.provider, OWNER))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            table(client)
        return len(captured)

    queries()
    few = queries()
    for i in range(60):
        companies.create(
            name=f"Customer {i:02}", clock=world.town.clock, who="test", account=world.provider
        )
    assert queries() == few
    assert len(table(client)) == 63
