"""The engine's process: what ends a round does not end it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import InterfaceError, OperationalError

from tenure.cli import engine
from tenure.cli.main import cli
from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.delivery.relays import Answer
from tenure.engine import letters as postman
from tenure.engine.loop import Engine
from tenure.services import catalogue, clocks, companies, letters, licences
from tenure.services.catalogue import COS
from tenure.services.errors import EngineWaits
from tenure.store import models
from tenure.store.models import Contact, Delivery
from tests.engine.conftest import FakeRelay


def test_a_cut_connection_ends_the_round_and_not_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The driver says sometimes that it is cut, and sometimes that it is closed."""
    ends: list[Callable[[], None]] = []
    verdict = SimpleNamespace(runs=True, deletes=True, because="")
    guard = SimpleNamespace(beat=lambda: verdict, leave=lambda: None)
    errors = [OperationalError("it is cut"), InterfaceError("it is closed"), EngineWaits("why")]

    def do_round(_: Engine) -> bool:
        if errors:
            raise errors.pop()
        ends[0]()
        return False

    def on_signal(_: int, end: Callable[[], None]) -> None:
        ends.append(end)

    def no_guard(*_: Any) -> Any:
        return guard

    monkeypatch.setattr(engine, "PAUSE", 0)
    monkeypatch.setattr("signal.signal", on_signal)
    monkeypatch.setattr("tenure.cli.database.open_database", lambda **_: None)
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)
    monkeypatch.setattr("tenure.engine.guards.Guard", no_guard)
    monkeypatch.setattr(Engine, "round", do_round)
    engine.run()
    assert errors == []


@pytest.mark.django_db
def test_the_status_tells_of_mails_that_no_relay_takes(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notices and letters, once they waited for ten minutes; those of test companies are none."""
    monkeypatch.setattr("tenure.clock.WallClock", lambda: clock)
    catalogue.ensure_default()
    began = clock.now()
    test_clock = clocks.create("here", began)
    for name, of in (("Martin", None), ("Durand", test_clock)):
        company = companies.create(name=name, test_clock=of, clock=clock, who="test")
        for address in ("anne@example.org", "bob@example.org"):
            companies.add_contact(company, address=address, role=Contact.Role.OWNER)
        new = licences.NewLicence(COS, 1, began, began + 60 * DAY)
        licences.add(company.id, new, clock=clock, who="test")
    relay = FakeRelay(default=Answer("deferred", "451 try again later"))
    working = Engine(clock, relay, lambda tries: 60)

    def told() -> tuple[str, dict[str, Any]]:
        done = CliRunner().invoke(cli, ["engine", "status"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        lines = done.output.splitlines()
        (line,) = [each for each in lines if each.startswith("mails:")]
        found = json.loads(CliRunner().invoke(cli, ["engine", "status", "--json"]).output)
        names = ("mails_stuck", "mails_stuck_since", "mails_stuck_answer")
        return line.removeprefix("mails:").strip(), {name: found[name] for name in names}

    nothing = {"mails_stuck": 0, "mails_stuck_since": None, "mails_stuck_answer": None}
    working.run_until_idle()
    clock.move_to(began + 60 * DAY)
    models.TestClock.objects.update(now_at=clock.now())
    working.step()
    due = clock.now()
    mails = Delivery.objects.filter(clock__isnull=True, next_try_at__isnull=False, state="queued")
    waiting = mails.count()
    assert waiting
    assert Delivery.objects.filter(clock__isnull=False, state="queued").exists()
    clock.move_to(due + 599)
    assert told() == ("go out", nothing)
    clock.move_to(due + 600)
    since = f"{datetime.fromtimestamp(due, UTC):%Y-%m-%dT%H:%M:%SZ}"
    words, found = told()
    assert words == f"{waiting} mails wait, the oldest since {since}; none was tried"
    assert found == {**nothing, "mails_stuck": waiting, "mails_stuck_since": since}
    working.deliver()
    letters.queue("eve@example.org", "en", "Hello", "a", clock=clock)
    assert told()[0].endswith(
        f"{waiting} mails wait, the oldest since {since}; last answer: 451 try again later"
    )
    clock.move_to(clock.now() + 600)
    words, found = told()
    assert words.startswith(f"{waiting + 1} mails wait, the oldest since {since};")
    assert found["mails_stuck_answer"] == "451 try again later"
    relay.default = Answer("accepted", "250 taken")
    working.deliver()
    assert told()[0].startswith("1 mail waits, ")
    postman.deliver(relay, lambda tries: 60, clock)
    assert told() == ("go out", nothing)
