"""The lifecycle of a company: phases, holds and pools, from facts and instants.

An instant is worked off in one order: licences start and end, what people did, the fall to
grace, holds that arise, deadlines, pool lines and horizons. What the engine then does is in
``notices``; nothing here depends on whether it runs.

``Lifecycle`` is a value: ``to_data`` gives it as plain data for JSON and ``from_data`` reads it,
at any point, even between two facts of one instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.capacity import Capacity
from tenure.core.errors import FactRefused
from tenure.core.licences import Licence, Register
from tenure.core.policy import Policy
from tenure.core.pools import Hold, Horizon, Pool, moved

VERSION = 1
"""Of the form that ``to_data`` gives."""

BEGINNING = -(1 << 62)
"""Before every instant."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A notice that a transition asked for; issued only while that stay lasts."""

    token: int
    kind: Literal["grace", "suspended", "restored"]
    effective_at: int
    stay: int


@dataclass(frozen=True, slots=True)
class Unserved:
    """A notice on which a period depends, issued and not yet served."""

    token: int
    kind: r.NoticeKind
    issued_at: int
    pool: str | None = None


@dataclass(slots=True)
class Warned:
    """The deletion warning that stands in this stay; ``deadline`` once it was served."""

    token: int
    deadline: int | None = None


@dataclass(slots=True)
class Instant:
    """What was so before the instant that is being worked off."""

    phase: r.Phase
    units: dict[str, int]
    seats: dict[str, int]
    touched: dict[str, Licence]
    """Licences that people changed at this instant, as they were before it."""
    added: list[str]
    """Licences that became known at this instant."""
    restored: bool = False

    def copy(self) -> Instant:
        """Give an instant of its own with the same content."""
        copies = (self.units.copy(), self.seats.copy(), self.touched.copy(), self.added.copy())
        return Instant(self.phase, *copies, restored=self.restored)

    def to_data(self) -> list[Any]:
        """Give it as plain data; ``from_data`` reads it again."""
        touched = [licence.to_data() for licence in self.touched.values()]
        return [self.phase, self.units, self.seats, touched, self.added, self.restored]

    @classmethod
    def from_data(cls, data: list[Any]) -> Instant:
        """Read what ``to_data`` gave."""
        phase, units, seats, touched, added, restored = data
        before = {licence[0]: Licence.from_data(licence) for licence in touched}
        return cls(phase, dict(units), dict(seats), before, list(added), restored)


Kind = TypeVar("Kind", bound="Lifecycle")


class Lifecycle:
    """A company's lifecycle as of ``at``.

    ``apply`` takes facts in the order of time; ``advance`` lets time go on. Both work off every
    instant between. What came about is kept in ``news`` until the engine records it.
    """

    def __init__(self, pools: tuple[str, ...] = (), policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.rules = self.policy
        """The periods of this stay: those in force when it began."""
        self.register = Register(pools)
        self.pools = {pool: Pool(pool) for pool in pools}
        self.at = BEGINNING
        self.instant: Instant | None = None
        """The instant ``at`` while it is being worked off; None once it is closed."""
        self.instance = 1
        self.phase: r.Phase = "pending"
        self.stay = 0
        self.began = BEGINNING
        """When this stay began."""
        self.closed = False
        self.deletion_held = False
        self.deadline: int | None = None
        """In grace: when it ends; None while its notice is not served."""
        self.grace_token: int | None = None
        self.reminded = False
        self.warning: Warned | None = None
        self.horizon: Horizon | None = None
        self.next_token = 1
        self.asked: list[Asked] = []
        self.unserved: list[Unserved] = []
        self.news: list[r.Record] = []
        """Transitions, pool lines and withdrawals that the engine has not recorded yet."""
        self._stale = False
        """Whether horizons must be looked for again at the end of the instant."""
        self.capacity = Capacity(self.register, self.at)

    # What is so

    @property
    def units(self) -> int:
        """The company's eligible units."""
        return self.capacity.total

    def protected(self, pool: str) -> int:
        """Give how many seats of the pool are protected: the first ones."""
        if self.phase not in ("active", "grace"):
            return 0
        return self.pools[pool].protected(self.capacity.units[pool])

    def is_deletion_held(self) -> bool:
        """Whether an operator, or units that are to come, hold the deletion."""
        if self.deletion_held:
            return True
        return not self.closed and self.capacity.comes_back(self.at)

    def next_change(self) -> int:
        """Give the next instant at which something changes by itself; ``NEVER`` if none."""
        found = self.capacity.next_change()
        if self.phase == "grace" and self.deadline is not None:
            found = min(found, self.deadline)
        if self.warning is not None and self.warning.deadline is not None:
            deadline = self.warning.deadline
            if deadline > self.at:
                found = min(found, deadline)
        for pool in self.pools.values():
            for hold in pool.holds:
                if hold.deadline is not None:
                    found = min(found, hold.deadline)
        return found

    def next_event(self) -> int:
        """As ``next_change``, without the instants at which licences follow one another in calm.

        There only units change, and every seat keeps its own: nothing is recorded of it.
        """
        if not self.is_calm():
            return self.next_change()
        return self.capacity.suffices_until({pool.id: pool.seats for pool in self.pools.values()})

    def is_calm(self) -> bool:
        """Whether every seat has its unit, nothing is on its way, and what is to come is gathered.

        Then an instant at which units change and suffice changes nothing else.
        """
        if self.phase != "active" or self.instant is not None or self._stale:
            return False
        if not self.capacity.is_gathered:
            return False
        units = self.capacity.units
        return all(
            pool.seats <= units[pool.id]
            and not pool.holds
            and (pool.last is None or pool.last[0] == "covered")
            for pool in self.pools.values()
        )

    # Time

    def advance(self, t: int) -> None:
        """Let time go on until ``t``, which is worked off to its end."""
        if self.instant is not None:
            self._close()
        while (change := self.next_change()) <= t:
            event = self.next_event()
            if change < event:
                self.capacity.move_to(min(event - 1, t))
                continue
            self._open(change)
            self._close()
        self.at = max(self.at, t)

    def apply(self, fact: f.Fact) -> list[r.Record]:
        """Take a fact; give what is recorded at its instant whether or not the engine runs.

        Raises ``FactRefused`` where it cannot be, and ``ValueError`` where its instant is closed.
        """
        if self.instant is None or fact.at != self.at:
            if fact.at <= self.at:
                raise ValueError(f"the instant {fact.at} is closed; the ledger is at {self.at}")
            self.advance(fact.at - 1)
            self._open(fact.at)
        return self._act(fact)

    def _open(self, t: int) -> None:
        self.instant = Instant(
            phase=self.phase,
            units=dict(self.capacity.units),
            seats={pool.id: pool.seats for pool in self.pools.values()},
            touched={},
            added=[],
        )
        self.at = t
        self.capacity.move_to(t)
        self._come_alive()

    def _close(self) -> None:
        instant = self.instant
        if instant is None:
            raise RuntimeError("no instant is open")
        self._fall()
        self._hold(instant)
        self._meet_deadlines(instant)
        self._note_pools()
        self._look_ahead()
        for name in (*instant.touched, *instant.added):
            licence = self.register.licences[name]
            if licence.removed or licence.cancelled:
                self.register.forget(licence)
        self.instant = None

    # What people do

    def _act(self, fact: f.Fact) -> list[r.Record]:
        match fact:
            case f.SeatsProtected():
                return [self._protect(fact)]
            case f.SeatsUnprotected():
                return [self._unprotect(fact)]
            case f.DeletionConfirmed():
                return self._confirm()
            case f.LicenceAdded():
                self._add_licence(fact)
            case f.LicenceFact():
                self._change_licence(fact)
            case f.PoolAdded():
                self.register.add_pool(fact)
                self.pools[fact.pool] = Pool(fact.pool)
                self.capacity.add_pool(fact.pool)
            case f.PolicyChanged():
                self.policy = fact.policy
            case f.CompanyClosed():
                self._close_company()
            case f.CompanyReopened():
                self.closed = False
            case f.DeletionHeld():
                self.deletion_held = True
            case f.DeletionReleased():
                self.deletion_held = False
            case _:
                raise TypeError(f"not a fact of a lifecycle: {fact!r}")
        self._come_alive()
        return []

    def _add_licence(self, fact: f.LicenceAdded) -> None:
        licence = self.register.add(fact)
        if self.instant is not None:
            self.instant.added.append(licence.id)
        self.capacity.recount(licence, self.at)
        self._stale = True

    def _change_licence(self, fact: f.LicenceFact) -> None:
        before, licence = self.register.change(fact)
        if self.instant is not None and licence.id not in self.instant.added:
            self.instant.touched.setdefault(licence.id, before)
        self.capacity.recount(licence, self.at)
        self._stale = True

    def _protect(self, fact: f.SeatsProtected) -> r.Record:
        pool = self._pool(fact.pool, fact.count)
        if self.units > 0 and not self.closed:
            if pool.seats + fact.count > self.capacity.units[pool.id]:
                return r.SeatsRefused(self.at, pool.id, fact.count, "no_free_units")
            pool.seats += fact.count
            self._stale = True
            return r.SeatsGranted(self.at, pool.id, fact.count)
        reason: r.Refusal = "expired"
        if self.phase not in ("active", "grace"):
            reason = "suspended" if self.phase == "suspended" else "no_licence"
        return r.SeatsRefused(self.at, pool.id, fact.count, reason)

    def _unprotect(self, fact: f.SeatsUnprotected) -> r.Record:
        pool = self._pool(fact.pool, fact.count)
        if self.phase == "suspended":
            return r.SeatsRefused(self.at, pool.id, fact.count, "suspended")
        if self.phase not in ("active", "grace"):
            return r.SeatsRefused(self.at, pool.id, fact.count, "no_licence")
        if pool.seats < fact.count:
            return r.SeatsRefused(self.at, pool.id, fact.count, "no_such_seats")
        pool.seats -= fact.count
        self._stale = True
        return r.SeatsReleased(self.at, pool.id, fact.count)

    def _pool(self, name: str, count: int) -> Pool:
        self.register.check_pool(name)
        if count < 1:
            raise FactRefused("count", "at least 1 seat must be named", field="count")
        return self.pools[name]

    def _confirm(self) -> list[r.Record]:
        for notice in self.unserved:
            if notice.kind == "deletion_warning":
                return [self.serve(notice, "operator")]
        return []

    def _close_company(self) -> None:
        self.closed = True
        if self.phase in ("active", "grace"):
            self._withdraw("grace")
            self._suspend()

    # Phases

    def _enter(self, phase: r.Phase, t: int) -> None:
        old = self.phase
        self.stay += 1
        self.began = t
        self.phase = phase
        self.rules = self.policy
        self.deadline = None
        self.grace_token = None
        self.reminded = False
        self.warning = None
        self.horizon = None
        for pool in self.pools.values():
            pool.last = None
            pool.horizon = None
        self._stale = True
        self.news.append(r.PhaseChanged(t, self.instance, old, phase, t, self.stay))

    def _ask(self, kind: Literal["grace", "suspended", "restored"]) -> int:
        token = self.take_token()
        self.asked.append(Asked(token, kind, self.at, self.stay))
        return token

    def take_token(self) -> int:
        """Give a number for a notice that no other notice of the company has."""
        self.next_token += 1
        return self.next_token - 1

    def _come_alive(self) -> None:
        """Activate or restore, where there are units and the company is not closed."""
        if self.units <= 0 or self.closed or self.phase == "active":
            return
        old = self.phase
        if old == "deleted":
            self.instance += 1
        if old in ("grace", "suspended"):
            self._withdraw("grace")
            self._withdraw("deletion_warning")
            for pool in self.pools.values():
                for hold in pool.holds:
                    if hold.deadline is None and hold.notice == self.grace_token:
                        hold.notice = None
            if self.instant is not None:
                self.instant.restored = True
        self._enter("active", self.at)
        if old in ("grace", "suspended"):
            self._ask("restored")

    def _withdraw(self, kind: r.NoticeKind) -> None:
        for notice in [notice for notice in self.unserved if notice.kind == kind]:
            self.unserved.remove(notice)
            self.news.append(
                r.NoticeWithdrawn(self.at, kind, self.instance, notice.token, notice.pool)
            )

    def _fall(self) -> None:
        if self.phase == "active" and self.units == 0:
            self._enter("grace", self.at)
            self.grace_token = self._ask("grace")

    def _suspend(self) -> None:
        for pool in self.pools.values():
            pool.holds = []
        self._enter("suspended", self.at)
        self._ask("suspended")

    def delete(self) -> None:
        """Delete, as of now: an act of the engine alone, once the warning has run out."""
        for pool in self.pools.values():
            pool.holds = []
            pool.seats = 0
        self.unserved = []
        self._enter("deleted", self.at)

    # Holds and deadlines

    def _hold(self, instant: Instant) -> None:
        """Hold the seats that lost their unit to an end or a cancellation, not to people."""
        if self.phase not in ("active", "grace") or instant.phase not in ("active", "grace"):
            return
        first = self.register.pools[0]
        for pool in self.pools.values():
            before = instant.units.get(pool.id, 0)
            level = min(instant.seats.get(pool.id, 0), pool.seats, before)
            after = self.capacity.units[pool.id]
            if level <= after:
                continue
            untouched = after
            for before_it in instant.touched.values():
                now = self.register.licences[before_it.id]
                if now.eligible(self.at):
                    untouched -= now.share(pool.id, first)
                was = before_it._replace(starts=now.starts, ends=now.ends)
                if was.eligible(self.at) and not now.cancelled:
                    untouched += was.share(pool.id, first)
            if untouched < before:
                hold = Hold(level)
                pool.holds.append(hold)
                if self.phase == "grace":
                    hold.notice = self.grace_token
                else:
                    pool.short_asked = True

    def _meet_deadlines(self, instant: Instant) -> None:
        if self.phase == "grace" and self.deadline is not None and self.deadline <= self.at:
            self._suspend()
        for pool in self.pools.values():
            if pool.holds:
                pool.end_holds(self.capacity.units[pool.id], self.at)
            if pool.holds and instant.restored and self.phase == "active":
                pool.short_asked = True
        warning = self.warning
        if (
            warning is not None
            and warning.deadline is not None
            and warning.deadline <= self.at
            and self.is_deletion_held()
        ):
            self.warning = None

    # Pool lines and horizons

    def _note_pools(self) -> None:
        if self.phase != "active":
            return
        for pool in self.pools.values():
            units = self.capacity.units[pool.id]
            state = pool.state(units)
            protected = pool.protected(units)
            last_state, last_protected = pool.last or ("covered", 0)
            if state == last_state and (state == "covered" or protected == last_protected):
                continue
            if state == "reduced" and last_state != "reduced":
                pool.reduced_asked = True
            if (state == "covered") != (last_state == "covered"):
                self._stale = True
            pool.last = (state, protected)
            self.news.append(
                r.PoolChanged(
                    self.at, self.instance, pool.id, state, self.at, units, pool.seats, protected
                )
            )

    def _look_ahead(self) -> None:
        """Find the horizons anew where something they depend on has changed."""
        if not self._stale:
            return
        self._stale = False
        if self.phase != "active":
            return
        units = self.capacity.units
        seats = {pool.id: pool.seats for pool in self.pools.values()}
        covered = [pool.id for pool in self.pools.values() if pool.seats <= units[pool.id]]
        company, short = self.capacity.horizons(seats, covered)
        self.horizon = moved(self.horizon, company, self.at, self.began)
        for pool in self.pools.values():
            pool.horizon = moved(pool.horizon, short.get(pool.id), self.at, self.began)

    # Service

    def serve(self, notice: Unserved, by: r.Service) -> r.NoticeServed:
        """Serve a notice now: from here its period runs."""
        self.unserved.remove(notice)
        if notice.kind == "deletion_warning":
            deadline = self.at + self.rules.warning
            self.warning = Warned(notice.token, deadline)
        else:
            deadline = self.at + self.rules.grace
        if notice.kind == "grace":
            self.deadline = deadline
        for pool in self.pools.values():
            for hold in pool.holds:
                if hold.notice == notice.token:
                    hold.deadline = deadline
        return r.NoticeServed(
            self.at,
            notice.kind,
            self.instance,
            notice.token,
            notice.pool,
            by=by,
            deadline=deadline,
        )

    def can_be_served(self, notice: Unserved) -> bool:
        """Whether what the notice announces still stands."""
        if notice.kind != "pool_short" or notice.pool is None:
            return True
        holds = self.pools[notice.pool].holds
        return any(hold.notice == notice.token for hold in holds)

    # Storing

    def to_data(self) -> dict[str, Any]:
        """Give the whole state as plain data for JSON."""
        warning = self.warning
        return {
            "version": VERSION,
            "at": self.at,
            "instant": None if self.instant is None else self.instant.to_data(),
            "policy": self.policy.to_data(),
            "rules": None if self.rules == self.policy else self.rules.to_data(),
            "licences": [licence.to_data() for licence in self.register],
            "gone": self.register.gone,
            "pools": [pool.to_data() for pool in self.pools.values()],
            "instance": self.instance,
            "phase": self.phase,
            "stay": self.stay,
            "began": self.began,
            "closed": self.closed,
            "deletion_held": self.deletion_held,
            "deadline": self.deadline,
            "grace_token": self.grace_token,
            "reminded": self.reminded,
            "warning": None if warning is None else [warning.token, warning.deadline],
            "horizon": None if self.horizon is None else self.horizon.to_data(),
            "next_token": self.next_token,
            "asked": [[x.token, x.kind, x.effective_at, x.stay] for x in self.asked],
            "unserved": [[x.token, x.kind, x.issued_at, x.pool] for x in self.unserved],
            "news": [_news_to_data(record) for record in self.news],
            "stale": self._stale,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Lifecycle:
        """Read what ``to_data`` gave. Raises ``ValueError`` for another version."""
        if data["version"] != VERSION:
            raise ValueError(f"a lifecycle of version {data['version']} cannot be read")
        self = cls.__new__(cls)
        self.policy = Policy.from_data(data["policy"])
        self.rules = self.policy if data["rules"] is None else Policy.from_data(data["rules"])
        self.pools = {pool[0]: Pool.from_data(pool) for pool in data["pools"]}
        licences = [Licence.from_data(licence) for licence in data["licences"]]
        self.register = Register(self.pools, licences, data["gone"])
        self.at = data["at"]
        instant = data["instant"]
        self.instant = None if instant is None else Instant.from_data(instant)
        self.instance = data["instance"]
        self.phase = data["phase"]
        self.stay = data["stay"]
        self.began = data["began"]
        self.closed = data["closed"]
        self.deletion_held = data["deletion_held"]
        self.deadline = data["deadline"]
        self.grace_token = data["grace_token"]
        self.reminded = data["reminded"]
        self.warning = None if data["warning"] is None else Warned(*data["warning"])
        self.horizon = None if data["horizon"] is None else Horizon(*data["horizon"])
        self.next_token = data["next_token"]
        self.asked = [Asked(*asked) for asked in data["asked"]]
        self.unserved = [Unserved(*unserved) for unserved in data["unserved"]]
        self.news = [_news_from_data(record) for record in data["news"]]
        self._stale = data["stale"]
        self.capacity = Capacity(self.register, self.at)
        return self

    def copy(self) -> Lifecycle:
        """Give a lifecycle of its own in the same state, to ask "what if?" of."""
        return self.copy_as(Lifecycle)

    def copy_as(self, kind: type[Kind]) -> Kind:
        """Give a copy that is of a kind of its own."""
        other = kind.__new__(kind)
        # What is a value is shared; the licences are, of which there can be very many.
        other.__dict__.update(self.__dict__)
        other.register = self.register.copy()
        other.capacity = self.capacity.copy(other.register)
        other.pools = {id_: pool.copy() for id_, pool in self.pools.items()}
        other.instant = None if self.instant is None else self.instant.copy()
        other.warning = None if self.warning is None else replace(self.warning)
        other.horizon = None if self.horizon is None else replace(self.horizon)
        other.asked = self.asked.copy()
        other.unserved = self.unserved.copy()
        other.news = self.news.copy()
        return other


_NEWS: dict[str, type[r.Record]] = {
    "phase": r.PhaseChanged,
    "pool": r.PoolChanged,
    "withdrawn": r.NoticeWithdrawn,
}
_NEWS_NAMES = {news: name for name, news in _NEWS.items()}


def _news_to_data(record: r.Record) -> list[Any]:
    values = [getattr(record, name) for name in record.__dataclass_fields__]
    return [_NEWS_NAMES[type(record)], *values]


def _news_from_data(data: list[Any]) -> r.Record:
    name, *values = data
    return _NEWS[name](*values)
