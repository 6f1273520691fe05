"""The diary of a company that lives by the machine's clock, which the test holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from tenure.clock import SetClock, WallClock
from tenure.services import catalogue
from tests.stories.diary import Diary, Post


@pytest.fixture
def diary(
    db: None,
    clock: SetClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Diary:
    """A diary that is still empty; portal, terminal, services and engine read one clock."""
    monkeypatch.setattr(WallClock, "now", lambda _: clock.now())
    catalogue.ensure_default()
    return Diary(clock, Post(), Client(headers={"host": "localhost"}), tmp_path)
