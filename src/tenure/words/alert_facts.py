"""What the sentences of an alert are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from tenure.core.records import NoticeKind
from tenure.words.dates import Calendar
from tenure.words.language import Language
from tenure.words.names import clean

AlertKind = Literal[
    "deletion_warned",
    "suspended",
    "grace",
    "pool_reduced",
    "nobody_to_write_to",
    "notice_stuck",
    "company_ends",
    "pool_short",
    "members_wait",
    "licence_ends",
    "licence_ended",
    "licence_suspended",
    "key_expired",
    "closed",
    "pool_full",
    "key_waits",
]
"""What an alert can be about, the worst first; the names stand in keys and addresses, and stay."""

AlertLevel = Literal["critical", "warning", "information"]
AlertState = Literal["unresolved", "resolved", "over"]

LEVELS: tuple[AlertLevel, ...] = get_args(AlertLevel)
STATES: tuple[AlertState, ...] = get_args(AlertState)
KINDS: tuple[AlertKind, ...] = get_args(AlertKind)


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert at ``now``. ``at`` is the instant of which it speaks; instants are of the company.

    ``name`` is that of the licence, the site (empty where the company has only one pool) or the
    key. ``count`` is of users: those who lack a unit, wait or are held. ``until_at`` is the next
    date by which something happens; ``then_at`` the one after it. Both None where unknown.
    ``over_at``: since when it is no longer so.
    """

    kind: AlertKind
    company: str
    service: str
    zone: str
    now: int
    at: int
    name: str = ""
    units: int = 0
    seats: int = 0
    count: int = 0
    until_at: int | None = None
    then_at: int | None = None
    over_at: int | None = None
    is_closed: bool = False
    is_held: bool = False
    notice: NoticeKind | None = None


@dataclass(frozen=True, slots=True)
class AlertWords:
    """One sentence that says what is so, and what to do as the words of one link."""

    text: str
    todo: str


class Alerted:
    """The facts with their names made safe, and with the dates of their reader."""

    def __init__(self, facts: AlertFacts, language: Language) -> None:
        self.facts = facts
        self.language: Language = language

    @cached_property
    def name(self) -> str:
        """The name of what it is about."""
        return clean(self.facts.name)

    @cached_property
    def company(self) -> str:
        """The company's name."""
        return clean(self.facts.company)

    @cached_property
    def service(self) -> str:
        """The service's name."""
        return clean(self.facts.service)

    @cached_property
    def dates(self) -> Calendar:
        """The dates as the reader sees them."""
        return Calendar(self.facts.zone, self.facts.now, self.language)

    @property
    def has_site(self) -> bool:
        """Whether it is about one site of several."""
        return bool(self.facts.name)
