"""Signatures of the installation, Ed25519, by keys that lie outside the database.

The newest key signs; the ones before it go on being known, so that what they signed stays true.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, and the signature; both as texts."""

    key: str
    text: str


def new_seed() -> str:
    """Give the secret of a key that nobody has."""
    return encoded(secrets.token_bytes(SEED_BYTES))


def sign(seeds: Sequence[str], message: bytes) -> Signature:
    """Sign with the newest of the keys, which is the first. Raises ``IndexError`` without any."""
    key = _private(seeds[0])
    return Signature(key_id(public_key(seeds[0])), encoded(key.sign(message)))


def is_signed(seeds: Sequence[str], signature: Signature, message: bytes) -> bool:
    """Whether one of the keys signed the message."""
    for seed in seeds:
        public = public_key(seed)
        if key_id(public) != signature.key:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(decoded(public)).verify(
                decoded(signature.text), message
            )
        except (InvalidSignature, ValueError):
            return False
        return True
    return False


def public_key(seed: str) -> str:
    """Give what everybody may know of a key: its 32 bytes, in base64url."""
    return encoded(_private(seed).public_key().public_bytes_raw())


def key_id(public: str) -> str:
    """Give the short name of a key."""
    return sha256(decoded(public)).hexdigest()[:16]


def encoded(content: bytes) -> str:
    """Give bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Read what ``encoded`` gave. Raises ``ValueError``."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(decoded(seed))
