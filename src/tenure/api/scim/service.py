"""The protocol, where directories expect something else than the library does by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import from_json
from scim2_models import (
    BaseModel,
    Context,
    InvalidSyntaxException,
    InvalidValueException,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.conditions import Conditions
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService, scim_exception_of

from tenure.api.scim import patches
from tenure.api.scim.resources import PROVIDER
from tenure.api.scim.storage import Storage, ids_of

ModelT = TypeVar("ModelT", bound=BaseModel)


class Service(ScimService):
    """Reads what Entra ID and Okta write, and answers a PATCH with the resource."""

    def read_body(
        self, model: type[ModelT], body: bytes, content_type: str | None, scim_ctx: Context
    ) -> ModelT:
        """Read a body. PostgreSQL keeps no text with a NUL, so that none is taken."""
        payload = self.decode_body(body, content_type)
        if b"\\u0000" in body:
            raise InvalidValueException(detail="a text holds a NUL character")
        tidy = {
            Context.RESOURCE_PATCH_REQUEST: patches.tidied,
            Context.BULK_REQUEST: patches.bulk_tidied,
        }.get(scim_ctx, patches.user_tidied)
        try:
            return model.model_validate(tidy(payload), scim_ctx=scim_ctx)
        except ValidationError as error:
            raise scim_exception_of(error) from error

    def decode_body(self, body: bytes, content_type: str | None) -> Any:
        """Read JSON. What is no number is none, though some write it."""
        self.ensure_json(content_type)
        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError as error:
            raise InvalidSyntaxException(detail=str(error)) from error

    def read_search(
        self, resource_types: list[ResourceType], payload: Any
    ) -> tuple[SearchRequest[Any], Any]:
        """Read a search."""
        if isinstance(payload, dict) and isinstance(payload.get("filter"), str):
            payload = {**payload, "filter": patches.filter_tidied(payload["filter"])}
        return super().read_search(resource_types, payload)

    def apply_patch(
        self, current: Resource[Any], patch_op: PatchOp[Any], conditions: Conditions
    ) -> Resource[Any] | None:
        """Apply a PATCH, with what it says beyond the schemas."""
        self.check_preconditions(current, "PATCH", conditions)
        changed = patch_op.patch(current)
        return current if patches.apply_unknown(current, patch_op) or changed else None

    def patch_response(
        self,
        base_url: str,
        resource: Resource[Any],
        response_parameters: ResponseParameters[Any],
    ) -> ScimResponse:
        """Answer with the resource."""
        published = self.publish(base_url, resource)
        return self.resource_response(
            published, Context.RESOURCE_PATCH_RESPONSE, response_parameters
        )


class Handler(ScimHandler):
    """Changes groups by what is changed of them, however many members they have."""

    storage: Storage

    def query(self, request: ScimRequest) -> ScimResponse:
        """Give one resource."""
        return self._whole(request, super().query(request))

    def patch(self, request: ScimRequest) -> ScimResponse:
        """Change one resource, and give it as it is then.

        With nothing (RFC 7644 section 3.5.2) where that is a group of very many members: sending
        all of them each time some are added would make a first synchronisation ever slower.
        """
        answer = super().patch(request)
        group = self.storage.memberless
        is_asked = not {"attributes", "excludedAttributes"}.isdisjoint(request.query)
        if group is not None and not is_asked and self.storage.has_many(group):
            etag = answer.headers.get("ETag")
            return ScimResponse(HTTPStatus.NO_CONTENT, None, {"ETag": etag} if etag else {})
        return self._whole(request, answer)

    def _whole(self, request: ScimRequest, answer: ScimResponse) -> ScimResponse:
        """Put its members into the group that is answered."""
        group = self.storage.memberless
        if group is None or answer.body is None:
            return answer
        with self.service.provider:
            kind = self.service.get_resource_type_by_endpoint("Groups")
            asked = self.service.read_response_parameters(cast(ResourceType, kind), request.query)
        found = self.storage.members(group, f"{request.base_url}/Users", asked)
        if found:
            answer.body["members"] = found
        return answer

    def patch_resource(
        self,
        resource_type: ResourceType,
        resource_id: str,
        patch_op: PatchOp[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        """Apply a PATCH."""
        if resource_type.name != "Group":
            return super().patch_resource(resource_type, resource_id, patch_op, conditions)
        group = self.storage.without_members(resource_id)
        self.service.check_preconditions(group, "PATCH", conditions)
        steps, others = patches.members_apart(patch_op)
        if others:
            rest = patch_op.model_copy(update={"operations": others})
            if self.service.apply_patch(group, rest, Conditions()) is not None:
                self.storage.name(group)
        for step in steps:
            if step.op == "remove" and step.values is not None:
                self.storage.remove(resource_id, ids_of(step.values))
            elif step.op == "add":
                self.storage.add(resource_id, ids_of(step.values or []))
            else:
                self.storage.replace(resource_id, ids_of(step.values or []))
        return self.storage.without_members(resource_id)


SERVICE = Service(PROVIDER)
