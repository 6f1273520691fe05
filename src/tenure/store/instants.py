"""Instants in the database: timestamps there, whole seconds since 1970 here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models.expressions import Combinable


def to_datetime(instant: int) -> datetime:
    """Give an instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


class InstantField(models.DateTimeField):
    """A timestamp with time zone whose value in Python is an ``int``, the core's instant."""

    # What the type checker takes the field's values for.
    _pyi_private_set_type: int | Combinable  # type: ignore[assignment]  # not a datetime
    _pyi_private_get_type: int  # type: ignore[assignment]  # not a datetime

    def from_db_value(self, value: datetime | None, expression: Any, connection: Any) -> int | None:
        """Read what the database gave."""
        return None if value is None else int(value.timestamp())

    def get_prep_value(self, value: Any) -> Any:
        """Write an instant for the database."""
        # Not by way of DateTimeField's own, which asks to_python for a datetime.
        value = self.to_python(value)
        return to_datetime(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Leave instants alone; Django's own forms of a time become instants."""
        if value is None or isinstance(value, int):
            return value
        read = super().to_python(value)
        return int(read.timestamp()) if isinstance(read, datetime) else read

    def value_to_string(self, obj: models.Model) -> str:
        """Write an instant for serialisers."""
        value = self.value_from_object(obj)
        return to_datetime(value).isoformat() if isinstance(value, int) else ""
