"""Example data for whoever reviews the texts: one company, every notice it could get."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tenure.core.policy import DAY, Policy
from tenure.core.records import NoticeKind
from tenure.words.answers import CODES, AnswerFacts
from tenure.words.notices import NoticeFacts, reference
from tenure.words.sentences import CompanyFacts
from tenure.words.whatif_facts import (
    ChangeFacts,
    GainFacts,
    LossFacts,
    PhaseFacts,
    WhatIfFacts,
)

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
    lyon: dict[str, Any] = {
        "pool": "Lyon",
        "reason": "site_administrator",
        "units": 12,
        "seats_after": 12,
    }
    return [
        _example("30 days before", "expiring", ENDS - 30 * DAY, units=20, days=30, horizon_at=ENDS),
        _example("7 days before", "expiring", ENDS - 7 * DAY, units=20, days=7, horizon_at=ENDS),
        _example(
            "of a site",
            "pool_expiring",
            ENDS - 7 * DAY,
            **{**lyon, "units": 20, "days": 7, "horizon_at": ENDS},
        ),
        _example(
            "of a site, after a time without",
            "pool_expiring",
            ENDS - 7 * DAY,
            **{**lyon, "units": 20, "days": 7, "horizon_at": ENDS + 5 * DAY},
            gap_at=ENDS,
        ),
        _example(
            "of a site, after a long time without",
            "pool_expiring",
            ENDS - 7 * DAY,
            **{**lyon, "units": 20, "days": 7, "horizon_at": ENDS + 25 * DAY},
            gap_at=ENDS,
        ),
        _example(
            "the next licence follows",
            "expiring",
            ENDS - 7 * DAY,
            units=20,
            days=7,
            horizon_at=ENDS,
            returns_at=ENDS + 5 * DAY,
        ),
        _example(
            "the next licence comes late",
            "expiring",
            ENDS - 7 * DAY,
            units=20,
            days=7,
            horizon_at=ENDS,
            returns_at=ENDS + 25 * DAY,
        ),
        _example(
            "a licence comes in time", "grace", ENDS, effective_at=ENDS, returns_at=ENDS + 5 * DAY
        ),
        _example(
            "a licence comes late", "grace", ENDS, effective_at=ENDS, returns_at=ENDS + 25 * DAY
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
        _example(
            "from grace",
            "restored",
            ENDS + 5 * DAY,
            effective_at=ENDS + 5 * DAY - 37_800,
            units=20,
            from_phase="grace",
            horizon_at=ENDS + 365 * DAY,
        ),
        _example(
            "from grace, too few",
            "restored",
            ENDS + 5 * DAY,
            effective_at=ENDS + 5 * DAY - 37_800,
            units=12,
            from_phase="grace",
        ),
        _example(
            "all of it",
            "restored",
            suspended + 9 * DAY,
            effective_at=suspended + 9 * DAY - 37_800,
            units=20,
            from_phase="suspended",
            from_since=suspended,
        ),
        _example(
            "fewer licences than before",
            "restored",
            suspended + 9 * DAY,
            effective_at=suspended + 9 * DAY - 37_800,
            from_phase="suspended",
            from_since=suspended,
            units=12,
            protected=12,
            horizon_at=suspended + 365 * DAY,
        ),
        _example("of a site", "pool_short", ENDS, **lyon, effective_at=ENDS),
        _example("of the only pool", "pool_short", ENDS, units=12, effective_at=ENDS),
        _example(
            "of a site",
            "pool_reduced",
            suspended,
            **{**lyon, "protected": 12},
            effective_at=suspended,
        ),
        _example(
            "held by the operator",
            "deletion_warning",
            deleted - 9 * DAY,
            effective_at=suspended,
            protected=0,
            deadline=deleted,
            deletion_held=True,
        ),
        _example(
            "14 days before",
            "deletion_warning",
            deleted - 14 * DAY,
            effective_at=suspended,
            protected=0,
        ),
        _example("test account", "deleted", deleted, effective_at=deleted, protected=0, test=True),
        _example("withdrawn", "grace", ENDS + DAY, units=20, withdrawn=True),
        _example("overtaken", "grace", ENDS + DAY, units=20, overtaken=True, deadline=suspended),
        _example(
            "come true", "grace", suspended + DAY, protected=0, overtaken=True, deadline=suspended
        ),
    ]


def companies() -> list[tuple[str, CompanyFacts]]:
    """Give the standings that the example company could have."""
    suspended = ENDS + 14 * DAY
    plain = CompanyFacts(
        company=_PLAIN.company,
        service=_PLAIN.service,
        zone=_PLAIN.zone,
        now=ENDS,
        phase="active",
        seats=20,
        units=20,
        protected=20,
    )
    held = (("Lyon", 8, ENDS + 14 * DAY), ("Paris", 2, None))
    grace = replace(plain, phase="grace", units=0)
    stopped = replace(
        plain,
        phase="suspended",
        now=suspended,
        suspended_at=suspended,
        kept_until=suspended + 30 * DAY,
        units=0,
        protected=0,
    )
    warned: dict[str, Any] = {"now": suspended + 16 * DAY, "warning_deadline": suspended + 30 * DAY}
    return [
        ("pending", replace(plain, phase="pending", seats=0, units=0, protected=0)),
        ("active, no end", plain),
        ("active, ends soon", replace(plain, now=ENDS - 12 * DAY, horizon_at=ENDS)),
        ("active, seats held", replace(plain, units=10, held_pools=held)),
        ("active, some wait", replace(plain, units=12, protected=12, waiting=8)),
        ("active anew", replace(plain, instance=2, seats=0, protected=0)),
        (
            "active, the next licence follows",
            replace(plain, now=ENDS - 12 * DAY, horizon_at=ENDS, returns_at=ENDS + 5 * DAY),
        ),
        (
            "active, the next licence comes late",
            replace(plain, now=ENDS - 12 * DAY, horizon_at=ENDS, returns_at=ENDS + 25 * DAY),
        ),
        ("grace, unserved", replace(grace, portal_service_at=ENDS + 7 * DAY)),
        (
            "grace, nobody to write to",
            replace(grace, has_address=False, portal_service_at=ENDS + 7 * DAY),
        ),
        ("grace", replace(grace, now=ENDS + DAY, grace_deadline=suspended)),
        ("grace, a licence to come", replace(grace, returns_at=ENDS + 5 * DAY)),
        ("suspended", stopped),
        ("suspended, warned", replace(stopped, **warned)),
        (
            "suspended, warning not delivered",
            replace(
                stopped,
                now=suspended + 20 * DAY,
                is_warning_unserved=True,
                has_address=False,
                kept_until=suspended + 34 * DAY,
            ),
        ),
        (
            "suspended, the date has passed",
            replace(stopped, now=suspended + 31 * DAY, warning_deadline=suspended + 30 * DAY),
        ),
        ("suspended, held", replace(stopped, deletion_held=True)),
        ("suspended, a licence to come", replace(stopped, returns_at=suspended + 45 * DAY)),
        ("closed", replace(stopped, closed=True)),
        ("deleted", replace(plain, phase="deleted", seats=0, units=0, protected=0)),
    ]


def answers() -> list[AnswerFacts]:
    """Give an answer of every code."""
    known = {"protected", "protected_by_hold", "protected_in_grace"}
    return [
        AnswerFacts(
            user="c.dubois@boulangerie-martin.example",
            company=_PLAIN.company,
            service=_PLAIN.service,
            zone=_PLAIN.zone,
            now=ENDS - 10 * DAY,
            code=code,
            phase="active",
            licence="COS-2026-0117" if code == "protected" else None,
            next_licence="COS-2026-0245" if code == "protected" else None,
            until=ENDS if code in known else None,
        )
        for code in CODES
    ]


def whatifs() -> list[tuple[str, WhatIfFacts]]:
    """Give what could be supposed of the example company, and what would come of it."""
    plain = WhatIfFacts(
        at=ENDS - 10 * DAY, until=ENDS + 720 * DAY, zone=_PLAIN.zone, changes=(), notices_new=1
    )
    lyon = LossFacts("Lyon", 12, 50, plain.at)
    return [
        (
            "some lose",
            replace(
                plain,
                changes=(ChangeFacts("remove", licence="COS-2026-01"),),
                losses=(lyon, LossFacts("Paris", 1, 1, ENDS + 14 * DAY)),
                phases=(PhaseFacts("grace", ENDS, plain.at), PhaseFacts("deleted", None, ENDS)),
            ),
        ),
        (
            "some lose for a time",
            replace(
                plain,
                changes=(
                    ChangeFacts("suspend", at=ENDS, licence="COS-2026-01"),
                    ChangeFacts("resume", at=ENDS + 2 * DAY, licence="COS-2026-01"),
                ),
                losses=(replace(lyon, start=ENDS, back_at=ENDS + 2 * DAY),),
            ),
        ),
        (
            "some keep",
            replace(
                plain,
                changes=(ChangeFacts("renew", licence="COS-2026-01", ends=ENDS + 365 * DAY),),
                gains=(GainFacts("", 20, ENDS + 14 * DAY, is_kept=True),),
                phases=(PhaseFacts("suspended", ENDS + 14 * DAY, None),),
                notices_gone=7,
            ),
        ),
        (
            "nothing",
            replace(plain, changes=(ChangeFacts("protect", units=1),), notices_new=0),
        ),
    ]


def _example(about: str, kind: NoticeKind, now: int, **changes: Any) -> tuple[str, NoticeFacts]:
    named = reference(kind, now, "boulangerie-martin")
    facts = replace(_PLAIN, kind=kind, now=now, reference=named)
    return f"{kind} ({about})", replace(facts, **changes)
