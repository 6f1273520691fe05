"""Who did what, on its page and as a table: whoever may read it reads all of it, and no more."""

from __future__ import annotations

import csv
import io
import json
import re
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.clock import SetClock
from tenure.core.actions import ACTIONS
from tenure.portal.hub import audit_table
from tenure.portal.hub.audit_words import sentences
from tenure.portal.shared.addresses import account_address, operator_address
from tenure.services import accounts, audit, audit_entries, clocks, companies, licences, members
from tenure.services.audit import Actor
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights
from tenure.store.models import Account, AuditEntry, AuditPerson, Person
from tests.people import READ, START, WRITE, Cast, person
from tests.portal.conftest import signed_in
from tests.portal.hub.conftest import Browser

NIGHT = START - 60
"""The last minute of 2025, in UTC: in Paris it is 2026."""


def acted(
    who: Person, action: str, *, at: int = START, account: Account | None = None, **more: object
) -> None:
    """Record something that somebody did in the portal, from somewhere."""
    actor = Actor(
        "portal",
        person=who.id,
        address=who.email,
        ip="192.0.2.7",
        account=None if account is None else account.id,
        clock=SetClock(at),
    )
    with audit.acting(actor):
        audit.record(action, account=account, **more)  # type: ignore[arg-type]


def look(who: Person, account: Account, query: str = "", status: int = 200) -> str:
    answer = signed_in(who).get(f"{account_address(account.id, 'audit')}{query}")
    assert answer.status_code == status, answer.content.decode()[-2000:]
    # As a reader sees it: without the marks.
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def table(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it is streamed
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# What the page says


def test_an_entry_says_who_from_where_what_before_and_now(town: Cast) -> None:
    Person.objects.filter(pk=town.anne.pk).update(name="Anne Martin")
    town.join(town.bruno, READ)
    actor = Actor("portal", town.anne.id, "anne@example.org", "192.0.2.7", town.account.id)
    with audit.acting(actor):
        town.change(town.bruno, Rights("write", "read"), town.anne)
    page = look(town.anne, town.account, "?topic=people&person=anne")
    assert "1 entry" in page
    assert "Anne Martin" in page
    assert "anne@example.org" in page
    assert "Portal · 192.0.2.7" in page
    assert "Rights of bruno in Nord Informatique changed" in page
    assert "membership.changed" in page
    assert re.search(r"Portal before: read → now: read and change", page)
    assert "Console before" not in page
    assert "Owner" not in page


def test_whoever_acts_for_a_customer_does_it_on_behalf_of_the_provider(town: Cast) -> None:
    acted(town.anne, "company.closed", account=town.account, company=town.martin)
    assert "on behalf of Nord Informatique" in look(town.anne, town.account)


def test_an_operator_acts_on_behalf_of_the_vendor(town: Cast) -> None:
    olga = person("olga", is_operator=True)
    new = {"company": str(town.martin.id), "sure": "0/0"}
    signed_in(olga).post(operator_address("close", town.martin.id), new)
    page = look(town.anne, town.account)
    assert "Company closed by its owner" in page
    assert "on behalf of the vendor" in page


def test_a_command_and_whoever_was_erased_have_a_name_too(town: Cast) -> None:
    with audit.acting(Actor("cli")):
        audit.record("company.closed", company=town.martin)
    acted(town.anne, "company.reopened", account=town.account, company=town.martin)
    AuditPerson.objects.filter(entry__action="company.reopened").delete()
    page = look(town.anne, town.account)
    assert "Command line" in page
    assert "erased" in page


def test_what_was_refused_says_so_with_its_code(town: Cast) -> None:
    town.join(town.bruno, READ)
    bruno = Browser(town.bruno, town.account)
    bruno.see("invite", status=403)
    bruno.see("close", town.martin.id, status=403)
    page = look(town.anne, town.account, "?result=refused")
    assert "2 entries" in page
    assert "Asked for something that their rights do not allow: invite" in page
    assert "Asked for something that their rights do not allow: close" in page
    assert "Refused" in page
    assert "forbidden" in page
    entry = AuditEntry.objects.get(object="page:close")
    assert (entry.chain, entry.account_id) == (str(town.martin.id), town.account.id)
    assert AuditEntry.objects.get(object="page:invite").chain == audit.INSTALLATION


def test_times_and_days_are_those_of_the_reader(town: Cast) -> None:
    Person.objects.filter(pk=town.anne.pk).update(time_zone="Europe/Paris")
    AuditEntry.objects.all().delete()
    acted(town.anne, "account.changed", account=town.account, at=NIGHT)
    page = look(town.anne, town.account)
    assert re.search(r"1 January( 2026)?, 00:59 \(Paris\)", page)  # this year's is not named
    for query, count in (
        ("?since=2026-01-01", 1),
        ("?until=2026-01-01", 1),
        ("?since=2026-01-01&until=2026-01-01", 1),
        ("?since=2026-01-02", 0),
        ("?until=2025-12-31", 0),
    ):
        page = look(town.anne, town.account, query)
        assert (f"{count} entr" in page) and (("Nothing fits" in page) == (count == 0))


def test_a_test_companys_own_clock_is_told_beside_the_real_one(town: Cast) -> None:
    clock = clocks.create("far", START + 400 * 86_400)
    company = companies.create(
        name="Essai", clock=town.clock, who="test", account=town.account, test_clock=clock
    )
    acted(town.anne, "company.closed", account=town.account, company=company, at=START)
    page = look(town.anne, town.account, f"?of={company.id}&until=2026-01-01")
    assert re.search("company’s clock: 5 February( 2027)?,", page)
    assert "1 entry" in page


def test_every_action_has_a_sentence(town: Cast) -> None:
    counted = {"licence.added", "licence.resized", "seats.protected", "seats.unprotected"}
    assert set(sentences()) | counted == set(ACTIONS)
    AuditEntry.objects.all().delete()
    for action in ACTIONS:
        acted(town.anne, action, account=town.account)
    with_marks = signed_in(town.anne).get(account_address(town.account.id, "audit"))
    lines = with_marks.context["lines"]
    assert len(lines) == min(len(ACTIONS), audit_entries.PAGE)
    assert not any(line.what == line.entry.action for line in lines)


# Filters


def test_what_was_typed_stays(town: Cast) -> None:
    query = "?person=anne&about=Mar%22tin&topic=people&since=2026-01-01&until=x&result=refused"
    answer = signed_in(town.anne).get(f"{account_address(town.account.id, 'audit')}{query}")
    assert answer.status_code == 422
    page = answer.content.decode()
    for typed in ('value="anne"', 'value="Mar&quot;tin"', 'value="2026-01-01"', 'value="x"'):
        assert typed in page
    assert '<option value="people" selected>' in page
    assert '<option value="refused" selected>' in page
    assert "This is not a day" in page


@pytest.mark.parametrize(
    "query",
    ["?until=2025-01-01&since=2025-01-02", "?since=0001-01-01", "?topic=x", "?result=x", "?of=x"],
)
def test_nonsense_is_named_and_finds_nothing(town: Cast, query: str) -> None:
    page = look(town.anne, town.account, query, status=422)
    assert "entries" not in page
    address = f"{account_address(town.account.id, 'audit-table')}{query}"
    table = signed_in(town.anne).get(address)
    assert table.status_code == 422
    said = table.content.decode().splitlines()
    assert len(said) == 2 and " – " in said[1], "which field, and why"


def test_a_companys_page_leads_to_its_own_entries(town: Cast) -> None:
    acted(town.anne, "company.closed", account=town.account, company=town.martin)
    acted(town.anne, "company.reopened", account=town.account, company=town.garage)
    page = Browser(town.anne, town.account).see("history", town.martin.id)
    found = re.search(r'href="(/a/[^"]+/audit/\?of=[^"]+)"', page)
    assert found
    own = signed_in(town.anne).get(found[1]).content.decode()
    assert "company.closed" in own
    assert "company.reopened" not in own
    assert "Show all companies" in own


def test_who_may_not_see_a_company_does_not_find_it(town: Cast) -> None:
    town.join(town.bruno, Rights("write", "none", (town.only(town.garage, "none"),)))
    page = look(town.bruno, town.account, f"?of={town.garage.id}")
    assert "Nothing fits" in page
    assert "Garage" not in page
    town.join(town.chloe, Rights("none", "none", (town.only(town.garage, "read"),)))
    page = look(town.bruno, town.account, "?person=chloe")
    assert "Otherwise for" not in page or "Garage" not in page


def test_the_link_is_there_for_whoever_may_read_it(town: Cast) -> None:
    town.join(town.bruno, READ)
    town.join(town.chloe, WRITE)
    town.join(town.dan, Rights("read", "none", (town.only(town.garage, "write"),)))
    for who, is_there in ((town.bruno, False), (town.chloe, True), (town.dan, True)):
        assert ("/audit/" in Browser(who, town.account).see("people")) is is_there


def test_an_account_below_that_asks_for_more_is_left_out(town: Cast) -> None:
    below = accounts.open_msp(
        "Sud", person("sud"), clock=town.clock, parent_id=town.account.id, by=town.anne
    )
    acted(town.anne, "account.changed", account=below)
    assert "Settings of Sud changed" in look(town.anne, town.account)
    Account.objects.filter(pk=below.pk).update(two_factors=True)
    assert "Settings of Sud changed" not in look(town.anne, town.account)


def test_sign_ins_are_for_operators(town: Cast) -> None:
    acted(town.anne, "person.signed_in", object=str(town.anne.id))
    assert "person.signed_in" not in look(town.anne, town.account)
    olga = signed_in(person("olga", is_operator=True))
    page = olga.get(operator_address("audit")).content.decode()
    assert "person.signed_in" in page
    assert "anne signed in" in page


# Pages and the table


def test_pages_lead_to_older_entries_and_back(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_entries, "PAGE", 2)
    AuditEntry.objects.all().delete()
    for i in range(5):
        acted(town.anne, "account.changed", account=town.account, new={"name": f"Name{i}"})
    client, address = signed_in(town.anne), account_address(town.account.id, "audit")
    seen: list[list[str]] = []
    query = "?topic=account"
    for _ in range(3):
        page = client.get(f"{address}{query}").content.decode()
        assert "5 entries" in page
        seen.append(re.findall(r"Name\d", page))
        older = re.search(r'href="([^"]+older=[^"]+)"', page)
        query = older[1].replace("&amp;", "&") if older else ""
        assert "topic=account" in query or not query
    assert seen == [["Name4", "Name3"], ["Name2", "Name1"], ["Name0"]]
    newer = re.search(r'href="([^"]+newer=[^"]+)"', page)
    assert newer
    back = client.get(address + newer[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r"Name\d", back) == ["Name2", "Name1"]


def test_the_number_of_queries_does_not_grow(town: Cast) -> None:
    client, address = signed_in(town.anne), account_address(town.account.id, "audit")

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            page = client.get(address).content.decode()
        assert "licence.added" in page
        return len(found)

    def add(first: int, count: int) -> None:
        for i in range(first, first + count):
            new = NewLicence(COS, 5, START, START + 86_400)
            licences.add(town.martin.id, new, clock=town.clock, who="test")
            members.add(town.garage.id, user=f"u{i}@garage.test", clock=town.clock, who="test")
            acted(person(f"p{i}"), "account.changed", account=town.account, at=1 << 31)

    add(0, 1)
    queries()
    few = queries()
    add(1, 20)
    assert queries() == few


def test_the_table_has_what_the_filter_leaves_in_every_column(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_table, "AT_ONCE", 2)
    Person.objects.filter(pk=town.anne.pk).update(time_zone="Europe/Paris", name="Anne")
    town.anne.refresh_from_db()
    for units in range(5):
        acted(
            town.anne,
            "licence.resized",
            account=town.account,
            company=town.martin,
            old={"units": units},
            new={"units": units + 1},
            personal={"because": "é"},
        )
    address = f"{account_address(town.account.id, 'audit-table')}?topic=licences&person=anne"
    rows = table(signed_in(town.anne), address)
    assert [json.loads(row["new"])["units"] for row in rows] == [5, 4, 3, 2, 1]
    row = rows[0]
    assert tuple(row) == audit_table.COLUMNS
    entry = AuditEntry.objects.get(hash=row["hash"])
    assert UUID(row["person_id"]) == town.anne.id
    assert row == {
        "when": "2026-01-01T01:00:00+01:00",
        "recorded_at": "2026-01-01T00:00:00Z",
        "company_clock": "2026-01-01T00:00:00Z",
        "who": "Anne",
        "address": "anne@example.org",
        "person_id": str(town.anne.id),
        "door": "portal",
        "ip": "192.0.2.7",
        "on_behalf_of": "Nord Informatique",
        "account": "Nord Informatique",
        "account_id": str(town.account.id),
        "company": "Boulangerie Martin",
        "company_id": str(town.martin.id),
        "action": "licence.resized",
        "what": "Licence … resized to 5 units",
        "object": "",
        "old": '{"units": 4}',
        "new": '{"units": 5}',
        "about_people": '{"because": "é"}',
        "result": "done",
        "chain": str(town.martin.id),
        "seq": str(entry.seq),
        "hash": entry.hash,
    }


def test_no_cell_of_the_table_is_run_as_a_formula(town: Cast) -> None:
    evil = '=HYPERLINK("https://evil.test";"x")'
    Person.objects.filter(pk=town.anne.pk).update(name=evil)
    for text in (evil, "+1", "-1", "@x", "\t=1", "\uff1d1"):
        acted(town.anne, "account.changed", account=town.account, object=text)
    rows = table(signed_in(town.anne), account_address(town.account.id, "audit-table"))
    cells = [cell for row in rows for cell in row.values()]
    assert any(evil in cell for cell in cells)
    assert not [cell for cell in cells if cell and cell[0] in "=+-@\t\r\uff1d\uff0b\uff0d\uff20"]


def test_the_table_is_in_the_readers_language_whoever_asks_meanwhile(town: Cast) -> None:
    Person.objects.filter(pk=town.anne.pk).update(language="fr")
    town.join(town.bruno, WRITE)
    anne, bruno = signed_in(town.anne), signed_in(town.bruno)
    address = account_address(town.account.id, "audit-table")
    answer = anne.get(address)
    bruno.get(address)  # in English, before Anne's table is read
    said = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "ajoutée" in said or "Compte ouvert" in said
    assert "Account opened" not in said
