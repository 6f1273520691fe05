"""Letting the rules look that release members not seen for long, and telling what they did.

The letters name nobody: who was not seen is read behind the sign-in. Those about a test company
go to the outbox at once, as its mails do.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tenure.clock import Clock
from tenure.delivery.personal import lay_out
from tenure.delivery.relays import Outbox
from tenure.engine.steps import set_aside, take_back
from tenure.services import letters, unseen_rules
from tenure.services.audit import Actor, acting
from tenure.services.errors import EngineWaits, NotFound
from tenure.services.ledger import Ledger, writing
from tenure.services.unseen_rules import News, Reader
from tenure.store.models import Company, Instance, Letter, UnseenRule
from tenure.words import letters as words

log = logging.getLogger(__name__)

BATCH = 100
"""Companies in one round."""


def looks_for(now: int) -> tuple[QuerySet[UnseenRule]]:
    """Give the rules that are due, of companies that are not set aside."""
    aside = Instance.objects.filter(company_id=OuterRef("company_id"), retry_at__gt=now)
    return (
        UnseenRule.objects.filter(~Exists(aside), due_at__isnull=False).filter(
            Q(clock__isnull=True, due_at__lte=now)
            | Q(clock__isnull=False, due_at__lte=F("clock__now_at"))
        ),
    )


def release(clock: Clock) -> bool:
    """Let the rules look that are due; give whether there were any."""
    (due,) = looks_for(clock.now())
    companies = list(due.order_by("due_at").values_list("company_id", flat=True)[:BATCH])
    for company in dict.fromkeys(companies):
        try:
            with acting(Actor("engine")), writing(company, clock, "engine") as ledger:
                for service, news in unseen_rules.look(ledger).items():
                    _tell(ledger, service, news)
            take_back(company)
        except NotFound:
            continue
        except (EngineWaits, InterfaceError, OperationalError):
            raise  # no company is to blame for a lost connection or a full disk
        except Exception as error:
            # It must not keep the others from being told.
            log.exception("company %s is set aside", company)
            with transaction.atomic():
                set_aside(company, error, clock.now())
    return bool(companies)


def _tell(ledger: Ledger, service: str, news: News) -> None:
    """Write to those who may manage protection, in the transaction of what is told."""
    name = ledger.instance(service).service.name
    for reader in unseen_rules.readers(ledger.company):
        if news.announced:
            _send(ledger, _announced(ledger, service, name, reader, news), reader)
        if news.released:
            _send(ledger, _released(ledger, service, name, reader, news), reader)


def _announced(ledger: Ledger, service: str, name: str, reader: Reader, news: News) -> words.Letter:
    return words.unseen_announced(
        reader.person.language,
        company=ledger.company.name,
        service=name,
        count=news.announced,
        days=news.days,
        first_at=news.first_at or ledger.at,
        last_at=news.last_at or ledger.at,
        zone=reader.person.time_zone,
        link=_link(ledger.company, service, reader),
    )


def _released(ledger: Ledger, service: str, name: str, reader: Reader, news: News) -> words.Letter:
    return words.unseen_released(
        reader.person.language,
        company=ledger.company.name,
        service=name,
        count=news.released,
        excluded=news.excluded,
        days=news.days,
        at=ledger.at,
        zone=reader.person.time_zone,
        link=_link(ledger.company, service, reader),
    )


def _link(company: Company, service: str, reader: Reader) -> str:
    where = f"/a/{reader.account}/companies/{company.id}/console/unseen/?service={service}"
    return f"{settings.PUBLIC_URL}{where}"


def _send(ledger: Ledger, said: words.Letter, reader: Reader) -> None:
    address = reader.person.email
    if ledger.company.clock_id is None:
        letters.queue(address, said.language, said.subject, said.text)
        return
    letter = Letter(
        address=address,
        language=said.language,
        subject=said.subject,
        text=said.text,
        created_at=ledger.at,
    )
    Outbox(ledger.company.id, said.language, ledger.at).take(lay_out(letter), address)
