"""Users and groups of SCIM, kept as the identities and groups of one directory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from scim2_models import (
    Context,
    InvalidValueException,
    NotFoundException,
    NotImplementedException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage

from tenure.api.scim import filters
from tenure.api.scim.resources import PROVIDER
from tenure.clock import Clock
from tenure.services import directories, groups, identities
from tenure.services.directories import Mail
from tenure.services.errors import EngineWaits, NotFound, Refused
from tenure.services.histories import DIRECTORY
from tenure.services.identities import Said
from tenure.services.ledger import Ledger, writing
from tenure.store.instants import to_datetime
from tenure.store.models import Company, Group, GroupIdentity, Identity, Source

SHOWN = 10_000
"""A group with more members answers a PATCH with nothing, unless attributes are asked for."""

_OF_MEMBER = ("value", "$ref", "type")
"""What is said of a member of a group."""

_TAKEN = frozenset({"user_name_taken", "external_id_taken", "group_exists"})

# The library makes them of the resources and their extensions, so that no type knows them.
User: type[Any] = PROVIDER.model_for("User")  # type: ignore[assignment]  # made at run time
GroupResource: type[Any] = PROVIDER.model_for("Group")  # type: ignore[assignment]  # made at run time


class Unavailable(SCIMException):
    """Nothing is written for now; whoever asks later is served."""

    status = 503
    _default_detail = "Nothing can be written at present. Try again later."


class Storage(ScimStorage):
    """The resources of one directory. ``writes``: whether the request may change any."""

    def __init__(self, company: Company, source: Source, clock: Clock, *, writes: bool) -> None:
        self._company = company
        self._source = source
        self._clock = clock
        self._writes = writes
        self._open: Ledger | None = None
        self.memberless: UUID | None = None
        """The group that was given without its members, which ``members`` gives."""

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Hold the company's lock where something may be written; it is done as a whole or not."""
        if not self._writes:
            yield
            return
        try:
            who = f"{DIRECTORY}{self._source.id}"
            with writing(self._company.id, self._clock, who) as self._open:
                yield
        except Refused as error:
            wrong = UniquenessException if error.code in _TAKEN else InvalidValueException
            raise wrong(detail=str(error)) from None
        except NotFound as error:
            raise InvalidValueException(detail=str(error)) from None
        except EngineWaits:
            raise Unavailable from None
        finally:
            self._open = None

    @property
    def _ledger(self) -> Ledger:
        if self._open is None:
            raise RuntimeError("nothing is written outside of an operation")
        return self._open

    # One resource

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """Give a user or a group; one that is only read comes without its members."""
        if resource_type.name == "User":
            return self._users([self._identity(resource_id)], response_parameters)[0]
        if not self._writes:
            return self.without_members(resource_id)
        return self._groups([self._group(resource_id)], response_parameters)[0]

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Take in a user or a group."""
        if resource_type.name == "User":
            said, mails = _said(resource)
            identity = directories.append_user(self._ledger, self._source, said, mails)
            return self._users([identity], None, are_new=True)[0]
        name, external_id, data = _named(resource)
        group = groups.append_added(
            self._ledger, name, source=self._source.id, external_id=external_id, data=data
        )
        groups.append_identities(self._ledger, group, add=_members(resource))
        return self._groups([group], None)[0]

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """Take in what is said of a user or a group now."""
        if resource_type.name == "User":
            identity = self._identity(resource.id)
            _check(identity.version, expected_version)
            said, mails = _said(resource)
            directories.append_user_changed(self._ledger, identity, said, mails)
            return self._users([identity], None)[0]
        group = self._group(resource.id)
        _check(group.version, expected_version)
        self._name(group, resource)
        self._set(group, set(_members(resource)))
        return self._groups([group], None)[0]

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """Forget a user or a group."""
        if resource_type.name == "User":
            identity = self._identity(resource_id)
            _check(identity.version, expected_version)
            identities.append_removed(self._ledger, identity)
            return
        group = self._group(resource_id)
        _check(group.version, expected_version)
        groups.append_removed(self._ledger, group)

    # A group by its changes: reading all members to add one would take the longer, the more
    # there are.

    def without_members(self, resource_id: str) -> Resource[Any]:
        """Give a group as if it had no members."""
        group = self._group(resource_id)
        self.memberless = group.id
        return self._resource(group, [])

    def name(self, resource: Resource[Any]) -> None:
        """Take in what is said of a group, but for its members."""
        self._name(self._group(resource.id), resource)

    def add(self, resource_id: str, users: Collection[UUID]) -> None:
        """Put users into a group."""
        groups.append_identities(self._ledger, self._group(resource_id), add=users)

    def remove(self, resource_id: str, users: Collection[UUID]) -> None:
        """Take users out of a group; who is not in it is not missed."""
        groups.append_identities(self._ledger, self._group(resource_id), remove=users)

    def replace(self, resource_id: str, users: Collection[UUID]) -> None:
        """Let a group have exactly these users."""
        self._set(self._group(resource_id), set(users))

    def has_many(self, group: UUID) -> bool:
        """Whether a group has so many members that a change of it is not answered with them."""
        rows = GroupIdentity.objects.filter(company=self._company, group_id=group)
        return rows[: SHOWN + 1].count() > SHOWN

    def members(
        self, group: UUID, users: str, asked: ResponseParameters[Any]
    ) -> list[dict[str, str]]:
        """Give the members of a group as they are answered; ``users`` is where users are.

        There can be very many, and the library would make a model of each.
        """
        shown = _shown_of_members(asked)
        if not shown:
            return []
        rows = GroupIdentity.objects.filter(company=self._company, group_id=group)
        ids = rows.order_by("added_at", "identity_id").values_list("identity_id", flat=True)
        texts = map(str, ids)
        if shown == _OF_MEMBER:
            return [{"value": id_, "$ref": f"{users}/{id_}", "type": "User"} for id_ in texts]
        return [
            {name: {"value": id_, "$ref": f"{users}/{id_}", "type": "User"}[name] for name in shown}
            for id_ in texts
        ]

    def _name(self, group: Group, resource: Resource[Any]) -> None:
        name, external_id, data = _named(resource)
        groups.append_renamed(self._ledger, group, name, external_id=external_id, data=data)

    def _set(self, group: Group, wanted: set[UUID]) -> None:
        rows = GroupIdentity.objects.filter(company=self._company, group_id=group.id)
        present = set(rows.values_list("identity_id", flat=True))
        groups.append_identities(
            self._ledger, group, add=sorted(wanted - present), remove=sorted(present - wanted)
        )

    # Many

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        """Give a page of users, or of groups."""
        if len(resource_types) > 1:
            raise NotImplementedException(detail="Search below /Users or /Groups")
        is_users = resource_types[0].name == "User"
        columns = (
            filters.Users(self._company, User)
            if is_users
            else filters.Groups(self._company, GroupResource)
        )
        rows: Any = Identity.objects if is_users else Group.objects
        rows = rows.filter(company=self._company, source_id=self._source.id)
        text = None if search_request.filter is None else str(search_request.filter)
        rows = columns.chosen(rows, text)
        total = rows.count()
        start, count = search_request.start_index_0 or 0, search_request.count
        if count == 0 or start >= total:
            return SearchPage(total, [])
        by = None if search_request.sort_by is None else str(search_request.sort_by)
        descending = search_request.sort_order == SearchRequest.SortOrder.descending
        rows = columns.ordered(rows, by, descending=descending)
        page = list(rows[start : None if count is None else start + count])
        give = self._users if is_users else self._groups
        return SearchPage(total, give(page, search_request))

    # From rows to resources

    def _identity(self, resource_id: str | None) -> Identity:
        id_ = filters.uuid_of(resource_id)
        found = None if id_ is None else directories.user(self._company, self._source.id, id_)
        if found is None:
            raise NotFoundException(detail=f"There is no user {resource_id}")
        return found

    def _group(self, resource_id: str | None) -> Group:
        id_ = filters.uuid_of(resource_id)
        found = None if id_ is None else directories.group(self._company, self._source.id, id_)
        if found is None:
            raise NotFoundException(detail=f"There is no group {resource_id}")
        return found

    def _users(
        self,
        rows: list[Identity],
        asked: ResponseParameters[Any] | None,
        *,
        are_new: bool = False,
    ) -> list[Resource[Any]]:
        """Give users; ``are_new``: they are in no group yet."""
        entries: dict[UUID, list[dict[str, str]]] = {}
        if not are_new and _wants(asked, "groups"):
            pairs = list(
                GroupIdentity.objects.filter(
                    company=self._company, identity_id__in=[row.id for row in rows]
                )
                .order_by("added_at", "group_id")
                .values_list("identity_id", "group_id")
            )
            known = Group.objects.filter(
                company=self._company, id__in={group for _, group in pairs}
            )
            names = dict(known.values_list("id", "name")) if pairs else {}
            for identity, group in pairs:
                entries.setdefault(identity, []).append(
                    {
                        "value": str(group),
                        "$ref": f"Groups/{group}",
                        "display": names[group],
                        "type": "direct",
                    }
                )
        found = []
        for row in rows:
            data = {**row.data.get("scim", {}), "id": str(row.id), "meta": _meta("User", row)}
            data["userName"] = row.user_name
            if row.id in entries:
                data["groups"] = entries[row.id]
            found.append(User.model_validate(data))
        return found

    def _groups(
        self, rows: list[Group], asked: ResponseParameters[Any] | None
    ) -> list[Resource[Any]]:
        entries: dict[UUID, list[dict[str, str]]] = {}
        if _wants(asked, "members"):
            mine = GroupIdentity.objects.filter(
                company=self._company, group_id__in=[row.id for row in rows]
            )
            pairs = mine.order_by("added_at", "identity_id").values_list("group_id", "identity_id")
            for group, identity in pairs:
                entries.setdefault(group, []).append(
                    {"value": str(identity), "$ref": f"Users/{identity}", "type": "User"}
                )
        return [self._resource(row, entries.get(row.id, [])) for row in rows]

    @staticmethod
    def _resource(row: Group, members: list[dict[str, str]]) -> Resource[Any]:
        data = {**row.data.get("scim", {}), "id": str(row.id), "meta": _meta("Group", row)}
        data["displayName"] = row.name
        if members:
            data["members"] = members
        found: Resource[Any] = GroupResource.model_validate(data)
        return found


def _check(version: int, expected: str | None) -> None:
    if expected is not None and expected != _etag(version):
        raise PreconditionFailedException


def _etag(version: int) -> str:
    return f'W/"{version}"'


def _meta(kind: str, row: Identity | Group) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "created": to_datetime(row.added_at or 0),
        "lastModified": to_datetime(row.changed_at or 0),
        "version": _etag(row.version),
    }


def _wants(asked: ResponseParameters[Any] | None, name: str) -> bool:
    """Whether an attribute is to be in the answer."""
    if asked is None:
        return True
    if asked.attributes:
        return name in {path.parts[0].lower() for path in asked.attributes if path.parts}
    return name not in {
        str(path).rpartition(":")[2].lower() for path in asked.excluded_attributes or []
    }


def _shown_of_members(asked: ResponseParameters[Any]) -> tuple[str, ...]:
    """Give what of a group's members is to be in the answer; nothing where they are not."""
    if not _wants(asked, "members"):
        return ()
    if asked.attributes:
        parts = [[each.lower() for each in path.parts] for path in asked.attributes if path.parts]
        named = [rest for first, *rest in parts if first == "members"]
        if [] in named:
            return _OF_MEMBER
        return tuple(name for name in _OF_MEMBER if [name] in named)
    left_out = {str(path).rpartition(":")[2].lower() for path in asked.excluded_attributes or []}
    return tuple(name for name in _OF_MEMBER if f"members.{name}" not in left_out)


def _whole(resource: Resource[Any]) -> dict[str, Any]:
    """Give what a directory said, to be given back to it. A password is not kept."""
    data: dict[str, Any] = resource.model_dump(scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    for name in ("id", "meta", "groups", "members", "password"):
        data.pop(name, None)
    return data


def _named(resource: Any) -> tuple[str, str, dict[str, Any]]:
    """Give the name of a group, its id in the directory, and what else is said of it."""
    name = (resource.display_name or "").strip()
    _short(name, "displayName", 200)
    external_id = resource.external_id or ""
    _short(external_id, "externalId", 255)
    return name, external_id, {"scim": _whole(resource), "display": filters.folded(name)}


def _said(resource: Any) -> tuple[Said, list[Mail]]:
    """Read what a directory says of a user."""
    _short((resource.user_name or "").strip(), "userName", identities.LONGEST)
    external_id = resource.external_id or ""
    _short(external_id, "externalId", 255)
    mails = [
        Mail(each.value, str(each.type or ""), bool(each.primary))
        for each in resource.emails or []
        if each.value
    ]
    # The first address is the one that counts most.
    mails.sort(key=lambda mail: not mail.is_primary)
    data = _whole(resource)
    texts = {name.lower(): filters.folded(text) for name, text in _texts(data)}
    said = Said(
        user_name=resource.user_name or "",
        external_id=external_id,
        name=_name_of(resource),
        is_active=resource.active is not False,
        addresses=[mail.value for mail in mails],
        data={"scim": data, "display": filters.folded(resource.display_name or ""), "texts": texts},
    )
    return said, mails


def _name_of(resource: Any) -> str:
    """Give what a user is called."""
    name = resource.name
    parts = () if name is None else (name.given_name, name.family_name)
    formatted = "" if name is None else name.formatted
    return resource.display_name or formatted or " ".join(part for part in parts if part)


def _texts(data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Give the texts by which a directory may look for a user."""
    for path in filters.TEXTS:
        schema, _, name = path.rpartition(":")
        place: Any = data.get(schema, {}) if schema else data
        for part in name.split("."):
            place = place.get(part) if isinstance(place, dict) else None
        if isinstance(place, str) and place:
            yield path, place


def _short(text: str, name: str, most: int) -> None:
    if len(text) > most:
        raise InvalidValueException(detail=f"{name} has at most {most} characters")


def _members(group: Any) -> list[UUID]:
    """Read who is to be in a group."""
    return ids_of([each.value for each in group.members or []])


def ids_of(values: Iterable[Any]) -> list[UUID]:
    """Read ids of users. Raises for what can be none."""
    found = []
    for value in values:
        id_ = filters.uuid_of(value)
        if id_ is None:
            raise InvalidValueException(detail=f"this directory has no user {value}")
        found.append(id_)
    return found
