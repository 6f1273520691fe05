"""The reference of the audit says what is recorded, and its programs check what Tenure wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tenure.clock import SetClock
from tenure.core.actions import ACTIONS, TOPICS, of_topic
from tenure.portal.hub.audit_table import COLUMNS
from tenure.portal.hub.audit_words import topics
from tenure.services import audit, audit_checks, checkpoints, refusals
from tenure.services.audit import Actor
from tenure.store.models import AuditEntry
from tests.docs.pages import DOCS, blocks, code, rows

PAGE = DOCS / "reference" / "audit.md"


def test_every_action_is_listed_with_its_topic() -> None:
    with translation.override("en"):
        named = topics()
    wanted = [(named[topic], each, ACTIONS[each]) for topic in TOPICS for each in of_topic(topic)]
    table = rows(PAGE, "## Actions")
    assert [(topic, *code(name), what) for topic, name, what in table] == wanted


def test_every_column_of_the_table_is_listed() -> None:
    table = rows(PAGE, "## The table for spreadsheets")
    assert [name for row in table for name in code(row[0])] == list(COLUMNS)


def test_every_finding_is_listed() -> None:
    text = Path(audit_checks.__file__).read_text(encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8").partition("| code | what was found |")[2]
    listed = {
        *(each for row in page.split("\n\n", 1)[0].splitlines()[2:] for each in code(row)[:1])
    }
    assert len(listed) == 8
    assert all(f'"{each}"' in text for each in listed)
    assert text.count("yield Finding(") <= len(listed) + 2


def test_the_limit_of_refusals_is_told() -> None:
    assert f"at most {refusals.MOST_AN_HOUR} are recorded" in PAGE.read_text(encoding="utf-8")


def program(name: str) -> str:
    [found] = [each.text for each in blocks(PAGE) if each.info == f"python {name}"]
    return found


@pytest.mark.django_db
def test_the_program_for_chains_gives_the_hashes_that_tenure_wrote() -> None:
    known: dict[str, Any] = {}
    exec(program("chain"), known)
    with audit.acting(Actor("portal", address="ané@example.org", ip="192.0.2.1")):
        audit.record("account.changed", old={"name": "a"}, new={"name": "é"}, object="x")
        audit.record("account.changed")
    for row in AuditEntry.objects.select_related("personal"):
        values = {name: getattr(row, name) for name in ("chain", "seq", "at", "recorded_at")}
        values |= {name: getattr(row, name) for name in ("action", "object", "result", "data")}
        values |= {"account_id": str(row.account_id or ""), "before_hash": row.before_hash}
        digest = known["personal_digest"](row.personal.salt, row.personal.content)
        assert known["entry_hash"]({**values, "personal_digest": digest}) == row.hash


@pytest.mark.django_db
def test_the_program_for_checkpoints_knows_a_true_one_from_a_changed_one(
    tmp_path: Path, clock: SetClock
) -> None:
    audit.record("account.changed")
    lines = list(checkpoints.checkpoint(clock.now()))
    file = tmp_path / "checkpoint"
    command = [sys.executable, "-c", program("checkpoint"), str(file)]
    file.write_bytes(b"".join(lines))
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.endswith(": 1 chains\n")
    file.write_bytes(b"".join(lines).replace(b'"seq":1', b'"seq":2'))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_every_door_is_named() -> None:
    """The doors that stand in entries are those of the page."""
    sources = Path(audit.__file__).parents[1].rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    page = PAGE.read_text(encoding="utf-8")
    for door in ("portal", "cli", "engine", "system"):
        assert f'"{door}"' in text
        assert f"`{door}`" in page
