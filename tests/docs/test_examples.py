"""What the documentation shows is what the product does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tenure.cli.main import cli
from tests.docs.pages import DOCS, PAGES, ROOT, blocks, commands, fits, name

SHOWING = [page for page in PAGES if any(block.info == "console" for block in blocks(page))]


@pytest.mark.parametrize("document", SHOWING, ids=name)
def test_every_shown_output_is_what_is_printed(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are written as they stand on the page, and each command after them prints what follows.

    ``yaml NAME`` is a file, ``yaml NAME +`` goes on with it; ``console`` holds commands.
    """
    (tmp_path / "docs").symlink_to(DOCS)
    monkeypatch.chdir(tmp_path)
    for block in blocks(document):
        kind, *words = block.info.split()
        if kind == "yaml" and words:
            mode = "a" if words[1:] == ["+"] else "w"
            with (tmp_path / words[0]).open(mode, encoding="utf-8") as file:
                file.write(block.text)
        if kind == "console":
            tried = list(commands(block))
            assert tried, f"{name(document)}:{block.line}: no command stands here"
            for command, shown in tried:
                printed = _run(command)
                assert fits(shown, printed), f"{name(document)}:{block.line}: it prints\n{printed}"


def _run(command: str) -> str:
    program, *words = shlex.split(command)
    assert program == "tenure" and words[0] == "simulate", "other commands need a block of sh"
    return CliRunner().invoke(cli, words, prog_name="tenure").output


@pytest.mark.parametrize("document", PAGES, ids=name)
def test_every_link_leads_somewhere(document: Path) -> None:
    """A link within the repository names a file that is there, and a heading that it has."""
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.is_relative_to(ROOT) and there.exists(), f"{name(document)}: {target}"
        if heading:
            assert heading in _anchors(there), f"{name(document)}: {target}"


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def test_the_index_names_every_page() -> None:
    """docs/README.md leads to each page; the decisions and examples have their folders."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        place = page.relative_to(DOCS)
        if place.parts[0] != "decisions" and place != Path("README.md"):
            assert f"({place})" in index, f"docs/README.md does not lead to {place}"
