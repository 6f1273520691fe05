"""A company in trouble says so on each of its pages, once, with one way out."""

from __future__ import annotations

import pytest
from django.test import Client

from tenure.portal.shared.addresses import operator_address
from tests.portal.conftest import Town


@pytest.mark.parametrize("phase", ["ends_soon", "grace", "suspended", "closed"])
def test_each_page_says_once_what_is_wrong(client: Client, town: Town, phase: str) -> None:
    """The licences' page has the banner; the overview and the shut Console say it themselves."""
    company = town.put(phase)
    assert "data is deleted on" in _text(client, "licences", company.id)
    assert 'class="trouble' not in _text(client, "company", company.id)
    console = _text(client, "console", company.id)
    assert ('class="trouble' in console) == (phase in ("ends_soon", "grace"))


def test_a_company_that_is_well_has_no_banner(client: Client, town: Town) -> None:
    """Nothing cries wolf."""
    assert 'class="trouble' not in _text(client, "licences", town.put("active").id)


def _text(client: Client, name: str, company: object) -> str:
    return client.get(operator_address(name, company)).content.decode()
