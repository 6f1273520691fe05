"""The facts that the tests of the words begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from tenure.core.policy import DAY, Policy
from tenure.core.records import NoticeKind
from tenure.words.notices import NoticeFacts
from tenure.words.sentences import CompanyFacts

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
POOL_KINDS = ("pool_expiring", "pool_short", "pool_reduced")
PARIS = "Europe/Paris"

ENDS = int(datetime(2026, 6, 30, 22, tzinfo=UTC).timestamp())
"""The end of 30 June 2026 in Paris."""


def local(zone: str, *when: int, fold: int = 0) -> int:
    """Give the instant of a local time."""
    return int(datetime(*when, fold=fold, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[misc, arg-type]


def notice(kind: NoticeKind, **changes: Any) -> NoticeFacts:
    """Give a notice of a kind, as it is when it is issued on time."""
    facts = NoticeFacts(
        kind=kind,
        reference="XX-2026-06-30-AB12",
        company="Boulangerie Martin",
        service="Cloud Office Security",
        zone=PARIS,
        now=ENDS,
        url="https://licences.example.org/b/1",
        reason="administrator",
        can_renew=True,
        effective_at=ENDS,
        days=None,
        horizon_at=None,
        due_at=None,
        deadline=None,
        seats=20,
        units=0,
        protected=20,
        policy=Policy(),
    )
    particular: dict[str, dict[str, Any]] = {
        "expiring": {"now": ENDS - 7 * DAY, "horizon_at": ENDS, "days": 7, "effective_at": None},
        "pool_expiring": {
            "now": ENDS - 7 * DAY,
            "horizon_at": ENDS,
            "days": 7,
            "effective_at": None,
            "pool": "Lyon",
            "seats_after": 12,
        },
        "grace_reminder": {"now": ENDS + 7 * DAY, "deadline": ENDS + 14 * DAY},
        "suspended": {"protected": 0, "kept_until": ENDS + 30 * DAY},
        "restored": {"units": 20},
        "pool_short": {"units": 12, "pool": "Lyon", "effective_at": None},
        "pool_reduced": {"units": 12, "pool": "Lyon", "protected": 12, "effective_at": None},
        "deletion_warning": {"protected": 0, "now": ENDS + 16 * DAY},
        "deleted": {"protected": 0, "seats": 0},
    }
    return replace(facts, **{**particular.get(kind, {}), **changes})


def company(**changes: Any) -> CompanyFacts:
    """Give a company that is active with 20 users, all protected."""
    facts = CompanyFacts(
        company="Boulangerie Martin",
        service="Cloud Office Security",
        zone=PARIS,
        now=ENDS,
        phase="active",
        seats=20,
        units=20,
        protected=20,
    )
    return replace(facts, **changes)
