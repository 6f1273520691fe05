"""The rule that releases members who were not seen for long: told before, told after, never early.

The engine looks when something is due, in the morning by the company's zone. Who will have been
unseen for the rule's days is announced so many days before, and released at the instant that was
told, unless a report came meanwhile, the seat is no longer the one that was announced, or the rule
had to wait: while licences do not run, and while nothing is reported of anybody. What it had
announced is then void, and is announced anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Min, QuerySet

from tenure.clock import Clock
from tenure.core.lifecycle import Lifecycle
from tenure.core.policy import DAY
from tenure.services import access, audit, protection, settling, states
from tenure.services.access import grants_of
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.services.unseen import (
    LEAST_DAYS,
    MOST_DAYS,
    Reports,
    append_released,
    found,
    reports,
    unseen,
)
from tenure.store.models import (
    Company,
    Member,
    Membership,
    Person,
    Seat,
    UnseenRelease,
    UnseenRule,
)

LEAST_WARNING = 3
MOST_WARNING = 60
MORNING = 8
"""The hour, by the company's zone, at which the rule announces and releases."""

RECHECK = DAY
"""Seconds after which it is looked again whether licences run."""

End = UnseenRelease.End


@dataclass(frozen=True, slots=True)
class News:
    """What the rule did just now: whom it announced, and whom it released.

    ``first_at`` and ``last_at``: when the announced will be released, at the earliest and latest.
    """

    days: int
    announced: int
    first_at: int | None
    last_at: int | None
    released: int
    excluded: int


def of(company: Company, service: str, instance: int) -> UnseenRule | None:
    """Give the rule of an instance; None where there is none."""
    return UnseenRule.objects.filter(company=company, service=service, instance=instance).first()


def announced(company: Company, service: str, instance: int) -> QuerySet[UnseenRelease]:
    """Give what is announced and not done yet."""
    return UnseenRelease.objects.filter(
        company=company, service=service, instance=instance, ended_at__isnull=True
    )


def released(company: Company, service: str, instance: int) -> QuerySet[UnseenRelease]:
    """Give whom the rule has released, the last first."""
    return UnseenRelease.objects.filter(
        company=company, service=service, instance=instance, end=End.RELEASED
    ).order_by("-ended_at", "id")


def to_announce(
    company: Company, service: str, life: Lifecycle, days: int, warning: int
) -> QuerySet[Member]:
    """Give whom a rule that is set now would announce at once; none where it would wait."""
    known = reports(company, service, life)
    people = found(company, service, life, days - warning, known=known)
    return people.none() if _waits(company, life, known) else people


# Setting and stopping


def set_rule(
    company_id: UUID, service: str, days: int, warning: int, *, clock: Clock, who: str
) -> UnseenRule:
    """Release members not seen for so many days from now on, announced so many days before.

    What another such rule had announced is void. Raises ``Refused`` (``unseen_days``,
    ``unseen_warning``, and as ``protection.want``) with nothing changed.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Refused(f"a rule has {LEAST_DAYS} to {MOST_DAYS} days", code="unseen_days")
    if not LEAST_WARNING <= warning <= min(MOST_WARNING, days - 1):
        raise Refused(
            f"it is told {LEAST_WARNING} to {MOST_WARNING} days before, and fewer than the days",
            code="unseen_warning",
        )
    with writing(company_id, clock, who) as ledger:
        number = protection.open_instance(ledger, service)
        old = of(ledger.company, service, number)
        _void(ledger, service, number)
        if old is not None:
            _rows(ledger, service, number).delete()
        rule = UnseenRule.objects.create(
            company=ledger.company,
            service=service,
            instance=number,
            clock_id=ledger.company.clock_id,
            days=days,
            warning=warning,
            set_at=ledger.at,
            due_at=ledger.at,
        )
        audit.record(
            "unseen.rule_set",
            company=ledger.company,
            old=None if old is None else {"days": old.days, "warning": old.warning},
            new={"days": days, "warning": warning},
        )
        return rule


def stop(company_id: UUID, service: str, *, clock: Clock, who: str) -> None:
    """Release nobody by rule any more; what was announced is void. Raises ``NotFound``."""
    with writing(company_id, clock, who) as ledger:
        number = protection.open_instance(ledger, service)
        old = of(ledger.company, service, number)
        if old is None:
            raise NotFound("there is no such rule")
        _void(ledger, service, number)
        _rows(ledger, service, number).delete()
        audit.record(
            "unseen.rule_removed",
            company=ledger.company,
            old={"days": old.days, "warning": old.warning},
        )


def note_seen(company: Company, members: Collection[UUID], at: int) -> None:
    """Call off what was announced of members who were seen, and let a rule that waited look again.

    Within a transaction that holds the company's lock.
    """
    if not members:
        return
    open_ = UnseenRelease.objects.filter(company=company, ended_at__isnull=True)
    open_.filter(member_id__in=members).update(end=End.SEEN, ended_at=at)
    waiting = UnseenRule.objects.filter(company=company, due_at__isnull=True)
    # In the morning, as the first report after a silence is not of everybody.
    waiting.update(due_at=morning(at + 1, company.time_zone))


# Looking


def look(ledger: Ledger) -> dict[str, News]:
    """Do what is due by the rules of a company; give what they did, by service.

    To be called by the engine, within a transaction and at any time: what is not due is left alone.
    """
    told = {service: _look(ledger, service) for service in ledger.services}
    # What is due still is the rule of an instance that is over.
    old = UnseenRule.objects.filter(company=ledger.company, due_at__lte=ledger.at)
    old.update(due_at=None)
    return {service: news for service, news in told.items() if news is not None}


def _look(ledger: Ledger, service: str) -> News | None:
    company = ledger.company
    life = settling.at_present(ledger, service)
    rule = of(company, service, life.instance)
    if rule is None or rule.due_at is None or rule.due_at > ledger.at:
        return None
    known = reports(company, service, life)
    if waits := _waits(company, life, known):
        _void(ledger, service, life.instance)
        due = None
        if waits == UnseenRule.Waits.PHASE:
            due = morning(ledger.at + RECHECK, company.time_zone)
        _rows(ledger, service, life.instance).update(waits=waits, due_at=due)
        return None
    gone = _release(ledger, service, rule, life, known)
    new = _announce(ledger, service, rule, life, known)
    due = _next(ledger, service, rule, life, known)
    _rows(ledger, service, life.instance).update(waits="", due_at=due)
    if not (gone.done or new):
        return None
    instants = [row.release_at for row in new]
    return News(
        rule.days,
        len(new),
        min(instants, default=None),
        max(instants, default=None),
        gone.done,
        gone.excluded,
    )


def _waits(company: Company, life: Lifecycle, known: Reports) -> str:
    """Say why nobody is to be announced or released now; empty where nothing stands against it."""
    if life.phase != "active" or not states.is_released(company):
        return UnseenRule.Waits.PHASE
    return UnseenRule.Waits.REPORTS if known.is_silent(life.at) else ""


def _release(
    ledger: Ledger, service: str, rule: UnseenRule, life: Lifecycle, known: Reports
) -> protection.Outcome:
    """Release those whose announced instant has come, and call off what no longer holds."""
    rows = list(announced(ledger.company, service, life.instance))
    members = [row.member_id for row in rows]
    seen: dict[UUID, int | None] = {}
    seats: dict[UUID, int] = {}
    for start in range(0, len(members), settling.AT_ONCE):
        part = members[start : start + settling.AT_ONCE]
        people = Member.objects.filter(company=ledger.company, id__in=part, left_at__isnull=True)
        seen |= dict(people.values_list("id", "seen_at"))
        open_ = Seat.objects.filter(
            company=ledger.company,
            service=service,
            instance=life.instance,
            closed_seq__isnull=True,
            given_up_at__isnull=True,
            member_id__in=part,
        )
        seats |= dict(open_.values_list("member_id", "protected_at"))
    ends: dict[str, list[UUID]] = {End.GONE: [], End.SEEN: [], End.STOPPED: [], End.RELEASED: []}
    for row in rows:
        at, seat = seen.get(row.member_id), seats.get(row.member_id)
        if at is None or seat is None or seat > row.announced_at:
            ends[End.GONE].append(row.member_id)
        elif at > row.seen_at:
            ends[End.SEEN].append(row.member_id)
        elif known.counts_from is not None and known.counts_from > row.announced_at:
            ends[End.STOPPED].append(row.member_id)
        elif row.release_at <= ledger.at:
            ends[End.RELEASED].append(row.member_id)
    for end, ids in ends.items():
        _end(ledger, service, life.instance, ids, end)
    if not ends[End.RELEASED]:
        return protection.Outcome(done=0)
    return append_released(ledger, service, ends[End.RELEASED], rule.days)


def _announce(
    ledger: Ledger, service: str, rule: UnseenRule, life: Lifecycle, known: Reports
) -> list[UnseenRelease]:
    """Announce those who will have been unseen for the rule's days by the end of its warning."""
    company, zone = ledger.company, ledger.company.time_zone
    people = found(company, service, life, rule.days - rule.warning, known=known)
    open_ = set(announced(company, service, life.instance).values_list("member_id", flat=True))
    new = []
    for id_, seen_at, base in people.annotate(seen=F("seen_at"), since=F("base")).values_list(
        "id", "seen", "since"
    ):
        if id_ in open_:
            continue
        from_ = max(base, known.counts_from or base)
        earliest = max(from_ + rule.days * DAY, ledger.at + rule.warning * DAY)
        new.append(
            UnseenRelease(
                company=company,
                service=service,
                instance=life.instance,
                member_id=id_,
                seen_at=seen_at,
                announced_at=ledger.at,
                release_at=morning(earliest, zone),
            )
        )
    UnseenRelease.objects.bulk_create(new, batch_size=1000)
    if new:
        first = min(row.release_at for row in new)
        audit.record(
            "unseen.announced",
            company=company,
            new={"members": len(new), "days": rule.days, "first": first},
        )
    return new


def _next(ledger: Ledger, service: str, rule: UnseenRule, life: Lifecycle, known: Reports) -> int:
    """Give when something is due next: whoever is seen or protected from now on is later."""
    company, zone = ledger.company, ledger.company.time_zone
    before = (rule.days - rule.warning) * DAY
    dues = [morning(ledger.at + before, zone)]
    open_ = announced(company, service, life.instance)
    if (first := open_.aggregate(m=Min("release_at"))["m"]) is not None:
        dues.append(first)
    rest = unseen(company, service, life, ledger.at).exclude(id__in=open_.values("member_id"))
    if (base := rest.aggregate(m=Min("base"))["m"]) is not None:
        dues.append(morning(max(base, known.counts_from or base) + before, zone))
    return max(min(dues), ledger.at + 1)


def morning(at: int, zone: str) -> int:
    """Give the first morning at or after an instant, by a zone."""
    local = datetime.fromtimestamp(at, _zone(zone))
    found_ = local.replace(hour=MORNING, minute=0, second=0, microsecond=0, fold=0)
    if found_.timestamp() < at:
        found_ += timedelta(days=1)  # of the wall clock, whatever the length of that day
    return int(found_.timestamp())


def _zone(zone: str) -> tzinfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return UTC


def _rows(ledger: Ledger, service: str, instance: int) -> QuerySet[UnseenRule]:
    return UnseenRule.objects.filter(company=ledger.company, service=service, instance=instance)


def _void(ledger: Ledger, service: str, instance: int) -> None:
    open_ = announced(ledger.company, service, instance)
    open_.update(end=End.STOPPED, ended_at=ledger.at)


def _end(ledger: Ledger, service: str, instance: int, members: Sequence[UUID], end: str) -> None:
    for start in range(0, len(members), settling.AT_ONCE):
        part = members[start : start + settling.AT_ONCE]
        rows = announced(ledger.company, service, instance).filter(member_id__in=part)
        rows.update(end=end, ended_at=ledger.at)


# Who is told


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told, and the account in which they find the company."""

    person: Person
    account: UUID


def readers(company: Company) -> list[Reader]:
    """Give those who may manage the protection of a whole company; operators are not among them."""
    place = access.place_of(company)
    rows = Membership.objects.filter(account_id__in=place.path, person__is_active=True)
    rows = rows.select_related("person").prefetch_related("scopes").order_by("id")
    mine: dict[UUID, list[Membership]] = {}
    for row in rows:
        mine.setdefault(row.person_id, []).append(row)
    told = []
    for memberships in mine.values():
        grants = [grant for each in memberships for grant in grants_of(each)]
        if access.may(grants, place, "console", "write"):
            told.append(Reader(memberships[0].person, memberships[0].account_id))
    return told
