"""Notices as facts for words: what is so of a notice at an instant, for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.conf import settings

from tenure.core.lifecycle import Lifecycle
from tenure.core.pools import Pool
from tenure.core.records import NoticeKind
from tenure.store.models import Company, Contact, Notice
from tenure.store.models import Pool as PoolRow
from tenure.words.notice_facts import NoticeFacts, Reason

POOL_KINDS = frozenset({"pool_expiring", "pool_short", "pool_reduced"})
"""The notices that are about one pool."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a notice, and in which zone."""

    zone: str
    reason: Reason = "administrator"


@dataclass(frozen=True, slots=True)
class Told:
    """What all notices of one company share when they are told at one instant."""

    company: Company
    service_name: str
    life: Lifecycle
    pool_names: dict[str, str]
    owner: str

    @classmethod
    def of(cls, company: Company, service_name: str, life: Lifecycle) -> Told:
        """Read the names that a company's notices mention."""
        pools = PoolRow.objects.filter(company=company).order_by("position")
        owner = (
            Contact.objects.filter(company=company, role=Contact.Role.OWNER)
            .order_by("id")
            .values_list("name", "address")
            .first()
        )
        return cls(
            company,
            service_name,
            life,
            {str(pool.id): pool.name for pool in pools},
            "" if owner is None else owner[0] or owner[1],
        )


def facts_of(notice: Notice, told: Told, reader: Reader) -> NoticeFacts:
    """Give what a notice tells its reader, as it is true at the lifecycle's instant."""
    life = told.life
    pool = life.pools.get(notice.subject) if notice.kind in POOL_KINDS else None
    if pool is not None:
        seats, units = pool.seats, life.capacity.units[pool.id]
        protected = life.protected(pool.id)
    else:
        seats = sum(each.seats for each in life.pools.values())
        units = life.units
        protected = sum(life.protected(each) for each in life.pools)
    is_only_pool = len(told.pool_names) == 1
    return NoticeFacts(
        kind=cast(NoticeKind, notice.kind),
        reference=notice.reference,
        company=told.company.name,
        service=told.service_name,
        zone=reader.zone,
        now=life.at,
        url=f"{settings.PUBLIC_URL}/companies/{told.company.id}/",
        reason=reader.reason,
        can_renew=reader.reason != "site_administrator",
        renewer=told.owner,
        effective_at=notice.effective_at,
        days=notice.days,
        horizon_at=notice.horizon_at,
        due_at=notice.due_at,
        deadline=notice.deadline_at,
        seats=seats,
        units=units,
        protected=protected,
        policy=life.rules,
        pool=None if pool is None or is_only_pool else told.pool_names.get(pool.id),
        seats_after=None if pool is None else _seats_after(notice, life, pool),
        closed=notice.closed,
        kept_until=_kept_until(life),
        withdrawn=notice.state == Notice.State.WITHDRAWN,
        test=told.company.is_test,
    )


def _seats_after(notice: Notice, life: Lifecycle, pool: Pool) -> int:
    """Give how many seats of a pool stay protected after what the notice announces."""
    units = life.capacity.units[pool.id]
    if notice.horizon_at is not None:
        for at, _, later in life.capacity.future(life.at):
            if at <= notice.horizon_at:
                units = later[pool.id]
    levels = [hold.level for hold in pool.holds if hold.notice != notice.token]
    return min(pool.seats, max([units, *levels]))


def _kept_until(life: Lifecycle) -> int | None:
    """Give the earliest deletion, where the company is suspended."""
    if life.phase != "suspended":
        return None
    if life.warning is not None and life.warning.deadline is not None:
        return life.warning.deadline
    return max(life.began + life.rules.retention, life.at + life.rules.warning)


def is_true(notice: Notice, life: Lifecycle) -> bool:
    """Whether a notice that is still to be mailed says what is so.

    A mail that waited for its relay may have been overtaken: the licence it speaks of was
    renewed, the phase it tells of is over.
    """
    if notice.state != Notice.State.ISSUED or notice.instance != life.instance:
        return False
    pool = life.pools.get(notice.subject)
    match notice.kind:
        case "expiring":
            return life.horizon is not None and life.horizon.at == notice.horizon_at
        case "pool_expiring":
            horizon = None if pool is None else pool.horizon
            return horizon is not None and horizon.at == notice.horizon_at
        case "grace" | "grace_reminder":
            return life.phase == "grace" and notice.at >= life.began
        case "suspended" | "deletion_warning":
            return life.phase == "suspended" and notice.at >= life.began
        case "restored":
            return life.phase == "active" and notice.effective_at == life.began
        case "pool_short":
            return pool is not None and bool(pool.holds)
        case "pool_reduced":
            if pool is None or life.phase != "active":
                return False
            return pool.state(life.capacity.units[pool.id]) == "reduced"
        case _:
            return True
