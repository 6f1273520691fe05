"""The chain of hashes of an audit: what is hashed, in which form, and what shows a change.

Each entry's hash covers the entry, the hash before it and the digest of what it says of people.
That content is kept apart, with a salt of its own, so that it can be erased and the chain still
holds. The form is permanent: docs/reference/audit.md gives it to whoever checks it elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

BEGINNING = ""
"""What stands before the first entry of a chain."""

FORM = "tenure-audit-1"
"""Hashed with every entry, so that a later form can never be taken for this one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a chain. Instants in whole seconds since 1970, UTC; ``seq`` counts from 1.

    ``at`` is told by the clock by which the company lives, which may be a test clock;
    ``recorded_at`` by the real one.
    ``chain`` is a company's id, or empty for the installation; ``account`` an id, or empty.
    ``personal`` is the digest of what it says of people; empty where it says nothing.
    """

    chain: str
    seq: int
    at: int
    recorded_at: int
    action: str
    account: str
    object: str
    result: str
    data: Mapping[str, Any]
    personal: str
    before: str

    def hash(self) -> str:
        """Give the entry's hash, in hexadecimal digits."""
        content = {
            "form": FORM,
            "chain": self.chain,
            "seq": self.seq,
            "at": self.at,
            "recorded_at": self.recorded_at,
            "action": self.action,
            "account": self.account,
            "object": self.object,
            "result": self.result,
            "data": self.data,
            "personal": self.personal,
            "before": self.before,
        }
        return sha256(canonical(content)).hexdigest()


def canonical(value: Any) -> bytes:
    """Give the one form of a value as JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def person_of(content: Mapping[str, Any]) -> str:
    """Give the id of the person whom an entry is of: who acted, or else on whom; or empty."""
    try:
        return str(UUID(str(content.get("person") or content.get("subject"))))
    except ValueError:
        return ""


def personal_digest(salt: str, content: Mapping[str, Any]) -> str:
    """Give the digest of what an entry says of people."""
    return sha256(salt.encode() + b"\n" + canonical(content)).hexdigest()


def plain(value: Any) -> Any:
    """Give a value as it comes back from every database: texts, whole numbers, lists, mappings."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {_text(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return _text(value)


def _text(value: Any) -> str:
    # A text with a zero, or with half a character, is none that a database keeps.
    return str(value).encode("utf-8", "replace").decode().replace("\0", "")
