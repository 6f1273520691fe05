"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """``small``: in seconds, to see that it works. ``companies``: how many a large database has."""

    small: bool = False
    companies: int = 1_000_000
