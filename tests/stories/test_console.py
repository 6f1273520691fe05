"""The Console in a browser without scripts: a directory's people, from the first to the receipt."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from django.db.models import Model
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.cli.main import cli
from tenure.clock import SetClock, WallClock
from tenure.services import catalogue, tokens
from tenure.store import keys
from tenure.store.models import (
    Alias,
    Claim,
    Company,
    Exclusion,
    Group,
    GroupIdentity,
    GroupMember,
    Identity,
    IdentityMail,
    Member,
    Rule,
    Seat,
    Source,
)
from tests.portal.conftest import Town, reverse, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]

KEPT: tuple[type[Model], ...] = (
    *(Source, Member, Alias, Identity, IdentityMail, Group, GroupMember, GroupIdentity),
    *(Rule, Exclusion, Seat, Claim),
)
"""All that the Console knows of a company."""

SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


@pytest.fixture
def demo(settings: Settings) -> None:
    """Demo mode: the company lives by a clock of its own."""
    settings.DEMO = True


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, town: Town) -> Iterator[Page]:
    """A browser that runs no script, in which an operator has signed in."""
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", base_url=f"http://localhost:{port(live_server)}"
    )
    sign_in(context, live_server)
    yield context.new_page()
    context.close()


def port(live_server: LiveServer) -> int:
    return live_server.thread.port or 0


class Directory:
    """A directory that brings its people to the running server, over the network."""

    def __init__(self, live_server: LiveServer, company: Company) -> None:
        made = tokens.add_scim(company.id, "Entra ID", clock=WallClock(), who="test")
        self._port = port(live_server)
        self._below = f"/scim/v2/{company.id}/"
        self._headers = {
            "host": f"localhost:{self._port}",
            "authorization": f"Bearer {made.secret}",
            "content-type": "application/scim+json",
        }

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, self._below + path, content, self._headers)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(said) if said else None

    def bring(self, *names: str) -> list[str]:
        """Bring users, many in one request; give their ids."""
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": name, "data": self._user(name)}
            for name in names
        ]
        body = {"schemas": [f"{MESSAGE}BulkRequest"], "Operations": operations}
        status, said = self.ask("POST", "Bulk", body)
        assert status == 200
        assert {each["status"] for each in said["Operations"]} == {"201"}
        return [each["location"].rpartition("/")[2] for each in said["Operations"]]

    @staticmethod
    def _user(name: str) -> dict[str, Any]:
        mail = f"{name}@martin.test"
        return {
            "schemas": [f"{SCHEMA}User"],
            "userName": mail,
            "externalId": name,
            "displayName": name.title(),
            "emails": [{"value": mail, "type": "work", "primary": True}],
        }

    def group(self, name: str, users: list[str]) -> str:
        members = [{"value": user} for user in users]
        body = {"schemas": [f"{SCHEMA}Group"], "displayName": name, "members": members}
        status, said = self.ask("POST", "Groups", body)
        assert status == 201
        return str(said["id"])

    def add(self, group: str, user: str) -> int:
        operation = {"op": "add", "path": "members", "value": [{"value": user}]}
        body = {"schemas": [f"{MESSAGE}PatchOp"], "Operations": [operation]}
        return self.ask("PATCH", f"Groups/{group}", body)[0]


class Visit:
    """Somebody at the Console of a company."""

    def __init__(self, page: Page, company: Company) -> None:
        self.page = page
        self.company = company

    def go(self, name: str, query: str = "") -> int:
        answer = self.page.goto(f"{reverse(name, args=[self.company.id])}{query}")
        assert answer is not None
        return answer.status

    def says(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def leave_out(self, user: str) -> None:
        self.go("console-rules")
        self.page.fill("#user", user)
        self.page.click("text=Leave out…")
        self.page.click("text=Do it")

    def found(self, shown: str) -> int:
        """Give how many members are shown so."""
        assert self.go("console", f"?show={shown}") == 200
        return int(self.page.locator("p.count").inner_text().split()[0])

    def users(self) -> set[str]:
        return {text.strip() for text in self.page.locator("tbody td .main").all_inner_texts()}

    def download(self, text: str) -> Path:
        with self.page.expect_download() as waiting:
            self.page.click(f"text={text}")
        return waiting.value.path()


def kept(company: Company) -> Counter[tuple[Any, ...]]:
    """Everything that a suspension must bring back as it was: each row, with each value."""
    found: Counter[tuple[Any, ...]] = Counter()
    for model in KEPT:
        names = [each.attname for each in model._meta.concrete_fields]
        rows = model._default_manager.filter(company=company).values(*names)
        found.update((model.__name__, repr(sorted(row.items()))) for row in rows)
    return found


def of(rows: Counter[tuple[Any, ...]]) -> Counter[str]:
    """Give how many rows there are of each table."""
    return Counter(model for model, _ in rows.elements())


def test_from_the_directorys_first_sync_through_suspension_to_the_last_rule_restored(
    page: Page, live_server: LiveServer, town: Town
) -> None:
    """A group is protected but for two, units run short, and all of it lives through the end."""
    company = town.company()
    town.licence(company, 290, 60)
    town.work()
    visit, directory = Visit(page, company), Directory(live_server, company)

    users = directory.bring(*(f"p{i:03}" for i in range(300)))
    staff = directory.group("Staff", users)
    assert visit.found("unprotected") == 300

    visit.leave_out("p000@martin.test")
    visit.leave_out("p001@martin.test")
    page.select_option("#for", label="Staff")
    page.click("text=Look at what it brings…")
    visit.says("290 members would be protected", "8 members would wait: the units do not suffice")
    page.click("text=Do it")
    visit.says("The rule holds.")

    page.click("text=Who waits")
    assert visit.users() == {f"P{i}" for i in range(292, 300)}
    visit.says("Waits for a free unit since", "By the rule for the group Staff.")
    assert visit.found("unprotected") == 2
    assert visit.users() == {"P000", "P001"}
    visit.says("Excluded from the rules.")
    before = kept(company)
    assert (of(before)["Seat"], of(before)["Claim"], of(before)["Exclusion"]) == (290, 8, 2)

    town.pass_days(company, 61)
    assert visit.found("warning") == 290

    town.pass_days(company, 15)
    assert visit.go("console-rules") == 423
    assert visit.go("console") == 423
    visit.says(
        "The Console is shut, and everything is kept",
        "Everything is kept at least until Wednesday 15 April 2026",
        "a new licence brings everything back as it was",
    )
    page.click("footer button[value=fr]")
    assert visit.go("console") == 423
    visit.says("La Console est fermée, et tout est conservé", "mercredi 15 avril 2026")
    page.click("footer button[value=en]")

    assert kept(company) == before
    (late,) = directory.bring("late")
    assert directory.add(staff, late) == 200
    assert directory.ask("GET", f"Users/{late}")[1]["groups"][0]["value"] == staff
    assert Seat.objects.filter(company=company).count() == 290, "recorded, and not granted"

    visit.go("console")
    page.click("text=Take the data along")
    page.click("text=Pack the data")
    visit.says("The data is being packed. We write to olga@operator.test")
    town.work()
    page.reload()
    with ZipFile(visit.download("Fetch the file")) as file:
        assert len(json.loads(file.read("json/members.json"))) == 301
        assert len(json.loads(file.read("json/exclusions.json"))) == 2

    town.licence(company, 290, 60)
    town.work()
    assert visit.found("pending") == 9
    assert visit.found("auto_protected") == 290
    after = kept(company)
    gone, new = before - after, after - before
    # What the directory said meanwhile: a user in the group, who now waits with the others.
    assert of(gone) == {"Group": 1}
    assert of(new) == {
        **dict.fromkeys(("Member", "Identity", "IdentityMail", "Claim"), 1),
        **dict.fromkeys(("Group", "GroupMember", "GroupIdentity"), 1),
    }
    town.licence(company, 20, 60)
    assert visit.found("auto_protected") == 299
    assert visit.found("pending") == 0
    visit.go("console-rules")
    visit.says("Staff", "p000@martin.test", "p001@martin.test")


def test_a_deletion_leaves_a_receipt_that_holds_and_ends_the_directory(
    page: Page,
    live_server: LiveServer,
    town: Town,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The receipt is fetched from the page and checked on another machine by the published keys."""
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "here"))
    settings.KEYS = keys.ensure(tmp_path / "here")
    company = town.company()
    town.licence(company, 5, 60)
    visit, directory = Visit(page, company), Directory(live_server, company)
    directory.group("Staff", directory.bring("zoe", "yves"))
    visit.go("console-rules")
    page.select_option("#for", label="Staff")
    page.click("text=Look at what it brings…")
    page.click("text=Do it")
    assert visit.found("auto_protected") == 2

    for days in (61, 15, 30):
        town.pass_days(company, days)
    assert visit.go("console") == 423
    visit.says("The Console is gone: everything was deleted")
    assert sum(kept(company).values()) == 0
    assert directory.ask("GET", "Users")[0] == 401

    visit.go("history")
    text = visit.download("Download signed").read_text()
    receipt, published = tmp_path / "receipt.jws", tmp_path / "jwks.json"
    receipt.write_text(text)
    answer = page.request.get("/.well-known/jwks.json")
    published.write_bytes(answer.body())
    checked = CliRunner().invoke(cli, ["receipt", "verify", str(receipt)])
    assert checked.exit_code == 0, checked.output
    assert "The signature holds" in checked.output
    monkeypatch.setenv("TENURE_HOME", str(tmp_path / "elsewhere"))
    args = ["receipt", "verify", str(receipt), "--key", str(published), "--json"]
    said = json.loads(CliRunner().invoke(cli, args).output)
    assert said["holds"]
    assert (said["content"]["erased"]["members"], said["content"]["erased"]["seats"]) == (2, 2)
    assert "zoe" not in json.dumps(said)
