"""Input that no database takes is refused where it comes in."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tenure import portal
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


def test_no_page_keeps_its_forms_from_saying_where_they_come_from() -> None:
    """Browsers then send ``Origin: null`` with a form, and it is refused as if it were not ours."""
    pages = list((Path(portal.__file__).parent / "templates").rglob("*.html"))
    assert pages
    assert [page for page in pages if "no-referrer" in page.read_text(encoding="utf-8")] == []
