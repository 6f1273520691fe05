"""What the reference lists is what the program has, no more and no less."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_args

import pytest

from tenure.cli import scenario_facts, scenarios
from tenure.core import facts
from tenure.core.policy import Policy
from tenure.core.records import DEADLINE_KINDS, NoticeKind, Phase, PoolState, Refusal, Service
from tenure.words.notices import reference
from tests.docs.pages import DOCS, ROOT, code, rows

SCENARIOS = DOCS / "reference" / "scenario-files.md"
NOTICES = DOCS / "reference" / "notices.md"
SETTINGS = DOCS / "reference" / "settings.md"


def listed(table: list[list[str]], column: int = 0) -> list[str]:
    return [word for row in table for word in code(row[column])]


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("## The file", scenarios._KEYS),
        ("### Policy", scenarios._POLICY),
        ("### Licences", (*scenario_facts.LICENCE_KEYS, "added")),
        ("### Actions", tuple(scenario_facts._ACTIONS)),
        ("### Fields of a notice", get_args(NoticeKind)),
    ],
)
def test_every_key_of_a_scenario_is_listed(heading: str, known: tuple[str, ...]) -> None:
    """Each table of the page names exactly what the reader of scenarios knows."""
    assert sorted(listed(rows(SCENARIOS, heading))) == sorted(known)


def test_the_defaults_of_the_policy_are_told() -> None:
    """The page has the default of each period."""
    told = {code(row[0])[0]: code(row[1])[0] for row in rows(SCENARIOS, "### Policy")}
    policy = Policy()
    values: dict[str, Any] = {field.name: getattr(policy, field.name) for field in fields(policy)}
    values["expiring_notice_days"] = list(policy.expiring_notice_days)
    assert told == {name: str(value) for name, value in values.items()}
    assert f"at most {scenarios.MOST_DAYS}" in SCENARIOS.read_text(encoding="utf-8")


def test_every_word_of_a_json_line_is_listed() -> None:
    """Phases, states, reasons, ways of service and kinds of licences stand on the page."""
    told = {code(row[0])[0]: row for row in rows(SCENARIOS, "## JSON lines")}
    seats = {"seats.granted", "seats.released", "seats.refused"}
    assert set(told) == {"phase", "pool", *seats} | {
        f"notice.{what}" for what in ("issued", "skipped", "served")
    }
    page = SCENARIOS.read_text(encoding="utf-8")
    for words in (Phase, PoolState, Refusal, Service, facts.Kind):
        for word in get_args(words):
            assert f"`{word}`" in page, word


def test_every_notice_is_listed_with_its_reference_and_its_period() -> None:
    """The table has each kind in order, how its reference begins, and whether a period runs."""
    table = rows(NOTICES, "## All notices")
    assert listed(table) == list(get_args(NoticeKind))
    for kind, row in zip(get_args(NoticeKind), table, strict=True):
        assert code(row[1]) == [reference(kind, 0, "").partition("-")[0]], kind
        assert bool(row[3]) == (kind in DEADLINE_KINDS), kind


def test_every_setting_is_listed_with_its_default() -> None:
    """The page names each variable that the program reads, and a default as the program has it."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"TENURE_[A-Z_]*[A-Z]", text)}
    table = rows(SETTINGS, "# Settings")
    assert sorted(code(row[0])[0] for row in table) == sorted(read)
    for row in table:
        for default in code(row[1]):
            quoted = rf'"{re.escape(default)}"|\b(?:PORT|LOG) = {re.escape(default)}\b'
            assert any(re.search(quoted, text) for text in sources), row[0]
