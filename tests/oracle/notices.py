"""Notices, the holds that they announce, and the horizons that bring them about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.instants import DAY, Instant


@dataclass(frozen=True)
class Policy:
    grace: int
    retention: int
    warning: int
    expiring: tuple[int, ...]
    portal: int


def read_policy(data: dict[str, Any]) -> Policy:
    """The lengths in seconds; those of `expiring` stay in days, as the lines tell them."""
    return Policy(
        grace=data.get("grace_days", 14) * DAY,
        retention=data.get("retention_days", 30) * DAY,
        warning=data.get("deletion_warning_days", 14) * DAY,
        expiring=tuple(data.get("expiring_notice_days", [30, 7])),
        portal=data.get("portal_service_days", 7) * DAY,
    )


@dataclass(eq=False)
class Notice:
    """A notice from the instant at which it was asked for; `deadline` is there once served."""

    kind: str
    stay: int
    effective_at: Instant
    pool: str | None = None
    issued_at: Instant | None = None
    deadline: Instant | None = None
    spent: bool = False


@dataclass(eq=False)
class Hold:
    level: int
    notice: Notice | None = None

    @property
    def deadline(self) -> Instant | None:
        return None if self.notice is None else self.notice.deadline


@dataclass(eq=False)
class Horizon:
    """An instant that is announced beforehand, with the notices still to come, by their days."""

    at: Instant
    due: dict[int, Instant] = field(default_factory=dict)


def horizon_now(
    old: Horizon | None, at: Instant | None, t: Instant, stay_began: Instant, days: tuple[int, ...]
) -> Horizon | None:
    """The horizon after the instant t, at which it was found to lie at `at`."""
    if at is None:
        return None
    if old is not None and old.at == at:
        return old
    at_once = stay_began < t and (old is None or at < old.at)
    new = Horizon(at)
    for o in days:
        due = at - o * DAY
        if due > t:
            new.due[o] = due
        elif at_once:
            new.due[o] = t
    return new
