"""The audit as a table for spreadsheets, a row for each entry.

docs/reference/audit.md says what each column holds, and is compared with ``COLUMNS``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from tenure.portal.hub import audit_words
from tenure.services.audit_entries import Search, people_of
from tenure.services.audit_names import Names, names
from tenure.services.days import zone_of
from tenure.store.instants import to_datetime
from tenure.store.models import AuditEntry

AT_ONCE = 500
"""Entries that are read and written at once."""

COLUMNS = (
    *("when", "recorded_at", "company_clock", "who", "address", "person_id", "door", "ip"),
    *("on_behalf_of", "account", "account_id", "company", "company_id", "action", "what"),
    *("object", "old", "new", "about_people", "result", "chain", "seq", "hash"),
)


def rows(search: Search, *, hidden: Collection[UUID], zone: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of the table, the newest entries first."""
    for entries in search.all(AT_ONCE):
        named = names(entries, hidden=hidden)
        yield from (_row(entry, named, zone) for entry in entries)


def _row(entry: AuditEntry, named: Names, zone: str) -> tuple[str, ...]:
    who = audit_words.who(entry, named)
    content = people_of(entry) or {}
    account = named.accounts.get(str(entry.account_id))
    return (
        datetime.fromtimestamp(entry.recorded_at, zone_of(zone)).isoformat(),
        _utc(entry.recorded_at),
        _utc(entry.at),
        who.name,
        content.get("address", ""),
        content.get("person", ""),
        str(entry.data.get("door", "")),
        who.ip,
        who.behalf,
        "" if account is None else account.name,
        "" if entry.account_id is None else str(entry.account_id),
        named.companies.get(entry.chain, ""),
        entry.chain,
        entry.action,
        audit_words.what(entry, named, zone),
        entry.object,
        _json(entry.data.get("old")),
        _json(entry.data.get("new")),
        _json({name: value for name, value in content.items() if name not in _OF_THE_ACTOR}),
        entry.result,
        entry.chain or "installation",
        str(entry.seq),
        entry.hash,
    )


_OF_THE_ACTOR = frozenset({"person", "address", "ip", "account", "behalf"})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


def _utc(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")
