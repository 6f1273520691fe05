"""CSV as spreadsheets write it: UTF-8 with or without BOM, commas or semicolons, any line end.

Rows are streamed, each with the line on which it begins. What a table means is not known here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import BinaryIO

from tenure.services.import_rows import Problems
from tenure.words.cells import RUN

MOST_BYTES = 128 << 20
MOST_ROWS = 1_000_000
LONGEST_LINE = 1 << 20

_CONTROL = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029]+")
# What a spreadsheet would run as a formula, behind apostrophes that keep it from doing so.
_GUARDED = re.compile(f"'+{RUN}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table; the required ones must be there, and their cells filled."""

    required: tuple[str, ...]
    filled: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them, in the order in which they are documented."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; ``cells`` by column, only those that the table has."""

    line: int
    cells: dict[str, str]


def plain(text: str) -> str:
    """Give what a cell says: without blanks around it, on one line, without our apostrophe.

    That is what ``words.cells.harmless`` put there.
    """
    text = _CONTROL.sub(" ", text).strip()
    return text[1:] if _GUARDED.match(text) else text


def suggestion(name: str, known: Sequence[str]) -> str:
    """Say what was perhaps meant, and what there is."""
    near = get_close_matches(name[:80], known, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}known are: {', '.join(known)}"


class _Unreadable(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Lines:
    """The decoded lines of a file, counted, with the limits on its size."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self._bytes = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self._opened.readline(LONGEST_LINE + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        self._bytes += len(raw)
        if len(raw) > LONGEST_LINE:
            raise _Unreadable(self.number, f"the line is longer than {LONGEST_LINE >> 20} MB")
        if self._bytes > MOST_BYTES:
            raise _Unreadable(
                self.number,
                f"the file is larger than {MOST_BYTES >> 20} MB; split it and import the parts",
            )
        if self.number == 1:
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise _Unreadable(1, "the file is UTF-16; save it as CSV UTF-8")
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise _Unreadable(
                self.number,
                f"the file is not UTF-8 (byte 0x{raw[error.start]:02X}); it may be Latin-1: "
                "save it as CSV UTF-8",
            ) from None


def rows(opened: BinaryIO, name: str, columns: Columns, problems: Problems) -> Iterator[Row]:
    """Read a table row by row; what is wrong goes to ``problems``, and its row is left out."""
    try:
        yield from _rows(opened, name, columns, problems)
    except _Unreadable as error:
        problems.add(name, error.line, str(error))


def _rows(opened: BinaryIO, name: str, columns: Columns, problems: Problems) -> Iterator[Row]:
    lines = _Lines(opened)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise _Unreadable(
            1, f"the file is empty; its first line names the columns: {','.join(columns.known)}"
        )
    delimiter = _delimiter(first, columns)
    if first.strip().lower().startswith("sep="):  # written and read by one well-known spreadsheet
        delimiter = first.strip()[4:5] or delimiter
        first = next((line for line in lines if line.strip()), "")
    before = lines.number - 1
    records = _records(first, lines, delimiter, before)
    _, header = next(records, (1, []))
    names = _names(header, name, before + 1, columns, problems)
    if names is None:
        return
    count = 0
    for line, record in records:
        if not any(cell.strip() for cell in record):
            continue
        count += 1
        if count > MOST_ROWS:
            raise _Unreadable(line, f"there are more than {MOST_ROWS} rows; split the file")
        cells = _cells(record, names)
        if cells is None:
            problems.add(
                name, line, f"{len(names)} columns are named, and this row has {len(record)} cells"
            )
            continue
        empty = [column for column in columns.filled if not cells[column]]
        for column in empty:
            problems.add(name, line, f"{column} is empty; every row needs one")
        if not empty:
            yield Row(line, cells)


def _delimiter(header: str, columns: Columns) -> str:
    def found(delimiter: str) -> int:
        return sum(cell.strip('" \r\n') in columns.known for cell in header.split(delimiter))

    return ";" if found(";") > found(",") or header.count(";") > header.count(",") else ","


def _records(
    first: str, lines: _Lines, delimiter: str, before: int
) -> Iterator[tuple[int, list[str]]]:
    def numbered() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(numbered(), delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _Unreadable(line, _why(error)) from None
        yield line, record


def _why(error: csv.Error) -> str:
    text = str(error)
    if "end of data" in text:
        return 'a quote " is opened here and never closed'
    if "expected after" in text:
        return 'after a closing quote the cell must end; write a quote within quotes as ""'
    if "new-line" in text:
        return "the lines must end with LF or CRLF"
    if "limit" in text:
        return "a cell is longer than 131072 characters; perhaps a quote is not closed"
    return f"this is not CSV: {text}"


def _names(
    header: list[str], name: str, line: int, columns: Columns, problems: Problems
) -> list[str] | None:
    """Read the names of the columns; None where they are not right."""
    names = [cell.strip() for cell in header]
    while names and not names[-1]:
        names.pop()
    before = len(problems.found)
    for i, column in enumerate(names):
        if not column:
            problems.add(name, line, f"column {i + 1} has no name")
        elif column not in columns.known:
            problems.add(
                name, line, f"unknown column {column[:80]}; {suggestion(column, columns.known)}"
            )
        elif column in names[:i]:
            problems.add(name, line, f"the column {column} stands twice")
    for column in columns.required:
        if column not in names:
            problems.add(
                name, line, f"the column {column} is missing; needed are: "
                f"{', '.join(columns.required)}"
            )  # fmt: skip
    return names if len(problems.found) == before else None


def _cells(record: list[str], names: list[str]) -> dict[str, str] | None:
    if len(record) < len(names) or any(cell.strip() for cell in record[len(names) :]):
        return None
    return {name: plain(cell) for name, cell in zip(names, record, strict=False)}
