"""Whether anything is due is asked in one trip; what is asked is what the parts look for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tenure.engine.loop import Engine, Part
from tests.engine.conftest import Life


def statements(do: Callable[[], object]) -> list[str]:
    """Give what was sent to the database meanwhile."""
    sent: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        do()
    return sent


def test_an_engine_without_anything_to_do_asks_once_and_writes_nothing(life: Life) -> None:
    life.engine.run_until_idle()
    sent = statements(life.engine.run_until_idle)
    asked = sum(len(question.asked) for part in Engine.PARTS for question in part.looks_for)
    assert len(sent) == (1 if connection.vendor == "postgresql" else asked)
    assert not any(word in sql for sql in sent for word in ("INSERT", "UPDATE", "DELETE"))


def test_a_round_does_what_is_due_and_what_comes_of_it_and_nothing_else(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The licence ends, which brings a notice, which is mailed; nothing is erased or packed."""
    life.engine.run_until_idle()
    life.clock.move_to(life.ends)
    done: list[str] = []

    def kept(part: Part) -> Callable[[Engine], bool]:
        do = part.do

        def doing(engine: Engine) -> bool:
            done.append(part.name)
            return do(engine)

        return doing

    for part in Engine.PARTS:
        monkeypatch.setattr(part, "do", kept(part))
    life.engine.round()
    assert done == ["step", "deliver"]
    assert life.notice("grace").served_at == life.ends
