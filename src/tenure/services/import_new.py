"""Making a company that an import brings, with its history. Within the import's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from tenure.clock import Clock
from tenure.core import facts as f
from tenure.core import records as r
from tenure.services import companies, groups, licences
from tenure.services.errors import ServiceError
from tenure.services.import_history import History, Services, Step
from tenure.services.import_rows import COMPANIES, CompanyFiles, MemberRow, Problems
from tenure.services.import_terms import OWN, pool_of
from tenure.services.ledger import Ledger, writing
from tenure.services.seats import SeatsNotGranted
from tenure.store.ids import new_id
from tenure.store.models import (
    Account,
    Company,
    Contact,
    ImportBatch,
    Licence,
    Member,
    Seat,
    Source,
    TestClock,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all companies of one import have in common."""

    clock: Clock
    who: str
    now: int
    services: Services
    all_services: tuple[str, ...]
    test_clock: TestClock | None = None


def create(
    files: CompanyFiles,
    history: History,
    batch: ImportBatch,
    setting: Setting,
    problems: Problems,
) -> None:
    """Make the company. What the core refuses goes to ``problems``, with its place."""
    row = files.row
    if row is None:
        raise ValueError("a new company has a row of its own")
    account = Account.objects.create(
        kind=Account.Kind.BUSINESS, name=row.name, created_at=setting.now
    )
    company = Company.objects.create(
        account=account,
        reference=row.reference,
        name=row.name,
        time_zone=files.zone.key,
        clock=setting.test_clock,
        batch=batch,
        created_at=setting.now,
    )
    since = min([setting.now, *(step.fact.at for step in history.steps)])
    place = (COMPANIES, row.line)
    try:
        with writing(company.id, setting.clock, setting.who, since=since) as ledger:
            for service in setting.all_services:
                ledger.open_instance(service)
            making = _Making(ledger, files, setting, since)
            for step in history.steps:
                place = (step.file, step.line)
                making.take(step)
            place = (COMPANIES, row.line)
            making.finish()
    except ServiceError as error:
        problems.add(*place, str(error))


class _Making:
    def __init__(self, ledger: Ledger, files: CompanyFiles, setting: Setting, since: int) -> None:
        self._ledger = ledger
        self._files = files
        self._setting = setting
        self._pools = self._open_pools(since)
        self._licences: dict[str, Licence] = {}
        self._members = self._make_members()
        self._seats: list[Seat] = []

    def take(self, step: Step) -> None:
        """Append the fact of a step."""
        match step.fact:
            case f.LicenceAdded():
                self._add(step, step.fact)
            case f.LicenceResized():
                self._resize(step.fact)
            case f.LicenceFact():
                self._change(step, step.fact)
            case f.SeatsProtected():
                self._protect(step, step.fact)

    def finish(self) -> None:
        """Write the rows that need no fact, and those that are written all at once."""
        for seat in self._seats:
            member = self._members[seat.member_id]
            member.added_at = min(member.added_at, seat.protected_at)
        Member.objects.bulk_create(self._members.values())
        rows = self._files.members.values()
        named = {self._ids[row.user]: groups.named(row.group or "") for row in rows}
        groups.put(self._ledger.company, named, at=self._setting.now)
        Seat.objects.bulk_create(self._seats)
        Contact.objects.bulk_create(self._contacts())
        for service in self._ledger.services:
            self._fold(service)

    def _fold(self, service: str) -> None:
        """Keep the history as the state from which the engine will go on.

        It records every transition of the history, but nobody is told that a gap of long ago is
        over, of which nobody was told that it began.
        """
        life = self._ledger.life(service)
        life.advance(max(life.at, self._setting.now - 1))
        life.asked = [asked for asked in life.asked if asked.kind != "restored"]
        instance = self._ledger.instance(service)
        instance.state = life.to_data()
        instance.as_of_seq = self._ledger.seq
        # Whoever writes next does so at a later instant, even if the clock goes back.
        instance.ran_at = life.at
        instance.save(update_fields=["state", "as_of_seq", "ran_at"])

    def _open_pools(self, since: int) -> dict[str, UUID]:
        main = self._files.main
        own = companies.NewPool(
            self._ledger.company.name if main is None else main.name,
            "" if main is None else main.reference,
        )
        pools = {OWN: companies.append_pool(self._ledger, own, at=since).id}
        for site in self._files.sites.values():
            if not site.main:
                new = companies.NewPool(site.name, site.reference)
                pools[site.reference] = companies.append_pool(self._ledger, new, at=since).id
        return pools

    def _contact_pool(self, site: str | None) -> UUID | None:
        return None if site is None else self._pools[pool_of(self._files, site)]

    def _pool(self, site: str | None) -> UUID | None:
        """Give the pool of a site; None for the company's own, where none is named."""
        return self._pools[pool_of(self._files, site)] if site else None

    def _make_members(self) -> dict[UUID, Member]:
        rows = self._files.members.values()
        company = self._ledger.company
        sources = named_sources(company, [row.source for row in rows])
        self._ids: dict[str, UUID] = {}
        found: dict[UUID, Member] = {}
        for row in rows:
            member = Member(
                company=company,
                id=new_id(),
                reference=row.reference,
                user=row.user,
                name=row.name or "",
                source_id=sources.get(row.source or ""),
                pool_id=self._pool(row.site),
                added_at=self._setting.now,
            )
            self._ids[row.user] = member.id
            found[member.id] = member
        return found

    def _add(self, step: Step, fact: f.LicenceAdded) -> None:
        row = step.licence
        if row is None:
            raise ValueError("a licence comes from a row")
        self._licences[fact.licence] = licences.append_new(
            self._ledger,
            licences.NewLicence(
                product=row.product,
                units=fact.units,
                starts=fact.starts,
                ends=fact.ends,
                kind=fact.kind,
                placements={self._pools[pool]: n for pool, n in fact.placements.items()},
                reference=row.reference,
                label=row.label or "",
            ),
            at=fact.at,
        )

    def _resize(self, fact: f.LicenceResized) -> None:
        licence = self._licences[fact.licence]
        placements = {self._pools[pool]: n for pool, n in (fact.placements or {}).items()}
        licences.append_resized(self._ledger, licence, fact.units, placements, at=fact.at)

    def _change(self, step: Step, fact: f.LicenceFact) -> None:
        licence = self._licences[fact.licence]
        renamed = replace(fact, licence=str(licence.id))
        self._ledger.append(
            lambda _: renamed,
            services=self._setting.services(licence.product_id),
            at=fact.at,
        )
        match fact:
            case f.LicenceSuspended():
                licence.suspended_at = fact.at
            case f.LicenceRemoved():
                licence.removed_at = fact.at
            case f.LicenceCancelled():
                licence.cancelled_at = fact.at
        licence.save(update_fields=["suspended_at", "removed_at", "cancelled_at"])

    def _protect(self, step: Step, fact: f.SeatsProtected) -> None:
        pool = self._pools[fact.pool]
        records = self._ledger.append(
            lambda _: replace(fact, pool=str(pool)), services=(step.service,), at=fact.at
        )
        check_granted(records)
        self._seats += self._seat_rows(step, fact.at, pool, step.members)

    def _seat_rows(
        self, step: Step, at: int, pool: UUID, members: Sequence[MemberRow]
    ) -> list[Seat]:
        return [
            Seat(
                company=self._ledger.company,
                id=new_id(),
                service=step.service,
                instance=self._ledger.life(step.service).instance,
                pool_id=pool,
                member_id=self._ids[member.user],
                protected_at=at,
                opened_seq=self._ledger.seq,
                place=place,
            )
            for place, member in enumerate(members)
        ]

    def _contacts(self) -> list[Contact]:
        company = self._ledger.company
        return [
            Contact(
                company=company,
                id=new_id(),
                pool_id=self._contact_pool(row.site),
                role=row.role or default_role(row.site),
                name=row.name or "",
                address=row.address,
                language=row.language or "en",
                time_zone=row.time_zone or company.time_zone,
            )
            for row in self._files.contacts.values()
        ]


def default_role(site: str | None) -> str:
    """Give the role of a contact that names none."""
    if site is None:
        return Contact.Role.NOTIFICATION_ADDRESS
    return Contact.Role.SITE_ADMINISTRATOR


def check_granted(records: Sequence[r.Record]) -> None:
    """Raise ``SeatsNotGranted`` where the core refused the seats."""
    for record in records:
        if isinstance(record, r.SeatsRefused):
            raise SeatsNotGranted(record)


def named_sources(company: Company, names: Sequence[str | None]) -> dict[str, UUID]:
    """Give the sources of those names, by name; what is missing is made."""
    wanted = {name for name in names if name}
    found = dict(Source.objects.filter(company=company).values_list("name", "id")) if wanted else {}
    made = [Source(company=company, id=new_id(), name=name) for name in sorted(wanted - set(found))]
    Source.objects.bulk_create(made)
    return found | {row.name: row.id for row in made}
