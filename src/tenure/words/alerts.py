"""What an alert says: one sentence, and what to do. Its level and its status in a word.

The texts stand in ``alerts_en`` and ``alerts_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import alerts_en, alerts_fr
from tenure.words.alert_facts import (
    Alerted,
    AlertFacts,
    AlertKind,
    AlertLevel,
    AlertState,
    AlertWords,
)
from tenure.words.language import Language, chosen
from tenure.words.statuses import Shape

_TEXTS: dict[Language, ModuleType] = {"en": alerts_en, "fr": alerts_fr}

SHAPES: dict[AlertLevel, Shape] = {
    "critical": "octagon",
    "warning": "triangle",
    "information": "circle",
}
"""The shape that goes with a level wherever it is shown."""


def alert_words(facts: AlertFacts, language: str) -> AlertWords:
    """Say an alert in a language, or in English where it is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    it = Alerted(facts, spoken)
    said: AlertWords = texts.SENTENCES[facts.kind](it)
    if facts.over_at is not None:
        said = texts.over(it)
    return AlertWords(texts.tidy(said.text), texts.tidy(said.todo))


def kind_word(kind: AlertKind, language: str) -> str:
    """Name a kind of alert in a list."""
    text: str = _TEXTS[chosen(language)].KINDS[kind]
    return text


def level_word(level: AlertLevel, language: str) -> str:
    """Name a level."""
    text: str = _TEXTS[chosen(language)].LEVELS[level]
    return text


def state_word(state: AlertState, language: str) -> str:
    """Name a status."""
    text: str = _TEXTS[chosen(language)].STATES[state]
    return text
