"""A connection that is cut, or a disk that is full, at any statement: nothing is half-done.

The process lives on. What it began is rolled back, and the next round does it as if nothing had
been. No company is set aside for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections

from tenure.store.models import Instance
from tests.faults import invariants
from tests.faults.databases import Snapshot
from tests.faults.processes import Moments, in_child
from tests.faults.test_kills import Sweep
from tests.faults.works import LEASE, WORKS, live, world_at

pytestmark = pytest.mark.django_db


class Cut(Moments):
    """Lets the server end our connection at a moment."""

    def pass_one(self, what: str) -> None:
        self.passed += 1
        self.said.append(what)
        if self.passed == self.fatal:
            reached = connections.settings["default"]
            ours = connection.connection.info.backend_pid
            with psycopg.connect(
                dbname="postgres", user=reached["USER"], host=reached["HOST"], autocommit=True
            ) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [ours])


class Full(Moments):
    """Lets the disk be full from a moment on."""

    def pass_one(self, what: str) -> None:
        self.passed += 1
        self.said.append(what)
        if self.passed == self.fatal:
            (pages,) = connection.connection.execute("PRAGMA page_count").fetchone()
            connection.connection.execute(f"PRAGMA max_page_count = {pages}")


def _lives_through(sweep: Sweep, moments: Moments, history: dict[str, Any]) -> bool:
    """Do the work with harm, then without; give whether the harm was felt."""
    settings, mailbox = sweep.fresh()

    def doing() -> tuple[dict[str, Any], bool, bool]:
        world = world_at(sweep.work.at, mailbox)
        world.moments = moments
        moments.watch()
        felt = False
        try:
            sweep.work.doing(world)
        except (OperationalError, InterfaceError):
            felt = True
        connection.close()
        assert not Instance.objects.filter(set_aside_at__isnull=False).exists()
        held, twice = invariants.under_way(mailbox)
        world = world_at(sweep.work.at, mailbox)
        sweep.work.doing(world)
        live(world, sweep.work.then_until)
        invariants.check(mailbox, twice=twice)
        return invariants.history(), held, felt

    found, held, felt = in_child(settings, doing, generation=2).result
    sweep.snapshot.drop(settings)
    invariants.must_be_the_same(history, found, {0, LEASE} if held else {0})
    return bool(felt)


def _sweep(
    kind: str, harm: type[Moments], blank: Snapshot, folder: Path, most: int | None = None
) -> list[bool]:
    """Do the harm at every moment, or at so many of them, evenly spread."""
    sweep = Sweep.prepare(WORKS[kind], blank, folder)
    history, said = sweep.undisturbed()
    stride = 1 if most is None else -(-len(said) // most)
    return [
        _lives_through(sweep, harm(fatal=n), history)
        # From a moment of its own for each kind, so that all sorts of moments are met.
        for n in range(1 + len(kind) % stride, len(said) + 1, stride)
    ]


@pytest.mark.postgres
@pytest.mark.parametrize("kind", WORKS)
def test_a_connection_that_is_cut_changes_nothing_in_the_end(
    kind: str, blank: Snapshot, tmp_path: Path
) -> None:
    assert any(_sweep(kind, Cut, blank, tmp_path, most=3))


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.parametrize("kind", WORKS)
def test_a_connection_that_is_cut_at_any_moment_changes_nothing_in_the_end(
    kind: str, blank: Snapshot, tmp_path: Path
) -> None:
    assert any(_sweep(kind, Cut, blank, tmp_path))


@pytest.mark.embedded
@pytest.mark.parametrize("kind", WORKS)
def test_a_full_disk_changes_nothing_in_the_end(kind: str, blank: Snapshot, tmp_path: Path) -> None:
    _sweep(kind, Full, blank, tmp_path, most=5)


@pytest.mark.long
@pytest.mark.embedded
@pytest.mark.parametrize("kind", WORKS)
def test_a_disk_that_is_full_at_any_moment_changes_nothing_in_the_end(
    kind: str, blank: Snapshot, tmp_path: Path
) -> None:
    _sweep(kind, Full, blank, tmp_path)
