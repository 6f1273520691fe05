"""Who is who: how what a directory says of somebody becomes one member over all sources.

A member has one ``user`` and may have aliases; no name belongs to two members of a company.
Names are compared without blanks around them, in lower case, in Unicode's composed form. A check
may ask by any of them.

What a directory says is kept as an *identity*. It belongs to a member by the first of these
rules that holds:

1. The directory knew it before, by its own id: it stays with its member.
2. Its user name or an address is a name of exactly one member, whom this directory does not know
   yet: it is that member.
3. Nobody has any of its names: it is a new member.

What is not clear is not guessed. Where its names belong to two members, or to one whom this
directory knows under another id, the identity stands without a member, with its clash, until
somebody says who it is. Where a member is clear and one of the names is another's, the member
goes without that name, and the clash says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tenure.services import audit, groups, presence, settling
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import Ledger
from tenure.store.models import Alias, Company, Identity, IdentityMail, Member, Source

LONGEST = 254
"""Characters in a name by which checks ask."""


def key(name: str) -> str:
    """Give a name as it is compared."""
    return unicodedata.normalize("NFC", name.strip().lower())


def holders(company: Company, names: Iterable[str]) -> set[UUID]:
    """Give the members who have any of these names, which are keys."""
    keys = list(names)
    users = Member.objects.filter(company=company, user__in=keys).values_list("id", flat=True)
    aliases = Alias.objects.filter(company=company, value__in=keys)
    return {*users, *aliases.values_list("member_id", flat=True)}


@dataclass(frozen=True, slots=True)
class Said:
    """What a directory says of somebody."""

    user_name: str
    external_id: str = ""
    name: str = ""
    is_active: bool = True
    addresses: Sequence[str] = ()
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The keys by which checks may ask, the user name first, each once."""
        found = dict.fromkeys(key(each) for each in (self.user_name, *self.addresses))
        return [each for each in found if each and len(each) <= LONGEST]

    def tidied(self) -> Said:
        """Give the same as it is kept."""
        addresses = tuple(key(address) for address in self.addresses)
        return replace(self, user_name=self.user_name.strip(), addresses=addresses)


def append_added(ledger: Ledger, source: Source, said: Said) -> Identity:
    """Take in somebody whom a directory has not named before.

    Raises ``Refused``: ``user_name_taken`` or ``external_id_taken`` within the directory.
    """
    _check_once(ledger.company, source.id, said)
    identity = Identity(
        company=ledger.company,
        source_id=source.id,
        added_at=ledger.at,
        changed_at=ledger.at,
    )
    _put(identity, said)
    member, is_new = _match(ledger, identity, said), False
    if member is None and not identity.clash:
        member = _new_member(ledger, source.id, said)
        is_new = True
    identity.member_id = None if member is None else member.id
    identity.save(force_insert=True)
    if member is None:
        return identity
    if is_new:  # nobody else has any of the names
        _alias(ledger, member, said.names[1:])
    else:
        _follow(ledger, identity, member, said, old_user=None)
    settling.refresh(ledger, [member.id])
    return identity


def append_changed(ledger: Ledger, identity: Identity, said: Said) -> bool:
    """Take in what a directory says now of somebody it named before; give whether it differs.

    Raises ``Refused`` as ``append_added`` does.
    """
    if _says(identity) == said.tidied():
        return False
    _check_once(ledger.company, identity.source_id, said, leave=identity.id)
    old_user = identity.user_key
    _put(identity, said)
    identity.version += 1
    identity.changed_at = ledger.at
    member = _member(ledger.company, identity.member_id)
    if member is None:
        identity.clash, identity.clash_with = "", []
        member = _match(ledger, identity, said)
        if member is None and not identity.clash:
            member = _new_member(ledger, identity.source_id, said)
        if member is not None:
            identity.member_id = member.id
            groups.append_entered(ledger, identity)
    _save(identity)
    if member is not None:
        _follow(ledger, identity, member, said, old_user=old_user)
        settling.refresh(ledger, [member.id])
    return True


def append_removed(ledger: Ledger, identity: Identity) -> None:
    """Forget somebody whom a directory names no longer.

    A member whom nothing else brought goes with it; one of another source, or made by hand,
    stays.
    """
    member = _member(ledger.company, identity.member_id)
    groups.append_withdrawn(ledger, identity)
    IdentityMail.objects.filter(company=ledger.company, identity_id=identity.id).delete()
    Identity.objects.filter(company=ledger.company, id=identity.id).delete()
    if member is None:
        return
    others = Identity.objects.filter(company=ledger.company, member_id=member.id)
    if others.exists() or member.source_id != identity.source_id:
        _leave_or_return(ledger, member)
        _name(ledger, member, others)
        settling.refresh(ledger, [member.id])
        return
    presence.append_removed(ledger, [member.id])


def append_resolved(ledger: Ledger, identity_id: UUID, member_id: UUID | None) -> None:
    """Say who an identity is, whose names were not clear: a member, or None for a new one.

    Raises ``NotFound``, and ``Refused`` (``known_already``, ``no_free_name``).
    """
    identity = Identity.objects.filter(company=ledger.company, id=identity_id).first()
    if identity is None:
        raise NotFound("there is no such identity")
    said = _says(identity)
    if member_id is None:
        taken = holders(ledger.company, [said.names[0]])
        if taken:
            raise Refused(f"{said.names[0]} is the name of a member", code="no_free_name")
        member = _new_member(ledger, identity.source_id, said)
    else:
        found = _member(ledger.company, member_id)
        if found is None:
            raise NotFound("there is no such member in this company")
        member = found
        others = Identity.objects.filter(
            company=ledger.company, source_id=identity.source_id, member_id=member.id
        )
        if others.exclude(id=identity.id).exists():
            raise Refused("this directory knows the member already", code="known_already")
    identity.member_id, identity.clash, identity.clash_with = member.id, "", []
    _save(identity)
    audit.record(
        "identity.resolved",
        company=ledger.company,
        object=f"member:{member.id}",
        new={"identity": str(identity.id)},
    )
    groups.append_entered(ledger, identity)
    _follow(ledger, identity, member, said, old_user=None)
    settling.refresh(ledger, [member.id])


# Within a transaction


def _new_member(ledger: Ledger, source: UUID, said: Said) -> Member:
    member = Member.objects.create(
        company=ledger.company,
        user=said.names[0],
        name=said.name[:200],
        source_id=source,
        added_at=ledger.at,
        left_at=None if said.is_active else ledger.at,
    )
    audit.record(
        "member.added",
        company=ledger.company,
        object=f"member:{member.id}",
        new={"source": str(source)},
        personal={"member": member.user},
    )
    return member


def _match(ledger: Ledger, identity: Identity, said: Said) -> Member | None:
    """Find whom an identity is; note a clash where that is not clear."""
    found = holders(ledger.company, said.names)
    if not found:
        return None
    if len(found) > 1:
        identity.clash = Identity.Clash.TWO_MEMBERS
        identity.clash_with = sorted(str(member) for member in found)
        return None
    (member,) = found
    known = Identity.objects.filter(
        company=ledger.company, source_id=identity.source_id, member_id=member
    )
    if known.exclude(id=identity.id).exists():
        identity.clash = Identity.Clash.KNOWN_ALREADY
        identity.clash_with = [str(member)]
        return None
    return _member(ledger.company, member)


def _follow(
    ledger: Ledger, identity: Identity, member: Member, said: Said, *, old_user: str | None
) -> None:
    """Let a member follow what a directory says: names, and whether they are there."""
    changed: dict[str, Any] = {}
    if member.source_id == identity.source_id:
        if said.name and said.name[:200] != member.name:
            changed["name"] = said.name[:200]
        new = said.names[0]
        # The name by which checks ask follows the directory that gave it.
        is_given = old_user == member.user and new != member.user
        if is_given and not holders(ledger.company, [new]) - {member.id}:
            changed["user"] = new
    if changed:
        old = {name: getattr(member, name) for name in changed}
        Member.objects.filter(company=ledger.company, id=member.id).update(**changed)
        for name, value in changed.items():
            setattr(member, name, value)
        audit.record(
            "member.renamed",
            company=ledger.company,
            object=f"member:{member.id}",
            personal={"old": old, "new": changed},
        )
    mine = Identity.objects.filter(company=ledger.company, member_id=member.id)
    taken = _name(ledger, member, mine)
    other = sorted({str(who) for name, who in taken.items() if name in said.names})
    clash = Identity.Clash.NAME_TAKEN if other else ""
    if (identity.clash, identity.clash_with) != (clash, other):
        identity.clash, identity.clash_with = clash, other
        _save(identity)
    _leave_or_return(ledger, member)


def _name(ledger: Ledger, member: Member, identities: Any) -> dict[str, UUID]:
    """Give a member the names of its identities as aliases; give those that are another's."""
    wanted: dict[str, None] = {}
    for user_name, addresses in identities.values_list("user_name", "addresses"):
        wanted |= dict.fromkeys(Said(user_name, addresses=addresses).names)
    wanted.pop(member.user, None)
    present = set(
        Alias.objects.filter(company=ledger.company, member_id=member.id).values_list(
            "value", flat=True
        )
    )
    new = [name for name in wanted if name not in present]
    taken: dict[str, UUID] = {}
    if new:
        users = Member.objects.filter(company=ledger.company, user__in=new)
        taken |= dict(users.values_list("user", "id"))
        aliases = Alias.objects.filter(company=ledger.company, value__in=new)
        taken |= dict(aliases.values_list("value", "member_id"))
        _alias(ledger, member, [name for name in new if name not in taken])
    gone = present - set(wanted)
    if gone:
        Alias.objects.filter(company=ledger.company, member_id=member.id, value__in=gone).delete()
    return taken


def _alias(ledger: Ledger, member: Member, names: Iterable[str]) -> None:
    Alias.objects.bulk_create(
        [Alias(company=ledger.company, value=name, member_id=member.id) for name in names]
    )


def _leave_or_return(ledger: Ledger, member: Member) -> None:
    """A member of directories is there while one of these says so."""
    known = Identity.objects.filter(company=ledger.company, member_id=member.id)
    states = list(known.values_list("is_active", flat=True))
    if not states:
        return
    if any(states) and member.left_at is not None:
        presence.append_back(ledger, [member.id])
    elif not any(states) and member.left_at is None:
        presence.append_left(ledger, [member.id])


def _check_once(company: Company, source: UUID, said: Said, *, leave: UUID | None = None) -> None:
    if not said.names or not key(said.user_name):
        raise Refused("a user needs a user name", code="user_name_missing")
    if len(key(said.user_name)) > LONGEST:
        raise Refused(f"a user name has at most {LONGEST} characters", code="user_name_too_long")
    known = Identity.objects.filter(company=company, source_id=source)
    if leave is not None:
        known = known.exclude(id=leave)
    if known.filter(user_key=key(said.user_name)).exists():
        raise Refused(f"this directory has a user {said.user_name}", code="user_name_taken")
    if said.external_id and known.filter(external_id=said.external_id).exists():
        raise Refused("this directory has a user with this externalId", code="external_id_taken")


def _put(identity: Identity, said: Said) -> None:
    said = said.tidied()
    identity.user_name, identity.user_key = said.user_name, key(said.user_name)
    identity.external_id = said.external_id
    identity.is_active = said.is_active
    identity.addresses = list(said.addresses)
    identity.data = {**said.data, "name": said.name} if said.name else dict(said.data)


def _says(identity: Identity) -> Said:
    data = dict(identity.data)
    return Said(
        user_name=identity.user_name,
        external_id=identity.external_id,
        name=data.pop("name", ""),
        is_active=identity.is_active,
        addresses=tuple(identity.addresses),
        data=data,
    )


def _save(identity: Identity) -> None:
    # With a composite key, saving would write every column.
    Identity.objects.filter(company_id=identity.company_id, id=identity.id).update(
        **{
            name: getattr(identity, name)
            for name in (
                *("member_id", "external_id", "user_name", "user_key", "is_active"),
                *("addresses", "data", "clash", "clash_with", "version", "changed_at"),
            )
        }
    )


def _member(company: Company, member_id: UUID | None) -> Member | None:
    if member_id is None:
        return None
    return Member.objects.filter(company=company, id=member_id).first()
