"""Accounts: opening them, their settings, and which of them somebody reaches."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from tenure.clock import Clock
from tenure.services import audit, clocks, companies, memberships
from tenure.services.access import Viewer, viewer
from tenure.services.errors import Forbidden, NotFound, Refused
from tenure.services.rights import OWNER, administering, allows, lock
from tenure.store.ids import new_id
from tenure.store.models import Account, Company, Person

PALETTES = 8
"""So many colours the design has for accounts."""
DEEPEST = 8
"""So many accounts lie one below the other at most."""
LEAST_IDLE_MINUTES, MOST_IDLE_MINUTES = 5, 30 * 24 * 60
LEAST_SESSION_HOURS, MOST_SESSION_HOURS = 1, 365 * 24


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set for an account. Those from ``two_factors`` on are its owners' to set."""

    name: str
    palette: int = 0
    two_factors: bool = False
    idle_minutes: int = 12 * 60
    session_hours: int = 14 * 24

    @classmethod
    def of(cls, account: Account) -> Settings:
        """Give those of an account."""
        return cls(
            account.name,
            account.palette,
            account.two_factors,
            account.idle_minutes,
            account.session_hours,
        )

    @property
    def security(self) -> tuple[bool, int, int]:
        """What decides who may come in."""
        return self.two_factors, self.idle_minutes, self.session_hours

    def check(self) -> None:
        """Raise ``Refused`` for what makes no sense."""
        if not self.name.strip() or len(self.name) > 200:
            raise Refused("an account has a name of at most 200 characters", code="no_name")
        if not 0 <= self.palette < PALETTES:
            raise Refused("there is no such colour", code="no_colour")
        if not LEAST_IDLE_MINUTES <= self.idle_minutes <= MOST_IDLE_MINUTES:
            raise Refused("a session may rest from 5 minutes to 30 days", code="bad_idle")
        if not LEAST_SESSION_HOURS <= self.session_hours <= MOST_SESSION_HOURS:
            raise Refused("a session may last from 1 hour to 365 days", code="bad_session")


def open_business(
    name: str, owner: Person, *, clock: Clock, who: str, time_zone: str | None = None
) -> Account:
    """Open a business account, which is one company, with its owner.

    In demo mode the company is a test company, on a clock of its own that stands at the present.
    Raises ``Refused``, and ``EngineWaits`` as no company is opened meanwhile.
    """
    Settings(name).check()
    with transaction.atomic():
        account = _create(Account.Kind.BUSINESS, name.strip(), None, clock)
        companies.create(
            name=account.name,
            clock=clock,
            who=who,
            time_zone=time_zone or owner.time_zone,
            test_clock=clocks.create(account.name[:100], clock.now()) if settings.DEMO else None,
            account=account,
        )
        memberships.add(account, owner, OWNER, clock=clock)
        audit.record("account.opened", account=account, new={"kind": account.kind})
    return account


def open_msp(
    name: str,
    owner: Person,
    *,
    clock: Clock,
    parent_id: UUID | None = None,
    by: Person | None = None,
) -> Account:
    """Open an account of a managed service provider, with its owner.

    ``parent_id``: below which other one; that is for its owners and for operators. ``by``: who
    opens it; None for whoever may use the command line. Raises ``NotFound``, ``Forbidden`` and
    ``Refused``.
    """
    Settings(name).check()
    with transaction.atomic():
        parent = None if parent_id is None else lock(parent_id)
        if parent is not None:
            if by is not None and not allows(viewer(by), parent, "account.open"):
                raise Forbidden("only its owners open accounts below an account")
            if parent.kind != Account.Kind.MSP:
                raise Refused("no account is opened below a business account", code="not_msp")
            if parent.path.count("/") >= DEEPEST:
                raise Refused(
                    f"at most {DEEPEST} accounts lie one below the other", code="too_deep"
                )
        account = _create(Account.Kind.MSP, name.strip(), parent, clock)
        memberships.add(account, owner, OWNER, clock=clock)
        audit.record("account.opened", account=account, new={"kind": account.kind})
    return account


def _create(kind: Account.Kind, name: str, parent: Account | None, clock: Clock) -> Account:
    id_ = new_id()
    palette = id_.int % PALETTES  # so that two accounts of one person seldom look the same
    return Account.objects.create(
        id=id_, kind=kind, name=name, parent=parent, palette=palette, created_at=clock.now()
    )


def change(account_id: UUID, wanted: Settings, *, by: Person) -> Account:
    """Set an account's name and colour, and, for an owner, how its people sign in.

    The company of a business account bears the account's name. Raises ``NotFound``,
    ``Forbidden`` and ``Refused``.
    """
    wanted.check()
    with administering(account_id, by) as administration:
        administration.require("account.change")
        account = administration.account
        before = Settings.of(account)
        if wanted.security != before.security:
            administration.require("account.secure")
        account.name, account.palette = wanted.name.strip(), wanted.palette
        account.two_factors, account.idle_minutes, account.session_hours = wanted.security
        account.save()
        if account.name != before.name and account.kind == Account.Kind.BUSINESS:
            Company.objects.filter(account=account, name=before.name).update(name=account.name)
        audit.record(
            "account.changed", account=account, old=_told(before), new=_told(Settings.of(account))
        )
    return account


def _told(known: Settings) -> dict[str, object]:
    """Give them for the audit; the name of a company is no person's."""
    return {
        "name": known.name,
        "palette": known.palette,
        "two_factors": known.two_factors,
        "idle_minutes": known.idle_minutes,
        "session_hours": known.session_hours,
    }


def reached(who: Viewer) -> QuerySet[Account]:
    """Give the accounts of which anything is open to somebody by what they were granted.

    An account below one of theirs is among them. An operator has the operator portal besides.
    """
    return Account.objects.filter(who.accounts()).order_by("name", "id")


def find(name: str) -> Account:
    """Find an account by its id or its exact name. Raises ``NotFound`` also where two bear it."""
    try:
        found = list(Account.objects.filter(pk=UUID(name)))
    except ValueError:
        found = list(Account.objects.filter(name=name)[:2])
    if not found:
        raise NotFound(f"there is no account {name}")
    if len(found) > 1:
        raise NotFound(f"several accounts are called {name}: give the id")
    return found[0]
