"""What the sentence of a check's answer is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tenure.core.records import Phase
from tenure.words.dates import Calendar
from tenure.words.language import Language
from tenure.words.names import clean

AnswerCode = Literal[
    "protected",
    "protected_by_hold",
    "protected_in_grace",
    "waiting_for_units",
    "unprotected",
    "suspended",
    "closed",
    "pending",
    "deleted",
    "no_such_user",
]

CODES: tuple[AnswerCode, ...] = get_args(AnswerCode)
"""Every code an answer can have."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """An answer as facts. ``until``: the instant until which protection is certain.

    ``is_until_open``: protection may go on after it, because a notice is not served yet.
    """

    user: str
    company: str
    service: str
    zone: str
    now: int
    code: AnswerCode
    phase: Phase
    licence: str | None = None
    until: int | None = None
    next_licence: str | None = None
    is_until_open: bool = False


class Answer:
    """The facts of an answer as its sentence needs them: names clean, dates known."""

    def __init__(self, facts: AnswerFacts, language: Language) -> None:
        self.user = clean(facts.user)
        self.company = clean(facts.company)
        self.service = clean(facts.service)
        self.phase = facts.phase
        self.licence = None if facts.licence is None else clean(facts.licence)
        self.next_licence = None if facts.next_licence is None else clean(facts.next_licence)
        self.is_until_open = facts.is_until_open
        self.until: str | None = None
        """The date in full, with how far away it is, where one is known."""
        self.day: str | None = None
        """The same date shortly."""
        self.away: str | None = None
        """How far away it is."""
        if facts.until is not None:
            dates = Calendar(facts.zone, facts.now, language)
            away = self.away = dates.away(facts.until)
            self.day = dates.brief(facts.until)
            self.until = dates.full(facts.until) + (
                f", soit {away}" if language == "fr" else f", {away}"
            )
