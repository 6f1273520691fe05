"""Handing mails over, and recording what the relay said: each in a transaction of its own.

Nothing is sent inside a transaction. The answer is recorded together with what follows from it:
an acceptance that serves a notice starts its period at that instant.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from tenure.clock import Clock, monotonic
from tenure.delivery import queue
from tenure.delivery.mails import lay_out
from tenure.delivery.relays import Answer, Outbox, Relay
from tenure.engine import steps
from tenure.services import states
from tenure.services.ledger import EngineWaits, clock_of
from tenure.services.notices import Told, is_true
from tenure.store.models import Company, Delivery, Instance, Notice, Service

log = logging.getLogger(__name__)

BATCH = 50
"""Mails leased at once."""

FRESH = 5.0
"""Seconds for which what was read for a batch may be told; after that the rest is read anew.

A slow relay must not make mails tell what people have changed meanwhile, nor outlast a lease.
"""

LONGEST = 60.0
"""Seconds after which no further mail is begun, so that the engine sees to what else is due."""

TRIES = 3
"""So often an answer is recorded where another process holds the database for too long."""


@dataclass(slots=True)
class Postman:
    """Hands the queue's mails to the relay; ``relay`` None where none is configured."""

    clock: Clock
    relay: Relay | None
    backoff: queue.Backoff = queue.backoff

    def deliver(self) -> int:
        """Try the mails that are due now, each once; give how many were tried."""
        seen: set[UUID] = set()
        end = monotonic() + LONGEST
        while monotonic() < end and (leased := queue.lease(self.clock, BATCH, leave=seen)):
            fresh_until = monotonic() + FRESH
            for i, (delivery, notice, told) in enumerate(_told(leased, self.clock)):
                if i and monotonic() > fresh_until:
                    queue.release(leased[i:])
                    break
                seen.add(delivery.id)
                self._try(delivery, notice, told)
        return len(seen)

    def _try(self, delivery: Delivery, notice: Notice, told: Told | None) -> None:
        try:
            answer = self._answer(delivery, notice, told)
        except OperationalError:
            raise  # the database's trouble is not the mail's
        except Exception as error:
            # One mail that cannot be written must not keep the others from being sent.
            log.exception("mail %s cannot be written", delivery.message_id)
            answer = Answer("deferred", f"not sent: {type(error).__name__} while it was written")
        _record(delivery, notice, answer, self.clock, self.backoff)

    def _answer(self, delivery: Delivery, notice: Notice, told: Told | None) -> Answer | None:
        if told is None:
            return Answer("deferred", "not sent: the company cannot be evaluated")
        if not is_true(notice, told.life):
            return None
        mail = lay_out(notice, delivery, told)
        if delivery.company.is_test:
            outbox = Outbox(delivery.company_id, delivery.language, told.life.at)
            return outbox.take(mail, delivery.address)
        if self.relay is None:
            return Answer("deferred", "no relay is configured")
        return self.relay.take(mail, delivery.address)


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
    told: dict[tuple[UUID, str], Told | None] = {}
    found = []
    for delivery in leased:
        notice = notices[delivery.notice_id]
        key = (delivery.company_id, notice.service)
        company = companies[delivery.company_id]
        delivery.company = company
        if key not in told:
            instance = instances[key]
            at = max(clock_of(company, clock).now(), company.last_at or 0, instance.ran_at or 0)
            try:
                life = states.evaluate(instance, at)
            except DatabaseError:
                raise
            except Exception:
                log.exception("company %s cannot be evaluated for its mails", company.id)
                told[key] = None
            else:
                told[key] = Told.of(company, names[notice.service], life)
        found.append((delivery, notice, told[key]))
    return found


def _record(
    delivery: Delivery,
    notice: Notice,
    answer: Answer | None,
    clock: Clock,
    backoff: queue.Backoff,
) -> None:
    """Write down what the relay said, and serve the notice where that serves it.

    ``answer`` None: the mail was not sent, because what it tells is no longer so. An answer that
    is not written down makes the mail go out again, so a busy database is asked several times.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                _write(delivery, notice, answer, clock, backoff)
        except (InterfaceError, OperationalError):
            if not left or connection.in_atomic_block:
                raise
            log.warning("what became of mail %s is recorded later", delivery.message_id)
            connection.close_if_unusable_or_obsolete()
        else:
            return


def _write(
    delivery: Delivery,
    notice: Notice,
    answer: Answer | None,
    clock: Clock,
    backoff: queue.Backoff,
) -> None:
    company = Company.objects.select_for_update().get(pk=delivery.company_id)
    row = Delivery.objects.get(company=company, id=delivery.id)
    accepted = answer is not None and answer.outcome == "accepted"
    if row.lease != delivery.lease and not accepted:
        return  # another engine has taken the mail over: what it hears is what counts
    at = max(clock_of(company, clock).now(), company.last_at or 0)
    row.last_try_at = at
    row.lease = None
    row.leased_until_at = None
    row.tries += 1
    if answer is None:
        row.state, row.next_try_at = Delivery.State.GIVEN_UP, None
        row.answer = "not sent: what it tells is no longer so"
    else:
        row.answer = answer.text
        if accepted:
            row.state, row.next_try_at = Delivery.State.ACCEPTED, None
            row.accepted_at = at
        elif answer.outcome == "refused":
            row.state, row.next_try_at = Delivery.State.REFUSED, None
        elif not row.is_deadline and at >= notice.at + queue.GIVE_UP_AFTER:
            row.state, row.next_try_at = Delivery.State.GIVEN_UP, None
        else:
            row.state = Delivery.State.QUEUED
            row.next_try_at = at + backoff(row.tries)
    row.save()
    if accepted and row.counts and row.is_deadline:
        _serve(company.id, notice, clock, at)


def _serve(company_id: UUID, notice: Notice, clock: Clock, at: int) -> None:
    """Serve what a relay has accepted. Where that cannot be now, the acceptance stays recorded.

    The mail is out and must not go out again; a later step serves the notice, at its own instant.
    No deletion happens on the way: whether there may be one is the loop's to say.
    """
    key = (company_id, notice.service)
    try:
        with transaction.atomic():
            done = steps.step(
                [company_id], clock, accepted={key: frozenset([notice.token])}, deletions=False
            )
        if not done.set_aside:
            return
    except OperationalError:
        raise
    except DatabaseError as error:
        log.exception("company %s is set aside", company_id)
        steps.set_aside(company_id, error, clock.now(), service=notice.service)
    except EngineWaits:
        log.warning("notice %s was accepted and is served once the engine goes on", notice)
    Instance.objects.filter(
        company_id=company_id, service_id=notice.service, state__isnull=False
    ).update(due_at=at)
