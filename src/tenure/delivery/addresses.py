"""The form in which addresses go to relays."""

from __future__ import annotations

import contextlib


def ascii_domain(address: str) -> tuple[str, str]:
    """Give an address in its two parts, the domain in ASCII (IDNA) where it has such a form."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return local, domain
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return local, domain
