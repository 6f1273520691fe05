"""A company in trouble in one sentence, with both dates: for the top of each of its pages.

Empty where nothing is wrong. The texts stand in ``banners_en`` and ``banners_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import banners_en, banners_fr
from tenure.words.company_facts import CompanyFacts, Standing
from tenure.words.language import Language, chosen

_TEXTS: dict[Language, ModuleType] = {"en": banners_en, "fr": banners_fr}


def company_banner(facts: CompanyFacts, language: str) -> str:
    """Say when protection ends and when data is deleted; nothing where neither is near."""
    spoken = chosen(language)
    it = Standing(facts, spoken)
    texts = _TEXTS[spoken]
    said = ""
    if facts.closed and facts.phase != "deleted":
        said = texts.closed(it)
    elif facts.phase == "grace":
        said = texts.grace(it)
    elif facts.phase == "suspended":
        said = texts.suspended(it)
    elif facts.phase == "active" and it.is_ending_soon and not it.is_bridged:
        said = texts.ends_soon(it)
    return str(texts.tidy(said))
