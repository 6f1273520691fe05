"""Passing grants on: whatever is let through allows nobody more than whoever gave it has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.access import Grant, Level, Place, level
from tenure.core.grants import AREAS, clipped, excess, places, rank

TOP, MID, LOW = ("top",), ("top", "mid"), ("top", "mid", "low")
PATHS = {"top": TOP, "mid": MID, "low": LOW, "c": MID, "d": LOW, "e": TOP}
EVERYWHERE = [
    Place(path, company, pool)
    for path, company in [(MID, ""), (LOW, ""), (MID, "c"), (MID, "c2"), (LOW, "d"), (LOW, "d2")]
    for pool in (("", "lyon", "paris", "nice") if company else ("",))
]
"""Every kind of place in the account ``mid``, also such as no grant names."""

LEVELS: list[Level] = ["none", "read", "write"]
levels = st.sampled_from(LEVELS)


def sets(accounts: list[str]) -> st.SearchStrategy[list[Grant]]:
    one = st.builds(
        Grant,
        st.sampled_from(accounts),
        levels,
        levels,
        st.sampled_from(["", "c", "d", "e"]),
        st.sampled_from(["", "lyon", "paris"]),
    )
    fits = one.filter(lambda grant: bool(grant.company) or not grant.pool)
    return st.lists(fits, max_size=6)


grants = sets(["top", "mid", "low", "other"])
offers = sets(["mid"])


def allowed(own: list[Grant], place: Place) -> list[int]:
    return [rank(level(own, place, area)) for area in AREAS]


@given(grants, grants, grants)
def test_where_nothing_is_in_excess_nobody_has_more_than_before_or_than_the_giver(
    after: list[Grant], before: list[Grant], giver: list[Grant]
) -> None:
    where = places(MID, [*after, *before, *giver], PATHS)
    if excess(after, before, giver, where) is None:
        for place in EVERYWHERE:
            had = zip(allowed(before, place), allowed(giver, place), strict=True)
            for has, most in zip(allowed(after, place), map(max, had), strict=True):
                assert has <= most, place


@given(grants, grants)
def test_what_is_in_excess_is_more_at_that_place(after: list[Grant], giver: list[Grant]) -> None:
    """Nothing is refused without need."""
    place = excess(after, [], giver, places(MID, [*after, *giver], PATHS))
    if place is not None:
        pairs = zip(allowed(after, place), allowed(giver, place), strict=True)
        assert any(wanted > has for wanted, has in pairs)


@given(offers, grants)
def test_what_is_clipped_is_within_the_offer_and_within_the_giver(
    offered: list[Grant], giver: list[Grant]
) -> None:
    left = clipped(offered, giver, MID, PATHS)
    for place in EVERYWHERE:
        for got, told, has in zip(
            allowed(left, place), allowed(offered, place), allowed(giver, place), strict=True
        ):
            assert got <= min(told, has), place


@given(offers)
def test_a_giver_who_has_everything_clips_nothing(offered: list[Grant]) -> None:
    left = clipped(offered, [Grant("top", "write", "write")], MID, PATHS)
    for place in EVERYWHERE:
        assert allowed(left, place) == allowed(offered, place)


def test_a_site_that_was_left_out_is_no_gift_for_whoever_lacks_it() -> None:
    """Write for the company, without the exception that the giver has, is more than they have."""
    giver = [Grant("mid", "write", "write"), Grant("mid", "none", "none", "c", "lyon")]
    offered = [Grant("mid", "write", "write")]
    where = places(MID, [*giver, *offered], PATHS)
    assert excess(offered, [], giver, where) == Place(MID, "c", "lyon")
