"""Scenario files: what happens to one company, read and checked before anything is done.

``read`` gives a scenario in which every fact can be, or raises ``ScenarioError`` with every
problem it found and its line. The rules of the facts themselves are the core's; here is only how
they are written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli import scenario_values as v
from tenure.cli.errors import Problem, ScenarioError
from tenure.cli.scenario_facts import Company, Written, action, licence
from tenure.cli.yaml_places import Entries, Node, Wrong, compose, decode, shown
from tenure.core import facts as f
from tenure.core.errors import FactRefused
from tenure.core.licences import Register
from tenure.core.policy import DAY, Policy
from tenure.core.simulation import Scenario, Window

_KEYS = ("name", "time_zone", "policy", "pools", "licences", "actions", "outages", "until")
_OUTAGES = ("engine", "mail")
_POLICY = tuple(field.name for field in fields(Policy))

MOST_DAYS = 36_500
"""A period of the policy is at most a hundred years."""


def read(path: str, text: str | bytes) -> Scenario:
    """Read a scenario; ``path`` is only what errors call it. Raises ``ScenarioError``."""
    problems = v.Problems()
    scenario = None
    try:
        with problems:
            root = compose(decode(text) if isinstance(text, bytes) else text)
            scenario = _scenario(root, problems)
    except v.Enough:
        pass
    if problems.found or scenario is None:
        raise ScenarioError(path, problems.found or [Problem(1, 1, "nothing can be read here")])
    return scenario


def _scenario(root: Entries, problems: v.Problems) -> Scenario | None:
    with problems:
        v.check_keys(root, "in a scenario", _KEYS)
    company: Company | None = None
    with problems:
        company = Company(_zone(root), _pools(root))
    policy = Policy()
    with problems:
        policy = _policy(root)
    if company is None:
        return None
    name = ""
    with problems:
        node = v.given(root, "name")
        name = "" if node is None else v.text(node, "name")
    until = 0
    with problems:
        until = _until(root, company.zone, policy)
    outages: dict[str, list[Window]] = {}
    with problems:
        outages = _outages(root, company.zone, problems)
    written = _facts(root, company, problems)
    if not problems.found:
        _check(written, company.pools, problems)
    return Scenario(
        until=until,
        pools=company.pools,
        policy=policy,
        facts=tuple(entry.fact for entry in written),
        engine_outages=tuple(outages.get("engine", ())),
        mail_outages=tuple(outages.get("mail", ())),
        name=name,
        time_zone=company.zone.key,
    )


def _zone(root: Entries) -> ZoneInfo:
    node = v.given(root, "time_zone")
    if node is None:
        return ZoneInfo("UTC")
    name = v.text(node, "time_zone")
    try:
        return instants.zone(name)
    except ValueError as error:
        raise Wrong(node, f"time_zone: {shown(name)}: {error}") from None


def _pools(root: Entries) -> tuple[str, ...]:
    node = v.given(root, "pools")
    if node is None:
        return ("main",)
    names: dict[str, None] = {}
    for item in v.items(node, "pools", "[Lyon, Paris]"):
        name = v.text(item, "a pool")
        if name in names:
            raise Wrong(item, f"the pool {shown(name)} stands twice; each needs a name of its own")
        names[name] = None
    if not names:
        raise Wrong(node, "pools is empty; name at least one, or leave the key out for [main]")
    return tuple(names)


def _policy(root: Entries) -> Policy:
    node = v.given(root, "policy")
    if node is None:
        return Policy()
    periods = v.entries(node, "policy", "{grace_days: 14}")
    v.check_keys(periods, "in policy", _POLICY)
    data: dict[str, Any] = {}
    for name in _POLICY:
        value = v.given(periods, name)
        if value is None:
            continue
        if name == "expiring_notice_days":
            data[name] = _notice_days(value)
        else:
            data[name] = v.whole(value, name, most=MOST_DAYS)
    try:
        return Policy(**data)
    except ValueError as error:
        named = [key for name, key in periods.keys.items() if name in str(error)]
        raise Wrong(named[0] if named else periods, str(error)) from None


def _notice_days(node: Node) -> tuple[int, ...]:
    days: list[int] = []
    for item in v.items(node, "expiring_notice_days", "[30, 7]"):
        day = v.whole(item, "a day of expiring_notice_days", most=MOST_DAYS)
        if day in days:
            raise Wrong(item, f"{day} stands twice in expiring_notice_days; keep one")
        days.append(day)
    return tuple(days)


def _until(root: Entries, zone: ZoneInfo, policy: Policy) -> int:
    node = v.required(root, "until", "in the scenario", "2026-12-31, the last instant to show")
    until = v.instant(node, "until", zone)
    last = instants.LAST - longest(policy)
    if until > last:
        raise Wrong(
            node,
            "until is so late that its notices would name a year after 9999; "
            f"write {instants.written(last)} or earlier",
        )
    return until


def longest(policy: Policy) -> int:
    """Give the longest period of a policy, in seconds: no record names a later date than that."""
    days = (
        policy.grace_days,
        policy.retention_days,
        policy.deletion_warning_days,
        *policy.expiring_notice_days,
    )
    return max(days) * DAY


def _outages(root: Entries, zone: ZoneInfo, problems: v.Problems) -> dict[str, list[Window]]:
    node = v.given(root, "outages")
    if node is None:
        return {}
    example = "{mail: [[2026-07-01T00:00:00Z, 2026-07-09T00:00:00Z]]}"
    kinds = v.entries(node, "outages", example)
    v.check_keys(kinds, "in outages", _OUTAGES)
    found: dict[str, list[Window]] = {}
    for kind in _OUTAGES:
        windows = v.given(kinds, kind)
        if windows is None:
            continue
        found[kind] = []
        for item in v.items(
            windows, f"outages of {kind}", "[[2026-07-01T00:00:00Z, 2026-07-09T00:00:00Z]]"
        ):
            with problems:
                found[kind].append(_window(item, zone))
    return found


def _window(node: Node, zone: ZoneInfo) -> Window:
    example = "[2026-07-01T00:00:00Z, 2026-07-09T00:00:00Z]"
    bounds = v.items(node, "an outage", example)
    if len(bounds) != 2:
        raise Wrong(node, f"an outage has a start and an end, such as {example}")
    start = v.instant(bounds[0], "the start of an outage", zone)
    end = v.instant(bounds[1], "the end of an outage", zone)
    if end <= start:
        raise Wrong(bounds[1], "an outage must end after its start")
    return start, end


def _facts(root: Entries, company: Company, problems: v.Problems) -> list[Written]:
    """Read what is done, in the order of time; at one instant licences first, then the file's."""
    found: list[Written] = []
    for key, example, one in (
        ("licences", "[{id: A, units: 25, starts: 2026-01-01}]", licence),
        ("actions", "[{at: 2026-02-01, protect: {count: 20}}]", action),
    ):
        node = v.given(root, key)
        if node is None:
            continue
        with problems:
            for item in v.items(node, key, example):
                with problems:
                    found.append(one(item, company))
    found.sort(key=lambda entry: entry.fact.at)
    return found


def _check(written: list[Written], pools: tuple[str, ...], problems: v.Problems) -> None:
    """Do the bookkeeping of every fact, those after the end of the scenario too."""
    added: dict[str, Written] = {}
    spoilt: set[str] = set()
    """Licences about which something was wrong: what follows from that is not told."""
    for entry in sorted(written, key=lambda entry: (entry.place.line, entry.place.column)):
        if isinstance(entry.fact, f.LicenceAdded):
            name = entry.fact.licence
            first = added.setdefault(name, entry)
            if first is not entry:
                spoilt.add(name)
                problems.add(Wrong(entry.parts["id"], _twice(name, first)))
    register = Register(pools)
    for entry in written:
        touched = getattr(entry.fact, "licence", None)
        if touched in spoilt:
            continue
        try:
            register.take(entry.fact)
        except FactRefused as error:
            if touched is not None:
                spoilt.add(touched)
            place = entry.parts.get(error.field or "", entry.place)
            sentence = str(error)
            if error.code == "unknown_licence" and touched is not None:
                sentence = _not_yet(touched, added)
            problems.add(Wrong(place, sentence))


def _twice(name: str, first: Written) -> str:
    return (
        f"a licence {shown(name)} is added in line {first.place.line} already; "
        "each needs an id of its own"
    )


def _not_yet(name: str, added: Mapping[str, Written]) -> str:
    if not added:
        return f"there is no licence {shown(name)}; this file adds none"
    if name not in added:
        return v.unknown("licence", name, added)
    where = added[name]
    return (
        f"licence {shown(name)} is touched before it is added: line {where.place.line} adds it at "
        f"{instants.written(where.fact.at)}; act then or later"
    )
