"""What people and the vendor do: the entries of a company's append-only ledger.

A fact says what was done, when; never what follows from it. Pools and licences are named by
opaque strings. ``encode`` and ``decode`` are the ledger's form of a fact, and it is permanent:
a kind may be added, none may change its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, get_args

from tenure.core.policy import Policy

Kind = Literal["full", "trial", "subscription", "nfr"]
"""Kinds of licences; ``nfr`` is not for resale. All of them count alike."""

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something done at an instant (whole seconds since 1970, UTC)."""

    at: int


@dataclass(frozen=True, slots=True)
class PoolAdded(Fact):
    """A pool is opened, after the pools there are; the first is the company's own."""

    pool: str


@dataclass(frozen=True, slots=True)
class PolicyChanged(Fact):
    """Other periods hold, for the stays that begin from here on."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class LicenceAdded(Fact):
    """A licence becomes known; its first term runs from the later of ``starts`` and ``at``.

    ``ends`` is exclusive, or None for a licence without end. What ``placements`` leaves over
    stands in the first pool.
    """

    licence: str
    units: int
    starts: int
    ends: int | None = None
    kind: Kind = "full"
    placements: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LicenceFact(Fact):
    """Something that touches a licence."""

    licence: str


@dataclass(frozen=True, slots=True)
class LicenceRenewed(LicenceFact):
    """The licence gets a later end."""

    ends: int


@dataclass(frozen=True, slots=True)
class LicenceResized(LicenceFact):
    """The licence has another number of units; ``placements`` None leaves them as named."""

    units: int
    placements: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class LicencePlaced(LicenceFact):
    """The licence's units stand elsewhere; replaces all that was named."""

    placements: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LicenceSuspended(LicenceFact):
    """The company's people make the licence's units ineligible for a while."""


@dataclass(frozen=True, slots=True)
class LicenceResumed(LicenceFact):
    """The licence counts again."""


@dataclass(frozen=True, slots=True)
class LicenceRemoved(LicenceFact):
    """The company's people take the licence away for good."""


@dataclass(frozen=True, slots=True)
class LicenceCancelled(LicenceFact):
    """The vendor ends the licence for good."""


@dataclass(frozen=True, slots=True)
class SeatsProtected(Fact):
    """``count`` seats of the pool are wanted: granted as a whole or refused as a whole."""

    pool: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatsUnprotected(Fact):
    """``count`` seats of the pool are given back."""

    pool: str
    count: int


@dataclass(frozen=True, slots=True)
class CompanyClosed(Fact):
    """The owner closes the company."""


@dataclass(frozen=True, slots=True)
class CompanyReopened(Fact):
    """The owner takes the closing back."""


@dataclass(frozen=True, slots=True)
class DeletionHeld(Fact):
    """An operator forbids the deletion until it is released."""


@dataclass(frozen=True, slots=True)
class DeletionReleased(Fact):
    """The operator's hold ends."""


@dataclass(frozen=True, slots=True)
class DeletionConfirmed(Fact):
    """An operator serves the deletion warning that no relay accepted."""


FACTS: Mapping[str, type[Fact]] = MappingProxyType(
    {
        "pool.added": PoolAdded,
        "policy.changed": PolicyChanged,
        "licence.added": LicenceAdded,
        "licence.renewed": LicenceRenewed,
        "licence.resized": LicenceResized,
        "licence.placed": LicencePlaced,
        "licence.suspended": LicenceSuspended,
        "licence.resumed": LicenceResumed,
        "licence.removed": LicenceRemoved,
        "licence.cancelled": LicenceCancelled,
        "seats.protected": SeatsProtected,
        "seats.unprotected": SeatsUnprotected,
        "company.closed": CompanyClosed,
        "company.reopened": CompanyReopened,
        "deletion.held": DeletionHeld,
        "deletion.released": DeletionReleased,
        "deletion.confirmed": DeletionConfirmed,
    }
)
"""The ledger's name of each kind of fact."""

_NAMES = {fact: name for name, fact in FACTS.items()}
_FIELDS = {fact: tuple(f.name for f in fields(fact) if f.name != "at") for fact in _NAMES}


def encode(fact: Fact) -> tuple[str, dict[str, Any]]:
    """Give a fact's kind and its data, ready for JSON; its instant is kept beside them."""
    data: dict[str, Any] = {}
    for name in _FIELDS[type(fact)]:
        value = getattr(fact, name)
        if isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, Policy):
            value = value.to_data()
        data[name] = value
    return _NAMES[type(fact)], data


def decode(kind: str, at: int, data: Mapping[str, Any]) -> Fact:
    """Read what ``encode`` gave. Raises ``KeyError`` for a kind that does not exist."""
    fact = FACTS[kind]
    if fact is PolicyChanged:
        return PolicyChanged(at, Policy.from_data(dict(data["policy"])))
    names = _FIELDS[fact]
    if len(data) == len(names) and all(map(data.__contains__, names)):
        return fact(at, **data)
    return fact(at, **{name: data[name] for name in names if name in data})
