"""What the file beside the data of an archive says, so that its reader needs nobody to ask."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.words import archives_en, archives_fr, counts_fr
from tenure.words.dates import moment
from tenure.words.language import Language, chosen
from tenure.words.names import clean

_WORDS = {"en": archives_en, "fr": archives_fr}

TABLES = tuple(archives_en.TABLES)
"""The tables of which something is said."""


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """Whose data it is. ``asked_at`` an instant, told in the reader's ``zone``."""

    company: str
    service: str
    instance: int
    asked_at: int
    zone: str
    suspended: bool


def file_name(language: str) -> str:
    """Give the name of the file."""
    return str(_WORDS[chosen(language)].FILE)


def read_me(facts: ArchiveFacts, language: str) -> str:
    """Write the file, in plain text with lines of at most about a hundred characters."""
    spoken: Language = chosen(language)
    said: str = _WORDS[spoken].read_me(
        clean(facts.company),
        clean(facts.service),
        facts.instance,
        moment(facts.asked_at, facts.zone, spoken),
        is_suspended=facts.suspended,
    )
    return counts_fr.tidy(said) if spoken == "fr" else said
