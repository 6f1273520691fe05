"""The design on one page: whole, in both languages, and in demo mode alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.words.statuses import statuses
from tests.portal.conftest import HERE
from tests.portal.sight import SHEETS, STATIC, variables


@pytest.fixture
def visitor(db: None) -> Client:
    """Somebody who has not signed in."""
    return Client(headers=HERE)


def shown(visitor: Client, query: str = "", **headers: str) -> str:
    answer = visitor.get(f"/styleguide{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_there_is_none_outside_of_the_demo(visitor: Client, settings: Settings) -> None:
    settings.DEMO = False
    assert visitor.get("/styleguide").status_code == 404


@pytest.mark.usefixtures("demo")
def test_every_token_of_the_style_sheets_stands_in_it(visitor: Client) -> None:
    """A colour, a size or a space that somebody adds is shown, as it is in both themes."""
    page = shown(visitor)
    for name, value in variables("light").items():
        assert f"<code>--{name}</code>" in page, name
        assert f"{value} {variables('dark')[name]}" in page, name
    lengths = re.findall(r"--((?:size|space)-\w+):", (STATIC / SHEETS[0]).read_text())
    assert len(set(lengths)) == 10
    assert [name for name in lengths if f"<code>--{name}</code>" not in page] == []


@pytest.mark.usefixtures("demo")
def test_every_status_stands_in_it(visitor: Client) -> None:
    page = shown(visitor)
    for family in ("company", "pool", "licence", "member"):
        for each in statuses(family):
            assert f'class="badge {family}-{each.code}"' in page


@pytest.mark.usefixtures("demo")
def test_it_is_in_the_language_and_the_theme_that_one_asks_for(visitor: Client) -> None:
    french = shown(visitor, "?theme=dark", **{"accept-language": "fr"})
    assert '<html lang="fr" class="theme-dark">' in french
    assert 'href="?theme=dark" aria-current="true"' in french
    assert "Rien n’a été modifié" in french
    english = shown(visitor, "?theme=nonsense")
    assert '<html lang="en">' in english
    assert 'href="?" aria-current="true"' in english
