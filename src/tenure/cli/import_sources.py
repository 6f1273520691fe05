"""The files of an import, from a folder or a ZIP: only the known names, never anything else.

Nothing of a ZIP is written to a disk, and no size that it states is believed.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from tenure.cli.errors import UserError
from tenure.cli.tables import MOST_BYTES
from tenure.services.import_rows import FILES

MOST_ENTRIES = 1000


class Source:
    """The tables of a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: dict[str, str] = {}
        """Where each known file is, by its name."""
        self._find()

    def _find(self) -> None:
        try:
            present = sorted(entry.name for entry in self.path.iterdir() if entry.is_file())
        except OSError as error:
            raise UserError(f"{self.path} cannot be read: {error.strerror}") from None
        self.names = self._known(present)

    def _known(self, present: list[str]) -> dict[str, str]:
        for name in present:
            if name.lower().endswith(".csv") and name not in FILES:
                near = get_close_matches(name.lower(), FILES, n=1)
                guess = f"did you mean {near[0]}? " if near else ""
                raise UserError(
                    f"{self.path}: unknown file {name}; {guess}known are: {', '.join(FILES)}"
                )
        found = {name: name for name in FILES if name in present}
        if not found:
            raise UserError(f"{self.path} has none of the files {', '.join(FILES)}")
        return found

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a table. Raises ``UserError``."""
        try:
            with (self.path / name).open("rb") as opened:
                yield opened
        except OSError as error:
            raise UserError(f"{self.path / name} cannot be read: {error.strerror}") from None

    def digest(self) -> str:
        """Give a mark of the content: equal for equal files."""
        mark = sha256()
        for name in self.names:
            mark.update(name.encode() + b"\0")
            with self.open(name) as opened:
                left = MOST_BYTES  # a larger file is refused when it is read
                while left > 0 and (chunk := opened.read(1 << 16)):
                    left -= len(chunk)
                    mark.update(chunk)
        return mark.hexdigest()


class ZipSource(Source):
    """The tables of a ZIP, at its top or in one folder of it."""

    def _find(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.infolist()
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise UserError(f"{self.path} cannot be read as a ZIP: {error}") from None
        if len(entries) > MOST_ENTRIES:
            raise UserError(f"{self.path} has more than {MOST_ENTRIES} entries")
        places: dict[str, str] = {}
        folders: set[str] = set()
        for entry in entries:
            # Entries that some systems add by themselves.
            if entry.is_dir() or entry.filename.startswith("__MACOSX/"):
                continue
            folder, _, name = entry.filename.rpartition("/")
            if not name.lower().endswith(".csv"):
                continue
            outside = "\\" in entry.filename or entry.filename.startswith(("/", "../"))
            if outside or "/" in folder:
                raise UserError(
                    f"{self.path}: {entry.filename} lies elsewhere; "
                    "the files stand at the top of the ZIP or in one folder"
                )
            if name in places:
                raise UserError(f"{self.path} has {name} twice")
            if entry.flag_bits & 1:
                raise UserError(f"{self.path} is encrypted; make a ZIP without a password")
            folders.add(folder)
            places[name] = entry.filename
        if len(folders) > 1:
            raise UserError(f"{self.path} has tables in several folders; put them into one")
        self.names = {name: places[name] for name in self._known(sorted(places))}

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a table. Raises ``UserError``."""
        try:
            with (
                zipfile.ZipFile(self.path) as archive,
                archive.open(self.names[name]) as opened,
            ):
                yield opened  # type: ignore[misc]  # it reads bytes, like every file
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UserError(f"{self.path}: {name} cannot be read: {error}") from None


def source(path: str) -> Source:
    """Find the tables of a folder or a ZIP. Raises ``UserError``."""
    place = Path(path)
    if place.is_dir():
        return Source(place)
    if not place.exists():
        raise UserError(f"there is no folder or ZIP {path}")
    return ZipSource(place)
