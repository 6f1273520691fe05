"""`tenure token`: tokens are made, shown once, listed without what they are, and revoked."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tenure.cli.tokens import token
from tenure.store.models import AuditEntry, Source, Token
from tests.people import Cast

pytestmark = pytest.mark.django_db
NAME = "Boulangerie Martin"


@pytest.fixture
def town() -> Cast:
    return Cast()


def run(*args: str, status: int = 0) -> Result:
    result = CliRunner().invoke(token, args)
    assert result.exit_code == status, result.output
    return result


def test_a_token_is_shown_once_with_the_address_and_its_directory_is_there(town: Cast) -> None:
    made = json.loads(run("add", NAME, "Entra ID", "--json").output)
    assert made["address"].endswith(f"/scim/v2/{town.martin.id}")
    source = Source.objects.get(company=town.martin, id=made["source"])
    assert (source.name, source.kind) == ("Entra ID", "scim")
    listed = run("list", NAME).output
    assert made["prefix"] in listed
    assert made["token"] not in listed
    assert AuditEntry.objects.filter(action="token.added", data__door="cli").exists()
    # A second one of the same directory goes on with it, so that the first can be revoked.
    again = json.loads(run("add", NAME, "Entra ID", "--json").output)
    assert again["source"] == made["source"]
    assert made["prefix"] in run("revoke", NAME, made["id"]).output
    assert again["prefix"] in run("list", NAME, "--json").output
    assert Token.objects.filter(revoked_at__isnull=True).count() == 1


def test_a_token_of_the_api_is_somebodys(town: Cast) -> None:
    options = ("--kind", "api", "--for", "anne@example.org")
    assert "tnr_api_" in run("add", NAME, "Monitor", *options).output
    assert "for anne@example.org" in run("list", NAME).output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((NAME, "x", "--kind", "api"), "--for"),
        ((NAME, "x", "--for", "anne@example.org"), "leave --for out"),
        ((NAME, "x", "--kind", "api", "--for", "nobody@example.org"), "nobody has signed up"),
        ((NAME, " "), "needs a name"),
        ((NAME, "x" * 101), "at most 100"),
        ((NAME, "By hand"), "no directory"),
        (("Nowhere", "x"), "no company"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(town: Cast, options: tuple[str, ...], said: str) -> None:
    Source.objects.create(company=town.martin, name="By hand", kind="hand")
    assert said in run("add", *options, status=2).output
    assert not Token.objects.exists()
