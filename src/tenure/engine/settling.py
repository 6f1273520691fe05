"""Giving the units that time alone brings to those who wait for them."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet

from tenure.clock import Clock
from tenure.engine.steps import set_aside, take_back
from tenure.services import settling
from tenure.services.errors import EngineWaits, NotFound
from tenure.services.ledger import writing
from tenure.store.models import Instance

log = logging.getLogger(__name__)

BATCH = 100
"""Companies in one round."""


def looks_for(now: int) -> tuple[QuerySet[Instance]]:
    """Give the instances for which units have come.

    Two questions would each have an index; those who wait are few, and one index is of them.
    """
    waiting = Instance.objects.filter(
        Q(retry_at__isnull=True) | Q(retry_at__lte=now),
        settle_at__isnull=False,
        state__isnull=False,
    )
    return (
        waiting.filter(
            Q(clock__isnull=True, settle_at__lte=now)
            | Q(clock__isnull=False, settle_at__lte=F("clock__now_at"))
        ),
    )


def settle(clock: Clock) -> bool:
    """Settle the companies for which units have come; give whether there were any."""
    (waiting,) = looks_for(clock.now())
    companies = list(
        waiting.order_by("settle_at").values_list("company_id", flat=True).distinct()[:BATCH]
    )
    for company in companies:
        try:
            with writing(company, clock, "engine") as ledger:
                settling.settle(ledger)
            take_back(company)
        except NotFound:
            continue
        except (EngineWaits, InterfaceError, OperationalError):
            raise  # no company is to blame for a lost connection or a full disk
        except Exception as error:
            # It must not keep the others from their units.
            log.exception("company %s is set aside", company)
            with transaction.atomic():
                set_aside(company, error, clock.now())
    return bool(companies)
