"""Receipts are signed: what holds, what does not, and what whoever checks one is told."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet
from pytest_django.fixtures import Settings

from tenure.services import receipts
from tenure.services.errors import Refused
from tenure.store.signatures import new_seed

CONTENT = {"form": receipts.FORM, "company": "c", "service": "cos", "instance": 1}


def refused(text: str, keys: dict[str, Any] | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        receipts.checked(text, keys)
    return caught.value


def test_what_was_signed_is_read_back() -> None:
    found = receipts.checked(receipts.signed(CONTENT))
    assert found.content == CONTENT
    assert found.key == receipts.key_set()["keys"][0]["kid"]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_another_library_checks_it_with_the_published_keys_alone() -> None:
    """Only the compact form and the key set are handed over, as JSON texts."""
    published = KeySet.import_key_set(json.loads(json.dumps(receipts.key_set())))
    assert all(not key.is_private for key in published.keys)
    token = receipts.signed(CONTENT)
    read = jws.deserialize_compact(token, published, algorithms=["EdDSA"])
    assert json.loads(read.payload) == CONTENT
    head, _, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps({**CONTENT, "instance": 2}).encode()).decode()
    changed = f"{head}.{other.rstrip('=')}.{signature}"
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(changed, published, algorithms=["EdDSA"])
    assert refused(changed).code == "changed"


@pytest.mark.parametrize("place", range(3))
def test_one_letter_that_was_changed_is_found_wherever_it_stands(place: int) -> None:
    parts = receipts.signed(CONTENT).split(".")
    middle = len(parts[place]) // 2
    letter = "B" if parts[place][middle] == "A" else "A"
    parts[place] = parts[place][:middle] + letter + parts[place][middle + 1 :]
    refusal = refused(".".join(parts))
    assert refusal.code in ("changed", "not_a_receipt", "not_ours")
    assert len(str(refusal)) > 20


def test_a_receipt_from_before_a_new_key_still_holds(settings: Settings) -> None:
    before = receipts.signed(CONTENT)
    old = settings.KEYS.signing
    settings.KEYS = replace(settings.KEYS, signing=(new_seed(), *old))
    assert receipts.checked(before).content == CONTENT
    after = receipts.checked(receipts.signed(CONTENT))
    published = [key["kid"] for key in receipts.key_set()["keys"]]
    assert (after.key, receipts.checked(before).key) == (published[0], published[1])


def test_another_installations_receipt_is_not_ours(settings: Settings) -> None:
    theirs, their_keys = receipts.signed(CONTENT), receipts.key_set()
    settings.KEYS = replace(settings.KEYS, signing=(new_seed(),))
    assert refused(theirs).code == "not_ours"
    assert receipts.checked(theirs, dict(their_keys)).content == CONTENT
    assert receipts.checked(theirs, dict(their_keys["keys"][0])).content == CONTENT


def test_no_secret_is_published(settings: Settings) -> None:
    published = json.dumps(receipts.key_set())
    assert all(seed not in published for seed in settings.KEYS.signing)
    assert {frozenset(key) for key in receipts.key_set()["keys"]} == {
        frozenset(("kty", "crv", "x", "kid", "use", "alg"))
    }


@pytest.mark.parametrize(
    "text",
    ["", "a.b.c", "hello", "{}", "a" * 2_000_000, "..", "é.é.é", "eyJhbGciOiJub25lIn0.e30."],
)
def test_nonsense_is_no_receipt(text: str) -> None:
    assert refused(text).code == "not_a_receipt"


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}])
def test_nonsense_is_no_key(keys: dict[str, Any]) -> None:
    assert refused(receipts.signed(CONTENT), keys).code == "not_a_key"


def test_a_secret_that_both_could_know_is_no_key_of_ours() -> None:
    """A receipt 'signed' by HMAC with the public key's bytes is refused."""
    key = receipts.key_set()["keys"][0]
    head = {"alg": "HS256", "kid": key["kid"], "typ": receipts.TYPE}
    from joserfc.jwk import OctKey

    secret = OctKey.import_key(key["x"] * 2)
    forged = jws.serialize_compact(head, json.dumps(CONTENT), secret, algorithms=["HS256"])
    assert refused(forged).code in ("not_a_receipt", "changed")
