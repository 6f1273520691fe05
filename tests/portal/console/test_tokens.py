"""The page of tokens: made and shown once, listed without what they are, and revoked."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tenure.clock import WallClock
from tenure.services import tokens
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence, add
from tenure.store.models import AuditEntry, Member, Source, Token
from tests.people import START, WRITE, Cast
from tests.portal.hub.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    cast = Cast()
    new = NewLicence(COS, 5, START, START + 2_000 * 86_400)
    add(cast.martin.id, new, clock=cast.clock, who="test")
    cast.join(cast.chloe, WRITE)
    return cast


@pytest.fixture
def chloe(cast: Cast) -> Browser:
    return Browser(cast.chloe, cast.account)


def send(browser: Browser, cast: Cast, page: str, *, status: int = 200, **form: str) -> str:
    found = {"company": str(cast.martin.id), **form}
    return browser.send(page, cast.martin.id, status=status, **found)


def secret_in(text: str) -> str:
    (found,) = re.findall(r'value="(tnr_\w+_[^"]+)"', text)
    return str(found)


def test_a_token_of_a_directory_is_shown_once_with_the_address_and_opens_the_door(
    cast: Cast, chloe: Browser
) -> None:
    shown = send(chloe, cast, "console-add-token", kind="scim", name="Entra ID")
    secret = secret_in(shown)
    assert f"/scim/v2/{cast.martin.id}" in shown
    found = tokens.find(secret, Token.Kind.SCIM, clock=WallClock())
    assert found is not None
    assert found.company_id == cast.martin.id
    named = Source.objects.filter(company=cast.martin, kind="scim").values_list("id", "name")
    assert list(named) == [(found.source_id, "Entra ID")]
    listed = chloe.see("console-tokens", cast.martin.id)
    assert found.prefix in listed
    assert secret not in listed
    program = Client(headers={"authorization": f"Bearer {secret}"})
    assert program.get(f"/scim/v2/{cast.martin.id}/Users").status_code == 200


def test_the_page_that_shows_a_token_is_kept_nowhere(cast: Cast, chloe: Browser) -> None:
    form = {"company": str(cast.martin.id), "account": str(cast.account.id)}
    answer = chloe.post(
        chloe.to("console-add-token", cast.martin.id), {**form, "kind": "api", "name": "Monitor"}
    )
    assert "no-store" in answer["Cache-Control"]
    made = Token.objects.get(kind="api")
    assert made.made_by == cast.chloe
    assert AuditEntry.objects.filter(action="token.added").exists()


def test_a_token_is_revoked_after_it_was_said_what_ends(cast: Cast, chloe: Browser) -> None:
    secret = secret_in(send(chloe, cast, "console-add-token", kind="scim", name="Okta"))
    token = Token.objects.get()
    Member.objects.create(
        company=cast.martin, user="ana", source_id=token.source_id, added_at=START
    )
    asked = send(chloe, cast, "console-revoke-token", token=str(token.id))
    assert "The directory has no other token" in asked
    assert tokens.find(secret, Token.Kind.SCIM, clock=WallClock()) is not None
    send(chloe, cast, "console-revoke-token", token=str(token.id), sure="1", status=302)
    assert tokens.find(secret, Token.Kind.SCIM, clock=WallClock()) is None
    assert "Okta opens nothing any more" in chloe.see("console-tokens", cast.martin.id)
    assert Member.objects.filter(user="ana").exists()


def test_a_token_of_another_company_is_not_to_be_revoked_here(cast: Cast, chloe: Browser) -> None:
    other = tokens.add_scim(cast.garage.id, "Okta", clock=WallClock(), who="test").token
    form = {"token": str(other.id), "sure": "1"}
    send(chloe, cast, "console-revoke-token", status=302, **form)
    other.refresh_from_db()
    assert other.revoked_at is None


@pytest.mark.parametrize(
    ("name", "said"),
    [(" ", "required"), ("By hand", "it is no directory"), ("x" * 101, "at most 100 characters")],
)
def test_what_makes_no_sense_is_told_and_what_was_typed_is_kept(
    cast: Cast, chloe: Browser, name: str, said: str
) -> None:
    Source.objects.create(company=cast.martin, name="By hand", kind="hand")
    shown = send(chloe, cast, "console-add-token", status=422, kind="scim", name=name)
    assert said in shown
    assert not Token.objects.exists()


def test_whoever_did_not_prove_lately_who_they_are_is_asked_first(cast: Cast) -> None:
    browser = Browser(cast.chloe, cast.account, proven=False)
    send(browser, cast, "console-add-token", status=302, kind="scim", name="Entra ID")
    assert not Token.objects.exists()
