"""The tables of an import: their columns, and their cells read as what they mean.

Whether a site, a licence or a product exists is not asked here; a company must, because its time
zone says what a date means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import cast
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli.errors import UserError
from tenure.cli.import_sources import Source
from tenure.cli.tables import Columns, Row, rows
from tenure.core import facts as f
from tenure.services import import_rows as i
from tenure.words.language import LANGUAGES

COLUMNS: Mapping[str, Columns] = {
    i.COMPANIES: Columns(("reference", "name"), ("reference", "name"), ("time_zone",)),
    i.SITES: Columns(("company", "reference", "name"), ("company", "reference", "name"), ("main",)),
    i.LICENCES: Columns(
        ("company", "reference", "product", "units", "starts", "ends"),
        ("company", "reference", "product", "units", "starts"),
        ("kind", "added", "label", "suspended", "removed", "cancelled"),
    ),
    i.PLACEMENTS: Columns(("company", "licence", "site", "units"), ("company", "licence", "units")),
    i.SIZES: Columns(
        ("company", "licence", "until", "units", "site", "placed"),
        ("company", "licence", "until", "units"),
    ),
    i.MEMBERS: Columns(
        ("company", "user"),
        ("company", "user"),
        ("reference", "name", "site", "source", "group", "protected", "order"),
    ),
    i.CONTACTS: Columns(
        ("company", "address"),
        ("company", "address"),
        ("name", "role", "language", "time_zone", "site"),
    ),
}

ROLES = ("owner", "administrator", "notification_address", "site_administrator")

MOST_UNITS = 10_000_000
"""More units than this are taken for a slip."""

_LONGEST = {"reference": 100, "company": 100, "licence": 100, "site": 100, "user": 254}
_LONGEST_TEXT = 200
_WHOLE = re.compile("0|[1-9][0-9]{0,14}")
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)*")

Zones = Callable[[str], str | None]
"""Gives the time zone of a company that is known already, by its reference."""


class ImportRefused(UserError):
    """Files that cannot be imported: every problem that was found, in the order of the files."""

    def __init__(self, problems: list[i.Problem]) -> None:
        order = {name: number for number, name in enumerate(i.FILES)}
        self.problems = sorted(
            dict.fromkeys(problems), key=lambda p: (order.get(p.file, 99), p.line)
        )
        lines = [str(problem) for problem in self.problems]
        if len(self.problems) >= i.MOST_PROBLEMS:
            lines.append(f"These are the first {i.MOST_PROBLEMS} problems; there may be more.")
        super().__init__("\n".join(lines))


class Wrong(Exception):
    """A cell that cannot be read."""


def read(source: Source, zones: Zones) -> i.Files:
    """Read all tables. Raises ``ImportRefused`` with everything that was wrong."""
    reading = _Reading(source, zones)
    with suppress(i.EnoughProblems):
        reading.run()
    if reading.problems.found:
        raise ImportRefused(reading.problems.found)
    return i.Files(reading.companies, frozenset(source.names), source.digest())


class _Reading:
    def __init__(self, source: Source, zones: Zones) -> None:
        self._source = source
        self._zones = zones
        self.problems = i.Problems()
        self.companies: dict[str, i.CompanyFiles] = {}
        self._missed: set[tuple[str, str]] = set()
        self._references: dict[tuple[str, str], int] = {}

    def run(self) -> None:
        readers: dict[str, Callable[[Row], None]] = {
            i.COMPANIES: self._company,
            i.SITES: self._site,
            i.LICENCES: self._licence,
            i.PLACEMENTS: self._placement,
            i.SIZES: self._size,
            i.MEMBERS: self._member,
            i.CONTACTS: self._contact,
        }
        for name, reader in readers.items():
            if name not in self._source.names:
                continue
            with self._source.open(name) as opened:
                for row in rows(opened, name, COLUMNS[name], self.problems):
                    with self._place(name, row.line):
                        reader(row)

    @contextmanager
    def _place(self, name: str, line: int) -> Iterator[None]:
        try:
            yield
        except Wrong as error:
            self.problems.add(name, line, str(error))

    def _of(self, file: str, row: Row) -> i.CompanyFiles | None:
        """Find the company of a row; None, and said once, where there is none."""
        reference = row.cells["company"]
        company = self.companies.get(reference)
        if company is None:
            zone = self._zones(reference)
            if zone is None:
                if (file, reference) not in self._missed:
                    self._missed.add((file, reference))
                    near = get_close_matches(reference, list(self.companies)[:1000], n=1)
                    guess = f"did you mean {near[0]}? " if near else ""
                    raise Wrong(
                        f"there is no company {reference}; {guess}write it into {i.COMPANIES}"
                    )
                return None
            company = i.CompanyFiles(reference, ZoneInfo(zone))
            self.companies[reference] = company
        return company

    def _company(self, row: Row) -> None:
        reference = _text(row, "reference")
        if reference in self.companies:
            first = self.companies[reference].row
            raise Wrong(
                f"the company {reference} stands in line {first.line if first else 1} already"
            )
        # A company whose row is wrong is known all the same, for the rows that name it.
        company = i.CompanyFiles(reference, ZoneInfo(self._zones(reference) or "UTC"))
        self.companies[reference] = company
        name = _text(row, "name")
        zone = row.cells.get("time_zone", "")
        if zone:
            company.zone = _zone(zone)
        company.row = i.CompanyRow(row.line, reference, name, zone)

    def _site(self, row: Row) -> None:
        company = self._of(i.SITES, row)
        if company is None:
            return
        reference = _text(row, "reference")
        if reference in company.sites:
            raise Wrong(
                f"the site {reference} of {company.reference} stands in line "
                f"{company.sites[reference].line} already"
            )
        main = _yes_or_no(row, "main") == "yes"
        if main and company.main is not None:
            raise Wrong(
                f"{company.main.reference} is the main site of {company.reference} already; "
                "a company has one"
            )
        company.sites[reference] = i.SiteRow(
            row.line, company.reference, reference, _text(row, "name"), main
        )

    def _licence(self, row: Row) -> None:
        company = self._of(i.LICENCES, row)
        if company is None:
            return
        reference = _text(row, "reference")
        if reference in company.licences:
            raise Wrong(
                f"the licence {reference} of {company.reference} stands in line "
                f"{company.licences[reference].line} already"
            )
        starts = _instant(row, "starts", company.zone)
        ends = None
        if row.cells["ends"]:
            ends = _instant(row, "ends", company.zone, instants.end)
            if ends <= starts:
                raise Wrong(
                    f"ends: {row.cells['ends']}: the licence must end after it starts "
                    f"({row.cells['starts']})"
                    f"{instants.left_out(row.cells['ends'], company.zone)}"
                )
        marks = {name: _mark(row, name, company.zone) for name in ("suspended", "removed")}
        cancelled = _mark(row, "cancelled", company.zone)
        if marks["removed"] not in ("", "no") and cancelled not in ("", "no"):
            raise Wrong("a licence is either removed or cancelled; keep one")
        company.licences[reference] = i.LicenceRow(
            row.line,
            company.reference,
            reference,
            _text(row, "product"),
            _kind(row),
            _whole(row, "units", 1, MOST_UNITS),
            starts,
            ends,
            _instant(row, "added", company.zone) if row.cells.get("added") else None,
            _text(row, "label") if "label" in row.cells else None,
            marks["suspended"],
            marks["removed"],
            cancelled,
        )

    def _placement(self, row: Row) -> None:
        company = self._of(i.PLACEMENTS, row)
        if company is None:
            return
        licence, site = _text(row, "licence"), _text(row, "site")
        placed = company.placements.setdefault(licence, {})
        if site in placed:
            raise Wrong(
                f"units of {licence} are placed in {site or 'the main site'} in line "
                f"{placed[site].line} already"
            )
        units = _whole(row, "units", 0, MOST_UNITS)
        placed[site] = i.PlacementRow(row.line, company.reference, licence, site, units)

    def _size(self, row: Row) -> None:
        company = self._of(i.SIZES, row)
        if company is None:
            return
        licence, site = _text(row, "licence"), _text(row, "site")
        until = _instant(row, "until", company.zone)
        units = _whole(row, "units", 1, MOST_UNITS)
        of_licence = company.sizes.setdefault(licence, {})
        size = of_licence.setdefault(until, i.EarlierSize(row.line, until, units))
        if size.units != units:
            raise Wrong(
                f"{licence} had {size.units} units until then by line {size.line}; write the same"
            )
        if not row.cells["placed"]:
            if site:
                raise Wrong(f"placed is empty; say how many units stood in {site}, such as 0")
            return
        if site in size.placed:
            raise Wrong(f"{site or 'the main site'} stands twice for the same licence and instant")
        size.placed[site] = _whole(row, "placed", 0, MOST_UNITS)

    def _member(self, row: Row) -> None:
        company = self._of(i.MEMBERS, row)
        if company is None:
            return
        user = _text(row, "user").lower()
        if user in company.members:
            raise Wrong(
                f"the user {user} of {company.reference} stands in line "
                f"{company.members[user].line} already"
            )
        reference = _text(row, "reference") if "reference" in row.cells else ""
        if reference:
            first = self._references.setdefault((company.reference, reference), row.line)
            if first != row.line:
                raise Wrong(
                    f"the reference {reference} of {company.reference} stands in line "
                    f"{first} already"
                )
        texts = {
            name: _text(row, name) if name in row.cells else None
            for name in ("name", "site", "source", "group")
        }
        company.members[user] = i.MemberRow(
            row.line,
            company.reference,
            reference,
            user,
            texts["name"],
            texts["site"],
            texts["source"],
            texts["group"],
            _mark(row, "protected", company.zone),
            _whole(row, "order", 0, 10**12) if row.cells.get("order") else 10**12,
        )

    def _contact(self, row: Row) -> None:
        company = self._of(i.CONTACTS, row)
        if company is None:
            return
        address = row.cells["address"].lower()
        if len(address) > 254 or not _ADDRESS.fullmatch(address):
            raise Wrong(
                f"address: {address[:80]}: this is no address; write one such as it@martin.test"
            )
        role = row.cells.get("role", "")
        if role and role not in ROLES:
            raise Wrong(_unknown("role", role, ROLES))
        site: str | None = _text(row, "site")
        if not site:
            site = "" if role == "site_administrator" else None
        if (address, site) in company.contacts:
            raise Wrong(
                f"{address} stands in line {company.contacts[address, site].line} already"
                + (f" for {site}" if site else "")
            )
        language = row.cells.get("language", "")
        if language and language not in LANGUAGES:
            raise Wrong(_unknown("language", language, LANGUAGES))
        zone = row.cells.get("time_zone", "")
        company.contacts[address, site] = i.ContactRow(
            row.line,
            company.reference,
            address,
            site,
            _text(row, "name") if "name" in row.cells else None,
            role,
            language,
            _zone(zone).key if zone else "",
        )


def _unknown(what: str, name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name.lower()[:80], known, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"there is no {what} {name[:80]}; {guess}known are: {', '.join(known)}"


def _text(row: Row, name: str) -> str:
    text = row.cells.get(name, "")
    longest = _LONGEST.get(name, _LONGEST_TEXT)
    if len(text) > longest:
        raise Wrong(f"{name} has {len(text)} characters; at most {longest} are kept")
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return instants.zone(name)
    except ValueError as error:
        raise Wrong(f"time_zone: {name[:80]}: {error}") from None


def _instant(
    row: Row, name: str, zone: ZoneInfo, reading: instants.Reading = instants.instant
) -> int:
    text = row.cells[name]
    try:
        return reading(text, zone)
    except ValueError as error:
        raise Wrong(f"{name}: {text[:80]}: {error}") from None


def _whole(row: Row, name: str, least: int, most: int) -> int:
    text = row.cells[name]
    if not _WHOLE.fullmatch(text):
        raise Wrong(f"{name}: {text[:80]}: write a whole number with digits alone, such as 25")
    number = int(text)
    if not least <= number <= most:
        raise Wrong(f"{name}: {text}: it must be at least {least} and at most {most}")
    return number


def _kind(row: Row) -> f.Kind | None:
    text = row.cells.get("kind", "")
    if not text:
        return None
    if text not in f.KINDS:
        raise Wrong(_unknown("kind", text, f.KINDS))
    return cast(f.Kind, text)


def _yes_or_no(row: Row, name: str) -> str:
    text = row.cells.get(name, "").lower()
    if text not in ("", "yes", "no"):
        raise Wrong(f"{name}: {text[:80]}: write yes or no")
    return text


def _mark(row: Row, name: str, zone: ZoneInfo) -> i.Mark:
    text = row.cells.get(name, "")
    if text.lower() == "yes":
        return "yes"
    if text.lower() == "no":
        return "no"
    if not text:
        return ""
    try:
        return instants.instant(text, zone)
    except ValueError:
        raise Wrong(
            f"{name}: {text[:80]}: write yes, no, or since when, such as 2026-01-01 or "
            "2026-01-01T09:00:00Z"
        ) from None
