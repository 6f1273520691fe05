"""What is recorded of a company: transitions, pool lines, seats and notices, as values.

A record has the instant ``at`` at which it was recorded; where it took effect earlier,
``effective_at`` says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Phase = Literal["pending", "active", "grace", "suspended", "deleted"]
PoolState = Literal["covered", "short", "reduced"]
Refusal = Literal["no_free_units", "expired", "suspended", "no_licence", "no_such_seats"]
Service = Literal["email", "portal", "operator"]
NoticeKind = Literal[
    "expiring",
    "pool_expiring",
    "grace",
    "grace_reminder",
    "suspended",
    "restored",
    "pool_short",
    "pool_reduced",
    "deletion_warning",
    "deleted",
]

DEADLINE_KINDS = frozenset({"grace", "pool_short", "deletion_warning"})
"""The notices from whose service a period runs."""


@dataclass(frozen=True, slots=True)
class Record:
    """Something recorded at an instant."""

    at: int


@dataclass(frozen=True, slots=True)
class PhaseChanged(Record):
    """The company went from one phase to another; ``stay`` numbers what began."""

    instance: int
    from_phase: Phase
    to_phase: Phase
    effective_at: int
    stay: int


@dataclass(frozen=True, slots=True)
class PoolChanged(Record):
    """A pool is covered, short or reduced; the counts are those of ``effective_at``."""

    instance: int
    pool: str
    state: PoolState
    effective_at: int
    units: int
    seats: int
    protected: int


@dataclass(frozen=True, slots=True)
class SeatsGranted(Record):
    """So many seats were protected."""

    pool: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatsReleased(Record):
    """So many seats were given back."""

    pool: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatsRefused(Record):
    """So many seats were wanted, or to be given back, and were refused as a whole."""

    pool: str
    count: int
    reason: Refusal


@dataclass(frozen=True, slots=True)
class NoticeRecord(Record):
    """Something about a notice. ``token`` names it within its company, for good.

    ``period`` tells apart the notices of one kind about one subject in one instance.
    """

    notice: NoticeKind
    instance: int
    token: int
    pool: str | None = None
    period: str = ""


@dataclass(frozen=True, slots=True)
class NoticeIssued(NoticeRecord):
    """A notice goes to the portal and is handed to the mail.

    ``effective_at``: of what it tells; ``days`` and ``horizon_at``: of ``expiring`` and
    ``pool_expiring``; ``due_at``: the date it names (the earliest deletion, the suspension, the
    earliest deadline of a pool's holds), where there is one already.
    """

    effective_at: int | None = None
    days: int | None = None
    horizon_at: int | None = None
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeSkipped(NoticeRecord):
    """A notice was asked for, and what it would tell is no longer so."""

    effective_at: int | None = None
    days: int | None = None
    horizon_at: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeServed(NoticeRecord):
    """A notice was served: its period runs from ``at`` to ``deadline``."""

    by: Service = "email"
    deadline: int = 0


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn(NoticeRecord):
    """A notice that was issued and not served no longer says what is so. Has no line."""
