"""The engine's work at an instant at which it runs."""

from __future__ import annotations

from typing import Any

from tests.oracle.company import Company
from tests.oracle.instants import Instant, shown
from tests.oracle.notices import Notice


class Engine:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.reminded: set[int] = set()  # the stays in grace that had their reminder

    def run(self, t: Instant, mail_works: bool) -> None:
        self.record(t)
        self.announce_horizons(t)
        self.announce_transitions(t)
        for pool in self.company.pools:
            self.announce_pool_short(t, pool)
            self.announce_pool_reduced(t, pool)
        self.warn(t)
        self.serve(t, mail_works)
        self.remind(t)
        self.delete(t)

    def line(self, t: Instant, type_: str, notice: str, **fields: Any) -> None:
        self.company.lines.append({"at": shown(t), "type": type_, "notice": notice, **fields})

    def record(self, t: Instant) -> None:
        for line in self.company.unrecorded:
            self.company.lines.append({"at": shown(t), **line})
        self.company.unrecorded = []

    def announce_horizons(self, t: Instant) -> None:
        for pool, horizon in self.company.horizons.items():
            due = sorted(days for days, at in horizon.due.items() if at <= t)
            for days in due:
                type_ = "notice.issued" if days == due[0] else "notice.skipped"
                at = shown(horizon.at)
                if pool is None:
                    self.line(t, type_, "expiring", days=days, expires_at=at)
                else:
                    self.line(t, type_, "pool_expiring", pool=pool, days=days, short_at=at)
                del horizon.due[days]

    def announce_transitions(self, t: Instant) -> None:
        company = self.company
        for notice in company.asked:
            effective_at = shown(notice.effective_at)
            if notice.stay != company.stay:
                self.line(t, "notice.skipped", notice.kind, effective_at=effective_at)
                continue
            fields = {"effective_at": effective_at}
            if notice.kind == "suspended":
                earliest = max(
                    notice.effective_at + company.policy.retention, t + company.policy.warning
                )
                fields["earliest_deletion"] = shown(earliest)
            self.line(t, "notice.issued", notice.kind, **fields)
            notice.issued_at = t
            if notice.kind == "grace":
                company.unserved.append(notice)
        company.asked = []

    def announce_pool_short(self, t: Instant, pool: str) -> None:
        company = self.company
        if pool not in company.short_asked:
            return
        company.short_asked.remove(pool)
        holds = company.holds[pool]
        if company.phase != "active" or not holds:
            self.line(t, "notice.skipped", "pool_short", pool=pool)
            return
        fields = {"pool": pool}
        deadlines = [hold.deadline for hold in holds if hold.deadline is not None]
        if len(deadlines) == len(holds):
            fields["deadline"] = shown(min(deadlines))
        self.line(t, "notice.issued", "pool_short", **fields)
        notice = Notice("pool_short", company.stay, t, pool=pool, issued_at=t)
        for hold in holds:
            if hold.notice is None:
                hold.notice = notice
        company.unserved.append(notice)

    def announce_pool_reduced(self, t: Instant, pool: str) -> None:
        company = self.company
        if pool not in company.reduced_asked:
            return
        company.reduced_asked.remove(pool)
        is_reduced = company.phase == "active" and company.pool_state(pool, t) == "reduced"
        type_ = "notice.issued" if is_reduced else "notice.skipped"
        self.line(t, type_, "pool_reduced", pool=pool)

    def warn(self, t: Instant) -> None:
        company, policy = self.company, self.company.policy
        if company.phase != "suspended" or company.deletion_is_held(t):
            return
        if t < company.stay_began + policy.retention - policy.warning:
            return
        if company.warning is not None and not company.warning.spent:
            return
        company.warning = Notice("deletion_warning", company.stay, t, issued_at=t)
        company.unserved.append(company.warning)
        earliest = shown(t + policy.warning)
        self.line(t, "notice.issued", "deletion_warning", earliest_deletion=earliest)

    def serve(self, t: Instant, mail_works: bool) -> None:
        company = self.company
        for notice in list(company.unserved):
            assert notice.issued_at is not None
            if notice.kind == "pool_short" and not self.announces_a_hold(notice):
                continue
            if mail_works:
                company.serve(notice, t, "email")
            elif (
                notice.kind != "deletion_warning" and t >= notice.issued_at + company.policy.portal
            ):
                company.serve(notice, t, "portal")

    def announces_a_hold(self, notice: Notice) -> bool:
        return any(hold.notice is notice for holds in self.company.holds.values() for hold in holds)

    def remind(self, t: Instant) -> None:
        company = self.company
        notice = company.grace_notice
        if notice is None or notice.deadline is None or notice.stay in self.reminded:
            return
        if notice.deadline - company.policy.grace // 2 <= t < notice.deadline:
            self.line(t, "notice.issued", "grace_reminder", suspends_at=shown(notice.deadline))
            self.reminded.add(notice.stay)

    def delete(self, t: Instant) -> None:
        company = self.company
        warning = company.warning
        if company.phase != "suspended" or warning is None or warning.deadline is None:
            return
        if t < warning.deadline or warning.spent or company.deletion_is_held(t):
            return
        company.delete(t)
        self.record(t)
        self.line(t, "notice.issued", "deleted")
