"""The lists of the Console as CSV, as they are shown, and the other companies page by page."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from tenure.services import members, protection
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence, add
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Company, Source
from tests.people import START, Cast
from tests.portal.conftest import WHO, Town, reverse
from tests.portal.console.test_members import group
from tests.portal.console.test_unseen import seen, watched
from tests.portal.hub.conftest import Browser

pytestmark = pytest.mark.django_db


def table(client: Client, name: str, company: Company, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse(name, args=[company.id]) + query)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_groups_are_those_of_the_search_with_sources_and_harmless_cells(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 4, 60)
    people = town.people(company, 3)
    sales = group(town, company, "=Sales", people[:2])
    group(town, company, "Night", [])
    source = Source.objects.create(company=company, name="Entra ID", kind="scim")
    by: dict[str, Any] = {"clock": town.clock, "who": WHO}
    protection.add_rule(company.id, COS, "group", sales, **by)
    members.add(company.id, user="eve", source="Entra ID", **by)
    rows = table(client, "console-groups-table", company)
    assert [(row["what"], row["name"], row["members"], row["rule"]) for row in rows] == [
        ("group", "'=Sales", "2", "yes"),
        ("group", "Night", "0", "no"),
        ("source", source.name, "1", "no"),
    ]
    found = table(client, "console-groups-table", company, "?q=night")
    assert [row["name"] for row in found if row["what"] == "group"] == ["Night"]


def test_rules_stand_in_their_order_with_what_they_bring_and_whom_they_leave_out(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 1, 60)
    people = town.people(company, 3)
    by: dict[str, Any] = {"clock": town.clock, "who": WHO}
    protection.add_rule(company.id, COS, "group", group(town, company, "A", people[:2]), **by)
    protection.add_rule(company.id, COS, "company", None, **by)
    protection.exclude(company.id, COS, "member", people[2:], **by)
    rows = table(client, "console-rules-table", company)
    said = [(row["what"], row["place"], row["kind"], row["protected"]) for row in rows]
    assert said == [
        ("rule", "1", "group", "1"),
        ("rule", "2", "company", "0"),
        ("left out", "", "member", ""),
    ]
    assert rows[0]["waiting"] == "1"
    assert rows[2]["name"] == "Person 2 (u00002@martin.test)"


def test_units_name_each_site_and_with_all_the_other_companies(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    town.licence(company, 4, 60)
    other = town.put("active", "Garage Lenoir")
    rows = table(client, "console-units-table", company)
    assert [(row["site"], row["units"], row["free"]) for row in rows] == [
        ("Lyon", "4", "4"),
        ("Paris", "0", "0"),
    ]
    rows = table(client, "console-units-table", company, "?all=1")
    assert (rows[2]["company"], rows[2]["used"]) == (other.name, "4")


def test_those_not_seen_announced_and_released_are_each_a_table(client: Client, town: Town) -> None:
    company = watched(town)

    def users(query: str) -> list[str]:
        return [row["user"] for row in table(client, "console-unseen-table", company, query)]

    ana, ben = "u00000@martin.test", "u00001@martin.test"
    assert set(users("?days=30")) == {ana, ben}
    change = reverse("console-change-unseen", args=[company.id])
    form = {"company": str(company.id), "do": "rule", "days": "30", "warning": "7", "sure": "1"}
    client.post(change, form)
    town.work()
    assert set(users("?show=announced")) == {ana, ben}
    town.pass_days(company, 5)
    seen(town, company, 0, 2)
    town.pass_days(company, 4)
    assert users("?show=released") == [ben]


def test_the_other_companies_come_page_by_page_and_only_those_that_are_open() -> None:
    cast = Cast()
    for i in range(27):
        cast.company(f"Company {i:02}")
    shut = cast.company("Shut")
    for company in Company.objects.all():
        new = NewLicence(COS, 1, START, START + 10_000 * 86_400)
        add(company.id, new, clock=cast.clock, who="test")
    closed = ScopeRights(shut.id, None, "read", "none")
    cast.join(cast.chloe, Rights("read", "read", scopes=(closed,)))
    browser = Browser(cast.chloe, cast.account)
    address = browser.to("console-licences", cast.martin.id)
    first = browser.get(f"{address}?all=1").content.decode()
    second = browser.get(f"{address}?all=1&page=2").content.decode()
    assert "28 companies" in first
    assert "Page 1 of 2" in first
    assert "Company 00" in first
    assert "Company 26" not in first
    assert "Company 26" in second
    assert "Company 00" not in second
    assert "Garage Petit" in second
    assert "Shut" not in first + second
    assert "Show all companies" in browser.get(address).content.decode()
