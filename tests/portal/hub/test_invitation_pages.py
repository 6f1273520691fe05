"""Invitations on their pages: looking accepts nothing, and only the reader of the address can."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress

from tenure.services import invitations
from tenure.services.rights import Rights
from tenure.store.models import Invitation, Letter, Membership, Person
from tests.people import READ, WRITE, Cast, person
from tests.portal.hub.conftest import Browser


def link(address: str = "eve@example.org") -> str:
    text = Letter.objects.filter(address=address).latest("id").text
    line = next(line for line in text.splitlines() if "/invitations/" in line)
    return line.removeprefix("http://localhost:8000")


def eve() -> Person:
    who = person("eve")
    EmailAddress.objects.create(user=who, email=who.email, verified=True, primary=True)
    return who


def invite(town: Cast, **more: str) -> None:
    fields = {"address": "eve@example.org", "language": "fr", "portal": "read", "console": "none"}
    Browser(town.anne, town.account).send("invite", **{**fields, **more})


def test_somebody_is_invited_and_accepts(town: Cast) -> None:
    invite(town)
    assert Letter.objects.get().language == "fr"
    who = Browser(eve(), town.account)
    where = link()
    page = who.get(where).content.decode()
    assert "Nord Informatique" in page
    assert "read in the portal" in page
    assert not Membership.objects.filter(person__email="eve@example.org").exists()
    answer = who.post(where, {"account": str(town.account.id)})
    assert answer["Location"] == who.to("companies")
    assert "You are in Nord Informatique now." in who.see("people")
    answer = who.post(where, {"account": str(town.account.id)})
    assert answer.status_code == 410


def test_the_page_lies_behind_the_sign_in(town: Cast, client: object) -> None:
    from django.test import Client

    invite(town)
    answer = Client(headers={"host": "localhost"}).get(link())
    assert answer.status_code == 302
    assert unquote(answer["Location"]).startswith("/me/login/?next=/invitations/")


def test_somebody_else_learns_nothing_of_the_account(town: Cast) -> None:
    invite(town)
    who = Browser(town.stranger, town.account)
    for answer in (who.get(link()), who.post(link(), {"account": str(town.account.id)})):
        assert answer.status_code == 403
        assert b"Nord Informatique" not in answer.content
        assert b"anne" not in answer.content
        assert b"stranger@example.org" in answer.content
    assert not Membership.objects.filter(person=town.stranger).exists()


def test_a_link_that_never_was_is_not_there(town: Cast) -> None:
    assert Browser(town.stranger, town.account).get("/invitations/nothing/").status_code == 404


def test_the_address_is_told_nobody(town: Cast) -> None:
    """The secret goes to no other site as a referrer and stays in no cache.

    Not ``no-referrer``: browsers would then send the form without its origin, which is refused.
    """
    invite(town)
    answer = Browser(eve(), town.account).get(link())
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_what_was_typed_is_kept_where_it_was_wrong(town: Cast) -> None:
    anne = Browser(town.anne, town.account)
    page = anne.send(
        "invite", address="eve", language="fr", portal="write", console="none", status=422
    )
    assert 'value="eve"' in page
    assert "This is no e-mail address" in page
    assert '<option value="fr" selected>' in page
    assert not Invitation.objects.exists()


def test_an_invitation_of_whoever_lost_their_rights_gives_what_is_left(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    invitations.invite(
        town.account.id,
        "eve@example.org",
        Rights("write", "write", (town.only(town.garage, "write", "write"),)),
        by=town.bruno,
        clock=town.clock,
        language="en",
    )
    invitations.Invitation.objects.update(expires_at=4_000_000_000)
    town.change(town.bruno, READ, town.anne)
    page = Browser(eve(), town.account).get(link()).content.decode()
    assert "That is less than was offered at first" in page
    assert "read and change" not in page


@pytest.mark.parametrize("name", ["resend", "revoke"])
def test_sending_again_and_taking_back_are_for_administrators(town: Cast, name: str) -> None:
    invite(town)
    town.join(town.bruno, READ)
    invitation = Invitation.objects.get()
    for who, status in ((town.stranger, 404), (town.bruno, 403), (town.anne, 302)):
        Browser(who, town.account).send(name, invitation.id, status=status)
        is_changed = Invitation.objects.get().revoked_at is not None
        assert is_changed is (name == "revoke" and who == town.anne)


def test_sending_again_does_not_say_that_the_mail_has_left(town: Cast) -> None:
    """It is queued only, and a relay may refuse for long."""
    invite(town)
    invitation = Invitation.objects.get()
    Invitation.objects.update(expires_at=invitation.expires_at - invitations.PAUSE)
    who = Browser(town.anne, town.account)
    who.send("resend", invitation.id)
    assert f"We write to {invitation.address} again; the link of the mail before" in who.see(
        "people"
    )
    assert Letter.objects.get().state == "queued"
