"""What people are called on pages and in tables."""

from __future__ import annotations

from tenure.store.models import Person
from tenure.words.names import clean


def called(person: Person | None) -> str:
    """Name somebody in one safe line, by their address only where they have no name.

    Nothing is left of whoever is gone.
    """
    return "" if person is None else clean(person.name or person.email)
