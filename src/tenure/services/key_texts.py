"""What a licence's key looks like: letters and digits that cannot be taken for each other.

Twenty-four characters by chance and one that checks them, in groups of five; a test key begins
with TEST. Small letters, spaces and dashes do not matter, O is read as 0, and I and L as 1.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from stdnum.iso7064 import mod_37_36 as check

from tenure.services.errors import Refused

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two characters, so that the check finds every wrong one (ISO 7064, hybrid)."""
LENGTH = 25
GROUP = 5
TEST = "TEST"

PUBLIC_LENGTH = 8

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED = str.maketrans("", "", " -\u00a0\u2010\u2011\u2013\u202f\t\r\n")


def new(*, is_test: bool) -> str:
    """Give a key that nobody has, as ``read`` gives it."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    if not is_test and drawn.startswith(TEST):
        return new(is_test=is_test)
    begun = (TEST if is_test else "") + drawn
    return begun + check.calc_check_digit(begun, alphabet=ALPHABET)


def new_public() -> str:
    """Give a name for a key under which everybody may speak of it."""
    return "L-" + "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_LENGTH))


def read(typed: str) -> str:
    """Give the key that somebody typed. Raises ``Refused``: ``key_missing``, ``key_mistyped``.

    The message says what is wrong with it; that there is such a key is another question.
    """
    text = typed.translate(_IGNORED).upper().translate(_READ_AS)
    if not text:
        raise Refused("a key is missing", code="key_missing")
    odd = next((character for character in text if character not in ALPHABET), None)
    if odd is not None:
        raise Refused(f"a key holds no {odd!r}", code="key_mistyped")
    wanted = LENGTH + (len(TEST) if text.startswith(TEST) and len(text) != LENGTH else 0)
    if len(text) != wanted:
        raise Refused(
            f"a key has {wanted} characters, and this one has {len(text)}", code="key_mistyped"
        )
    if check.checksum(text, alphabet=ALPHABET) != 1:
        raise Refused("a character of the key is wrong", code="key_mistyped")
    return text


def written(key: str) -> str:
    """Give a key as it is shown: in groups."""
    begins = [TEST] if len(key) > LENGTH else []
    rest = key[len(TEST) :] if begins else key
    return "-".join([*begins, *(rest[i : i + GROUP] for i in range(0, len(rest), GROUP))])


def hashed(key: str) -> str:
    """Give by what a key is found. It is random, so that there is nothing to guess."""
    return sha256(key.encode()).hexdigest()
