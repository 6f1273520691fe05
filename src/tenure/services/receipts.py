"""Receipts of deletions: what they speak of, how they are signed, and how one is checked.

A receipt is a compact JWS (RFC 7515) by an Ed25519 key of the installation. It names nobody. What
its fields mean stands in docs/reference/receipt.md.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, SecurityWarning
from joserfc.jwk import KeySet, OKPKey

from tenure.core.audit import canonical
from tenure.services.errors import NotFound, Refused
from tenure.store.models import Company, Receipt
from tenure.store.signatures import key_id, public_key

FORM = "tenure-receipt-1"
TYPE = "tenure-receipt+jws"
ALGORITHM = "EdDSA"
"""The name that every library knows; newer ones call it Ed25519 as well."""

LONGEST = 1_000_000
"""Characters of a file that is looked at as a receipt."""

SPEAKS_OF = (
    {
        "place": "database",
        "says": "No table holds the names, user names, addresses or directory data of the members, "
        "nor seats, claims, rules, exclusions, groups or sources of the instance.",
    },
    {
        "place": "archives",
        "says": "Archives of the instance, and each of their parts, are deleted.",
    },
    {
        "place": "stored mails",
        "says": "Stored mails, letters about archives, answers of relays and the recipients' "
        "addresses are erased; a keyed hash of each address stays.",
    },
    {"place": "tokens", "says": "Tokens of the company's directories are deleted."},
    {
        "place": "audit",
        "says": "What the audit said of people is erased; its entries stay, and still verify.",
    },
    {"place": "logs", "says": "Logs hold no names and no addresses of members."},
)
SPEAKS_NOT_OF = (
    {
        "place": "backups",
        "says": "Copies of the database from before the deletion are in the hands of whoever made "
        "them.",
    },
    {
        "place": "what left the installation",
        "says": "Mails that were delivered, archives and lists that were downloaded, and the "
        "directories from which the members came.",
    },
    {
        "place": "the account",
        "says": "Whoever administers the account, its contacts, licences and invoices: they are "
        "the account's, and no data of the instance.",
    },
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt whose signature holds: what it says, and by which key."""

    content: dict[str, Any]
    key: str


# Signing


def signed(content: Mapping[str, Any]) -> str:
    """Give a receipt as a compact JWS, by the newest key. Raises ``Refused`` without one."""
    seeds = settings.KEYS.signing
    if not seeds:
        raise Refused("there is no key to sign with")
    public = public_key(seeds[0])
    key = OKPKey.import_key({**_jwk(public), "d": seeds[0]})
    header = {"alg": ALGORITHM, "kid": key_id(public), "typ": TYPE}
    with _without_warning():
        return jws.serialize_compact(header, canonical(dict(content)), key, algorithms=[ALGORITHM])


def key_set() -> dict[str, list[dict[str, str]]]:
    """Give what everybody may know of the installation's keys, the newest first, as a JWK set.

    Keys from before a rotation stay in it: what they signed stays true.
    """
    found = []
    for seed in settings.KEYS.signing:
        public = public_key(seed)
        more = {"kid": key_id(public), "use": "sig", "alg": ALGORITHM}
        found.append({**_jwk(public), **more})
    return {"keys": found}


def _jwk(public: str) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": public}


# Checking


def checked(text: str, keys: Mapping[str, Any] | None = None) -> Checked:
    """Check a receipt by the installation's keys, or by those of a JWK set, or by one JWK.

    Raises ``Refused``: ``not_a_receipt``, ``not_ours`` (no such key), ``changed``, ``not_a_key``.
    """
    text = text.strip()
    if len(text) > LONGEST or not _is_compact(text):
        raise Refused("this is no signed receipt", code="not_a_receipt")
    known = _known(key_set() if keys is None else keys)
    kid, content = _looked_at(text)
    mine = [key for key in known if key.kid == kid or key.kid is None]
    if not mine:
        raise Refused(
            f"this receipt names the key {kid}, which is not among those given: it was signed by "
            "another installation, or the key set is older than the receipt",
            code="not_ours",
        )
    for key in mine:
        with _without_warning():
            try:
                jws.deserialize_compact(text, key, algorithms=[ALGORITHM, "Ed25519"])
            except BadSignatureError:
                continue
            except (JoseError, ValueError):
                raise Refused("this is no signed receipt", code="not_a_receipt") from None
        return Checked(content, kid)
    raise Refused(
        "the signature does not hold: this receipt was changed after it was signed, or it was "
        "signed by somebody else",
        code="changed",
    )


def _is_compact(text: str) -> bool:
    return text.isascii() and text.count(".") == 2 and not any(part.isspace() for part in text)


def _looked_at(text: str) -> tuple[str, dict[str, Any]]:
    """Give the name of the key and what a receipt says, unchecked."""
    try:
        read = jws.extract_compact(text.encode())
        content = json.loads(read.payload)
        header = read.headers()
    except (JoseError, ValueError):
        raise Refused("this is no signed receipt", code="not_a_receipt") from None
    if not isinstance(content, dict) or header.get("typ") != TYPE:
        raise Refused("this is signed, but it is no receipt", code="not_a_receipt")
    return str(header.get("kid", "")), content


def _known(keys: Mapping[str, Any]) -> list[OKPKey]:
    found = keys.get("keys", [keys])
    try:
        with _without_warning():
            listed = KeySet.import_key_set({"keys": list(found)}).keys
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        listed = []
    good = [key for key in listed if isinstance(key, OKPKey)]
    if not good:
        raise Refused("there is no Ed25519 key in it, as a JWK or a JWK set", code="not_a_key")
    return good


class _without_warning(warnings.catch_warnings):  # noqa: N801 - it reads as what it does
    """The library warns of the older name of the algorithm, which older libraries need.

    It also warns of weak keys of other kinds, which are never used here.
    """

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore", SecurityWarning)


# Reading


def find(receipt_id: UUID, company: UUID | None = None) -> Receipt:
    """Give a receipt, of a company where one is given. Raises ``NotFound``."""
    found = Receipt.objects.filter(pk=receipt_id)
    if company is not None:
        found = found.filter(company_id=company)
    receipt = found.first()
    if receipt is None:
        raise NotFound("there is no such receipt")
    return receipt


def every(company: UUID | None = None) -> Sequence[tuple[Receipt, str]]:
    """Give all receipts, or those of a company, the newest first, with the company's name."""
    found = Receipt.objects.order_by("-at", "-id")
    if company is not None:
        found = found.filter(company_id=company)
    rows = list(found)
    names = dict(
        Company.objects.filter(id__in={row.company_id for row in rows}).values_list("id", "name")
    )
    return [(row, names.get(row.company_id, "")) for row in rows]
