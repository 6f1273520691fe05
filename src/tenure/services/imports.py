"""Importing: compare the files with what is there, then carry out what differs. All or nothing.

One transaction holds everything, and the difference is found within it. A dry run carries the
same plan out, so that the rules answer as they would, and takes all of it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenure.clock import Clock, SetClock
from tenure.services import audit, clocks
from tenure.services.errors import Refused, ServiceError
from tenure.services.import_changes import changes
from tenure.services.import_diff import Diff
from tenure.services.import_history import History, history
from tenure.services.import_known import load
from tenure.services.import_new import Setting, create
from tenure.services.import_rows import (
    LICENCES,
    CompanyFiles,
    EnoughProblems,
    Files,
    Problem,
    Problems,
)
from tenure.services.ledger import clock_of, refuse_while_waiting
from tenure.store.models import Company, ImportBatch, Product, Service, TestClock

Ended = Literal["pending", "grace"]
"""What becomes of a company whose licences have ended before it is imported."""

AT_ONCE = 200
"""So many companies are compared at a time."""


class ImportNotDone(Exception):
    """The files cannot be imported; nothing was changed. ``problems`` say why, and where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


@dataclass(slots=True)
class Outcome:
    """What an import changed, or would change."""

    diffs: list[Diff] = field(default_factory=list)
    batch: UUID | None = None
    """The import that waits to be released; None where no company is new."""
    others: int = 0
    """Companies of which the files do not speak."""

    def count(self, status: str) -> int:
        """Give how many companies are new, changed or unchanged."""
        return sum(diff.status == status for diff in self.diffs)


def zones() -> dict[str, str]:
    """Give the time zone of every company, by its reference, or by its id where it has none."""
    rows = Company.objects.values_list("id", "reference", "time_zone")
    return {reference or str(id_): zone for id_, reference, zone in rows}


def bring_in(
    files: Files,
    *,
    clock: Clock,
    who: str,
    ended: Ended | None = None,
    apply: bool = True,
    test_clock: str | None = None,
) -> Outcome:
    """Import files; without ``apply`` give what would change, and change nothing.

    ``ended`` says what becomes of new companies whose licences have ended: ``pending`` leaves
    them without a history, ``grace`` starts their grace now. ``test_clock``: new companies are
    test companies that live by the clock of that name, which is made where there is none.

    Raises ``ImportNotDone``, with nothing changed, and ``Refused`` where demo mode is on, or
    several clocks have the name.
    """
    problems = Problems()
    try:
        with transaction.atomic():
            refuse_while_waiting()
            outcome = _Import(files, clock, who, ended, test_clock, problems).run()
            if problems.found:
                raise EnoughProblems
            if apply:
                _record(outcome)
            else:
                outcome.batch = None
                transaction.set_rollback(True)
    except EnoughProblems:
        raise ImportNotDone(problems.found) from None
    return outcome


class _Import:
    def __init__(
        self,
        files: Files,
        clock: Clock,
        who: str,
        ended: Ended | None,
        test_clock: str | None,
        problems: Problems,
    ) -> None:
        if settings.DEMO and test_clock is None:
            raise Refused("in demo mode every company is a test company; name a test clock")
        self._files = files
        self._ended = ended
        self._problems = problems
        self._catalogue = {
            product.key: tuple(sorted(service.key for service in product.services.all()))
            for product in Product.objects.prefetch_related("services")
        }
        self._setting = Setting(
            clock,
            who,
            clock.now(),
            lambda product: self._catalogue.get(product, ()),
            tuple(Service.objects.order_by("key").values_list("key", flat=True)),
            None if test_clock is None else _clock(test_clock, clock.now()),
        )
        lives_by = self._setting.test_clock
        self._new_now = self._setting.now if lives_by is None else lives_by.now_at

    def run(self) -> Outcome:
        """Compare and carry out; what is wrong goes to the problems."""
        outcome = Outcome()
        self._check_products()
        known = self._lock()
        outcome.others = Company.objects.count() - len(known)
        new = [files for name, files in self._files.companies.items() if name not in known]
        outcome.diffs += self._make(new, outcome)
        old = [files for name, files in self._files.companies.items() if name in known]
        for start in range(0, len(old), AT_ONCE):
            some = old[start : start + AT_ONCE]
            outcome.diffs += self._change(some, [known[files.reference] for files in some])
        order = {name: number for number, name in enumerate(self._files.companies)}
        outcome.diffs.sort(key=lambda diff: order[diff.reference])
        return outcome

    def _lock(self) -> dict[str, Company]:
        """Lock the companies of which the files speak, in the order in which everybody does."""
        by_reference = {
            reference or str(id_): id_
            for id_, reference in Company.objects.values_list("id", "reference")
        }
        ids = [by_reference[name] for name in self._files.companies if name in by_reference]
        ids.sort()
        rows: list[Company] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            rows += Company.objects.select_for_update().filter(id__in=some).order_by("id")
        return {company.reference or str(company.id): company for company in rows}

    def _check_products(self) -> None:
        for company in self._files.companies.values():
            for row in company.licences.values():
                if self._catalogue.get(row.product):
                    continue
                near = get_close_matches(row.product[:80], self._catalogue, n=1)
                guess = f"did you mean {near[0]}? " if near else ""
                names = ", ".join(key for key, services in self._catalogue.items() if services)
                self._problems.add(
                    LICENCES,
                    row.line,
                    f"there is no product {row.product}; {guess}there are: {names or 'none yet'}",
                )

    # New companies

    def _make(self, new: list[CompanyFiles], outcome: Outcome) -> list[Diff]:
        histories: list[tuple[CompanyFiles, History]] = []
        undecided: list[CompanyFiles] = []
        for files in new:
            found = history(
                files,
                self._setting.services,
                self._problems,
                now=self._new_now,
                pending=self._ended == "pending",
            )
            histories.append((files, found))
            if found.is_over and self._ended is None:
                undecided.append(files)
        for files in undecided:
            first = next(iter(files.licences.values()))
            self._problems.add(
                LICENCES,
                first.line,
                f"the licences of {files.reference} have ended: say with --ended grace that its "
                "grace starts now, or with --ended pending that it waits for its first licence",
            )
        if self._problems.found or not histories:
            return []
        batch = ImportBatch.objects.create(created_at=self._setting.now, digest=self._files.digest)
        setting = self._setting
        if setting.test_clock is not None:
            setting = replace(setting, clock=SetClock(self._new_now), now=self._new_now)
        diffs = []
        for files, found in histories:
            with transaction.atomic():
                create(files, found, batch, setting, self._problems)
            diffs.append(_new_diff(files, found))
        total: Counter[str] = Counter(companies=len(diffs))
        for diff in diffs:
            total.update(diff.added)
        batch.counts = dict(total)
        batch.save(update_fields=["counts"])
        outcome.batch = batch.id
        return diffs

    # Companies that are there

    def _change(self, some: list[CompanyFiles], companies: list[Company]) -> Iterator[Diff]:
        known = load(companies)
        for files, company in zip(some, companies, strict=True):
            before = len(self._problems.found)
            said = files.row is not None and files.row.time_zone
            if not said and files.zone.key != company.time_zone:
                raise ServiceError(f"the time zone of {company.name} changed just now; try again")
            now = clock_of(company, self._setting.clock).now()
            diff = changes(
                files,
                known[company.id],
                replace(self._setting, now=now),
                self._files.present,
                self._problems,
            )
            yield diff
            if len(self._problems.found) > before:
                continue
            for change in diff.changes:
                try:
                    change.do()
                except ServiceError as error:
                    self._problems.add(change.file, change.line, str(error))
                    break  # what follows builds on it
            else:
                if diff.changes:
                    audit.record(
                        "company.imported", company=company, new={"changes": len(diff.changes)}
                    )


def _record(outcome: Outcome) -> None:
    """Record the import as a whole; last, because the companies are locked already."""
    statuses = ("new", "changed", "unchanged")
    audit.record(
        "import.done",
        object="" if outcome.batch is None else f"import:{outcome.batch}",
        new={status: outcome.count(status) for status in statuses},
    )


def _clock(name: str, now: int) -> TestClock:
    found = list(TestClock.objects.filter(name=name)[:2])
    if len(found) > 1:
        raise Refused(f"there are several test clocks {name}; name another")
    return found[0] if found else clocks.create(name, now)


def _new_diff(files: CompanyFiles, found: History) -> Diff:
    name = files.reference if files.row is None else files.row.name
    diff = Diff(files.reference, name, "new")
    seats = sum(len(step.members) for step in found.steps)
    for noun, count in (
        ("sites", len(files.sites)),
        ("licences", len(files.licences)),
        ("members", len(files.members)),
        ("seats", seats),
        ("contacts", len(files.contacts)),
    ):
        if count:
            diff.added[noun] = count
    if found.is_over:
        diff.notes.append(
            f"its licences have ended; {found.unseated} members marked as protected get no seat, "
            "and it waits for its first licence"
            if found.unseated or not seats
            else "its licences have ended; its grace starts when the import is released"
        )
    return diff
