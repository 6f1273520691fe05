"""What the tutorial and the how-tos tell people to press, to name and to run is there."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tenure.cli.main import COMMANDS
from tenure.services import demo
from tests.docs.pages import DOCS, PAGES, ROOT, blocks, name

TUTORIAL = DOCS / "tutorial" / "first-hour.md"
TEMPLATES = ROOT / "src" / "tenure" / "portal" / "templates"


def test_the_tutorial_names_what_the_pages_show() -> None:
    """Each word in bold is a company of the demo, or stands on a page, or is a phase."""
    shown = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    companies = {each.name for each in demo.COMPANIES} | {name for name, _ in demo.PROVIDERS}
    phases = {"Grace.", "Suspended.", "Deleted."}
    text = TUTORIAL.read_text(encoding="utf-8").replace("\n", " ")
    for word in re.findall(r"\*\*(.+?)\*\*", text):
        assert word in companies | phases or f'"{word}"' in shown, word


def test_every_command_that_is_named_exists() -> None:
    """Each `tenure WORD` in the pages is a command of the program."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for word in re.findall(r"(?:^|`|\$ |bin/|    )tenure ([a-z]+)\b", text, re.MULTILINE):
            assert word in COMMANDS, f"{name(page)}: tenure {word}"


def test_the_backup_takes_a_whole_copy_while_somebody_writes(tmp_path: Path) -> None:
    """The program of the how-to copies what is written and not yet in the file itself."""
    page = DOCS / "how-to" / "operate.md"
    [program] = [block.text for block in blocks(page) if block.info == "python"]
    source, target = tmp_path / "from.sqlite3", tmp_path / "to.sqlite3"
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(source)) as writer:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE notes (text)")
        database.execute("INSERT INTO notes VALUES ('kept')")
        database.commit()
        writer.execute("INSERT INTO notes VALUES ('under way')")
        command = [sys.executable, "-c", program, str(source), str(target)]
        subprocess.run(command, check=True, capture_output=True)
        writer.rollback()
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT text FROM notes").fetchall() == [("kept",)]
