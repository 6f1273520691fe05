"""Names that people typed, made safe to stand in a sentence, a header and a list."""

from __future__ import annotations

import unicodedata

LONGEST = 120
"""Characters of a name; what is longer ends in an ellipsis."""

_JOINERS = frozenset("\u200c\u200d")  # Persian and Indic names and emoji need them
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})


def clean(name: str) -> str:
    """Make a name one line of at most 120 characters, without controls and bidi overrides.

    A name that holds nothing to read becomes an ellipsis.
    """
    if len(name) <= LONGEST and name.isascii() and name.isprintable():
        return " ".join(name.split()) or "…"  # as most names are; there is nothing to drop
    kept = []
    for character in name[: LONGEST * 100]:
        category = unicodedata.category(character)
        if category in _SPACES or character in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85":
            kept.append(" ")
        elif character in _JOINERS or not (category in _DROPPED or _is_no_character(character)):
            kept.append(character)
    line = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    if not line.strip("\u200c\u200d "):
        return "…"
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _is_no_character(character: str) -> bool:
    """Whether it is one of the code points that are never characters."""
    code = ord(character)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def clean_url(url: str) -> str:
    """Give the address without anything that could break the line on which it stands."""
    return "".join(character for character in url if character.isprintable() and character != " ")
