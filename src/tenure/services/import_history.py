"""What happened to a company before it is imported, as facts in the order of time.

Standard library only. Pools and licences are named by their references; the company's own pool
by an empty text. Seats are never beyond units at the instant at which they are granted: what
does not fit is a problem with its file and line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tenure.core import facts as f
from tenure.core.simulation import Scenario
from tenure.services.import_rows import (
    CONTACTS,
    LICENCES,
    MEMBERS,
    PLACEMENTS,
    SIZES,
    CompanyFiles,
    LicenceRow,
    MemberRow,
    Problems,
)
from tenure.services.import_seats import PoolSeats
from tenure.services.import_terms import (
    OWN,
    RunningLicence,
    is_marked,
    is_over,
    pool_of,
    running_licence,
    since_when,
    unknown,
)

Services = Callable[[str], tuple[str, ...]]
"""Gives the services of a product, by its key."""


_RANK: dict[type[f.Fact], int] = {
    f.LicenceResized: 1,
    f.SeatsProtected: 2,
    f.LicenceSuspended: 4,
    f.LicenceRemoved: 5,
    f.LicenceCancelled: 5,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A fact and where it comes from. ``service`` is empty where the licence's product says it."""

    fact: f.Fact
    file: str
    line: int
    service: str = ""
    licence: LicenceRow | None = None
    members: Sequence[MemberRow] = ()
    shrinks: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """At one instant: what gives units, then seats, then what takes units away."""
        if self.shrinks:
            return self.fact.at, _RANK[f.SeatsProtected] + 1
        return self.fact.at, _RANK.get(type(self.fact), 0)


@dataclass(slots=True)
class History:
    """The steps in the order of time. ``is_over``: its licences have ended by now.

    ``unseated`` are the members who are marked as protected and get no seat, because nothing
    of the company's history is taken over.
    """

    steps: list[Step] = field(default_factory=list)
    is_over: bool = False
    unseated: int = 0


def history(
    company: CompanyFiles,
    services: Services,
    problems: Problems,
    *,
    now: int | None,
    pending: bool = False,
) -> History:
    """Give a company's history up to ``now``, or the whole of it where there is no now.

    ``pending``: where its licences have ended, they become known now, so that they never ran.
    """
    _check_placements(company, problems)
    _check_sites(company, problems)
    found = History()
    licences: list[RunningLicence] = []
    for row in company.licences.values():
        licence = running_licence(company, row, problems, now, pending=False)
        if licence is not None:
            licences.append(licence)
    keys = list(dict.fromkeys(s for x in licences for s in services(x.row.product)))
    over = {
        key
        for key in keys
        if now is not None and is_over([x for x in licences if key in services(x.row.product)], now)
    }
    found.is_over = bool(over)
    members = [m for m in company.members.values() if is_marked(m.protected)]
    for x in licences:
        late = pending and not over.isdisjoint(services(x.row.product))
        again = running_licence(company, x.row, problems, now, pending=True) if late else x
        if again is not None:
            found.steps += _licence_steps(again, now)
    for key in keys:
        if pending and key in over:
            found.unseated = len(members)
            continue
        of_service = [x for x in licences if key in services(x.row.product)]
        found.steps += _seat_steps(company, key, of_service, members, problems, now)
    if members and not company.licences:
        problems.add(
            MEMBERS,
            members[0].line,
            f"{company.reference} has no licence, and {len(members)} of its members are marked as "
            "protected; give it a licence, or take the marks away",
        )
    found.steps.sort(key=lambda step: step.order)
    return found


def scenario(company: CompanyFiles, problems: Problems, until: int) -> Scenario:
    """Give what will happen to a company if nothing is done, as a scenario up to ``until``.

    Every product counts, as if there were one service.
    """
    steps = history(company, lambda _: ("service",), problems, now=None).steps
    own = company.main.name if company.main is not None else _name(company)
    names = {OWN: own}
    for site in company.sites.values():
        if not site.main:
            taken = site.name in names.values()
            names[site.reference] = f"{site.name} ({site.reference})" if taken else site.name
    return Scenario(
        until=until,
        pools=tuple(names.values()),
        facts=tuple(_renamed(step.fact, names) for step in steps),
        name=_name(company),
        time_zone=company.zone.key,
    )


def _renamed(fact: f.Fact, names: dict[str, str]) -> f.Fact:
    if isinstance(fact, f.LicenceResized) and fact.placements is not None:
        return replace(fact, placements={names[p]: n for p, n in fact.placements.items()})
    if isinstance(fact, f.LicenceAdded):
        return replace(fact, placements={names[p]: n for p, n in fact.placements.items()})
    if isinstance(fact, f.SeatsProtected):
        return replace(fact, pool=names[fact.pool])
    return fact


def _name(company: CompanyFiles) -> str:
    return company.reference if company.row is None else company.row.name


def _licence_steps(licence: RunningLicence, now: int | None) -> Iterable[Step]:
    row = licence.row
    pending = now is not None and licence.added == now
    first = licence.sizes[0]
    yield Step(
        f.LicenceAdded(
            licence.added,
            row.reference,
            first.units,
            row.starts,
            row.ends,
            row.kind or "full",
            first.named,
        ),
        LICENCES,
        row.line,
        licence=row,
    )
    for before, size in pairwise(licence.sizes):
        yield Step(
            f.LicenceResized(size.since, row.reference, size.units, size.named),
            SIZES,
            before.line,
            licence=row,
            shrinks=size.units < before.units,
        )
    for mark, make in (
        (row.suspended, f.LicenceSuspended),
        (row.removed, f.LicenceRemoved),
        (row.cancelled, f.LicenceCancelled),
    ):
        if is_marked(mark):
            at = since_when(mark, licence.added, now, pending)
            yield Step(make(at, row.reference), LICENCES, row.line, licence=row)


def _check_placements(company: CompanyFiles, problems: Problems) -> None:
    sites = [site.reference for site in company.sites.values()]
    for licence, placed in company.placements.items():
        for site, row in placed.items():
            if licence not in company.licences:
                problems.add(
                    PLACEMENTS, row.line, unknown(company, "licence", licence, company.licences)
                )
            if site and site not in company.sites:
                problems.add(PLACEMENTS, row.line, unknown(company, "site", site, sites))
    for licence, sizes in company.sizes.items():
        for size in sizes.values():
            if licence not in company.licences:
                problems.add(
                    SIZES, size.line, unknown(company, "licence", licence, company.licences)
                )
            for site in size.placed:
                if site and site not in company.sites:
                    problems.add(SIZES, size.line, unknown(company, "site", site, sites))


def _check_sites(company: CompanyFiles, problems: Problems) -> None:
    for member in company.members.values():
        if member.site and member.site not in company.sites:
            problems.add(MEMBERS, member.line, unknown(company, "site", member.site, company.sites))
    for contact in company.contacts.values():
        if contact.site and contact.site not in company.sites:
            problems.add(
                CONTACTS, contact.line, unknown(company, "site", contact.site, company.sites)
            )


def _seat_steps(
    company: CompanyFiles,
    service: str,
    licences: Sequence[RunningLicence],
    members: Sequence[MemberRow],
    problems: Problems,
    now: int | None,
) -> list[Step]:
    by_pool: dict[str, list[MemberRow]] = defaultdict(list)
    for member in members:
        if member.site and member.site not in company.sites:
            continue
        if isinstance(member.protected, int) and now is not None and member.protected > now:
            problems.add(
                MEMBERS, member.line, "protected lies in the future; write yes, or leave it empty"
            )
            continue
        by_pool[pool_of(company, member.site)].append(member)
    steps: list[Step] = []
    for pool, of_pool in by_pool.items():
        seats = PoolSeats(company, pool, licences, of_pool)
        for at, group in sorted(seats.place(problems, now).items()):
            group.sort(key=lambda member: (member.order, member.line))
            steps.append(
                Step(
                    f.SeatsProtected(at, pool, len(group)),
                    MEMBERS,
                    group[0].line,
                    service,
                    members=group,
                )
            )
    return steps
