"""The sentence that goes with a check's answer: whether a user is protected, and why.

The code decides; the sentence only says it. The texts stand in ``answers_en`` and ``answers_fr``,
those for rows of lists in ``short_answers_en`` and ``short_answers_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import answers_en, answers_fr, short_answers_en, short_answers_fr
from tenure.words.answer_facts import CODES, Answer, AnswerCode, AnswerFacts
from tenure.words.language import Language, chosen

__all__ = ["CODES", "AnswerCode", "AnswerFacts", "answer_sentence", "short_answer"]

_TEXTS: dict[Language, ModuleType] = {"en": answers_en, "fr": answers_fr}
_SHORT: dict[Language, ModuleType] = {"en": short_answers_en, "fr": short_answers_fr}


def answer_sentence(facts: AnswerFacts, language: str) -> str:
    """Say an answer in one or two sentences, in English where the language is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    said: str = texts.tidy(texts.CODES[facts.code](Answer(facts, spoken)))
    return said


def short_answer(facts: AnswerFacts, language: str) -> str:
    """Say an answer in a row that names the user, in a list of one company and one service."""
    spoken = chosen(language)
    said: str = _TEXTS[spoken].tidy(_SHORT[spoken].CODES[facts.code](Answer(facts, spoken)))
    return said
