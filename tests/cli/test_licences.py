"""`tenure licence`: keys are issued, listed without being shown, and revoked."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tenure.cli.main import cli
from tenure.services import catalogue, key_texts
from tenure.store.models import LicenceKey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    catalogue.ensure_default()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["licence", *words])


def test_keys_are_issued_listed_and_revoked() -> None:
    issued = run(
        "issue", "--product", "cos", "--units", "20", "--days", "365", "--count", "2", "--json"
    )
    assert issued.exit_code == 0, issued.output
    first, second = map(json.loads, issued.output.splitlines())
    assert key_texts.read(first["key"]) != key_texts.read(second["key"])
    listed = run("list")
    assert first["id"] in listed.output
    assert first["key"] not in listed.output
    assert run("revoke", first["id"]).exit_code == 0
    states = {
        each["id"]: each["state"]
        for each in map(json.loads, run("list", "--json").output.splitlines())
    }
    assert states == {first["id"]: "revoked", second["id"]: "unused"}
    unused = run("list", "--unused").output
    assert second["id"] in unused
    assert first["id"] not in unused


def test_days_are_those_of_a_zone_and_the_last_one_is_covered() -> None:
    words = ("--until", "2027-06-30", "--from", "2027-01-01", "--zone", "Europe/Paris", "--json")
    issued = json.loads(run("issue", "--product", "cos", "--units", "1", *words).output)
    assert issued["ends_at"] == "2027-06-30T22:00:00Z"
    assert issued["starts_at"] == "2026-12-31T23:00:00Z"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--product", "nothing"), "there is no product nothing; there are: cos"),
        (("--until", "2020-01-01"), "ended before it began"),
        (("--until", "2027-01-01", "--days", "3"), "a last day or a number of days, not both"),
        (("--until", "tomorrow"), "--until tomorrow: this is neither a date nor a time"),
        (("--zone", "Mars"), "no time zone"),
        (("--for", "nobody"), "nobody is no e-mail address"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_issued(
    words: tuple[str, ...], why: str
) -> None:
    given = {"--product": "cos", "--units": "5", **dict(zip(words[::2], words[1::2], strict=True))}
    refused = run("issue", *(word for pair in given.items() for word in pair))
    assert refused.exit_code == 2
    assert why in refused.output
    assert not LicenceKey.objects.exists()


def test_a_key_that_is_not_there_cannot_be_revoked() -> None:
    refused = run("revoke", "L-NOTHING")
    assert refused.exit_code == 2
    assert "there is no key L-NOTHING" in refused.output
