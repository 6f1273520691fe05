"""What an audit says of a fact: what it is about, and the values before and after.

Texts that people write freely may name people, and are personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle

_PERSONAL = ("because",)
_NAMES = ("licence", "pool")


@dataclass(frozen=True, slots=True)
class Said:
    """A fact, as an audit says it."""

    action: str
    object: str
    old: dict[str, Any]
    new: dict[str, Any]
    personal: dict[str, Any]


def said(
    fact: f.Fact,
    encoded: tuple[str, Mapping[str, Any]],
    life: Lifecycle | None,
    services: tuple[str, ...],
    more: Mapping[str, Any],
) -> Said:
    """Say a fact; ``life`` is as it was before, and None where the company uses no service."""
    kind, data = encoded
    named = [f"{name}:{data[name]}" for name in _NAMES if name in data]
    new = {name: value for name, value in data.items() if name not in _NAMES and value is not None}
    new |= {name: value for name, value in more.items() if name not in _PERSONAL}
    if services:
        new["services"] = services
    return Said(
        kind,
        named[0] if named else "",
        {} if life is None else _old(fact, life),
        new,
        {name: more[name] for name in _PERSONAL if more.get(name)},
    )


def _old(fact: f.Fact, life: Lifecycle) -> dict[str, Any]:
    match fact:
        case f.PolicyChanged():
            return {"policy": life.policy.to_data()}
        case f.SeatsProtected() | f.SeatsUnprotected():
            pool = life.pools.get(fact.pool)
            return {} if pool is None else {"seats": pool.seats}
        case f.LicenceFact():
            licence = life.register.licences.get(fact.licence)
            if licence is None:
                return {}
            match fact:
                case f.LicenceRenewed():
                    return {"ends": licence.ends}
                case f.LicenceResized():
                    placements = {} if fact.placements is None else licence.placements
                    return {"units": licence.units, **_named("placements", placements)}
                case f.LicencePlaced():
                    return _named("placements", licence.placements)
    return {}


def _named(name: str, value: Mapping[str, int]) -> dict[str, Any]:
    return {name: dict(value)} if value else {}
