"""What a check of the audit finds: whatever was changed, removed, moved or cut off; no erasure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction

from tenure.clock import SetClock
from tenure.services import audit, catalogue, checkpoints, companies
from tenure.services import audit_checks as checks
from tenure.services.audit import Actor
from tenure.services.audit_checks import Check, entry_of
from tenure.services.errors import Refused
from tenure.store.models import AuditEntry, AuditHead, AuditPerson, Company
from tenure.store.signatures import new_seed

pytestmark = pytest.mark.django_db

ANNE = Actor("portal", person=uuid4(), address="anne@example.org", ip="192.0.2.1")


@pytest.fixture
def chains(clock: SetClock) -> list[str]:
    """Two companies' chains and the installation's, of five entries each, by a person."""
    catalogue.ensure_default()
    with audit.acting(ANNE):
        names = []
        for name in ("Martin", "Dupont"):
            company = companies.create(name=name, clock=clock, who="test")
            for number in range(3):
                pool = companies.NewPool(f"Site {number}")
                companies.open_pool(company.id, pool, clock=clock, who="test")
            names.append(str(company.id))
        for number in range(5):
            audit.record("sign_in", old={"number": number}, object=str(number))
    return [*names, audit.INSTALLATION]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains go over the ends of pages."""
    monkeypatch.setattr(checks, "PAGE", 2)
    monkeypatch.setattr(checks, "FEW", 2)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def found(*known: checkpoints.Head) -> list[tuple[str, int, str]]:
    return [(f.chain, f.seq, f.code) for f in Check().findings(known)]


def test_what_was_left_alone_is_whole(chains: list[str]) -> None:
    check = Check()
    assert list(check.findings(list(checkpoints.heads()))) == []
    assert (check.entries, check.chains, check.erased) == (15, 3, 0)


@pytest.mark.once
def test_every_change_of_every_part_of_every_entry_is_found(chains: list[str]) -> None:
    others: dict[str, Callable[[AuditEntry], Any]] = {
        "chain": lambda row: str(uuid4()),
        "seq": lambda row: row.seq + 100,
        "at": lambda row: row.at + 1,
        "recorded_at": lambda row: row.recorded_at + 1,
        "action": lambda row: row.action + "s",
        "account_id": lambda row: uuid4(),
        "object": lambda row: row.object + " ",
        "result": lambda row: "refused",
        "data": lambda row: {**row.data, "door": "cli"},
        "personal_digest": lambda row: "0" * 64,
        "before_hash": lambda row: "0" * 64,
        "hash": lambda row: "0" * 64,
    }
    kept = {"id", *others}
    assert {field.attname for field in AuditEntry._meta.concrete_fields} == kept
    for row in AuditEntry.objects.all():
        for name, other in others.items():
            with undone():
                AuditEntry.objects.filter(pk=row.pk).update(**{name: other(row)})
                assert found(), (row, name)
    assert found() == []


def test_an_entry_that_was_changed_and_hashed_anew_is_found(chains: list[str]) -> None:
    for row in AuditEntry.objects.all():
        with undone():
            row.result = "refused"
            row.hash = entry_of(row).hash()
            row.save()
            assert found(), row


def test_every_removal_is_found_with_its_place(chains: list[str]) -> None:
    for chain in chains:
        rows = AuditEntry.objects.filter(chain=chain).order_by("seq")
        for row in rows:
            with undone():
                AuditEntry.objects.filter(pk=row.pk).delete()
                missing = (chain, row.seq + 1, "missing") if row.seq < 5 else (chain, 5, "cut")
                assert missing in found()
        with undone():
            rows.delete()
            assert (chain, 1, "cut") in found()


def test_every_exchange_of_two_entries_is_found(chains: list[str]) -> None:
    for chain in chains:
        rows = list(AuditEntry.objects.filter(chain=chain).order_by("seq"))
        for one in rows:
            for other in rows[one.seq :]:
                with undone():
                    AuditEntry.objects.filter(pk=one.pk).update(seq=1000)
                    AuditEntry.objects.filter(pk=other.pk).update(seq=one.seq)
                    AuditEntry.objects.filter(pk=one.pk).update(seq=other.seq)
                    assert found(), (one, other)


def test_what_is_added_behind_everybodys_back_is_found(chains: list[str]) -> None:
    for chain in [*chains, str(uuid4()), "nobody"]:
        last = AuditEntry.objects.filter(chain=chain).order_by("-seq").first()
        entry = AuditEntry(
            chain=chain,
            seq=1 if last is None else last.seq + 1,
            at=1,
            recorded_at=1,
            action="x",
            personal_digest="",
            before_hash="" if last is None else last.hash,
        )
        entry.hash = entry_of(entry).hash()
        with undone():
            entry.save()
            code = "unknown_chain" if last is None else "head_differs"
            assert [code] == [each for _, _, each in found()]


def test_words_about_people_may_be_erased_and_not_changed(chains: list[str]) -> None:
    with undone():
        AuditPerson.objects.all().delete()
        check = Check()
        assert list(check.findings()) == []
        assert check.erased == 15
    for person in AuditPerson.objects.select_related("entry"):
        others = {
            "salt": "0" * 32,
            "content": {**person.content, "address": "bob@example.org"},
            "person_id": uuid4(),
            "recorded_at": person.recorded_at + 1,
        }
        assert {field.attname for field in person._meta.concrete_fields} == {"entry_id", *others}
        for name, other in others.items():
            with undone():
                AuditPerson.objects.filter(pk=person.pk).update(**{name: other})
                assert found() == [(person.entry.chain, person.entry.seq, "person_changed")]


def cut(chain: str) -> None:
    """Take the last entry away, and let the head say that it never was."""
    AuditEntry.objects.filter(chain=chain, seq=5).delete()
    end = AuditEntry.objects.get(chain=chain, seq=4)
    if chain:
        Company.objects.filter(id=chain).update(audit_seq=4, audit_hash=end.hash)
    else:
        AuditHead.objects.update(seq=4, hash=end.hash)


def test_a_checkpoint_shows_what_was_cut_off_with_its_traces(chains: list[str]) -> None:
    kept = list(checkpoints.heads())
    for chain in chains:
        with undone():
            cut(chain)
            assert found() == []
            assert found(*kept) == [(chain, 5, "cut")]


def test_a_checkpoint_shows_a_chain_that_was_written_anew(chains: list[str]) -> None:
    kept = list(checkpoints.heads())
    cut("")
    audit.record("another")
    assert found() == []
    assert found(*kept) == [("", 5, "rewritten")]


def test_what_came_after_a_checkpoint_is_no_finding(chains: list[str]) -> None:
    kept = list(checkpoints.heads())
    audit.record("another")
    audit.record("another", company=Company.objects.get(id=chains[0]))
    assert found(*kept) == []


def test_a_checkpoint_is_read_as_it_was_written(chains: list[str], clock: SetClock) -> None:
    lines = list(checkpoints.checkpoint(clock.now()))
    assert list(checkpoints.read(lines)) == list(checkpoints.heads())
    assert len(lines) == 5


def test_every_change_of_a_checkpoint_is_seen(chains: list[str], clock: SetClock) -> None:
    lines = list(checkpoints.checkpoint(clock.now()))
    for number, line in enumerate(lines):
        place = line.rindex(b'"') - 2  # within the last text
        other = line[:place] + (b"A" if line[place : place + 1] != b"A" else b"B")
        for some in ([], [line, line], [other + line[place + 1 :]]):
            changed = [*lines[:number], *some, *lines[number + 1 :]]
            with pytest.raises(Refused):
                list(checkpoints.read(changed))


@pytest.mark.parametrize("content", [b"", b"x", b"[1]\n", b'{"form":"other"}\n{"chains":0}\n'])
def test_what_is_no_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        list(checkpoints.read(content.splitlines(keepends=True)))


def test_a_new_key_lets_what_the_old_one_signed_stand(
    chains: list[str], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = list(checkpoints.checkpoint(clock.now()))
    keys = settings.KEYS
    both = replace(keys, signing=(new_seed(), *keys.signing))
    monkeypatch.setattr(settings, "KEYS", both)
    assert len(list(checkpoints.read(lines))) == 3
    monkeypatch.setattr(settings, "KEYS", replace(keys, signing=both.signing[:1]))
    with pytest.raises(Refused):
        list(checkpoints.read(lines))
