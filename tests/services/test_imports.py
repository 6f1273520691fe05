"""Imports: what they make, what a second one changes, and what they never do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.engine.steps import due, step
from tenure.services import (
    catalogue,
    import_batches,
    import_new,
    ledger,
    licences,
    protection,
    seats,
    settling,
    states,
)
from tenure.services.errors import Refused
from tenure.services.imports import ImportNotDone
from tenure.store import models as m
from tests.imported import GOOD, NOW, bring_in, changed, write

pytestmark = pytest.mark.django_db

START = 1_767_222_000
"""Midnight of 2026-01-01 in Paris."""


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    catalogue.ensure_default()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that an import may touch."""
    tables: list[Any] = [
        m.Account, m.Company, m.Pool, m.Licence, m.Term, m.Placement, m.Member, m.Seat,
        m.Source, m.Group, m.Contact, m.Fact, m.Instance, m.ImportBatch,
    ]  # fmt: skip
    return {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}


def facts(since: int = 0) -> list[tuple[int, str]]:
    rows = m.Fact.objects.filter(seq__gt=since).order_by("seq")
    return [(fact.at, fact.kind) for fact in rows]


def problems(error: pytest.ExceptionInfo[ImportNotDone]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def seated() -> set[str]:
    open_ = m.Seat.objects.filter(closed_seq__isnull=True).values("member_id")
    users = m.Member.objects.filter(id__in=open_).values_list("user", flat=True)
    return {user.partition("@")[0] for user in users}


# What is made


def test_new_company_gets_its_history_in_the_order_of_time(tmp_path: Path) -> None:
    """Licences from their start, seats at the instant given or as early as units are there."""
    bring_in(write(tmp_path / "in", GOOD))
    february = START + 31 * DAY
    assert facts() == [
        (START, "pool.added"),
        (START, "pool.added"),
        (START, "licence.added"),
        (START, "seats.protected"),
        (february, "seats.protected"),
    ]
    granted = m.Seat.objects.order_by("opened_seq").values_list("protected_at", flat=True)
    assert list(granted) == [START, february]
    instance = m.Instance.objects.get()
    assert (instance.phase, instance.units, instance.seats, instance.protected) == (
        "active", 4, 2, 2,
    )  # fmt: skip
    assert instance.phase_since_at == START


def test_rows_say_what_the_files_said(tmp_path: Path) -> None:
    """Names, sites, sources, groups, contacts and labels stand where they belong."""
    bring_in(write(tmp_path / "in", GOOD))
    company = m.Company.objects.get()
    assert (company.reference, company.name, company.time_zone) == (
        "M", "Boulangerie Martin", "Europe/Paris",
    )  # fmt: skip
    assert list(m.Pool.objects.order_by("position").values_list("reference", "name")) == [
        ("", "Boulangerie Martin"),
        ("LYON", "Lyon"),
    ]
    ben = m.Member.objects.get(user="ben@martin.test")
    assert (ben.reference, ben.name) == ("2", "Ben")
    assert ben.pool_id == m.Pool.objects.get(reference="LYON").id
    ana = m.Member.objects.get(reference="1")
    assert ana.source_id
    assert m.Source.objects.get(id=ana.source_id).name == "Directory"
    is_in = m.GroupMember.objects.get(member_id=ana.id)
    assert m.Group.objects.get(id=is_in.group_id).name == "Bakery"
    contact = m.Contact.objects.get()
    assert (contact.address, contact.role, contact.language, contact.time_zone) == (
        "it@martin.test", "owner", "fr", "Europe/Paris",
    )  # fmt: skip
    licence = m.Licence.objects.get()
    assert (licence.label, licence.kind, licence.added_at) == ("First", "full", START)


# Twice


def test_importing_the_same_twice_changes_nothing(tmp_path: Path) -> None:
    """Every row is as before, to the last fact."""
    folder = write(tmp_path / "in", GOOD)
    bring_in(folder)
    before = everything()
    outcome = bring_in(folder, now=NOW + DAY)
    assert (outcome.count("unchanged"), outcome.batch) == (1, None)
    assert everything() == before


CHANGES = [
    ("licences.csv", "2026-12-31", "2027-12-31", ["licence.renewed"]),
    ("licences.csv", ",4,", ",6,", ["licence.resized"]),
    ("placements.csv", "LYON,1", "LYON,2", ["licence.placed"]),
    ("licences.csv", "First,,,", "First,yes,,", ["licence.suspended"]),
    ("licences.csv", "First,,,", "First,,yes,", ["licence.removed"]),
    ("licences.csv", "First,,,", "First,,,yes", ["licence.cancelled"]),
    ("licences.csv", "First", "Other", []),
    ("companies.csv", "Boulangerie Martin", "Martin et fils", []),
    ("sites.csv", ",Lyon", ",Lyon Centre", []),
    ("members.csv", ",Ben,", ",Benoît,", []),
    ("members.csv", "Directory", "HR", []),
    ("members.csv", "M,3,chloe@", "M,3,c.petit@", []),
    ("members.csv", "Chloé,,,,,", "Chloé,,,,yes,", ["seats.protected"]),
    ("members.csv", "Bakery,yes", "Bakery,no", ["seats.unprotected"]),
    ("members.csv", "Ben,LYON", "Ben,", ["seats.unprotected", "seats.protected"]),
    ("contacts.csv", "owner", "administrator", []),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), CHANGES)
def test_second_import_changes_only_what_changed(
    tmp_path: Path, file: str, old: str, new: str, expected: list[str]
) -> None:
    """One edit makes its facts and no other, and after it the files are unchanged again."""
    bring_in(write(tmp_path / "in", GOOD))
    last = m.Company.objects.get().last_seq
    folder = write(tmp_path / "in", changed((file, old, new)))
    outcome = bring_in(folder, now=NOW + DAY)
    assert outcome.count("changed") == 1
    assert facts(last) == [(NOW + DAY, kind) for kind in expected]
    before = everything()
    # A mark "since when" of a seat that stands since another instant is only listed.
    assert bring_in(folder, now=NOW + 2 * DAY).count("unchanged") == 1
    assert everything() == before


def test_what_a_second_import_adds_is_known_from_now_on(tmp_path: Path) -> None:
    """A new site, licence, member and contact of a known company come at the present instant."""
    bring_in(write(tmp_path / "in", GOOD))
    last = m.Company.objects.get().last_seq
    folder = write(
        tmp_path / "in",
        changed(
            ("sites.csv", "M,LYON", "M,NICE,Nice\nM,LYON"),
            ("licences.csv", "M,L1", "M,L2,cos,5,2026-01-01,2026-12-31,trial,,,,,\nM,L1"),
            ("placements.csv", "M,L1", "M,L2,NICE,5\nM,L1"),
            ("members.csv", "M,1", "M,4,dan@martin.test,Dan,NICE,,,yes,\nM,1"),
            ("contacts.csv", "M,it", "M,nice@martin.test,,,,,NICE\nM,it"),
        ),
    )
    outcome = bring_in(folder, now=NOW + DAY)
    assert facts(last) == [
        (NOW + DAY, "pool.added"),
        (NOW + DAY, "licence.added"),
        (NOW + DAY, "seats.protected"),
    ]
    assert dict(outcome.diffs[0].added) == {
        "sites": 1, "licences": 1, "members": 1, "seats": 1, "contacts": 1,
    }  # fmt: skip
    assert m.Contact.objects.get(address="nice@martin.test").role == "site_administrator"
    assert bring_in(folder, now=NOW + 2 * DAY).count("unchanged") == 1


def test_what_the_files_do_not_speak_of_is_left_alone_and_listed(tmp_path: Path) -> None:
    """A line that is gone removes nothing."""
    bring_in(write(tmp_path / "in", GOOD))
    before = everything()
    tables = {name: content.splitlines()[0] + "\n" for name, content in GOOD.items()}
    tables["companies.csv"] = GOOD["companies.csv"]
    diff = bring_in(write(tmp_path / "in", tables), now=NOW + DAY).diffs[0]
    assert diff.left == {
        "sites": ["LYON"],
        "licences": ["L1"],
        "placements of licences": ["L1"],
        "members": ["ana@martin.test", "ben@martin.test", "chloe@martin.test"],
        "contacts": ["it@martin.test"],
    }
    assert everything() == before


def test_column_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    """Names, sites and marks survive a file without their columns."""
    bring_in(write(tmp_path / "in", GOOD))
    before = everything()
    tables = {"members.csv": "company,user\nM,ana@martin.test\nM,ben@martin.test\n"}
    assert bring_in(write(tmp_path / "in", tables), now=NOW + DAY).count("unchanged") == 1
    assert everything() == before


# Dry runs, all or nothing


def test_dry_run_says_what_the_import_then_does_and_changes_nothing(tmp_path: Path) -> None:
    """The same differences, before and after; nothing is written."""
    folder = write(tmp_path / "in", GOOD)
    before = everything()
    dry = bring_in(folder, apply=False)
    assert everything() == before
    wet = bring_in(folder)
    assert [(d.reference, d.status, d.added) for d in dry.diffs] == [
        (d.reference, d.status, d.added) for d in wet.diffs
    ]
    folder = write(tmp_path / "in", changed(("licences.csv", ",4,", ",6,")))
    before = everything()
    dry = bring_in(folder, apply=False, now=NOW + DAY)
    assert everything() == before
    wet = bring_in(folder, now=NOW + DAY)
    told = [[change.sentence for change in outcome.diffs[0].changes] for outcome in (dry, wet)]
    assert told[0] == told[1] == ["licence L1: units 4 → 6"]


def two_companies() -> dict[str, str]:
    return {
        name: content + content.split("\n", 1)[1].replace("M,", "N,")
        for name, content in GOOD.items()
    }


def test_one_wrong_line_keeps_everything_out(tmp_path: Path) -> None:
    """The first company of the files is not there either."""
    tables = two_companies()
    assert bring_in(write(tmp_path / "in", tables), apply=False).count("new") == 2
    tables["licences.csv"] = tables["licences.csv"].replace("N,L1,cos", "N,L1,cas")
    before = everything()
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", tables))
    assert problems(error) == [
        "licences.csv:3: there is no product cas; did you mean cos? there are: cos"
    ]
    assert everything() == before


def test_crash_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the second company's contacts fail, the first company is gone too."""
    folder = write(tmp_path / "in", two_companies())
    before = everything()
    finish = import_new._Making.finish
    made = []

    def crash(self: Any) -> None:
        finish(self)
        made.append(m.Company.objects.count())
        if len(made) == 2:
            raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(import_new._Making, "finish", crash)
        with pytest.raises(MemoryError):
            bring_in(folder)
    assert made == [1, 2]
    assert everything() == before
    assert bring_in(folder).count("new") == 2


# Never beyond units


def test_more_marks_than_units_name_the_site_and_the_numbers(tmp_path: Path) -> None:
    """The line is that of the first member for whom there is no unit."""
    tables = changed(("members.csv", "Ben,LYON,,,2026-02-01", "Ben,LYON,,,yes"))
    tables["members.csv"] += "M,4,dan@martin.test,Dan,LYON,,,yes,\n"
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", tables))
    assert problems(error) == [
        "members.csv:5: the site LYON of M has units for 1 more seat, and 2 members would be "
        "protected; take 1 mark away, or give it 1 more unit"
    ]


def test_second_import_grants_no_seat_beyond_units(tmp_path: Path) -> None:
    """The core refuses, and the sentence says by how much."""
    bring_in(write(tmp_path / "in", GOOD))
    tables = changed(("members.csv", "Chloé,,", "Chloé,LYON,"))
    tables["members.csv"] = tables["members.csv"].replace("Chloé,LYON,,,,", "Chloé,LYON,,,yes,")
    before = everything()
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", tables), now=NOW + DAY)
    assert problems(error) == [
        "members.csv:4: the site LYON of M has 1 unit and 1 seat, and 1 more seat would be "
        "granted; give it 1 more unit, or take 1 mark away"
    ]
    assert everything() == before


def test_rules_hold_for_whoever_a_second_import_brings_or_changes(tmp_path: Path) -> None:
    """A group that a file fills is protected by its rule, and a mark of no is kept to."""
    bring_in(write(tmp_path / "in", GOOD))
    company, bakery = m.Company.objects.get(), m.Group.objects.get()
    clock = SetClock(NOW + DAY)
    protection.add_rule(company.id, "cos", "group", bakery.id, clock=clock, who="test")
    tables = changed(("members.csv", "Chloé,,,,", "Chloé,,,Bakery,"))
    tables["members.csv"] += "M,4,dan@martin.test,Dan,,,Bakery,,\n"
    bring_in(write(tmp_path / "in", tables), now=NOW + 2 * DAY)
    assert seated() == {"ana", "ben", "chloe", "dan"}
    tables["members.csv"] = tables["members.csv"].replace("Dan,,,Bakery,,", "Dan,,,Bakery,no,")
    bring_in(write(tmp_path / "in", tables), now=NOW + 3 * DAY)
    with ledger.writing(company.id, SetClock(NOW + 4 * DAY), "test") as writer:
        settling.refresh(writer)
    assert seated() == {"ana", "ben", "chloe"}


def test_another_name_of_a_member_is_no_new_member(tmp_path: Path) -> None:
    bring_in(write(tmp_path / "in", GOOD))
    ana = m.Member.objects.get(user="ana@martin.test")
    m.Alias.objects.create(company=ana.company, value="a.pons@martin.test", member_id=ana.id)
    tables = changed()
    tables["members.csv"] += "M,4,A.Pons@martin.test,Ana,,,,,\n"
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", tables), now=NOW + DAY)
    assert problems(error) == [
        "members.csv:5: a.pons@martin.test is another name of ana@martin.test; write that"
    ]


def test_shortfall_because_a_licence_has_ended_is_no_beyond(tmp_path: Path) -> None:
    """Members who had units while the ended licence ran are held until a notice is served."""
    tables = changed(
        ("licences.csv", "M,L1", "M,L0,cos,2,2026-01-01,2026-06-15,full,,,,,\nM,L1"),
        ("licences.csv", "L1,cos,4", "L1,cos,2"),
        ("members.csv", "Chloé,,,,,", "Chloé,,,,yes,"),
    )
    bring_in(write(tmp_path / "in", tables))
    instance = m.Instance.objects.get()
    assert (instance.phase, instance.units, instance.seats, instance.protected) == (
        "active", 2, 3, 3,
    )  # fmt: skip
    for batch in import_batches.open_batches():
        list(import_batches.release(batch, clock=SetClock(NOW)))
    step(due(SetClock(NOW), 10), SetClock(NOW))
    assert "pool_short" in m.Notice.objects.values_list("kind", flat=True)


def test_what_people_took_away_seats_nobody(tmp_path: Path) -> None:
    """A suspended licence had units once; marks without a date do not get them."""
    tables = changed(("licences.csv", "First,,,", "First,2026-06-01,,"))
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", tables), ended="grace")
    assert "has units for 0 more seats" in problems(error)[0]


def test_gap_of_long_ago_is_recorded_and_nobody_is_told_of_it(tmp_path: Path) -> None:
    """The transitions of the history stand in the record; no notice says that it was restored."""
    tables = changed(("licences.csv", "M,L1", "M,L0,cos,4,2025-01-01,2025-06-30,full,,,,,\nM,L1"))
    bring_in(write(tmp_path / "in", tables))
    list(import_batches.release(import_batches.open_batches()[0], clock=SetClock(NOW)))
    step(due(SetClock(NOW), 10), SetClock(NOW))
    phases = m.Transition.objects.order_by("stay").values_list("to_phase", "effective_at")
    assert [(phase, at) for phase, at in phases if at < NOW] == [
        ("active", START - 365 * DAY),
        ("grace", START - 184 * DAY - 3600),
        ("active", START),
    ]
    issued = m.Notice.objects.filter(state="issued")
    assert not issued.exists()


def test_writers_of_the_same_second_and_of_a_clock_that_went_back_can_write(
    tmp_path: Path,
) -> None:
    """An import leaves no instant closed at which somebody could still act."""
    bring_in(write(tmp_path / "in", GOOD))
    company, licence = m.Company.objects.get(), m.Licence.objects.get()
    for now in (NOW, NOW - 100, NOW):
        ends = (licence.ends_at or 0) + DAY
        licences.renew(company.id, licence.id, ends, clock=SetClock(now), who="test")
        licence.refresh_from_db()
    assert m.Instance.objects.get().phase_until_at == ends


# Licences that have ended


ENDED = [("licences.csv", "2026-12-31", "2026-05-31")]


def test_ended_company_is_asked_about(tmp_path: Path) -> None:
    """Without a decision nothing is imported."""
    with pytest.raises(ImportNotDone) as error:
        bring_in(write(tmp_path / "in", changed(*ENDED)))
    assert problems(error)[0].startswith("licences.csv:2: the licences of M have ended: say with")
    assert not m.Company.objects.exists()


def test_ended_company_can_wait_without_a_history(tmp_path: Path) -> None:
    """Pending: the licence is known from now on, never ran, and nobody is seated."""
    outcome = bring_in(write(tmp_path / "in", changed(*ENDED)), ended="pending")
    instance = m.Instance.objects.get()
    assert (instance.phase, instance.seats) == ("pending", 0)
    assert not m.Term.objects.exists() and not m.Seat.objects.exists()
    assert "2 members marked as protected get no seat" in outcome.diffs[0].notes[0]
    list(import_batches.release(import_batches.open_batches()[0], clock=SetClock(NOW)))
    step(due(SetClock(NOW), 10), SetClock(NOW))
    assert not m.Notice.objects.exists() and not m.Transition.objects.exists()


def test_ended_company_can_start_its_grace_at_the_release(tmp_path: Path) -> None:
    """Nothing runs before the release; the grace is 14 days from the service of its notice."""
    bring_in(write(tmp_path / "in", changed(*ENDED)), ended="grace")
    instance = m.Instance.objects.get()
    assert (instance.phase, instance.seats, instance.protected, instance.due_at) == (
        "grace", 2, 2, None,
    )  # fmt: skip
    later = SetClock(NOW + 5 * DAY)
    assert due(later, 10) == []
    list(import_batches.release(import_batches.open_batches()[0], clock=later))
    company = m.Company.objects.get()
    assert due(later, 10) == [company.id]
    step([company.id], later)
    notice = m.Notice.objects.get(kind="grace", state="issued")
    assert notice.at == later.now()
    served = {(company.id, catalogue.COS): frozenset({notice.token})}
    step([company.id], later, accepted=served)
    notice.refresh_from_db()
    assert notice.deadline_at == later.now() + 14 * DAY
    life = states.evaluate(m.Instance.objects.get(), notice.deadline_at - 1)
    assert (life.phase, sum(life.protected(pool) for pool in life.pools)) == ("grace", 2)


def test_grace_seats_follow_every_rule_afterwards(tmp_path: Path) -> None:
    """A renewal restores the company with the seats it had."""
    bring_in(write(tmp_path / "in", changed(*ENDED)), ended="grace")
    company, licence = m.Company.objects.get(), m.Licence.objects.get()
    licences.renew(company.id, licence.id, NOW + 90 * DAY, clock=SetClock(NOW + 1), who="test")
    instance = m.Instance.objects.get()
    assert (instance.phase, instance.seats, instance.protected) == ("active", 2, 2)


# Releasing


def test_nothing_is_due_before_the_release_whatever_is_done(tmp_path: Path) -> None:
    """A change by hand does not wake the engine for a company that waits."""
    bring_in(write(tmp_path / "in", GOOD))
    company = m.Company.objects.get()
    chloe = m.Member.objects.get(reference="3")
    pool = m.Pool.objects.get(position=0)
    seats.protect(
        company.id, catalogue.COS, pool.id, [chloe.id], clock=SetClock(NOW + 1), who="test"
    )
    assert m.Instance.objects.get().due_at is None
    assert due(SetClock(NOW + 400 * DAY), 10) == []


def test_release_that_was_interrupted_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was scheduled stays so; the rest follow; releasing once more changes nothing."""
    monkeypatch.setattr(import_batches, "AT_ONCE", 1)
    bring_in(write(tmp_path / "in", two_companies()))
    (batch,) = import_batches.open_batches()
    releasing = import_batches.release(batch, clock=SetClock(NOW))
    next(releasing)
    del releasing  # the operator stops it
    assert m.Instance.objects.filter(due_at__isnull=False).count() == 1
    assert import_batches.open_batches() == [batch]
    assert list(import_batches.release(batch, clock=SetClock(NOW + 9))) == [1, 2]
    assert import_batches.open_batches() == []
    assert m.ImportBatch.objects.get().released_at == NOW
    before = everything()
    list(import_batches.release(batch, clock=SetClock(NOW + 9)))
    assert everything() == before
    assert len(due(SetClock(NOW + 9), 10)) == 2


# Test companies


def test_rehearsal_makes_test_companies_on_a_clock_of_that_name(
    tmp_path: Path, settings: Any
) -> None:
    """A dry run makes no clock; the import makes it once; demo mode takes nothing else."""
    folder = write(tmp_path / "in", GOOD)
    settings.DEMO = True
    with pytest.raises(Refused, match="name a test clock"):
        bring_in(folder)
    bring_in(folder, test_clock="rehearsal", apply=False)
    assert not m.TestClock.objects.exists()
    bring_in(folder, test_clock="rehearsal")
    company = m.Company.objects.get()
    assert company.clock is not None
    assert (company.clock.name, company.clock.now_at) == ("rehearsal", NOW)
    more = {name: text.replace("M,", "N,") for name, text in GOOD.items()}
    bring_in(write(tmp_path / "in", more), test_clock="rehearsal", now=NOW + DAY)
    clock = m.TestClock.objects.get()
    assert m.Company.objects.filter(clock=clock).count() == 2
    assert set(m.Company.objects.values_list("created_at", flat=True)) == {NOW}
    list(import_batches.release(import_batches.open_batches()[0], clock=SetClock(NOW + DAY)))
    assert due(SetClock(NOW + 2 * DAY), 10) == [company.id]


# Size


@pytest.mark.once
def test_twenty_thousand_members_come_in_within_twenty_seconds(tmp_path: Path) -> None:
    """One company with 20,000 members, all of them protected."""
    count = 20_000
    tables = changed(("licences.csv", ",4,", f",{count + 4},"))
    tables["members.csv"] += "".join(
        f"M,m{n},user{n}@martin.test,User {n},,Directory,Group {n % 50},yes,\n"
        for n in range(count)
    )
    folder = write(tmp_path / "in", tables)
    began = time.monotonic()
    bring_in(folder)
    assert time.monotonic() - began < 20
    assert m.Seat.objects.count() == count + 2
    began = time.monotonic()
    assert bring_in(folder, now=NOW + DAY).count("unchanged") == 1
    assert time.monotonic() - began < 20
