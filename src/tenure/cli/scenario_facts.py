"""Licences and actions of a scenario file, each read as one fact with the places of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli import scenario_values as v
from tenure.cli.yaml_places import Entries, Node, Scalar, Wrong
from tenure.core import facts as f


@dataclass(frozen=True, slots=True)
class Company:
    """What every part of a scenario is read against."""

    zone: ZoneInfo
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A fact and where it is written; ``parts`` are the places of its parts, by name."""

    fact: f.Fact
    place: Node
    parts: Mapping[str, Node] = field(default_factory=dict)


LICENCE_KEYS = ("id", "kind", "units", "starts", "ends", "placements")
_LICENCE = "{id: A, kind: full, units: 25, starts: 2026-01-01, ends: 2026-12-31}"


def licence(node: Node, company: Company) -> Written:
    """Read an entry of ``licences``."""
    values = v.entries(node, "a licence", _LICENCE)
    v.check_keys(values, "in a licence", (*LICENCE_KEYS, "added"))
    added = v.given(values, "added")
    at = None if added is None else v.instant(added, "added", company.zone)
    return Written(_licence(values, at, company), values, values.values)


def _licence(values: Entries, at: int | None, company: Company) -> f.LicenceAdded:
    name = v.text(v.required(values, "id", "in the licence", "A"), "id")
    units = v.whole(v.required(values, "units", "in the licence", "25"), "units")
    starts = v.instant(
        v.required(values, "starts", "in the licence", "2026-01-01"), "starts", company.zone
    )
    node = v.given(values, "ends")
    ends = None if node is None else v.end(node, "ends", company.zone)
    if node is not None and ends is not None and ends <= starts:
        text = node.text if isinstance(node, Scalar) else ""
        hint = instants.left_out(text, company.zone)
        raise Wrong(node, f"the licence must end after it starts{hint}")
    kind = v.given(values, "kind")
    placements = v.given(values, "placements")
    return f.LicenceAdded(
        starts if at is None else at,
        name,
        units,
        starts,
        ends,
        "full" if kind is None else _kind(kind),
        {} if placements is None else _placements(placements, company),
    )


def _kind(node: Node) -> f.Kind:
    name = v.text(node, "kind")
    if name not in f.KINDS:
        raise Wrong(node, v.unknown("kind", name, f.KINDS))
    return cast(f.Kind, name)


def _placements(node: Node, company: Company) -> dict[str, int]:
    values = v.entries(node, "placements", "{Lyon: 60, Paris: 40}")
    found: dict[str, int] = {}
    for name, count in values.values.items():
        _check_pool(name, values.keys[name], company)
        found[name] = v.whole(count, f"the units placed in {name}", least=0)
    return found


def _check_pool(name: str, node: Node, company: Company) -> None:
    if name not in company.pools:
        raise Wrong(node, v.unknown("pool", name, company.pools))


# Each action reads its value at its instant.

_Action = Callable[[str, Node, int, Company], Written]


def action(node: Node, company: Company) -> Written:
    """Read an entry of ``actions``: an instant, and what is done then."""
    values = v.entries(node, "an action", "{at: 2026-02-01, protect: {count: 20}}")
    v.check_keys(values, "in an action", ("at", *_ACTIONS))
    at = v.instant(
        v.required(values, "at", "in the action", "2026-02-01T09:00:00Z"), "at", company.zone
    )
    names = [name for name in values.keys if name != "at"]
    if not names:
        raise Wrong(values, f"nothing is done in this entry; write one of: {', '.join(_ACTIONS)}")
    if len(names) > 1:
        raise Wrong(
            values.keys[names[1]],
            f"{names[0]} and {names[1]} stand in one entry; write an entry for each",
        )
    name = names[0]
    value = values.values[name]
    return _ACTIONS[name](name, value, at, company)


def _seats(name: str, node: Node, at: int, company: Company) -> Written:
    values = v.entries(node, name, "{pool: Lyon, count: 20}")
    v.check_keys(values, f"in {name}", ("pool", "count"))
    pool = company.pools[0]
    if (where := v.given(values, "pool")) is not None:
        pool = v.text(where, "pool")
        _check_pool(pool, where, company)
    count = v.whole(v.required(values, "count", f"in {name}", "20"), "count")
    fact = f.SeatsProtected if name == "protect" else f.SeatsUnprotected
    return Written(fact(at, pool, count), values, values.values)


def _add_licence(name: str, node: Node, at: int, company: Company) -> Written:
    values = v.entries(node, name, _LICENCE)
    if "added" in values.keys:
        raise Wrong(
            values.keys["added"],
            "added cannot stand in add_licence: the licence is added at the action's own instant",
        )
    v.check_keys(values, f"in {name}", LICENCE_KEYS)
    return Written(_licence(values, at, company), values, values.values)


_TOUCHES: Mapping[str, type[f.LicenceFact]] = {
    "cancel_licence": f.LicenceCancelled,
    "suspend_licence": f.LicenceSuspended,
    "resume_licence": f.LicenceResumed,
    "remove_licence": f.LicenceRemoved,
}


def _touch(name: str, node: Node, at: int, company: Company) -> Written:
    return Written(_TOUCHES[name](at, v.text(node, f"{name} names a licence: it")), node)


def _named(name: str, node: Node, known: tuple[str, ...], example: str) -> tuple[Entries, str]:
    values = v.entries(node, name, example)
    v.check_keys(values, f"in {name}", known)
    touched = v.text(v.required(values, "licence", f"in {name}", "A"), "licence")
    return values, touched


def _place(name: str, node: Node, at: int, company: Company) -> Written:
    example = "{licence: A, placements: {Lyon: 30, Paris: 70}}"
    values, touched = _named(name, node, ("licence", "placements"), example)
    placements = v.required(values, "placements", f"in {name}", "{Lyon: 30, Paris: 70}")
    fact = f.LicencePlaced(at, touched, _placements(placements, company))
    return Written(fact, values, values.values)


def _renew(name: str, node: Node, at: int, company: Company) -> Written:
    example = "{licence: A, ends: 2026-12-31}"
    values, touched = _named(name, node, ("licence", "ends"), example)
    ends = v.end(v.required(values, "ends", f"in {name}", "2026-12-31"), "ends", company.zone)
    return Written(f.LicenceRenewed(at, touched, ends), values, values.values)


def _set_units(name: str, node: Node, at: int, company: Company) -> Written:
    example = "{licence: A, units: 80, placements: {Lyon: 80}}"
    values, touched = _named(name, node, ("licence", "units", "placements"), example)
    units = v.whole(v.required(values, "units", f"in {name}", "80"), "units")
    placements = v.given(values, "placements")
    fact = f.LicenceResized(
        at, touched, units, None if placements is None else _placements(placements, company)
    )
    return Written(fact, values, values.values)


_SWITCHES: Mapping[str, type[f.Fact]] = {
    "close": f.CompanyClosed,
    "reopen": f.CompanyReopened,
    "hold_deletion": f.DeletionHeld,
    "release_deletion": f.DeletionReleased,
    "confirm_deletion": f.DeletionConfirmed,
}


def _switch(name: str, node: Node, at: int, company: Company) -> Written:
    v.switch(node, name)
    return Written(_SWITCHES[name](at), node)


_ACTIONS: Mapping[str, _Action] = {
    "protect": _seats,
    "unprotect": _seats,
    "add_licence": _add_licence,
    "renew": _renew,
    "place": _place,
    "set_units": _set_units,
    **dict.fromkeys(_TOUCHES, _touch),
    **dict.fromkeys(_SWITCHES, _switch),
}
