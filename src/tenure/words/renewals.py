"""Letters about a request for licences: to whoever supplies them, and back to whoever asked."""

from __future__ import annotations

from types import ModuleType
from typing import Protocol

from tenure.words import counts_fr, renewals_en, renewals_fr
from tenure.words.language import Language, chosen
from tenure.words.letters import Letter
from tenure.words.names import clean, clean_url

_TEXTS: dict[Language, ModuleType] = {"en": renewals_en, "fr": renewals_fr}


class Say(Protocol):
    """What writes a letter."""

    def __call__(
        self,
        language: str,
        *,
        company: str,
        person: str,
        product: str,
        units: int,
        state: str,
        text: str,
        link: str,
    ) -> Letter:
        """Write it. ``person``: who asked or answered; ``text``: what they wrote, or nothing."""


def asked(
    language: str,
    *,
    company: str,
    person: str,
    product: str,
    units: int,
    state: str,
    text: str,
    link: str,
) -> Letter:
    """Tell somebody of the supplier that a company asks for licences."""
    spoken = chosen(language)
    named = (clean(company), clean(person), clean(product))
    return _letter(spoken, _TEXTS[spoken].asked(*named, units, _quoted(text), clean_url(link)))


def answered(
    language: str,
    *,
    company: str,
    person: str,
    product: str,
    units: int,
    state: str,
    text: str,
    link: str,
) -> Letter:
    """Tell whoever asked what became of it. ``state``: taken, done or declined."""
    spoken = chosen(language)
    named = (clean(company), clean(person), clean(product))
    said = _TEXTS[spoken].answered(*named, units, state, _quoted(text), clean_url(link))
    return _letter(spoken, said)


def _quoted(text: str) -> str:
    """Set off what somebody else wrote, so that it cannot be taken for ours."""
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    return "".join(f"> {line}\n" for line in lines)


def _letter(language: Language, said: tuple[str, str]) -> Letter:
    subject, text = said
    if language == "fr":
        return Letter(language, counts_fr.tidy(subject), counts_fr.tidy(text))
    return Letter(language, subject, text)
