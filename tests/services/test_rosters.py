"""The list of members says of each what a check says."""

from __future__ import annotations

from typing import Any

import pytest

from tenure.services import answers, rosters, standings
from tenure.store.models import Member
from tests.portal.conftest import PHASES, Town
from tests.portal.conftest import town as _town

town = _town


@pytest.mark.parametrize("situation", PHASES)
def test_the_list_says_what_a_check_says(town: Town, situation: str) -> None:
    """Each row carries the very answer of a check for that user."""
    company = town.put(situation)
    roster = rosters.members(standings.of_company(company.id, town.clock))
    for row in roster.rows:
        check = answers.check(company.id, row.member.user, clock=town.clock)
        assert (row.check.answer, row.check.licence) == (check.answer, check.licence)
        assert answers.sentence(row.check, "fr") == answers.sentence(check, "fr")


def test_seats_of_different_licences_are_told_apart(town: Town) -> None:
    """The first seats are explained by the licence that lasts longest, the last by none."""
    company = town.company()
    town.licence(company, 2, 300)
    town.licence(company, 2, 60)
    town.licence(company, 1, 5)
    town.people(company, 6, 5)
    town.pass_days(company, 6)
    standing = standings.of_company(company.id, town.clock)
    roster = rosters.members(standing)
    assert [row.status for row in roster.rows] == [
        "protected",
        "protected",
        "protected",
        "protected",
        "warning",
        "unprotected",
    ]
    named = [row.check.licence and row.check.licence.id for row in roster.rows]
    assert named[0] == named[1] != named[2] == named[3]
    for row in roster.rows:
        check = answers.check(company.id, row.member.user, clock=town.clock)
        assert row.check.answer == check.answer
        (alone,) = rosters.rows_of(standing, [row.member])
        assert (alone.status, alone.check.answer) == (row.status, check.answer), "as in the list"


def test_members_are_found_with_and_without_a_seat(town: Town) -> None:
    """The filter counts what it leaves out."""
    standing = standings.of_company(town.put("active").id, town.clock)
    roster = rosters.members(standing, wanted="without")
    assert [row.member.name for row in roster.rows] == ["Person 4", "Person 5"]
    assert (roster.with_seat, roster.without_seat, roster.everybody) == (4, 2, 6)
    found = rosters.members(standing, search="PERSON 3", wanted="with")
    assert [row.member.name for row in found.rows] == ["Person 3"]


def test_a_table_that_another_thread_empties_meanwhile_is_no_trouble(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is shared by all threads: between asking and looking up it may be gone."""
    standing = standings.of_company(town.put("active").id, town.clock)
    people = list(Member.objects.filter(company=standing.company).order_by("user"))
    expected = [row.check.answer for row in rosters.rows_of(standing, people)]
    explain_all = rosters.explain_all

    def emptied(*asked: Any) -> Any:
        answers = explain_all(*asked)
        standing.reading.table("answers by lot").clear()
        return answers

    monkeypatch.setattr(rosters, "explain_all", emptied)
    for some in (people[:1], people):
        found = rosters.rows_of(standing, some)
        assert [row.check.answer for row in found] == expected[: len(some)]
