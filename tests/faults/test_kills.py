"""Wherever a process is killed, what it began is whole or was never begun, and goes on after it.

Each kind of work is done in a child, which is killed right before and right after its first
statement, its second, and so on, until one comes through. What it left is carried on by another
process. The history must then be the one of a process that nobody killed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.faults import invariants
from tests.faults.databases import Settings, Snapshot
from tests.faults.processes import Moments, in_child
from tests.faults.works import LEASE, WORKS, Work, live, world_at

pytestmark = pytest.mark.django_db


@dataclass
class Sweep:
    """One kind of work, from a database that stands just before it."""

    work: Work
    snapshot: Snapshot
    mailbox: Path
    """What the relay had taken before the work."""

    @classmethod
    def prepare(cls, work: Work, blank: Snapshot, folder: Path) -> Sweep:
        """Let everything happen that comes before the work."""
        mailbox = folder / "mailbox"
        settings = blank.fresh()

        def before() -> None:
            for at, doing in work.before:
                doing(world_at(at, mailbox))

        in_child(settings, before, generation=1)
        return cls(work, blank.saved(settings), mailbox)

    def undisturbed(self) -> tuple[dict[str, Any], list[str]]:
        """Do the work without harm; give the history, and the moments that there were."""
        settings, mailbox = self.fresh()
        moments = Moments()

        def doing() -> list[str]:
            self._work(mailbox, moments)
            return moments.said

        said = in_child(settings, doing, generation=2).result
        history, _, _ = self.carry_on(settings, mailbox)
        return history, said

    def kill(self, n: int, history: dict[str, Any], seen: set[str]) -> bool:
        """Kill the work at a moment, and see that it comes right; give whether there was one.

        ``seen`` holds what the dead left behind before: the same need not be carried on twice.
        """
        settings, mailbox = self.fresh()
        moments = Moments(fatal=n)
        ended = in_child(settings, lambda: self._work(mailbox, moments), generation=2)
        left = self.snapshot.digest(settings) + (mailbox.read_text() if mailbox.exists() else "")
        if left not in seen:
            seen.add(left)
            found, held, _ = self.carry_on(settings, mailbox)
            invariants.must_be_the_same(history, found, {0, LEASE} if held else {0})
        self.snapshot.drop(settings)
        return ended.was_killed

    def carry_on(self, settings: Settings, mailbox: Path) -> tuple[dict[str, Any], bool, set[str]]:
        """Do again what was not done, let the engine run on, and read what there is then."""

        def doing() -> tuple[dict[str, Any], bool, set[str]]:
            held, twice = invariants.under_way(mailbox)
            world = world_at(self.work.at, mailbox)
            self.work.doing(world)
            live(world, self.work.then_until)
            invariants.check(mailbox, twice=twice)
            return invariants.history(), held, twice

        found: tuple[dict[str, Any], bool, set[str]] = in_child(
            settings, doing, generation=3
        ).result
        return found

    def fresh(self) -> tuple[Settings, Path]:
        """Give a copy of the database, and one of what the relay had taken."""
        settings = self.snapshot.fresh()
        mailbox = self.mailbox.with_name("mailbox of a try")
        mailbox.unlink(missing_ok=True)
        if self.mailbox.exists():
            shutil.copyfile(self.mailbox, mailbox)
        return settings, mailbox

    def _work(self, mailbox: Path, moments: Moments) -> None:
        world = world_at(self.work.at, mailbox)
        world.moments = moments
        moments.watch()
        self.work.doing(world)


CALM = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE")
"""Statements that leave nothing behind."""


def notable(moments: list[str]) -> list[int]:
    """Give the moments, from 1, around which something comes to last: a COMMIT or a mail."""
    found = []
    lasting = ("COMMIT", "the mail")
    was_calm = False
    for n, moment in enumerate(moments, 1):
        when, _, what = moment.partition(" ")
        is_calm = what.startswith(CALM) or not what.startswith(lasting)
        if when == "before" and not (is_calm and was_calm):
            found.append(n)
        was_calm = is_calm
    return found


def kill_at(sweep: Sweep, numbers: list[int], history: dict[str, Any], moments: list[str]) -> None:
    seen: set[str] = set()
    for n in numbers:
        try:
            assert sweep.kill(n, history, seen), "there were fewer moments than undisturbed"
        except AssertionError as error:
            raise AssertionError(f"killed {moments[n - 1]!r} ({n})") from error
    assert len(seen) > 1, "no kill left anything else than another"


FEW = ("service of the grace notice", "deletion", "protecting a seat")
QUICK = [
    kind
    if kind in FEW or connection.vendor == "sqlite"
    # A PostgreSQL is copied as a whole, which takes seconds for each kind.
    else pytest.param(kind, marks=pytest.mark.long)
    for kind in WORKS
]


@pytest.mark.parametrize("kind", QUICK)
def test_a_kill_before_or_after_anything_lasting_changes_nothing_in_the_end(
    kind: str, blank: Snapshot, tmp_path: Path
) -> None:
    """Nothing is lost, done twice or done by halves, and no period is shortened."""
    sweep = Sweep.prepare(WORKS[kind], blank, tmp_path)
    history, moments = sweep.undisturbed()
    kill_at(sweep, [*notable(moments), len(moments)], history, moments)
    assert not sweep.kill(len(moments) + 1, history, set())


@pytest.mark.long
@pytest.mark.parametrize("kind", WORKS)
def test_a_kill_at_any_moment_changes_nothing_in_the_end(
    kind: str, blank: Snapshot, tmp_path: Path
) -> None:
    """The same before and after every single statement, those that only read included."""
    sweep = Sweep.prepare(WORKS[kind], blank, tmp_path)
    history, moments = sweep.undisturbed()
    kill_at(sweep, list(range(1, len(moments) + 1)), history, moments)
