"""Members from a table that people upload: first what it would change, then the change.

Nobody is removed by a table: who stands in none of its rows stays as they are. An empty cell says
nothing; a table without a column leaves what the column would say.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tenure.clock import Clock
from tenure.services import audit, groups, identities, settling
from tenure.services.errors import Refused
from tenure.services.ledger import Ledger, writing
from tenure.store.ids import new_id
from tenure.store.models import Alias, Company, Group, GroupMember, Member, Pool, Source
from tenure.words.cells import harmless

COLUMNS = ("user", "name", "group", "source", "site")
"""``user`` is needed; groups in one cell are parted by ``groups.SEPARATOR``."""

MOST = 20_000
"""So many rows are taken at once."""

SHOWN = 50
"""So many changes and problems are shown."""

Problem = Literal[
    "no_user_column",
    "unknown_column",
    "too_many_rows",
    "not_utf8",
    "other_cells",
    "no_user",
    "too_long",
    "twice",
    "no_such_site",
]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in a line of the table, from 1 with its heading; 0 for all of it."""

    line: int
    code: Problem
    about: str = ""


@dataclass(slots=True)
class Change:
    """What a row would change of a member; ``member`` is None for a new one."""

    user: str
    member: UUID | None
    name: str | None = None
    pool: UUID | None = None
    site: str = ""
    source: str = ""
    groups: frozenset[str] | None = None
    """All groups by hand in which the member is to be; None: as they are."""

    @property
    def is_new(self) -> bool:
        """Whether the member is added."""
        return self.member is None


@dataclass(slots=True)
class Plan:
    """What a table would change, and what is wrong with it."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def added(self) -> int:
        """How many members are new."""
        return sum(change.is_new for change in self.changes)

    @property
    def changed(self) -> int:
        """How many members are there already and change."""
        return len(self.changes) - self.added


def read(data: bytes) -> str:
    """Give the text of a file. Raises ``Refused`` (``not_utf8``)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("the file is not written in UTF-8", code="not_utf8") from None


def plan(company: Company, text: str) -> Plan:
    """Say what a table would change, without changing anything."""
    found = Plan()
    rows = _rows(text, found)
    if found.wrong:
        return found
    open_ = Pool.objects.filter(company=company, closed_at=None)
    pools = dict(open_.values_list("name", "id"))
    known = _known(company, [identities.key(row.get("user", "")) for _, row in rows])
    own = _groups_of(company, list(known.values()))
    people = {
        row.id: row
        for part in _parts(list(known.values()))
        for row in Member.objects.filter(company=company, id__in=part)
    }
    seen: set[str | UUID] = set()
    for line, row in rows:
        user = identities.key(row.get("user", ""))
        if not user:
            found.wrong.append(Wrong(line, "no_user"))
            continue
        if len(user) > identities.LONGEST or any(len(cell) > 200 for cell in row.values()):
            found.wrong.append(Wrong(line, "too_long", user[:40]))
            continue
        member = known.get(user)
        if (member or user) in seen:
            found.wrong.append(Wrong(line, "twice", user))
            continue
        seen.add(member or user)
        site = row.get("site", "")
        if site and site not in pools:
            found.wrong.append(Wrong(line, "no_such_site", site))
            continue
        named = groups.named(row.get("group", ""))
        change = Change(
            user=user,
            member=member,
            name=row.get("name") or None,
            pool=pools.get(site),
            site=site,
            source=row.get("source", ""),
            groups=frozenset(named) if named else None,
        )
        if member is not None:
            _leave_what_is(change, people[member], own.get(member, frozenset()))
        if member is None or change.name or change.pool or change.groups is not None:
            found.changes.append(change)
        else:
            found.same += 1
    return found


def _leave_what_is(change: Change, member: Member, own: frozenset[str]) -> None:
    """Take out of a change what is so already. Who brought a member first stays so."""
    change.source = ""
    if change.name == member.name:
        change.name = None
    if change.pool == member.pool_id:
        change.pool, change.site = None, ""
    if change.groups is not None and change.groups <= own:
        change.groups = None
    elif change.groups is not None:
        change.groups |= own


def carry_out(company_id: UUID, text: str, *, clock: Clock, who: str) -> Plan:
    """Do what a table says, all of it or nothing. Raises ``Refused`` where something is wrong."""
    with writing(company_id, clock, who) as ledger:
        found = plan(ledger.company, text)
        if found.wrong:
            raise Refused("the table has faults", code="faults")
        _append(ledger, found.changes)
        return found


def _append(ledger: Ledger, changes: Sequence[Change]) -> None:
    company = ledger.company
    sources: dict[str, UUID] = {}
    for name in sorted({change.source for change in changes if change.is_new and change.source}):
        row, _ = Source.objects.get_or_create(
            company=company, name=name, defaults={"added_at": ledger.at}
        )
        sources[name] = row.id
    made = [
        Member(
            company=company,
            id=new_id(),
            user=change.user,
            name=change.name or "",
            pool_id=change.pool,
            source_id=sources.get(change.source),
            added_at=ledger.at,
        )
        for change in changes
        if change.is_new
    ]
    Member.objects.bulk_create(made, batch_size=5000)
    ids = {row.user: row.id for row in made}
    for change in changes:
        if change.member is None:
            continue
        ids[change.user] = change.member
        values = {"name": change.name, "pool_id": change.pool}
        values = {name: value for name, value in values.items() if value is not None}
        if values:
            Member.objects.filter(company=company, id=change.member).update(**values)
    wanted = {ids[change.user]: change.groups for change in changes if change.groups is not None}
    if wanted:
        groups.put(company, wanted, at=ledger.at)
    audit.record(
        "member.file",
        company=company,
        new={"added": len(made), "changed": len(changes) - len(made)},
    )
    settling.refresh(ledger, list(ids.values()))


def _rows(text: str, found: Plan) -> list[tuple[int, dict[str, str]]]:
    sample = text.split("\n", 1)[0]
    parted = ";" if ";" in sample and "," not in sample else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=parted)
    heads = [(head or "").strip().lower() for head in reader.fieldnames or ()]
    if "user" not in heads:
        found.wrong.append(Wrong(1, "no_user_column"))
        return []
    for head in heads:
        if head not in COLUMNS:
            found.wrong.append(Wrong(1, "unknown_column", head[:40]))
    reader.fieldnames = heads
    rows: list[tuple[int, dict[str, str]]] = []
    for row in reader:
        if not any((cell or "").strip() for cell in row.values() if isinstance(cell, str)):
            continue
        if None in row or None in row.values():
            found.wrong.append(Wrong(reader.line_num, "other_cells", str(len(heads))))
            continue
        cells = {name: _plain(row.get(name)) for name in COLUMNS if name in heads}
        rows.append((reader.line_num, cells))
        if len(rows) > MOST:
            found.wrong.append(Wrong(0, "too_many_rows", str(MOST)))
            return []
    return rows


def _plain(cell: str | None) -> str:
    """Give a cell as it was before a list of ours marked it as no formula."""
    text = (cell or "").strip()
    return text[1:] if text[:1] == "'" and harmless(text[1:]) == text else text


def _known(company: Company, users: Sequence[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for part in _parts(list(dict.fromkeys(users))):
        aliases = Alias.objects.filter(company=company, value__in=part)
        found |= dict(aliases.values_list("value", "member_id"))
        rows = Member.objects.filter(company=company, user__in=part)
        found |= dict(rows.values_list("user", "id"))
    return found


def _groups_of(company: Company, members: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    own = dict(
        Group.objects.filter(company=company, source_id__isnull=True).values_list("id", "name")
    )
    found: dict[UUID, set[str]] = {}
    for part in _parts(list(members)):
        rows = GroupMember.objects.filter(company=company, member_id__in=part)
        for member, group in rows.values_list("member_id", "group_id"):
            if group in own:
                found.setdefault(member, set()).add(own[group])
    return {member: frozenset(names) for member, names in found.items()}


def _parts(all_: list) -> list[list]:
    return [all_[start : start + 5000] for start in range(0, len(all_), 5000)]
