"""What each action needs: the whole table. Doors and services look up here what they ask for.

``docs/reference/rights.md`` is this table in words; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tenure.core.access import Area, Level

Where = Literal["account", "company", "site"]


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody must have: a level in an area, at the place that the action is about."""

    where: Where
    area: Area
    level: Level
    owner: bool = False
    """Whether they must own the account, or one above it, as well."""


NEEDS: dict[str, Need] = {
    "account.open": Need("account", "portal", "write", owner=True),
    "account.change": Need("account", "portal", "write"),
    "account.secure": Need("account", "portal", "write", owner=True),
    "people.list": Need("account", "portal", "read"),
    "people.invite": Need("account", "portal", "write"),
    "people.change": Need("account", "portal", "write"),
    "people.remove": Need("account", "portal", "write"),
    "owners.name": Need("account", "portal", "write", owner=True),
    "owners.remove": Need("account", "portal", "write", owner=True),
    "owners.transfer": Need("account", "portal", "write", owner=True),
}
"""Every action on an account, by its code. ``account.open``: below another account."""
