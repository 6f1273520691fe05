"""Identifiers of rows: UUIDv7, so that what is new lies together in an index."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Give an identifier that no other row has; it sorts by the time of its making."""
    return uuid7()
