"""What the engine does when it runs: record, issue, serve, remind, delete. In this order.

A period depends on the service of its notice, so nothing here is decided by a date alone:
``run`` is told which notices a relay has accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tenure.core import records as r
from tenure.core.capacity import NEVER
from tenure.core.lifecycle import Lifecycle, Unserved, Warned
from tenure.core.pools import Horizon, Pool

Accepts = Callable[[Unserved], bool]
"""Whether the relay has accepted a notice by now."""


def nothing(_: Unserved) -> bool:
    """Accept nothing: the relay has not been asked, or does not answer."""
    return False


def everything(_: Unserved) -> bool:
    """Accept everything: the relay works."""
    return True


def run(
    life: Lifecycle,
    t: int,
    *,
    accepts: Accepts = nothing,
    portal: bool = True,
    deletions: bool = True,
) -> list[r.Record]:
    """Let the engine run at ``t``; give what it records, in order.

    ``portal`` says whether notices that nobody accepted for so long may be served by the portal
    now; an engine that has yet to try the relay at ``t`` says no, and runs again once it has.
    ``deletions`` says whether it may delete; an engine that mistrusts its clock says no.
    Running twice at one instant issues nothing twice.
    """
    life.advance(t)
    out: list[r.Record] = [replace(record, at=t) for record in life.news]
    life.news = []
    _issue_expiring(life, t, out)
    _issue_asked(life, t, out)
    for pool in life.pools.values():
        _issue_pool(life, pool, t, out)
    _issue_warning(life, t, out)
    _serve(life, t, accepts, portal, out)
    _remind(life, t, out)
    if deletions:
        _delete(life, t, out)
    return out


def due_at(life: Lifecycle, change: int | None = None) -> int:
    """Give the first instant at which the engine has something to do; ``NEVER`` if there is none.

    It may lie in the past. Mail that waits for a relay is not counted: it is the queue's.
    ``change``: the first one by itself that is to be seen to; by default each, so that what lists
    show is always true.
    """
    if life.news or life.asked or life.instant is not None:
        return life.at
    dues = [life.next_change() if change is None else change]
    if any(pool.short_asked or pool.reduced_asked for pool in life.pools.values()):
        return life.at
    days = life.rules.expiring_notice_days
    for horizon in (life.horizon, *(pool.horizon for pool in life.pools.values())):
        if horizon is not None and (due := horizon.next_due(days)) is not None:
            dues.append(due)
    for notice in life.unserved:
        if notice.kind != "deletion_warning" and life.can_be_served(notice):
            dues.append(notice.issued_at + life.rules.portal_service)
    if life.phase == "grace" and life.deadline is not None and not life.reminded:
        dues.append(_reminder_at(life, life.deadline))
    if life.phase == "suspended" and not life.is_deletion_held():
        if life.warning is None:
            dues.append(_warning_at(life))
        elif life.warning.deadline is not None:
            dues.append(life.warning.deadline)
    return min(dues, default=NEVER)


def _warning_at(life: Lifecycle) -> int:
    return life.began + life.rules.retention - life.rules.warning


def _reminder_at(life: Lifecycle, deadline: int) -> int:
    return deadline - life.rules.grace // 2


def _issue_expiring(life: Lifecycle, t: int, out: list[r.Record]) -> None:
    if life.phase != "active":
        return
    if life.horizon is not None:
        _issue_horizon(life, "expiring", None, life.horizon, t, out)
    for pool in life.pools.values():
        if pool.horizon is not None:
            _issue_horizon(life, "pool_expiring", pool.id, pool.horizon, t, out)


def _issue_horizon(
    life: Lifecycle,
    kind: r.NoticeKind,
    pool: str | None,
    horizon: Horizon,
    t: int,
    out: list[r.Record],
) -> None:
    days = horizon.open_days(life.rules.expiring_notice_days, t)
    horizon.done = t
    for i, day in enumerate(days):
        make = r.NoticeIssued if i == len(days) - 1 else r.NoticeSkipped
        out.append(
            make(
                t,
                kind,
                life.instance,
                life.take_token(),
                pool,
                f"{horizon.at}/{day}/{horizon.known}",
                days=day,
                horizon_at=horizon.at,
            )
        )


def _issue_asked(life: Lifecycle, t: int, out: list[r.Record]) -> None:
    for asked in life.asked:
        period = f"{asked.effective_at}/{asked.stay}"
        if asked.stay != life.stay:
            out.append(
                r.NoticeSkipped(
                    t,
                    asked.kind,
                    life.instance,
                    asked.token,
                    period=period,
                    effective_at=asked.effective_at,
                )
            )
            continue
        due_at = None
        if asked.kind == "suspended":
            due_at = max(life.began + life.rules.retention, t + life.rules.warning)
        if asked.kind == "grace":
            life.unserved.append(Unserved(asked.token, "grace", t))
        out.append(
            r.NoticeIssued(
                t,
                asked.kind,
                life.instance,
                asked.token,
                period=period,
                effective_at=asked.effective_at,
                due_at=due_at,
            )
        )
    life.asked = []


def _issue_pool(life: Lifecycle, pool: Pool, t: int, out: list[r.Record]) -> None:
    if pool.short_asked:
        pool.short_asked = False
        token = life.take_token()
        if life.phase == "active" and pool.holds:
            deadlines = [hold.deadline for hold in pool.holds if hold.deadline is not None]
            all_have = len(deadlines) == len(pool.holds)
            for hold in pool.holds:
                if hold.notice is None:
                    hold.notice = token
            life.unserved.append(Unserved(token, "pool_short", t, pool.id))
            out.append(
                r.NoticeIssued(
                    t,
                    "pool_short",
                    life.instance,
                    token,
                    pool.id,
                    str(t),
                    due_at=min(deadlines) if all_have else None,
                )
            )
        else:
            out.append(r.NoticeSkipped(t, "pool_short", life.instance, token, pool.id, str(t)))
    if pool.reduced_asked:
        pool.reduced_asked = False
        token = life.take_token()
        if life.phase == "active" and pool.state(life.capacity.units[pool.id]) == "reduced":
            out.append(r.NoticeIssued(t, "pool_reduced", life.instance, token, pool.id, str(t)))
        else:
            out.append(r.NoticeSkipped(t, "pool_reduced", life.instance, token, pool.id, str(t)))


def _issue_warning(life: Lifecycle, t: int, out: list[r.Record]) -> None:
    if life.phase != "suspended" or life.warning is not None or t < _warning_at(life):
        return
    if life.is_deletion_held():
        return
    token = life.take_token()
    life.warning = Warned(token)
    life.unserved.append(Unserved(token, "deletion_warning", t))
    out.append(
        r.NoticeIssued(
            t,
            "deletion_warning",
            life.instance,
            token,
            period=f"{life.stay}/{t}",
            due_at=t + life.rules.warning,
        )
    )


def _serve(life: Lifecycle, t: int, accepts: Accepts, portal: bool, out: list[r.Record]) -> None:
    for notice in list(life.unserved):
        if not life.can_be_served(notice):
            life.unserved.remove(notice)
        elif accepts(notice):
            out.append(life.serve(notice, "email"))
        elif (
            portal
            and notice.kind != "deletion_warning"
            and t >= notice.issued_at + life.rules.portal_service
        ):
            out.append(life.serve(notice, "portal"))


def _remind(life: Lifecycle, t: int, out: list[r.Record]) -> None:
    if life.phase != "grace" or life.deadline is None or life.reminded:
        return
    if _reminder_at(life, life.deadline) <= t < life.deadline:
        life.reminded = True
        out.append(
            r.NoticeIssued(
                t,
                "grace_reminder",
                life.instance,
                life.take_token(),
                period=str(life.stay),
                due_at=life.deadline,
            )
        )


def _delete(life: Lifecycle, t: int, out: list[r.Record]) -> None:
    warning = life.warning
    if life.phase != "suspended" or warning is None or warning.deadline is None:
        return
    if warning.deadline > t or life.is_deletion_held():
        return
    life.delete()
    out.extend(life.news)
    life.news = []
    out.append(
        r.NoticeIssued(t, "deleted", life.instance, life.take_token(), period=str(life.stay))
    )
