"""The pages of the documentation, and what of them can be tried: blocks, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]

ANY_LINES = "…"
"""Stands in a shown output for lines that are left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, its content, and its first line's number."""

    info: str
    text: str
    line: int


def name(page: Path) -> str:
    """Name a page as errors do."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """Give the fenced blocks of a page."""
    found: list[Block] = []
    info: str | None = None
    start, inside = 0, list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```") and info is None:
            info, start, inside = line[3:].strip(), number + 1, []
        elif line == "```" and info is not None:
            found.append(Block(info, "".join(f"{each}\n" for each in inside), start))
            info = None
        elif info is not None:
            inside.append(line)
    assert info is None, f"{name(page)}:{start}: the block is not closed"
    return found


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Give each command of a console block with the lines that are shown below it."""
    command, shown = "", list[str]()
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            shown.append(line.rstrip())
    if command:
        yield command, shown


def fits(shown: list[str], printed: str) -> bool:
    """Whether a shown output is what was printed, lines that are left out aside."""
    parts = [r"(?:.*\n)*" if line == ANY_LINES else re.escape(f"{line}\n") for line in shown]
    text = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch("".join(parts), text) is not None


def rows(page: Path, heading: str) -> list[list[str]]:
    """Give the rows of the first table below a heading, without its head."""
    _, found, after = f"\n{page.read_text(encoding='utf-8')}".partition(f"\n{heading}\n")
    assert found, f"{name(page)} has no heading {heading}"
    table: list[list[str]] = []
    for line in after.splitlines():
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            table.append([cell.strip() for cell in cells])
        elif table:
            break
    return table[2:]


def code(cell: str) -> list[str]:
    """Give what stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)
