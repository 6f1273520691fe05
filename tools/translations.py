"""Holds every .po file to the texts of the pages: nothing missing, doubtful, broken or too many.

What is to be translated is gathered by Django's makemessages, which needs gettext's xgettext.
Without it the files are checked by themselves, and that is said loudly.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

TENURE = Path(__file__).resolve().parents[1] / "src" / "tenure"


def read(path: Path) -> Catalog:
    """Read a .po file; its language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def name(message: Message) -> str:
    """Name a text in a complaint."""
    text = message.id if isinstance(message.id, str) else message.id[0]
    return f"“{text if len(text) < 70 else text[:69] + '…'}”"


def key(message: Message) -> tuple[str | None, str]:
    """Give what makes a text itself: its context and its English."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def faults_of(catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with a file, looked at by itself."""
    if catalog.fuzzy:
        yield "its header is marked fuzzy, so it is not compiled; remove the mark"
    for message in catalog:
        if not message.id:
            continue
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy:
            yield f"{name(message)} is marked fuzzy; look at it and remove the mark"
        if not said or not all(said):
            yield f"{name(message)} is not translated"
            continue
        for error in message.check(catalog):
            yield f"{name(message)}: {error}"
    for message in catalog.obsolete.values():
        yield f"{name(message)} is used nowhere any more; remove it"


def gathered(paths: list[Path]) -> dict[Path, Catalog]:
    """Give what each .po file would be once `make messages` had run."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tenure"
        shutil.copytree(TENURE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        command = [sys.executable, "-m", "django", "makemessages", "--all", "--no-location"]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"makemessages failed:\n{done.stdout}{done.stderr}")
        return {path: read(copy / path.relative_to(TENURE)) for path in paths}


def differences(catalog: Catalog, anew: Catalog) -> Iterator[str]:
    """Yield the texts that are missing from a file, and those that are used nowhere."""
    here = {key(message): message for message in catalog if message.id}
    there = {key(message): message for message in anew if message.id}
    for lacking in there.keys() - here.keys():
        yield f"{name(there[lacking])} is missing; run `make messages` and translate it"
    for needless in here.keys() - there.keys():
        yield f"{name(here[needless])} is used nowhere any more; run `make messages`"


def main() -> int:
    """Check every file; print what is wrong. Gives the exit status."""
    paths = sorted(TENURE.glob("locale/*/LC_MESSAGES/*.po"))
    if not paths:
        print("There is no .po file under src/tenure/locale.", file=sys.stderr)
        return 1
    anew: dict[Path, Catalog] = {}
    if shutil.which("xgettext"):
        anew = gathered(paths)
    else:
        print(
            "WARNING: this machine has no xgettext (`make ci-deps` installs it). The texts of the "
            "pages WERE NOT GATHERED: a text that no .po file holds is not found here.",
            file=sys.stderr,
        )
    wrong = 0
    for path in paths:
        catalog = read(path)
        faults = [*faults_of(catalog)]
        if path in anew:
            faults += sorted(differences(catalog, anew[path]))
        for fault in faults:
            print(f"{path.relative_to(TENURE.parents[1])}: {fault}.", file=sys.stderr)
        wrong += len(faults)
        if not faults:
            count = sum(1 for message in catalog if message.id)
            print(f"{path.relative_to(TENURE.parents[1])}: {count} texts, all translated.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
