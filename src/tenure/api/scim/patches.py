"""How directories write changes, where that differs from RFC 7644 or goes beyond the schemas.

Each form here is from the public documentation of Entra ID or of Okta; tests name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidFilterException, InvalidPathException, PatchOp, Path, Resource
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator, ValuePath

from tenure.api.scim.resources import ENTERPRISE, EnterpriseUser

_MANAGER = f"{ENTERPRISE}:manager".lower()
_TRUTH = re.compile(r'\b(active|primary)(\s+(?:eq|ne)\s+)"(true|false)"', re.IGNORECASE)
_URN = re.compile(r"(?P<schema>urn:.+):(?P<name>[^:.\[\]]+(?:\.[^:.\[\]]+)?)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?")


def filter_tidied(text: str) -> str:
    """Write truth values as such: Entra ID asks for ``primary eq "True"``."""
    return _TRUTH.sub(lambda found: f"{found[1]}{found[2]}{found[3].lower()}", text)


def user_tidied(data: Any) -> Any:
    """Write a manager as what has a value: Entra ID gives the id alone."""
    if not isinstance(data, dict):
        return data
    return {
        name: _extension(value) if _is(name, ENTERPRISE) else value for name, value in data.items()
    }


def tidied(payload: Any) -> Any:
    """Tidy a PATCH, before it is read."""
    if not isinstance(payload, dict):
        return payload
    return {
        name: [one for each in value for one in _parted(_operation(each))]
        if _is(name, "operations") and isinstance(value, list)
        else value
        for name, value in payload.items()
    }


def bulk_tidied(payload: Any) -> Any:
    """Tidy what stands in a bulk request, before it is read."""
    if not isinstance(payload, dict):
        return payload
    found = dict(payload)
    for name, operations in payload.items():
        if _is(name, "operations") and isinstance(operations, list):
            found[name] = [_bulk_operation(each) for each in operations]
    return found


def _bulk_operation(operation: Any) -> Any:
    if not isinstance(operation, dict) or "data" not in operation:
        return operation
    is_patch = str(operation.get("method", "")).upper() == "PATCH"
    data = operation["data"]
    return {**operation, "data": tidied(data) if is_patch else user_tidied(data)}


def _operation(operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    found = dict(operation)
    path = found.get("path")
    if isinstance(path, str):
        path = found["path"] = filter_tidied(path.strip())
        if _is(path, _MANAGER) and isinstance(found.get("value"), str):
            found["value"] = {"value": found["value"]}
        elif _is(path, ENTERPRISE):
            found["value"] = _extension(found.get("value"))
    if not path and isinstance(found.get("value"), dict):
        value = user_tidied(found["value"])
        found["value"] = {
            filter_tidied(name): {"value": each}
            if _is(name, _MANAGER) and isinstance(each, str)
            else each
            for name, each in value.items()
        }
    return found


def _parted(operation: Any) -> Iterator[Any]:
    """Make operations of their own of what is named by a filter: Entra ID writes these as keys."""
    value = operation.get("value") if isinstance(operation, dict) else None
    if not isinstance(value, dict) or operation.get("path"):
        yield operation
        return
    chosen = [name for name in value if "[" in name]
    if not chosen:
        yield operation
        return
    rest = {name: each for name, each in value.items() if name not in chosen}
    if rest:
        yield {**operation, "value": rest}
    for name in chosen:
        yield {**operation, "path": name, "value": value[name]}


def _extension(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("manager"), str):
        return {**value, "manager": {"value": value["manager"]}}
    return value


def _is(name: Any, wanted: str) -> bool:
    return isinstance(name, str) and name.lower() == wanted.lower()


# What no schema knows


def apply_unknown(resource: Resource[Any], patch: PatchOp[Any]) -> bool:
    """Apply to a resource what a PATCH says beyond the schemas; give whether it differs now."""
    changed = False
    for op, path, value in _unknown(type(resource), patch):
        place, name = _place(resource, path)
        first, _, second = name.partition(".")
        if second:
            inner = place.get(first)
            inner = dict(inner) if isinstance(inner, dict) else {}
            changed |= _write(inner, second, op, value)
            place[first] = inner
        else:
            changed |= _write(place, first, op, value)
    return changed


def _unknown(model: type[Resource[Any]], patch: PatchOp[Any]) -> Iterator[tuple[str, str, Any]]:
    for each in patch.operations or []:
        op = each.op.value
        if each.path:
            if _is_unknown(model, str(each.path)):
                yield op, str(each.path), each.value
        elif isinstance(each.value, dict):
            for path, value in each.value.items():
                if _is_unknown(model, path):
                    yield op, path, value


def _is_unknown(model: type[Resource[Any]], path: str) -> bool:
    if not (_NAME.fullmatch(path) or _URN.fullmatch(path)):
        return False
    try:
        found = Path[model](path)  # type: ignore[valid-type]  # a class made by index
    except InvalidPathException:
        return False
    if found.model is not None or found.resolve() is not None:
        return False
    # A sub-attribute that a known attribute has not, such as name.nobody.
    head = path.rpartition(".")[0] if "." in path.rpartition(":")[2] else ""
    return not head or Path[model](head).resolve() is None  # type: ignore[valid-type]  # a class made by index


def _place(resource: Resource[Any], path: str) -> tuple[dict[str, Any], str]:
    """Give where an unknown attribute is kept, and its name there."""
    found = _URN.fullmatch(path)
    if found is None or _is(found["schema"], str(resource.__schema__)):
        return resource.unknown_attributes, path if found is None else found["name"]
    if _is(found["schema"], ENTERPRISE) and hasattr(resource, "EnterpriseUser"):
        if resource.EnterpriseUser is None:
            resource.EnterpriseUser = EnterpriseUser()
        return resource.EnterpriseUser.unknown_attributes, found["name"]
    schema = found["schema"]
    known = resource.unknown_attributes
    if not isinstance(known.get(schema), dict):
        known[schema] = {}
    return known[schema], found["name"]


def _write(place: dict[str, Any], name: str, op: str, value: Any) -> bool:
    before = place.get(name)
    if op == "remove" or value is None:
        place.pop(name, None)
        return before is not None
    place[name] = value
    return bool(before != value)


# Groups, whose members are many


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a group's members: ``add``, ``remove`` or ``replace``, by the values given.

    ``values`` is None for all of them.
    """

    op: str
    values: list[Any] | None


def members_apart(patch: PatchOp[Any]) -> tuple[list[Step], list[Any]]:
    """Part a PATCH of a group into what it does to the members, and the other operations."""
    steps: list[Step] = []
    others: list[Any] = []
    for each in patch.operations or []:
        op = each.op.value
        if each.path:
            if each.path.parts[:1] and each.path.parts[0].lower() == "members":
                steps.append(_step(op, each.path, each.value))
            else:
                others.append(each)
        elif isinstance(each.value, dict):
            rest = {name: value for name, value in each.value.items() if not _is(name, "members")}
            steps += [
                Step(op, _values(value))
                for name, value in each.value.items()
                if _is(name, "members")
            ]
            if rest:
                others.append(each.model_copy(update={"value": rest}))
        else:
            others.append(each)
    return steps, others


def _step(op: str, path: Any, value: Any) -> Step:
    node = path.ast
    if isinstance(node, ValuePath):
        if op != "remove" or node.sub_attr:
            raise InvalidPathException(detail="members are added and replaced by their values")
        return Step(op, list(_compared(node.val_filter)))
    if len(path.parts) > 1:
        raise InvalidPathException(detail="a member has nothing that can be changed")
    # Entra ID names whom to remove in the value; without one, all are removed.
    return Step(op, None if op == "remove" and value is None else _values(value))


def _compared(node: Any) -> Iterator[Any]:
    """Read ``value eq "…"``, one or more with ``or``."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        for term in node.terms:
            yield from _compared(term)
    elif (
        isinstance(node, Comparison)
        and node.op == CompareOperator.eq
        and node.attr_path.attr.lower() == "value"
    ):
        yield node.value
    else:
        raise InvalidFilterException(detail='members are named as in members[value eq "…"]')


def _values(value: Any) -> list[Any]:
    if value is None:
        return []
    each = value if isinstance(value, list) else [value]
    return [one.get("value") if isinstance(one, Mapping) else one for one in each]
