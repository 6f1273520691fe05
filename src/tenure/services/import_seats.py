"""When the seats of members who are imported as protected were granted. Never beyond units.

Standard library only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tenure.services.import_rows import MEMBERS, CompanyFiles, MemberRow, Problems
from tenure.services.import_terms import RunningLicence, counted


class PoolSeats:
    """The seats of one pool, and the instants at which they are granted."""

    def __init__(
        self,
        company: CompanyFiles,
        pool: str,
        licences: Sequence[RunningLicence],
        members: Sequence[MemberRow],
    ) -> None:
        self._pool = pool
        self._where = f"the site {pool}" if pool else "the main site"
        self._company = company.reference
        self._licences = [x for x in licences if any(size.share(pool) for size in x.sizes)]
        self._dated: dict[int, list[MemberRow]] = defaultdict(list)
        self._undated: list[MemberRow] = []
        for member in members:
            if isinstance(member.protected, int):
                self._dated[member.protected].append(member)
            else:
                self._undated.append(member)

    def place(self, problems: Problems, now: int | None) -> dict[int, list[MemberRow]]:
        """Give the members by the instant of their seats; nothing where they do not fit."""
        groups = {at: list(group) for at, group in self._dated.items()}
        if not self._fits(problems):
            return {}
        if self._undated:
            at = self._earliest(problems, now)
            if at is None:
                return {}
            groups.setdefault(at, []).extend(self._undated)
        return groups

    def _units(self, t: int, licences: Sequence[RunningLicence]) -> int:
        return sum(x.share(self._pool, t) for x in licences if x.counts(t))

    def _free(self, licences: Sequence[RunningLicence]) -> list[tuple[int, int]]:
        """Give how many seats were still free after each instant at which seats were granted."""
        seats, free = 0, []
        for at in sorted(self._dated):
            seats += len(self._dated[at])
            free.append((at, self._units(at, licences) - seats))
        return free

    def _fits(self, problems: Problems) -> bool:
        for at, free in self._free(self._licences):
            if free < 0:
                group = self._dated[at]
                seats = sum(len(x) for t, x in self._dated.items() if t <= at)
                units = self._units(at, self._licences)
                late = sorted(group, key=lambda member: (member.order, member.line))
                first = late[max(len(late) + free, 0)]
                problems.add(
                    MEMBERS,
                    first.line,
                    f"{self._where} of {self._company} had {counted(units, 'unit')} at that "
                    f"instant, and {counted(seats, 'member')} would be protected by then; take "
                    f"{counted(-free, 'mark')} away, or give it units earlier",
                )
                return False
        return True

    def _earliest(self, problems: Problems, now: int | None) -> int | None:
        """Give the earliest instant at which all undated seats fit, and all dated ones with them.

        What people have taken away since is left out: their taking away holds no seat.
        """
        licences = [x for x in self._licences if not x.by_people]
        free = self._free(self._licences)
        most = 0
        for at in sorted({max(x.counts_from, size.since) for x in licences for size in x.sizes}):
            if now is not None and at > now:
                break
            seated = sum(len(group) for t, group in self._dated.items() if t <= at)
            fits = min([self._units(at, licences) - seated, *(left for t, left in free if t >= at)])
            if fits >= len(self._undated):
                return at
            most = max(most, fits)
        wanted = len(self._undated)
        late = sorted(self._undated, key=lambda member: (member.order, member.line))
        problems.add(
            MEMBERS,
            late[most].line,
            f"{self._where} of {self._company} has units for {counted(most, 'seat', 'more ')}, "
            f"and {counted(wanted, 'member')} would be protected; take "
            f"{counted(wanted - most, 'mark')} away, or give it "
            f"{counted(wanted - most, 'unit', 'more ')}",
        )
        return None
