"""Who reaches what: a person's grants, and the one question that every door asks.

``Viewer`` is asked before anything is read or done. What it may not see is ``NotFound``, as if
it were not there; what it sees and may not change is ``Forbidden``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from django.db.models import Q

from tenure.core.access import Area, Grant, Level, Place, level, may, sites
from tenure.core.grants import AREAS
from tenure.services.errors import Forbidden, NotFound
from tenure.store.models import Account, Company, Membership, Person, Pool, Scope


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody at a door, with what they were granted when they came."""

    person: Person
    grants: tuple[Grant, ...]
    paths: Mapping[str, str]
    """The paths of the accounts that the grants name, by id."""

    @property
    def is_operator(self) -> bool:
        """Whether the person works for the vendor: everything is open to them."""
        return self.person.is_operator

    def level(self, place: Place, area: Area) -> Level:
        """Give what the person may do at a place."""
        return "write" if self.is_operator else level(self.grants, place, area)

    def reaches(self, account: Account) -> bool:
        """Whether anything in an account is open to the person."""
        path = path_of(account)
        return self.is_operator or any(grant.account in path for grant in self.grants)

    def account(self, account_id: UUID) -> Account:
        """Give an account that the person reaches. Raises ``NotFound``."""
        account = Account.objects.filter(pk=account_id).first()
        if account is None or not self.reaches(account):
            raise NotFound("there is no such account")
        return account

    def sites(self, company: Company, area: Area = "portal") -> list[UUID] | None:
        """Give the sites of a company that are open; None means the company as a whole.

        Raises ``NotFound`` where nothing of it is.
        """
        place = place_of(company)
        if self.level(place, area) != "none":
            return None
        pools = Pool.objects.filter(company=company, closed_at=None).order_by("position")
        ids = [str(id_) for id_ in pools.values_list("id", flat=True)]
        found = sites(self.grants, place, ids, area)
        if not found:
            raise NotFound("there is no such company")
        return [UUID(id_) for id_ in found]

    def open_sites(self, company: Company) -> list[UUID] | None:
        """Give the sites of a company that are open in any area; None where the whole of it is.

        Raises ``NotFound`` where nothing of it is.
        """
        place = place_of(company)
        if any(self.level(place, area) != "none" for area in AREAS):
            return None
        pools = Pool.objects.filter(company=company, closed_at=None).order_by("position")
        ids = [str(id_) for id_ in pools.values_list("id", flat=True)]
        found = {id_ for area in AREAS for id_ in sites(self.grants, place, ids, area)}
        if not found:
            raise NotFound("there is no such company")
        return [UUID(id_) for id_ in ids if id_ in found]

    def require(
        self, company: Company, area: Area, wanted: Level = "read", pool: UUID | None = None
    ) -> None:
        """See that the person may do so much with a company, or with one of its sites.

        Raises ``NotFound`` where they may not even read, else ``Forbidden``.
        """
        if self.is_operator:
            return
        place = place_of(company, pool)
        if not may(self.grants, place, area, "read"):
            raise NotFound("there is no such company")
        if not may(self.grants, place, area, wanted):
            raise Forbidden("you may look at this, and not change it")

    def companies(self) -> Q:
        """Give the condition on companies of which at least a site is open to the person.

        Of accounts one below the other, an open one above counts also where a nearer one is shut.
        """
        if self.is_operator:
            return Q()
        wanted = Q(pk__in=[])
        named: set[UUID] = set()
        shut: set[UUID] = set()
        for grant in self.grants:
            is_open = grant.portal != "none" or grant.console != "none"
            if grant.company and is_open:
                named.add(UUID(grant.company))
            elif grant.company and not grant.pool:
                shut.add(UUID(grant.company))
            elif is_open:
                wanted |= Q(account__path__below=self.paths[grant.account])
        return (wanted & ~Q(pk__in=shut)) | Q(pk__in=named)

    def accounts(self) -> Q:
        """Give the condition on accounts of which anything is open by what the person was granted.

        An account below one of theirs is among them, also for an operator.
        """
        wanted = Q(pk__in=[])
        for path in self.paths.values():
            wanted |= Q(path__below=path)
        return wanted


def viewer(person: Person) -> Viewer:
    """Read what a person was granted; two queries."""
    found = Membership.objects.filter(person=person).select_related("account")
    memberships = list(found.prefetch_related("scopes"))
    return Viewer(
        person,
        tuple(grant for each in memberships for grant in grants_of(each)),
        {str(each.account_id): each.account.path for each in memberships},
    )


def grants_of(membership: Membership) -> list[Grant]:
    """Give what a membership grants; an owner everything."""
    account = str(membership.account_id)
    if membership.is_owner:
        return [Grant(account, "write", "write")]
    found = [_grant(account, membership)]
    for scope in membership.scopes.all():
        pool = "" if scope.pool_id is None else str(scope.pool_id)
        found.append(replace(_grant(account, scope), company=str(scope.company_id), pool=pool))
    return found


def _grant(account: str, row: Membership | Scope) -> Grant:
    # The tables hold these words only.
    return Grant(account, cast(Level, row.portal), cast(Level, row.console))


def path_of(account: Account) -> tuple[str, ...]:
    """Give the ids of the accounts above an account and its own, the topmost first."""
    return tuple(account.path.rstrip("/").split("/"))


def place_of(company: Company, pool: UUID | None = None) -> Place:
    """Give where a company, or one of its sites, stands."""
    return Place(path_of(company.account), str(company.id), "" if pool is None else str(pool))
