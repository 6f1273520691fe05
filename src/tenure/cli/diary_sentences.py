"""What the diary says of a fact, of a record and of a state: one or two sentences each.

A deadline is told as the last minute before it, so that "until 30 June, 23:59" is the midnight
after that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli.yaml_places import shown
from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.capacity import shares
from tenure.core.licences import Licence, Register
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY, Policy

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_REFUSALS: Mapping[str, str] = {
    "no_free_units": "it has not so many free units",
    "expired": "the licences have ended",
    "suspended": "the company is suspended",
    "no_licence": "the company has no licence",
    "no_such_seats": "it has fewer",
}

_PHASES: Mapping[tuple[str, str], str] = {
    ("pending", "active"): "The company becomes active.",
    ("grace", "active"): "There are units again: the company is active as before.",
    ("suspended", "active"): "There are units: the company is restored, with everything it had.",
    ("deleted", "active"): "There are units: the company is active again, with nothing in it.",
    ("active", "grace"): "The last unit is gone: grace begins, and protection goes on.",
    ("grace", "suspended"): "Grace is over: the company is suspended. Nobody is protected; "
    "everything is kept.",
    ("active", "suspended"): "The company is suspended. Nobody is protected; everything is kept.",
    ("suspended", "deleted"): "The company is deleted for good.",
}

_NOTICES: Mapping[str, str] = {
    "expiring": "notice that the licences end",
    "pool_expiring": "notice that pool {pool} will be short",
    "grace": "grace notice",
    "grace_reminder": "reminder of the end of grace",
    "suspended": "notice of the suspension",
    "restored": "notice of the restoration",
    "pool_short": "notice that pool {pool} is short",
    "pool_reduced": "notice that pool {pool} is reduced",
    "deletion_warning": "deletion warning",
    "deleted": "notice of the deletion",
}


def counted(count: int, one: str, many: str = "") -> str:
    """Give a number with its noun: 1 seat, 20 seats."""
    return f"{count} {one if count == 1 else many or one + 's'}"


class Teller:
    """Tells of one company, in its time zone.

    It keeps the licences as the facts it has told of left them: tell facts in the order of time.
    """

    def __init__(self, pools: Sequence[str], policy: Policy, zone: ZoneInfo) -> None:
        self._register = Register(pools)
        self._policy = policy
        self._zone = zone
        self._closed_at: set[int] = set()

    # Times

    def _local(self, t: int) -> datetime:
        return datetime.fromtimestamp(t, self._zone)

    def day(self, t: int) -> str:
        """Give the day: ``Tuesday 30 June 2026``."""
        local = self._local(t)
        weekday, month = _WEEKDAYS[local.weekday()], _MONTHS[local.month - 1]
        return f"{weekday} {local.day} {month} {local.year}"

    def time(self, t: int) -> str:
        """Give the time of day, with seconds where there are any."""
        local = self._local(t)
        return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"

    def moment(self, t: int) -> str:
        """Give the day and the time of an instant."""
        if t > instants.LAST - DAY:
            return "the end of the year 9999"
        return f"{self.day(t)}, {self.time(t)}"

    def before(self, t: int) -> str:
        """Give the last minute before an instant: what lasts until then ends with it."""
        if t > instants.LAST - DAY:
            return "the end of the year 9999"
        last = t - 1
        return f"{self.day(last)}, {self._local(last):%H:%M}"

    # Facts

    def fact(self, fact: f.Fact, answer: r.Record | None) -> str:
        """Tell of something done; ``answer`` is what was recorded of it at once, if anything."""
        self._register.take(fact)
        match fact:
            case f.SeatsProtected() | f.SeatsUnprotected():
                return self._seats(fact, answer)
            case f.LicenceAdded():
                return self._added(fact)
            case f.LicenceFact():
                return self._touched(fact)
            case f.CompanyClosed():
                self._closed_at.add(fact.at)
                return "The owner closes the company."
            case f.CompanyReopened():
                return "The owner reopens the company."
            case f.DeletionHeld():
                return "An operator holds the deletion: it waits until it is released."
            case f.DeletionReleased():
                return "An operator releases the deletion."
            case f.DeletionConfirmed() if answer is not None:
                return f"An operator confirms the deletion. {self.record(answer)}"
            case f.DeletionConfirmed():
                return "An operator confirms a deletion, but no unserved warning waits for it."
        raise TypeError(f"not a fact of a scenario: {fact!r}")

    def _seats(self, fact: f.SeatsProtected | f.SeatsUnprotected, answer: r.Record | None) -> str:
        seats, pool = counted(fact.count, "seat"), shown(fact.pool)
        wanted = isinstance(fact, f.SeatsProtected)
        if isinstance(answer, r.SeatsRefused):
            what = f"Protecting {seats} in" if wanted else f"Giving back {seats} of"
            return f"{what} pool {pool} is refused: {_REFUSALS[answer.reason]}."
        be = "is" if fact.count == 1 else "are"
        return f"{seats} in pool {pool} {be} {'now protected' if wanted else 'given back'}."

    def _added(self, fact: f.LicenceAdded) -> str:
        licence = self._register.licences[fact.licence]
        kind = "not for resale" if fact.kind == "nfr" else fact.kind
        told = f"Licence {shown(fact.licence)} is added: {kind}, {self._units(licence)}"
        if fact.ends is not None and fact.ends <= fact.at:
            return f"{told}. It ended on {self.before(fact.ends)} already."
        if fact.starts > fact.at:
            told += f", from {self.moment(fact.starts)}"
        if fact.ends is None:
            return f"{told}, without end."
        return f"{told}, until {self.before(fact.ends)}."

    def _touched(self, fact: f.LicenceFact) -> str:
        licence = self._register.licences[fact.licence]
        told = f"Licence {shown(licence.id)}"
        match fact:
            case f.LicenceRenewed():
                return f"{told} is renewed until {self.before(fact.ends)}."
            case f.LicenceResized():
                return f"{told} now has {self._units(licence)}."
            case f.LicencePlaced():
                return f"{told} is placed anew: {self._units(licence)}."
            case f.LicenceSuspended():
                return f"{told} is suspended: its units do not count until it is resumed."
            case f.LicenceResumed():
                return f"{told} is resumed: its units count again while it lasts."
            case f.LicenceRemoved():
                return f"{told} is removed by the company."
            case f.LicenceCancelled():
                return f"{told} is cancelled by the vendor."
        raise TypeError(f"not a fact about a licence: {fact!r}")

    def _units(self, licence: Licence) -> str:
        units = counted(licence.units, "unit")
        pools = self._register.pools
        if len(pools) == 1:
            return units
        placed = shares(licence, pools[0])
        where = [f"{placed[pool]} in {shown(pool)}" for pool in pools if pool in placed]
        return f"{units} ({', '.join(where)})"

    # Records

    def record(self, record: r.Record) -> str:
        """Tell of something recorded."""
        match record:
            case r.PhaseChanged():
                return self._phase(record)
            case r.PoolChanged():
                return self._pool(record)
            case r.NoticeIssued():
                return self._issued(record)
            case r.NoticeSkipped():
                days = f" in {counted(record.days, 'day')}" if record.days is not None else ""
                return f"The {_notice(record)}{days} is skipped: it is out of date."
            case r.NoticeServed():
                return self._served(record)
            case r.NoticeWithdrawn():
                return f"The {_notice(record)} was not served yet, and is withdrawn."
        raise TypeError(f"not a record that is told by itself: {record!r}")

    def _late(self, record: r.PhaseChanged | r.PoolChanged) -> str:
        if record.effective_at == record.at:
            return ""
        return f" (Since {self.moment(record.effective_at)}; recorded now that the engine runs.)"

    def _phase(self, record: r.PhaseChanged) -> str:
        told = _PHASES[record.from_phase, record.to_phase]
        if record.to_phase == "suspended" and record.effective_at in self._closed_at:
            told = "Closed, the company is suspended. Nobody is protected; everything is kept."
        return told + self._late(record)

    def _pool(self, record: r.PoolChanged) -> str:
        pool, late = shown(record.pool), self._late(record)
        seats, units = counted(record.seats, "seat"), counted(record.units, "unit")
        if record.state == "covered":
            return f"Pool {pool} is covered again: {seats}, {units}.{late}"
        held = "for now" if record.state == "short" else "by its units"
        return (
            f"Pool {pool} is {record.state}: {seats}, {units}; "
            f"{record.protected} protected {held}.{late}"
        )

    def _issued(self, record: r.NoticeIssued) -> str:
        due = record.due_at
        match record.notice:
            case "expiring" if record.horizon_at is not None:
                return (
                    f"Notice {counted(record.days or 0, 'day')} ahead: the licences end, the last "
                    f"on {self.before(record.horizon_at)}."
                )
            case "pool_expiring" if record.horizon_at is not None:
                return (
                    f"Notice {counted(record.days or 0, 'day')} ahead: pool "
                    f"{shown(record.pool or '')} will have too few units from "
                    f"{self.moment(record.horizon_at)}."
                )
            case "grace":
                days = counted(self._policy.grace_days, "day")
                return f"Grace notice: protection goes on for {days} from when it is served."
            case "suspended" if due is not None:
                return f"Notice of the suspension: no deletion before {self.moment(due)}."
            case "pool_short" if due is not None:
                return (
                    f"Notice that pool {shown(record.pool or '')} is short: the first held seats "
                    f"stay protected until {self.before(due)}."
                )
            case "grace_reminder" if due is not None:
                return f"Reminder: protection goes on until {self.before(due)}, then stops."
            case "deletion_warning" if due is not None:
                return (
                    f"Deletion warning: no deletion before {self.moment(due)}, or later if it is "
                    "served later."
                )
        told = _notice(record)
        return f"{told[0].upper()}{told[1:]}."

    def _served(self, record: r.NoticeServed) -> str:
        by = {"email": "by e-mail", "portal": "by the portal alone", "operator": "by an operator"}
        told = f"The {_notice(record)} is served {by[record.by]}:"
        if record.notice == "deletion_warning":
            return f"{told} no deletion before {self.moment(record.deadline)}."
        what = (
            "held seats stay protected" if record.notice == "pool_short" else "protection goes on"
        )
        return f"{told} {what} until {self.before(record.deadline)}."

    # The state

    def state(self, life: Lifecycle) -> str:
        """Tell how the company stands at the instant of a lifecycle."""
        since = f"since {self.moment(life.began)}"
        match life.phase:
            case "pending":
                told = "The company has had no licence yet."
            case "active":
                told = f"The company is active {since}."
            case "grace" if life.deadline is None:
                told = f"The company is in grace {since}; its notice is not served yet."
            case "grace":
                told = f"The company is in grace {since}, until {self.before(life.deadline or 0)}."
            case "suspended":
                told = f"The company is suspended {since}; everything is kept."
            case _:
                told = f"The company is deleted {since}."
        if life.closed:
            told += " Its owner has closed it."
        if life.deletion_held:
            told += " An operator holds the deletion."
        return told


def _notice(record: r.NoticeRecord) -> str:
    return _NOTICES[record.notice].format(pool=shown(record.pool or ""))
