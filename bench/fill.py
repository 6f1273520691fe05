"""Companies by the thousand or the million: prototypes that the product made, copied by COPY.

A prototype is a real company, made by the services and brought where it stands by the engine;
its rows are read from every table of ours that has a ``company_id``. A copy has the same rows
under other ids. So a copy is what the product would have written, whatever columns there are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg

MARK = "zzqz"
"""In names and addresses of a prototype, where a copy has its number."""

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_HEAD = "\x01"
"""Stands in a prototype's text where each id of a copy has what is the copy's own."""

ROWS = 20_000
"""Companies in one go of COPY."""


@dataclass(frozen=True, slots=True)
class Prototype:
    """A company's rows as COPY writes them, by table, with the copy's number left open."""

    tables: dict[str, str]
    company: UUID
    """The company's own id."""
    names: dict[str, str]
    """What each id of the prototype is in a copy, with the copy's head left open."""

    def company_id(self, number: int) -> UUID:
        """Give the id of copy ``number``."""
        return self.renamed(self.company)(number)

    def renamed(self, own: UUID) -> Callable[[int], UUID]:
        """Give what tells what an id of the prototype is in a copy."""
        name = self.names[str(own)]
        return lambda number: UUID(name.replace(_HEAD, head(number)))


def head(number: int) -> str:
    """Give how every id of a copy begins; in the order of the numbers, as ids of our own are."""
    return f"{0x01990000 + (number >> 16):08x}-{number & 0xFFFF:04x}"


def _tail(index: int) -> str:
    """Give an id with its head left open, which no other of the prototype has."""
    return f"{_HEAD}-7{index & 0xFFF:03x}-8000-{index:012x}"


def tables(connection: psycopg.Connection[Any], leave: Sequence[str] = ()) -> list[str]:
    """Give the tables whose rows belong to a company, their owners first."""
    found = connection.execute(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname = 'company_id'
          AND c.relnamespace = 'public'::regnamespace ORDER BY 1
        """
    ).fetchall()
    names = [name for (name,) in found if name not in leave]
    return ["store_account", "store_company", *names]


def read(
    connection: psycopg.Connection[Any], company: UUID, leave: Sequence[str] = ()
) -> Prototype:
    """Read a prototype. ``leave``: tables of which a copy has no rows."""
    texts: dict[str, str] = {}
    account = connection.execute(
        "SELECT account_id FROM store_company WHERE id = %s", [company]
    ).fetchone()
    if account is None:
        raise LookupError("there is no such company")
    for table in tables(connection, leave):
        key = {"store_account": "id", "store_company": "id"}.get(table, "company_id")
        whose = account[0] if table == "store_account" else company
        query = f"COPY (SELECT * FROM {table} WHERE {key} = '{whose}') TO STDOUT"
        with connection.cursor().copy(query) as copy:
            texts[table] = b"".join(bytes(block) for block in copy).decode()
    names: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        old = found.group()
        return names.setdefault(old, _tail(len(names)))

    # The keys of the catalogue are words, and test clocks have no copies: all else is its own.
    marked = {table: _UUID.sub(renamed, text) for table, text in texts.items() if text}
    return Prototype(marked, company, names)


def empty(connection: psycopg.Connection[Any]) -> None:
    """Take every company out of the database, the prototypes that were read among them."""
    for table in tables(connection):
        connection.execute(f"TRUNCATE {table} CASCADE")
    connection.commit()


def write(
    connection: psycopg.Connection[Any],
    copies: Iterable[tuple[Prototype, int]],
    *,
    total: int = 0,
) -> None:
    """Write copies, each with its number; commits. ``total`` for a bar of progress."""
    began, done = monotonic(), 0
    todo = iter(copies)
    while batch := list(islice(todo, ROWS)):
        wanted = dict.fromkeys(table for prototype, _ in batch for table in prototype.tables)
        for table in sorted(wanted, key=_owners_first):
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for block in _blocks(table, batch):
                    copy.write(block)
        connection.commit()
        done += len(batch)
        if total:
            _bar(done, total, monotonic() - began)


def _owners_first(table: str) -> int:
    order = ("store_account", "store_company")
    return order.index(table) if table in order else len(order)


def _blocks(table: str, batch: list[tuple[Prototype, int]]) -> Iterator[str]:
    lines: list[str] = []
    for prototype, number in batch:
        text = prototype.tables.get(table)
        if text:
            lines.append(text.replace(_HEAD, head(number)).replace(MARK, str(number)))
            if len(lines) == 500:
                yield "".join(lines)
                lines = []
    yield "".join(lines)


def _bar(done: int, total: int, took: float) -> None:
    if not sys.stderr.isatty() and done % (total // 10 or 1) >= ROWS and done < total:
        return
    full = 30 * done // total
    end = "\n" if done >= total or not sys.stderr.isatty() else ""
    sys.stderr.write(
        f"\r  filling [{'#' * full}{'.' * (30 - full)}] {done:,} of {total:,} companies, "
        f"{took:.0f} s{end}"
    )
    sys.stderr.flush()
