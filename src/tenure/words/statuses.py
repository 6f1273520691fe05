"""Statuses: codes that never change, their words, one order from worst to best, and a shape.

A status is computed here from plain facts; nothing stores it. Precedence stands in the functions,
top to bottom. A shape goes with every word wherever it is shown, so that colour is never alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.core.policy import DAY
from tenure.core.records import Phase
from tenure.words import statuses_en, statuses_fr
from tenure.words.language import Language, chosen

Family = Literal["company", "pool", "licence", "member"]

CompanyStatus = Literal[
    "pending",
    "trial",
    "active",
    "ends_soon",
    "grace",
    "suspended",
    "closed",
    "blocked",
    "deleted",
]
PoolStatus = Literal["covered", "close_to_overuse", "short", "reduced"]
LicenceStatus = Literal[
    "awaiting_verification",
    "verification_expired",
    "to_come",
    "valid",
    "close_to_end",
    "ended",
    "suspended",
    "cancelled",
    "removed",
]
MemberStatus = Literal["unprotected", "auto_protected", "protected", "warning", "pending"]

Shape = Literal[
    "circle",  # all is well
    "half",  # well, for a trial or nearly full
    "ring",  # nothing there yet, and nothing wrong
    "diamond",  # an end or a wait that somebody should see
    "triangle",  # a deadline runs
    "square",  # stopped
    "bar",  # stopped by the owner's own wish
    "octagon",  # blocked
    "cross",  # gone
]

SOON = 30 * DAY
"""How long before its end a licence or a company ends soon."""

_WORDS: dict[Language, dict[str, dict[str, str]]] = {
    "en": statuses_en.WORDS,
    "fr": statuses_fr.WORDS,
}


@dataclass(frozen=True, slots=True)
class Status:
    """A status: ``rank`` orders all families together, the worst (lowest) first."""

    family: Family
    code: str
    rank: int
    shape: Shape


_ALL: tuple[Status, ...] = (
    Status("company", "blocked", 10, "octagon"),
    Status("company", "suspended", 11, "square"),
    Status("pool", "reduced", 12, "square"),
    Status("member", "pending", 13, "diamond"),
    Status("licence", "verification_expired", 14, "square"),
    Status("licence", "ended", 15, "square"),
    Status("licence", "suspended", 16, "bar"),
    Status("company", "grace", 20, "triangle"),
    Status("pool", "short", 21, "triangle"),
    Status("member", "warning", 22, "triangle"),
    Status("company", "ends_soon", 30, "diamond"),
    Status("licence", "close_to_end", 31, "diamond"),
    Status("licence", "awaiting_verification", 32, "ring"),
    Status("pool", "close_to_overuse", 33, "half"),
    Status("company", "closed", 40, "bar"),
    Status("company", "pending", 50, "ring"),
    Status("member", "unprotected", 51, "ring"),
    Status("licence", "to_come", 52, "ring"),
    Status("company", "trial", 60, "half"),
    Status("company", "active", 70, "circle"),
    Status("pool", "covered", 71, "circle"),
    Status("licence", "valid", 72, "circle"),
    Status("member", "auto_protected", 73, "half"),
    Status("member", "protected", 74, "circle"),
    Status("licence", "cancelled", 80, "cross"),
    Status("licence", "removed", 81, "cross"),
    Status("company", "deleted", 90, "cross"),
)

_BY_CODE = {(status.family, status.code): status for status in _ALL}


def statuses(family: Family) -> tuple[Status, ...]:
    """Give every status of a family, the worst first."""
    return tuple(status for status in _ALL if status.family == family)


def status(family: Family, code: str) -> Status:
    """Give a status by its code; raises ``KeyError`` where there is none."""
    return _BY_CODE[family, code]


def word(family: Family, code: str, language: str) -> str:
    """Give the word for a status; raises ``KeyError`` where there is none."""
    return _WORDS[chosen(language)][family][code]


def company_status(
    *,
    phase: Phase,
    closed: bool,
    horizon_at: int | None,
    now: int,
    trial_only: bool = False,
    blocked: bool = False,
) -> CompanyStatus:
    """Say how a company stands: gone before blocked, blocked before closed, then by phase."""
    if phase == "deleted":
        return "deleted"
    if blocked:
        return "blocked"
    if closed:
        return "closed"
    if phase in ("grace", "suspended", "pending"):
        return phase
    if horizon_at is not None and horizon_at - now <= SOON:
        return "ends_soon"
    return "trial" if trial_only else "active"


def pool_status(*, units: int, seats: int, held: int) -> PoolStatus:
    """Say how a pool stands; ``held`` is how many of its seats are protected without a unit."""
    if seats > units:
        return "short" if held > 0 else "reduced"
    if seats > 0 and seats * 10 >= units * 9:
        return "close_to_overuse"
    return "covered"


def licence_status(
    *,
    now: int,
    starts_at: int,
    ends_at: int | None,
    suspended: bool = False,
    cancelled: bool = False,
    removed: bool = False,
    verified: bool = True,
    verification_ends_at: int | None = None,
) -> LicenceStatus:
    """Say how a licence stands; ``starts_at`` and ``ends_at`` are of its present or next term."""
    if removed:
        return "removed"
    if cancelled:
        return "cancelled"
    if not verified:
        if verification_ends_at is not None and verification_ends_at <= now:
            return "verification_expired"
        return "awaiting_verification"
    if ends_at is not None and ends_at <= now:
        return "ended"
    if suspended:
        return "suspended"
    if starts_at > now:
        return "to_come"
    if ends_at is not None and ends_at - now <= SOON:
        return "close_to_end"
    return "valid"


def member_status(
    *, has_seat: bool, protected: bool, has_unit: bool, automatic: bool
) -> MemberStatus:
    """Say how a member stands. ``has_seat``: a person or a rule wants it protected.

    ``protected`` without ``has_unit`` is protection by a hold or in grace; ``automatic`` says
    that a rule wants it, not a person.
    """
    if not has_seat:
        return "unprotected"
    if not protected:
        return "pending"
    if not has_unit:
        return "warning"
    return "auto_protected" if automatic else "protected"
