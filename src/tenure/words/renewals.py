"""Letters about a request for licences: to whoever supplies them, and back to whoever asked."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

from tenure.words import counts_fr, dates, renewals_en, renewals_fr
from tenure.words.language import Language, chosen
from tenure.words.letters import Letter
from tenure.words.names import clean, clean_url

_TEXTS: dict[Language, ModuleType] = {"en": renewals_en, "fr": renewals_fr}


@dataclass(frozen=True, slots=True)
class Followed:
    """The licence that a request is about. ``zone`` is the reader's; no key stands here."""

    name: str
    units: int
    ends_at: int | None
    zone: str


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
        about: Followed | None,
    ) -> Letter:
        """Write it. ``person``: who asked or answered; ``text``: what they wrote, or nothing.

        ``about``: the licence that the new one would follow, where one was named.
        """


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
    about: Followed | None = None,
) -> Letter:
    """Tell somebody of the supplier that a company asks for licences."""
    spoken = chosen(language)
    named = (clean(company), clean(person), clean(product))
    said = _TEXTS[spoken].asked(
        *named, units, _named(about, spoken), _quoted(text), clean_url(link)
    )
    return _letter(spoken, said)


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
    about: Followed | None = None,
) -> Letter:
    """Tell whoever asked what became of it. ``state``: taken, done or declined."""
    spoken = chosen(language)
    named = (clean(company), clean(person), clean(product))
    said = _TEXTS[spoken].answered(
        *named, units, state, _named(about, spoken), _quoted(text), clean_url(link)
    )
    return _letter(spoken, said)


def _named(about: Followed | None, language: Language) -> str:
    """Name the licence in a paragraph of its own; nothing where there is none."""
    if about is None:
        return ""
    end = None
    if about.ends_at is not None:
        end = dates.deadline(about.ends_at, about.zone, language)
    said: str = _TEXTS[language].followed(clean(about.name), about.units, end)
    return f"{said}\n\n"


def _quoted(text: str) -> str:
    """Set off what somebody else wrote, so that it cannot be taken for ours."""
    lines = [clean(line) for line in text.splitlines() if line.strip()]
    return "".join(f"> {line}\n" for line in lines)


def _letter(language: Language, said: tuple[str, str]) -> Letter:
    subject, text = said
    if language == "fr":
        return Letter(language, counts_fr.tidy(subject), counts_fr.tidy(text))
    return Letter(language, subject, text)
