"""`tenure account`: accounts are opened for people who have signed up, listed and shown."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tenure.cli.accounts import account
from tenure.services.rights import Rights
from tenure.store.models import Account, AuditEntry, Company
from tests.people import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Cast:
    return Cast()


def run(*args: str, status: int = 0) -> Result:
    result = CliRunner().invoke(account, args)
    assert result.exit_code == status, result.output
    return result


def test_an_account_is_opened_below_another_and_listed_after_it(town: Cast) -> None:
    options = ("--kind", "msp", "--owner", "dan@example.org", "--below", "Nord Informatique")
    opened = json.loads(run("open", "Nord Lille", *options, "--json").output)
    assert opened["below"] == str(town.account.id)
    lines = run("list", "--kind", "msp").output.splitlines()
    assert [line.split("  ")[-1].strip() for line in lines] == ["Nord Informatique", "Nord Lille"]
    assert AuditEntry.objects.filter(action="account.opened", data__door="cli").exists()


def test_a_business_account_comes_with_its_company(town: Cast) -> None:
    options = ("--kind", "business", "--owner", "Dan@example.org", "--zone", "Europe/Paris")
    run("open", "Librairie", *options)
    assert Company.objects.get(account__name="Librairie").time_zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--kind", "msp", "--owner", "nobody@example.org"), "nobody has signed up"),
        (("--kind", "msp", "--owner", "dan@example.org", "--below", "Nowhere"), "no account"),
        (("--kind", "business", "--owner", "dan@example.org", "--zone", "Mars"), "time zone Mars"),
        (("--kind", "business", "--owner", "dan@example.org", "--below", "x"), "below no other"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(town: Cast, options: tuple[str, ...], said: str) -> None:
    assert said in run("open", "Librairie", *options, status=2).output
    assert not Account.objects.filter(name="Librairie").exists()


def test_an_account_is_shown_with_its_people_and_their_rights(town: Cast) -> None:
    town.join(town.bruno, Rights("read", "none", (town.only(town.garage, "write"),)))
    text = run("show", "Nord Informatique").output
    assert "anne@example.org  owner" in text
    assert "bruno@example.org  portal read, console none, 1 companies" in text
    shown = json.loads(run("show", str(town.account.id), "--json").output)
    assert shown["companies"] == 2
    assert [each["address"] for each in shown["people"]] == [
        "anne@example.org",
        "bruno@example.org",
    ]
    assert shown["people"][1]["scopes"][0]["company"] == str(town.garage.id)
