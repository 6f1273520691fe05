"""What the events of a company's calendar are called, in English and in French."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.words import counts_en, counts_fr
from tenure.words.dates import Calendar
from tenure.words.language import Language, chosen
from tenure.words.names import clean

EventKind = Literal[
    "licence_begins", "licence_ends", "active", "company_ends", "suspension", "deletion"
]


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Something that happens at ``at``. ``is_expected``: by what is known, if nothing is done."""

    kind: EventKind
    company: str
    service: str
    zone: str
    now: int
    at: int
    name: str = ""
    units: int = 0
    is_expected: bool = True
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class EventWords:
    """``text`` names it in the company's own calendar, ``title`` in one of many companies."""

    text: str
    title: str
    more: str


def event_words(facts: EventFacts, language: str) -> EventWords:
    """Say an event in a language, or in English where it is not written."""
    spoken = chosen(language)
    text = (_french if spoken == "fr" else _english)(facts)
    dates = Calendar(facts.zone, facts.now, spoken)
    ends = facts.kind in ("licence_ends", "company_ends", "suspension", "deletion")
    date = dates.full(facts.at) if ends else dates.moment(facts.at)
    first, tests, expects = _MORE[spoken]
    more = [f"{first} {date}."]
    if facts.is_expected and facts.kind not in ("licence_begins", "licence_ends"):
        more.append(expects)
    if facts.is_test:
        more.append(tests)
    test = "[Test] " if facts.is_test else ""
    tidy = counts_fr.tidy if spoken == "fr" else counts_en.tidy
    title = tidy(
        f"{test}{clean(facts.company)} : {text}"
        if spoken == "fr"
        else f"{test}{clean(facts.company)}: {text}"
    )
    return EventWords(tidy(text), title, tidy(" ".join(more)))


_MORE: dict[Language, tuple[str, str, str]] = {
    "en": (
        "Exactly:",
        "This is a test company, which lives by a clock of its own.",
        "By what is known, if nothing is done and every mail is delivered at once.",
    ),
    "fr": (
        "Précisément :",
        "C’est une entreprise d’essai, qui vit selon sa propre horloge.",
        "D’après ce que l’on sait, si rien n’est fait et si chaque message est remis aussitôt.",
    ),
}


def _english(facts: EventFacts) -> str:
    service, name = clean(facts.service), clean(facts.name)
    units = f"{counts_en.number(facts.units)} {'unit' if facts.units == 1 else 'units'}"
    return {
        "licence_begins": f"licence “{name}” begins ({units})",
        "licence_ends": f"licence “{name}” ends ({units})",
        "active": f"{service} is active",
        "company_ends": f"last licence of {service} ends; protection goes on",
        "suspension": f"protection by {service} ends: suspension",
        "deletion": f"everything in {service} is deleted",
    }[facts.kind]


def _french(facts: EventFacts) -> str:
    service, name = clean(facts.service), clean(facts.name)
    units = f"{counts_fr.number(facts.units)} {'unité' if facts.units < 2 else 'unités'}"
    return {
        "licence_begins": f"début de la licence « {name} » ({units})",
        "licence_ends": f"fin de la licence « {name} » ({units})",
        "active": f"{service} est en service",
        "company_ends": f"fin de la dernière licence de {service} ; la protection continue",
        "suspension": f"fin de la protection par {service} : suspension",
        "deletion": f"suppression de tout le contenu de {service}",
    }[facts.kind]
