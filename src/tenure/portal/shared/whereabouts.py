"""Where somebody is: the account, its kind and colour, the company acted on; and where else to go.

Every page shows it in its header and in the title of its tab.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenure.portal.shared.addresses import (
    account_address,
    entered,
    hub_address,
    is_in_operator_portal,
    operator_address,
    reader_of,
)
from tenure.services import audit_entries, rights
from tenure.services.access import Viewer
from tenure.store.models import Account, Company, Membership
from tenure.words.names import clean

Kind = Literal["hub", "business", "msp", "operator"]

SHOWN = 40
"""So many accounts stand in the switch; the Hub has all of them."""

COLOURS = 8
"""So many colours there are for accounts."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An account to which the header leads."""

    name: str
    kind: Kind
    palette: str
    address: str
    is_here: bool

    @property
    def kind_name(self) -> str:
        """The word for the kind."""
        return kind_name(self.kind)


class Whereabouts:
    """Where a request is."""

    def __init__(self, request: HttpRequest, company: Company | None = None) -> None:
        self.viewer: Viewer | None = reader_of(request)
        self.account: Account | None = entered(request)
        self.is_operator_portal = is_in_operator_portal(request)
        self.company = company
        self._request = request

    @property
    def kind(self) -> Kind:
        """What kind of portal this is."""
        if self.account is not None:
            return kind_of(self.account)
        return "operator" if self.is_operator_portal else "hub"

    @property
    def palette(self) -> str:
        """The name of the colour."""
        return self.kind if self.account is None else palette_of(self.account)

    @property
    def name(self) -> str:
        """The name of the account; the portal's where there is none."""
        return kind_name(self.kind) if self.account is None else self.account.name

    @property
    def kind_name(self) -> str:
        """The word for the kind."""
        return kind_name(self.kind)

    @property
    def title(self) -> str:
        """What the title of the tab says of it."""
        if self.account is None:
            return self.kind_name
        return f"{clean(self.account.name)} · {self.kind_name}"

    @property
    def person_name(self) -> str:
        """What the person is called."""
        if self.viewer is None:
            return ""
        return self.viewer.person.name or self.viewer.person.email

    @property
    def theme(self) -> str:
        """How the person wants pages: ``light``, ``dark``, or ``auto``."""
        return "auto" if self.viewer is None else self.viewer.person.theme

    @property
    def is_on_behalf(self) -> bool:
        """Whether what is done here is done for somebody else's company."""
        if self.company is None:
            return False
        return self.account is None or self.company.account_id not in self.own

    @cached_property
    def own(self) -> dict[UUID, Account]:
        """The accounts in which the person has a place, by name."""
        return {} if self.viewer is None else accounts_of(self._request, self.viewer)

    @property
    def destinations(self) -> list[Destination]:
        """The accounts that the person can change to."""
        found = [
            Destination(
                each.name,
                kind_of(each),
                palette_of(each),
                account_address(each.id),
                self.account is not None and each.id == self.account.id,
            )
            for each in list(self.own.values())[:SHOWN]
        ]
        if self.viewer is not None and self.viewer.is_operator:
            name = kind_name("operator")
            address = operator_address()
            found.append(
                Destination(name, "operator", "operator", address, self.is_operator_portal)
            )
        return found

    @property
    def may_audit(self) -> bool:
        """Whether the person may see who did what here."""
        if self.viewer is None or self.account is None:
            return self.is_operator_portal
        return audit_entries.may_read(self.viewer, self.account)

    @property
    def may_set(self) -> bool:
        """Whether the person may change the settings of the account."""
        if self.viewer is None or self.account is None:
            return False
        return rights.allows(self.viewer, self.account, "account.change")

    @property
    def home(self) -> str:
        """Where the mark leads: to the Hub."""
        return hub_address("companies")


def context(request: HttpRequest) -> dict[str, Whereabouts]:
    """Give it to every template; nothing is read before it is asked for."""
    return {"where": Whereabouts(request, getattr(request, "company", None))}


def accounts_of(request: HttpRequest, viewer: Viewer) -> dict[UUID, Account]:
    """Read the accounts in which a person has a place, once a request, in the order of names."""
    found: dict[UUID, Account] | None = getattr(request, "own_accounts", None)
    if found is None:
        rows = Membership.objects.filter(person=viewer.person).select_related("account")
        found = {row.account_id: row.account for row in rows.order_by("account__name", "id")}
        request.own_accounts = found  # type: ignore[attr-defined]  # read once
    return found


def kind_of(account: Account) -> Kind:
    """Give what kind of portal an account has."""
    return "msp" if account.kind == Account.Kind.MSP else "business"


def palette_of(account: Account) -> str:
    """Give the name of an account's colour."""
    return str(account.palette % COLOURS)


def kind_name(kind: Kind) -> str:
    """Name a kind of portal."""
    names = {
        "hub": _("Hub"),
        "business": _("Business"),
        "msp": _("MSP"),
        "operator": _("Operator"),
    }
    return names[kind]
