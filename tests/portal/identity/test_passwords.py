"""New passwords and new addresses."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from pytest_django.fixtures import Settings

from tenure.store.models import Letter, Person
from tests.portal.identity.conftest import ADDRESS, PASSWORD, Visitor, browser, links, newest_letter

NEW = "quite another sentence"


def _reset(visitor: Visitor) -> str:
    """Ask for a new password and give where the letter's link leads."""
    visitor.client.post("/me/password/reset/", {"email": visitor.address})
    (link,) = links(newest_letter(visitor.address).text)
    return link


def test_a_forgotten_password_is_replaced_by_a_link(member: Visitor) -> None:
    """The link leads to a page; the new password lets in, the old one and old sessions do not."""
    other = Visitor()
    link = _reset(other)
    there = other.client.get(link)
    assert there.status_code == 302
    assert link.split("-")[-1].strip("/") not in there.headers["Location"]
    other.client.post(there.headers["Location"], {"password1": NEW, "password2": NEW})
    assert not member.is_in()
    assert not Visitor().sign_in(PASSWORD).headers.get("Location")
    again = Visitor()
    again.sign_in(NEW)
    assert again.is_in()
    assert "password was changed" in newest_letter(ADDRESS).text


def test_the_link_works_once(member: Visitor) -> None:
    """After a new password was set with it, it leads nowhere."""
    other = Visitor()
    link = _reset(other)
    there = other.client.get(link).headers["Location"]
    other.client.post(there, {"password1": NEW, "password2": NEW})
    page = browser().get(link)
    assert page.status_code == 200
    assert "does not work any more" in page.content.decode()


def test_the_link_works_for_an_hour(member: Visitor, settings: Settings) -> None:
    """An older one leads nowhere."""
    link = _reset(Visitor())
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "does not work any more" in browser().get(link).content.decode()
    settings.PASSWORD_RESET_TIMEOUT = 3600
    assert browser().get(link).status_code == 302


def test_a_link_names_the_public_address_whatever_host_was_asked(
    member: Visitor, settings: Settings
) -> None:
    """A forged Host header does not lead readers elsewhere."""
    settings.ALLOWED_HOSTS = ["localhost", "evil.test"]
    member.client.post(
        "/me/password/reset/", {"email": ADDRESS}, headers={"host": "localhost:9999"}
    )
    assert "http://localhost:8000/me/password/reset/key/" in newest_letter(ADDRESS).text


def test_a_new_address_is_confirmed_by_itself_and_told_to_the_old_one(member: Visitor) -> None:
    """The old one stays in use until the new one's link is opened; both are written to."""
    new = "ada@new.example.org"
    member.client.post("/me/email/", {"email": new, "action_add": ""})
    told = newest_letter(ADDRESS)
    assert new in told.text
    assert "another e-mail address" in told.subject
    assert member.person.email == ADDRESS
    assert "takes its place" in member.client.get("/me/email/").content.decode()

    Visitor(address=new).open_link()
    assert Person.objects.get().email == new
    assert list(EmailAddress.objects.values_list("email", "verified")) == [(new, True)]
    gone = newest_letter(ADDRESS)
    assert "was changed" in gone.subject
    moved = Visitor(address=new)
    moved.sign_in()
    assert moved.is_in()
    former = Visitor()
    former.sign_in()
    assert not former.is_in()


def test_a_change_of_address_asks_who_is_there(member: Visitor, settings: Settings) -> None:
    """A session left open does not give a person's address away."""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    before = Letter.objects.count()
    answer = member.client.post("/me/email/", {"email": "thief@example.org", "action_add": ""})
    assert answer.headers["Location"].startswith("/me/reauthenticate/")
    assert Letter.objects.count() == before


def test_a_change_can_be_called_off(member: Visitor) -> None:
    """The present address stays, and the letter's link leads nowhere."""
    new = "ada@new.example.org"
    member.client.post("/me/email/", {"email": new, "action_add": ""})
    (link,) = links(newest_letter(new).text)
    member.client.post("/me/email/", {"email": new, "action_remove": ""})
    browser().post(link)
    assert member.person.email == ADDRESS


@pytest.mark.parametrize(
    "path", ["/me/password/change/", "/me/email/", "/me/2fa/", "/me/sessions/"]
)
def test_the_pages_of_a_person_are_for_those_who_are_signed_in(ada: Visitor, path: str) -> None:
    """A stranger is led to the sign-in, and back afterwards."""
    answer = ada.client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/me/login/?next={path}"


def test_an_address_can_be_changed_beside_a_second_factor(member: Visitor) -> None:
    """Whoever has an app set up changes the address as anybody else."""
    member.set_up_app()
    new = "ada@new.example.org"
    member.client.post("/me/email/", {"email": new, "action_add": ""})
    Visitor(address=new).open_link()
    assert Person.objects.get().email == new
