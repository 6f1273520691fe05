"""A company's timeline from its rows says what its standing and its engine say."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.core import facts as f
from tenure.core.policy import DAY
from tenure.services import timelines
from tenure.services.standings import Standing, of_company
from tenure.store.models import Company
from tests.portal.conftest import PHASES, Town
from tests.portal.conftest import town as _town

town = _town


def standing_of(town: Town, company: Company) -> Standing:
    return of_company(company.id, town.clock)


@pytest.mark.parametrize("situation", PHASES)
def test_now_is_as_the_page_says(town: Town, situation: str) -> None:
    """In every situation phase, units, seats and protection now are those of the standing."""
    standing = standing_of(town, town.put(situation))
    found = timelines.of_standing(standing)
    now = found.now
    assert now == standing.now
    assert found.phase_at(now) == standing.life.phase
    for pool, expected in zip(found.pools, standing.pools, strict=True):
        assert (pool.id, pool.name) == (str(expected.id), expected.name)
        assert pool.units.at(now) == expected.units
        assert pool.seats.at(now) == expected.seats
        assert pool.protected.at(now) == expected.protected
    coming = [(band.phase, band.start) for band in found.bands if band.start > now]
    assert coming == [(stay.phase, stay.starts_at) for stay in standing.future]


def test_it_is_right_while_the_engine_is_down(town: Town) -> None:
    """What took effect and was not recorded yet stands in it: here the fall to grace."""
    company = town.put("ends_soon")
    town.leap(company, 25)
    standing = standing_of(town, company)
    found = timelines.of_standing(standing)
    assert standing.life.phase == found.phase_at(found.now) == "grace"
    grace = next(band for band in found.bands if band.phase == "grace")
    assert grace.is_certain
    assert next(band for band in found.bands if band.phase == "suspended").is_start_open
    assert next(mark for mark in found.marks if mark.kind == "grace").state == "to_come"


def test_licences_and_pools_have_the_names_that_people_know(town: Town) -> None:
    company = town.put("short")
    found = timelines.of_standing(standing_of(town, company))
    assert [pool.name for pool in found.pools] == ["Lyon", "Paris"]
    assert {strip.name for pool in found.pools for strip in pool.strips} == {
        "Cloud Office Security"
    }


def test_what_if_changes_nothing_but_the_answer(town: Town) -> None:
    """A supposed licence restores the company in the answer; its rows stay as they are."""
    company = town.put("suspended")
    standing = standing_of(town, company)
    pool = str(standing.pools[0].id)
    at = standing.now + 1
    supposed = [f.LicenceAdded(at, "new", 10, at, at + 365 * DAY, placements={pool: 10})]
    found = timelines.of_standing(standing, supposed=supposed)
    assert found.phase_at(at) == "active"
    assert found.pools[0].units.at(at) == 10
    new = next(strip for strip in found.pools[0].strips if strip.licence == "new")
    assert not new.spans[0].is_certain
    again = timelines.of_standing(standing_of(town, company))
    assert again.phase_at(at) == "suspended"


def test_the_same_queries_for_a_long_life_and_a_short_one(town: Town) -> None:
    def queries(company: Company) -> int:
        standing = standing_of(town, company)
        with CaptureQueriesContext(connection) as found:
            timelines.of_standing(standing)
        return len(found)

    assert queries(town.put("active")) == queries(town.put("deleted", "Garage Lenoir")) <= 6
