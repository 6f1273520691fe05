"""The engine's process: what ends a round does not end it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError

from tenure.cli import engine
from tenure.engine.loop import Engine
from tenure.services.errors import EngineWaits


def test_a_cut_connection_ends_the_round_and_not_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The driver says sometimes that it is cut, and sometimes that it is closed."""
    ends: list[Callable[[], None]] = []
    verdict = SimpleNamespace(runs=True, deletes=True, because="")
    guard = SimpleNamespace(beat=lambda: verdict, leave=lambda: None)
    errors = [OperationalError("it is cut"), InterfaceError("it is closed"), EngineWaits("why")]

    def do_round(_: Engine) -> bool:
        if errors:
            raise errors.pop()
        ends[0]()
        return False

    def on_signal(_: int, end: Callable[[], None]) -> None:
        ends.append(end)

    def no_guard(*_: Any) -> Any:
        return guard

    monkeypatch.setattr(engine, "PAUSE", 0)
    monkeypatch.setattr("signal.signal", on_signal)
    monkeypatch.setattr("tenure.cli.database.open_database", lambda **_: None)
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)
    monkeypatch.setattr("tenure.engine.guards.Guard", no_guard)
    monkeypatch.setattr(Engine, "round", do_round)
    engine.run()
    assert errors == []
