"""What the pages say of the engine: it runs, it is silent, or it waits for an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.portal.shared.readers import CLOCK
from tenure.store.models import Heartbeat

SILENT_AFTER = 60
"""Seconds without a heartbeat after which the engine is called silent."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """How the engine is; ``since`` its last heartbeat."""

    code: Literal["running", "silent", "waiting", "never"]
    since: int | None = None
    because: str = ""


def state() -> EngineState:
    """Ask the engine's own row; one query."""
    row = Heartbeat.objects.filter(id=1).values_list("beat_at", "waits_because").first()
    if row is None or row[0] is None:
        return EngineState("never")
    beat_at: int = row[0]
    waits_because = row[1]
    if waits_because:
        return EngineState("waiting", beat_at, waits_because)
    if CLOCK.now() - beat_at > SILENT_AFTER:
        return EngineState("silent", beat_at)
    return EngineState("running", beat_at)
