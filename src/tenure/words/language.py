"""The languages that are written, and which of them a reader gets."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "fr"]

LANGUAGES: tuple[Language, ...] = ("en", "fr")
"""Every language that is written here."""


def chosen(language: str) -> Language:
    """Give the written language nearest to a tag such as ``fr-CA``; English where there is none."""
    wanted = language.strip().replace("_", "-").split("-")[0].lower()
    for written in LANGUAGES:
        if wanted == written:
            return written
    return "en"
