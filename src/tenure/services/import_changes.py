"""What an import changes in a company that exists already: only what differs, never a removal.

``changes`` compares; nothing is written before the doings of the changes are called. Members and
their seats are in ``import_members``.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tenure.services import companies
from tenure.services.import_diff import Diff
from tenure.services.import_known import Known, Pools
from tenure.services.import_licences import licence_changes
from tenure.services.import_members import member_changes
from tenure.services.import_new import Setting, default_role
from tenure.services.import_rows import (
    COMPANIES,
    CONTACTS,
    SITES,
    CompanyFiles,
    ContactRow,
    Problems,
    SiteRow,
)
from tenure.services.import_terms import unknown
from tenure.store.models import Account, Company, Contact, Pool


def changes(
    files: CompanyFiles,
    known: Known,
    setting: Setting,
    present: frozenset[str],
    problems: Problems,
) -> Diff:
    """Compare what the files say of a company with what is known of it."""
    comparing = _Comparing(files, known, setting, problems)
    comparing.company()
    comparing.sites(present)
    licence_changes(comparing.diff, files, known, comparing.pools, setting, present, problems)
    member_changes(comparing.diff, files, known, comparing.pools, setting, present, problems)
    comparing.contacts(present)
    return comparing.diff


class _Comparing:
    def __init__(
        self, files: CompanyFiles, known: Known, setting: Setting, problems: Problems
    ) -> None:
        self._files = files
        self._known = known
        self._setting = setting
        self._problems = problems
        self._id = known.company.id
        self.pools = Pools(files, known)
        self.diff = Diff(files.reference, known.company.name)

    # The company and its sites

    def company(self) -> None:
        row, company = self._files.row, self._known.company
        if row is None:
            return
        if row.name != company.name:
            old = company.name
            self.diff.change(
                COMPANIES, row.line, f"name: {old} → {row.name}", lambda: self._rename(row.name)
            )
        if row.time_zone and row.time_zone != company.time_zone:
            zone = self._files.zone.key
            self.diff.change(
                COMPANIES,
                row.line,
                f"time zone: {company.time_zone} → {zone}",
                lambda: self._update(time_zone=zone),
            )

    def _rename(self, name: str) -> None:
        company = self._known.company
        Account.objects.filter(id=company.account_id, name=company.name).update(name=name)
        main = self._known.main
        if main is not None and self._files.main is None and main.name == company.name:
            Pool.objects.filter(company_id=self._id, id=main.id).update(name=name)
        self._update(name=name)

    def _update(self, **values: str) -> None:
        Company.objects.filter(id=self._id).update(**values)

    def sites(self, present: frozenset[str]) -> None:
        for row in self._files.sites.values():
            pool = self._known.main if row.main else self._known.pools.get(row.reference)
            if row.main:
                taken = self._known.pools.get(row.reference)
                if taken is not None and taken is not self._known.main:
                    self._problems.add(
                        SITES, row.line, f"{row.reference} is a site already; it cannot become main"
                    )
                    continue
            if pool is None:
                self.diff.add("sites", SITES, row.line, self._opening(row))
                continue
            self._rename_site(row, pool)
        if SITES in present:
            named = set(self._files.sites)
            left = [
                reference
                for reference, pool in self._known.pools.items()
                if reference not in named and pool is not self._known.main
            ]
            self.diff.leave("sites", left)

    def _opening(self, row: SiteRow) -> Callable[[], None]:
        def do() -> None:
            pool = companies.open_pool(
                self._id,
                companies.NewPool(row.name, row.reference),
                clock=self._setting.clock,
                who=self._setting.who,
            )
            self.pools.ids[row.reference] = pool.id

        return do

    def _rename_site(self, row: SiteRow, pool: Pool) -> None:
        reference = row.reference
        if reference == str(pool.id):  # the name of one that has no reference
            reference = pool.reference
        if (row.name, reference) == (pool.name, pool.reference):
            self.diff.same["sites"] += 1
            return
        mine = Pool.objects.filter(company_id=self._id, id=pool.id)
        said = f"site {row.reference}: name {pool.name} → {row.name}"
        if row.name == pool.name:
            said = f"the main site has the reference {row.reference}"
        self.diff.change(
            SITES, row.line, said, lambda: _none(mine.update(name=row.name, reference=reference))
        )

    # Contacts

    def contacts(self, present: frozenset[str]) -> None:
        named: set[tuple[str, UUID | None]] = set()
        for row in self._files.contacts.values():
            if row.site and not self.pools.exists(row.site):
                self._problems.add(
                    CONTACTS,
                    row.line,
                    unknown(self._files, "site", row.site, self.pools.references),
                )
                continue
            key = (row.address, self.pools.find_or_none(row.site) if row.site is not None else None)
            is_new_site = row.site is not None and key[1] is None
            contact = None if is_new_site else self._known.contacts.get(key)
            named.add(key)
            if contact is None:
                self.diff.add("contacts", CONTACTS, row.line, self._adding(row))
            else:
                self._compare_contact(row, contact)
        if CONTACTS in present:
            left = [
                address for (address, pool) in self._known.contacts if (address, pool) not in named
            ]
            self.diff.leave("contacts", left)

    def _adding(self, row: ContactRow) -> Callable[[], None]:
        def do() -> None:
            companies.append_contact(
                Contact(
                    company_id=self._id,
                    pool_id=None if row.site is None else self.pools.find(row.site),
                    role=row.role or default_role(row.site),
                    name=row.name or "",
                    address=row.address,
                    language=row.language or "en",
                    time_zone=row.time_zone or self._files.zone.key,
                )
            )

        return do

    def _compare_contact(self, row: ContactRow, contact: Contact) -> None:
        wanted: dict[str, str] = {}
        if row.name is not None:
            wanted["name"] = row.name
        for name, value in (
            ("role", row.role),
            ("language", row.language),
            ("time_zone", row.time_zone),
        ):
            if value:
                wanted[name] = value
        new = {name: value for name, value in wanted.items() if getattr(contact, name) != value}
        if not new:
            self.diff.same["contacts"] += 1
            return
        mine = Contact.objects.filter(company_id=self._id, id=contact.id)
        said = ", ".join(
            f"{name.replace('_', ' ')} {getattr(contact, name) or 'empty'} → {value or 'empty'}"
            for name, value in new.items()
        )
        self.diff.change(
            CONTACTS,
            row.line,
            f"contact {row.address}: {said}",
            lambda: _none(mine.update(**new)),
        )


def _none(_: int) -> None:
    """Let an update be a doing: it gives nothing."""
