"""Companies as the rows of import files: what an import of them would bring back.

Phases, deadlines and what was written to whom are not among them: they begin anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from tenure.services import groups
from tenure.services.errors import NotFound
from tenure.services.import_known import Known, load
from tenure.services.import_rows import (
    COMPANIES,
    CONTACTS,
    LICENCES,
    MEMBERS,
    PLACEMENTS,
    SITES,
    SIZES,
)
from tenure.store.instants import to_datetime
from tenure.store.models import Company, Fact, Seat

AT_ONCE = 50
"""So many companies are locked and read at a time; each is consistent in itself."""

HEADERS = {
    COMPANIES: ("reference", "name", "time_zone"),
    SITES: ("company", "reference", "name", "main"),
    LICENCES: (
        "company",
        "reference",
        "product",
        "kind",
        "units",
        "starts",
        "ends",
        "added",
        "label",
        "suspended",
        "removed",
        "cancelled",
    ),
    PLACEMENTS: ("company", "licence", "site", "units"),
    SIZES: ("company", "licence", "until", "units", "site", "placed"),
    MEMBERS: (
        "company",
        "reference",
        "user",
        "name",
        "site",
        "source",
        "group",
        "protected",
        "order",
    ),
    CONTACTS: ("company", "address", "name", "role", "language", "time_zone", "site"),
}
"""The columns of each file, in order."""

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """One company: the rows of each file, and what they cannot say."""

    reference: str
    rows: dict[str, list[Cells]] = field(default_factory=lambda: {name: [] for name in HEADERS})
    notes: list[str] = field(default_factory=list)


def exported(references: Sequence[str] = ()) -> Iterator[Exported]:
    """Give companies, those of the references or all. Raises ``NotFound``."""
    known = {
        reference or str(id_): id_
        for id_, reference in Company.objects.order_by("id").values_list("id", "reference")
    }
    for reference in references:
        if reference not in known:
            raise NotFound(f"there is no company {reference}")
    ids = [known[reference] for reference in dict.fromkeys(references)] or list(known.values())
    for start in range(0, len(ids), AT_ONCE):
        yield from _read(sorted(ids[start : start + AT_ONCE]))


def _read(ids: list[UUID]) -> list[Exported]:
    with transaction.atomic():
        companies = list(Company.objects.select_for_update().filter(id__in=ids).order_by("id"))
        known = load(companies)
        sizes = _sizes(ids)
        return [_company(known[company.id], sizes[company.id]) for company in companies]


def _company(known: Known, sizes: dict[str, list[_Size]]) -> Exported:
    company = known.company
    reference = company.reference or str(company.id)
    out = Exported(reference)
    if company.is_test:
        out.notes.append("it is a test company; import it with --test-clock to keep it one")
    out.rows[COMPANIES].append((reference, company.name, company.time_zone))
    main = known.main
    for name, pool in known.pools.items():
        if pool is not main:
            out.rows[SITES].append((reference, name, pool.name, ""))
        elif pool.reference or pool.name != company.name:
            out.rows[SITES].append((reference, name, pool.name, "yes"))
    sites = {pool.id: name for name, pool in known.pools.items()}
    if main is not None and not main.reference and main.name == company.name:
        sites[main.id] = ""
    for name, licence in known.licences.items():
        out.rows[LICENCES].append(
            (
                reference,
                name,
                licence.product_id,
                licence.kind,
                str(licence.units),
                _written(licence.starts_at),
                _written(licence.ends_at),
                _written(licence.added_at),
                licence.label,
                _written(licence.suspended_at),
                _written(licence.removed_at),
                _written(licence.cancelled_at),
            )
        )
        for pool_id, units in known.placements.get(licence.id, {}).items():
            out.rows[PLACEMENTS].append((reference, name, sites[pool_id], str(units)))
        for size in sizes[str(licence.id)]:
            head = (reference, name, _written(size.until), str(size.units))
            placed = [(sites[UUID(pool)], str(n)) for pool, n in size.placed.items()]
            out.rows[SIZES] += [(*head, *cells) for cells in placed or [("", "")]]
    _members(known, reference, sites, out)
    for (address, site_id), contact in known.contacts.items():
        out.rows[CONTACTS].append(
            (
                reference,
                address,
                contact.name,
                contact.role,
                contact.language,
                contact.time_zone,
                "" if site_id is None else sites[site_id],
            )
        )
    return out


@dataclass(slots=True)
class _Size:
    """How many units a licence had until an instant, and what was named for pools of them."""

    until: int
    units: int
    placed: dict[str, int]


def _sizes(ids: list[UUID]) -> dict[UUID, dict[str, list[_Size]]]:
    """Give the earlier sizes of licences, by company and licence, from the ledger."""
    found: dict[UUID, dict[str, list[_Size]]] = defaultdict(lambda: defaultdict(list))
    present: dict[str, tuple[int, int, dict[str, int]]] = {}
    kinds = ("licence.added", "licence.resized", "licence.placed")
    facts = Fact.objects.filter(company_id__in=ids, kind__in=kinds)
    for fact in facts.order_by("company_id", "seq"):
        licence = fact.data["licence"]
        if fact.kind == "licence.added":
            present[licence] = (fact.at, fact.data["units"], fact.data["placements"])
            continue
        since, units, placed = present[licence]
        if since < fact.at:  # what stood for less than a second is no size
            found[fact.company_id][licence].append(_Size(fact.at, units, placed))
        named = fact.data.get("placements")
        present[licence] = (
            fact.at,
            fact.data.get("units", units),
            placed if named is None else named,
        )
    return found


def _members(known: Known, reference: str, sites: dict[UUID, str], out: Exported) -> None:
    order: dict[UUID, int] = {}
    count: Counter[tuple[str, UUID]] = Counter()
    for taken in sorted(_seats(known), key=lambda seat: (seat.opened_seq, seat.place)):
        count[taken.service, taken.pool_id] += 1
        order[taken.id] = count[taken.service, taken.pool_id]
    elsewhere = 0
    for user, member in known.members.items():
        seats = [seat for seat in known.seats.get(member.id, {}).values() if seat.id in order]
        seat = min(seats, key=lambda seat: order[seat.id], default=None)
        if seat is not None and seat.pool_id != (member.pool_id or _main(known)):
            elsewhere += 1
        out.rows[MEMBERS].append(
            (
                reference,
                member.reference,
                user,
                member.name,
                "" if member.pool_id is None else sites[member.pool_id],
                "" if member.source_id is None else known.sources[member.source_id],
                groups.joined(known.grouped.get(member.id, set())),
                "" if seat is None else _written(seat.protected_at),
                "" if seat is None else str(order[seat.id]),
            )
        )
    if elsewhere:
        out.notes.append(f"{elsewhere} seats stand in another site than their member's")


def _main(known: Known) -> UUID | None:
    return None if known.main is None else known.main.id


def _seats(known: Known) -> list[Seat]:
    """Give the open seats of present instances."""
    return [
        seat
        for of_member in known.seats.values()
        for seat in of_member.values()
        if seat.instance == known.instances.get(seat.service)
    ]


def _written(t: int | None) -> str:
    return "" if t is None else to_datetime(t).strftime("%Y-%m-%dT%H:%M:%SZ")
