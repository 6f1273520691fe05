"""The engine does nothing where it cannot trust its clock or its database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenure.clock import SetClock
from tenure.engine import guards
from tenure.engine.guards import Guard
from tenure.services import companies
from tenure.services.errors import EngineWaits
from tenure.store.ids import new_id
from tenure.store.models import Heartbeat, Instance, Service

pytestmark = pytest.mark.django_db

HOUR = 3600
DAY = 86_400


class Machine:
    """A machine with a clock that people can put, and one that they cannot."""

    def __init__(self, clock: SetClock, home: Path) -> None:
        self.clock = clock
        self.home = home
        self.up = 1000.0
        self.boot = guards.this_boot()
        self.database: SetClock | None = None
        """The database's clock, where it is another than the machine's."""

    def guard(self) -> Guard:
        database = SetClock(self.clock.now()) if self.database is None else self.database
        return Guard(
            self.clock,
            self.home,
            uptime=lambda: self.up,
            boot=self.boot,
            database_now=database.now,
        )

    def pass_time(self, seconds: int) -> None:
        self.clock.move_to(self.clock.now() + seconds)
        self.up += seconds


@pytest.fixture
def machine(clock: SetClock, tmp_path: Path) -> Machine:
    found = Machine(clock, tmp_path)
    assert found.guard().beat().runs
    Heartbeat.objects.update(holder=None)
    return found


@pytest.mark.parametrize("sleep", [13 * HOUR, 3 * DAY, 40 * DAY])
def test_a_long_sleep_that_the_machine_witnessed_is_no_alarm(machine: Machine, sleep: int) -> None:
    machine.pass_time(sleep)
    assert machine.guard().beat() == guards.Verdict(runs=True, deletes=True)


@pytest.mark.parametrize("jump", [-2 * HOUR, 365 * DAY])
def test_a_clock_that_jumped_stops_everything(machine: Machine, jump: int) -> None:
    machine.clock.move_to(machine.clock.now() + jump)
    assert not machine.guard().beat().runs
    with pytest.raises(EngineWaits):
        companies.create(name="Martin", clock=machine.clock, who="test")


def test_an_hour_of_doubt_is_allowed(machine: Machine) -> None:
    machine.clock.move_to(machine.clock.now() + HOUR - 1)
    assert machine.guard().beat().runs


def test_a_restored_database_stops_everything(machine: Machine) -> None:
    yesterday = Heartbeat.objects.values().get()
    machine.pass_time(DAY)
    assert machine.guard().beat().runs
    Heartbeat.objects.update(**yesterday)
    machine.pass_time(HOUR)
    verdict = machine.guard().beat()
    assert not verdict.runs
    assert "older" in verdict.because


def test_another_database_stops_everything(machine: Machine) -> None:
    Heartbeat.objects.all().delete()
    assert not machine.guard().beat().runs


@pytest.mark.embedded
def test_days_that_nobody_witnessed_keep_only_deletions_back(machine: Machine) -> None:
    machine.clock.move_to(machine.clock.now() + 4 * DAY)
    machine.boot = "second"
    assert machine.guard().beat() == guards.Verdict(runs=True, deletes=False)


def test_the_operator_lets_it_go_on(machine: Machine) -> None:
    machine.clock.move_to(machine.clock.now() + 365 * DAY)
    guard = machine.guard()
    assert not guard.beat().runs
    guards.resume(machine.clock, machine.home, "the year is right")
    machine.up = guards.uptime_now()
    assert guard.beat().runs
    assert Heartbeat.objects.get().resumed_because == "the year is right"
    companies.create(name="Martin", clock=machine.clock, who="test")


def test_a_mass_of_falls_stops_everything_until_the_operator_has_seen_the_number(
    machine: Machine,
) -> None:
    Service.objects.create(key="cos", name="Cloud Office Security")
    for i in range(51):
        companies.create(name=f"Company {i}", clock=machine.clock, who="test")
    now = machine.clock.now()
    Instance.objects.update(due_at=now, phase="grace", next_phase="suspended", phase_until_at=now)
    guard = machine.guard()
    verdict = guard.beat()
    assert not verdict.runs
    assert "51 of 51" in verdict.because
    guards.resume(machine.clock, machine.home, "they all belong to one reseller that has closed")
    machine.up = guards.uptime_now()
    assert guard.beat().runs


@pytest.mark.embedded
def test_only_one_engine_runs_on_the_embedded_database(machine: Machine) -> None:
    first, second = machine.guard(), machine.guard()
    assert first.beat().runs
    assert not second.beat().runs
    machine.pass_time(guards.LEASE + 1)
    assert second.beat().runs


@pytest.fixture
def other(machine: Machine, tmp_path: Path) -> Machine:
    """A second machine with the same keys and database, whose engine has run."""
    home = tmp_path / "other"
    home.mkdir()
    found = Machine(SetClock(machine.clock.now()), home)
    found.boot = "other"
    found.database = machine.clock
    return found


@pytest.mark.postgres
def test_an_engine_whose_clock_is_wrong_stands_still_alone(
    machine: Machine, other: Machine
) -> None:
    right, wrong = machine.guard(), other.guard()
    assert right.beat().runs
    assert wrong.beat().runs
    other.clock.move_to(other.clock.now() + 2 * HOUR)
    verdict = wrong.beat()
    assert not verdict.runs
    assert "-7200 seconds away" in verdict.because
    assert right.beat().runs
    companies.create(name="Martin", clock=machine.clock, who="test")
    said = {beat.waits_because for beat in guards.running(machine.clock.now())}
    assert said == {"", verdict.because}


@pytest.mark.postgres
def test_a_wrong_clock_with_no_right_one_beside_it_stops_everything(
    machine: Machine, other: Machine
) -> None:
    machine.pass_time(guards.LEASE + 1)  # its engine beat no more
    other.clock.move_to(other.clock.now() + 2 * HOUR)
    assert not other.guard().beat().runs
    with pytest.raises(EngineWaits):
        companies.create(name="Martin", clock=machine.clock, who="test")


@pytest.mark.postgres
def test_an_engine_that_is_minutes_ahead_makes_nobody_think_of_a_restored_database(
    machine: Machine, other: Machine
) -> None:
    other.clock.move_to(other.clock.now() + 10 * 60)
    ahead, behind = other.guard(), machine.guard()
    for guard in (ahead, behind, ahead, behind):
        assert guard.beat().runs


@pytest.mark.postgres
def test_other_machines_follow_when_an_operator_lets_one_go_on(
    machine: Machine, other: Machine
) -> None:
    here, there = machine.guard(), other.guard()
    assert here.beat().runs
    assert there.beat().runs
    guards.resume(machine.clock, machine.home, "looked at")
    assert there.beat().runs
    Heartbeat.objects.update(epoch=new_id(), past_epochs=[])
    assert not there.beat().runs
