"""Notices as facts for words: what is so of a notice at an instant, for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from tenure.core.lifecycle import Lifecycle
from tenure.core.pools import Pool
from tenure.core.records import NoticeKind, Phase
from tenure.store.models import Company, Contact, Delivery, Notice, PoolLine, Transition
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
class Background:
    """What notices tell that no lifecycle knows: names, and what was recorded with them."""

    pool_names: dict[UUID, dict[str, str]] = field(default_factory=dict)
    owners: dict[UUID, str] = field(default_factory=dict)
    transitions: dict[tuple[UUID, str], list[Transition]] = field(default_factory=dict)
    """The newest first."""
    lines: dict[tuple[UUID, str, str, str, int], int] = field(default_factory=dict)
    """Since when a pool is in a state, by company, service, pool, state and its line's instant."""
    closings: dict[tuple[UUID, str], set[int]] = field(default_factory=dict)
    """When a company was suspended by its owner."""

    @classmethod
    def of(cls, notices: Iterable[Notice]) -> Background:
        """Read what some notices need, of however many companies, in at most five queries."""
        found = cls()
        notices = list(notices)
        found._read_names({notice.company_id for notice in notices})
        found._read_stays({x.company_id for x in notices if x.kind in _TELLS_OF})
        found._read_closings({x.company_id for x in notices if x.kind == "restored"})
        found._read_lines([x for x in notices if _tells_of_a_line(x)])
        return found

    def _read_names(self, companies: set[UUID]) -> None:
        pools = PoolRow.objects.filter(company_id__in=companies).order_by("company_id", "position")
        for company, pool, name in pools.values_list("company_id", "id", "name"):
            self.pool_names.setdefault(company, {})[str(pool)] = name
        owners = Contact.objects.filter(company_id__in=companies, role=Contact.Role.OWNER).order_by(
            "company_id", "id"
        )
        for company, name, address in owners.values_list("company_id", "name", "address"):
            self.owners.setdefault(company, name or address)

    def _read_stays(self, companies: set[UUID]) -> None:
        if companies:
            rows = Transition.objects.filter(company_id__in=companies).order_by("-stay")
            for row in rows:
                self.transitions.setdefault((row.company_id, row.service), []).append(row)

    def _read_closings(self, companies: set[UUID]) -> None:
        if companies:
            rows = Notice.objects.filter(
                company_id__in=companies, kind="suspended", closed=True, effective_at__isnull=False
            )
            for company, service, at in rows.values_list("company_id", "service", "effective_at"):
                self.closings.setdefault((company, service), set()).add(at or 0)

    def _read_lines(self, notices: Sequence[Notice]) -> None:
        if notices:
            rows = PoolLine.objects.filter(
                company_id__in={notice.company_id for notice in notices},
                at__in={notice.at for notice in notices},
            ).order_by("effective_at")
            for row in rows:
                key = (row.company_id, row.service, str(row.pool_id), row.state, row.at)
                self.lines[key] = row.effective_at


@dataclass(frozen=True, slots=True)
class Told:
    """What all notices of one company share when they are told at one instant."""

    company: Company
    service_name: str
    life: Lifecycle
    background: Background

    @property
    def pool_names(self) -> dict[str, str]:
        """The names of the company's pools, by their ids, in their order."""
        return self.background.pool_names.get(self.company.id, {})

    @property
    def owner(self) -> str:
        """The name of who can renew."""
        return self.background.owners.get(self.company.id, "")


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
    background = told.background
    began = _began(notice, background)
    since = _suspended_since(notice, background) if notice.kind == "restored" else None
    return NoticeFacts(
        kind=cast(NoticeKind, notice.kind),
        reference=notice.reference,
        company=told.company.name,
        service=told.service_name,
        zone=reader.zone,
        now=life.at,
        url=f"{settings.PUBLIC_URL}/a/{told.company.account_id}/companies/{told.company.id}/",
        reason=reader.reason,
        can_renew=reader.reason != "site_administrator",
        renewer=told.owner,
        effective_at=_effective_at(notice, began, background),
        days=notice.days,
        horizon_at=_lasts_until(life) if notice.kind == "restored" else notice.horizon_at,
        due_at=notice.due_at,
        deadline=notice.deadline_at,
        seats=seats,
        units=units,
        protected=protected,
        policy=life.rules,
        pool=None if pool is None or is_only_pool else told.pool_names.get(pool.id),
        seats_after=None if pool is None else _seats_after(notice, life, pool),
        closed=notice.closed,
        closed_now=life.closed,
        kept_until=_kept_until(life),
        withdrawn=notice.state == Notice.State.WITHDRAWN,
        overtaken=notice.kind != "deleted" and not is_true(notice, life),
        deletion_held=life.deletion_held,
        gap_at=_gap_at(notice, life) if notice.kind == "pool_expiring" else None,
        returns_at=_returns_at(notice, life),
        from_phase=None if began is None else cast(Phase, began.from_phase),
        from_since=since,
        from_closed=since in background.closings.get((notice.company_id, notice.service), ()),
        test=told.company.is_test,
    )


_TELLS_OF = {
    "restored": "active",
    "grace_reminder": "grace",
    "deletion_warning": "suspended",
    "deleted": "deleted",
}
"""The phase in whose stay a notice is issued, where its own row does not say since when."""


def _began(notice: Notice, background: Background) -> Transition | None:
    """Give how the stay began in which a notice was issued, for those that tell of it."""
    phase = _TELLS_OF.get(notice.kind)
    if phase is None:
        return None
    return next((x for x in _stays(notice, background) if x.to_phase == phase), None)


def _suspended_since(notice: Notice, background: Background) -> int | None:
    """Give since when a company had been suspended before it was restored."""
    before = _stays(notice, background)[:2]
    is_so = len(before) > 1 and before[1].to_phase == "suspended"
    return before[1].effective_at if is_so else None


def _stays(notice: Notice, background: Background) -> list[Transition]:
    """Give the transitions that were recorded when a notice was issued, the newest first."""
    recorded = background.transitions.get((notice.company_id, notice.service), ())
    return [transition for transition in recorded if transition.at <= notice.at]


def _effective_at(notice: Notice, began: Transition | None, background: Background) -> int | None:
    """Give since when it is so what a notice tells: of its own row, its stay or its pool."""
    if notice.effective_at is not None:
        return notice.effective_at
    if began is not None:
        return began.effective_at
    if not _tells_of_a_line(notice):
        return None
    # The line stands beside the notice that it caused; one of another instant tells of other seats.
    state = notice.kind.removeprefix("pool_")
    key = (notice.company_id, notice.service, notice.subject, state, notice.at)
    return background.lines.get(key)


def _tells_of_a_line(notice: Notice) -> bool:
    return notice.effective_at is None and notice.kind in ("pool_short", "pool_reduced")


def _lasts_until(life: Lifecycle) -> int | None:
    return None if life.horizon is None else life.horizon.at


def _gap_at(notice: Notice, life: Lifecycle) -> int | None:
    """Give when the company's last licence ends before the horizon of its pool."""
    until = notice.horizon_at or 0
    return next(
        (at for at, total, _ in life.capacity.future(life.at) if total == 0 and at < until), None
    )


def _returns_at(notice: Notice, life: Lifecycle) -> int | None:
    """Give when there are units again by what is known, where the notice tells of there being none.

    For ``expiring`` after the end of which it tells, else after now.
    """
    after = notice.horizon_at if notice.kind == "expiring" else life.at
    if after is None or (notice.kind != "expiring" and life.units):
        return None
    return next(
        (at for at, total, _ in life.capacity.future(life.at) if total and at > after), None
    )


def undelivered_warnings() -> tuple[int, int]:
    """Count the warnings before a deletion that wait for their delivery: all, and those in vain.

    In vain: no mail of it can still be delivered, because there is no address or all refused it.
    """
    waiting = Notice.objects.filter(
        kind="deletion_warning", state=Notice.State.ISSUED, served_at__isnull=True
    )
    open_mails = Delivery.objects.filter(
        company_id=OuterRef("company_id"), notice_id=OuterRef("id"), counts=True
    ).exclude(state__in=(Delivery.State.REFUSED, Delivery.State.GIVEN_UP))
    return waiting.count(), waiting.exclude(Exists(open_mails)).count()


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
