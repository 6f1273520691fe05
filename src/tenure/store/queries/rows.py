"""Rows as plain tuples: writing many of one table at once, or few in one trip with others.

The engine writes thousands of rows in a transaction. On PostgreSQL new rows go by COPY, and
changes by one UPDATE that reads arrays; the embedded database takes them row by row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from django.db import connection, models

from tenure.store.instants import InstantField, to_datetime
from tenure.store.queries.trips import Rows, Statement, watched

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
        self._columns = ", ".join(_column(field) for field in self._fields)
        self._defaults = tuple(field.get_default() for field in others)

    def __call__(self, rows: Sequence[Row]) -> None:
        """Add the rows."""
        if not rows:
            return
        whole = [(*row, *self._defaults) for row in rows]
        if connection.vendor == "postgresql" and len(rows) >= FEW:
            sql = f"COPY {_quote(self._table)} ({self._columns}) FROM STDIN"
            watched(sql, _converted(self._fields, whole, _VALUES), _copy)
            return
        values = ", ".join(["%s"] * len(self._fields))
        sql = f"INSERT INTO {_quote(self._table)} ({self._columns}) VALUES ({values})"  # noqa: S608 - ours
        with connection.cursor() as cursor:
            cursor.executemany(sql, _stored(self._fields, whole))

    def statement(self, rows: Sequence[Row]) -> Statement:
        """Give the statement that adds a few rows, to be sent with others."""
        whole = [(*row, *self._defaults) for row in rows]
        one = f"({', '.join(['%s'] * len(self._fields))})"
        return Statement(
            f"INSERT INTO {_quote(self._table)} ({self._columns}) "  # noqa: S608 - our own names
            f"VALUES {', '.join([one] * len(whole))}",
            [value for row in _stored(self._fields, whole) for value in row],
        )


class Columns:
    """Columns of a model, for a statement of one's own that reads them.

    Columns of JSON may be named ``as_text``: what they hold is not read then.
    """

    def __init__(self, model: type[models.Model], *names: str, as_text: Sequence[str] = ()) -> None:
        self._fields = [_field(model, name) for name in names]
        self.names = tuple(str(field.attname) for field in self._fields)
        self._as_text = frozenset(as_text)
        self._readers: dict[str, list[tuple[int, Callable[[Any], Any]]]] = {}

    def on(self, vendor: str) -> str:
        """Give the columns, as ``read`` expects them of this database."""
        if vendor != "postgresql":
            return ", ".join(_column(field) for field in self._fields)
        return ", ".join(
            # The server makes a number of an instant much sooner than we read its text.
            f"extract(epoch FROM {_column(field)})::bigint"
            if isinstance(field, InstantField)
            else _column(field)
            for field in self._fields
        )

    def read(self, rows: Rows) -> Rows:
        """Give rows as the model has them: instants are ``int``."""
        vendor = connection.vendor
        readers = self._readers.get(vendor)
        if readers is None:
            readers = self._readers[vendor] = list(self._make_readers(vendor))
        if not readers:
            return rows
        found: Rows = []
        for row in rows:
            values = list(row)
            for i, read in readers:
                values[i] = read(values[i])
            found.append(tuple(values))
        return found

    def _make_readers(self, vendor: str) -> Iterator[tuple[int, Callable[[Any], Any]]]:
        for i, field in enumerate(self._fields):
            if field.name in self._as_text:
                continue
            if vendor == "postgresql" and isinstance(field, InstantField):
                continue
            expression = field.get_col(field.model._meta.db_table)
            for convert in (
                *connection.ops.get_db_converters(expression),
                *expression.get_db_converters(connection),
            ):
                yield i, partial(_read_by, convert, expression)


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
        watched(sql, values, _server_side)


def change(
    model: type[models.Model], key: Mapping[str, Any], changes: Mapping[str, Any]
) -> Statement:
    """Give the statement that changes one row, to be sent with others."""
    sql, fields = _change(model, tuple(changes), tuple(key))
    return Statement(sql, _stored(fields, [(*changes.values(), *key.values())])[0])


@lru_cache(maxsize=500)
def _change(
    model: type[models.Model], changes: tuple[str, ...], key: tuple[str, ...]
) -> tuple[str, list[models.Field[Any, Any]]]:
    made = ", ".join(f"{_column(_field(model, name))} = %s" for name in changes)
    found = " AND ".join(f"{_column(_field(model, name))} = %s" for name in key)
    sql = f"UPDATE {_quote(model._meta.db_table)} SET {made} WHERE {found}"  # noqa: S608 - ours
    return sql, [_field(model, name) for name in (*changes, *key)]


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return field


def _quote(name: str) -> str:
    return f'"{name}"'  # the same on both databases


def _column(field: models.Field[Any, Any]) -> str:
    return _quote(str(field.column))


def _stored(fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]) -> list[list[Any]]:
    """Give rows as statements of either database take them."""
    if connection.vendor != "postgresql":
        return _prepared(fields, rows)
    # As texts, of which the server makes what the column needs: the driver is slower at it.
    return _converted(fields, rows, _TEXTS)


def _read_by(convert: Callable[..., Any], expression: Any, value: Any) -> Any:
    return convert(value, expression, connection)


def _prepared(fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]) -> list[list[Any]]:
    """Give rows as the embedded database stores them."""
    prepare = [partial(field.get_db_prep_save, connection=connection) for field in fields]
    return [[make(value) for make, value in zip(prepare, row, strict=True)] for row in rows]


def _converted(
    fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row], how: Converters
) -> list[list[Any]]:
    """Give rows as psycopg takes them."""
    converters = [
        (i, convert)
        for i, field in enumerate(fields)
        for kind, convert in how
        if isinstance(field, kind)
    ]
    found = []
    for row in rows:
        values = list(row)
        for i, convert in converters:
            if values[i] is not None:
                values[i] = convert(values[i])
        found.append(values)
    return found


def _text_of(instant: int) -> str:
    return to_datetime(instant).isoformat(" ")


Converters = Sequence[tuple[Any, Callable[[Any], Any]]]

_VALUES: Converters = ((InstantField, to_datetime), (models.JSONField, json.dumps))
_TEXTS: Converters = (
    (InstantField, _text_of),
    (models.JSONField, json.dumps),
    (models.UUIDField, str),
)


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
