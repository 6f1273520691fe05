"""Units to come: what is kept up to date says what a reading of all licences would."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tenure.core import outlook
from tenure.core.capacity import NEVER, Capacity
from tenure.core.licences import Licence, Register

POOLS = ("company", "Lyon", "Paris")
LAST = 120


class Course:
    """A register whose licences people add and change at random as time goes on."""

    def __init__(self, seed: int, licences: int) -> None:
        self.random = random.Random(seed)
        self.register = Register(POOLS)
        self.t = 0
        self.licences = licences
        self.longest = self.random.choice([3, 20, LAST])
        for i in range(licences // 2):
            self.add(i)
        self.capacity = Capacity(self.register, self.t)

    def placements(self, units: int) -> dict[str, int]:
        pool = self.random.choice(POOLS)
        return self.random.choice([{}, {pool: units}, {pool: self.random.randint(0, units)}])

    def add(self, i: int) -> Licence:
        units = self.random.randint(1, 5)
        starts = self.random.randint(self.t, LAST)
        ends = (
            None if self.random.random() < 0.02 else starts + self.random.randint(1, self.longest)
        )
        licence = Licence(f"L{i}", "full", units, self.placements(units), starts, ends)
        self.register.licences[licence.id] = licence
        return licence

    def change(self) -> Licence:
        licence = self.random.choice(list(self.register.licences.values()))
        match self.random.randrange(5):
            case 0:
                licence = licence._replace(out=licence.out ^ 1)
            case 1:
                licence = licence._replace(out=licence.out | 2)
            case 2:
                units = self.random.randint(1, 5)
                licence = licence._replace(units=units, placements=self.placements(units))
            case 3:
                licence = licence._replace(placements=self.placements(licence.units))
            case _ if licence.ends is not None:
                if licence.ends <= self.t:
                    licence = licence._replace(starts=self.t)
                ends = max(licence.ends or 0, self.t) + self.random.randint(1, self.longest)
                licence = licence._replace(ends=ends)
        self.register.licences[licence.id] = licence
        return licence

    def go_on(self) -> None:
        """Let an instant pass, or several, at which nothing, something or much is done."""
        self.t += self.random.choice([1, 1, 1, 5])
        self.capacity.move_to(self.t)
        for _ in range(self.random.choice([0, 1, 1, 4])):
            if len(self.register.licences) < self.licences and self.random.random() < 0.5:
                self.capacity.recount(self.add(len(self.register.licences)), self.t)
            else:
                self.capacity.recount(self.change(), self.t)

    def units(self, t: int) -> dict[str, int]:
        found = dict.fromkeys(POOLS, 0)
        for licence in self.register:
            if licence.eligible(t):
                for pool in POOLS:
                    found[pool] += licence.share(pool, POOLS[0])
        return found

    def bounds(self) -> list[int]:
        found = set()
        for licence in self.register:
            if licence.counts and (licence.ends is None or licence.ends > licence.starts):
                found |= {at for at in (licence.starts, licence.ends) if at is not None}
        return sorted(at for at in found if at > self.t)

    def horizons(
        self, seats: dict[str, int], pools: Sequence[str]
    ) -> tuple[int | None, dict[str, int]]:
        company: int | None = None
        short: dict[str, int] = {}
        for at in self.bounds():
            units = self.units(at)
            if not any(units.values()):
                company = at if company is None else company
                continue
            for pool in pools:
                if units[pool] < seats[pool]:
                    short.setdefault(pool, at)
        return company, short


@pytest.fixture(params=[1, 3, 48])
def span(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many changes are summed up together: so few that there are many spans, or as shipped."""
    monkeypatch.setattr(outlook, "SPAN", request.param)
    return int(request.param)


@pytest.mark.usefixtures("span")
@pytest.mark.parametrize("seed", range(60))
def test_horizons_are_those_that_a_look_at_every_later_instant_finds(seed: int) -> None:
    course = Course(seed, licences=random.Random(seed).choice([3, 12, 60]))
    while course.t < LAST:
        course.go_on()
        now = course.units(course.t)
        assert course.capacity.units == now
        most = {pool: course.random.choice([units, units // 3, 1]) for pool, units in now.items()}
        seats = {pool: min(units, most[pool]) for pool, units in now.items()}
        pools = [pool for pool in POOLS if course.random.random() < 0.8]
        found = course.capacity.horizons(seats, pools)
        assert found == course.horizons(seats, pools), f"at {course.t}"


@pytest.mark.usefixtures("span")
@pytest.mark.parametrize("seed", range(20))
def test_the_future_has_every_later_start_and_end_with_the_units_from_then_on(seed: int) -> None:
    course = Course(seed, licences=30)
    while course.t < LAST:
        course.go_on()
        found = [(at, total, dict(units)) for at, total, units in course.capacity.future(course.t)]
        expected = [(at, course.units(at)) for at in course.bounds()]
        assert found == [(at, sum(units.values()), units) for at, units in expected]


@pytest.mark.usefixtures("span")
@pytest.mark.parametrize("seed", range(20))
def test_what_is_gathered_tells_of_units_to_come_and_of_too_few_as_going_over_all_does(
    seed: int,
) -> None:
    course = Course(seed, licences=random.Random(seed).choice([2, 5, 30]))
    while course.t < LAST:
        course.go_on()
        course.capacity.gather()
        alone = Capacity(course.register, course.t)
        assert not alone.is_gathered
        assert course.capacity.comes_back(course.t) == alone.comes_back(course.t)
        now = course.units(course.t)
        seats = {pool: course.random.randint(0, units) for pool, units in now.items()}
        ahead = [(at, course.units(at)) for at in course.bounds()]
        too_few = (
            at
            for at, units in ahead
            if not sum(units.values()) or any(units[p] < seats[p] for p in POOLS)
        )
        assert course.capacity.suffices_until(seats) == next(too_few, NEVER)


def test_looking_further_ahead_leaves_what_is_nearer_to_be_changed() -> None:
    licence = Licence("A", "full", 5, {}, 10, 20)
    capacity = Capacity(Register(POOLS, [licence]), 1)
    assert [(at, total) for at, total, _ in capacity.future(15)] == [(20, 0)]
    capacity.recount(licence._replace(units=3), 2)
    assert [(at, total) for at, total, _ in capacity.future(2)] == [(10, 3), (20, 0)]


def test_an_instant_at_which_one_licence_follows_another_is_part_of_the_future() -> None:
    """Units stay what they were, but it is another licence that covers."""
    licences = [
        Licence("A", "full", 5, {}, 0, 10),
        Licence("B", "full", 5, {}, 10, 20),
    ]
    capacity = Capacity(Register(POOLS, licences), 1)
    assert [(at, total) for at, total, _ in capacity.future(1)] == [(10, 5), (20, 0)]


def test_a_pool_without_units_after_a_time_without_any_runs_short_then() -> None:
    """The company's gap is no shortness of the pool; what comes after it is, far off as well."""
    licences = [Licence("Z", "full", 3, {"Lyon": 3}, 0, 2000)]
    licences += [Licence(f"A{i}", "full", 1, {}, i, i + 1) for i in range(2000)]
    licences.append(Licence("B", "full", 1, {"Paris": 1}, 3000, 4000))
    capacity = Capacity(Register(POOLS, licences), 0)
    assert capacity.horizons({"Lyon": 3}, ["Lyon"]) == (2000, {"Lyon": 3000})
