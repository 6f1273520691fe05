"""`tenure person recover`: who lost every second factor gets in again, and nobody else does."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from click.testing import CliRunner

from tenure.cli.operators import operator
from tenure.cli.people import person
from tenure.store.models import AuditEntry, AuditPerson, Letter, Person
from tests.portal.identity.conftest import ADDRESS, PASSWORD, Visitor, newest_letter

NEW = "another calm and long sentence"


def set_password(visitor: Visitor, password: str) -> None:
    """Ask for a new password on the sign-in page, and choose it by the letter."""
    visitor.client.post("/me/password/reset/", {"email": visitor.address})
    text = newest_letter(visitor.address).text
    (link,) = re.findall(r"http://localhost:8000(\S+)", text)
    there = visitor.client.get(link).headers["Location"]
    visitor.client.post(there, {"password1": password, "password2": password})


def test_who_lost_every_factor_gets_in_by_their_mail_and_by_nothing_else(member: Visitor) -> None:
    """Sessions end, the password is dropped, and a letter tells of it in the person's language."""
    member.set_up_app()
    SocialAccount.objects.create(user=member.person, provider="acme", uid="of Ada")
    Person.objects.update(language="fr")
    assert member.is_in()
    done = CliRunner().invoke(person, ["recover", "Ada@Example.org", "--yes"])
    assert done.exit_code == 0, done.output
    assert "authenticator app: 1" in done.output
    assert "http://localhost:8000/me/password/reset/" in done.output
    assert not Authenticator.objects.exists()
    assert not SocialAccount.objects.exists()
    assert not member.is_in()
    other = Visitor()
    other.sign_in()
    assert not other.is_in()
    letter = newest_letter(ADDRESS)
    assert letter.language == "fr"
    assert "seconds facteurs" in letter.subject
    assert "http://localhost:8000/me/password/reset/" in letter.text
    set_password(other, NEW)
    other.sign_in(NEW)
    assert other.is_in()


def test_it_is_recorded_without_names_but_in_what_can_be_erased(member: Visitor) -> None:
    member.set_up_app()
    CliRunner().invoke(person, ["recover", ADDRESS, "--yes"])
    entry = AuditEntry.objects.get(action="person.recovered")
    assert entry.data["old"]["totp"] == 1
    assert ADDRESS not in str(entry.data)
    assert AuditPerson.objects.get(entry=entry.id).content["subject_address"] == ADDRESS


@pytest.mark.parametrize("how", [["--dry-run"], []])
def test_nothing_is_removed_before_somebody_says_yes(member: Visitor, how: list[str]) -> None:
    """Neither by a dry run nor where the question is answered with no."""
    member.set_up_app()
    letters = Letter.objects.count()
    done = CliRunner().invoke(person, ["recover", ADDRESS, *how], input="n\n")
    assert "authenticator app: 1" in done.output
    assert Authenticator.objects.exists()
    assert member.is_in()
    assert Letter.objects.count() == letters


def test_what_makes_no_sense_is_told_in_a_sentence(member: Visitor) -> None:
    """There is nobody of that address, or there is nothing to remove: the password stays, too."""
    for address, said in (("bob@example.org", "nobody signs in"), (ADDRESS, "no second factor")):
        done = CliRunner().invoke(person, ["recover", address, "--yes"])
        assert done.exit_code == 2
        assert said in done.output
    assert member.is_in()


def test_an_operator_is_not_made_of_a_stranger_who_signed_up_first(ada: Visitor) -> None:
    """Whoever entered the address, and never read its mail, gets nothing of what it becomes."""
    ada.sign_up()
    SocialAccount.objects.create(user=ada.person, provider="acme", uid="of a stranger")
    assert CliRunner().invoke(operator, ["add", ADDRESS]).exit_code == 0
    assert ada.person.is_operator
    stranger = Visitor(password=PASSWORD)
    stranger.sign_in()
    assert not stranger.is_in()
    assert not SocialAccount.objects.exists()
