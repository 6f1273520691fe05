"""Seals: what must be shown again, and must not lie open in the database or its backups.

The newest key seals; the ones before it go on opening what they sealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class NotOpened(Exception):
    """None of the installation's keys opens it: the file of keys is not the one it was."""


def new_key() -> str:
    """Give a key that nobody has."""
    return Fernet.generate_key().decode()


def seal(keys: Sequence[str], text: str) -> str:
    """Seal a text with the newest of the keys, which is the first."""
    return _all(keys).encrypt(text.encode()).decode()


def opened(keys: Sequence[str], sealed: str) -> str:
    """Give back what was sealed. Raises ``NotOpened``."""
    try:
        return _all(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise NotOpened("no key of this installation opens it") from None


def _all(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
