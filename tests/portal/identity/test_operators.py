"""`tenure operator`: made, listed and unmade on the command line."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from tenure.cli.operators import operator
from tenure.store.models import AuditEntry, Person
from tests.portal.identity.conftest import PASSWORD, Visitor, browser


@pytest.mark.django_db
def test_an_operator_sets_a_password_with_the_link_that_is_printed() -> None:
    """The link leads to a page once; with the password the operator is in."""
    done = CliRunner().invoke(operator, ["add", "Olga@Example.org", "--name", "Olga"])
    assert done.exit_code == 0, done.output
    person = Person.objects.get()
    assert (person.email, person.is_operator) == ("olga@example.org", True)
    assert not person.has_usable_password()
    (path,) = re.findall(r"http://localhost:8000(/\S+)", done.output)
    client = browser()
    there = client.get(path).headers["Location"]
    client.post(there, {"password1": PASSWORD, "password2": PASSWORD})
    olga = Visitor(address="olga@example.org")
    olga.sign_in()
    assert olga.is_in()
    assert browser().get(path).status_code == 200


@pytest.mark.django_db
def test_a_known_person_becomes_an_operator_and_stops_being_one() -> None:
    """Their password stays; both are recorded."""
    member = Visitor().join()
    assert CliRunner().invoke(operator, ["add", member.address]).exit_code == 0
    listed = CliRunner().invoke(operator, ["list"]).output
    assert listed == f"{member.address}\n"
    assert CliRunner().invoke(operator, ["remove", member.address]).exit_code == 0
    assert not member.person.is_operator
    assert CliRunner().invoke(operator, ["list"]).output == ""
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"operator.added", "operator.removed"} <= actions


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["add", "olga"], ["remove", "olga@example.org"]])
def test_what_makes_no_sense_is_told_in_a_sentence(arguments: list[str]) -> None:
    """It ends with 2, and nothing is changed."""
    done = CliRunner().invoke(operator, arguments)
    assert done.exit_code == 2
    assert arguments[1] in done.output
    assert not Person.objects.exists()
