"""The periods of the lifecycle, as data. Days are 24 hours exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Self

DAY = 86_400
"""Seconds in a policy's day."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long each period lasts, in days; every number is a whole one of at least 1.

    Raises ``ValueError`` with a sentence that says what would be right.
    """

    grace_days: int = 14
    retention_days: int = 30
    deletion_warning_days: int = 14
    expiring_notice_days: tuple[int, ...] = (30, 7)
    portal_service_days: int = 7

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            days = value if isinstance(value, tuple) else (value,)
            for day in days:
                if type(day) is not int or day < 1:
                    raise ValueError(f"{field.name} is counted in whole days, at least 1")
        if len(set(self.expiring_notice_days)) != len(self.expiring_notice_days):
            raise ValueError("no day may stand twice in expiring_notice_days")
        if self.deletion_warning_days > self.retention_days:
            raise ValueError(
                "deletion_warning_days cannot be more than retention_days: "
                "the warning would come before the suspension"
            )

    @property
    def grace(self) -> int:
        """Seconds of the grace, counted from the service of its notice."""
        return self.grace_days * DAY

    @property
    def retention(self) -> int:
        """Seconds for which what is suspended is kept."""
        return self.retention_days * DAY

    @property
    def warning(self) -> int:
        """Seconds between the service of a deletion warning and the deletion."""
        return self.deletion_warning_days * DAY

    @property
    def portal_service(self) -> int:
        """Seconds after which a notice that no relay accepted counts as served by the portal."""
        return self.portal_service_days * DAY

    def to_data(self) -> dict[str, Any]:
        """Give the policy as plain data; ``from_data`` reads it again."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        found["expiring_notice_days"] = list(self.expiring_notice_days)
        return found

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_data`` gave; what is left out has its default."""
        # Almost all companies share a few policies, and a policy never changes.
        return cls._of(tuple([(k, tuple(v) if type(v) is list else v) for k, v in data.items()]))

    @classmethod
    @lru_cache(maxsize=1000)
    def _of(cls, items: tuple[tuple[str, Any], ...]) -> Self:
        return cls(**dict(items))
