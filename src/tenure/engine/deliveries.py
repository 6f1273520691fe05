"""Handing mails over, and recording what the relay said, in transactions of their own.

Nothing is sent inside a transaction, though several mails may be on their way at once. Answers
are recorded in small groups, together with what follows from them: an acceptance that serves a
notice starts its period at that instant, which all answers of a group share. Where a group is
lost its mails go out again, as the same messages.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from tenure.clock import Clock, SetClock, monotonic
from tenure.delivery import queue
from tenure.delivery.mails import Press
from tenure.delivery.relays import Answer, Outbox, Relay
from tenure.engine import steps
from tenure.engine.hands import PATIENCE, Hands
from tenure.services import states
from tenure.services.ledger import EngineWaits, clock_of
from tenure.services.notices import Background, Told, is_true
from tenure.store.models import Company, Delivery, Instance, Notice, Service, TestClock
from tenure.store.queries.rows import Update

log = logging.getLogger(__name__)

BATCH = 200
"""Mails leased at once."""

GROUP = 20
"""So many answers at most are recorded at once, and only those of one second.

What a process that dies has not recorded goes out a second time, so mails that are on their way
count among them.
"""

FRESH = 5.0
"""Seconds for which what was read for a batch may be told; after that the rest is read anew.

A slow relay must not make mails tell what people have changed meanwhile, nor outlast a lease.
"""

LONGEST = 60.0
"""Seconds after which no further mail is begun, so that the engine sees to what else is due."""

TRIES = 3
"""So often answers are recorded where another process holds the database for too long."""


class Tried(NamedTuple):
    """A mail and what the relay said; ``answer`` None: what it tells is no longer so."""

    delivery: Delivery
    notice: Notice
    answer: Answer | None


@dataclass(slots=True)
class Postman:
    """Hands the queue's mails to the relay; ``relay`` None where none is configured."""

    clock: Clock
    relay: Relay | None
    backoff: queue.Backoff = queue.backoff
    _group: list[Tried] = field(default_factory=list)
    _at: int = 0
    """The instant of the group's answers."""
    _again: dict[UUID, int] = field(default_factory=dict)
    """The mails that were tried and not taken, and when they are to be tried again."""
    _hands: Hands[tuple[Delivery, Notice]] | None = None

    def deliver(self) -> int:
        """Try the mails that are due now, each once; give how many were tried."""
        tried = 0
        self._again = {}
        end = monotonic() + LONGEST
        try:
            while monotonic() < end and (leased := self._lease()):
                if self._hands is None and self.relay is not None:
                    self._hands = Hands(self.relay)
                tried += self._deliver(leased)
        finally:
            if self._hands is not None:
                self._hands.close()
                self._hands = None
        return tried

    def _lease(self) -> list[Delivery]:
        now = self.clock.now()
        leave = [id_ for id_, at in self._again.items() if at <= now]
        return queue.lease(self.clock, BATCH, leave=frozenset(leave))

    def _deliver(self, leased: Sequence[Delivery]) -> int:
        """Try what was leased, as long as it is fresh; give how many were tried."""
        fresh_until = monotonic() + FRESH
        press = Press()
        left: list[Delivery] = []
        try:
            for i, (delivery, notice, told) in enumerate(_told(leased, self.clock)):
                if i and monotonic() > fresh_until:
                    left += leased[i:]
                    break
                if self._at != self.clock.now():
                    self._record()  # and not after a mail that takes long
                self._try(delivery, notice, told, press, fresh_until if i else math.inf)
                left += self._answers()
        finally:
            # Also where something failed: what is on its way must be recorded.
            left += self._answers(all_of_them=True)
            self._record()
        if left:
            queue.release(left)
        return len(leased) - len(left)

    def _answers(self, *, all_of_them: bool = False) -> list[Delivery]:
        """Take the answers that came, and wait for one where the hands are full.

        Give the mails that were not begun.
        """
        left: list[Delivery] = []
        if self._hands is None:
            return left
        waits = 0.0
        while True:
            came = False
            for (delivery, notice), answer in self._hands.answers(waits=waits):
                came = True
                if answer is None:
                    left.append(delivery)
                else:
                    self._add(Tried(delivery, notice, answer))
            if not (self._hands.is_full or (all_of_them and len(self._hands))):
                return left
            if waits and not came:
                self._record()  # the relay takes its time, and what it has said is not to wait
            waits = PATIENCE

    def _try(
        self, delivery: Delivery, notice: Notice, told: Told | None, press: Press, begin_by: float
    ) -> None:
        answer: Answer | None
        try:
            outcome = self._outcome(delivery, notice, told, press)
        except (InterfaceError, OperationalError):
            raise  # the database's trouble is not the mail's
        except Exception as error:
            # One mail that cannot be written must not keep the others from being sent.
            log.exception("mail %s cannot be written", delivery.message_id)
            outcome = Answer("deferred", f"not sent: {type(error).__name__} while it was written")
        if isinstance(outcome, EmailMessage):
            if self._hands is not None:
                self._hands.give(outcome, delivery.address, (delivery, notice), begin_by)
                return
            answer = Answer("deferred", "no relay is configured")
        else:
            answer = outcome
        self._add(Tried(delivery, notice, answer))

    def _outcome(
        self, delivery: Delivery, notice: Notice, told: Told | None, press: Press
    ) -> Answer | EmailMessage | None:
        """Give the mail that is to be handed over, or what becomes of it without a relay."""
        if told is None:
            return Answer("deferred", "not sent: the company cannot be evaluated")
        if not is_true(notice, told.life):
            return None
        mail = press.lay_out(notice, delivery, told)
        if told.company.is_test:
            outbox = Outbox(delivery.company_id, delivery.language, told.life.at)
            return outbox.take(mail, delivery.address)
        return mail

    def _add(self, tried: Tried) -> None:
        now = self.clock.now()
        if self._group and self._at != now:
            self._record()
        self._at = now
        self._group.append(tried)
        under_way = 0 if self._hands is None else len(self._hands)
        if len(self._group) + under_way >= GROUP:
            self._record()

    def _record(self) -> None:
        group, self._group = self._group, []
        if group:
            self._again |= _record(group, self._at, self.backoff)


def _told(leased: Sequence[Delivery], clock: Clock) -> list[tuple[Delivery, Notice, Told | None]]:
    """Read what the mails tell, each company evaluated once; None where it cannot be."""
    company_ids = {delivery.company_id for delivery in leased}
    companies = Company.objects.select_related("clock").in_bulk(company_ids)
    notices = {
        notice.id: notice
        for notice in Notice.objects.filter(
            company_id__in=company_ids, id__in={delivery.notice_id for delivery in leased}
        )
    }
    names = dict(Service.objects.values_list("key", "name"))
    instances = {
        (instance.company_id, instance.service_id): instance
        for instance in Instance.objects.filter(company_id__in=company_ids, state__isnull=False)
    }
    unseen = states.unseen(
        {
            company_id
            for (company_id, _), instance in instances.items()
            if instance.as_of_seq < companies[company_id].last_seq
        }
    )
    background = Background.of(notices.values())
    told: dict[tuple[UUID, str], Told | None] = {}
    found = []
    for delivery in leased:
        notice = notices[delivery.notice_id]
        key = (delivery.company_id, notice.service)
        company = companies[delivery.company_id]
        if key not in told:
            instance = instances[key]
            at = max(clock_of(company, clock).now(), company.last_at or 0, instance.ran_at or 0)
            try:
                life = states.evaluate(instance, at, unseen=unseen.get(company.id, ()))
            except Exception:
                log.exception("company %s cannot be evaluated for its mails", company.id)
                told[key] = None
            else:
                told[key] = Told(company, names[notice.service], life, background)
        found.append((delivery, notice, told[key]))
    return found


_answers = Update(
    Delivery,
    *("state", "answer", "tries", "next_try_at", "last_try_at", "accepted_at"),
    *("lease", "leased_until_at"),
)


def _record(group: Sequence[Tried], at: int, backoff: queue.Backoff) -> dict[UUID, int]:
    """Write down what the relay said at ``at``, and serve the notices that this serves.

    Give the mails that are to be tried again, and when. An answer that is not written down makes
    the mail go out again, so a busy database is asked several times.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _write(group, at, backoff)
        except (InterfaceError, OperationalError):
            if not left or connection.in_atomic_block:
                raise
            log.warning("what became of %s mails is recorded later", len(group))
            connection.close_if_unusable_or_obsolete()
        except DatabaseError:
            # One answer that cannot be written must not take the others with it.
            if len(group) == 1:
                raise
            break
    again: dict[UUID, int] = {}
    failed: DatabaseError | None = None
    for tried in group:
        try:
            again |= _record([tried], at, backoff)
        except (InterfaceError, OperationalError):
            raise
        except DatabaseError as error:
            failed = error
    if failed is not None:
        raise failed
    return again


def _write(group: Sequence[Tried], at: int, backoff: queue.Backoff) -> dict[UUID, int]:
    instants = _lock({tried.delivery.company_id for tried in group}, at)
    present = {
        id_: (state, lease, tries)
        for id_, state, lease, tries in Delivery.objects.select_for_update()
        .filter(company_id__in=instants, id__in=[tried.delivery.id for tried in group])
        .order_by("company_id", "id")
        .values_list("id", "state", "lease", "tries")
    }
    rows: list[tuple[Any, ...]] = []
    again: dict[UUID, int] = {}
    accepted: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    for delivery, notice, answer in group:
        if delivery.id not in present:
            continue  # erased with its company
        state, lease, tries = present[delivery.id]
        is_accepted = answer is not None and answer.outcome == "accepted"
        if state == Delivery.State.ACCEPTED or (lease != delivery.lease and not is_accepted):
            continue  # another engine has taken the mail over: what it hears is what counts
        now = instants[delivery.company_id]
        was_tried = answer is None or answer.was_tried
        # What was not tried neither counts nor waits longer: a relay that rests says nothing of it.
        tries += was_tried
        later = None
        if is_accepted:
            state = Delivery.State.ACCEPTED
            if delivery.counts and delivery.is_deadline:
                accepted[delivery.company_id, notice.service].add(notice.token)
        elif answer is None:
            state = Delivery.State.GIVEN_UP
        elif answer.outcome == "refused":
            state = Delivery.State.REFUSED
        elif not delivery.is_deadline and now >= notice.at + queue.GIVE_UP_AFTER:
            state = Delivery.State.GIVEN_UP
        else:
            state = Delivery.State.QUEUED
            later = now + backoff(max(tries, 1))
            again[delivery.id] = later
        text = "not sent: what it tells is no longer so" if answer is None else answer.text
        if tries and not was_tried:
            text = delivery.answer  # of the last try, which says more
        tried_at = now if was_tried else delivery.last_try_at
        rows.append(
            (
                *(delivery.company_id, delivery.id, str(state), text, tries, later, tried_at),
                *(now if is_accepted else None, None, None),
            )
        )
    _answers(rows)
    if accepted:
        _serve({key: frozenset(tokens) for key, tokens in accepted.items()}, at, instants)
    return again


def _lock(company_ids: set[UUID], at: int) -> dict[UUID, int]:
    """Lock companies, in order; give the instant of each at which something may be recorded."""
    rows = list(
        Company.objects.select_for_update()
        .filter(id__in=company_ids)
        .order_by("id")
        .values_list("id", "clock_id", "last_at")
    )
    clock_ids = {clock_id for _, clock_id, _ in rows if clock_id is not None}
    clocks: dict[UUID | None, int] = {}
    if clock_ids:
        clocks = dict(TestClock.objects.filter(id__in=clock_ids).values_list("id", "now_at"))
    return {id_: max(clocks.get(clock_id, at), last_at or 0) for id_, clock_id, last_at in rows}


def _serve(accepted: steps.Accepted, at: int, instants: Mapping[UUID, int]) -> None:
    """Serve what a relay has accepted. Where that cannot be now, the acceptance stays recorded.

    The mail is out and must not go out again; a later step serves the notice, at its own instant.
    No deletion happens on the way: whether there may be one is the loop's to say.
    """
    companies = sorted({company_id for company_id, _ in accepted})
    later = set(accepted)
    try:
        with transaction.atomic():
            done = steps.step(companies, SetClock(at), accepted=accepted, deletions=False)
        if not done.set_aside:
            return
        later -= done.records.keys()
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(accepted) > 1:  # which one is to blame?
            for key, tokens in accepted.items():
                _serve({key: tokens}, at, instants)
            return
        for company_id, service in accepted:
            log.exception("company %s is set aside", company_id)
            steps.set_aside(company_id, error, at, service=service)
    except EngineWaits:
        log.warning("%s notices were accepted and are served once the engine goes on", len(later))
    for company_id, service in later:
        Instance.objects.filter(
            company_id=company_id, service_id=service, state__isnull=False
        ).update(due_at=instants[company_id])
