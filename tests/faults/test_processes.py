"""The real engine, killed by its relay while it hands a mail over, and started again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tenure.clock import WallClock, monotonic
from tenure.core.policy import DAY
from tenure.store import keys
from tenure.store.databases import FILE
from tests.faults import invariants
from tests.faults.databases import Snapshot, SqliteSnapshot
from tests.faults.processes import in_child
from tests.faults.relay import ScriptedRelay, Talk
from tests.faults.works import found, live, world_at

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

PATIENCE = 60.0
"""Seconds after which the engine will not do any more what is waited for."""

AGES = {"grace": 60, "suspended": 74, "deletion_warning": 90, "deleted": 104}
"""Days after the beginning of a company's life on which its notices are issued."""


@dataclass
class Installation:
    """A home folder with a company to which something happens right now."""

    home: Path
    relay: ScriptedRelay

    def start(self) -> subprocess.Popen[bytes]:
        """Start the engine."""
        environment = {
            **os.environ,
            "TENURE_HOME": str(self.home),
            "TENURE_SMTP": self.relay.address,
            "DJANGO_SETTINGS_MODULE": "tenure.settings",
        }
        with (self.home / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tenure.cli.main", "engine"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.home,
            )

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Read, or change, what is in the database."""
        with closing(sqlite3.connect(self.home / FILE, timeout=20)) as database, database:
            return database.execute(statement).fetchall()

    def wait_for(self, what: Callable[[], bool], engine: subprocess.Popen[bytes]) -> None:
        """Look again and again until it is so."""
        until = monotonic() + PATIENCE
        looking = threading.Event()
        while not what():
            assert engine.poll() is None, (self.home / "log").read_text()
            assert monotonic() < until, (self.home / "log").read_text()
            looking.wait(0.05)

    def let_leases_run_out(self) -> None:
        """Make it later, by as much as the dead process may hold mails and the database."""
        past = "1970-01-01 00:00:00"
        self.ask(f"UPDATE store_delivery SET leased_until_at = '{past}' WHERE lease IS NOT NULL")
        self.ask(f"UPDATE store_heartbeat SET held_until_at = '{past}'")


@pytest.fixture
def relay() -> Iterator[ScriptedRelay]:
    with ScriptedRelay().listening() as listening:
        yield listening


def prepare(kind: str, blank: Snapshot, home: Path, relay: ScriptedRelay) -> Installation:
    """Let a company live until just before a notice of the kind is issued."""
    keys.ensure(home)
    now = WallClock().now()
    mailbox = home / "mailbox"

    def lead() -> None:
        began = now - AGES[kind] * DAY
        found(world_at(began, mailbox))
        live(world_at(began, mailbox), now - 1)

    settings = blank.fresh()
    in_child(settings, lead, generation=1)
    saved = blank.saved(settings)
    assert isinstance(saved, SqliteSnapshot)
    saved.move(home / FILE)
    return Installation(home, relay)


@pytest.mark.parametrize(
    ("kind", "moment"),
    [
        ("grace", "CONTENT"),
        ("suspended", "IN CONTENT"),
        ("deletion_warning", "RCPT"),
        ("deleted", "CONTENT"),
    ],
)
def test_an_engine_that_is_killed_while_a_mail_goes_out_goes_on_where_it_was(
    kind: str, moment: str, blank: Snapshot, tmp_path: Path, relay: ScriptedRelay
) -> None:
    """The mail goes out once; twice with one Message-ID where the relay had taken it."""
    here = prepare(kind, blank, tmp_path, relay)
    engine = here.start()
    killed: list[str] = []

    def kill(talk: Talk) -> bytes | None:
        if not killed:
            killed.append(talk.recipient)
            if moment == "CONTENT":
                relay.take(talk)
            os.kill(engine.pid, signal.SIGKILL)
            engine.wait()
            talk.drop()
        return None if moment == "IN CONTENT" else b"250 ok"

    relay.script[moment] = kill
    assert engine.wait(PATIENCE) == -signal.SIGKILL, (tmp_path / "log").read_text()
    held = here.ask("SELECT count(*) FROM store_delivery WHERE state = 'leased'")
    assert held == [(2,)]
    served = f"SELECT served_at FROM store_notice WHERE kind = '{kind}'"
    assert here.ask(served) == [(None,)]

    here.let_leases_run_out()
    engine = here.start()
    is_open = "SELECT 1 FROM store_delivery WHERE state IN ('queued', 'leased')"
    is_erasing = "SELECT 1 FROM store_instance WHERE erase_at IS NOT NULL"
    here.wait_for(lambda: not here.ask(is_open) and not here.ask(is_erasing), engine)
    engine.send_signal(signal.SIGTERM)
    assert engine.wait(PATIENCE) == 0

    times = Counter(to for to, _ in relay.taken)
    expected = dict.fromkeys(("anne@example.org", "bob@example.org"), 1)
    if moment == "CONTENT":
        expected[killed[0]] = 2
    assert times == expected
    twice = {message_id for to, message_id in relay.taken if times[to] == 2}
    assert len({message_id for _, message_id in relay.taken}) == 2

    with (tmp_path / "mailbox").open("a") as mailbox:
        mailbox.writelines(f"{message_id} {to}\n" for to, message_id in relay.taken)
    database = {"NAME": tmp_path / FILE}
    in_child(database, lambda: invariants.check(tmp_path / "mailbox", twice=twice), generation=2)


def test_only_one_engine_works_and_another_takes_over_when_it_is_killed(
    blank: Snapshot, tmp_path: Path, relay: ScriptedRelay
) -> None:
    """The second one waits for the first one's hold on the database to run out."""
    here = prepare("grace", blank, tmp_path, relay)
    first = here.start()
    here.wait_for(lambda: len(relay.taken) == 2, first)
    holder = here.ask("SELECT holder FROM store_heartbeat")
    second = here.start()
    try:
        here.wait_for(lambda: "another engine is running" in (tmp_path / "log").read_text(), second)
        first.kill()
        first.wait()
        here.let_leases_run_out()
        here.wait_for(lambda: here.ask("SELECT holder FROM store_heartbeat") != holder, second)
    finally:
        first.kill()
        second.terminate()
    assert second.wait(PATIENCE) == 0
    assert len(relay.taken) == 2
