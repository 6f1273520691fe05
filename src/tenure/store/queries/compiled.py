"""Queries of Django's whose SQL is made once: for a single row, making it takes longer than
running it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from tenure.store.queries.trips import Statement

Value = UUID | str | int | datetime

Values = Mapping[str, Value]
"""A value for each name; an instant is an aware datetime, as the database has it."""


class Compiled:
    """A query by named values: it is made with stand-ins, whose places the values then take.

    No query has a stand-in by itself. A value is of its stand-in's type, and the query is the
    same whatever the values are: a list has always as many, and none of them is None.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], stand_ins: Values) -> None:
        self._make = make
        self._stand_ins = stand_ins
        self._on = cache(self._made)

    def __call__(self, **values: Value) -> Statement:
        """Give the statement that reads by these values."""
        sql, params = self._on(connection.vendor)
        return Statement(sql, [_stored(values[name]) if name else value for name, value in params])

    def _made(self, _vendor: str) -> tuple[str, list[tuple[str, Any]]]:
        sql, params = self._make(**self._stand_ins).query.sql_with_params()
        names = {_stored(value): name for name, value in self._stand_ins.items()}
        found = [(names.get(value, ""), value) for value in params]
        missing = set(self._stand_ins) - {name for name, _ in found}
        if missing:
            raise ValueError(f"the query does not ask by {sorted(missing)[0]}")
        return sql, found


def _stored(value: Value) -> Value | None:
    """Give a value as the database's driver takes it."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def uuid_from(value: UUID | str | None) -> UUID | None:
    """Read an id as a statement gives it."""
    return value if value is None or isinstance(value, UUID) else UUID(value)
