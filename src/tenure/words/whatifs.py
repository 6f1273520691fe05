"""What a "what if?" says: who would lose protection and when, phases, the others, notices.

The texts stand in ``whatifs_en`` and ``whatifs_fr``.
"""

from __future__ import annotations

from types import ModuleType

from tenure.words import whatifs_en, whatifs_fr
from tenure.words.language import Language, chosen
from tenure.words.whatif_facts import ChangeFacts, Supposed, WhatIfFacts, WhatIfWords

_TEXTS: dict[Language, ModuleType] = {"en": whatifs_en, "fr": whatifs_fr}


def whatif_sentences(facts: WhatIfFacts, language: str) -> WhatIfWords:
    """Say what would come about, in a language or in English where it is not written."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    it = Supposed(facts, spoken)
    return WhatIfWords(
        headline=texts.tidy(texts.headline(it)),
        phases=texts.tidy(texts.phases(it)),
        people=texts.tidy(texts.people(it)),
        notices=texts.tidy(texts.notices(it)),
    )


def change_sentence(facts: WhatIfFacts, change: ChangeFacts, language: str) -> str:
    """Name one change in a list: "Remove the licence A, on Tuesday 1 December 2026"."""
    spoken = chosen(language)
    texts = _TEXTS[spoken]
    said: str = texts.tidy(texts.named(Supposed(facts, spoken), change))
    return said
