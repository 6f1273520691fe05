"""The list of a company's licences: a page is the same, however it was found."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.services import catalogue, companies, licence_lists, licences, standings
from tenure.services.catalogue import COS
from tenure.services.licence_lists import ORDERS, LicenceFilter, Listed, listed

NOW = 1_767_225_600  # 2026-01-01

pytestmark = pytest.mark.django_db

Queries = Callable[[int], Any]


@pytest.fixture
def standing() -> standings.Standing:
    """Give a company with 120 licences of every state, called by chance."""
    catalogue.ensure_default()
    clock, chance = SetClock(NOW), random.Random(7)
    by: dict[str, Any] = {"clock": clock, "who": "test"}
    company = companies.create(name="Boulangerie Martin", **by)
    for i in range(120):
        starts = NOW + chance.randint(-90, 30) * DAY
        ends = max(starts, NOW) + chance.randint(1, 90) * DAY
        label = f"{chance.choice(('Oven', 'Shop'))} {i}"
        new = licences.NewLicence(COS, chance.randint(1, 5), starts, ends, label=label)
        row = licences.add(company.id, new, **by)
        do = chance.choice((licences.suspend, licences.remove, None, None))
        if do is not None:
            do(company.id, row.id, **by)
    clock.move_to(NOW + 20 * DAY)
    return standings.of_company(company.id, clock)


def told(found: Listed) -> object:
    return [row.licence.id for row in found.rows], found.page, dict(found.counts), found.everything


def test_a_search_that_finds_few_gives_what_one_that_finds_many_gives(
    standing: standings.Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page of it, in every order and state."""
    for search in ("oven", "shop 1", " 77 ", "nothing"):
        every = listed(standing, LicenceFilter(search=search)).counts
        for state, order, page in product(("", "no such state", *every), ORDERS, (1, 2, 9)):
            wanted = LicenceFilter(status=state, search=search, order=order, backwards=page == 2)
            monkeypatch.setattr(licence_lists, "FEW", 1000)
            at_once = listed(standing, wanted, page)
            monkeypatch.setattr(licence_lists, "FEW", 0)
            assert told(at_once) == told(listed(standing, wanted, page))
            assert sum(at_once.counts.values()) == sum(every.values())


def test_a_search_that_finds_few_is_made_once(
    standing: standings.Standing, django_assert_num_queries: Queries
) -> None:
    """Found with their states, the licences, their terms and places, and how many there are."""
    standing.pools  # noqa: B018 - read before
    with django_assert_num_queries(6):
        found = listed(standing, LicenceFilter(search="oven"))
    assert len(found.rows) == 50
    assert set(found.counts) >= {"valid", "suspended", "removed", "ended"}
