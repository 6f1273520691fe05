"""The people of the demo: each signs in with the one password and finds what the terminal says."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tenure.clock import WallClock
from tenure.services import catalogue, demo
from tenure.store.models import Person
from tests.portal.conftest import HERE
from tests.portal.conftest import demo as _demo_mode

demo_mode = _demo_mode

FINDS = {
    "operator@example.org": (9, "/operator/"),
    "boulangerie@example.org": (1, "Boulangerie Martin"),
    "technician@example.org": (3, "Lighthouse Partners"),
    "quiet@example.org": (4, "Quiet Harbour Club"),
    "luc@example.org": (1, "Deux Rives"),
}
"""Of everybody: how many companies, and what stands on the first page."""


@pytest.fixture
def made(db: None, demo_mode: None) -> None:
    catalogue.ensure_default()
    demo.make(WallClock())


def signed_in(address: str) -> Client:
    client = Client(headers=HERE)
    answer = client.post("/me/login/", {"login": address, "password": demo.PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/"), address
    return client


@pytest.mark.usefixtures("made")
def test_everybody_signs_in_and_finds_what_is_theirs() -> None:
    """The operator, an owner, a technician, a hybrid person and a colleague of one site."""
    assert [person.address for person in demo.PEOPLE] == list(FINDS)
    for address, (companies, shown) in FINDS.items():
        page = signed_in(address).get("/").content.decode()
        rows = re.findall("<tr>", page.partition("<tbody>")[2])
        assert len(rows) == companies, address
        assert shown in page
        assert f'<html lang="{Person.objects.get(email=address).language}">' in page


@pytest.mark.usefixtures("made")
def test_one_of_them_is_hybrid_and_one_sees_one_site() -> None:
    hybrid = signed_in("quiet@example.org").get("/").content.decode()
    kinds = re.findall(r'</bdi> <span class="kind">(\w+)</span></a></li>', hybrid)
    assert set(kinds) == {"Business", "MSP"}
    luc = signed_in("luc@example.org").get("/").content.decode()
    (address,) = re.findall(r'<a class="main" href="([^"]+)"', luc)
    assert "/sites/" in address


def test_without_the_demo_nobody_knows_a_password(db: None) -> None:
    """Companies to try Tenure with can be made anywhere; people with a known password cannot."""
    catalogue.ensure_default()
    demo.make(WallClock())
    assert not Person.objects.exists()
