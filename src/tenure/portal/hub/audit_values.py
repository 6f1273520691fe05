"""The old and new values of an entry of the audit, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tenure.portal.shared.readers import language
from tenure.portal.templatetags.tenure import kind_word, role_word
from tenure.services.audit_entries import people_of
from tenure.services.audit_names import Names
from tenure.store.models import AuditEntry
from tenure.words.dates import deadline, moment
from tenure.words.names import clean

NOTHING = "–"

_LABELS = {
    "because": gettext_lazy("Reason"),
    "changed": gettext_lazy("Changed"),
    "changes": gettext_lazy("Changes"),
    "console": gettext_lazy("Console"),
    "count": gettext_lazy("Users"),
    "ends": gettext_lazy("Ends"),
    "facts": gettext_lazy("Facts"),
    "idle_minutes": gettext_lazy("Minutes at rest"),
    "kind": gettext_lazy("Kind"),
    "last_of_hour": gettext_lazy("More in this hour not recorded"),
    "methods": gettext_lazy("Ways"),
    "name": gettext_lazy("Name"),
    "new": gettext_lazy("New"),
    "owner": gettext_lazy("Owner"),
    "palette": gettext_lazy("Colour"),
    "passkeys": gettext_lazy("Passkeys"),
    "placements": gettext_lazy("Units per site"),
    "policy": gettext_lazy("Periods"),
    "portal": gettext_lazy("Portal"),
    "product": gettext_lazy("Product"),
    "recovery_codes": gettext_lazy("Recovery codes"),
    "role": gettext_lazy("Role"),
    "scopes": gettext_lazy("Otherwise for"),
    "seats": gettext_lazy("Seats"),
    "services": gettext_lazy("Services"),
    "session_hours": gettext_lazy("Hours of a session"),
    "starts": gettext_lazy("Begins"),
    "totp": gettext_lazy("Codes of an app"),
    "two_factors": gettext_lazy("Two factors for everybody"),
    "unchanged": gettext_lazy("Unchanged"),
    "units": gettext_lazy("Units"),
    "waited": gettext_lazy("Waited because"),
}

_LEVELS = {
    "none": pgettext_lazy("right", "nothing"),
    "read": pgettext_lazy("right", "read"),
    "write": pgettext_lazy("right", "read and change"),
}

_KINDS = {"business": gettext_lazy("Business"), "msp": gettext_lazy("MSP")}


@dataclass(frozen=True, slots=True)
class Change:
    """One value: what it is called, what it was and is; empty where that is not known."""

    label: str
    old: str
    new: str


def changes(entry: AuditEntry, names: Names, zone: str) -> list[Change]:
    """Give the values of an entry; of those that were looked at as a whole, what differs."""
    old: Mapping[str, Any] = entry.data.get("old") or {}
    new: Mapping[str, Any] = entry.data.get("new") or {}
    found = []
    for name in [*new, *(each for each in old if each not in new)]:
        before = _value(name, old[name], names, zone) if name in old else ""
        now = _value(name, new[name], names, zone) if name in new else ""
        if name in old and name in new and old[name] == new[name]:
            continue
        if name not in old and not new[name]:
            continue  # of what is new, what it does not have says nothing
        found.append(Change(label(name), before, now))
    because = (people_of(entry) or {}).get("because")
    if because:
        found.append(Change(label("because"), "", clean(str(because))))
    return found


def label(name: str) -> str:
    """Name a value; its code where nobody named it."""
    return str(_LABELS.get(name, clean(name)))


def _value(name: str, value: Any, names: Names, zone: str) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        if name == "ends":
            return deadline(value, zone, language(), "short")
        return moment(value, zone, language(), "short") if name == "starts" else str(value)
    if isinstance(value, list):
        return "; ".join(_item(each, names) for each in value)
    if isinstance(value, Mapping):
        return "; ".join(
            f"{clean(names.pools.get(key, key))}: {each}" for key, each in value.items()
        )
    return _word(name, str(value))


def _word(name: str, value: str) -> str:
    if name in ("portal", "console"):
        return str(_LEVELS.get(value, value))
    if name == "kind":
        return str(_KINDS.get(value) or kind_word(value))
    return role_word(value) if name == "role" else clean(value)


def _item(value: Any, names: Names) -> str:
    """Say one of several values; a scope of rights names its company and site."""
    if not isinstance(value, Mapping):
        return clean(str(value))
    company = clean(names.companies.get(str(value.get("company")), "…"))
    site = value.get("site")
    where = company if site is None else f"{company}, {clean(names.pools.get(str(site), '…'))}"
    rights = [
        f"{label(area)} {_LEVELS.get(str(value[area]), value[area])}"
        for area in ("portal", "console")
        if area in value
    ]
    return f"{where} ({', '.join(rights)})"
