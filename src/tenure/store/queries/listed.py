"""Thousands of ids in a statement as one value of it: written one by one, they take longer than
what is asked of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Expression, UUIDField


class Listed(Expression):
    """Ids, to be used as in ``filter(id__in=Listed(ids))``."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        super().__init__(output_field=UUIDField())
        self._ids = tuple(ids)

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Give the rows of the ids as the embedded database stores them."""
        return "(SELECT value FROM json_each(%s))", (json.dumps([id_.hex for id_ in self._ids]),)

    def as_postgresql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Give the rows of the ids."""
        return "(SELECT unnest(%s::uuid[]))", (f"{{{','.join(map(str, self._ids))}}}",)
