"""Filters and orders of SCIM as questions to the database.

A comparison is true or false and never unknown, so that ``not`` means what it says: what is
missing is equal to nothing, and different from everything.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from scim2_models import InvalidFilterException, InvalidValueException, Resource, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from tenure.api.scim.resources import ENTERPRISE
from tenure.store.models import Company, GroupIdentity, IdentityMail

ALWAYS = Q(company__isnull=False)
NEVER = Q(company__isnull=True)

_LOOKUPS = {
    CompareOperator.eq: "exact",
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
    CompareOperator.gt: "gt",
    CompareOperator.ge: "gte",
    CompareOperator.lt: "lt",
    CompareOperator.le: "lte",
}
_VERSION = re.compile(r'(?:W/)?"?(\d{1,18})"?')

Compare = Callable[[CompareOperator, Any], Q]


def folded(text: str) -> str:
    """Give a text as it is compared where case does not count."""
    return unicodedata.normalize("NFC", text.lower())


def is_text(text: str) -> bool:
    """Whether a database can keep a text: JSON can write halves of characters, and a NUL."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


class Columns(FilterVisitor[Q]):
    """Turns the filters of one kind of resource into conditions on its rows."""

    def __init__(self, company: Company, model: type[Resource[Any]]) -> None:
        self.company = company
        self._model = model
        self.annotations: dict[str, Any] = {}
        self.columns: dict[str, tuple[str, bool]] = {}
        """Of an attribute, in lower case: the column, and whether case counts."""
        self.many: dict[str, type[Columns]] = {}

    def chosen(self, rows: QuerySet[Any], text: str | None) -> QuerySet[Any]:
        """Give those of the rows that a filter wants."""
        if text is None:
            return rows
        wanted = self.visit(ScimFilter[self._model](text).ast)  # type: ignore[name-defined]  # a class made by index
        return rows.alias(**self.annotations).filter(wanted)

    # Of the syntax

    def visit_not(self, node: Not) -> Q:
        """Negate."""
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        """Join."""
        found = self.visit(node.terms[0])
        for term in node.terms[1:]:
            other = self.visit(term)
            found = found & other if node.op == LogicalOperator.and_ else found | other
        return found

    def visit_present(self, node: Present) -> Q:
        """Ask whether there is a value."""
        return self.present(self.named(node.attr_path))

    def visit_comparison(self, node: Comparison) -> Q:
        """Compare."""
        name = self.named(node.attr_path)
        if isinstance(node.value, str) and not is_text(node.value):
            raise InvalidFilterException(detail=f"{name} is compared with what is no text")
        if node.value is None:
            if node.op == CompareOperator.eq:
                return ~self.present(name)
            return self.present(name) if node.op == CompareOperator.ne else NEVER
        if node.op == CompareOperator.ne:
            return ~self.compared(name, CompareOperator.eq, node.value)
        return self.compared(name, node.op, node.value)

    def visit_value_path(self, node: ValuePath) -> Q:
        """Ask whether one value of an attribute that has several is as wanted."""
        return self.some(self.named(node.attr_path), node)

    def named(self, path: AttrPath) -> str:
        """Give the name of an attribute in lower case, with the URN of an extension."""
        name = path.attr.lower() + (f".{path.sub_attr.lower()}" if path.sub_attr else "")
        own = str(self._model.__schema__).lower()
        uri = (path.uri or "").lower()
        return name if uri in ("", own) else f"{uri}:{name}"

    # Of the attributes

    def present(self, name: str) -> Q:
        """Give the condition that an attribute has a value."""
        if name in ("id", "meta", "meta.created", "meta.lastmodified", "meta.version"):
            return ALWAYS
        if name in ("meta.resourcetype", "meta.location", "schemas"):
            return ALWAYS
        column, _ = self.column(name)
        return Q(**{f"{column}__isnull": False}) & ~Q(**{column: ""})

    def compared(self, name: str, op: CompareOperator, value: Any) -> Q:
        """Give the condition that an attribute compares with a value; ``op`` is not ``ne``."""
        special: dict[str, Compare] = {
            "id": self._id,
            "meta.created": lambda op, value: self._instant("added_at", op, value),
            "meta.lastmodified": lambda op, value: self._instant("changed_at", op, value),
            "meta.version": self._version,
            "meta.resourcetype": self._resource_type,
        }
        if name in special:
            return special[name](op, value)
        column, is_exact = self.column(name)
        if not isinstance(value, str):
            raise InvalidFilterException(detail=f"{name} is a text")
        text = value if is_exact else folded(value)
        found = Q(**{f"{column}__{_LOOKUPS[op]}": text})
        return found & self.present(name)

    def column(self, name: str) -> tuple[str, bool]:
        """Give the column of an attribute, and whether case counts. Raises for an unknown one."""
        if name in self.columns:
            return self.columns[name]
        raise InvalidFilterException(detail=f"this server cannot filter or sort by {name}")

    def some(self, name: str, node: ValuePath) -> Q:
        """Give the condition that an attribute has a value for which a filter holds."""
        raise InvalidFilterException(detail=f"this server cannot filter by the values of {name}")

    def key(self, annotation: str, path: str, *, is_exact: bool = False) -> tuple[str, bool]:
        """Give the column for a text within the row's JSON."""
        # As a text: what a key of JSON is compared with would be read as JSON.
        self.annotations[annotation] = Cast(KT(path), TextField())
        return annotation, is_exact

    def _id(self, op: CompareOperator, value: Any) -> Q:
        if op != CompareOperator.eq:
            raise InvalidFilterException(detail="an id is equal to another one, or not")
        found = uuid_of(value)
        return NEVER if found is None else Q(id=found)

    @staticmethod
    def _resource_type(op: CompareOperator, value: Any) -> Q:
        raise InvalidFilterException(detail="this server cannot filter by meta.resourceType")

    @staticmethod
    def _version(op: CompareOperator, value: Any) -> Q:
        found = _VERSION.fullmatch(str(value).strip())
        if op != CompareOperator.eq:
            raise InvalidFilterException(detail="a version is equal to another one, or not")
        return Q(version=int(found[1])) if found else NEVER

    @staticmethod
    def _instant(column: str, op: CompareOperator, value: Any) -> Q:
        """Compare an instant, which is a whole second here, with one that need not be."""
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else value
            seconds = at.timestamp() if isinstance(at, datetime) and at.tzinfo else None
        except (ValueError, OverflowError):
            seconds = None
        if seconds is None or op not in _LOOKUPS or "with" in _LOOKUPS[op] or op == "co":
            raise InvalidFilterException(detail="an instant is one like 2026-01-31T12:00:00Z")
        if op == CompareOperator.eq:
            return Q(**{column: int(seconds)}) if seconds == int(seconds) else NEVER
        up = op in (CompareOperator.ge, CompareOperator.lt)
        whole = math.ceil(seconds) if up else math.floor(seconds)
        return Q(**{f"{column}__{_LOOKUPS[op]}": whole})

    # Of the order

    def ordered(self, rows: QuerySet[Any], by: str | None, *, descending: bool) -> QuerySet[Any]:
        """Put rows in the order of an attribute, then in that in which they came."""
        if by is None:
            return rows.order_by("id")
        name = by.lower().removeprefix(f"{self._model.__schema__}:".lower())
        special = {
            "id": "id",
            "meta.created": "added_at",
            "meta.lastmodified": "changed_at",
            "meta.version": "version",
        }
        try:
            column = special.get(name) or self.column(name)[0]
        except InvalidFilterException as error:
            raise InvalidValueException(detail=str(error.detail)) from None
        sign = "-" if descending else ""
        return rows.alias(**self.annotations).order_by(f"{sign}{column}", f"{sign}id")


class Users(Columns):
    """The filters of users."""

    def __init__(self, company: Company, model: type[Resource[Any]]) -> None:
        super().__init__(company, model)
        self.columns = {"username": ("user_key", False), "externalid": ("external_id", True)}

    def column(self, name: str) -> tuple[str, bool]:
        """Give the column: of its own, or the text within what the directory said."""
        if name in self.columns:
            return self.columns[name]
        if name == "displayname":
            return self.key("of_display", "data__display")
        if name in ("emails", "emails.value"):
            first = self._mails().order_by("-is_primary", "place").values("value")[:1]
            self.annotations["of_mail"] = Subquery(first)
            return "of_mail", False
        if name in _TEXTS:
            return self.key("of_" + re.sub(r"\W", "_", name), f"data__texts__{name}")
        return super().column(name)

    def present(self, name: str) -> Q:
        """Give the condition that a user has a value."""
        if name == "active":
            return ALWAYS
        if name in ("emails", "emails.value"):
            return Q(Exists(self._mails()))
        if name == "emails.type":
            return Q(Exists(self._mails().exclude(kind="")))
        if name in ("groups", "groups.value"):
            return Q(Exists(self._groups()))
        return super().present(name)

    def compared(self, name: str, op: CompareOperator, value: Any) -> Q:
        """Compare with what a user has."""
        if name == "active":
            return Q(is_active=_boolean(name, op, value))
        if name in ("emails", "emails.value", "emails.type", "emails.primary"):
            mails = _Mails(self.company, self._model)
            inner = mails.compared(name.partition(".")[2] or "value", op, value)
            return Q(Exists(self._mails().filter(inner)))
        if name in ("groups", "groups.value"):
            group = uuid_of(value) if op == CompareOperator.eq else None
            return Q(Exists(self._groups().filter(group_id=group))) if group else NEVER
        return super().compared(name, op, value)

    def some(self, name: str, node: ValuePath) -> Q:
        """Look among the addresses, or the groups."""
        if name == "emails":
            inner = _Mails(self.company, self._model).visit(node.val_filter)
            return Q(Exists(self._mails().filter(inner)))
        if name == "groups":
            return _value_of(self, "groups", node)
        return super().some(name, node)

    def _mails(self) -> QuerySet[IdentityMail]:
        return IdentityMail.objects.filter(company=self.company, identity_id=OuterRef("id"))

    def _groups(self) -> QuerySet[GroupIdentity]:
        return GroupIdentity.objects.filter(company=self.company, identity_id=OuterRef("id"))

    @staticmethod
    def _resource_type(op: CompareOperator, value: Any) -> Q:
        return ALWAYS if op == CompareOperator.eq and value == "User" else NEVER


class _Mails(Columns):
    """The filters of what stands in brackets after ``emails``."""

    def __init__(self, company: Company, model: type[Resource[Any]]) -> None:
        super().__init__(company, model)
        self.columns = {"value": ("value", False), "type": ("kind", False)}

    def present(self, name: str) -> Q:
        """Give the condition that an address says so."""
        return ALWAYS if name == "primary" else super().present(name)

    def compared(self, name: str, op: CompareOperator, value: Any) -> Q:
        """Compare a part of an address."""
        if name == "primary":
            return Q(is_primary=_boolean(name, op, value))
        return super().compared(name, op, value)


class Groups(Columns):
    """The filters of groups."""

    def __init__(self, company: Company, model: type[Resource[Any]]) -> None:
        super().__init__(company, model)
        self.columns = {"externalid": ("external_id", True)}

    def column(self, name: str) -> tuple[str, bool]:
        """Give the column of an attribute."""
        if name == "displayname":
            return self.key("of_display", "data__display")
        return super().column(name)

    def present(self, name: str) -> Q:
        """Give the condition that a group has a value."""
        if name in ("members", "members.value"):
            return Q(Exists(self._members()))
        return super().present(name)

    def compared(self, name: str, op: CompareOperator, value: Any) -> Q:
        """Compare with what a group has."""
        if name in ("members", "members.value"):
            member = uuid_of(value) if op == CompareOperator.eq else None
            return Q(Exists(self._members().filter(identity_id=member))) if member else NEVER
        return super().compared(name, op, value)

    def some(self, name: str, node: ValuePath) -> Q:
        """Look among the members."""
        if name == "members":
            return _value_of(self, "members", node)
        return super().some(name, node)

    def _members(self) -> QuerySet[GroupIdentity]:
        return GroupIdentity.objects.filter(company=self.company, group_id=OuterRef("id"))

    @staticmethod
    def _resource_type(op: CompareOperator, value: Any) -> Q:
        return ALWAYS if op == CompareOperator.eq and value == "Group" else NEVER


def _value_of(columns: Columns, name: str, node: ValuePath) -> Q:
    """Read ``members[value eq "…"]`` as ``members.value eq "…"``."""
    inner = node.val_filter
    if isinstance(inner, Comparison) and inner.attr_path.attr.lower() == "value":
        return columns.compared(f"{name}.value", inner.op, inner.value)
    raise InvalidFilterException(detail=f"{name} are found by their value")


def _boolean(name: str, op: CompareOperator, value: Any) -> bool:
    """Read a truth value; Entra ID writes it as a text."""
    known = {True: True, False: False, "true": True, "false": False}
    found = known.get(value.lower() if isinstance(value, str) else value)
    if op != CompareOperator.eq or found is None:
        raise InvalidFilterException(detail=f"{name} is true or false")
    return found


def uuid_of(value: Any) -> UUID | None:
    """Give an id of ours; None where it cannot be one."""
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


TEXTS = (
    *("name.formatted", "name.familyName", "name.givenName", "nickName", "title"),
    *("userType", "preferredLanguage", "locale", "timezone"),
    *(f"{ENTERPRISE}:{name}" for name in ("employeeNumber", "costCenter", "organization")),
    *(f"{ENTERPRISE}:{name}" for name in ("division", "department")),
)
"""Of users, besides: texts by which a directory may look for them or sort them."""

_TEXTS = frozenset(name.lower() for name in TEXTS)
