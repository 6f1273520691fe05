"""What the sentences of a "what if?" are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.core.records import Phase
from tenure.words.dates import Calendar
from tenure.words.language import Language
from tenure.words.names import clean

Kind = Literal[
    "add",
    "renew",
    "resize",
    "place",
    "suspend",
    "resume",
    "remove",
    "cancel",
    "protect",
    "unprotect",
    "close",
    "reopen",
    "hold_deletion",
    "release_deletion",
    "confirm_deletion",
]
"""What can be supposed; the names are those of options and addresses, and stay."""


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """Something supposed. ``at`` is None for what is done at once.

    ``units`` also counts the seats to protect or to give back. ``ends`` is exclusive; None with
    ``add``: without end. ``pool`` is empty where the company has only one; ``placements`` by name.
    """

    kind: Kind
    at: int | None = None
    licence: str = ""
    units: int = 0
    ends: int | None = None
    pool: str = ""
    placements: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LossFacts:
    """``count`` of the ``seats`` of a pool lose their protection at ``start``.

    ``back_at``: when they have it again; ``anyway_at``: when they would lose it in any case.
    """

    pool: str
    count: int
    seats: int
    start: int
    back_at: int | None = None
    anyway_at: int | None = None


@dataclass(frozen=True, slots=True)
class GainFacts:
    """``count`` more are protected from ``start`` on; ``is_kept``: they only go on to be."""

    pool: str
    count: int
    start: int
    is_kept: bool = False
    is_new: bool = False
    """Whether these seats do not exist at present."""


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """When a phase begins next in the future as it is, and in the one supposed; None: never.

    ``previous``: the phase before it.
    """

    phase: Phase
    before: int | None
    after: int | None
    previous: Phase = "active"


@dataclass(frozen=True, slots=True)
class WhatIfFacts:
    """What would come about. ``at`` is the present; ``until`` is how far is looked.

    ``losses`` name each seat once, when it first loses protection, in the order of time; ``gains``
    likewise; ``phases`` are those whose next beginning would be another.
    ``notices_new`` would go out, ``notices_gone`` would not any more.
    """

    at: int
    until: int
    zone: str
    changes: tuple[ChangeFacts, ...]
    losses: tuple[LossFacts, ...] = ()
    gains: tuple[GainFacts, ...] = ()
    phases: tuple[PhaseFacts, ...] = ()
    notices_new: int = 0
    notices_gone: int = 0
    keeps_seats: bool = True
    """Whether those who lose protection keep their seat, and wait."""


@dataclass(frozen=True, slots=True)
class WhatIfWords:
    """What would come about: for whom first, the phases, for the others, the notices."""

    headline: str
    phases: str
    people: str
    notices: str


class Supposed:
    """The facts of a "what if?" as its sentences need them: names clean, dates known."""

    def __init__(self, facts: WhatIfFacts, language: Language) -> None:
        self.facts = facts
        self.dates = Calendar(facts.zone, facts.at, language)

    @property
    def acts_at(self) -> int:
        """The instant of the only change; the present where there are several."""
        changes = self.facts.changes
        if len(changes) != 1 or changes[0].at is None:
            return self.facts.at
        return changes[0].at

    @property
    def back_at(self) -> int | None:
        """When all who lose protection have it again, where that is one instant."""
        ends = {loss.back_at for loss in self.facts.losses}
        return ends.pop() if len(ends) == 1 else None

    @property
    def anyway_at(self) -> int | None:
        """When all who lose protection would lose it in any case, where that is one instant."""
        ends = {loss.anyway_at for loss in self.facts.losses}
        return ends.pop() if len(ends) == 1 else None

    @property
    def first_losses(self) -> tuple[LossFacts, ...]:
        """Give what is lost first."""
        losses = self.facts.losses
        return tuple(loss for loss in losses if loss.start == losses[0].start)

    @property
    def first_gains(self) -> tuple[GainFacts, ...]:
        """Give what is gained first, of the same kind."""
        gains = self.facts.gains
        return tuple(
            gain
            for gain in gains
            if (gain.start, gain.is_kept, gain.is_new)
            == (gains[0].start, gains[0].is_kept, gains[0].is_new)
        )

    def name(self, text: str) -> str:
        """Give a name as it can stand in a sentence."""
        return clean(text) if text.strip() else ""
