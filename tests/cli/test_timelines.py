"""`tenure timeline`: a company's timeline as data and as text."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from pytest import MonkeyPatch

from tenure.cli.main import cli
from tests.portal.conftest import Town
from tests.portal.conftest import town as _town

town = _town


@pytest.fixture(autouse=True)
def _open(monkeypatch: MonkeyPatch) -> None:
    """The tests' database is open already."""
    monkeypatch.setattr("tenure.cli.timelines.open_database", lambda **_: None)


def test_it_is_one_json_object(town: Town) -> None:
    """Phases, pools and notices with exact instants, and the sentence of the picture."""
    company = town.put("grace")
    result = CliRunner().invoke(cli, ["timeline", str(company.id), "--json"])
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert data["company"]["name"] == "Boulangerie Martin"
    assert [each["phase"] for each in data["phases"]] == ["active", "grace", "suspended", "deleted"]
    assert [each["certain"] for each in data["phases"]] == [True, True, False, False]
    grace = next(each for each in data["notices"] if each["notice"] == "grace")
    assert grace["state"] == "served" and grace["deadline"] == data["phases"][2]["start"]
    assert data["pools"][0]["units"][-1] == {"from": data["phases"][1]["start"], "count": 0}
    assert data["sentence"].startswith("4 users of Boulangerie Martin lose protection on ")


@pytest.mark.parametrize(("language", "word"), [("en", "without protection"), ("fr", "sans prot")])
def test_the_text_begins_with_the_sentence(town: Town, language: str, word: str) -> None:
    town.put("suspended")
    result = CliRunner().invoke(cli, ["timeline", "Boulangerie Martin", "--lang", language])
    assert result.exit_code == 0, result.output
    assert "Boulangerie Martin" in result.output.splitlines()[0]
    assert word in result.output


def test_an_unknown_company_is_an_error_that_says_what_to_name(town: Town) -> None:
    result = CliRunner().invoke(cli, ["timeline", "Nobody"])
    assert result.exit_code == 2
    assert "there is no company Nobody" in result.output
