"""What the database knows of companies that an import names, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tenure.services.import_rows import CompanyFiles
from tenure.services.import_terms import OWN
from tenure.store.models import (
    Alias,
    Company,
    Contact,
    Group,
    GroupMember,
    Instance,
    Licence,
    Member,
    Placement,
    Pool,
    Seat,
    Source,
)


@dataclass(slots=True)
class Known:
    """A company as it is. Sites and licences by reference, or by id where they have none."""

    company: Company
    pools: dict[str, Pool] = field(default_factory=dict)
    main: Pool | None = None
    licences: dict[str, Licence] = field(default_factory=dict)
    placements: dict[UUID, dict[UUID, int]] = field(default_factory=dict)
    """Open placements: units by pool, by licence."""
    members: dict[str, Member] = field(default_factory=dict)
    """By user."""
    by_reference: dict[str, Member] = field(default_factory=dict)
    also_called: dict[str, str] = field(default_factory=dict)
    """The users of members by the other names that they have."""
    sources: dict[UUID, str] = field(default_factory=dict)
    groups: dict[UUID, str] = field(default_factory=dict)
    """The groups that belong to no directory."""
    grouped: dict[UUID, set[str]] = field(default_factory=dict)
    """The names of those of a member, by member."""
    seats: dict[UUID, dict[str, Seat]] = field(default_factory=dict)
    """Open seats of present instances, by member and service."""
    contacts: dict[tuple[str, UUID | None], Contact] = field(default_factory=dict)
    instances: dict[str, int] = field(default_factory=dict)
    """The number of the present instance of each service."""

    def pool_reference(self, pool: UUID) -> str:
        """Give the reference by which files name a pool; empty for the company's own."""
        for reference, row in self.pools.items():
            if row.id == pool:
                return "" if row is self.main and not row.reference else reference
        return str(pool)


class Pools:
    """The pools of a company by the reference of their site; new ones once they are opened."""

    def __init__(self, files: CompanyFiles, known: Known) -> None:
        self._files = files
        self._known = known
        self.ids = {reference: pool.id for reference, pool in known.pools.items()}

    @property
    def main(self) -> UUID:
        """The company's own pool."""
        if self._known.main is None:
            raise ValueError("every company has a pool of its own")
        return self._known.main.id

    def exists(self, site: str) -> bool:
        """Whether there is such a site, or will be."""
        return site == OWN or site in self.ids or site in self._files.sites

    def find(self, site: str) -> UUID:
        """Give the pool of a site; the company's own where none is named."""
        main = self._files.main
        if site == OWN or (main is not None and main.reference == site):
            return self.main
        return self.ids[site]

    def find_or_none(self, site: str) -> UUID | None:
        """Give the pool of a site, None where it is still to be opened."""
        return self.find(site) if site == OWN or site in self.ids or self._is_main(site) else None

    def _is_main(self, site: str) -> bool:
        return self._files.main is not None and self._files.main.reference == site

    @property
    def references(self) -> list[str]:
        """The references that can be named."""
        return [*self.ids, *(site for site in self._files.sites if site not in self.ids)]


def load(companies: Sequence[Company]) -> dict[UUID, Known]:
    """Read everything of the companies that files can say; a fixed number of queries."""
    found = {company.id: Known(company) for company in companies}
    ids = list(found)
    open_ = Pool.objects.filter(company_id__in=ids, closed_at=None)
    for pool in open_.order_by("company_id", "position"):
        known = found[pool.company_id]
        known.pools[pool.reference or str(pool.id)] = pool
        known.main = known.main or pool
    for licence in Licence.objects.filter(company_id__in=ids).order_by("company_id", "opened_seq"):
        found[licence.company_id].licences[licence.reference or str(licence.id)] = licence
    placed = Placement.objects.filter(company_id__in=ids, closed_seq__isnull=True)
    for placement in placed.order_by("company_id", "id"):
        of_company = found[placement.company_id].placements
        of_company.setdefault(placement.licence_id, {})[placement.pool_id] = placement.units
    users: dict[UUID, str] = {}
    for member in Member.objects.filter(company_id__in=ids).order_by("company_id", "id"):
        known = found[member.company_id]
        users[member.id] = member.user
        known.members[member.user] = member
        if member.reference:
            known.by_reference[member.reference] = member
    for alias in Alias.objects.filter(company_id__in=ids):
        known = found[alias.company_id]
        known.also_called[alias.value] = users[alias.member_id]
    for source in Source.objects.filter(company_id__in=ids):
        found[source.company_id].sources[source.id] = source.name
    for group in Group.objects.filter(company_id__in=ids, source_id__isnull=True):
        found[group.company_id].groups[group.id] = group.name
    for row in GroupMember.objects.filter(company_id__in=ids):
        known = found[row.company_id]
        if row.group_id in known.groups:
            known.grouped.setdefault(row.member_id, set()).add(known.groups[row.group_id])
    for contact in Contact.objects.filter(company_id__in=ids).order_by("company_id", "id"):
        found[contact.company_id].contacts[contact.address, contact.pool_id] = contact
    current = Instance.objects.filter(company_id__in=ids, state__isnull=False)
    for company_id, service, state in current.order_by("company_id", "service_id").values_list(
        "company_id", "service_id", "number"
    ):
        found[company_id].instances[service] = state
    _load_seats(found, ids)
    return found


def _load_seats(found: dict[UUID, Known], ids: list[UUID]) -> None:
    seats: dict[UUID, dict[UUID, dict[str, Seat]]] = defaultdict(lambda: defaultdict(dict))
    rows = Seat.objects.filter(company_id__in=ids, closed_seq__isnull=True)
    for seat in rows.order_by("company_id", "instance", "opened_seq", "place"):
        seats[seat.company_id][seat.member_id][seat.service] = seat
    for company_id, of_company in seats.items():
        found[company_id].seats = dict(of_company)
