"""Statements that go to the database together, in one trip.

On PostgreSQL a trip costs about as much as what a small statement does there, and whoever makes
it holds a lock meanwhile. Statements that are sent together see the database one after the
other: each sees what those before it did, and what had been committed by when it began. The
embedded database lies in this process; there they are simply run one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """A statement of one's own, with ``%s`` for each of its values."""

    sql: str
    params: Sequence[Any] = ()


def trip(statements: Sequence[Statement], *, commits: bool = False) -> list[Rows]:
    """Run the statements in their order; give the rows of each, none where it only writes.

    ``commits``: they are the last of the outermost transaction, which may end with them; the
    caller leaves it at once. What holds a lock then need not wait for one trip more.
    """
    if connection.vendor == "postgresql":
        return _together(statements, commits=commits) if statements else []
    found: list[Rows] = []
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            found.append(cursor.fetchall() if _reads(sql) else [])
    return found


def _together(statements: Sequence[Statement], *, commits: bool) -> list[Rows]:
    import psycopg  # noqa: PLC0415 - not on the way to the embedded database

    found: list[Rows] = []

    def send(sql: str, params: Any) -> None:
        with psycopg.ClientCursor(connection.connection) as cursor:
            cursor.execute(sql, params)
            for i, statement in enumerate(statements):
                if i:
                    cursor.nextset()
                found.append(cursor.fetchall() if _reads(statement.sql) else [])

    sql = ";\n".join([statement.sql for statement in statements])
    watched(
        f"{sql};\nCOMMIT" if commits else sql,
        [value for statement in statements for value in statement.params],
        send,
    )
    return found


def _reads(sql: str) -> bool:
    return sql.lstrip().startswith("SELECT")


def watched(sql: str, params: Any, how: Callable[[str, Any], None]) -> None:
    """Run a statement in a way that Django's cursors do not know, and let it look on all the same.

    What watches statements sees this one too, and errors are Django's.
    """

    def execute(sql: str, params: Any, many: bool, context: dict[str, Any]) -> None:
        how(sql, params)

    run: Callable[..., None] = execute
    for wrapper in reversed(connection.execute_wrappers):
        run = partial(wrapper, run)
    connection.ensure_connection()
    with connection.wrap_database_errors:
        run(sql, params, False, {"connection": connection, "cursor": None})
