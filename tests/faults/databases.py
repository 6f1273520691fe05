"""Databases as they stood at a moment, from which any number of fresh copies are made.

No process of a test is connected to the copy that another one is killed on.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, connections

Settings = dict[str, Any]
"""What is different in Django's settings of the database."""

_KEPT: list[Any] = []
"""Connections of the parent: were a child to let one go, the server would end the parent's too."""


class Snapshot(Protocol):
    """A database at a moment; nobody writes to it."""

    def fresh(self) -> Settings:
        """Make a copy and say how it is reached."""
        ...

    def digest(self, settings: Settings) -> str:
        """Give what tells two copies with different rows apart."""
        ...

    def saved(self, settings: Settings) -> Snapshot:
        """Make a snapshot of a copy to which nobody is connected any more."""
        ...

    def drop(self, settings: Settings) -> None:
        """Throw a copy away."""
        ...


def reach(settings: Settings) -> None:
    """Let Django use another database; only in a process of its own."""
    _KEPT.append(connections["default"])
    connections.settings["default"] = {**connections.settings["default"], **settings}
    del connections["default"]


class SqliteSnapshot:
    """A file. The copies do not wait for the disk: a process is killed, not the machine."""

    def __init__(self, file: Path, folder: Path, numbers: Iterator[int] | None = None) -> None:
        self._file = file
        self._folder = folder
        self._numbers = numbers or count()

    def fresh(self) -> Settings:
        """Copy the file."""
        copy = self._folder / f"{next(self._numbers)}.sqlite3"
        shutil.copyfile(self._file, copy)
        options = dict(connections.settings["default"]["OPTIONS"])
        options["init_command"] = (
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;"
        )
        return {"NAME": copy, "OPTIONS": options}

    def digest(self, settings: Settings) -> str:
        """Read all rows of all tables."""
        found = hashlib.blake2b()
        with closing(sqlite3.connect(settings["NAME"])) as database:
            tables = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'store_%'"
            )
            for (name,) in sorted(tables.fetchall()):
                rows = sorted(repr(row) for row in database.execute(f'SELECT * FROM "{name}"'))
                if rows:
                    found.update(f"{name}{rows}".encode())
        return found.hexdigest()

    def saved(self, settings: Settings) -> SqliteSnapshot:
        """Fold the write-ahead log into the file."""
        with closing(sqlite3.connect(settings["NAME"])) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return SqliteSnapshot(settings["NAME"], self._folder, self._numbers)

    def move(self, file: Path) -> None:
        """Put the file elsewhere, for somebody who writes to it."""
        shutil.move(self._file, file)

    def drop(self, settings: Settings) -> None:
        """Remove the copy and what SQLite keeps beside it."""
        for end in ("", "-wal", "-shm"):
            Path(f"{settings['NAME']}{end}").unlink(missing_ok=True)


def blank_sqlite(folder: Path) -> SqliteSnapshot:
    """Take the tables that the test's own database has."""
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / "blank.sqlite3")) as file:
        connection.connection.backup(file)
    return SqliteSnapshot(folder / "blank.sqlite3", folder)


class PostgresSnapshot:
    """A database of the server, copied as a template."""

    def __init__(self, name: str, numbers: Iterator[int]) -> None:
        self._name = name
        self._numbers = numbers

    def fresh(self) -> Settings:
        """Copy the database."""
        copy = f"{connections.settings['default']['NAME']}_fault_{next(self._numbers)}"
        with _server() as run:
            run(f'CREATE DATABASE "{copy}" TEMPLATE "{self._name}"')
        return {"NAME": copy}

    def digest(self, settings: Settings) -> str:
        """Read all rows of all tables."""
        found = hashlib.blake2b()
        with _server(settings["NAME"]) as run:
            tables = run(
                "SELECT relname FROM pg_class WHERE relname LIKE 'store_%' AND NOT relispartition "
                "AND relkind IN ('r', 'p') ORDER BY relname"
            )
            for (name,) in tables:
                if rows := sorted(repr(row) for row in run(f'SELECT * FROM "{name}"')):
                    found.update(f"{name}{rows}".encode())
        return found.hexdigest()

    def saved(self, settings: Settings) -> PostgresSnapshot:
        """Nobody is connected: the copy is as good a template."""
        return PostgresSnapshot(settings["NAME"], self._numbers)

    def drop(self, settings: Settings) -> None:
        """Drop the copy, whoever of the dead seems to be connected still."""
        with _server() as run:
            run(f'DROP DATABASE "{settings["NAME"]}" WITH (FORCE)')


def blank_postgres() -> PostgresSnapshot:
    """Take the tables that the test's own database has."""
    connection.close()
    name = connection.settings_dict["NAME"]
    copy = f"{name}_blank"
    with _server() as run:
        run(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        run(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    return PostgresSnapshot(copy, count())


@contextmanager
def _server(name: str = "postgres") -> Iterator[Any]:
    """Give a way to run statements beside Django."""
    import psycopg

    reached = connections.settings["default"]
    with psycopg.connect(
        dbname=name,
        user=reached["USER"] or None,
        password=reached["PASSWORD"] or None,
        host=reached["HOST"] or None,
        port=reached["PORT"] or None,
        autocommit=True,
    ) as way:

        def run(statement: str) -> list[tuple[Any, ...]]:
            cursor = way.execute(statement)
            return cursor.fetchall() if cursor.description else []

        yield run
