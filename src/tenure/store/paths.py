"""Paths of accounts in conditions: what lies below an account, found in an index on both databases.

A path is the ids of the accounts above an account and its own, each ended by a slash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup

if TYPE_CHECKING:
    TextLookup = Lookup[str]
else:
    TextLookup = Lookup  # without its type the class is a plain one


class Below(TextLookup):
    """``path__below=path``: the account with the path, and all below it.

    Not ``startswith``: the embedded database searches that letter by letter, in every row.
    """

    lookup_name = "below"

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Ask for a range: what follows a path's last sign, a slash, is a nought."""
        column, more = self.process_lhs(compiler, connection)
        first = str(self.rhs)
        _see(first)
        return f"({column} >= %s AND {column} < %s)", (*more, first, *more, f"{first[:-1]}0")

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """Ask for a beginning: its index for patterns is right whatever the collation is."""
        column, more = self.process_lhs(compiler, connection)
        first = str(self.rhs)
        _see(first)
        return f"{column} LIKE %s", (*more, f"{first}%")


def _see(path: str) -> None:
    if not path.endswith("/") or any(sign in path for sign in "%_\\"):
        raise ValueError("a path is ids, each ended by a slash")
