"""What `tenure whatif` is told to suppose: its options and its file, read as changes.

Both are read as facts first, in the words of people: licences by reference, label or id, pools by
name or reference. `Resolver` then finds the rows that they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli import scenario_values as v
from tenure.cli.errors import ScenarioError, UserError
from tenure.cli.scenario_facts import Company, action
from tenure.cli.yaml_places import Entries, Scalar, compose, decode
from tenure.core import facts as f

if TYPE_CHECKING:
    from tenure.services.whatifs import Change
    from tenure.store.models import Company as CompanyRow
    from tenure.store.models import Licence, Pool

VALUED = ("add", "renew", "resize", "place", "suspend", "resume", "remove", "cancel")
SEATS = ("protect", "unprotect")
SWITCHES = ("close", "reopen", "hold-deletion", "release-deletion")

_LATER = re.compile(r"@([0-9]{4}-[0-9].*)$")
_ADD = ("units", "ends", "starts", "kind", "pool", "product", "label")


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact as people name it; ``place`` is where it is written, ``at`` None: at once."""

    fact: f.Fact
    place: str
    at: int | None = None
    more: Mapping[str, str] = field(default_factory=dict)


def read(name: str, text: str, at: int | None, now: int, zone: ZoneInfo, first: str) -> Asked:
    """Read an option; ``first`` is the company's own pool. Raises ``UserError`` with its name."""
    place = f"--{name} {text}".strip()
    try:
        if found := _LATER.search(text):
            at = instants.instant(found[1], zone)
            text = text[: found.start()]
        fact, more = _READERS[name](text, now if at is None else at, zone, first)
    except ValueError as error:
        raise UserError(f"{place}: {error}") from None
    return Asked(fact, place, at, more)


Read = tuple[f.Fact, Mapping[str, str]]
Reader = Callable[[str, int, ZoneInfo, str], Read]


def _parts(text: str, example: str) -> tuple[str, str]:
    licence, sign, value = text.rpartition("=")
    if not sign or not licence.strip() or not value.strip():
        raise ValueError(f"write a licence, = and a value, such as {example}")
    return licence.strip(), value.strip()


def _whole(text: str, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > v.MOST_UNITS:
        raise ValueError(f"{what} must be a whole number, such as 25, and not {text or 'nothing'}")
    return int(text)


def _placements(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in text.split("+"):
        pool, sign, count = part.rpartition(":")
        if not sign:
            raise ValueError("write pools with their units, such as Lyon:30+Paris:70")
        if pool.strip() in found:
            raise ValueError(f"the pool {pool.strip()} stands twice; keep one")
        found[pool.strip()] = _whole(count.strip(), f"the units in {pool.strip()}")
    return found


def _add(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
    example = "units=10,ends=2027-01-01,pool=Lyon"
    given: dict[str, str] = {}
    for part in text.split(","):
        key, sign, value = (each.strip() for each in part.partition("="))
        if not sign or key not in _ADD:
            raise ValueError(f"write {example}; known are: {', '.join(_ADD)}")
        if key in given:
            raise ValueError(f"{key} stands twice; keep one")
        given[key] = value
    if "units" not in given:
        raise ValueError(f"units is missing; write {example}")
    units = _whole(given["units"], "units")
    starts = instants.instant(given["starts"], zone) if "starts" in given else at
    ends = instants.end(given["ends"], zone) if "ends" in given else None
    kind = given.get("kind", "full")
    if kind not in f.KINDS:
        raise ValueError(v.unknown("kind", kind, f.KINDS))
    placed = {}
    if "pool" in given:
        pool = given["pool"]
        placed = _placements(pool) if ":" in pool else {pool: units}
    name = given.get("label", "")
    fact = f.LicenceAdded(at, name, units, starts, ends, kind, placed)  # type: ignore[arg-type]  # a choice of click
    return fact, {key: given[key] for key in ("product", "label") if key in given}


def _renew(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
    licence, ends = _parts(text, "COS-2026-01=2027-06-30")
    return f.LicenceRenewed(at, licence, instants.end(ends, zone)), {}


def _resize(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
    licence, value = _parts(text, "COS-2026-01=80 or COS-2026-01=80,Lyon:30+Paris:50")
    units, comma, placed = value.partition(",")
    return (
        f.LicenceResized(
            at, licence, _whole(units.strip(), "units"), _placements(placed) if comma else None
        ),
        {},
    )


def _place(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
    licence, placed = _parts(text, "COS-2026-01=Lyon:30+Paris:70")
    return f.LicencePlaced(at, licence, _placements(placed)), {}


def _touch(kind: type[f.LicenceFact]) -> Reader:
    def read(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
        if not text.strip():
            raise ValueError("name a licence by its reference, its label or its id")
        return kind(at, text.strip()), {}

    return read


def _seats(kind: Callable[[int, str, int], f.Fact]) -> Reader:
    def read(text: str, at: int, zone: ZoneInfo, first: str) -> Read:
        pool, sign, count = text.rpartition("=")
        return kind(at, pool.strip() if sign else first, _whole(count.strip(), "seats")), {}

    return read


def _switch(kind: Callable[[int], f.Fact]) -> Reader:
    return lambda text, at, zone, first: (kind(at), {})


_READERS: Mapping[str, Reader] = {
    "add": _add,
    "renew": _renew,
    "resize": _resize,
    "place": _place,
    "suspend": _touch(f.LicenceSuspended),
    "resume": _touch(f.LicenceResumed),
    "remove": _touch(f.LicenceRemoved),
    "cancel": _touch(f.LicenceCancelled),
    "protect": _seats(f.SeatsProtected),
    "unprotect": _seats(f.SeatsUnprotected),
    "close": _switch(f.CompanyClosed),
    "reopen": _switch(f.CompanyReopened),
    "hold-deletion": _switch(f.DeletionHeld),
    "release-deletion": _switch(f.DeletionReleased),
}


def read_file(path: str, now: int, zone: ZoneInfo, pools: tuple[str, ...]) -> list[Asked]:
    """Read the ``actions`` of a file; an entry without ``at`` is done at once.

    ``pools`` are the names that can stand in it, the company's own first. Raises ``UserError``.
    """
    problems = v.Problems()
    found: list[Asked] = []
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    try:
        with problems:
            root = compose(decode(content))
            v.check_keys(root, "in a file of changes", ("actions",))
            example = "[{remove_licence: COS-2026-01}]"
            node = v.required(root, "actions", "in the file", example)
            for item in v.items(node, "actions", example):
                with problems:
                    found.append(_entry(item, path, now, Company(zone, pools)))
    except v.Enough:
        pass
    if problems.found:
        raise ScenarioError(path, problems.found)
    return found


def _entry(item: Any, path: str, now: int, company: Company) -> Asked:
    is_now = isinstance(item, Entries) and "at" not in item.keys
    if is_now:
        key = Scalar(item.line, item.column, "at")
        item.keys["at"] = key
        item.values["at"] = Scalar(item.line, item.column, instants.written(now))
    written = action(item, company)
    at = None if is_now else written.fact.at
    return Asked(written.fact, f"{path}:{written.place.line}", at)


class Resolver:
    """Finds the licences and pools of a company that people name."""

    def __init__(
        self,
        service: str,
        licences: list[Licence],
        pools: list[Pool],
        product: str,
    ) -> None:
        self._service = service
        self._licences = licences
        self._pools = pools
        self._product = product
        self._added: dict[str, UUID] = {}

    @classmethod
    def of(cls, company: CompanyRow, service: str, pools: list[Pool]) -> Resolver:
        """Read what can be named. Raises ``NotFound`` where no product has the service."""
        from tenure.services import whatifs

        licences = list(company.licences.order_by("opened_seq"))
        return cls(service, licences, pools, whatifs.usual_product(company, service))

    def change(self, asked: Asked) -> Change:
        """Give the change that is meant. Raises ``UserError`` with its place."""
        try:
            return replace(self._change(asked), at=asked.at)
        except ValueError as error:
            raise UserError(f"{asked.place}: {error}") from None

    def _change(self, asked: Asked) -> Change:
        from tenure.services import whatifs
        from tenure.services.licences import NewLicence
        from tenure.store.ids import new_id

        match asked.fact:
            case f.LicenceAdded() as fact:
                placed = self._placed(fact.placements)
                new = NewLicence(
                    asked.more.get("product", self._product),
                    fact.units,
                    fact.starts,
                    fact.ends,
                    fact.kind,
                    placed,
                    label=fact.licence,
                )
                id_ = new_id()
                if fact.licence:
                    self._added[fact.licence] = id_
                return whatifs.add(new, licence_id=id_)
            case f.LicenceRenewed() as fact:
                return whatifs.renew(self._licence(fact.licence), fact.ends)
            case f.LicenceResized() as fact:
                placements = None if fact.placements is None else self._placed(fact.placements)
                return whatifs.resize(self._licence(fact.licence), fact.units, placements)
            case f.LicencePlaced() as fact:
                return whatifs.place(self._licence(fact.licence), self._placed(fact.placements))
            case f.LicenceSuspended() as fact:
                return whatifs.suspend(self._licence(fact.licence))
            case f.LicenceResumed() as fact:
                return whatifs.resume(self._licence(fact.licence))
            case f.LicenceRemoved() as fact:
                return whatifs.remove(self._licence(fact.licence))
            case f.LicenceCancelled() as fact:
                return whatifs.cancel(self._licence(fact.licence))
            case f.SeatsProtected() as fact:
                return whatifs.protect(self._service, self._pool(fact.pool), fact.count)
            case f.SeatsUnprotected() as fact:
                return whatifs.unprotect(self._service, self._pool(fact.pool), fact.count)
            case f.CompanyClosed():
                return whatifs.close()
            case f.CompanyReopened():
                return whatifs.reopen()
            case f.DeletionHeld():
                return whatifs.hold_deletion()
            case f.DeletionReleased():
                return whatifs.release_deletion()
            case f.DeletionConfirmed():
                return whatifs.confirm_deletion()
        raise TypeError(f"not a change: {asked.fact!r}")

    def _placed(self, placements: Mapping[str, int]) -> dict[UUID, int]:
        return {self._pool(name): units for name, units in placements.items()}

    def _licence(self, name: str) -> UUID:
        if name in self._added:
            return self._added[name]
        for field_ in ("reference", "id", "label"):
            found = [x for x in self._licences if str(getattr(x, field_)) == name]
            if len(found) == 1:
                return found[0].id
            if found:
                several = ", ".join(x.reference or str(x.id) for x in found)
                raise ValueError(
                    f"several licences are called {name}; name one by its reference or id: "
                    f"{several}"
                )
        known = [x.reference or x.label or str(x.id) for x in self._licences]
        if not known:
            raise ValueError(f"there is no licence {name}; the company has none")
        raise ValueError(v.unknown("licence", name, known))

    def _pool(self, name: str) -> UUID:
        for field_ in ("name", "reference", "id"):
            found = [x for x in self._pools if str(getattr(x, field_)) == name]
            if len(found) == 1:
                return found[0].id
        known = [x.name for x in self._pools]
        raise ValueError(v.unknown("pool", name, known))
