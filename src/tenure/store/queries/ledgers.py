"""A company as a writer finds it: locked and read in one trip."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from tenure.store.models import Company, Fact, Heartbeat, Instance
from tenure.store.queries.rows import Columns
from tenure.store.queries.trips import Rows, Statement, trip

_company = Columns(Company, *(f.name for f in Company._meta.concrete_fields if f.column))
_heartbeat = Columns(Heartbeat, "waits_because", "epoch")
_instance = Columns(
    Instance,
    *("company", "id", "clock", "service", "number", "as_of_seq", "ran_at", "due_at"),
    *("phase", "phase_since_at", "phase_until_at", "next_phase", "closed", "trial", "short_at"),
    *("seats", "units", "protected", "is_settled", "settle_at"),
)
"""What writers need; the rest is read where somebody asks for it."""
_fact = Columns(Fact, "seq", "at", "service", "kind", "data", as_text=["data"])


class _Sql(NamedTuple):
    lock: str
    heartbeat: str
    instances: str
    facts_after: str
    facts_unknown: str


@cache
def _sql(vendor: str) -> _Sql:
    is_postgresql = vendor == "postgresql"
    company, heartbeat = _company.on(vendor), _heartbeat.on(vendor)
    instance, fact = _instance.on(vendor), _fact.on(vendor)
    # The state comes as a text of its own: often it is known, and need not be read.
    state = "state::text" if is_postgresql else "state"
    present = "FROM store_instance WHERE company_id = %s AND state IS NOT NULL"
    facts = f"SELECT {fact} FROM store_fact WHERE company_id = %s"  # noqa: S608 - our own names
    return _Sql(
        f"SELECT {company} FROM store_company WHERE id = %s"  # noqa: S608 - our own names
        + (" FOR UPDATE" if is_postgresql else ""),
        f"SELECT {heartbeat} FROM store_heartbeat WHERE id = 1",  # noqa: S608 - our own names
        f"SELECT {state}, {instance} {present} ORDER BY service_id",
        f"{facts} AND seq > %s ORDER BY seq",
        f"{facts} AND seq > (SELECT min(as_of_seq) {present}) ORDER BY seq",
    )


class Entry(NamedTuple):
    """A fact of a ledger, without its model: there can be many. ``data`` is the JSON's text."""

    seq: int
    at: int
    service: str
    kind: str
    data: str


class Found(NamedTuple):
    """What was found after the lock was taken, so that nothing of it can change any more.

    ``states``: the text of each instance's state, by service. ``facts``: those after ``after``.
    """

    company: Company
    waits_because: str
    epoch: str
    instances: list[Instance]
    states: dict[str, str]
    facts: list[Entry]
    after: int
    answers: list[Rows]


def lock(
    company_id: UUID,
    *,
    after: int | None = None,
    asks: Sequence[Statement] = (),
    queues: bool = False,
) -> Found | None:
    """Lock a company and read what a writer needs; None where there is none.

    ``queues``: whether to stand in the queue before the row; only for who holds no lock yet.
    ``after``: up to which fact the caller knows them; without it, those are read that some
    instance's state does not know yet. ``asks``: what else to ask, answered after the lock.
    """
    vendor = connection.vendor
    sql = _sql(vendor)
    key = _key(company_id)
    queue = []
    if queues and vendor == "postgresql":
        # Whoever waits for a row that is changed wakes with each change, only to wait for its new
        # version: sixteen at one row cost the server more than all that they do. In the queue one
        # wakes at a time. The row is still what everybody locks, also who did not stand here.
        queue.append(Statement("SELECT pg_advisory_xact_lock(%s)", [_place(company_id)]))
    found, beat, present, news, *answers = trip(
        [
            *queue,
            # First: what the others see is what there is once the lock is held.
            Statement(sql.lock, [key]),
            Statement(sql.heartbeat),
            Statement(sql.instances, [key]),
            Statement(sql.facts_unknown, [key, key])
            if after is None
            else Statement(sql.facts_after, [key, after]),
            *asks,
        ]
    )[len(queue) :]
    if not found:
        return None
    waits, epoch = _heartbeat.read(beat)[0] if beat else ("", "")
    texts = [row[0] for row in present]
    rows = _instance.read([row[1:] for row in present])
    known = [Instance.from_db("default", _instance.names, row) for row in rows]
    return Found(
        company=Company.from_db("default", _company.names, _company.read(found)[0]),
        waits_because=waits,
        epoch=str(epoch),
        instances=known,
        states={each.service_id: text for each, text in zip(known, texts, strict=True)},
        facts=[Entry(*row) for row in _fact.read(news)],
        after=min((each.as_of_seq for each in known), default=0) if after is None else after,
        answers=answers,
    )


def upto(company_id: UUID, until: int, first: int = 0) -> list[Entry]:
    """Read a company's facts up to and including an instant, those from ``first`` on in order."""
    vendor = connection.vendor
    columns, at = _fact.on(vendor), Fact._meta.get_field("at")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM store_fact"  # noqa: S608 - our own names
            " WHERE company_id = %s AND seq >= %s AND at <= %s ORDER BY seq",
            [_key(company_id), first, at.get_db_prep_save(until, connection)],
        )
        return [Entry(*row) for row in _fact.read(cursor.fetchall())]


def _key(company_id: UUID) -> str:
    return str(company_id) if connection.vendor == "postgresql" else company_id.hex


def _place(company_id: UUID) -> int:
    """Give the queue of a company; two that share one wait for each other, and no more."""
    return int.from_bytes(company_id.bytes[8:], signed=True)
