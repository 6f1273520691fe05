"""The list of companies says what each company's own page says, whether the engine runs or not."""

from __future__ import annotations

import pytest

from tenure.core.policy import DAY
from tenure.services import licences, overviews, standings
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Instance
from tests.portal.conftest import PHASES, Town
from tests.portal.conftest import town as _town

town = _town


@pytest.mark.parametrize("days", [0, 12, 29, 31, 45, 60, 66, 75, 91, 106, 200])
@pytest.mark.parametrize("runs", [True, False], ids=["engine runs", "engine is down"])
def test_the_list_agrees_with_the_page(town: Town, days: int, runs: bool) -> None:
    """Status, phase and numbers of a row are those that the facts give at the same instant."""
    company = town.put("active")
    town.licence(company, 2, 75)
    trial = town.put("trial", "Trial")
    for each in (company, trial):
        if days and runs:
            town.pass_days(each, days)
        elif days:
            town.leap(each, days)
    rows = {row.id: row for row in overviews.companies(town.clock.now()).rows}
    for each in (company, trial):
        standing = standings.of_company(each.id, town.clock)
        row = rows[each.id]
        assert (row.status, row.phase) == (standing.status, standing.life.phase)
        assert standing.now - row.now <= 1, "a writer may stamp a moment ahead of the clock"


def test_the_worst_and_soonest_stand_first(town: Town) -> None:
    """Suspended, grace, a short site, what ends soon; closed, pending, trial, active, deleted."""
    for situation in PHASES:
        town.put(situation, situation)
    names = [row.name for row in overviews.companies(town.clock.now()).rows]
    assert names == [
        "warned",
        "suspended",
        "grace",
        "short",
        "ends_soon",
        "closed",
        "pending",
        "trial",
        "active",
        "deleted",
    ]
    backwards = overviews.companies(town.clock.now(), backwards=True)
    assert backwards.rows[0].name == "deleted"


def test_filters_leave_the_counts_of_the_others(town: Town) -> None:
    """A filter shows its rows, and how many each other filter would show."""
    for situation in ("grace", "grace", "active"):
        town.put(situation)
    found = overviews.companies(town.clock.now(), status="grace")
    assert [row.status for row in found.rows] == ["grace", "grace"]
    assert found.counts == {"grace": 2, "active": 1}
    assert (found.total, found.companies, found.everything) == (2, 2, 3)


def test_pages_hold_each_company_once(town: Town) -> None:
    """Companies of one name stand on one page each, and a page too far is the last."""
    for _ in range(12):
        town.company("Same")
    seen = [
        row.id
        for page in (1, 2, 3)
        for row in overviews.companies(town.clock.now(), page=page, size=5).rows
    ]
    assert len(seen) == len(set(seen)) == 12
    assert overviews.companies(town.clock.now(), page=99, size=5).page == 3


def test_a_suspended_company_is_not_called_deleted_before_the_engine_deleted_it(
    town: Town,
) -> None:
    """Deletion is the engine's act: while it is down, everything is still there."""
    company = town.put("warned")
    town.leap(company, 365)
    assert Instance.objects.get(company=company).next_phase == "deleted"
    assert overviews.companies(town.clock.now()).rows[0].status == "suspended"


def test_a_licence_that_is_to_come_makes_no_trial(town: Town) -> None:
    """A full licence that has not begun does not end the trial."""
    company = town.put("trial")
    begins = town.now(company) + 50 * DAY
    new = NewLicence(COS, 5, begins, begins + 300 * DAY)
    licences.add(company.id, new, clock=town.clock, who="test")
    row = overviews.companies(town.clock.now()).rows[0]
    assert row.status == standings.of_company(company.id, town.clock).status == "trial"
