"""Cells of tables for spreadsheets: what a cell says is read, and never run as a formula."""

from __future__ import annotations

import re

# With the wide forms of the signs.
RUN = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""How a cell begins that a spreadsheet would run as a formula, as a pattern."""
_RUN = re.compile(f"'*{RUN}")


def harmless(text: str) -> str:
    """Give a cell that no spreadsheet runs as a formula: with an apostrophe before it."""
    return "'" + text if _RUN.match(text) else text
