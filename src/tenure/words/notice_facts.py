"""What a notice is made of: the facts it tells, and the message that tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.core.policy import Policy
from tenure.core.records import DEADLINE_KINDS, NoticeKind, Phase
from tenure.words.dates import Calendar
from tenure.words.language import Language
from tenure.words.names import clean
from tenure.words.statuses import Shape

Reason = Literal["owner", "administrator", "notification_address", "site_administrator"]
"""Why this reader gets a notice."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What is so at ``now`` of a notice and its company. Instants are seconds since 1970 UTC.

    ``effective_at``, ``days``, ``horizon_at`` and ``due_at`` mean what they mean in
    ``records.NoticeIssued``; ``deadline`` is the recorded one, None until the notice is served.
    ``seats``, ``units`` and ``protected`` are the pool's for the notices of a pool, and else the
    company's.

    ``gap_at``: of ``pool_expiring``, when the company's last licence ends before ``horizon_at``.
    ``returns_at``: when a licence that is known begins after the company had none. ``from_phase``
    and ``from_since``: of ``restored``, what it was restored from, and since when it had been
    suspended; ``from_closed`` where its owner had closed it.
    ``overtaken``: what the notice tells is no longer so. ``closed_now``: whether the account is
    closed at ``now``, where that can differ from ``closed``, what was so when it was issued.
    """

    kind: NoticeKind
    reference: str
    company: str
    service: str
    zone: str
    now: int
    url: str
    reason: Reason
    can_renew: bool
    effective_at: int | None
    days: int | None
    horizon_at: int | None
    due_at: int | None
    deadline: int | None
    seats: int
    units: int
    protected: int
    policy: Policy
    renewer: str = ""
    pool: str | None = None
    seats_after: int | None = None
    closed: bool = False
    kept_until: int | None = None
    withdrawn: bool = False
    overtaken: bool = False
    closed_now: bool | None = None
    deletion_held: bool = False
    gap_at: int | None = None
    returns_at: int | None = None
    from_phase: Phase | None = None
    from_since: int | None = None
    from_closed: bool = False
    test: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do, and where."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How things stand, at a glance: a word, and the shape that goes with it."""

    word: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class KeyDate:
    """The date that matters: what it is the date of, the date in full, and how far away it is."""

    label: str
    date: str
    distance: str


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words. The paragraphs: what happened; what next and when; what it means.

    ``about``: the names of whom and what it concerns. The footer says why the reader gets it, and
    the reference. All layouts show the same words, in the order of
    ``notices.plain_text``.
    """

    language: Language
    subject: str
    about: tuple[str, ...]
    mark: Mark
    date: KeyDate | None
    paragraphs: tuple[str, ...]
    action: Action
    footer: str
    reference: str


@dataclass(frozen=True, slots=True)
class Text:
    """What a language says of one kind of notice."""

    subject: str
    happened: str
    next: str
    people: str
    label: str


class Told:
    """The facts of a notice as its text needs them: names clean, dates known, people counted."""

    def __init__(self, facts: NoticeFacts, language: Language, *, before_service: bool) -> None:
        self.facts = facts
        self.dates = Calendar(facts.zone, facts.now, language)
        self.company = clean(facts.company)
        self.service = clean(facts.service)
        self.site = None if facts.pool is None else clean(facts.pool)
        self.renewer = clean(facts.renewer) if facts.renewer.strip() else ""
        self.reference = clean(facts.reference)
        self.seats = facts.seats
        self.protected = min(facts.protected, facts.seats)
        self.waiting = self.seats - self.protected
        self.at_earliest = before_service and facts.deadline is None
        """Whether the date told is the earliest possible, as no period runs yet."""

    @property
    def is_closed(self) -> bool:
        """Whether only a reopening helps now, and no licence."""
        facts = self.facts
        return facts.closed if facts.closed_now is None else facts.closed_now

    @property
    def ends_at(self) -> int:
        """The instant the notice is about: when a licence, a protection or the keeping ends."""
        facts = self.facts
        if facts.kind in ("expiring", "pool_expiring"):
            return facts.now if facts.horizon_at is None else facts.horizon_at
        if facts.deadline is not None:
            return facts.deadline
        if facts.kind == "deletion_warning":
            return facts.now + facts.policy.warning
        if facts.kind in DEADLINE_KINDS and (facts.kind == "grace" or facts.due_at is None):
            return facts.now + facts.policy.grace
        if facts.due_at is not None:
            return facts.due_at
        return facts.now + facts.policy.grace

    @property
    def is_over(self) -> bool:
        """Whether the instant that the notice is about has passed."""
        return self.ends_at <= self.facts.now

    @property
    def comes_in_time(self) -> bool:
        """Whether a licence that is known begins before the service would be suspended."""
        facts = self.facts
        if facts.returns_at is None:
            return False
        later = facts.policy.grace if facts.kind == "expiring" else 0
        return facts.returns_at <= self.ends_at + later

    @property
    def kept_until(self) -> int:
        """The earliest deletion of what is suspended, by what is known now."""
        facts = self.facts
        if facts.kept_until is not None:
            return facts.kept_until
        return max(facts.due_at or 0, facts.now + facts.policy.warning)

    @property
    def covered_after(self) -> int | None:
        """How many users of the pool stay protected after what is announced; None if unknown."""
        facts = self.facts
        if facts.kind == "pool_reduced":
            return self.protected
        if facts.seats_after is not None:
            return min(self.seats, facts.seats_after)
        return None if facts.kind == "pool_expiring" else min(self.seats, facts.units)

    @property
    def missing(self) -> int | None:
        """How many users of the pool are without a licence after it; None if unknown."""
        covered = self.covered_after
        return None if covered is None else self.seats - covered

    @property
    def losing(self) -> int:
        """How many users of the pool lose their protection if nothing is done."""
        return max(0, self.protected - (self.covered_after or 0))
