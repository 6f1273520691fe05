"""What an import would change: one entry per change, with its place, its sentence and its doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``do`` carries it out, in the order of the list."""

    file: str
    line: int
    sentence: str
    do: Callable[[], None]


@dataclass(slots=True)
class Diff:
    """What changes in one company.

    ``added`` and ``same`` count by noun, in the plural; ``left`` names what the files do not
    speak of, by noun: it is left alone.
    """

    reference: str
    name: str
    status: Status = "unchanged"
    added: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def change(self, file: str, line: int, sentence: str, do: Callable[[], None]) -> None:
        """Note a change of what is there."""
        self.changes.append(Change(file, line, sentence, do))
        self.status = "changed"

    def add(self, noun: str, file: str, line: int, do: Callable[[], None]) -> None:
        """Note something that is added to a company that is there."""
        self.added[noun] += 1
        self.change(file, line, "", do)

    def leave(self, noun: str, names: list[str]) -> None:
        """Note what the files do not speak of."""
        if names:
            self.left[noun] = names


def told(t: int | None, zone: ZoneInfo) -> str:
    """Write an instant as a person of the company reads it."""
    if t is None:
        return "without end"
    return datetime.fromtimestamp(t, zone).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


def told_end(t: int | None, zone: ZoneInfo) -> str:
    """Write the end of a licence: a midnight as the last day covered."""
    if t is None:
        return "without end"
    at = datetime.fromtimestamp(t, zone)
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return (at.date() - timedelta(days=1)).isoformat()
    return told(t, zone)
