"""What an archive holds: its tables, each read in pieces in the order of its key.

No secret is in it: no key of a licence, no token, no password. Whoever adds a table says in
``words.archives`` what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from tenure.store.instants import to_datetime
from tenure.store.models import (
    Alias,
    AuditEntry,
    AuditPerson,
    Claim,
    Company,
    Exclusion,
    Fact,
    Group,
    GroupMember,
    Identity,
    Licence,
    Member,
    Notice,
    Placement,
    Pool,
    Rule,
    Seat,
    Source,
    Term,
    Transition,
)

Row = dict[str, Any]
"""A line of a table: texts, numbers, switches, lists, and instants as ISO texts in UTC."""

SECRET = ("password", "token", "secret")
"""What directories may send and nobody is given back."""


@dataclass(frozen=True, slots=True)
class Of:
    """Whose data: an instance of a company."""

    company: Company
    service: str
    instance: int

    @property
    def mine(self) -> dict[str, Any]:
        """Give the condition on rows of the instance."""
        return {"company": self.company, "service": self.service, "instance": self.instance}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, the rows that it is made of, in the order of ``key``."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Of], QuerySet[Any]]
    lines: Callable[[Of, Sequence[Any]], list[Row]]
    key: tuple[str, ...] = ("id",)

    def count(self, of: Of) -> int:
        """Give how many lines there are."""
        return self.rows(of).count()

    def piece(
        self, of: Of, after: Sequence[Any] | None, limit: int
    ) -> tuple[list[Row], list[Any] | None]:
        """Give the lines after a place, and the place after them; None where they were the last.

        A place is a list of texts and numbers.
        """
        rows = self.rows(of).order_by(*self.key)
        if after is not None:
            rows = rows.filter(_beyond(self.key, after))
        found = list(rows[:limit])
        if not found:
            return [], None
        last = [_plain(getattr(found[-1], name)) for name in self.key]
        return self.lines(of, found), last if len(found) == limit else None


def _beyond(key: tuple[str, ...], after: Sequence[Any]) -> Q:
    condition = Q()
    for i, name in enumerate(key):
        same = {key[j]: after[j] for j in range(i)}
        condition |= Q(**same, **{f"{name}__gt": after[i]})
    return condition


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _at(instant: int | None) -> str:
    return "" if instant is None else to_datetime(instant).isoformat().replace("+00:00", "Z")


def _id(value: UUID | None) -> str:
    return "" if value is None else str(value)


def _plain_rows(model: type[Model]) -> Callable[[Of], QuerySet[Any]]:
    return lambda of: model._default_manager.filter(company=of.company)


def _instance_rows(model: type[Model]) -> Callable[[Of], QuerySet[Any]]:
    return lambda of: model._default_manager.filter(**of.mine)


def _names(model: type[Model], of: Of, ids: Iterable[UUID | None], name: str) -> dict[UUID, str]:
    wanted = {each for each in ids if each is not None}
    rows = model._default_manager.filter(company=of.company, id__in=wanted)
    return dict(rows.values_list("id", name))


def _members(of: Of, rows: Sequence[Member]) -> list[Row]:
    ids = [row.id for row in rows]
    others: dict[UUID, list[str]] = {}
    aliases = Alias.objects.filter(company=of.company, member_id__in=ids).order_by("value")
    for member, value in aliases.values_list("member_id", "value"):
        others.setdefault(member, []).append(value)
    sources = _names(Source, of, (row.source_id for row in rows), "name")
    pools = _names(Pool, of, (row.pool_id for row in rows), "name")
    return [
        {
            "id": str(row.id),
            "user": row.user,
            "name": row.name,
            "other_names": others.get(row.id, []),
            "reference": row.reference,
            "source": "" if row.source_id is None else sources.get(row.source_id, ""),
            "home_site": "" if row.pool_id is None else pools.get(row.pool_id, ""),
            "added_at": _at(row.added_at),
            "left_at": _at(row.left_at),
            "last_seen_at": _at(row.seen_at),
        }
        for row in rows
    ]


def without_secrets(data: Any) -> Any:
    """Give what a directory said without what signs anybody in."""
    if isinstance(data, dict):
        return {
            name: without_secrets(value)
            for name, value in data.items()
            if not any(word in str(name).lower() for word in SECRET)
        }
    return [without_secrets(each) for each in data] if isinstance(data, list) else data


def _identities(of: Of, rows: Sequence[Identity]) -> list[Row]:
    sources = _names(Source, of, (row.source_id for row in rows), "name")
    return [
        {
            "id": str(row.id),
            "member": _id(row.member_id),
            "source": sources.get(row.source_id, ""),
            "external_id": row.external_id,
            "user_name": row.user_name,
            "is_active": row.is_active,
            "addresses": list(row.addresses),
            "data": without_secrets(row.data),
            "clash": row.clash,
            "clash_with": list(row.clash_with),
            "added_at": _at(row.added_at),
            "changed_at": _at(row.changed_at),
        }
        for row in rows
    ]


def _sources(of: Of, rows: Sequence[Source]) -> list[Row]:
    pools = _names(Pool, of, (row.pool_id for row in rows), "name")
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "name": row.name,
            "home_site": "" if row.pool_id is None else pools.get(row.pool_id, ""),
            "added_at": _at(row.added_at),
        }
        for row in rows
    ]


def _groups(of: Of, rows: Sequence[Group]) -> list[Row]:
    sources = _names(Source, of, (row.source_id for row in rows), "name")
    pools = _names(Pool, of, (row.pool_id for row in rows), "name")
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "source": "" if row.source_id is None else sources.get(row.source_id, ""),
            "external_id": row.external_id,
            "home_site": "" if row.pool_id is None else pools.get(row.pool_id, ""),
            "added_at": _at(row.added_at),
        }
        for row in rows
    ]


def _memberships(of: Of, rows: Sequence[GroupMember]) -> list[Row]:
    groups = _names(Group, of, (row.group_id for row in rows), "name")
    users = _names(Member, of, (row.member_id for row in rows), "user")
    return [
        {
            "group": str(row.group_id),
            "group_name": groups.get(row.group_id, ""),
            "member": str(row.member_id),
            "user": users.get(row.member_id, ""),
            "added_at": _at(row.added_at),
        }
        for row in rows
    ]


def _targets(of: Of, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = list(ids)
    found: dict[UUID, str] = {}
    for model, name in ((Group, "name"), (Source, "name"), (Pool, "name"), (Member, "user")):
        found |= _names(model, of, wanted, name)
    return found


def _rules(of: Of, rows: Sequence[Rule]) -> list[Row]:
    names = _targets(of, (row.target_id for row in rows))
    return [
        {
            "id": str(row.id),
            "place": row.place,
            "protects": row.kind,
            "target": _id(row.target_id),
            "target_name": "" if row.target_id is None else names.get(row.target_id, ""),
            "added_at": _at(row.added_at),
        }
        for row in rows
    ]


def _exclusions(of: Of, rows: Sequence[Exclusion]) -> list[Row]:
    names = _targets(of, (row.target_id for row in rows))
    return [
        {
            "id": str(row.id),
            "excludes": row.kind,
            "target": str(row.target_id),
            "target_name": names.get(row.target_id, ""),
            "added_at": _at(row.added_at),
        }
        for row in rows
    ]


def _waiting(of: Of, rows: Sequence[Claim]) -> list[Row]:
    users = _names(Member, of, (row.member_id for row in rows), "user")
    pools = _names(Pool, of, (row.pool_id for row in rows), "name")
    return [
        {
            "member": str(row.member_id),
            "user": users.get(row.member_id, ""),
            "site": pools.get(row.pool_id, ""),
            "rule": _id(row.rule_id),
            "since_at": _at(row.since_at),
        }
        for row in rows
    ]


def _seats(of: Of, rows: Sequence[Seat]) -> list[Row]:
    users = _names(Member, of, (row.member_id for row in rows), "user")
    pools = _names(Pool, of, (row.pool_id for row in rows), "name")
    closed = {row.closed_seq for row in rows if row.closed_seq is not None}
    facts = Fact.objects.filter(company=of.company, seq__in=closed)
    ends = dict(facts.values_list("seq", "at"))
    return [
        {
            "id": str(row.id),
            "member": str(row.member_id),
            "user": users.get(row.member_id, ""),
            "site": pools.get(row.pool_id, ""),
            "protected_at": _at(row.protected_at),
            "ended_at": "" if row.closed_seq is None else _at(ends.get(row.closed_seq)),
            "rule": _id(row.rule_id),
            "given_up_at": _at(row.given_up_at),
        }
        for row in rows
    ]


def _licences(of: Of, rows: Sequence[Licence]) -> list[Row]:
    ids = [row.id for row in rows]
    open_ = {"company": of.company, "licence_id__in": ids, "closed_seq__isnull": True}
    pools = dict(Pool.objects.filter(company=of.company).values_list("id", "name"))
    placed: dict[UUID, dict[str, int]] = {}
    for licence, pool, units in Placement.objects.filter(**open_).values_list(
        "licence_id", "pool_id", "units"
    ):
        placed.setdefault(licence, {})[pools.get(pool, str(pool))] = units
    terms: dict[UUID, list[list[str]]] = {}
    for term in Term.objects.filter(**open_).order_by("starts_at"):
        terms.setdefault(term.licence_id, []).append([_at(term.starts_at), _at(term.ends_at)])
    return [
        {
            "id": str(row.id),
            "reference": row.reference,
            "label": row.label,
            "product": row.product_id,
            "kind": row.kind,
            "units": row.units,
            "starts_at": _at(row.starts_at),
            "ends_at": _at(row.ends_at),
            "terms": terms.get(row.id, []),
            "placements": placed.get(row.id, {}),
            "added_at": _at(row.added_at),
            "suspended_at": _at(row.suspended_at),
            "removed_at": _at(row.removed_at),
            "cancelled_at": _at(row.cancelled_at),
        }
        for row in rows
    ]


def _sites(of: Of, rows: Sequence[Pool]) -> list[Row]:
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "reference": row.reference,
            "is_company": row.position == 0,
        }
        for row in rows
    ]


def _notices(of: Of, rows: Sequence[Notice]) -> list[Row]:
    return [
        {
            "reference": row.reference,
            "kind": row.kind,
            "site": row.subject,
            "state": row.state,
            "issued_at": _at(row.at),
            "served_at": _at(row.served_at),
            "served_by": row.served_by,
            "deadline_at": _at(row.deadline_at),
        }
        for row in rows
    ]


def _phases(of: Of, rows: Sequence[Transition]) -> list[Row]:
    return [
        {
            "from_phase": row.from_phase,
            "to_phase": row.to_phase,
            "effective_at": _at(row.effective_at),
            "recorded_at": _at(row.at),
        }
        for row in rows
    ]


def _history(of: Of, rows: Sequence[Fact]) -> list[Row]:
    return [
        {"seq": row.seq, "at": _at(row.at), "who": row.who, "kind": row.kind, "data": row.data}
        for row in rows
    ]


def _audit(of: Of, rows: Sequence[AuditEntry]) -> list[Row]:
    people = dict(
        AuditPerson.objects.filter(entry_id__in=[row.id for row in rows]).values_list(
            "entry_id", "content"
        )
    )
    found = []
    for row in rows:
        # From where somebody called is not the company's to keep.
        said = {k: v for k, v in people.get(row.id, {}).items() if k not in ("ip", "account")}
        found.append(
            {
                "seq": row.seq,
                "at": _at(row.at),
                "action": row.action,
                "object": row.object,
                "result": row.result,
                "by": said.pop("address", ""),
                "old": row.data.get("old", {}),
                "new": row.data.get("new", {}),
                "more": said,
            }
        )
    return found


def _audit_rows(of: Of) -> QuerySet[Any]:
    return AuditEntry.objects.filter(chain=str(of.company.id))


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TABLES = (
    Table(
        "members",
        _columns(
            "id user name other_names reference source home_site added_at left_at last_seen_at"
        ),
        _plain_rows(Member),
        _members,
    ),
    Table(
        "identities",
        _columns(
            "id member source external_id user_name is_active addresses data clash clash_with "
            "added_at changed_at"
        ),
        _plain_rows(Identity),
        _identities,
    ),
    Table("sources", _columns("id kind name home_site added_at"), _plain_rows(Source), _sources),
    Table(
        "groups",
        _columns("id name source external_id home_site added_at"),
        _plain_rows(Group),
        _groups,
    ),
    Table(
        "memberships",
        _columns("group group_name member user added_at"),
        _plain_rows(GroupMember),
        _memberships,
        ("group_id", "member_id"),
    ),
    Table(
        "rules",
        _columns("id place protects target target_name added_at"),
        _instance_rows(Rule),
        _rules,
    ),
    Table(
        "exclusions",
        _columns("id excludes target target_name added_at"),
        _instance_rows(Exclusion),
        _exclusions,
    ),
    Table(
        "waiting",
        _columns("member user site rule since_at"),
        _instance_rows(Claim),
        _waiting,
        ("member_id",),
    ),
    Table(
        "seats",
        _columns("id member user site protected_at ended_at rule given_up_at"),
        _instance_rows(Seat),
        _seats,
    ),
    Table(
        "licences",
        _columns(
            "id reference label product kind units starts_at ends_at terms placements added_at "
            "suspended_at removed_at cancelled_at"
        ),
        _plain_rows(Licence),
        _licences,
    ),
    Table("sites", _columns("id name reference is_company"), _plain_rows(Pool), _sites),
    Table(
        "notices",
        _columns("reference kind site state issued_at served_at served_by deadline_at"),
        _instance_rows(Notice),
        _notices,
        ("token",),
    ),
    Table(
        "phases",
        _columns("from_phase to_phase effective_at recorded_at"),
        _instance_rows(Transition),
        _phases,
        ("stay",),
    ),
    Table("history", _columns("seq at who kind data"), _plain_rows(Fact), _history, ("seq",)),
    Table(
        "audit",
        _columns("seq at action object result by old new more"),
        _audit_rows,
        _audit,
        ("seq",),
    ),
)
"""Every table, in the order in which they are written."""
