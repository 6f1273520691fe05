"""What a directory can bring: users and groups, and what this server can do with them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import scim2_models as scim
from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    CaseExact,
    ComplexAttribute,
    Extension,
    External,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
)

PAGE = 200
"""So many resources are in one page at most."""

OPERATIONS = 500
"""So many operations are in one bulk request at most."""

PAYLOAD = 1_048_576
"""Bytes of a bulk request at most."""

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Email(scim.Email):
    """An address, as the directory writes it: what is wrong with it is not ours to say."""

    value: str | None = None


class User(scim.User[AnyExtension]):
    """Somebody whom a directory names."""

    emails: list[Email] | None = None  # type: ignore[assignment]  # its own, more lenient
    Emails: ClassVar[type[ComplexAttribute]] = Email


class Manager(ComplexAttribute):
    """The user's manager. Entra ID gives no ``$ref``."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference[User] | None = Field(None, serialization_alias="$ref", validation_alias="$ref")
    display_name: Annotated[str | None, Mutability.read_only] = None


class EnterpriseUser(Extension):
    """What RFC 7643 adds to a user for companies."""

    __schema__ = URN(ENTERPRISE)

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Manager | None = None
    Manager: ClassVar[type[ComplexAttribute]] = Manager


class GroupMember(ComplexAttribute):
    """A user of a group. Groups are in no groups."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    display: Annotated[str | None, Mutability.read_only] = None


class Group(Resource[Any]):
    """A group of users."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[GroupMember] | None = None
    Members: ClassVar[type[ComplexAttribute]] = GroupMember


CONFIG = ServiceProviderConfig(
    patch=scim.Patch(supported=True),
    bulk=scim.Bulk(supported=True, max_operations=OPERATIONS, max_payload_size=PAYLOAD),
    filter=scim.Filter(supported=True, max_results=PAGE),
    change_password=scim.ChangePassword(supported=False),
    sort=scim.Sort(supported=True),
    etag=scim.ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="The token of this directory, in the header Authorization.",
            spec_uri=Reference[External]("https://www.rfc-editor.org/info/rfc6750"),
            primary=True,
        )
    ],
)

PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[
        ResourceType.from_resource(User[EnterpriseUser]),
        ResourceType.from_resource(Group),
    ],
    config=CONFIG,
    policy=ScimPolicy(
        # What a directory says beyond the schemas is given back to it as it was.
        unknown=ScimPolicy.Unknown.keep,
        # Entra ID names the members to remove in the value, and sets the address of a kind that
        # there is none of yet.
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    ),
)
