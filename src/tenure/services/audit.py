"""The audit: who did what, in chains of hashes, one per company and one of the installation.

Facts are recorded by the ledger. What is no fact (sign-ins, memberships, settings) is handed to
``record``. An entry of a company is written under the company's lock; one of the installation
under a lock of its own, and whoever holds that takes no company's lock any more: record what
concerns the installation last in a transaction.

What names people belongs into ``personal`` and nowhere else: only that is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from tenure.clock import Clock, WallClock
from tenure.core.audit import Entry, person_of, personal_digest, plain
from tenure.services.errors import NotFound
from tenure.store.ids import new_id
from tenure.store.models import Account, AuditEntry, AuditHead, AuditPerson, Company
from tenure.store.queries.rows import Insert
from tenure.store.queries.trips import Statement, trip

INSTALLATION = ""
"""The name of the installation's chain."""

_REAL = WallClock()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or a part of the product, that acts.

    ``door``: where they came in (``portal``, ``api``, ``cli``, ``engine``). The rest is personal:
    the person and their address, where they called from, the account that they acted in and on
    whose behalf. ``clock`` tells when; that of the machine, also beside test clocks.
    """

    door: str
    person: UUID | None = None
    address: str = ""
    ip: str = ""
    account: UUID | None = None
    behalf: str = ""
    clock: Clock = _REAL

    def personal(self) -> dict[str, str]:
        """Give what is personal of it, without what is empty."""
        found = {
            "person": "" if self.person is None else str(self.person),
            "address": self.address,
            "ip": self.ip,
            "account": "" if self.account is None else str(self.account),
            "behalf": self.behalf,
        }
        return {name: value for name, value in found.items() if value}


NOBODY = Actor("system")
"""Who acts where no door said so."""

_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)
_open: ContextVar[Mapping[str, Chain]] = ContextVar("open_chains")


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Say who acts, for all that is done within."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current() -> Actor:
    """Give who acts."""
    return _actor.get()


class Chain:
    """The entries that one transaction adds to a chain, whose lock it holds.

    ``seq`` and ``hash`` are those of the newest entry; whoever made the chain keeps them once
    ``save`` has written the entries. ``account``: whose entries these are.
    """

    def __init__(
        self, name: str, seq: int, hash: str, at: int, account: UUID | None = None
    ) -> None:
        self.name = name
        self.seq = seq
        self.hash = hash
        self._at = at
        self._account = account
        self._entries: list[tuple[Any, ...]] = []
        self._people: list[tuple[Any, ...]] = []

    def add(
        self,
        action: str,
        *,
        account: UUID | None = None,
        object: str = "",
        old: Mapping[str, Any] | None = None,
        new: Mapping[str, Any] | None = None,
        result: str = "done",
        personal: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry of whoever acts."""
        account = account or self._account
        actor = current()
        content = plain({**(personal or {}), **actor.personal()})
        salt = secrets.token_hex(16) if content else ""
        data: dict[str, Any] = {"door": actor.door}
        if old:
            data["old"] = dict(old)
        if new:
            data["new"] = dict(new)
        entry = Entry(
            chain=self.name,
            seq=self.seq + 1,
            at=self._at,
            recorded_at=actor.clock.now(),
            action=plain(action)[:60],
            account="" if account is None else str(account),
            object=plain(object)[:200],
            result=plain(result)[:40],
            data=plain(data),
            personal=personal_digest(salt, content) if content else "",
            before=self.hash,
        )
        self.seq, self.hash = entry.seq, entry.hash()
        entry_id = new_id()
        self._entries.append(
            (
                entry_id,
                entry.chain,
                entry.seq,
                entry.at,
                entry.recorded_at,
                entry.action,
                account,
                entry.object,
                entry.result,
                entry.data,
                entry.personal,
                entry.before,
                self.hash,
            )
        )
        if content:
            person = person_of(content)
            self._people.append(
                (entry_id, salt, content, UUID(person) if person else None, entry.recorded_at)
            )

    def save(self) -> bool:
        """Write the entries; give whether there were any."""
        return bool(trip(self.statements()))

    def statements(self) -> list[Statement]:
        """Give what writes the entries, to be sent with other statements, and forget them."""
        entries, people = self._entries, self._people
        self._entries, self._people = [], []
        return [
            insert.statement(rows)
            for insert, rows in ((_insert_entries, entries), (_insert_people, people))
            if rows
        ]


_insert_entries = Insert(
    AuditEntry,
    "id",
    "chain",
    "seq",
    "at",
    "recorded_at",
    "action",
    "account_id",
    "object",
    "result",
    "data",
    "personal_digest",
    "before_hash",
    "hash",
)
_insert_people = Insert(AuditPerson, "entry", "salt", "content", "person_id", "recorded_at")


def of_company(company: Company, at: int) -> Chain:
    """Give the chain of a company whose lock is held, for entries of one instant."""
    return Chain(
        str(company.id), company.audit_seq, company.audit_hash, at, account=company.account_id
    )


@contextmanager
def gathering(chain: Chain) -> Iterator[None]:
    """Let what is recorded of a company within go to its chain, which is saved afterwards."""
    token = _open.set({**_open.get({}), chain.name: chain})
    try:
        yield
    finally:
        _open.reset(token)


def record(
    action: str,
    *,
    account: Account | UUID | None = None,
    company: Company | UUID | None = None,
    object: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    result: str = "done",
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Record what is no fact: in the company's chain, or without one in the installation's.

    It is written with the transaction that is open, or in one of its own. Nothing but
    ``personal`` may name people. Raises ``NotFound`` for a company that does not exist.
    """
    said: dict[str, Any] = {
        "object": object,
        "old": old,
        "new": new,
        "result": result,
        "personal": personal,
    }
    account_id = account.id if isinstance(account, Account) else account
    if company is None:
        _record_installation(action, account_id, said)
    else:
        company_id = company.id if isinstance(company, Company) else company
        _record_company(action, company_id, account_id, said)


def _record_company(
    action: str, company_id: UUID, account_id: UUID | None, said: Mapping[str, Any]
) -> None:
    chain = _open.get({}).get(str(company_id))
    if chain is not None:
        chain.add(action, account=account_id, **said)
        return
    with transaction.atomic():
        # The rivals are all writers of the company. No join: the clock's row is not ours to lock.
        company = Company.objects.select_for_update().filter(pk=company_id).first()
        if company is None:
            raise NotFound("there is no such company")
        clock = company.clock
        chain = of_company(company, current().clock.now() if clock is None else clock.now_at)
        chain.add(action, account=account_id, **said)
        chain.save()
        keep(company, chain)


def keep(company: Company, chain: Chain) -> None:
    """Keep where a company's chain stands now."""
    Company.objects.filter(pk=company.id).update(audit_seq=chain.seq, audit_hash=chain.hash)


def _record_installation(action: str, account_id: UUID | None, said: Mapping[str, Any]) -> None:
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().filter(id=1).first()
        if head is None:
            AuditHead.objects.bulk_create([AuditHead(id=1)], ignore_conflicts=True)
            head = AuditHead.objects.select_for_update().get(id=1)
        chain = Chain(INSTALLATION, head.seq, head.hash, current().clock.now())
        chain.add(action, account=account_id, **said)
        chain.save()
        AuditHead.objects.filter(id=1).update(seq=chain.seq, hash=chain.hash)
