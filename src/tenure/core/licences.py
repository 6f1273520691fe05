"""A licence: its term, its units and where they stand, and what may be done to it.

The register is the bookkeeping alone, without phases or seats; whoever reads facts asks it
whether they can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tenure.core import facts as f
from tenure.core.errors import FactRefused

_SUSPENDED, _REMOVED, _CANCELLED = 1, 2, 4


class Licence(NamedTuple):
    """A licence as it is now. A value, like its placements: what changes it gives another one.

    ``starts`` and ``ends`` bound its last term (``ends`` exclusive, None without end); the terms
    before it are over, because a term is only added once the last one has ended.
    """

    id: str
    kind: f.Kind
    units: int
    placements: Mapping[str, int]
    starts: int
    ends: int | None
    out: int = 0
    """What takes it out of service: suspended (1), removed (2), cancelled (4), added up."""

    @property
    def counts(self) -> bool:
        """Whether nobody has taken the licence out of service."""
        return not self.out

    @property
    def suspended(self) -> bool:
        """Whether it is suspended until somebody resumes it."""
        return bool(self.out & _SUSPENDED)

    @property
    def removed(self) -> bool:
        """Whether the company's people took it away for good."""
        return bool(self.out & _REMOVED)

    @property
    def cancelled(self) -> bool:
        """Whether the vendor ended it for good."""
        return bool(self.out & _CANCELLED)

    def runs(self, t: int) -> bool:
        """Whether ``t`` lies in the licence's term."""
        return self.starts <= t and (self.ends is None or t < self.ends)

    def eligible(self, t: int) -> bool:
        """Whether the licence's units count at ``t``, by what is known now."""
        return not self.out and self.starts <= t and (self.ends is None or t < self.ends)

    def share(self, pool: str, first: str) -> int:
        """How many of the units stand in ``pool``; ``first`` is the company's own pool."""
        named = self.placements.get(pool, 0)
        if pool == first:
            return named + self.units - sum(self.placements.values())
        return named

    def to_data(self) -> list[Any]:
        """Give the licence as plain data; ``from_data`` reads it again."""
        return list(self)

    @classmethod
    def from_data(cls, data: Sequence[Any]) -> Licence:
        """Read what ``to_data`` gave."""
        return cls._make(data)


class Register:
    """The pools and licences of a company, in the order in which they were added."""

    __slots__ = ("_gone", "_pools", "licences")

    def __init__(
        self,
        pools: Iterable[str] = (),
        licences: Iterable[Licence] = (),
        gone: Iterable[str] = (),
    ) -> None:
        self._pools = list(pools)
        self.licences = {licence.id: licence for licence in licences}
        self._gone = set(gone)
        """Ids of licences that were forgotten: they are over for good."""

    def __iter__(self) -> Iterator[Licence]:
        return iter(self.licences.values())

    def copy(self) -> Register:
        """Give a register of its own with the same licences."""
        other = Register.__new__(Register)
        other._pools = self._pools.copy()
        other.licences = self.licences.copy()
        other._gone = self._gone.copy()
        return other

    @property
    def pools(self) -> tuple[str, ...]:
        """The pools, the company's own first."""
        return tuple(self._pools)

    @property
    def gone(self) -> list[str]:
        """The ids of licences that were forgotten, in order."""
        return sorted(self._gone)

    def forget(self, licence: Licence) -> None:
        """Drop a removed or cancelled licence: it can never count nor be touched again."""
        del self.licences[licence.id]
        self._gone.add(licence.id)

    def take(self, fact: f.Fact) -> None:
        """Do the bookkeeping of any fact. Raises ``FactRefused`` where it cannot be."""
        match fact:
            case f.PoolAdded():
                self.add_pool(fact)
            case f.LicenceAdded():
                self.add(fact)
            case f.LicenceFact():
                self.change(fact)
            case f.SeatsProtected() | f.SeatsUnprotected():
                self.check_pool(fact.pool)

    def add_pool(self, fact: f.PoolAdded) -> None:
        """Open a pool. Raises ``FactRefused`` where there is one of that name."""
        if fact.pool in self._pools:
            raise FactRefused("pool_exists", f"there is a pool {fact.pool} already", field="pool")
        self._pools.append(fact.pool)

    def check_pool(self, pool: str) -> None:
        """Raise ``FactRefused`` where there is no such pool."""
        if pool not in self._pools:
            known = ", ".join(self._pools)
            raise FactRefused(
                "unknown_pool", f"there is no pool {pool}; there are: {known}", field="pool"
            )

    def add(self, fact: f.LicenceAdded) -> Licence:
        """Make a licence known. Raises ``FactRefused`` where it cannot be."""
        if fact.licence in self.licences or fact.licence in self._gone:
            raise FactRefused(
                "licence_exists",
                f"there is a licence {fact.licence} already; each needs an id of its own",
                field="id",
            )
        if fact.ends is not None and fact.ends <= fact.starts:
            raise FactRefused(
                "ends_before_start",
                f"licence {fact.licence} ends before it starts; its end must be later",
                field="ends",
            )
        self._check_units(fact.units)
        self._check_placements(fact.placements, fact.units)
        licence = Licence(
            fact.licence,
            fact.kind,
            fact.units,
            dict(fact.placements),
            max(fact.starts, fact.at),
            fact.ends,
        )
        self.licences[fact.licence] = licence
        return licence

    def change(self, fact: f.LicenceFact) -> tuple[Licence, Licence]:
        """Carry out what touches a licence; give the licence as it was and as it is.

        Raises ``FactRefused`` where it cannot be; nothing is changed then.
        """
        before = self.find(fact.licence)
        match fact:
            case f.LicenceRenewed():
                licence = self._renewed(before, fact)
            case f.LicenceResized():
                self._check_units(fact.units)
                placements = before.placements if fact.placements is None else fact.placements
                self._check_placements(placements, fact.units)
                licence = before._replace(units=fact.units, placements=dict(placements))
            case f.LicencePlaced():
                self._check_placements(fact.placements, before.units)
                licence = before._replace(placements=dict(fact.placements))
            case f.LicenceSuspended():
                if before.suspended:
                    raise FactRefused(
                        "already_suspended",
                        f"licence {before.id} is suspended already; resume it first",
                    )
                licence = before._replace(out=before.out | _SUSPENDED)
            case f.LicenceResumed():
                if not before.suspended:
                    raise FactRefused(
                        "not_suspended",
                        f"licence {before.id} is not suspended, so it cannot be resumed",
                    )
                licence = before._replace(out=before.out & ~_SUSPENDED)
            case f.LicenceRemoved():
                licence = before._replace(out=before.out | _REMOVED)
            case f.LicenceCancelled():
                licence = before._replace(out=before.out | _CANCELLED)
            case _:
                raise TypeError(f"not a fact about a licence: {fact!r}")
        self.licences[licence.id] = licence
        return before, licence

    def find(self, licence: str) -> Licence:
        """Give the licence, or raise ``FactRefused`` where it is unknown or over for good."""
        found = self.licences.get(licence)
        if found is None and licence not in self._gone:
            known = ", ".join(self.licences) or "none yet"
            raise FactRefused(
                "unknown_licence",
                f"there is no licence {licence} at that instant; known by then: {known}",
                field="licence",
            )
        if found is None or found.removed or found.cancelled:
            what = "cancelled" if found is not None and found.cancelled else "removed"
            if found is None:
                what = "cancelled or removed"
            raise FactRefused(
                "licence_over",
                f"licence {licence} was {what} before that; nothing can be done to it any more",
                field="licence",
            )
        return found

    def _renewed(self, licence: Licence, fact: f.LicenceRenewed) -> Licence:
        if licence.ends is None:
            raise FactRefused(
                "without_end",
                f"licence {licence.id} has no end, so there is nothing to renew",
                field="licence",
            )
        if fact.ends <= licence.ends:
            raise FactRefused(
                "not_later",
                f"a renewal of licence {licence.id} must end later than it does now",
                field="ends",
            )
        if fact.ends <= fact.at:
            raise FactRefused(
                "in_the_past",
                f"a renewal of licence {licence.id} must end later than the instant of renewing",
                field="ends",
            )
        starts = fact.at if fact.at >= licence.ends else licence.starts
        return licence._replace(starts=starts, ends=fact.ends)

    def _check_units(self, units: int) -> None:
        if units < 1:
            raise FactRefused("units", "a licence has at least 1 unit", field="units")

    def _check_placements(self, placements: Mapping[str, int], units: int) -> None:
        for pool, count in placements.items():
            self.check_pool(pool)
            if count < 0:
                raise FactRefused(
                    "placements", f"units placed in {pool} cannot be below 0", field="placements"
                )
        named = sum(placements.values())
        if named > units:
            raise FactRefused(
                "too_many_placed",
                f"{named} units are placed, but the licence has only {units}",
                field="placements",
            )
