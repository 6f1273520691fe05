"""What the people and things are called that entries of the audit name by their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenure.services.answers import NamedLicence
from tenure.services.audit_entries import people_of
from tenure.store.models import (
    Account,
    AuditEntry,
    Company,
    Invitation,
    Licence,
    Person,
    Pool,
)


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, as they are today; what is gone has none.

    ``people`` has name and address; ``invitations`` the addresses that were invited.
    """

    people: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    companies: Mapping[str, str] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)
    pools: Mapping[str, str] = field(default_factory=dict)
    invitations: Mapping[str, str] = field(default_factory=dict)


def names(entries: Iterable[AuditEntry], *, hidden: Collection[UUID] = ()) -> Names:
    """Read what entries need to be told; six queries for any number of them.

    ``hidden``: companies whose names the reader does not get, where others' rights name them.
    """
    ids: set[UUID] = set()
    for entry in entries:
        content = people_of(entry) or {}
        _, _, object_id = entry.object.rpartition(":")
        named: list[object] = [object_id, entry.chain, entry.account_id]
        named += [content.get(name) for name in ("person", "account", "subject")]
        for said in (entry.data.get("old"), entry.data.get("new")):
            named += _named(said or {})
        ids |= {id_ for each in named if (id_ := _id(each)) is not None}
    # An id is that of one thing only, so each table may be asked for all of them.
    companies = _by_id(Company.objects.filter(pk__in=ids - {*hidden}).values_list("id", "name"))
    within = {"company_id__in": companies, "id__in": ids}
    people = Person.objects.filter(pk__in=ids).values_list("id", "name", "email")
    licences = Licence.objects.filter(**within).select_related("product")
    return Names(
        {str(id_): (name, address) for id_, name, address in people},
        {str(each.id): each for each in Account.objects.filter(pk__in=ids)},
        companies,
        {str(each.id): NamedLicence.of(each).name for each in licences},
        _by_id(Pool.objects.filter(**within).values_list("id", "name")),
        _by_id(Invitation.objects.filter(pk__in=ids).values_list("id", "address")),
    )


def _named(said: Mapping[str, Any]) -> list[object]:
    """Give the ids of companies and sites that old or new values name."""
    found: list[object] = list(said.get("placements") or {})
    for scope in said.get("scopes") or ():
        found += [scope.get("company"), scope.get("site")]
    return found


def _by_id(rows: Iterable[tuple[UUID, str]]) -> dict[str, str]:
    return {str(id_): name for id_, name in rows}


def _id(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
