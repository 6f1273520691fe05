"""How the alerts of a company are found: from its lifecycle, its lines, notices and keys.

A fixed number of queries, however many licences there are: the lifecycle holds their register.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db.models import Count, Exists, Min, OuterRef, Q

from tenure.clock import WallClock
from tenure.core import records as r
from tenure.core.capacity import NEVER, shares
from tenure.core.licences import Licence
from tenure.core.policy import DAY
from tenure.core.records import DEADLINE_KINDS, NoticeKind
from tenure.services.standings import PoolStanding, Standing
from tenure.store.models import Claim, Delivery, KeyClaim, Notice, PoolLine
from tenure.store.models import Licence as LicenceRow
from tenure.words.alert_facts import (
    KINDS,
    LEVELS,
    AlertFacts,
    AlertKind,
    AlertLevel,
    AlertState,
)
from tenure.words.statuses import SOON

LATELY = 30 * DAY
"""For so many seconds an end that is past is told as an alert; later it is over."""

KEPT = 365 * DAY
"""For so many seconds what is over is still shown."""

STUCK = 3600
"""So many seconds a notice may wait for its relay before an alert says so."""

NEAR = 7 * DAY
"""So many seconds before the company's last licence ends, the alert is critical."""

REAL = WallClock()
"""By which the links to verify keys live, also for companies on a test clock."""

_KIND_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_ENDS = frozenset(
    {"company_ends", "grace", "licence_ends", "licence_ended", "key_waits", "key_expired"}
)
_LEVEL_RANK = {level: rank for rank, level in enumerate(LEVELS)}


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at. ``subject`` is the id of what it is about, empty for the company."""

    key: str
    subject: str
    level: AlertLevel
    state: AlertState
    facts: AlertFacts

    @property
    def kind(self) -> AlertKind:
        """What it is about."""
        return self.facts.kind

    @property
    def is_end(self) -> bool:
        """Whether the instant is one at which something ends, not one at which it happened."""
        return self.kind in _ENDS

    @property
    def rank(self) -> tuple[int, int, int, int, str]:
        """Where it stands: what is over last, then by level and kind, what is nearest first."""
        near = abs(self.facts.at - self.facts.now)
        return rank_of(self.state == "over", self.level, self.kind, near, self.key)


def rank_of(
    is_over: bool, level: AlertLevel, kind: AlertKind, near: int, key: str
) -> tuple[int, int, int, int, str]:
    """Give where an alert stands whose instant is so many seconds from now."""
    return int(is_over), _LEVEL_RANK[level], _KIND_RANK[kind], near, key


@dataclass(frozen=True, slots=True)
class Ended:
    """What an alert says of a licence that ended or ends; of them there can be very many."""

    kind: AlertKind
    level: AlertLevel
    at: int
    licence: str
    units: int
    count: int
    over_at: int | None = None


class Watch:
    """Goes over all that can be an alert."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.life = standing.life
        self.now = standing.now
        self.is_on = self.life.phase in ("active", "grace")

    def of_ends(self) -> Iterator[Alert]:
        """Give the alerts of licences that ended or end, in no order."""
        return map(self.of_end, self.ends)

    def of_end(self, each: Ended) -> Alert:
        """Give the alert of a licence that ended or ends."""
        return self._alert(
            each.kind,
            each.level,
            each.at,
            each.licence,
            units=each.units,
            count=each.count,
            over_at=each.over_at,
        )

    def others(self) -> Iterator[Alert]:
        """Give every other alert, in no order."""
        yield from self._of_company()
        yield from self._past_stays()
        yield from self._of_pools()
        if self.is_on:
            yield from self._waiting()
        if self.life.phase != "pending":
            yield from self._suspended_licences()
        yield from self._of_notices()
        yield from self._of_keys()

    def _alert(
        self,
        kind: AlertKind,
        level: AlertLevel,
        at: int,
        subject: str = "",
        mark: object = "",
        **more: Any,
    ) -> Alert:
        standing = self.standing
        facts = AlertFacts(
            kind,
            standing.company.name,
            standing.service_name,
            standing.company.time_zone,
            more.pop("now", self.now),
            at,
            **more,
        )
        key = key_of(standing.service, kind, subject, at, mark)
        state: AlertState = "unresolved" if facts.over_at is None else "over"
        return Alert(key, subject, level, state, facts)

    # The company

    def _of_company(self) -> Iterator[Alert]:
        life, standing = self.life, self.standing
        if not standing.has_address and life.phase != "deleted":
            is_near = life.phase in ("grace", "suspended") or self._ends_soon
            yield self._alert(
                "nobody_to_write_to", "critical" if is_near else "warning", self._began
            )
        match life.phase:
            case "active" if self._ends_soon and life.horizon is not None:
                yield self._company_ends(life.horizon.at)
            case "grace":
                deadline = life.deadline
                returns = standing.returns_at
                is_bridged = returns is not None and (deadline is None or returns <= deadline)
                yield self._alert(
                    "grace",
                    "warning" if is_bridged else "critical",
                    life.began,
                    until_at=deadline,
                    then_at=None if deadline is None else deadline + life.rules.retention,
                )
            case "suspended":
                yield from self._suspended()
            case _ if life.closed and life.phase != "deleted":
                yield self._alert("closed", "warning", self._began, is_closed=True)

    @property
    def _began(self) -> int:
        return self.life.began if self.life.stay else self.standing.company.created_at

    @property
    def _ends_soon(self) -> bool:
        horizon = self.life.horizon
        return self.life.phase == "active" and horizon is not None and horizon.at - self.now <= SOON

    def _company_ends(self, at: int) -> Alert:
        grace_until = at + self.life.rules.grace
        returns = self.standing.returns_at
        is_bridged = returns is not None and returns <= grace_until
        level: AlertLevel = "critical" if at - self.now <= NEAR else "warning"
        return self._alert(
            "company_ends",
            "information" if is_bridged else level,
            at,
            until_at=grace_until,
            then_at=returns,
        )

    def _suspended(self) -> Iterator[Alert]:
        life = self.life
        kept = max(life.began + life.rules.retention, self.now + life.rules.warning)
        if life.warning is not None and life.warning.deadline is not None:
            kept = life.warning.deadline
        until = None if life.deletion_held else kept
        if life.closed:
            yield self._alert("closed", "warning", life.began, until_at=until, is_closed=True)
        else:
            yield self._alert(
                "suspended",
                "critical",
                life.began,
                until_at=self.standing.returns_at,
                then_at=until,
            )
        if life.warning is not None:
            yield self._alert(
                "deletion_warned",
                "critical",
                life.began,
                mark=life.warning.token,
                until_at=life.warning.deadline,
                is_closed=life.closed,
                is_held=life.deletion_held,
            )

    def _past_stays(self) -> Iterator[Alert]:
        kinds: dict[str, tuple[AlertKind, AlertLevel]] = {
            "grace": ("grace", "critical"),
            "suspended": ("suspended", "critical"),
        }
        for stay in self.standing.past:
            if stay.phase in kinds and stay.ends_at and stay.ends_at > self.now - KEPT:
                kind, level = kinds[stay.phase]
                yield self._alert(kind, level, stay.starts_at, over_at=stay.ends_at)

    # Pools

    def _of_pools(self) -> Iterator[Alert]:
        standing, life = self.standing, self.life
        since = self.now - KEPT
        rows = PoolLine.objects.filter(
            company=standing.company,
            service=standing.service,
            instance=life.instance,
            effective_at__gt=since,
        ).order_by("effective_at")
        lines = [
            (str(pool), state, at)
            for pool, state, at in rows.values_list("pool_id", "state", "effective_at")
        ]
        lines += [
            (line.pool, line.state, line.effective_at)
            for line in life.news
            if isinstance(line, r.PoolChanged) and line.effective_at > since
        ]
        ends = [stay.ends_at for stay in standing.past if stay.phase == "active" and stay.ends_at]
        by_pool: dict[str, list[tuple[str, int]]] = {}
        for pool, state, at in lines:
            by_pool.setdefault(pool, []).append((state, at))
        for each in standing.pools:
            stretches = _stretches(by_pool.get(str(each.id), []), ends)
            yield from self._of_pool(each, stretches)

    def _of_pool(
        self, pool: PoolStanding, stretches: list[tuple[str, int, int | None]]
    ) -> Iterator[Alert]:
        subject = str(pool.id)
        name = pool.name if self.standing.has_sites else ""
        kinds: dict[str, AlertKind] = {"short": "pool_short", "reduced": "pool_reduced"}
        for state, starts, ends in stretches:
            if state in kinds and ends is not None:
                kind = kinds[state]
                level: AlertLevel = "warning" if state == "short" else "critical"
                yield self._alert(kind, level, starts, subject, name=name, over_at=ends)
        if self.life.phase != "active":
            return
        counts: dict[str, Any] = {"name": name, "units": pool.units, "seats": pool.seats}
        if pool.seats > pool.units:
            last = stretches[-1] if stretches else None
            at = self._began if last is None or last[2] is not None else last[1]
            if pool.waiting:
                yield self._alert(
                    "pool_reduced", "critical", at, subject, count=pool.waiting, **counts
                )
            if pool.held:
                yield self._alert(
                    "pool_short",
                    "warning",
                    at,
                    subject,
                    count=pool.held,
                    until_at=pool.until_at,
                    **counts,
                )
        elif pool.status == "close_to_overuse":
            # Resolved until it has other units: from day to day the seats come and go.
            yield self._alert(
                "pool_full", "information", self._began, subject, mark=pool.units, **counts
            )

    def _waiting(self) -> Iterator[Alert]:
        found = Claim.objects.filter(
            company=self.standing.company,
            service=self.standing.service,
            instance=self.life.instance,
        ).aggregate(n=Count("*"), since=Min("since_at"))
        if found["n"]:
            yield self._alert("members_wait", "warning", found["since"], count=found["n"])

    # Licences

    @property
    def ends(self) -> tuple[Ended, ...]:
        """What there is to say of licences that ended or end, from the register alone."""
        return self.standing.reading.meanwhile("ends of licences", self._ends)

    def _ends(self) -> tuple[tuple[Ended, ...], int]:
        """Give it, and when time alone next makes it another."""
        until = NEVER
        ended, ending = [], []
        for licence in self.life.register:
            ends = licence.ends
            if licence.out or ends is None or licence.starts == ends:
                continue
            if ends <= self.now:
                if ends > self.now - KEPT:
                    ended.append(licence)
                    is_late = ends <= self.now - LATELY
                    until = min(until, ends + (KEPT if is_late else LATELY))
            elif licence.starts <= self.now:
                if ends - self.now <= SOON:
                    ending.append(licence)
                else:
                    until = min(until, ends - SOON)
        if self.life.phase == "pending":
            return (), until
        found = [*self._ended(ended)]
        if self.life.phase == "active":
            found += self._ending(ending)
        return tuple(found), until

    def _lacking(self, licence: Licence, lacking: dict[str, int]) -> int:
        """Count the users who lack a unit in the pools in which a licence's units stand."""
        if not lacking:
            return 0
        pools = shares(licence, self.life.register.pools[0])
        return sum(lacking.get(pool, 0) for pool in pools)

    @cached_property
    def _lacking_now(self) -> dict[str, int]:
        units = self.life.capacity.units
        pools = self.life.pools.values()
        return {p.id: p.seats - units[p.id] for p in pools if p.seats > units[p.id]}

    def _ended(self, licences: list[Licence]) -> Iterator[Ended]:
        falls = {stay.starts_at for stay in self.standing.past if stay.phase == "grace"}
        for licence in licences:
            at = cast(int, licence.ends)
            # Where it was the last one, the alert of the company says all that there is to say.
            if at in falls and at > self.now - LATELY and self.life.phase != "active":
                continue
            is_over = at <= self.now - LATELY
            lacking = 0
            if self.is_on and not is_over:
                lacking = self._lacking(licence, self._lacking_now)
            yield Ended(
                "licence_ended",
                "warning" if lacking else "information",
                at,
                licence.id,
                licence.units,
                lacking,
                at + LATELY if is_over else None,
            )

    def _ending(self, licences: list[Licence]) -> Iterator[Ended]:
        if not licences:
            return
        instants = {licence.ends for licence in licences}
        last = max(at for at in instants if at is not None)
        used = [pool for pool in self.life.pools.values() if pool.seats]
        lacking: dict[int, dict[str, int]] = {}
        gone: set[int] = set()
        for at, total, units in self.life.capacity.future(self.now):
            if at > last:
                break
            if at not in instants:
                continue
            if total == 0:
                gone.add(at)
            lacking[at] = {
                pool.id: pool.seats - units[pool.id] for pool in used if pool.seats > units[pool.id]
            }
        horizon = self.standing.horizon_at
        for licence in licences:
            at = cast(int, licence.ends)
            if at == horizon and at in gone:
                continue  # the alert of the company's last licence says it
            count = self._lacking(licence, lacking.get(at, {}))
            level: AlertLevel = "warning" if count else "information"
            yield Ended("licence_ends", level, at, licence.id, licence.units, count)

    def _suspended_licences(self) -> Iterator[Alert]:
        rows = LicenceRow.objects.filter(
            company=self.standing.company,
            product__services=self.standing.service,
            suspended_at__isnull=False,
            removed_at__isnull=True,
            cancelled_at__isnull=True,
        ).values_list("id", "suspended_at")
        for id_, at in rows:
            if at is None:
                continue
            licence = self.life.register.licences.get(str(id_))
            if licence is None or not licence.runs(self.now):
                continue
            lacking = self._lacking(licence, self._lacking_now) if self.is_on else 0
            yield self._alert(
                "licence_suspended",
                "warning" if lacking or not self.life.units else "information",
                at,
                licence.id,
                units=licence.units,
                count=lacking,
            )

    # Notices and keys

    def _of_notices(self) -> Iterator[Alert]:
        """Tell of notices that no relay took: those that a period waits for, and those in vain."""
        standing = self.standing
        mails = Delivery.objects.filter(company=standing.company, notice_id=OuterRef("id"))
        hopeful = mails.exclude(state__in=(Delivery.State.REFUSED, Delivery.State.GIVEN_UP))
        rows = Notice.objects.filter(
            Q(kind__in=DEADLINE_KINDS, served_at__isnull=True, at__lte=self.now - STUCK)
            | (Q(Exists(mails)) & ~Q(Exists(hopeful))),
            company=standing.company,
            service=standing.service,
            instance=self.life.instance,
            state=Notice.State.ISSUED,
            at__gt=self.now - KEPT,
        ).values_list("id", "kind", "at", "served_at")
        waiting = {notice.kind for notice in self.life.unserved}
        for id_, kind, at, served_at in rows:
            is_open = kind in waiting and served_at is None
            if kind in DEADLINE_KINDS and not is_open and served_at is None:
                continue  # what it announced is over
            by_portal = at + self.life.rules.portal_service
            is_bound = is_open and kind in ("grace", "pool_short")
            yield self._alert(
                "notice_stuck",
                "critical" if is_open else "warning",
                at,
                str(id_),
                notice=cast(NoticeKind, kind),
                until_at=by_portal if is_bound and by_portal > self.now else None,
                over_at=at + LATELY if not is_open and at <= self.now - LATELY else None,
            )

    def _of_keys(self) -> Iterator[Alert]:
        now = REAL.now()
        rows = KeyClaim.objects.filter(
            company=self.standing.company,
            answered_at__isnull=True,
            key__product__services=self.standing.service,
            expires_at__gt=now - KEPT,
        ).values_list("id", "key__public_id", "expires_at")
        for id_, public_id, expires_at in rows:
            kind: AlertKind = "key_waits" if expires_at > now else "key_expired"
            yield self._alert(
                kind,
                "information" if kind == "key_waits" else "warning",
                expires_at,
                str(id_),
                name=public_id,
                now=now,
            )


def key_of(service: str, kind: str, subject: str, at: int, mark: object = "") -> str:
    """Give the key of an alert: of another instant, or another mark, it is another alert."""
    marked = f":{mark}" if mark != "" else ""
    return f"{service}/{kind}:{subject}:{at}{marked}"


def _stretches(
    lines: list[tuple[str, int]], stays_end: list[int]
) -> list[tuple[str, int, int | None]]:
    """Give from when to when a pool was in each state; lines that say the same again are one.

    A stretch ends with the stay in active, too.
    """
    found: list[tuple[str, int, int | None]] = []
    for state, at in lines:
        end = next((end for end in stays_end if found and found[-1][1] < end <= at), None)
        if found and found[-1][0] == state and end is None:
            continue
        if found and found[-1][2] is None:
            found[-1] = (*found[-1][:2], at if end is None else end)
        found.append((state, at, None))
    if found:
        end = next((end for end in stays_end if found[-1][1] < end), None)
        if end is not None:
            found[-1] = (*found[-1][:2], end)
    return found
