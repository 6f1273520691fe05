"""Rights: the nearest grant decides, nobody gives more than they have, and no grant is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.access import Area, Grant, Level, Place, level, may, sites, within

COMPANY = Place(("top", "mid"), "c")
LYON = Place(("top", "mid"), "c", "lyon")

LEVELS: list[Level] = ["none", "read", "write"]
levels = st.sampled_from(LEVELS)
grants = st.lists(
    st.builds(
        Grant,
        st.sampled_from(["top", "mid", "other"]),
        levels,
        levels,
        st.sampled_from(["", "c", "d"]),
        st.sampled_from(["", "lyon", "paris"]),
    ).filter(lambda grant: bool(grant.company) or not grant.pool),
    max_size=6,
)


@pytest.mark.parametrize(
    ("given_", "place", "wanted"),
    [
        ([], COMPANY, "none"),
        ([Grant("top", "write", "none")], COMPANY, "write"),
        ([Grant("other", "write", "write")], COMPANY, "none"),
        ([Grant("top", "write", "none"), Grant("mid", "read", "none")], COMPANY, "read"),
        ([Grant("mid", "none", "none"), Grant("top", "write", "none")], COMPANY, "none"),
        ([Grant("mid", "read", "none"), Grant("mid", "write", "none", "c")], COMPANY, "write"),
        ([Grant("mid", "write", "none"), Grant("mid", "read", "none", "c")], LYON, "read"),
        ([Grant("mid", "none", "none", "c", "lyon")], LYON, "none"),
        ([Grant("mid", "write", "none", "c", "lyon")], COMPANY, "none"),
        (
            [Grant("mid", "read", "none", "c"), Grant("mid", "write", "none", "c", "lyon")],
            LYON,
            "write",
        ),
        ([Grant("mid", "read", "none", "c", "paris")], LYON, "none"),
    ],
)
def test_the_nearest_grant_decides(given_: list[Grant], place: Place, wanted: Level) -> None:
    assert level(given_, place, "portal") == wanted


def test_the_areas_are_apart() -> None:
    own = [Grant("mid", "read", "write")]
    assert level(own, COMPANY, "portal") == "read"
    assert level(own, COMPANY, "console") == "write"


def test_a_site_is_seen_by_whoever_sees_the_site_alone() -> None:
    own = [Grant("mid", "none", "none"), Grant("mid", "read", "none", "c", "lyon")]
    assert sites(own, COMPANY, ["paris", "lyon"], "portal") == ["lyon"]
    assert sites(own, COMPANY, ["paris", "lyon"], "console") == []


@given(grants, levels, levels)
def test_nobody_gives_more_than_they_have(own: list[Grant], portal: Level, console: Level) -> None:
    """Whoever gets what may be passed on can do no more there than whoever passed it on."""
    offered = Grant("mid", portal, console, "c")
    if within(offered, own, COMPANY):
        areas: list[Area] = ["portal", "console"]
        for area in areas:
            for wanted in LEVELS:
                assert may(own, COMPANY, area, wanted) or not may([offered], COMPANY, area, wanted)


@given(grants)
def test_the_order_of_grants_means_nothing(own: list[Grant]) -> None:
    assert level(own, LYON, "portal") == level(list(reversed(own)), LYON, "portal")
