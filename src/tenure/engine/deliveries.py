"""Handing mails over, and recording what the relay said: each in a transaction of its own.

Nothing is sent inside a transaction. The answer is recorded together with what follows from it:
an acceptance that serves a notice starts its period at that instant.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock
from tenure.delivery import queue
from tenure.delivery.mails import lay_out
from tenure.delivery.relays import Answer, Outbox, Relay
from tenure.engine import steps
from tenure.services import states
from tenure.services.ledger import clock_of
from tenure.services.notices import Told, is_true
from tenure.store.models import Company, Delivery, Instance, Notice, Service

log = logging.getLogger(__name__)

BATCH = 50
"""Mails leased at once; few enough that all of them are tried before the lease runs out."""


@dataclass(slots=True)
class Postman:
    """Hands the queue's mails to the relay; ``relay`` None where none is configured."""

    clock: Clock
    relay: Relay | None
    backoff: queue.Backoff = queue.backoff

    def deliver(self) -> int:
        """Try the mails that are due now, each once; give how many were tried."""
        seen: set[UUID] = set()
        while leased := queue.lease(self.clock, BATCH, leave=seen):
            seen.update(delivery.id for delivery in leased)
            for delivery, notice, told in _told(leased, self.clock):
                self._try(delivery, notice, told)
        return len(seen)

    def _try(self, delivery: Delivery, notice: Notice, told: Told) -> None:
        if not is_true(notice, told.life):
            answer = None
        elif delivery.company.is_test:
            outbox = Outbox(delivery.company_id, delivery.language, told.life.at)
            answer = outbox.take(lay_out(notice, delivery, told), delivery.address)
        elif self.relay is None:
            answer = Answer("deferred", "no relay is configured")
        else:
            answer = self.relay.take(lay_out(notice, delivery, told), delivery.address)
        _record(delivery, notice, answer, self.clock, self.backoff)


def _told(leased: Sequence[Delivery], clock: Clock) -> list[tuple[Delivery, Notice, Told]]:
    """Read what the mails tell, each company evaluated once."""
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
    told: dict[tuple[UUID, str], Told] = {}
    found = []
    for delivery in leased:
        notice = notices[delivery.notice_id]
        key = (delivery.company_id, notice.service)
        company = companies[delivery.company_id]
        delivery.company = company
        if key not in told:
            instance = instances[key]
            at = max(clock_of(company, clock).now(), company.last_at or 0, instance.ran_at or 0)
            life = states.evaluate(instance, at)
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

    ``answer`` None: the mail was not sent, because what it tells is no longer so.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=delivery.company_id)
        row = Delivery.objects.get(company=company, id=delivery.id)
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
            if answer.outcome == "accepted":
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
        if answer is not None and answer.outcome == "accepted" and row.counts and row.is_deadline:
            key = (company.id, notice.service)
            steps.step([company.id], clock, accepted={key: frozenset([notice.token])})
