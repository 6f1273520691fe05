"""The licences of a company that is imported, over time: when they count, and where.

Standard library only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tenure.services.import_rows import (
    LICENCES,
    PLACEMENTS,
    SIZES,
    CompanyFiles,
    LicenceRow,
    Mark,
    Problems,
)

OWN = ""
"""The company's own pool."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many units a licence has from an instant on, and what is named for pools of them."""

    since: int
    line: int
    units: int
    named: dict[str, int]

    def share(self, pool: str) -> int:
        """How many of the units stand in a pool."""
        rest = self.units - sum(self.named.values()) if pool == OWN else 0
        return self.named.get(pool, 0) + rest


@dataclass(slots=True)
class RunningLicence:
    """A licence over time: from when to when its units count, and where they stand."""

    row: LicenceRow
    added: int
    sizes: list[Size]
    """In the order of time; the last one is the present one."""
    off: int | None
    """When it was suspended, removed or cancelled."""
    by_people: bool
    """Whether people took it away themselves, so that nothing is held."""

    @property
    def counts_from(self) -> int:
        return max(self.row.starts, self.added)

    def share(self, pool: str, t: int) -> int:
        """How many of the units stand in a pool at ``t``, if they count."""
        return next(size for size in reversed(self.sizes) if size.since <= t).share(pool)

    def counts(self, t: int) -> bool:
        ends, off = self.row.ends, self.off
        return self.counts_from <= t and (ends is None or t < ends) and (off is None or t < off)


def running_licence(
    company: CompanyFiles,
    row: LicenceRow,
    problems: Problems,
    now: int | None,
    *,
    pending: bool,
) -> RunningLicence | None:
    """Give a licence over time up to ``now``; None where something is wrong, which is told.

    ``pending``: it becomes known now, as it is, so that one that has ended never ran.
    """
    if pending and now is not None:
        added = now
    elif row.added is not None:
        added = row.added
    else:
        added = row.starts if now is None else min(row.starts, now)
    if now is not None and added > now:
        problems.add(
            LICENCES, row.line, "added lies in the future; leave it empty for as early as can be"
        )
        return None
    off: list[tuple[int, bool]] = []
    for name, mark, by_people in (
        ("suspended", row.suspended, True),
        ("removed", row.removed, True),
        ("cancelled", row.cancelled, False),
    ):
        if not is_marked(mark):
            continue
        at = since_when(mark, added, now, pending)
        if now is not None and at > now:
            problems.add(LICENCES, row.line, f"{name} lies in the future; do it when it is time")
            return None
        if at < added:
            problems.add(
                LICENCES, row.line, f"{name} lies before the licence was added; write a later date"
            )
            return None
        off.append((at, by_people))
    if len(off) == 2 and off[0][0] > off[1][0]:
        problems.add(
            LICENCES,
            row.line,
            "the licence was suspended after it was removed or cancelled; leave suspended empty",
        )
        return None
    gone = is_marked(row.removed) or is_marked(row.cancelled)
    last = off[-1][0] if gone else now
    sizes: list[Size] = []
    since = added
    earlier = {} if pending else company.sizes.get(row.reference, {})
    for size in sorted(earlier.values(), key=lambda size: size.until):
        if size.until < added or (last is not None and size.until > last):
            problems.add(
                SIZES,
                size.line,
                f"until lies before {row.reference} was added, after it was removed or cancelled, "
                "or in the future",
            )
            return None
        of_pools = _by_pool(company, size.placed.items())
        if sum(of_pools.values()) > size.units:
            problems.add(
                SIZES,
                size.line,
                f"{sum(of_pools.values())} units of {row.reference} are placed, and it had only "
                f"{size.units}",
            )
            return None
        sizes.append(Size(since, size.line, size.units, of_pools))
        since = size.until
    named = placements_of(company, row.reference)
    if sum(named.values()) > row.units:
        first = next(iter(company.placements[row.reference].values()))
        problems.add(
            PLACEMENTS,
            first.line,
            f"{sum(named.values())} units of {row.reference} are placed, "
            f"but the licence has only {row.units}",
        )
        return None
    sizes.append(Size(since, row.line, row.units, named))
    return RunningLicence(
        row,
        added,
        sizes,
        min(off)[0] if off else None,
        any(by_people for _, by_people in off),
    )


def since_when(mark: Mark, added: int, now: int | None, pending: bool) -> int:
    """Give the instant of a mark; ``yes`` means now, or from its adding where there is no now."""
    if pending and now is not None:
        return now
    if isinstance(mark, int):
        return mark
    return added if now is None else now


def is_over(licences: Sequence[RunningLicence], now: int) -> bool:
    """Whether there were units before ``now``, and none are left."""
    ran = [x for x in licences if x.counts_from <= now and x.counts(x.counts_from)]
    return bool(ran) and not any(x.counts(now) for x in licences)


def pool_of(company: CompanyFiles, site: str | None) -> str:
    """Give the pool that a site names; the main site is the company's own."""
    main = company.main
    return OWN if not site or (main is not None and site == main.reference) else site


def placements_of(company: CompanyFiles, licence: str) -> dict[str, int]:
    """Give what is named for pools of a licence."""
    rows = company.placements.get(licence, {})
    return _by_pool(company, ((site, row.units) for site, row in rows.items()))


def _by_pool(company: CompanyFiles, placed: Iterable[tuple[str, int]]) -> dict[str, int]:
    named: dict[str, int] = defaultdict(int)
    for site, units in placed:
        named[pool_of(company, site)] += units
    return dict(named)


def is_marked(mark: Mark) -> bool:
    """Whether a cell says that something is so."""
    return mark not in ("", "no")


def unknown(company: CompanyFiles, what: str, name: str, known: Iterable[str]) -> str:
    """Say that a company has nothing of that reference, and what was perhaps meant."""
    names = [reference for reference in known if reference]
    near = get_close_matches(name[:80], names[:1000], n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    there = f"there are: {', '.join(names[:12])}" if names else "it has none"
    return f"{company.reference} has no {what} {name}; {guess}{there}"


def counted(number: int, noun: str, more: str = "") -> str:
    """Give a number with its noun: ``1 unit``, ``2 more units``."""
    return f"{number} {more}{noun}" if number == 1 else f"{number} {more}{noun}s"
