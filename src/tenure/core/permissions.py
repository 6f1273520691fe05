"""What each action on an account needs: doors and services look up here what they ask for.

What the pages of a company need stands at each of them (``portal.shared.doors``). The reference
of rights is written from both, and compared with both.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenure.core.access import Area, Level


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody must have, for the account as a whole, to do something with it."""

    does: str
    """What they do, as the reference says it."""
    area: Area
    level: Level
    owner: bool = False
    """Whether they must own the account, or one above it, as well."""


NEEDS: dict[str, Need] = {
    "account.open": Need("Open an account below it", "portal", "write", owner=True),
    "account.change": Need("Change its name and colour", "portal", "write"),
    "account.secure": Need(
        "Set how its people sign in: two factors, how long sessions last",
        "portal",
        "write",
        owner=True,
    ),
    "audit.read": Need("See who did what in it, and in the accounts below it", "portal", "write"),
    "people.list": Need("See its people, their rights, and who is invited", "portal", "read"),
    "people.invite": Need(
        "Invite somebody, send an invitation again, take it back", "portal", "write"
    ),
    "people.change": Need("Change the rights of somebody who is no owner", "portal", "write"),
    "people.remove": Need("Remove somebody who is no owner", "portal", "write"),
    "owners.name": Need("Make somebody an owner, or no owner", "portal", "write", owner=True),
    "owners.remove": Need("Remove an owner who is not the last", "portal", "write", owner=True),
    "owners.transfer": Need(
        "Hand over an account that is one's own", "portal", "write", owner=True
    ),
}
"""Every action on an account, by its code."""
