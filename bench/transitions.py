"""Row `transitions`: companies that are due, recorded at 500 a batch.

Against a batch written by hand that decides nothing: it is given the rows that our step wrote,
and writes the very same ones into a second database that was the same until then. How the rows
get there by hand is whichever of three ways is the fastest in this run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from bench import cast, databases, fill
from bench.measures import Figure, compared, seconds
from bench.sizes import Size
from tenure.clock import SetClock

AT = 1_790_812_800
"""2026-10-01T00:00:00Z, when all of them are due."""

Connection = psycopg.Connection[Any]
Rows = list[tuple[Any, ...]]

UNTOUCHED = ("store_member", "store_seat", "store_fact", "store_term", "store_placement")
"""Tables that a step does not write; a copy has their rows all the same."""


@dataclass(slots=True)
class Table:
    """A table's columns with their types, and how many of them are the key."""

    name: str
    columns: list[str]
    types: list[str]
    key: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, connection: Connection, name: str) -> Table:
        """Read what the database knows of the table."""
        found = connection.execute(
            """
            SELECT a.attname, format_type(a.atttypid, NULL), i.indkey IS NOT NULL
            FROM pg_attribute a LEFT JOIN pg_index i
              ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
            WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """,
            [name],
        ).fetchall()
        key = [i for i, row in enumerate(found) if row[2]]
        return cls(name, [row[0] for row in found], [row[1] for row in found], key)

    def read(self, connection: Connection, companies: Sequence[UUID]) -> dict[Any, tuple[Any, ...]]:
        """Give the rows of companies by key; JSON as the text that it is."""
        read = sql.SQL(", ").join(
            sql.SQL("{}::text" if kind == "jsonb" else "{}").format(sql.Identifier(column))
            for column, kind in zip(self.columns, self.types, strict=True)
        )
        query = sql.SQL("SELECT {} FROM {} WHERE company_id = ANY(%s)").format(
            read, sql.Identifier(self.name)
        )
        rows = connection.execute(query, [list(companies)]).fetchall()
        return {tuple(row[i] for i in self.key): row for row in rows}


@dataclass(slots=True)
class Written:
    """What a step wrote into one table: new rows, and the changed columns of old ones."""

    table: Table
    inserted: Rows
    changed: list[int]
    """The columns that differ in any row that was there before."""
    updated: Rows
    """The key and then the changed columns, of each row that differs."""


def difference(
    tables: Sequence[Table], after: Connection, before: Connection, companies: Sequence[UUID]
) -> list[Written]:
    """Give what the first database has and the second has not."""
    found = []
    for table in tables:
        new, old = table.read(after, companies), table.read(before, companies)
        if missing := old.keys() - new.keys():
            raise AssertionError(f"{table.name} has lost {len(missing)} rows")
        both = [(new[key], old[key]) for key in new.keys() & old.keys() if new[key] != old[key]]
        changed = [i for i in range(len(table.columns)) if any(a[i] != b[i] for a, b in both)]
        updated = [tuple(a[i] for i in (*table.key, *changed)) for a, _ in both]
        inserted = [row for key, row in new.items() if key not in old]
        if inserted or updated:
            found.append(Written(table, inserted, changed, updated))
    return found


def by_unnest(connection: Connection, written: Sequence[Written]) -> None:
    """Write by one statement a table, from arrays."""
    for one in written:
        if one.updated:
            _update(connection, one)
        if one.inserted:
            _insert(connection, one)
    connection.commit()


def by_values(connection: Connection, written: Sequence[Written]) -> None:
    """Write by one statement a table, from a list of values."""
    for one in written:
        if one.updated:
            _update(connection, one)
        if one.inserted:
            width = len(one.table.columns)
            row = f"({', '.join(['%s'] * width)})"
            for start in range(0, len(one.inserted), 60_000 // width):
                rows = one.inserted[start : start + 60_000 // width]
                query = f"INSERT INTO {one.table.name} VALUES {', '.join([row] * len(rows))}"
                connection.execute(query, [value for each in rows for value in each])
    connection.commit()


def by_copy(connection: Connection, written: Sequence[Written]) -> None:
    """Write new rows by COPY, changed ones from arrays."""
    for one in written:
        if one.updated:
            _update(connection, one)
        if one.inserted:
            with connection.cursor().copy(f"COPY {one.table.name} FROM STDIN") as copy:
                for row in one.inserted:
                    copy.write_row(row)
    connection.commit()


def _arrays(types: Sequence[str]) -> str:
    """Give the parameters of arrays, in the binary form: the text form takes twice as long."""
    return ", ".join(f"%b::{'text' if kind == 'jsonb' else kind}[]" for kind in types)


def _read(name: str, kind: str) -> str:
    return f"{name}::jsonb" if kind == "jsonb" else name


def _insert(connection: Connection, one: Written) -> None:
    types = one.table.types
    given = [f"v{i}" for i in range(len(types))]
    read = ", ".join(_read(name, kind) for name, kind in zip(given, types, strict=True))
    connection.execute(
        f"INSERT INTO {one.table.name} SELECT {read} "
        f"FROM unnest({_arrays(types)}) AS v({', '.join(given)})",
        [list(column) for column in zip(*one.inserted, strict=True)],
    )


def _update(connection: Connection, one: Written) -> None:
    table = one.table
    columns = [*table.key, *one.changed]
    names = [table.columns[i] for i in columns]
    types = [table.types[i] for i in columns]
    given = ", ".join(f"v{i}" for i in range(len(columns)))
    keys = len(table.key)
    setting = ", ".join(
        f"{names[i]} = {_read(f'v.v{i}', types[i])}" for i in range(keys, len(names))
    )
    same = " AND ".join(f"t.{names[i]} = v.v{i}" for i in range(keys))
    connection.execute(
        f"UPDATE {table.name} t SET {setting} "
        f"FROM unnest({_arrays(types)}) AS v({given}) WHERE {same}",
        [list(column) for column in zip(*one.updated, strict=True)],
    )


WAYS: tuple[Callable[[Connection, Sequence[Written]], None], ...] = (by_unnest, by_values, by_copy)


def copies(
    connection: Connection,
    count: int,
    *,
    at: int = AT,
    leave: Sequence[str] = (),
    kinds: int | None = None,
) -> list[tuple[fill.Prototype, int]]:
    """Make what falls due at an instant, mixed and numbered; half of each kind has a site.

    ``kinds``: only so many kinds of those that there are, to be quick.
    """
    each: list[list[fill.Prototype]] = []
    for make, share in cast.DUE[:kinds]:
        lives = [make(at, sites) for sites in (0, 1)]
        each += [[fill.read(connection, life.company.id, leave) for life in lives]] * share
    # By 7, which has no divisor in common with 20, so that kinds do not stand in blocks.
    return [(each[i * 7 % len(each)][i // len(each) % 2], i) for i in range(count)]


def measure(size: Size) -> list[Figure]:
    """Compare a step with each way of writing the same by hand; the fastest way is the figure."""
    batch, turns = (40, 3) if size.small else (500, 30)
    with databases.fresh("ours") as ours:
        from django.db import connection

        with databases.connect(ours) as plain:
            todo = copies(plain, batch * (turns + len(WAYS)), kinds=1 if size.small else None)
            fill.empty(plain)
            fill.write(plain, todo)
        databases.settle(ours)
        connection.close()
        with databases.copied(databases.name(ours), "hand") as hand:
            return _compare(ours, hand, batch, turns)


def _compare(ours: str, hand: str, batch: int, turns: int) -> list[Figure]:
    from django.db import connection

    from tenure.engine import steps

    clock = SetClock(AT)
    taken: dict[str, tuple[list[float], list[float]]] = {way.__name__: ([], []) for way in WAYS}
    due_alone: list[float] = []
    rows = 0
    with databases.connect(ours) as reader, databases.connect(hand) as writer:
        reader.autocommit = True
        names = [name for name in fill.tables(reader)[2:] if name not in UNTOUCHED]
        tables = [Table.of(reader, name) for name in names]
        connection.ensure_connection()
        for turn in range(-len(WAYS), turns):
            way = WAYS[turn % len(WAYS)]
            found: list[UUID] = []

            def due() -> None:
                found.extend(steps.due(clock, batch))  # noqa: B023 - called at once

            def step() -> None:
                steps.step(found, clock)  # noqa: B023 - called at once

            asking, stepping = seconds(due), seconds(step)
            if len(found) != batch:
                raise AssertionError(f"{len(found)} were due, not {batch}")
            written = difference(tables, reader, writer, found)
            by_hand = seconds(lambda: way(writer, written))  # noqa: B023 - called at once
            if difference(tables, reader, writer, found):
                raise AssertionError("the batch by hand did not write the same")
            writer.rollback()
            rows = sum(len(one.inserted) + len(one.updated) for one in written)
            if turn >= 0:
                taken[way.__name__][0].append(asking + stepping)
                taken[way.__name__][1].append(by_hand)
                due_alone.append(asking)
    note = (
        f"{rows / batch:.1f} rows a company; asking what is due {_middle(due_alone) * 1e3:.1f} ms"
    )
    fastest = min(taken, key=lambda name: _middle(taken[name][1]))
    return [
        compared(
            "transitions",
            f"one due company, {batch} a batch, against {name}",
            *sides,
            unit="µs",
            scale=1e6 / batch,
            limit=2.0 if name == fastest else None,
            note=note,
        )
        for name, sides in taken.items()
    ]


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
