"""Names that people typed break neither a line nor a header."""

import unicodedata

import pytest

from tenure.words.names import LONGEST, clean

HOSTILE = {
    "header": "Martin\r\nBcc: x@example.org",
    "separator": "Martin\u2028Bcc: x@example.org\u2029\x85y",
    "bidi": "Mar\u202etin\u2066 SA\u2069\u200f",
    "long": "M" * 10_240,
    "long and wide": "é€" * 5_120,
    "controls": "Mar\x00t\x1bin\x7f",
    "lone surrogate": "Mar\ud800tin",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_cleaned_name_is_one_short_line(name: str) -> None:
    """No control, no bidi override, no line end, at most 120 characters; and it can be sent."""
    cleaned = clean(name)
    assert 0 < len(cleaned) <= LONGEST
    assert cleaned.splitlines() == [cleaned]
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("name", ["Boulangerie Martin", "Ærø & Fils", "株式会社", "O’Neill 👩‍🍳"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    """Cleaning changes nothing that people can read."""
    assert clean(name) == name


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "\r\n", "\u200d"])
def test_a_name_with_nothing_to_read_is_an_ellipsis(name: str) -> None:
    """A sentence never has a hole where the name should be."""
    assert clean(name) == "…"


def test_spaces_collapse() -> None:
    """Tabs, line ends and no-break spaces are one space each."""
    assert clean("  Boulangerie\t\n Martin\u00a0SA ") == "Boulangerie Martin SA"
