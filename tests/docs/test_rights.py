"""The reference of rights says what the doors ask for, no more and no less."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, code, rows
from tools import rights

PAGE = DOCS / "reference" / "rights.md"


def test_the_tables_are_those_of_the_code() -> None:
    """After a change: `python -m tools.rights`."""
    text = PAGE.read_text(encoding="utf-8")
    assert rights.tables(text) == text


@pytest.mark.parametrize(
    ("heading", "known"), [("## Actions on an account", 10), ("## Pages of a company", 13)]
)
def test_no_table_is_empty(heading: str, known: int) -> None:
    table = rows(PAGE, heading)
    assert len(table) >= known
    assert all(code(name) and what and need for name, what, need in table)
