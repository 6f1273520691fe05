"""A company's state, and what each instant makes of it while nothing of the engine is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.instants import DAY, SECOND, Instant, end_of, shown
from tests.oracle.licences import (
    Licences,
    all_units,
    as_people_left_them,
    boundaries,
    read_licence,
    units,
)
from tests.oracle.notices import Hold, Horizon, Notice, Policy, horizon_now

Line = dict[str, Any]


class Company:
    def __init__(self, pools: list[str], policy: Policy, zone: ZoneInfo) -> None:
        self.pools = pools
        self.policy = policy
        self.zone = zone
        self.licences: Licences = {}

        self.phase = "pending"
        self.instance = 1
        self.stay = 0  # counts transitions, so that each stay in a phase has its own number
        self.stay_began: Instant = 0
        self.restored_at: Instant | None = None
        self.closed = False
        self.deletion_held_by_operator = False

        self.seats = dict.fromkeys(pools, 0)
        self.holds: dict[str, list[Hold]] = {pool: [] for pool in pools}
        self.recorded: dict[str, tuple[str, int]] = {}
        self.horizons: dict[str | None, Horizon] = {}  # None stands for the company's own

        self.grace_notice: Notice | None = None  # of this stay in grace
        self.warning: Notice | None = None  # the last of this stay in suspended
        self.asked: list[Notice] = []
        self.unserved: list[Notice] = []
        self.short_asked: set[str] = set()
        self.reduced_asked: set[str] = set()
        self.unrecorded: list[Line] = []  # what took effect since the engine last ran
        self.lines: list[Line] = []

    # What can be told at any time

    def units(self, pool: str, t: Instant) -> int:
        return units(self.licences, self.pools, pool, t)

    def all_units(self, t: Instant) -> int:
        return all_units(self.licences, self.pools, t)

    def protected(self, pool: str, t: Instant) -> int:
        if self.phase not in ("active", "grace"):
            return 0
        levels = [hold.level for hold in self.holds[pool]]
        return min(self.seats[pool], max([self.units(pool, t), *levels]))

    def pool_state(self, pool: str, t: Instant) -> str:
        if self.seats[pool] <= self.units(pool, t):
            return "covered"
        return "short" if self.protected(pool, t) > self.units(pool, t) else "reduced"

    def later_boundaries(self, t: Instant) -> list[Instant]:
        return sorted(edge for edge in boundaries(self.licences.values()) if edge > t)

    def deletion_is_held(self, t: Instant) -> bool:
        if self.deletion_held_by_operator:
            return True
        if self.closed:
            return False
        return any(self.all_units(later) > 0 for later in self.later_boundaries(t))

    # Transitions

    def enter(self, phase: str, t: Instant) -> None:
        if self.phase == "deleted":
            self.instance += 1
        self.unrecorded.append(
            {
                "type": "phase",
                "instance": self.instance,
                "from": self.phase,
                "to": phase,
                "effective_at": shown(t),
            }
        )
        self.phase = phase
        self.stay += 1
        self.stay_began = t
        self.recorded = dict.fromkeys(self.pools, ("covered", 0))
        self.horizons = {}
        self.warning = None
        self.withdraw("deletion_warning")

    def ask(self, kind: str, t: Instant) -> Notice:
        notice = Notice(kind, self.stay, t)
        self.asked.append(notice)
        return notice

    def withdraw(self, kind: str) -> None:
        self.unserved = [notice for notice in self.unserved if notice.kind != kind]

    def leave_grace(self) -> None:
        """What the grace notice announced without a deadline is announced by nothing now."""
        self.withdraw("grace")
        for holds in self.holds.values():
            for hold in holds:
                if hold.notice is self.grace_notice and hold.deadline is None:
                    hold.notice = None
        self.grace_notice = None

    def rise(self, t: Instant) -> None:
        """Activation, restoration or a new instance, where there are units."""
        if self.phase == "active" or self.closed or self.all_units(t) == 0:
            return
        was = self.phase
        self.leave_grace()
        self.enter("active", t)
        if was in ("grace", "suspended"):
            self.ask("restored", t)
            self.restored_at = t

    def fall(self, t: Instant) -> None:
        self.enter("grace", t)
        self.grace_notice = self.ask("grace", t)

    def suspend(self, t: Instant) -> None:
        self.leave_grace()
        self.enter("suspended", t)
        self.ask("suspended", t)
        self.holds = {pool: [] for pool in self.pools}

    def delete(self, t: Instant) -> None:
        self.enter("deleted", t)
        self.holds = {pool: [] for pool in self.pools}
        self.seats = dict.fromkeys(self.pools, 0)

    # An instant

    def pass_instant(self, t: Instant, added: list[Any], actions: list[Line]) -> None:
        """Everything that takes effect at t but the engine's work.

        `added` are the scenario's own licences that become known at t.
        """
        licences_before = dict(self.licences)
        seats_before = dict(self.seats)
        protecting = self.phase in ("active", "grace")
        units_before = {
            pool: self.units(pool, t - SECOND) if protecting else 0 for pool in self.pools
        }

        for licence in added:
            self.licences[licence.id] = licence
        self.rise(t)

        for action in actions:
            self.act(t, action)
            self.rise(t)

        if self.phase == "active" and self.all_units(t) == 0:
            self.fall(t)

        self.let_holds_arise(t, licences_before, seats_before, units_before)
        self.reach_deadlines(t)
        self.record_pools(t)
        self.move_horizons(t)

    def act(self, t: Instant, action: Line) -> None:
        (verb, what) = next((key, value) for key, value in action.items() if key != "at")
        if verb in ("protect", "unprotect"):
            self.act_on_seats(t, verb, what.get("pool", self.pools[0]), what["count"])
        elif verb == "close":
            self.closed = True
            if self.phase in ("active", "grace"):
                self.suspend(t)
        elif verb == "reopen":
            self.closed = False
        elif verb == "hold_deletion":
            self.deletion_held_by_operator = True
        elif verb == "release_deletion":
            self.deletion_held_by_operator = False
        elif verb == "confirm_deletion":
            for notice in list(self.unserved):
                if notice.kind == "deletion_warning":
                    self.serve(notice, t, "operator")
        elif verb == "add_licence":
            self.licences[what["id"]] = read_licence(what, self.zone, t)
        else:
            self.act_on_licence(t, verb, what)

    def act_on_seats(self, t: Instant, verb: str, pool: str, count: int) -> None:
        dark = {"suspended": "suspended", "pending": "no_licence", "deleted": "no_licence"}
        reason: str | None = None
        if verb == "protect":
            if self.all_units(t) == 0 or self.closed:
                reason = dark.get(self.phase, "expired")
            elif self.seats[pool] + count > self.units(pool, t):
                reason = "no_free_units"
        elif self.phase in dark:
            reason = dark[self.phase]
        elif count > self.seats[pool]:
            reason = "no_such_seats"
        line: Line = {"at": shown(t), "type": "seats.refused", "pool": pool, "count": count}
        if reason is not None:
            line["reason"] = reason
        elif verb == "protect":
            line["type"] = "seats.granted"
            self.seats[pool] += count
        else:
            line["type"] = "seats.released"
            self.seats[pool] -= count
        self.lines.append(line)

    def act_on_licence(self, t: Instant, verb: str, what: Any) -> None:
        id_ = what if isinstance(what, str) else what["licence"]
        licence = self.licences[id_]
        if verb == "cancel_licence":
            licence = replace(licence, cancelled=t)
        elif verb == "remove_licence":
            licence = replace(licence, removed=True)
        elif verb == "suspend_licence":
            licence = replace(licence, suspended=True)
        elif verb == "resume_licence":
            licence = replace(licence, suspended=False)
        elif verb == "renew":
            licence = licence.renewed(t, end_of(what["ends"], self.zone))
        elif verb == "place":
            licence = replace(licence, placements=dict(what.get("placements") or {}))
        elif verb == "set_units":
            licence = replace(licence, units=what["units"])
            if what.get("placements") is not None:
                licence = replace(licence, placements=dict(what["placements"]))
        else:
            raise ValueError(verb)
        self.licences[id_] = licence

    def let_holds_arise(
        self,
        t: Instant,
        licences_before: Licences,
        seats_before: dict[str, int],
        units_before: dict[str, int],
    ) -> None:
        if self.phase not in ("active", "grace"):
            return
        left = as_people_left_them(licences_before, self.licences)
        for pool in self.pools:
            a = units_before[pool]
            a_left = units(left, self.pools, pool, t)
            level = min(seats_before[pool], self.seats[pool], a)
            if a_left < a and level > self.units(pool, t):
                self.holds[pool].append(Hold(level, self.grace_notice))
                if self.phase == "active":
                    self.short_asked.add(pool)

    def reach_deadlines(self, t: Instant) -> None:
        notice = self.grace_notice
        if notice is not None and notice.deadline is not None and t >= notice.deadline:
            self.suspend(t)
        warning = self.warning
        if warning is not None and warning.deadline is not None and t >= warning.deadline:
            warning.spent = warning.spent or self.deletion_is_held(t)
        for pool in self.pools:
            self.holds[pool] = [hold for hold in self.holds[pool] if not self.over(hold, pool, t)]
            if self.restored_at == t and self.phase == "active" and self.holds[pool]:
                self.short_asked.add(pool)

    def over(self, hold: Hold, pool: str, t: Instant) -> bool:
        units_now = self.units(pool, t)
        return (
            (hold.deadline is not None and t >= hold.deadline)
            or units_now >= hold.level
            or self.seats[pool] <= units_now
        )

    def record_pools(self, t: Instant) -> None:
        if self.phase != "active":
            return
        for pool in self.pools:
            state, protected = self.pool_state(pool, t), self.protected(pool, t)
            last_state, last_protected = self.recorded[pool]
            if state == last_state and (state == "covered" or protected == last_protected):
                continue
            self.recorded[pool] = (state, protected)
            self.unrecorded.append(
                {
                    "type": "pool",
                    "instance": self.instance,
                    "pool": pool,
                    "state": state,
                    "effective_at": shown(t),
                    "units": self.units(pool, t),
                    "seats": self.seats[pool],
                    "protected": protected,
                }
            )
            if state == "reduced" and last_state != "reduced":
                self.reduced_asked.add(pool)

    def horizon_at(self, pool: str | None, t: Instant) -> Instant | None:
        """Where the horizon of the company, or of a pool, lies by what is known at t."""
        if pool is not None and self.seats[pool] > self.units(pool, t):
            return None
        for later in self.later_boundaries(t):
            nothing_left = self.all_units(later) == 0
            if pool is None:
                found = nothing_left
            else:
                found = not nothing_left and self.units(pool, later) < self.seats[pool]
            if found:
                return later
        return None

    def move_horizons(self, t: Instant) -> None:
        if self.phase != "active":
            return
        horizons: dict[str | None, Horizon] = {}
        for pool in [None, *self.pools]:
            at, old = self.horizon_at(pool, t), self.horizons.get(pool)
            new = horizon_now(old, at, t, self.stay_began, self.policy.expiring)
            if new is not None:
                horizons[pool] = new
        self.horizons = horizons

    def serve(self, notice: Notice, t: Instant, by: str) -> None:
        self.unserved.remove(notice)
        period = self.policy.warning if notice.kind == "deletion_warning" else self.policy.grace
        notice.deadline = t + period
        line: Line = {"at": shown(t), "type": "notice.served", "notice": notice.kind}
        if notice.pool is not None:
            line["pool"] = notice.pool
        self.lines.append({**line, "by": by, "deadline": shown(notice.deadline)})

    def moments(self) -> set[Instant]:
        """Instants at which something may happen by itself, by what is known now."""
        policy = self.policy
        found = boundaries(self.licences.values())
        for horizon in self.horizons.values():
            found |= {horizon.at, *horizon.due.values()}
        for holds in self.holds.values():
            found |= {hold.deadline for hold in holds if hold.deadline is not None}
        for notice in (self.grace_notice, self.warning):
            if notice is not None and notice.deadline is not None:
                found |= {notice.deadline, notice.deadline - policy.grace // 2}
        for notice in self.unserved:
            if notice.issued_at is not None:
                found.add(notice.issued_at + policy.portal)
        for span in (policy.grace, policy.retention, policy.retention - policy.warning, DAY):
            found.add(self.stay_began + span)
        return found
