"""Which licence covers which seat."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import facts as f
from tenure.core.coverage import Stretch, covering, units_of
from tenure.core.lifecycle import Lifecycle

ENDS = st.one_of(st.none(), st.integers(2, 9).map(lambda x: x * 100))
LICENCES = st.lists(
    st.tuples(st.integers(1, 4), ENDS, st.sampled_from(("full", "trial", "subscription", "nfr"))),
    min_size=1,
    max_size=5,
)


def life_with(*facts: f.Fact, pools: tuple[str, ...] = ("main",), at: int = 100) -> Lifecycle:
    life = Lifecycle(pools)
    for fact in facts:
        life.apply(fact)
    life.advance(at)
    return life


def added(id_: str, units: int, ends: int | None, kind: f.Kind = "full", **more) -> f.LicenceAdded:
    return f.LicenceAdded(10, id_, units, more.pop("starts", 10), ends, kind, **more)


def test_the_licence_that_lasts_longest_covers_the_first_seats() -> None:
    life = life_with(added("a", 2, 500), added("b", 3, None), added("c", 1, 900))
    assert units_of(life, "main") == [Stretch("b", 0, 3), Stretch("c", 3, 4), Stretch("a", 4, 6)]


@pytest.mark.parametrize("like_full", ["full", "subscription", "nfr"])
def test_a_trial_stands_behind_every_other_kind_that_ends_with_it(like_full: f.Kind) -> None:
    life = life_with(added("a", 1, 500, "trial"), added("b", 1, 500, like_full))
    assert [stretch.licence for stretch in units_of(life, "main")] == ["b", "a"]


def test_a_trial_that_lasts_longer_stands_before_a_full_licence() -> None:
    life = life_with(added("a", 1, 500), added("b", 1, 501, "trial"))
    assert [stretch.licence for stretch in units_of(life, "main")] == ["b", "a"]


def test_licences_that_end_together_stand_by_id() -> None:
    life = life_with(added("b", 1, 500, "nfr"), added("c", 1, 500), added("a", 1, 500))
    assert [stretch.licence for stretch in units_of(life, "main")] == ["a", "b", "c"]


def test_each_pool_has_its_own_order_and_the_first_takes_what_is_not_placed() -> None:
    life = life_with(
        added("a", 5, 500, placements={"Lyon": 2}),
        added("b", 4, 900, placements={"Paris": 3}),
        pools=("Lyon", "Paris"),
    )
    assert units_of(life, "Lyon") == [Stretch("b", 0, 1), Stretch("a", 1, 6)]
    assert units_of(life, "Paris") == [Stretch("b", 0, 3)]


def test_licences_that_do_not_count_cover_nothing() -> None:
    """Suspended, removed and cancelled ones, and those to come or over."""
    life = life_with(
        *[added(id_, 1, 500) for id_ in ("kept", "off", "removed", "cancelled")],
        added("later", 1, 900, starts=300),
        added("over", 1, 90),
        f.LicenceSuspended(20, "off"),
        f.LicenceRemoved(20, "removed"),
        f.LicenceCancelled(20, "cancelled"),
    )
    assert units_of(life, "main") == [Stretch("kept", 0, 1)]
    assert units_of(life, "main", 300) == [Stretch("later", 0, 1), Stretch("kept", 1, 2)]
    assert units_of(life, "main", 500) == [Stretch("later", 0, 1)]
    assert units_of(life, "main", 900) == []


def test_a_seat_takes_the_unit_at_its_place() -> None:
    life = life_with(added("a", 2, 500), added("b", 1, 900))
    assert [covering(life, "main", seat) for seat in range(4)] == ["b", "a", "a", None]
    assert [covering(life, "main", seat, 500) for seat in range(2)] == ["b", None]


def test_the_past_is_not_answered() -> None:
    life = life_with(added("a", 2, 500))
    with pytest.raises(ValueError, match="not kept"):
        units_of(life, "main", 99)
    with pytest.raises(ValueError, match="not kept"):
        covering(life, "main", 0, 99)


@given(LICENCES, st.integers(0, 20), st.sampled_from([100, 350, 600, 1000]))
def test_as_many_seats_are_covered_as_there_are_seats_and_units(licences, seats, t) -> None:
    life = life_with(*[added(f"L{i}", *licence) for i, licence in enumerate(licences)])
    later = life.copy()
    later.advance(t)
    covered = [seat for seat in range(seats) if covering(life, "main", seat, t) is not None]
    assert covered == list(range(min(seats, later.capacity.units["main"])))
    assert [covering(later, "main", seat) for seat in range(seats)] == [
        covering(life, "main", seat, t) for seat in range(seats)
    ]


@given(LICENCES, st.integers(1, 12))
def test_no_other_order_changes_the_licence_of_fewer_seats_when_some_end(licences, seats) -> None:
    """Brute force: every order in which the licences could stand, at each instant of an end."""
    life = life_with(*[added(f"L{i}", *licence) for i, licence in enumerate(licences)])
    for end in sorted({ends for _, ends, _ in licences if ends is not None}):
        before = [
            (stretch.licence, stretch.to_seat - stretch.from_seat)
            for stretch in units_of(life, "main", end - 1)
        ]
        ours = changes(before, ended(licences, end), seats)
        best = min(changes(order, ended(licences, end), seats) for order in permutations(before))
        assert ours == best


def ended(licences, end: int) -> set[str]:
    return {f"L{i}" for i, (_, ends, _) in enumerate(licences) if ends is not None and ends <= end}


def changes(order, over: set[str], seats: int) -> int:
    """How many of the seats have another licence, or none, once some are over."""
    before = [id_ for id_, units in order for _ in range(units)]
    after = [id_ for id_ in before if id_ not in over]
    return sum(
        before[seat : seat + 1] != after[seat : seat + 1] for seat in range(min(seats, len(before)))
    )
