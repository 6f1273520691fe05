"""Finding the newest entries of the audit among many.

What somebody may see is several things, each with an index of its own in which the newest are
found at once: accounts, companies, actions, persons. One condition over all of them would read
and sort everything that fits; so each gives its newest, and the newest of those are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

Branch = QuerySet[Any, Any]
"""Entries of one index, in its order, of two values: when they were recorded, and their id.

No entry may be in two branches.
"""


def ids(branches: Sequence[Branch], limit: int, *, oldest: bool = False) -> list[UUID]:
    """Give the ids of the newest entries of all branches, the newest first; or of the oldest."""
    sql, params = _together(branches, limit)
    if not sql:
        return []
    way = "ASC" if oldest else "DESC"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1 {way}, 2 {way} LIMIT %s", [*params, limit])
        found = [row[1] for row in cursor.fetchall()]
    read = [each if isinstance(each, UUID) else UUID(each) for each in found]
    return read[::-1] if oldest else read


def count(branches: Sequence[Branch], most: int) -> int:
    """Count the entries of all branches, up to ``most``."""
    sql, params = _together(branches, most)
    if not sql:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM (SELECT * FROM ({sql}) AS entries LIMIT %s) AS counted",  # noqa: S608 - Django's own
            [*params, most],
        )
        return int(cursor.fetchone()[0])


def _together(branches: Sequence[Branch], limit: int) -> tuple[str, list[Any]]:
    """Give the newest of each branch."""
    parts: list[str] = []
    params: list[Any] = []
    for branch in branches:
        try:
            sql, values = branch[:limit].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT * FROM ({sql}) AS branch{len(parts)}")  # noqa: S608 - Django's own
        params += values
    return " UNION ALL ".join(parts), params
