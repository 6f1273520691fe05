"""Whatever is recorded has a name that people know."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tenure
from tenure.core import actions
from tenure.core.facts import FACTS
from tenure.portal.identity import letters

SOURCES = Path(tenure.__file__).parent


def recorded() -> Iterator[str]:
    """Give every action that the program records by a literal, wherever it does."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = ast.unparse(node.func)
            first = node.args[0]
            is_recording = called in ("audit.record", "_record", "_end") or "audit.add" in called
            named = [*node.args, first] if called == "_end" else [first]
            for each in named if is_recording else ():
                value = each.value if isinstance(each, ast.Constant) else None
                if isinstance(value, str) and "." in value:
                    yield value


def test_every_action_that_is_recorded_is_known() -> None:
    found = set(recorded())
    assert {"member.added", "membership.left", "invitation.sent", "person.signed_in"} <= found
    told = {*letters._ADDED, *letters._REMOVED, letters.CHANGE_ASKED}
    told |= {"account/email/email_changed", "account/email/email_confirm"}
    told |= {"account/email/email_deleted"}
    found |= {f"person.{prefix.rpartition('/')[2]}" for prefix in told} | set(FACTS)
    assert found - set(actions.ACTIONS) == set()


def test_every_action_has_one_topic() -> None:
    codes = [code for topic in actions.TOPICS for code in actions.of_topic(topic)]
    assert sorted(codes) == sorted(actions.ACTIONS)
    assert {actions.topic_of(code) for code in codes} == set(actions.TOPICS)
    with pytest.raises(KeyError):
        actions.topic_of("nothing.done")
