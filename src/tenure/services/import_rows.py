"""What import files say, as values: rows with their places, and the problems found in them.

Standard library only, so that files can also be simulated without a database. In a row, None
stands for a column that the file does not have, an empty text for an empty cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from tenure.core import facts as f

COMPANIES = "companies.csv"
SITES = "sites.csv"
LICENCES = "licences.csv"
PLACEMENTS = "placements.csv"
MEMBERS = "members.csv"
CONTACTS = "contacts.csv"
SIZES = "sizes.csv"

FILES = (COMPANIES, SITES, LICENCES, PLACEMENTS, SIZES, MEMBERS, CONTACTS)
"""The files of an import, in the order in which they are read."""

MOST_PROBLEMS = 100

Mark = Literal["", "no", "yes"] | int
"""A cell that says whether something is so: nothing, no, yes, or since which instant."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file; ``line`` counts from 1, 0 stands for the whole file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class EnoughProblems(Exception):
    """So many problems were found that no more are looked for."""


@dataclass(slots=True)
class Problems:
    """The problems found so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, line: int, message: str) -> None:
        """Keep a problem. Raises ``EnoughProblems`` where there are many."""
        self.found.append(Problem(file, line, message))
        if len(self.found) >= MOST_PROBLEMS:
            raise EnoughProblems


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company; ``time_zone`` empty leaves it as it is, UTC for a new one."""

    line: int
    reference: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site; ``main`` for the row that names the company's own pool."""

    line: int
    company: str
    reference: str
    name: str
    main: bool


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence as it is now; ``ends`` is exclusive, None without end."""

    line: int
    company: str
    reference: str
    product: str
    kind: f.Kind | None
    units: int
    starts: int
    ends: int | None
    added: int | None
    label: str | None
    suspended: Mark
    removed: Mark
    cancelled: Mark


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """Units of a licence that are named for a site; an empty site is the company's own pool."""

    line: int
    company: str
    licence: str
    site: str
    units: int


@dataclass(slots=True)
class EarlierSize:
    """How many units a licence had until an instant, and what was named for sites of them."""

    line: int
    until: int
    units: int
    placed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member; ``order`` is the place among seats of the same instant."""

    line: int
    company: str
    reference: str
    user: str
    name: str | None
    site: str | None
    source: str | None
    group: str | None
    protected: Mark
    order: int


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Somebody who is written to; ``site`` None: of the whole company; empty: of its own pool."""

    line: int
    company: str
    address: str
    site: str | None
    name: str | None
    role: str
    language: str
    time_zone: str


@dataclass(slots=True)
class CompanyFiles:
    """What the files say of one company. ``row`` is None where companies.csv does not name it."""

    reference: str
    zone: ZoneInfo
    row: CompanyRow | None = None
    sites: dict[str, SiteRow] = field(default_factory=dict)
    licences: dict[str, LicenceRow] = field(default_factory=dict)
    placements: dict[str, dict[str, PlacementRow]] = field(default_factory=dict)
    sizes: dict[str, dict[int, EarlierSize]] = field(default_factory=dict)
    """By licence, then by the instant until which they held."""
    members: dict[str, MemberRow] = field(default_factory=dict)
    contacts: dict[tuple[str, str | None], ContactRow] = field(default_factory=dict)

    @property
    def main(self) -> SiteRow | None:
        """The row that names the company's own pool, if one does."""
        return next((site for site in self.sites.values() if site.main), None)


@dataclass(frozen=True, slots=True)
class Files:
    """All that was read. ``present`` are the files that were there."""

    companies: Mapping[str, CompanyFiles]
    present: frozenset[str]
    digest: str
