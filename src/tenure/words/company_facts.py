"""What the first lines of a company's page are made of."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.core.policy import DAY, Policy
from tenure.core.records import Phase
from tenure.words.dates import Calendar
from tenure.words.language import Language
from tenure.words.names import clean

DEFAULT = Policy()

HeldPool = tuple[str, int, int | None]
"""A pool whose seats are held: its name, how many, and the deadline once its notice is served."""


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What is so of a company at ``now``. Instants are seconds since 1970 UTC.

    ``horizon_at``: when its units will be 0, by what is known; ``grace_deadline`` and
    ``warning_deadline``: recorded ones, None while unserved; ``kept_until``: the earliest
    deletion, by what is known; ``waiting``: seats without protection; ``returns_at``: when units
    that are known will come after there are none. A pool's name in ``held_pools`` may be empty
    for the only pool.

    ``portal_service_at``: when a notice of grace that nobody was handed counts as delivered here;
    ``is_warning_unserved``: whether a warning before the deletion waits for its delivery;
    ``has_address``: whether there is anybody to whom notices can be sent.
    """

    company: str
    service: str
    zone: str
    now: int
    phase: Phase
    closed: bool = False
    deletion_held: bool = False
    horizon_at: int | None = None
    grace_deadline: int | None = None
    suspended_at: int | None = None
    kept_until: int | None = None
    warning_deadline: int | None = None
    seats: int = 0
    units: int = 0
    protected: int = 0
    waiting: int = 0
    returns_at: int | None = None
    instance: int = 1
    held_pools: tuple[HeldPool, ...] = ()
    portal_service_at: int | None = None
    is_warning_unserved: bool = False
    has_address: bool = True
    policy: Policy = DEFAULT


@dataclass(frozen=True, slots=True)
class CompanyWords:
    """How a company stands: in one sentence, what comes next, for people, and what to do."""

    headline: str
    next: str
    people: str
    todo: str


class Standing:
    """The facts of a company as its sentences need them: names clean, dates known."""

    def __init__(self, facts: CompanyFacts, language: Language) -> None:
        self.facts = facts
        self.policy = facts.policy
        self.dates = Calendar(facts.zone, facts.now, language)
        self.company = clean(facts.company)
        self.service = clean(facts.service)
        self.seats = facts.seats
        self.protected = min(facts.protected, facts.seats)
        self.waiting = facts.waiting
        self.held = tuple(
            (clean(name) if name.strip() else "", seats, deadline)
            for name, seats, deadline in facts.held_pools
        )

    @property
    def missing(self) -> int:
        """How many units are missing where the seats are; other sites may have free ones."""
        held = sum(seats for _, seats, _ in self.held)
        return max(self.waiting + held, self.seats - self.facts.units)

    @property
    def has_free_units(self) -> bool:
        """Whether units stand idle somewhere while they are missing elsewhere."""
        return self.facts.units > self.seats - self.missing

    @property
    def grace_ends_at(self) -> int:
        """When the grace ends; the earliest possible instant while its notice is not served."""
        deadline = self.facts.grace_deadline
        return self.facts.now + self.policy.grace if deadline is None else deadline

    @property
    def is_grace_running(self) -> bool:
        """Whether the days of grace have begun: their notice was served."""
        return self.facts.grace_deadline is not None

    @property
    def is_ending_soon(self) -> bool:
        """Whether the last licence ends within the first of the notices' days."""
        horizon = self.facts.horizon_at
        days = max(self.policy.expiring_notice_days, default=30)
        return horizon is not None and horizon - self.facts.now <= days * DAY

    @property
    def is_bridged(self) -> bool:
        """Whether a licence that is known begins before the service would be suspended."""
        facts = self.facts
        if facts.horizon_at is None or facts.returns_at is None:
            return False
        return facts.returns_at <= facts.horizon_at + self.policy.grace

    @property
    def earliest_deletion(self) -> int:
        """The earliest deletion, by what is known now."""
        facts = self.facts
        if facts.warning_deadline is not None:
            return facts.warning_deadline
        if facts.kept_until is not None:
            return facts.kept_until
        since = facts.now if facts.suspended_at is None else facts.suspended_at
        return max(since + self.policy.retention, facts.now + self.policy.warning)
