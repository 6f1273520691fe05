"""The sentence that goes with a check's answer: whether a user is protected, and why.

The code decides; the sentence only says it. The texts stand in ``answers_en`` and ``answers_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import answers_en, answers_fr
from tenure.words.answer_facts import CODES, Answer, AnswerCode, AnswerFacts
from tenure.words.language import Language, chosen

__all__ = ["CODES", "AnswerCode", "AnswerFacts", "answer_sentence"]

_TEXTS: dict[Language, ModuleType] = {"en": answers_en, "fr": answers_fr}


def answer_sentence(facts: AnswerFacts, language: str) -> str:
    """Say an answer in one or two sentences, in English where the language is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    said: str = texts.tidy(texts.CODES[facts.code](Answer(facts, spoken)))
    return said
