"""Archives: what is in one, who is told, how building goes on, and when it is gone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from unittest import mock
from zipfile import ZipFile

import pytest

from tenure.clock import SetClock
from tenure.engine import archives as engine
from tenure.services import archives, groups, identities, licences, members, protection
from tenure.services.archive_tables import TABLES
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights
from tenure.store.models import (
    Archive,
    ArchivePart,
    AuditEntry,
    Company,
    GroupMember,
    Instance,
    Letter,
    Member,
    Person,
    Seat,
    Source,
)
from tenure.words.archives import TABLES as TOLD
from tests.people import START, WRITE, Cast

pytestmark = pytest.mark.django_db
DAY = 86_400
LINK = "https://tenure.test/a/1/companies/2/archives/"


class Town:
    """A company with a directory, groups, rules and history, and somebody who may change it."""

    def __init__(self, people: int = 5) -> None:
        self.cast = Cast()
        self.company: Company = self.cast.martin
        self.clock: SetClock = self.cast.clock
        self.with_it: dict[str, Any] = {"clock": self.clock, "who": "test"}
        self.anne: Person = self.cast.chloe
        self.cast.join(self.anne, WRITE)
        Person.objects.filter(pk=self.anne.pk).update(language="fr", time_zone="Europe/Paris")
        self.anne.refresh_from_db()
        new = NewLicence(COS, 20, START, START + 20 * DAY)
        licences.add(self.company.id, new, **self.with_it)
        self.people = [
            members.add(
                self.company.id, user=f"u{i}@martin.test", name=f"Élise {i}", **self.with_it
            )
            for i in range(people)
        ]
        ids = [each.id for each in self.people]
        group = groups.add(self.company.id, "Boulangers", **self.with_it)
        with writing(self.company.id, self.clock, "test") as ledger:
            groups.append_members(ledger, group, add=ids[:3])
            source = Source.objects.create(company=self.company, name="Entra", kind="scim")
            secret = {"password": "hunter2", "title": '=HYPERLINK("x")'}
            identities.append_added(
                ledger,
                source,
                Said("zoe@martin.test", "x-1", "=Zoé", True, ("z@martin.test",), secret),
            )
        protection.add_rule(self.company.id, COS, "group", group.id, **self.with_it)
        protection.want(self.company.id, COS, ids[3:4], **self.with_it)
        protection.unwant(self.company.id, COS, ids[3:4], **self.with_it)
        protection.exclude(self.company.id, COS, "member", ids[4:5], **self.with_it)

    def ask(self, clock: SetClock | None = None) -> Archive:
        return archives.ask(
            self.company.id, COS, by=self.anne, link=LINK, clock=clock or self.clock
        )

    def work(self) -> None:
        while engine.work(self.clock):
            pass

    def fetched(self) -> bytes:
        archive = Archive.objects.get(company=self.company)
        _, pieces = archives.fetch(self.company, archive.id, clock=self.clock)
        return b"".join(pieces)


@pytest.fixture
def town(db: None) -> Town:
    return Town()


def table(file: ZipFile, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(file.read(f"json/{name}.json"))
    return rows


def test_it_holds_each_table_as_csv_and_as_json_with_the_same_lines(town: Town) -> None:
    town.ask()
    town.work()
    content = town.fetched()
    archive = Archive.objects.get()
    assert (archive.state, archive.size) == ("ready", len(content))
    assert archive.sha256 == sha256(content).hexdigest()
    assert archive.done == archive.total
    file = ZipFile(io.BytesIO(content))
    assert file.testzip() is None
    names = {f"{form}/{each.name}.{form}" for each in TABLES for form in ("csv", "json")}
    assert set(file.namelist()) == {*names, "LISEZMOI.txt"}
    for each in TABLES:
        text = file.read(f"csv/{each.name}.csv").decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text)))
        rows = table(file, each.name)
        assert len(lines) == len(rows)
        for row in [*lines, *rows]:
            assert tuple(row) == each.columns
    assert len(table(file, "members")) == 6
    assert {row["name"] for row in table(file, "members")} >= {"Élise 0", "=Zoé"}
    assert [row["group_name"] for row in table(file, "memberships")] == ["Boulangers"] * 3
    assert len(table(file, "rules")) == 1
    assert {row["user"] for row in table(file, "waiting")} == set()
    seats = table(file, "seats")
    assert sorted(bool(row["ended_at"]) for row in seats) == [False, False, False, True]
    assert [row["units"] for row in table(file, "licences")] == [20]
    assert {row["action"] for row in table(file, "audit")} >= {"rule.added", "archive.asked"}


def test_what_it_says_is_in_the_readers_language_and_names_every_table(town: Town) -> None:
    assert tuple(each.name for each in TABLES) == TOLD
    town.ask()
    town.work()
    said = ZipFile(io.BytesIO(town.fetched())).read("LISEZMOI.txt").decode()
    assert "Boulangerie Martin" in said
    for name in TOLD:
        assert f"  {name} " in said


def test_no_secret_leaves_and_no_cell_is_a_formula(town: Town) -> None:
    town.ask()
    town.work()
    file = ZipFile(io.BytesIO(town.fetched()))
    assert table(file, "identities")[0]["data"]["title"] == '=HYPERLINK("x")'
    for name in file.namelist():
        content = file.read(name).decode()
        assert "hunter2" not in content
        if name.endswith(".csv"):
            for line in csv.reader(io.StringIO(content)):
                assert not any(cell.startswith("=") for cell in line)


def test_who_asked_is_told_in_their_language_with_the_link_and_the_end(town: Town) -> None:
    archive = town.ask()
    assert not Letter.objects.exists()
    town.work()
    letter = Letter.objects.get()
    assert (letter.address, letter.language) == (town.anne.email, "fr")
    assert LINK in letter.text
    assert "8 janvier 2026" in letter.text
    assert letter.about == archives.about(archive.id)


def test_whoever_may_no_longer_change_the_company_is_not_written_to(town: Town) -> None:
    town.ask()
    town.cast.change(town.anne, Rights("read", "read"), by=town.cast.anne)
    town.work()
    assert Archive.objects.get().state == "ready"
    assert not Letter.objects.exists()


def test_asking_again_while_it_is_under_way_gives_the_same(town: Town) -> None:
    assert town.ask().id == town.ask().id
    town.work()
    town.ask()
    assert Archive.objects.count() == 2


def test_building_goes_on_where_another_engine_was_killed(town: Town) -> None:
    """Every statement can be the last one of an engine; the file is the same as of one."""
    archive = town.ask()
    with mock.patch.object(archives, "PIECE", 2):
        town.work()
        whole = town.fetched()
        ArchivePart.objects.all().delete()
        Archive.objects.update(
            state="asked", done=0, total=0, position={"link": LINK}, expires_at=None
        )
        real = archives._change
        killed = 0

        def killing(row: Archive, **values: Any) -> None:
            nonlocal killed
            real(row, **values)
            if killed % 3 == 1:
                killed += 1
                raise KeyboardInterrupt  # what no ``except`` of ours holds up
            killed += 1

        with mock.patch.object(archives, "_change", killing):
            while Archive.objects.get().state != "ready":
                try:
                    archives.build(town.company.id, archive.id, clock=town.clock)
                except KeyboardInterrupt:
                    continue
    assert killed > 10
    mine = ZipFile(io.BytesIO(town.fetched()))
    for name in ZipFile(io.BytesIO(whole)).namelist():
        if "audit" not in name:  # it says that somebody fetched the other one
            assert mine.read(name) == ZipFile(io.BytesIO(whole)).read(name)


def test_a_company_that_cannot_be_read_fails_alone_and_leaves_nothing(town: Town) -> None:
    town.ask()
    with mock.patch.object(archives, "_read_me", side_effect=ValueError("u1@martin.test")):
        town.work()
    archive = Archive.objects.get()
    assert (archive.state, archive.error) == ("failed", "ValueError")
    assert not ArchivePart.objects.exists()


def test_after_seven_days_the_engine_removes_it(town: Town) -> None:
    town.ask()
    town.work()
    town.clock.move_to(town.clock.now() + 7 * DAY - 1)
    assert town.fetched()
    town.clock.move_to(town.clock.now() + 1)
    with pytest.raises(NotFound):
        town.fetched()
    town.work()
    assert Archive.objects.get().state == "gone"
    assert not ArchivePart.objects.exists()


def test_it_is_asked_for_while_suspended_and_no_more_once_deleted(town: Town) -> None:
    Instance.objects.update(phase="suspended")
    town.ask()
    town.work()
    assert "suspendu" in ZipFile(io.BytesIO(town.fetched())).read("LISEZMOI.txt").decode()
    Instance.objects.update(phase="deleted")
    with pytest.raises(Refused):
        town.ask()


def test_a_deletion_while_it_is_built_ends_the_building(town: Town) -> None:
    archive = town.ask()
    with mock.patch.object(archives, "PIECE", 2):
        assert archives.build(town.company.id, archive.id, clock=town.clock)
    Instance.objects.update(erase_at=town.clock.now())
    assert not archives.build(town.company.id, archive.id, clock=town.clock)
    assert not ArchivePart.objects.exists()


def test_each_fetching_stands_in_the_audit(town: Town) -> None:
    town.ask()
    town.work()
    town.fetched()
    assert AuditEntry.objects.filter(action="archive.fetched").count() == 1


def test_another_company_has_no_such_archive(town: Town) -> None:
    archive = town.ask()
    town.work()
    with pytest.raises(NotFound):
        archives.fetch(town.cast.garage, archive.id, clock=town.clock)


def filled(town: Town, count: int) -> None:
    """Add many members to a group, with seats, in plain rows."""
    pool = town.people[0].pool_id or Seat.objects.first().pool_id  # type: ignore[union-attr]
    rows = [
        Member(company=town.company, user=f"m{i}@martin.test", name=f"Membre {i}", added_at=START)
        for i in range(count)
    ]
    Member.objects.bulk_create(rows, batch_size=5000)
    group = groups.add(town.company.id, "All", **town.with_it)
    GroupMember.objects.bulk_create(
        [
            GroupMember(company=town.company, group_id=group.id, member_id=row.id, added_at=START)
            for row in rows
        ],
        batch_size=5000,
    )
    Seat.objects.bulk_create(
        [
            Seat(
                company=town.company,
                service=COS,
                instance=1,
                pool_id=pool,
                member_id=row.id,
                protected_at=START,
                opened_seq=100,
                place=i,
            )
            for i, row in enumerate(rows)
        ],
        batch_size=5000,
    )


def test_more_people_take_more_pieces_and_no_more_memory(
    town: Town, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    """No part, and nothing that is remembered, grows with how many there are."""
    filled(town, 9000)
    town.ask()
    while True:
        with django_assert_max_num_queries(60):
            waiting = archives.next_to_build()
            if waiting is None or not archives.build(*waiting, clock=town.clock):
                break
        state = Archive.objects.get()
        assert len(json.dumps(state.position)) < 8000
    sizes = [len(part.content) for part in ArchivePart.objects.all()]
    assert len(sizes) > 20
    assert max(sizes) < 400_000
    assert len(table(ZipFile(io.BytesIO(town.fetched())), "members")) == 9006
