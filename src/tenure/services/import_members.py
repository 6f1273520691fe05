"""What an import changes in the members of a company that exists already, and in their seats.

Seats are given back first and granted after it, all of a pool at once, and never beyond units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenure.services import groups, protection, seats, settling, states
from tenure.services.errors import Refused
from tenure.services.import_diff import Diff
from tenure.services.import_known import Known, Pools
from tenure.services.import_new import Setting, named_sources
from tenure.services.import_rows import MEMBERS, CompanyFiles, MemberRow, Problems
from tenure.services.import_terms import counted, unknown
from tenure.services.ledger import writing
from tenure.store.ids import new_id
from tenure.store.models import Instance, Member, Seat

AT_ONCE = 5000
"""So many members are named in one statement."""

SHOWN = 10
"""So many changed members are told one by one."""


def member_changes(
    diff: Diff,
    files: CompanyFiles,
    known: Known,
    pools: Pools,
    setting: Setting,
    present: frozenset[str],
    problems: Problems,
) -> None:
    """Compare members and seats, and add what differs to ``diff``."""
    comparing = _Members(diff, files, known, pools, setting, problems)
    for row in files.members.values():
        comparing.take(row)
    comparing.finish()
    if MEMBERS in present:
        diff.leave("members", [user for user in known.members if user not in comparing.spoken_of])


@dataclass(slots=True)
class _Released:
    """Seats of a pool to give back; ``line`` is that of the first."""

    line: int
    members: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Different:
    """A member that changes: what a row says of it."""

    member: Member
    row: MemberRow
    values: dict[str, str]


class _Members:
    def __init__(
        self,
        diff: Diff,
        files: CompanyFiles,
        known: Known,
        pools: Pools,
        setting: Setting,
        problems: Problems,
    ) -> None:
        self._diff = diff
        self._files = files
        self._known = known
        self._pools = pools
        self._setting = setting
        self._problems = problems
        self._id = known.company.id
        self.spoken_of: set[str] = set()
        self._new: list[tuple[Member, MemberRow]] = []
        self._different: list[_Different] = []
        self._released: dict[tuple[str, UUID], _Released] = {}
        self._unwanted: dict[str, list[tuple[MemberRow, UUID]]] = defaultdict(list)
        """Whose seat is to be given back, and whom no rule is to give another."""
        self._granted: dict[tuple[str, str], list[tuple[MemberRow, UUID]]] = defaultdict(list)
        self._other_instants: list[str] = []
        products = {row.product for row in files.licences.values()}
        products |= {licence.product_id for licence in known.licences.values()}
        self._services = sorted({s for product in products for s in setting.services(product)})

    def take(self, row: MemberRow) -> None:
        """Compare one row."""
        if row.site and not self._pools.exists(row.site):
            self._problem(row, unknown(self._files, "site", row.site, self._pools.references))
            return
        if row.user in self._known.also_called:
            user = self._known.also_called[row.user]
            self._problem(row, f"{row.user} is another name of {user}; write that")
            return
        member = self._find(row)
        if member is None:
            if row.user in self.spoken_of:
                self._problem(row, f"the user {row.user} is somebody else's in these files")
                return
            made = Member(company=self._known.company, id=new_id(), user=row.user)
            self._new.append((made, row))
            self._compare_seats(row, made, is_new=True)
            return
        if member.user in self.spoken_of:
            self._problem(row, f"another line speaks of {member.user} already; keep one")
            return
        self.spoken_of.add(member.user)
        if not self._is_unambiguous(row, member):
            return
        values = self._values(row, member)
        if values:
            self._different.append(_Different(member, row, values))
        else:
            self._diff.same["members"] += 1
        self._compare_seats(row, member, is_new=False)

    def _problem(self, row: MemberRow, message: str) -> None:
        self._problems.add(MEMBERS, row.line, message)

    def _find(self, row: MemberRow) -> Member | None:
        if row.reference and row.reference in self._known.by_reference:
            return self._known.by_reference[row.reference]
        return self._known.members.get(row.user)

    def _is_unambiguous(self, row: MemberRow, member: Member) -> bool:
        if row.reference and member.reference and row.reference != member.reference:
            self._problem(
                row,
                f"{row.user} has the reference {member.reference}; write that, or leave it empty",
            )
            return False
        other = self._known.members.get(row.user)
        if other is not None and other.id != member.id:
            self._problem(
                row, f"{row.reference} is {member.user}, and {row.user} is another member already"
            )
            return False
        return True

    def _values(self, row: MemberRow, member: Member) -> dict[str, str]:
        """Give what differs, by the name of the column."""
        values: dict[str, str] = {}
        if row.reference and row.reference != member.reference:
            values["reference"] = row.reference
        if row.user != member.user:
            values["user"] = row.user
        if row.name is not None and row.name != member.name:
            values["name"] = row.name
        source = "" if member.source_id is None else self._known.sources[member.source_id]
        if row.source is not None and row.source != source:
            values["source"] = row.source
        if row.group is not None:
            wanted = groups.named(row.group)
            if wanted != self._known.grouped.get(member.id, set()):
                values["group"] = row.group
        if self._moves(row, member):
            values["site"] = row.site or ""
        return values

    def _moves(self, row: MemberRow, member: Member) -> bool:
        if row.site is None:
            return False
        home = self._pools.main if member.pool_id is None else member.pool_id
        return self._pools.find_or_none(row.site) != home

    # Seats

    def _compare_seats(self, row: MemberRow, member: Member, *, is_new: bool) -> None:
        mark = row.protected
        for service in self._services:
            seat = self._known.seats.get(member.id, {}).get(service)
            if seat is not None and seat.instance != self._known.instances.get(service):
                seat = None
            if seat is None:
                if mark == "yes":
                    self._grant(service, row, member)
                elif isinstance(mark, int):
                    self._problem(
                        row,
                        f"protected: {row.user} has no seat, and {self._files.reference} is here "
                        "already, so a seat can only be granted now: write yes",
                    )
                    return
            elif mark == "no":
                self._unwanted[service].append((row, member.id))
            else:
                if isinstance(mark, int) and mark != seat.protected_at:
                    self._other_instants.append(member.user)
                if not is_new and self._moves(row, member):
                    self._release(service, row, member, seat)
                    self._grant(service, row, member)
                elif mark != "":
                    self._diff.same["seats"] += 1

    def _release(self, service: str, row: MemberRow, member: Member, seat: Seat) -> None:
        key = (service, seat.pool_id)
        self._released.setdefault(key, _Released(row.line)).members.append(member.id)

    def _grant(self, service: str, row: MemberRow, member: Member) -> None:
        site = row.site
        if site is None:
            site = "" if member.pool_id is None else self._known.pool_reference(member.pool_id)
        self._granted[service, site].append((row, member.id))

    # What is to be done

    def finish(self) -> None:
        """Note the changes, those of one sort as one."""
        if self._new:
            self._diff.added["members"] += len(self._new)
            self._diff.change(MEMBERS, self._new[0][1].line, "", self._make)
        if self._different:
            told = [self._told(different) for different in self._different[:SHOWN]]
            if len(self._different) > SHOWN:
                told.append(f"and {len(self._different) - SHOWN} more")
            self._diff.change(
                MEMBERS,
                self._different[0].row.line,
                f"members changed ({len(self._different)}): {'; '.join(told)}",
                self._save,
            )
        for service, unwanted in self._unwanted.items():
            self._diff.change(
                MEMBERS,
                unwanted[0][0].line,
                f"seats given back: {len(unwanted)}",
                self._unwanting(service, [member for _, member in unwanted]),
            )
        for (service, pool), released in self._released.items():
            where = self._known.pool_reference(pool) or "the main site"
            self._diff.change(
                MEMBERS,
                released.line,
                f"seats given back in {where}: {len(released.members)}",
                self._releasing(service, pool, released.members),
            )
        for (service, site), granted in self._granted.items():
            granted.sort(key=lambda entry: (entry[0].order, entry[0].line))
            self._diff.added["seats"] += len(granted)
            members = [member for _, member in granted]
            first = min(row.line for row, _ in granted)
            self._diff.change(MEMBERS, first, "", self._granting(service, site, members))
        if self._new or self._different:
            rows = [row for _, row in self._new] + [each.row for each in self._different]
            self._diff.change(MEMBERS, min(row.line for row in rows), "", self._follow_rules)
        self._diff.leave("seats that stand since another instant", self._other_instants)

    def _told(self, different: _Different) -> str:
        said = ", ".join(f"{name} {value or 'empty'}" for name, value in different.values.items())
        return f"{different.member.user} → {said}"

    def _make(self) -> None:
        self._put([(member, row) for member, row in self._new])
        for member, _ in self._new:
            member.added_at = self._setting.now
        Member.objects.bulk_create(member for member, _ in self._new)
        self._join(self._new)

    def _save(self) -> None:
        self._put([(different.member, different.row) for different in self._different])
        Member.objects.bulk_update(
            [different.member for different in self._different],
            ["reference", "user", "name", "source_id", "pool_id"],
            batch_size=200,
        )
        self._join([(different.member, different.row) for different in self._different])

    def _join(self, members: Sequence[tuple[Member, MemberRow]]) -> None:
        """Put members into the groups that the rows name, and out of the others."""
        wanted = {
            member.id: groups.named(row.group) for member, row in members if row.group is not None
        }
        groups.put(self._known.company, wanted, at=self._setting.now)

    def _put(self, members: Sequence[tuple[Member, MemberRow]]) -> None:
        """Put what the rows say into the members; a column that is not there says nothing."""
        company = self._known.company
        sources = named_sources(company, [row.source for _, row in members])
        for member, row in members:
            values: dict[str, Any] = {"user": row.user}
            if row.reference:
                values["reference"] = row.reference
            if row.name is not None:
                values["name"] = row.name
            if row.source is not None:
                values["source_id"] = sources.get(row.source)
            if row.site is not None:
                values["pool_id"] = self._pools.find(row.site) if row.site else None
            for name, value in values.items():
                setattr(member, name, value)

    def _follow_rules(self) -> None:
        """See whom the rules want now, after whom the files name."""
        with writing(self._id, self._setting.clock, self._setting.who) as ledger:
            members = [member.id for member, _ in self._new]
            members += [different.member.id for different in self._different]
            settling.refresh(ledger, members)

    def _unwanting(self, service: str, members: list[UUID]) -> Callable[[], None]:
        def do() -> None:
            protection.unwant(
                self._id, service, members, clock=self._setting.clock, who=self._setting.who
            )

        return do

    def _releasing(self, service: str, pool: UUID, members: list[UUID]) -> Callable[[], None]:
        def do() -> None:
            for start in range(0, len(members), AT_ONCE):
                seats.unprotect(
                    self._id,
                    service,
                    pool,
                    members[start : start + AT_ONCE],
                    clock=self._setting.clock,
                    who=self._setting.who,
                )

        return do

    def _granting(self, service: str, site: str, members: list[UUID]) -> Callable[[], None]:
        def do() -> None:
            pool = self._pools.find(site)
            for start in range(0, len(members), AT_ONCE):
                try:
                    seats.protect(
                        self._id,
                        service,
                        pool,
                        members[start : start + AT_ONCE],
                        clock=self._setting.clock,
                        who=self._setting.who,
                    )
                except seats.SeatsNotGranted as error:
                    if error.reason != "no_free_units":
                        raise
                    raise self._too_many(service, site, pool, len(members) - start) from error

        return do

    def _too_many(self, service: str, site: str, pool: UUID, wanted: int) -> Refused:
        instance = Instance.objects.get(
            company_id=self._id, service_id=service, state__isnull=False
        )
        life = states.evaluate(instance, self._setting.now + 1)
        units, taken = life.capacity.units[str(pool)], life.pools[str(pool)].seats
        where = f"the site {site}" if site else "the main site"
        return Refused(
            f"{where} of {self._files.reference} has {counted(units, 'unit')} and "
            f"{counted(taken, 'seat')}, and {counted(wanted, 'seat', 'more ')} would be granted; "
            f"give it {counted(taken + wanted - units, 'unit', 'more ')}, or take "
            f"{counted(taken + wanted - units, 'mark')} away",
            code="no_free_units",
        )
