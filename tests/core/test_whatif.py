"""What if: two futures of one company, told apart by who is protected, phases and notices."""

from __future__ import annotations

import random
import time

import pytest

from tenure.core import facts as f
from tenure.core import records as r
from tenure.core.errors import FactRefused
from tenure.core.lifecycle import Lifecycle
from tenure.core.lines import lines
from tenure.core.policy import DAY
from tenure.core.simulation import Outages, Scenario, forecast, happen
from tenure.core.whatif import Gain, Loss, PhaseDifference, WhatIf, what_if
from tests.core.test_two_readings import made, ordered
from tests.oracle.reading import lines as read
from tests.seeds import seeds

NOW = 1_767_225_600  # 2026-01-01
AHEAD = 730 * DAY


def day(number: float) -> int:
    return NOW + int(number * DAY)


def company(*facts: f.Fact, pools: tuple[str, ...] = ("Lyon", "Paris")) -> Lifecycle:
    """Give a company to which facts were done up to the present, the tenth day."""
    life = Lifecycle(pools)
    list(happen(life, facts, day(10), engine=Outages(), mail=Outages()))
    return life


def licence(
    name: str, units: int, ends: float | None, added: float = 0, **placed: int
) -> f.LicenceAdded:
    end = None if ends is None else day(ends)
    return f.LicenceAdded(day(added), name, units, day(added), end, placements=placed)


def protect(pool: str, count: int, on: float = 0) -> f.SeatsProtected:
    return f.SeatsProtected(day(on), pool, count)


def ask(life: Lifecycle, *facts: f.Fact) -> WhatIf:
    return what_if(life, day(10) + 1, facts, day(10) + AHEAD)


def random_present(seed: int) -> tuple[Scenario, Lifecycle, int]:
    """Give a random company as of the instant of one of its facts."""
    _, scenario = made(seed)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    now = random.Random(seed).choice(facts).at if facts else scenario.until
    life = Lifecycle(scenario.pools, scenario.policy)
    works = Outages(scenario.engine_outages), Outages(scenario.mail_outages)
    done = [fact for fact in facts if fact.at <= now]
    list(happen(life, done, now, engine=works[0], mail=works[1]))
    return scenario, life, now


@pytest.mark.parametrize("seed", seeds(60, 200))
def test_without_a_change_both_futures_are_one_and_the_company_is_left_alone(seed: int) -> None:
    _, life, now = random_present(seed)
    as_it_was = life.to_data()
    found = what_if(life, now + 1, [], now + AHEAD)
    assert found.is_equal
    assert list(found.before.records) == list(found.after.records)
    assert list(found.before.records) == forecast(life, now + AHEAD)
    assert life.to_data() == as_it_was


@pytest.mark.parametrize("seed", seeds(60, 200))
def test_what_is_supposed_comes_about_when_it_is_done(seed: int) -> None:
    """A second reading of the rules prints the lines that were foreseen for what is done later."""
    plain, scenario = made(seed)
    plain.pop("outages", None)
    facts = sorted(scenario.facts, key=lambda fact: fact.at)
    now = random.Random(seed).choice(facts).at if facts else scenario.until
    life = Lifecycle(scenario.pools, scenario.policy)
    past = list(
        happen(life, [x for x in facts if x.at <= now], now, engine=Outages(), mail=Outages())
    )
    later = [x for x in facts if x.at > now]
    found = what_if(life, now + 1, later, scenario.until)
    assert found.after.records == tuple(forecast(life, scenario.until, later))
    if now <= scenario.until:
        assert ordered(lines([*past, *found.after.records])) == ordered(read(plain))


@pytest.mark.parametrize("seed", seeds(60, 200))
def test_who_is_protected_is_followed_through_every_phase(seed: int) -> None:
    """Stopped at any instant, the lifecycle protects as many as were foreseen for it."""
    scenario, life, now = random_present(seed)
    later = sorted((x for x in scenario.facts if x.at > now), key=lambda x: x.at)
    found = what_if(life, now + 1, later, now + 90 * DAY)
    chance = random.Random(seed)
    instants = sorted(chance.randint(now, now + 90 * DAY) for _ in range(20))
    instants += _starts(found)
    for facts, future in (([], found.before), (later, found.after)):
        for t in instants:
            there = life.copy()
            until = [x for x in facts if x.at <= t]
            list(happen(there, until, t, engine=Outages(), mail=Outages()))
            assert {pool: future.protected(pool, t).count for pool in life.pools} == {
                pool: there.protected(pool) for pool in life.pools
            }
            assert future.stay_at(t).phase == there.phase


@pytest.mark.parametrize("seed", seeds(60, 200))
def test_losses_and_gains_are_the_difference_of_both_futures(seed: int) -> None:
    """Those who lose, taken from the one future, and those who gain make the other one."""
    scenario, life, now = random_present(seed)
    later = [x for x in scenario.facts if x.at > now]
    found = what_if(life, now + 1, later, now + 90 * DAY)
    for t in {*_starts(found), now + 40 * DAY}:
        for pool in life.pools:
            lost = [x.count for x in found.losses if x.pool == pool and _runs(x, t)]
            gained = [x.count for x in found.gains if x.pool == pool and _runs(x, t)]
            before, after = found.before.protected(pool, t), found.after.protected(pool, t)
            assert before.count - sum(lost) + sum(gained) == after.count
            assert len(lost) <= 1 and len(gained) <= 1
    named = [(x.pool, seat) for x in found.first_losses() for seat in range(x.from_seat, x.to_seat)]
    assert len(named) == len(set(named))
    assert set(named) == {
        (x.pool, seat) for x in found.losses for seat in range(x.from_seat, x.to_seat)
    }


def _starts(found: WhatIf) -> list[int]:
    return [x.start for x in found.losses] + [x.start for x in found.gains]


def _runs(stretch: Loss | Gain, t: int) -> bool:
    return stretch.start <= t and (stretch.end is None or t < stretch.end)


@pytest.mark.parametrize("seed", seeds(60, 200))
def test_another_licence_makes_nobody_worse_off(seed: int) -> None:
    scenario, life, now = random_present(seed)
    chance = random.Random(seed)
    pool, units = chance.choice(scenario.pools), chance.randint(1, 6)
    starts = now + 1 + chance.randint(0, 10) * DAY // 2
    ends = starts + chance.randint(1, 20) * DAY
    more = f.LicenceAdded(now + 1, "more", units, starts, ends, "full", {pool: units})
    found = what_if(life, now + 1, [more], now + AHEAD)
    # A new instance after a deletion has no seats, so whom it has in the other future is no loss.
    assert not found.losses


def test_removing_a_licence_takes_the_last_protected_at_once() -> None:
    life = company(licence("A", 5, None, Lyon=5), licence("B", 3, 300, Lyon=3), protect("Lyon", 7))
    found = ask(life, f.LicenceRemoved(day(10) + 1, "B"))
    assert found.losses == (Loss("Lyon", day(10) + 1, day(314), 5, 7),)
    assert found.first_loss_at == day(10) + 1
    assert [x.notice for x in found.notices_new] == ["pool_reduced"]
    assert [(x.notice, x.days) for x in found.notices_gone] == [
        ("pool_expiring", 30),
        ("pool_expiring", 7),
        ("pool_short", None),
        ("pool_reduced", None),
    ]


def test_cancelling_a_licence_takes_nobodys_protection_before_the_days_of_its_notice() -> None:
    life = company(licence("A", 5, None, Lyon=5), licence("B", 3, None), protect("Lyon", 7))
    found = ask(life, f.LicenceCancelled(day(10) + 1, "B"))
    assert found.losses == (Loss("Lyon", day(24) + 1, None, 5, 7),)


def test_a_renewal_keeps_whom_the_end_would_have_taken() -> None:
    life = company(licence("A", 5, 50, Lyon=5), protect("Lyon", 4))
    found = ask(life, f.LicenceRenewed(day(10) + 1, "A", day(400)))
    assert not found.losses
    assert found.gains == (Gain("Lyon", day(64), day(414), 4, 0),)
    assert found.phases == (
        PhaseDifference(day(50), day(64), "grace", "active"),
        PhaseDifference(day(64), day(94), "suspended", "active"),
        PhaseDifference(day(94), day(400), "deleted", "active"),
        PhaseDifference(day(400), day(414), "deleted", "grace"),
        PhaseDifference(day(414), day(444), "deleted", "suspended"),
    )
    assert {x.notice for x in found.notices_gone} == {x.notice for x in found.notices_new}


def test_closing_takes_everybodys_protection_at_once_and_reopening_gives_it_back() -> None:
    life = company(licence("A", 5, None, Paris=2), protect("Lyon", 2), protect("Paris", 1))
    found = ask(life, f.CompanyClosed(day(10) + 1), f.CompanyReopened(day(12)))
    assert found.losses == (
        Loss("Lyon", day(10) + 1, day(12), 0, 2),
        Loss("Paris", day(10) + 1, day(12), 0, 1),
    )
    assert found.phases == (PhaseDifference(day(10) + 1, day(12), "active", "suspended"),)


def test_a_hold_that_ends_in_grace_is_seen_although_no_line_tells_of_it() -> None:
    life = company(licence("A", 2, 15, Lyon=2), licence("B", 3, None, Lyon=3), protect("Lyon", 5))
    found = ask(life, f.LicenceCancelled(day(20), "B"))
    # Two are held from day 15 on by a notice of their own, three by the grace from day 20 on.
    assert [(x.start, x.end, x.count) for x in found.losses] == [(day(34), None, 3)]
    assert [(x.at, x.count) for x in found.after.pools["Lyon"]] == [
        (day(10), 5),
        (day(29), 3),
        (day(34), 0),
    ]


def test_seats_given_back_and_others_wanted_are_not_the_same_people() -> None:
    life = company(licence("A", 5, None, Lyon=5), protect("Lyon", 5))
    now = day(10) + 1
    found = ask(life, f.SeatsUnprotected(now, "Lyon", 2), f.SeatsProtected(now, "Lyon", 2))
    assert found.losses == (Loss("Lyon", now, None, 3, 5),)
    assert found.gains == (Gain("Lyon", now, None, 2, 2),)


def test_each_seat_is_named_once_when_it_first_loses_protection() -> None:
    life = company(licence("A", 5, None, Lyon=5), protect("Lyon", 5))
    found = ask(
        life,
        f.LicenceResized(day(20), "A", 3, {"Lyon": 3}),
        f.LicenceResized(day(30), "A", 5, {"Lyon": 5}),
        f.LicenceResized(day(40), "A", 1, {"Lyon": 1}),
    )
    assert [(x.start, x.end, x.from_seat, x.to_seat) for x in found.losses] == [
        (day(20), day(30), 3, 5),
        (day(40), None, 1, 5),
    ]
    assert [(x.start, x.from_seat, x.to_seat) for x in found.first_losses()] == [
        (day(20), 3, 5),
        (day(40), 1, 3),
    ]


def test_seats_that_would_be_refused_are_told() -> None:
    life = company(licence("A", 5, None, Lyon=5), protect("Lyon", 5))
    found = ask(life, f.SeatsProtected(day(11), "Lyon", 1), f.SeatsUnprotected(day(12), "Lyon", 1))
    assert found.answers == (
        r.SeatsRefused(day(11), "Lyon", 1, "no_free_units"),
        r.SeatsReleased(day(12), "Lyon", 1),
    )


def test_a_notice_that_waits_for_its_service_would_be_withdrawn() -> None:
    life = Lifecycle(("Lyon",))
    mail = Outages([(day(40), day(60))])
    facts = [licence("A", 5, 50), protect("Lyon", 4)]
    list(happen(life, facts, day(55), engine=Outages(), mail=mail))
    found = what_if(life, day(55) + 1, [f.LicenceRenewed(day(55) + 1, "A", day(400))], day(800))
    assert [x.notice for x in found.withdrawn] == ["grace"]


def test_what_lies_before_the_present_is_refused() -> None:
    with pytest.raises(FactRefused) as caught:
        ask(company(licence("A", 5, None)), f.CompanyClosed(day(9)))
    assert (caught.value.code, caught.value.field) == ("too_early", "at")


def test_what_cannot_be_is_refused_as_ever() -> None:
    with pytest.raises(FactRefused) as caught:
        ask(company(licence("A", 5, None)), f.LicenceRenewed(day(11), "A", day(400)))
    assert caught.value.code == "without_end"


def test_a_thousand_licences_take_well_under_a_second() -> None:
    """The bound is generous: a machine that is busy must not fail it."""
    facts: list[f.Fact] = [
        licence(f"L{i}", 3, 20 + i % 700, **{f"P{i % 20}": 3}) for i in range(1000)
    ]
    pools = tuple(f"P{i}" for i in range(20))
    facts += [protect(pool, 100) for pool in pools]
    life = company(*facts, pools=pools)
    began = time.perf_counter()
    found = ask(life, f.LicenceRemoved(day(10) + 1, "L500"), f.CompanyClosed(day(100)))
    assert time.perf_counter() - began < 2
    assert found.losses
