"""Who will lack a unit: each seat once, when the last unit before it goes while others stay."""

from __future__ import annotations

from tenure.core import facts as f
from tenure.core.lifecycle import Lifecycle
from tenure.core.shortages import Shortage, shortages
from tests.core.test_whatif import ask, company, day, licence, protect

GRACE = 14


def asked(life: Lifecycle, *facts: f.Fact) -> list[Shortage]:
    found = ask(life, *facts)
    return list(shortages(life, found.facts, found.after))


def new(units: int, ends: float, **placed: int) -> f.LicenceAdded:
    """Give a licence that is added at the present instant."""
    now = day(10) + 1
    return f.LicenceAdded(now, "new", units, now, day(ends), placements=placed)


def test_a_smaller_licence_leaves_the_last_without_a_unit_once_the_larger_ends() -> None:
    life = company(licence("A", 10, 60), protect("Lyon", 8))
    assert asked(life, new(5, 300)) == [
        Shortage("Lyon", day(60), day(60 + GRACE), None, from_seat=5, to_seat=8)
    ]


def test_a_licence_as_large_leaves_nobody_without_a_unit() -> None:
    life = company(licence("A", 10, 60), protect("Lyon", 8))
    assert asked(life, new(8, 300)) == []


def test_each_seat_is_told_once_and_when_it_has_a_unit_again() -> None:
    life = company(licence("A", 10, 60), licence("B", 3, 90), protect("Lyon", 8))
    later = f.LicenceAdded(day(10) + 1, "D", 8, day(120), day(300))
    assert asked(life, new(2, 300), later) == [
        Shortage("Lyon", day(60), day(60 + GRACE), day(120), from_seat=5, to_seat=8),
        Shortage("Lyon", day(90), day(90 + GRACE), day(120), from_seat=2, to_seat=5),
    ]


def test_who_lacks_a_unit_already_is_not_told_of_until_they_had_one() -> None:
    life = company(licence("A", 5, 5), licence("B", 6, 400), protect("Lyon", 9), pools=("Lyon",))
    assert life.pools["Lyon"].seats == 9
    (found,) = asked(life, new(1, 100))
    assert (found.from_seat, found.to_seat) == (6, 7), "7 and 8 lack one now, and never get one"
    assert asked(life, new(3, 100)) == [
        Shortage("Lyon", day(100), day(100 + GRACE), None, from_seat=6, to_seat=9)
    ], "all had one"


def test_a_restoration_by_fewer_units_leaves_some_without_one_at_once() -> None:
    life = company(licence("A", 9, 5), protect("Lyon", 8), pools=("Lyon",))
    assert life.phase == "grace"
    (found,) = asked(life, new(5, 300))
    assert (found.start, found.from_seat, found.to_seat) == (day(10) + 1, 5, 8)
    assert found.protected_until == day(5 + GRACE), "as the notice of the grace said"


def test_where_units_stand_decides_in_which_site_people_lack_one() -> None:
    life = company(licence("A", 10, 60, Lyon=5, Paris=5), protect("Lyon", 5), protect("Paris", 5))
    found = asked(life, new(5, 300, Paris=5))
    assert [(each.pool, each.count) for each in found] == [("Lyon", 5)]
    found = asked(life, new(8, 300, Lyon=4, Paris=4))
    assert [(each.pool, each.count) for each in found] == [("Lyon", 1), ("Paris", 1)]
