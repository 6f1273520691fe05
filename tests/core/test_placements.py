"""Units shared out over pools: whole, all of them, and in proportion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.placements import evenly, like

SHARES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50), max_size=6)


@given(st.integers(1, 10_000), SHARES)
def test_all_units_are_given_and_each_pool_gets_its_share_but_for_less_than_one(
    units: int, shares: dict[str, int]
) -> None:
    given_ = like(units, shares)
    total = sum(shares.values())
    if not total:
        assert given_ == {}
        return
    assert sum(given_.values()) == units
    for pool, share in shares.items():
        assert abs(given_[pool] - units * share / total) < 1


def test_what_cannot_be_divided_goes_to_the_first() -> None:
    assert evenly(10, ["Lyon", "Paris", "Nice"]) == {"Lyon": 4, "Paris": 3, "Nice": 3}
    assert evenly(10, []) == {}


def test_the_same_number_stands_as_before() -> None:
    assert like(100, {"Lyon": 60, "Paris": 40}) == {"Lyon": 60, "Paris": 40}
