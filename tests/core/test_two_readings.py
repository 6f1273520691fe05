"""The core against a second reading of the rules that was written apart from it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml

from tenure.cli import scenarios
from tenure.core import facts as f
from tenure.core import outlook
from tenure.core import records as r
from tenure.core.lifecycle import Lifecycle
from tenure.core.lines import lines
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, Scenario, happen, simulate
from tests.oracle.generator import scenario as generate
from tests.oracle.reading import lines as read
from tests.seeds import seeds

SOME = 300
MANY = 20_000


def made(seed: int, crowd: int = 0) -> tuple[dict[str, Any], Scenario]:
    """Give the random scenario of a seed, as plain data and as the core's."""
    plain = generate(random.Random(seed), dense=seed % 4 != 0, crowd=crowd)
    return plain, scenarios.read(f"seed {seed}", yaml.safe_dump(plain, sort_keys=False))


def ordered(found: list[Any]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True) for line in found)


def agree(seeds: range) -> None:
    for seed in seeds:
        plain, scenario = made(seed)
        assert ordered(lines(simulate(scenario))) == ordered(read(plain)), f"seed {seed}"


def test_both_readings_print_the_same_lines() -> None:
    agree(range(SOME))


@pytest.mark.long
def test_both_readings_print_the_same_lines_on_many_more() -> None:
    agree(range(SOME, MANY))


@pytest.mark.parametrize("seed", range(24))
def test_both_readings_print_the_same_lines_of_a_company_with_many_licences(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Summed up in spans as small as they can be, so that there are many of them."""
    monkeypatch.setattr(outlook, "SPAN", 1 + seed % 3)
    plain, scenario = made(seed, crowd=20)
    assert ordered(lines(simulate(scenario))) == ordered(read(plain))


@pytest.mark.parametrize("seed", range(0, 200, 5))
def test_folding_one_by_one_with_a_stored_state_between_gives_the_same(seed: int) -> None:
    _, scenario = made(seed)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    at_once = Lifecycle(scenario.pools, scenario.policy)
    one_by_one = Lifecycle(scenario.pools, scenario.policy)
    for fact in facts:
        at_once.apply(fact)
        one_by_one.apply(fact)
        one_by_one = Lifecycle.from_data(json.loads(json.dumps(one_by_one.to_data())))
    at_once.advance(scenario.until)
    one_by_one.advance(scenario.until)
    assert one_by_one.to_data() == at_once.to_data()


@pytest.mark.parametrize("seed", range(3, 240, 6))
def test_a_copy_goes_on_as_the_state_read_anew_does_and_leaves_the_first_as_it_was(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies share what is a value, so each way they can go on is tried at every fact."""
    monkeypatch.setattr(outlook, "SPAN", 1 + seed % 3)
    _, scenario = made(seed, crowd=4 * (seed % 4))
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    life = Lifecycle(scenario.pools, scenario.policy)
    works = Outages(), Outages()
    for i, fact in enumerate(facts):
        life.apply(fact)
        if i % 2:
            life.capacity.gather()
        stored = json.dumps(life.to_data())
        later = [x for x in facts[i + 1 :] if x.at <= scenario.until][:5]
        until = later[-1].at if later else fact.at + 30 * DAY
        ahead = [(at, total, dict(units)) for at, total, units in life.capacity.future(life.at)]
        found, expected = life.copy(), Lifecycle.from_data(json.loads(stored))
        told = [
            list(happen(x, later, until, engine=works[0], mail=works[1])) for x in (found, expected)
        ]
        assert told[0] == told[1]
        assert found.to_data() == expected.to_data()
        assert json.dumps(life.to_data()) == stored
        assert ahead == [
            (at, total, dict(units)) for at, total, units in life.capacity.future(life.at)
        ]


@pytest.mark.parametrize("seed", seeds(100, 300))
def test_nobody_is_suspended_or_deleted_without_a_served_notice_whose_days_have_run(
    seed: int,
) -> None:
    _, scenario = made(seed)
    policy = scenario.policy
    served: dict[str, int] = {}
    closings = {fact.at for fact in scenario.facts if type(fact).__name__ == "CompanyClosed"}
    for record in simulate(scenario):
        match record:
            case r.NoticeServed():
                served[record.notice] = record.at
            case r.PhaseChanged(to_phase="suspended") if record.effective_at not in closings:
                assert served["grace"] + policy.grace <= record.effective_at
            case r.PhaseChanged(to_phase="deleted"):
                assert served["deletion_warning"] + policy.warning <= record.effective_at


@pytest.mark.parametrize("seed", seeds(100, 300))
def test_the_history_has_no_hole(seed: int) -> None:
    _, scenario = made(seed)
    phase, instance, since = "pending", 1, -(1 << 62)
    for record in simulate(scenario):
        if isinstance(record, r.PhaseChanged):
            assert record.from_phase == phase
            assert record.instance == instance + (phase == "deleted")
            assert since <= record.effective_at <= record.at
            phase, instance, since = record.to_phase, record.instance, record.effective_at


@pytest.mark.parametrize("seed", range(100))
def test_a_held_seat_stays_protected_until_its_notice_was_served_and_has_run_out(
    seed: int,
) -> None:
    """Between two instants, protection only falls by people, a deadline, or a suspension."""
    _, scenario = made(seed)
    life = Lifecycle(scenario.pools, scenario.policy)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    list(
        happen(
            life,
            [fact for fact in facts if fact.at <= scenario.until],
            scenario.until,
            engine=Outages(scenario.engine_outages),
            mail=Outages(scenario.mail_outages),
        )
    )
    for pool in life.pools.values():
        for hold in pool.holds:
            assert hold.deadline is None or hold.deadline > life.at
            if hold.deadline is None:
                assert life.protected(pool.id) >= min(pool.seats, hold.level)


@pytest.mark.parametrize("seed", seeds(100, 300))
def test_seats_come_back_as_they_were_after_every_suspension(seed: int) -> None:
    """Only people and a deletion change how many seats there are; a phase never does."""
    _, scenario = made(seed)
    life = Lifecycle(scenario.pools, scenario.policy)
    facts = sorted((x for x in scenario.facts if x.at <= scenario.until), key=lambda x: x.at)
    seats = dict.fromkeys(scenario.pools, 0)
    works = Outages(scenario.engine_outages), Outages(scenario.mail_outages)
    for record in happen(life, facts, scenario.until, engine=works[0], mail=works[1]):
        match record:
            case r.SeatsGranted():
                seats[record.pool] += record.count
            case r.SeatsReleased():
                seats[record.pool] -= record.count
            case r.PhaseChanged(to_phase="deleted"):
                seats = dict.fromkeys(scenario.pools, 0)
    assert {pool.id: pool.seats for pool in life.pools.values()} == seats


def days(life: Lifecycle, extra: list[f.Fact]) -> list[dict[str, int]]:
    """Give the protected seats of each pool at the end of each of the coming days."""
    life = life.copy()
    start = life.at
    found = []
    for day in range(1, 61):
        until = start + day * DAY
        facts = [fact for fact in extra if life.at < fact.at <= until]
        list(happen(life, facts, until, engine=Outages(), mail=Outages()))
        found.append({pool: life.protected(pool) for pool in life.pools})
    return found


@pytest.mark.parametrize("seed", range(200))
def test_another_licence_never_makes_anybody_worse_off(seed: int) -> None:
    _, scenario = made(seed)
    chance = random.Random(seed)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    now = chance.choice(facts).at if facts else scenario.until
    life = Lifecycle(scenario.pools, scenario.policy)
    works = Outages(scenario.engine_outages), Outages(scenario.mail_outages)
    done = [fact for fact in facts if fact.at <= now]
    list(happen(life, done, now, engine=works[0], mail=works[1]))
    pool = chance.choice(scenario.pools)
    units = chance.randint(1, 6)
    starts = now + 1 + chance.randint(0, 10) * DAY // 2
    more = f.LicenceAdded(
        now + 1, "more", units, starts, starts + chance.randint(1, 20) * DAY, "full", {pool: units}
    )
    for without, with_more in zip(days(life, []), days(life, [more]), strict=True):
        assert all(with_more[each] >= without[each] for each in without)
