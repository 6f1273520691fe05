"""What an import changes in the licences of a company that exists already.

A licence never gets shorter, never starts otherwise and never goes because a file is silent.
"""

from __future__ import annotations

from uuid import UUID

from tenure.services import licences
from tenure.services.import_diff import Diff, told, told_end
from tenure.services.import_known import Known, Pools
from tenure.services.import_new import Setting
from tenure.services.import_rows import (
    LICENCES,
    PLACEMENTS,
    CompanyFiles,
    LicenceRow,
    PlacementRow,
    Problems,
)
from tenure.services.import_terms import OWN, unknown
from tenure.store.models import Licence


def licence_changes(
    diff: Diff,
    files: CompanyFiles,
    known: Known,
    pools: Pools,
    setting: Setting,
    present: frozenset[str],
    problems: Problems,
) -> None:
    """Compare licences and placements, and add what differs to ``diff``."""
    _Licences(diff, files, known, pools, setting, problems).all_licences(present)


class _Licences:
    def __init__(
        self,
        diff: Diff,
        files: CompanyFiles,
        known: Known,
        pools: Pools,
        setting: Setting,
        problems: Problems,
    ) -> None:
        self._diff = diff
        self._files = files
        self._known = known
        self._pools = pools
        self._setting = setting
        self._problems = problems
        self._id = known.company.id

    def all_licences(self, present: frozenset[str]) -> None:
        for row in self._files.licences.values():
            licence = self._known.licences.get(row.reference)
            if licence is None:
                self._new_licence(row)
            else:
                self._compare_licence(row, licence)
        for reference, placed in self._files.placements.items():
            if reference not in self._files.licences:
                self._place_only(reference, list(placed.values()))
        if LICENCES in present:
            left = [x for x in self._known.licences if x not in self._files.licences]
            self._diff.leave("licences", left)
        if PLACEMENTS in present:
            left = [
                reference
                for reference, licence in self._known.licences.items()
                if self._known.placements.get(licence.id)
                and reference not in self._files.placements
            ]
            self._diff.leave("placements of licences", left)

    def _placements(self, reference: str) -> dict[str, int] | None:
        """Give what is named for sites of a licence; None where the files say nothing of it."""
        rows = self._files.placements.get(reference)
        if rows is None:
            return None
        named: dict[str, int] = {}
        main = self._files.main
        for site, row in rows.items():
            if not self._pools.exists(site):
                self._problems.add(
                    PLACEMENTS,
                    row.line,
                    unknown(self._files, "site", site, self._pools.references),
                )
                continue
            key = OWN if main is not None and main.reference == site else site
            named[key] = named.get(key, 0) + row.units
        return named

    def _new_licence(self, row: LicenceRow) -> None:
        now = self._setting.now
        if row.added is not None and row.added < now:
            self._problems.add(
                LICENCES,
                row.line,
                f"added lies in the past, and {self._files.reference} is here already; only a "
                "company that this import creates can have a history: leave added empty",
            )
            return
        if row.added is not None and row.added > now:
            self._problems.add(LICENCES, row.line, "added lies in the future; leave it empty")
            return
        marks = (row.suspended, row.removed, row.cancelled)
        if any(mark not in ("", "no") for mark in marks):
            self._problems.add(
                LICENCES,
                row.line,
                "a new licence of a company that is here already cannot be suspended, removed or "
                "cancelled; leave the line out, or the cell empty",
            )
            return
        placements = self._placements(row.reference) or {}
        if not self._enough(row, placements):
            return

        def do() -> None:
            licences.add(
                self._id,
                licences.NewLicence(
                    product=row.product,
                    units=row.units,
                    starts=row.starts,
                    ends=row.ends,
                    kind=row.kind or "full",
                    placements={self._pools.find(site): n for site, n in placements.items()},
                    reference=row.reference,
                    label=row.label or "",
                ),
                clock=self._setting.clock,
                who=self._setting.who,
            )

        self._diff.add("licences", LICENCES, row.line, do)

    def _enough(self, row: LicenceRow, placements: dict[str, int]) -> bool:
        named = sum(placements.values())
        if named <= row.units:
            return True
        first = next(iter(self._files.placements[row.reference].values()))
        self._problems.add(
            PLACEMENTS,
            first.line,
            f"{named} units of {row.reference} are placed, but the licence has only {row.units}",
        )
        return False

    def _compare_licence(self, row: LicenceRow, licence: Licence) -> None:
        if not self._is_same_licence(row, licence):
            return
        before = len(self._diff.changes)
        over = licence.removed_at is not None or licence.cancelled_at is not None
        placements = self._placements(row.reference)
        old = self._known.placements.get(licence.id, {})
        moved = placements is not None and not self._is_placed_so(placements, old)
        if over and (row.units != licence.units or row.ends != licence.ends_at or moved):
            self._problems.add(
                LICENCES,
                row.line,
                f"{row.reference} was removed or cancelled; nothing of it can be changed any more",
            )
            return
        if placements is not None and not self._enough(row, placements):
            return
        if row.label is not None and row.label != licence.label:
            mine = Licence.objects.filter(company_id=self._id, id=licence.id)
            label = row.label
            self._diff.change(
                LICENCES,
                row.line,
                f"licence {row.reference}: label {licence.label or 'empty'} → {label or 'empty'}",
                lambda: _none(mine.update(label=label)),
            )
        self._compare_end(row, licence)
        self._compare_units(row, licence, placements, moved=moved)
        self._compare_marks(row, licence)
        if len(self._diff.changes) == before:
            self._diff.same["licences"] += 1

    def _is_same_licence(self, row: LicenceRow, licence: Licence) -> bool:
        zone = self._files.zone
        wrong = []
        if row.product != licence.product_id:
            wrong.append(f"its product is {licence.product_id}")
        if row.kind is not None and row.kind != licence.kind:
            wrong.append(f"its kind is {licence.kind}")
        if row.starts != licence.starts_at:
            wrong.append(f"it starts {told(licence.starts_at, zone)}")
        if row.added is not None and row.added != licence.added_at:
            wrong.append(f"it was added {told(licence.added_at, zone)}")
        for what in wrong:
            self._problems.add(
                LICENCES,
                row.line,
                f"{row.reference} is here already: {what}, and that cannot be changed; give "
                "another licence a reference of its own",
            )
        return not wrong

    def _compare_end(self, row: LicenceRow, licence: Licence) -> None:
        zone = self._files.zone
        if row.ends == licence.ends_at:
            return
        old = told_end(licence.ends_at, zone)
        if licence.ends_at is None or row.ends is None:
            what = (
                "has no end, and cannot be given one; cancel it when it is time"
                if licence.ends_at is None
                else f"ends {old}, and cannot lose its end; write that day or a later one"
            )
            self._problems.add(LICENCES, row.line, f"{row.reference} {what}")
            return
        ends = row.ends
        if ends < licence.ends_at:
            self._problems.add(
                LICENCES,
                row.line,
                f"{row.reference} ends {old}, and cannot end earlier; write that day or a later "
                "one, or cancel it",
            )
            return
        self._diff.change(
            LICENCES,
            row.line,
            f"licence {row.reference}: renewed, {old} → {told_end(ends, zone)}",
            lambda: licences.renew(
                self._id, licence.id, ends, clock=self._setting.clock, who=self._setting.who
            ),
        )

    def _is_placed_so(self, named: dict[str, int], old: dict[UUID, int]) -> bool:
        new = {self._pools.find_or_none(site): units for site, units in named.items() if units}
        return new == {pool: units for pool, units in old.items() if units}

    def _compare_units(
        self,
        row: LicenceRow,
        licence: Licence,
        placements: dict[str, int] | None,
        *,
        moved: bool,
    ) -> None:
        new = placements if moved else None

        def named() -> dict[UUID, int] | None:
            if new is None:
                return None
            found: dict[UUID, int] = {}
            for site, units in new.items():
                found[self._pools.find(site)] = units
            return found

        if row.units != licence.units:
            self._diff.change(
                LICENCES,
                row.line,
                f"licence {row.reference}: units {licence.units} → {row.units}",
                lambda: licences.resize(
                    self._id,
                    licence.id,
                    row.units,
                    named(),
                    clock=self._setting.clock,
                    who=self._setting.who,
                ),
            )
        if moved:
            first = next(iter(self._files.placements[row.reference].values()))
            self._place(row.reference, licence, first, placements or {}, row.units != licence.units)

    def _place(
        self,
        reference: str,
        licence: Licence,
        row: PlacementRow,
        placements: dict[str, int],
        done: bool,
    ) -> None:
        said = ", ".join(f"{site or 'main'} {units}" for site, units in placements.items())

        def do() -> None:
            if not done:  # else the resizing has placed them
                licences.place(
                    self._id,
                    licence.id,
                    {self._pools.find(site): units for site, units in placements.items()},
                    clock=self._setting.clock,
                    who=self._setting.who,
                )

        self._diff.change(PLACEMENTS, row.line, f"licence {reference}: placed {said}", do)

    def _place_only(self, reference: str, rows: list[PlacementRow]) -> None:
        """Compare the placements of a licence of which licences.csv does not speak."""
        licence = self._known.licences.get(reference)
        if licence is None:
            self._problems.add(
                PLACEMENTS,
                rows[0].line,
                unknown(
                    self._files,
                    "licence",
                    reference,
                    [*self._known.licences, *self._files.licences],
                ),
            )
            return
        placements = self._placements(reference) or {}
        if not self._is_placed_so(placements, self._known.placements.get(licence.id, {})):
            self._place(reference, licence, rows[0], placements, done=False)

    def _compare_marks(self, row: LicenceRow, licence: Licence) -> None:
        for name, mark, at in (
            ("suspended", row.suspended, licence.suspended_at),
            ("removed", row.removed, licence.removed_at),
            ("cancelled", row.cancelled, licence.cancelled_at),
        ):
            if mark == "" or (mark == "no" and at is None) or (mark == "yes" and at is not None):
                continue
            if isinstance(mark, int):
                if mark != at:
                    self._problems.add(
                        LICENCES,
                        row.line,
                        f"{name}: {row.reference} is here already, so it is done now or not at "
                        "all; write yes, or leave the cell empty",
                    )
                continue
            if mark == "no" and name != "suspended":
                self._problems.add(
                    LICENCES, row.line, f"{row.reference} is {name}, and that is for good"
                )
                continue
            doing = {
                ("suspended", "yes"): licences.suspend,
                ("suspended", "no"): licences.resume,
                ("removed", "yes"): licences.remove,
                ("cancelled", "yes"): licences.cancel,
            }[name, mark]
            said = "resumed" if mark == "no" else name
            self._diff.change(
                LICENCES,
                row.line,
                f"licence {row.reference}: {said}",
                lambda doing=doing: doing(  # type: ignore[misc]  # bound now
                    self._id, licence.id, clock=self._setting.clock, who=self._setting.who
                ),
            )


def _none(_: int) -> None:
    """Let an update be a doing: it gives nothing."""
