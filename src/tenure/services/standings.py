"""One company as its pages show it: how it stands, its pools, what comes next, what has been.

Everything is computed from facts at an instant, so it is right also while the engine is down.
Reads, never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from tenure.clock import Clock
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.services import readings
from tenure.services.errors import NotFound
from tenure.services.ledger import clock_of
from tenure.services.readings import Reading
from tenure.store.models import Company, Contact, Pool, Transition
from tenure.words.company_facts import CompanyFacts, HeldPool
from tenure.words.statuses import CompanyStatus, PoolStatus, company_status, pool_status

AHEAD = 730 * DAY
"""How far the future is looked at, in seconds."""


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """A pool at an instant. ``held`` seats are protected without a unit.

    ``until_at`` is when their protection ends, None while its notice is not served.
    """

    id: UUID
    name: str
    reference: str
    units: int
    seats: int
    protected: int
    held: int
    until_at: int | None
    short_at: int | None
    status: PoolStatus

    @property
    def waiting(self) -> int:
        """How many seats are without protection."""
        return self.seats - self.protected

    @property
    def free(self) -> int:
        """How many units no seat uses."""
        return max(0, self.units - self.seats)


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in one phase. ``ends_at`` None: open, as far as is looked.

    ``recorded_at`` is when the engine recorded its beginning; None where it has not.
    """

    phase: r.Phase
    starts_at: int
    ends_at: int | None
    instance: int
    recorded_at: int | None = None
    is_to_come: bool = False


class Standing:
    """One company's use of one service at ``now``."""

    def __init__(self, company: Company, reading: Reading, services: Sequence[str]) -> None:
        self.company = company
        self.reading = reading
        self.instance = reading.instance
        self.life: Lifecycle = reading.life
        self.now = self.life.at
        self.services = services
        """The keys of all services that the company uses."""

    @property
    def service(self) -> str:
        """The key of the service."""
        return self.instance.service_id

    @property
    def has_sites(self) -> bool:
        """Whether the company is more than one pool."""
        return len(self.pools) > 1

    @property
    def service_name(self) -> str:
        """The name of the service."""
        return self.instance.service.name

    @property
    def seats(self) -> int:
        """Seats of all pools."""
        return sum(pool.seats for pool in self.life.pools.values())

    @property
    def units(self) -> int:
        """Eligible units of all pools."""
        return self.life.units

    @property
    def protected(self) -> int:
        """Protected seats of all pools."""
        return sum(self.life.protected(pool) for pool in self.life.pools)

    @property
    def waiting(self) -> int:
        """Seats without protection."""
        return self.seats - self.protected

    @property
    def free(self) -> int:
        """Units that no seat uses."""
        return sum(pool.free for pool in self.pools)

    @property
    def horizon_at(self) -> int | None:
        """When the company's units run out, by what is known."""
        return None if self.life.horizon is None else self.life.horizon.at

    @property
    def is_trial(self) -> bool:
        """Whether all eligible licences are trials."""
        return self.reading.once("trial", _is_trial)

    @property
    def status(self) -> CompanyStatus:
        """The company's status."""
        return company_status(
            phase=self.life.phase,
            closed=self.life.closed,
            horizon_at=self.horizon_at,
            now=self.now,
            trial_only=self.is_trial,
        )

    @cached_property
    def pools(self) -> tuple[PoolStanding, ...]:
        """The pools, the company's own first; without sites that are closed."""
        return tuple(
            self._pool(row)
            for row in self._pools
            if row.closed_at is None and str(row.id) in self.life.pools
        )

    @property
    def closed_pools(self) -> frozenset[str]:
        """The ids of sites that are closed."""
        return frozenset(str(row.id) for row in self._pools if row.closed_at is not None)

    @cached_property
    def _pools(self) -> list[Pool]:
        return list(Pool.objects.filter(company=self.company).order_by("position"))

    def _pool(self, row: Pool) -> PoolStanding:
        pool = self.life.pools[str(row.id)]
        units = self.life.capacity.units[pool.id]
        protected = self.life.protected(pool.id)
        held = max(0, protected - units)
        until = None
        if held:
            # The seats stand as long as the highest hold; of equal ones, the last.
            level = max((hold.level for hold in pool.holds), default=0)
            ends = [hold.deadline for hold in pool.holds if hold.level == level]
            known = [end for end in ends if end is not None]
            until = max(known) if known and len(known) == len(ends) else None
        return PoolStanding(
            id=row.id,
            name=row.name,
            reference=row.reference,
            units=units,
            seats=pool.seats,
            protected=protected,
            held=held,
            until_at=until,
            short_at=None if pool.horizon is None else pool.horizon.at,
            status=pool_status(units=units, seats=pool.seats, held=held),
        )

    @cached_property
    def pool_names(self) -> dict[str, str]:
        """The pools' names by id; also those of sites that are closed, for what was."""
        return {str(pool.id): pool.name for pool in self._pools}

    @property
    def returns_at(self) -> int | None:
        """When units that are known will be there again, after there are none."""
        if self.units and self.horizon_at is None:
            return None
        return self.reading.once("returns at", _returns_at)

    @property
    def portal_service_at(self) -> int | None:
        """When a notice of grace that no relay took is served by the portal."""
        waiting = [x.issued_at for x in self.life.unserved if x.kind == "grace"]
        return waiting[0] + self.life.rules.portal_service if waiting else None

    @property
    def has_address(self) -> bool:
        """Whether there is somebody whose acceptance serves the company's notices."""
        return Contact.objects.filter(company=self.company, pool_id__isnull=True).exists()

    def facts(self) -> CompanyFacts:
        """Give what the page's first sentences are made of."""
        life = self.life
        held: list[HeldPool] = []
        if life.phase == "active":
            is_only = len(self.pools) == 1
            held = [
                ("" if is_only else pool.name, pool.held, pool.until_at)
                for pool in self.pools
                if pool.held
            ]
        return CompanyFacts(
            company=self.company.name,
            service=self.service_name,
            zone=self.company.time_zone,
            now=self.now,
            phase=life.phase,
            closed=life.closed,
            deletion_held=life.deletion_held,
            horizon_at=self.horizon_at,
            grace_deadline=life.deadline,
            suspended_at=life.began if life.phase == "suspended" else None,
            warning_deadline=None if life.warning is None else life.warning.deadline,
            seats=self.seats,
            units=self.units,
            protected=self.protected,
            waiting=self.waiting if life.phase in ("active", "grace") else 0,
            returns_at=self.returns_at,
            instance=life.instance,
            held_pools=tuple(held),
            portal_service_at=self.portal_service_at,
            is_warning_unserved=life.warning is not None and life.warning.deadline is None,
            has_address=self.has_address,
            policy=life.rules,
        )

    @cached_property
    def forecast(self) -> list[r.Record]:
        """What will be recorded if nothing is done and the mail works."""
        return self.reading.forecast(self.now + AHEAD)

    @cached_property
    def coming(self) -> list[r.Record]:
        """What will be recorded if nothing is done and the mail works; the next first.

        Without services, which follow their notices at once, and what took effect already.
        """
        return [
            record
            for record in self.forecast
            if not isinstance(record, r.NoticeServed | r.NoticeSkipped | r.NoticeWithdrawn)
            and not (
                isinstance(record, r.PhaseChanged | r.PoolChanged)
                and record.effective_at <= self.now
            )
        ]

    def next_event_at(self) -> int | None:
        """Give the next instant at which something happens by itself."""
        return next((record.at for record in self.coming if record.at > self.now + 1), None)

    @cached_property
    def past(self) -> tuple[Stay, ...]:
        """The stays that began by now, the first first; also those not yet recorded."""
        rows = Transition.objects.filter(company=self.company, service=self.service)
        began: list[tuple[r.Phase, int, int, int | None]] = [
            (row.to_phase, row.effective_at, row.instance, row.at)  # type: ignore[misc]  # words
            for row in rows.order_by("stay")
        ]
        began += [
            (record.to_phase, record.effective_at, record.instance, None)
            for record in self.life.news
            if isinstance(record, r.PhaseChanged)
        ]
        ends: list[int | None] = [*(start for _, start, _, _ in began), None][1:]
        return tuple(
            Stay(phase, start, end, instance, recorded)
            for (phase, start, instance, recorded), end in zip(began, ends, strict=True)
        )

    @cached_property
    def future(self) -> tuple[Stay, ...]:
        """The stays that will come if nothing is done."""
        came = [record for record in self.coming if isinstance(record, r.PhaseChanged)]
        ends: list[int | None] = [*(record.effective_at for record in came), None][1:]
        return tuple(
            Stay(record.to_phase, record.effective_at, end, record.instance, is_to_come=True)
            for record, end in zip(came, ends, strict=True)
        )


def of_company(company_id: UUID, clock: Clock, service: str = "") -> Standing:
    """Give how a company stands with a service, by default the one that is worst.

    Raises ``NotFound`` where there is no such company, or it does not use the service.
    """
    company = Company.objects.select_related("clock", "account").filter(pk=company_id).first()
    if company is None:
        raise NotFound("there is no such company")
    # Writers stamp facts after all that is written, which can be a moment ahead of the clock.
    now = max(clock_of(company, clock).now(), company.last_at or 0)
    found = readings.Company(company_id)
    keys = [instance.service_id for instance in found.instances]
    wanted = [key for key in keys if not service or key == service]
    if not wanted:
        raise NotFound(f"{company.name} uses no service {service}".rstrip())
    return min((Standing(company, found.read(key, now), keys) for key in wanted), key=_badness)


def _is_trial(life: Lifecycle) -> bool:
    return {x.kind for x in life.register if x.eligible(life.at)} == {"trial"}


def _returns_at(life: Lifecycle) -> int | None:
    after = life.at if life.horizon is None or not life.units else life.horizon.at
    future = life.capacity.future(life.at)
    return next((at for at, total, _ in future if total and at > after), None)


_BADNESS: dict[r.Phase, int] = {
    "suspended": 0,
    "grace": 1,
    "active": 2,
    "pending": 3,
    "deleted": 4,
}


def _badness(standing: Standing) -> int:
    return _BADNESS[standing.life.phase]
