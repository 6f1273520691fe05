"""Writing many rows of one table at once, from plain tuples.

The engine writes thousands of rows in a transaction. On PostgreSQL new rows go by COPY, and
changes by one UPDATE that reads arrays; the embedded database takes them row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection, models

from tenure.store.instants import InstantField, to_datetime

Row = Sequence[Any]
"""Values in the order of the names: instants are ``int``, JSON is what it stands for."""


FEW = 4
"""Fewer rows than this go by INSERT on PostgreSQL, too: a COPY has a cost of its own."""


class Insert:
    """Adds rows of a model; columns that are not named get the model's defaults."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        self._table = model._meta.db_table
        named = [_field(model, name) for name in names]
        others = [
            field
            for field in model._meta.concrete_fields
            if field.column is not None and field not in named
        ]
        self._fields = [*named, *others]
        self._defaults = tuple(field.get_default() for field in others)

    def __call__(self, rows: Sequence[Row]) -> None:
        """Add the rows."""
        if not rows:
            return
        columns = ", ".join(_column(field) for field in self._fields)
        whole = [(*row, *self._defaults) for row in rows]
        if connection.vendor == "postgresql" and len(rows) >= FEW:
            sql = f"COPY {_quote(self._table)} ({columns}) FROM STDIN"
            _execute(sql, _converted(self._fields, whole), _copy)
            return
        values = ", ".join(["%s"] * len(self._fields))
        sql = f"INSERT INTO {_quote(self._table)} ({columns}) VALUES ({values})"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(sql, _prepared(self._fields, whole))


class Update:
    """Changes rows of a model; each is found by ``key``, whose first part is the company."""

    def __init__(
        self, model: type[models.Model], *names: str, key: tuple[str, ...] = ("company", "id")
    ) -> None:
        self._table = model._meta.db_table
        self._key = [_field(model, name) for name in key]
        self._fields = [_field(model, name) for name in names]

    def __call__(self, rows: Sequence[Row]) -> None:
        """Change the rows; each begins with the values of its key."""
        if not rows:
            return
        fields = [*self._key, *self._fields]
        table = _quote(self._table)
        if connection.vendor != "postgresql":
            changes = ", ".join(f"{_column(field)} = %s" for field in self._fields)
            found = " AND ".join(f"{_column(field)} = %s" for field in self._key)
            # The key comes last in the statement.
            ordered = [(*row[len(self._key) :], *row[: len(self._key)]) for row in rows]
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"UPDATE {table} SET {changes} WHERE {found}",  # noqa: S608 - our own names
                    _prepared([*self._fields, *self._key], ordered),
                )
            return
        arrays = ", ".join(f"%b::{_type(field)}[]" for field in fields)
        names = ", ".join(f"c{i}" for i in range(len(fields)))
        found = " AND ".join(f"t.{_column(f)} = d.c{i}" for i, f in enumerate(self._key))
        changes = ", ".join(
            f"{_column(field)} = {_read(field, f'd.c{i}')}"
            for i, field in enumerate(self._fields, len(self._key))
        )
        sql = (
            f"UPDATE {table} AS t SET {changes} "  # noqa: S608 - our own names
            f"FROM unnest({arrays}) AS d({names}) WHERE {found}"
        )
        columns = zip(*rows, strict=True)
        values = [
            [None if value is None else json.dumps(value) for value in column]
            if isinstance(field, models.JSONField)
            else list(column)
            for field, column in zip(fields, columns, strict=True)
        ]
        _execute(sql, values, _server_side)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return field


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)


def _column(field: models.Field[Any, Any]) -> str:
    return _quote(str(field.column))


def _prepared(fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]) -> list[list[Any]]:
    """Give rows as the embedded database stores them."""
    prepare = [partial(field.get_db_prep_save, connection=connection) for field in fields]
    return [[make(value) for make, value in zip(prepare, row, strict=True)] for row in rows]


def _converted(fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]) -> list[list[Any]]:
    """Give rows as psycopg takes them."""
    converters: dict[int, Callable[[Any], Any]] = {}
    for i, field in enumerate(fields):
        if isinstance(field, InstantField):
            converters[i] = to_datetime
        elif isinstance(field, models.JSONField):
            converters[i] = json.dumps
    found = []
    for row in rows:
        values = list(row)
        for i, convert in converters.items():
            if values[i] is not None:
                values[i] = convert(values[i])
        found.append(values)
    return found


def _type(field: models.Field[Any, Any]) -> str:
    """Give the type of a column's values on their way."""
    if isinstance(field, InstantField):
        return "bigint"
    if isinstance(field, models.JSONField):
        return "text"
    return str(field.db_type(connection)).split("(")[0]


def _read(field: models.Field[Any, Any], value: str) -> str:
    """Give the SQL that makes a column's value of what was on its way."""
    if isinstance(field, InstantField):
        return f"to_timestamp({value})"
    if isinstance(field, models.JSONField):
        return f"{value}::jsonb"
    return value


def _execute(sql: str, params: Any, how: Callable[[str, Any], None]) -> None:
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


def _copy(sql: str, rows: Any) -> None:
    import psycopg  # noqa: PLC0415 - not on the way to the embedded database

    with psycopg.Cursor(connection.connection) as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def _server_side(sql: str, params: Any) -> None:
    import psycopg  # noqa: PLC0415 - not on the way to the embedded database

    # Django's cursors put parameters into the text; arrays of texts go better beside it.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, params)
