"""What a process has evaluated of companies, so that each fact is folded by it only once.

Between two runs of the engine a busy company gathers facts, and whoever writes next must know
what follows from all of them. Kept is what follows from committed facts, as they were read under
the company's lock; they are never changed, so the same state and the same facts give the same.
All is forgotten with the connection to the database, which may be another after it, and what is
kept is used only where the instance's state and the database's epoch are still those it is from.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.services import states
from tenure.store.models import Instance
from tenure.store.queries.ledgers import Entry, Found

KEPT = 64
"""So many companies' evaluations each connection keeps, those that were used last."""


@dataclass(slots=True)
class Kept:
    """An instance's lifecycle with every fact up to ``seq``, from the state in ``text``."""

    epoch: str
    text: str
    as_of_seq: int
    seq: int
    life: Lifecycle


Company = dict[str, Kept]
"""What is kept of a company, by service."""


class _Shelf(threading.local):
    connection: Any = None
    companies: OrderedDict[UUID, Company]


_shelf = _Shelf()


class Evaluations:
    """The evaluations of one company, within a transaction that holds its lock.

    ``is_outermost``: whether that transaction stands in no other. Only such a one may use and
    give what is kept: what an outer one undoes in the end must not be remembered.
    """

    def __init__(self, company_id: UUID) -> None:
        self._id = company_id
        self.is_outermost = not connection.in_atomic_block
        self._kept: Company = _of_connection().pop(company_id, {}) if self.is_outermost else {}
        self._connection = connection.connection

    @property
    def seq(self) -> int | None:
        """Up to which fact all that is kept knows them; None where nothing is kept."""
        return min((kept.seq for kept in self._kept.values()), default=None)

    def instance(self, service: str) -> int | None:
        """Give the number of the instance as it was when last evaluated; None where not kept."""
        kept = self._kept.get(service)
        return None if kept is None else kept.life.instance

    def life(self, instance: Instance, found: Found) -> Lifecycle:
        """Give a lifecycle of the caller's own, with every fact that was found."""
        if connection.connection is not self._connection:
            self._kept = {}  # it was lost, and opened anew since
        service = instance.service_id
        text = found.states[service]
        kept = self._kept.pop(service, None)
        if (
            kept is None
            or (kept.epoch, kept.text, kept.as_of_seq) != (found.epoch, text, instance.as_of_seq)
            or kept.seq > found.company.last_seq
        ):
            life = Lifecycle.from_data(json.loads(text))
            kept = Kept(found.epoch, text, instance.as_of_seq, instance.as_of_seq, life)
        if kept.seq < found.after:
            for fact in states.since(instance, found.company.last_at or 0):
                kept.life.apply(fact)
        else:
            for fact in _decoded(found.facts, kept.seq, service):
                kept.life.apply(fact)
        kept.seq = found.company.last_seq
        # Only now: what raised on its way is not kept.
        self._kept[service] = kept
        return kept.life.copy()

    def keep(self) -> None:
        """Keep what was evaluated for the next transaction of this connection."""
        if not self.is_outermost or not self._kept:
            return
        companies = _of_connection()
        companies[self._id] = self._kept
        while len(companies) > KEPT:
            companies.popitem(last=False)


def _decoded(facts: Iterable[Entry], seq: int, service: str) -> list[f.Fact]:
    return [
        f.decode(fact.kind, fact.at, json.loads(fact.data))
        for fact in facts
        if fact.seq > seq and states.concerns(fact, service)
    ]


def _of_connection() -> OrderedDict[UUID, Company]:
    if _shelf.connection is None or _shelf.connection is not connection.connection:
        connection.ensure_connection()
        _shelf.connection, _shelf.companies = connection.connection, OrderedDict()
    return _shelf.companies
