"""Who did not get in is recorded, where there is such a person, and for nobody else."""

from __future__ import annotations

import pytest

from tenure.services import refusals
from tenure.store.models import AuditEntry, Person
from tests.portal.identity.conftest import ADDRESS, Visitor


def failures() -> list[AuditEntry]:
    found = AuditEntry.objects.filter(action="person.sign_in_failed").select_related("personal")
    return list(found.order_by("seq"))


def test_a_wrong_password_is_recorded_with_whom_and_from_where(member: Visitor) -> None:
    other = Visitor()
    other.client.post("/me/login/", {"login": ADDRESS.upper(), "password": "wrong"})
    assert not other.is_in()
    (entry,) = failures()
    assert (entry.result, entry.object) == ("wrong_password", str(member.person.pk))
    assert entry.personal.content == {
        "subject": str(member.person.pk),
        "subject_address": ADDRESS,
        "ip": "127.0.0.1",
    }
    assert entry.personal.person_id == member.person.pk
    assert "wrong" not in str(entry.data)


def test_a_wrong_code_is_recorded(member: Visitor) -> None:
    member.set_up_app()
    other = Visitor()
    other.sign_in()
    other.client.post("/me/2fa/authenticate/", {"code": "000000"})
    assert [(each.result, each.object) for each in failures()] == [
        ("wrong_code", str(member.person.pk))
    ]


def test_for_an_address_that_is_nobodys_nothing_is_recorded(
    member: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes the same way, so that no time tells whether there is such a person."""
    asked: list[object] = []
    number = refusals._number

    def noted(of: object) -> int:
        asked.append(of)
        return number(of)

    monkeypatch.setattr(refusals, "_number", noted)
    nobody = "nobody@example.org"
    assert not Person.objects.filter(email=nobody).exists()
    Visitor().client.post("/me/login/", {"login": nobody, "password": "wrong"})
    assert failures() == []
    assert asked == [nobody]
