"""A company's page in four sentences: how it stands, what comes next, for people, what to do.

The texts stand in ``sentences_en`` and ``sentences_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import sentences_en, sentences_fr
from tenure.words.company_facts import CompanyFacts, CompanyWords, HeldPool, Standing
from tenure.words.language import Language, chosen

__all__ = ["CompanyFacts", "CompanyWords", "HeldPool", "company_sentences"]

_TEXTS: dict[Language, ModuleType] = {"en": sentences_en, "fr": sentences_fr}


def company_sentences(facts: CompanyFacts, language: str) -> CompanyWords:
    """Say how a company stands, in a language or in English where it is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    it = Standing(facts, spoken)
    words = texts.PHASES[facts.phase](it)
    todo = words.todo
    if not facts.has_address and facts.phase in ("active", "grace", "suspended"):
        todo = f"{todo} {texts.no_address(it)}"
    return CompanyWords(
        headline=texts.tidy(words.headline),
        next=texts.tidy(words.next),
        people=texts.tidy(words.people),
        todo=texts.tidy(todo),
    )
