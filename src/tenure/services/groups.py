"""Groups of members: those of a directory, and those that people make.

Whoever changes who is in a group sees at the end of the transaction whom the rules want now
(``settling.refresh``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F

from tenure.clock import Clock
from tenure.services import audit, settling
from tenure.services.companies import see_open
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger, writing
from tenure.store.ids import new_id
from tenure.store.models import (
    Company,
    Exclusion,
    Group,
    GroupIdentity,
    GroupMember,
    Identity,
    Member,
    Rule,
)

SEPARATOR = ";"
"""Between the groups of a member in a cell of a file."""

AT_ONCE = 5000
"""So many rows are written in one statement."""


def named(cell: str) -> set[str]:
    """Give the groups that a cell of a file names."""
    return {name for part in cell.split(SEPARATOR) if (name := part.strip())}


def joined(names: Collection[str]) -> str:
    """Write the names of groups into a cell of a file."""
    return f"{SEPARATOR} ".join(sorted(names))


def put(company: Company, wanted: Mapping[UUID, Collection[str]], *, at: int) -> None:
    """Put members into exactly these groups, among those that belong to no directory.

    Groups that are missing are made. Within a transaction that holds the company's lock.
    """
    own = Group.objects.filter(company=company, source_id__isnull=True)
    ids = dict(own.values_list("name", "id"))
    missing = sorted({name for names in wanted.values() for name in names} - set(ids))
    made = [
        Group(company=company, id=new_id(), name=name, added_at=at, changed_at=at)
        for name in missing
    ]
    Group.objects.bulk_create(made)
    ids |= {row.name: row.id for row in made}
    present: dict[UUID, set[UUID]] = {}
    rows = GroupMember.objects.filter(company=company, group_id__in=ids.values())
    if len(wanted) <= AT_ONCE:
        rows = rows.filter(member_id__in=list(wanted))
    for member, group in rows.values_list("member_id", "group_id"):
        present.setdefault(member, set()).add(group)
    added, removed = [], []
    for member, names in wanted.items():
        right = {ids[name] for name in names}
        is_in = present.get(member, set())
        added += [(group, member) for group in sorted(right - is_in)]
        removed += [(group, member) for group in sorted(is_in - right)]
    _add(company, added, at=at)
    _remove(company, removed)


def _add(company: Company, pairs: Collection[tuple[UUID, UUID]], *, at: int) -> None:
    GroupMember.objects.bulk_create(
        [
            GroupMember(company=company, group_id=group, member_id=member, added_at=at)
            for group, member in pairs
        ],
        batch_size=AT_ONCE,
    )


def _remove(company: Company, pairs: Collection[tuple[UUID, UUID]]) -> None:
    by_group: dict[UUID, list[UUID]] = {}
    for group, member in pairs:
        by_group.setdefault(group, []).append(member)
    for group, members in by_group.items():
        rows = GroupMember.objects.filter(company=company, group_id=group)
        for start in range(0, len(members), AT_ONCE):
            rows.filter(member_id__in=members[start : start + AT_ONCE]).delete()


# By people and by directories


def add(company_id: UUID, name: str, *, clock: Clock, who: str) -> Group:
    """Make a group that belongs to no directory."""
    with writing(company_id, clock, who) as ledger:
        return append_added(ledger, name)


def append_added(
    ledger: Ledger,
    name: str,
    *,
    source: UUID | None = None,
    external_id: str = "",
    data: Mapping[str, Any] | None = None,
) -> Group:
    """Make a group within a transaction. Raises ``Refused`` where its name is taken."""
    _check_name(ledger, name, source)
    group = Group.objects.create(
        company=ledger.company,
        source_id=source,
        external_id=external_id,
        name=name.strip(),
        data=dict(data or {}),
        added_at=ledger.at,
        changed_at=ledger.at,
    )
    audit.record(
        "group.added",
        company=ledger.company,
        object=f"group:{group.id}",
        personal={"name": group.name},
    )
    return group


def _check_name(
    ledger: Ledger, name: str, source: UUID | None, *, leave: UUID | None = None
) -> None:
    if not name.strip():
        raise Refused("a group needs a name", code="name_missing")
    same = Group.objects.filter(company=ledger.company, source_id=source, name=name.strip())
    if same.exclude(id=leave).exists() if leave else same.exists():
        raise Refused(f"there is a group {name.strip()} already", code="group_exists")


def find(company: Company, group_id: UUID) -> Group:
    """Find a group. Raises ``NotFound``."""
    group = Group.objects.filter(company=company, id=group_id).first()
    if group is None:
        raise NotFound("there is no such group")
    return group


def append_renamed(
    ledger: Ledger,
    group: Group,
    name: str,
    *,
    external_id: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Rename a group within a transaction. Raises ``Refused`` where the name is taken.

    ``data``: what else its directory says of it; None for what it said before.
    """
    name, data = name.strip(), group.data if data is None else dict(data)
    if (group.name, group.external_id, group.data) == (name, external_id, data):
        return
    _check_name(ledger, name, group.source_id, leave=group.id)
    old, group.name, group.external_id = group.name, name, external_id
    group.data = data
    _touch(ledger, group)
    audit.record(
        "group.renamed",
        company=ledger.company,
        object=f"group:{group.id}",
        personal={"old_name": old, "name": name},
    )


def append_members(
    ledger: Ledger,
    group: Group,
    *,
    add: Collection[UUID] = (),
    remove: Collection[UUID] = (),
    is_part: bool = False,
) -> None:
    """Put members into a group, take others out, and see whom the rules want now.

    ``is_part``: these are a part of an act that is recorded as a whole. Raises ``NotFound`` for a
    member that there is not. Who is in already stays in.
    """
    wanted, gone = list(dict.fromkeys(add)), list(dict.fromkeys(remove))
    known: set[UUID] = set()
    present: set[UUID] = set()
    rows = GroupMember.objects.filter(company=ledger.company, group_id=group.id)
    both = [*wanted, *gone]
    for start in range(0, len(both), AT_ONCE):
        part = both[start : start + AT_ONCE]
        members = Member.objects.filter(company=ledger.company, id__in=part)
        known.update(members.values_list("id", flat=True))
        present.update(rows.filter(member_id__in=part).values_list("member_id", flat=True))
    if not known.issuperset(wanted):
        raise NotFound("there is no such member in this company")
    new = [member for member in wanted if member not in present]
    old = [member for member in gone if member in present]
    if not new and not old:
        return
    _add(ledger.company, [(group.id, member) for member in new], at=ledger.at)
    _remove(ledger.company, [(group.id, member) for member in old])
    _touch(ledger, group)
    if not is_part:
        audit.record(
            "group.members",
            company=ledger.company,
            object=f"group:{group.id}",
            new={"added": len(new), "removed": len(old)},
        )
    settling.refresh(ledger, [*new, *old])


def append_identities(
    ledger: Ledger, group: Group, *, add: Collection[UUID] = (), remove: Collection[UUID] = ()
) -> None:
    """Put identities of a directory into a group of it, and take others out.

    Who has a member becomes or stops being one of the group with it; who has none yet does so as
    soon as it is said who they are. Raises ``NotFound`` for one that the directory does not know.
    """
    wanted, gone = list(dict.fromkeys(add)), list(dict.fromkeys(remove))
    rows = GroupIdentity.objects.filter(company=ledger.company, group_id=group.id)
    known: dict[UUID, UUID | None] = {}
    present: set[UUID] = set()
    both = [*wanted, *gone]
    for start in range(0, len(both), AT_ONCE):
        part = both[start : start + AT_ONCE]
        mine = Identity.objects.filter(company=ledger.company, id__in=part)
        for id_, source, member in mine.values_list("id", "source_id", "member_id"):
            if source == group.source_id:
                known[id_] = member
        present.update(rows.filter(identity_id__in=part).values_list("identity_id", flat=True))
    unknown = [str(each) for each in wanted if each not in known]
    if unknown:
        raise NotFound(f"this directory has no user {unknown[0]}")
    new = [each for each in wanted if each not in present]
    old = [each for each in gone if each in present]
    GroupIdentity.objects.bulk_create(
        [
            GroupIdentity(
                company=ledger.company, group_id=group.id, identity_id=each, added_at=ledger.at
            )
            for each in new
        ],
        batch_size=AT_ONCE,
    )
    for start in range(0, len(old), AT_ONCE):
        rows.filter(identity_id__in=old[start : start + AT_ONCE]).delete()
    before = group.version
    append_members(
        ledger,
        group,
        add=[member for each in new if (member := known[each])],
        remove=[member for each in old if (member := known.get(each))],
    )
    if (new or old) and group.version == before:
        _touch(ledger, group)


def append_entered(ledger: Ledger, identity: Identity) -> None:
    """Put an identity's member, which it has just got, into the groups that it is in.

    Whoever calls this refreshes the member.
    """
    member, ids = identity.member_id, _groups_of(ledger.company, identity)
    if member is None:
        return
    present = GroupMember.objects.filter(company=ledger.company, member_id=member)
    is_in = set(present.filter(group_id__in=ids).values_list("group_id", flat=True))
    pairs = [(group, member) for group in ids if group not in is_in]
    _add(ledger.company, pairs, at=ledger.at)


def append_withdrawn(ledger: Ledger, identity: Identity) -> None:
    """Take an identity that its directory names no longer out of all groups, with its member.

    Whoever calls this refreshes the member.
    """
    ids = _groups_of(ledger.company, identity)
    if not ids:
        return
    mine = {"company": ledger.company, "group_id__in": ids}
    GroupIdentity.objects.filter(**mine, identity_id=identity.id).delete()
    if identity.member_id is not None:
        GroupMember.objects.filter(**mine, member_id=identity.member_id).delete()
    Group.objects.filter(company=ledger.company, id__in=ids).update(
        version=F("version") + 1, changed_at=ledger.at
    )


def _groups_of(company: Company, identity: Identity) -> list[UUID]:
    rows = GroupIdentity.objects.filter(company=company, identity_id=identity.id)
    return list(rows.values_list("group_id", flat=True))


def append_home(ledger: Ledger, group: Group, pool: UUID | None) -> None:
    """Say from which pool a group's members draw, who have no home of their own."""
    see_open(ledger.company, [] if pool is None else [pool])
    if group.pool_id == pool:
        return
    old, group.pool_id = group.pool_id, pool
    _touch(ledger, group)
    audit.record(
        "group.home",
        company=ledger.company,
        object=f"group:{group.id}",
        old={"pool": None if old is None else str(old)},
        new={"pool": None if pool is None else str(pool)},
    )
    settling.refresh(ledger, members_of(ledger.company, group.id))


def append_removed(ledger: Ledger, group: Group) -> None:
    """Remove a group with its rules and exclusions; its members stay members."""
    members = members_of(ledger.company, group.id)
    for rows in (GroupMember, GroupIdentity):
        rows._default_manager.filter(company=ledger.company, group_id=group.id).delete()
    for model in (Rule, Exclusion):
        model._default_manager.filter(
            company=ledger.company, kind="group", target_id=group.id
        ).delete()
    Group.objects.filter(company=ledger.company, id=group.id).delete()
    audit.record(
        "group.removed",
        company=ledger.company,
        object=f"group:{group.id}",
        old={"members": len(members)},
        personal={"name": group.name},
    )
    settling.refresh(ledger, members)


def members_of(company: Company, group: UUID) -> list[UUID]:
    """Give the members of a group."""
    rows = GroupMember.objects.filter(company=company, group_id=group)
    return list(rows.values_list("member_id", flat=True))


def _touch(ledger: Ledger, group: Group) -> None:
    group.version += 1
    group.changed_at = ledger.at
    # With a composite key, saving would write every column.
    Group.objects.filter(company=ledger.company, id=group.id).update(
        name=group.name,
        external_id=group.external_id,
        data=group.data,
        pool_id=group.pool_id,
        version=group.version,
        changed_at=group.changed_at,
    )
