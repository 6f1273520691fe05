"""Checkpoints of the audit: where every chain stood, signed, for an operator to keep elsewhere.

One line of JSON per chain between a head and an end. The end signs the digest of all lines before
it; docs/reference/audit.md says how to check one without Tenure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings

from tenure.core.audit import canonical
from tenure.services.errors import Refused
from tenure.store.instants import to_datetime
from tenure.store.models import AuditHead, Company
from tenure.store.signatures import Signature, is_signed, public_key, sign

FORM = "tenure-checkpoint-1"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: its newest entry and the hash of that."""

    chain: str
    seq: int
    hash: str


def heads() -> Iterator[Head]:
    """Give where every chain stands, the installation's first."""
    for seq, hash_ in AuditHead.objects.filter(seq__gt=0).values_list("seq", "hash"):
        yield Head("", seq, hash_)
    rows = Company.objects.filter(audit_seq__gt=0).order_by("id")
    for id_, seq, hash_ in rows.values_list("id", "audit_seq", "audit_hash").iterator():
        yield Head(str(id_), seq, hash_)


def checkpoint(now: int) -> Iterator[bytes]:
    """Give the lines of a checkpoint. Raises ``Refused`` where there is no key to sign with."""
    seeds = settings.KEYS.signing
    if not seeds:
        raise Refused("there is no key to sign with")
    digest = sha256()
    count = 0
    made = to_datetime(now).isoformat().replace("+00:00", "Z")
    line = _line({"form": FORM, "made_at": made, "public_key": public_key(seeds[0])})
    digest.update(line)
    yield line
    for head in heads():
        line = _line({"chain": head.chain, "seq": head.seq, "hash": head.hash})
        digest.update(line)
        count += 1
        yield line
    signature = sign(seeds, _signed(digest.digest()))
    yield _line({"chains": count, "key": signature.key, "signature": signature.text})


def read(lines: Iterable[bytes]) -> Iterator[Head]:
    """Give the heads of a checkpoint. Raises ``Refused`` where it is not whole or not ours.

    That it is ours is known at the end alone: use nothing before.
    """
    digest = sha256()
    before: bytes | None = None
    count = -1  # the first line is the head
    for line in lines:
        if before is not None:
            digest.update(before)
            if count >= 0:
                yield _head(before)
            elif _read(before).get("form") != FORM:
                break
            count += 1
        before = line
    end = {} if before is None else _read(before)
    signature = Signature(str(end.get("key", "")), str(end.get("signature", "")))
    if count < 0 or end.get("chains") != count:
        raise Refused("this is no checkpoint, or not a whole one", code="not_a_checkpoint")
    if not is_signed(settings.KEYS.signing, signature, _signed(digest.digest())):
        raise Refused(
            "this checkpoint was changed, or was signed by another installation",
            code="not_ours",
        )


def _signed(digest: bytes) -> bytes:
    return FORM.encode() + b"\n" + digest


def _line(content: dict[str, Any]) -> bytes:
    return canonical(content) + b"\n"


def _head(line: bytes) -> Head:
    content = _read(line)
    try:
        return Head(str(content["chain"]), int(content["seq"]), str(content["hash"]))
    except (KeyError, TypeError, ValueError):
        raise Refused("this is no checkpoint", code="not_a_checkpoint") from None


def _read(line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refused("this is no checkpoint", code="not_a_checkpoint")
    return content
