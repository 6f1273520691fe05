"""Input that no database takes is refused where it comes in."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.portal.conftest import Town, reverse

pytestmark = pytest.mark.usefixtures("demo")


@pytest.mark.parametrize("name", ["licences", "console-groups", "console", "members"])
def test_a_nul_in_a_search_is_refused(town: Town, client: Client, name: str) -> None:
    company = town.company()
    address = reverse(name, args=[company.id])
    assert client.get(f"{address}?q=a").status_code == 200
    assert client.get(f"{address}?q=a%00").status_code == 400


def test_a_nul_in_a_form_is_refused(town: Town, client: Client) -> None:
    company = town.company()
    form = {"company": str(company.id), "product": "co\0s"}
    assert client.post(reverse("trial", args=[company.id]), form).status_code == 400
