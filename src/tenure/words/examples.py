"""Example data for whoever reviews the texts: one company, every notice it could get."""

from __future__ import annotations

from dataclasses import replace

from tenure.core.policy import DAY, Policy
from tenure.core.records import NoticeKind
from tenure.words.notices import NoticeFacts, reference

ENDS = 1_782_856_800
"""2026-07-01 00:00 in Paris: the end of 30 June."""

_PLAIN = NoticeFacts(
    kind="grace",
    reference="",
    company="Boulangerie Martin",
    service="Cloud Office Security",
    zone="Europe/Paris",
    now=ENDS,
    url="https://licences.example.org/b/boulangerie-martin",
    reason="administrator",
    can_renew=True,
    effective_at=None,
    days=None,
    horizon_at=None,
    due_at=None,
    deadline=None,
    seats=20,
    units=0,
    protected=20,
    policy=Policy(),
)


def notices() -> list[tuple[str, NoticeFacts]]:
    """Give the notices of the example company, each with what is particular to it."""
    suspended = ENDS + 14 * DAY
    deleted = suspended + 30 * DAY
    lyon = {"pool": "Lyon", "reason": "site_administrator", "units": 12, "seats_after": 12}
    return [
        _example("30 days before", "expiring", ENDS - 30 * DAY, units=20, days=30, horizon_at=ENDS),
        _example("7 days before", "expiring", ENDS - 7 * DAY, units=20, days=7, horizon_at=ENDS),
        _example(
            "of a site",
            "pool_expiring",
            ENDS - 7 * DAY,
            **{**lyon, "units": 20, "days": 7, "horizon_at": ENDS},
        ),
        _example("being handed over", "grace", ENDS, effective_at=ENDS),
        _example(
            "to a reader who cannot renew",
            "grace",
            ENDS + 3600,
            effective_at=ENDS,
            deadline=suspended,
            can_renew=False,
            renewer="Claire Martin",
        ),
        _example(
            "half-way",
            "grace_reminder",
            ENDS + 7 * DAY,
            effective_at=ENDS,
            due_at=suspended,
            deadline=suspended,
        ),
        _example(
            "at the deadline",
            "suspended",
            suspended,
            effective_at=suspended,
            protected=0,
            due_at=deleted,
            kept_until=deleted,
        ),
        _example(
            "closed by the owner",
            "suspended",
            ENDS - 3 * DAY,
            effective_at=ENDS - 3 * DAY - 48_600,
            protected=0,
            closed=True,
            kept_until=ENDS + 27 * DAY,
        ),
        _example("all of it", "restored", suspended, effective_at=suspended - 37_800, units=20),
        _example(
            "fewer licences than before",
            "restored",
            suspended,
            effective_at=suspended - 37_800,
            units=12,
            protected=12,
            horizon_at=suspended + 365 * DAY,
        ),
        _example("of a site", "pool_short", ENDS, **lyon),
        _example("of the only pool", "pool_short", ENDS, units=12),
        _example("of a site", "pool_reduced", ENDS, **{**lyon, "protected": 12}),
        _example(
            "14 days before",
            "deletion_warning",
            deleted - 14 * DAY,
            effective_at=suspended,
            protected=0,
        ),
        _example("test account", "deleted", deleted, effective_at=deleted, protected=0, test=True),
        _example("withdrawn", "grace", ENDS + DAY, units=20, withdrawn=True),
    ]


def _example(about: str, kind: NoticeKind, now: int, **changes: object) -> tuple[str, NoticeFacts]:
    named = reference(kind, now, "boulangerie-martin")
    facts = replace(_PLAIN, kind=kind, now=now, reference=named)
    return f"{kind} ({about})", replace(facts, **changes)  # type: ignore[arg-type]
