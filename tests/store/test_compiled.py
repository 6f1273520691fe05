"""Queries whose SQL is made once, and ids that go as one value, find what Django's own find."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tenure.store.models import Member
from tenure.store.queries.compiled import Compiled, Values, uuid_from
from tenure.store.queries.listed import Listed
from tenure.store.queries.trips import trip
from tests.people import Cast

pytestmark = pytest.mark.django_db
STAND_INS: Values = {"company": UUID(int=1), "user": "somebody"}


def asked(company: UUID, user: str) -> Any:
    return Member.objects.filter(company_id=company, user=user).values_list("id")


@pytest.fixture
def people() -> list[Member]:
    company = Cast().martin
    rows = [Member(company=company, user=f"u{i}", added_at=1) for i in range(5)]
    return Member.objects.bulk_create(rows)


def test_each_call_reads_by_its_own_values(people: list[Member]) -> None:
    compiled = Compiled(asked, STAND_INS)
    for one in people[:2]:
        ((row,),) = trip([compiled(company=one.company_id, user=one.user)])
        assert uuid_from(row[0]) == one.id
    assert trip([compiled(company=people[0].company_id, user="nobody")]) == [[]]


def test_a_value_by_which_nothing_is_asked_is_an_error() -> None:
    compiled = Compiled(lambda company, user: asked(company, "u0"), STAND_INS)
    with pytest.raises(ValueError, match="user"):
        compiled(company=UUID(int=2), user="u1")


def test_ids_as_one_value_find_their_rows_and_no_others(people: list[Member]) -> None:
    wanted = {people[1].id, people[3].id}
    found = Member.objects.filter(id__in=Listed([*wanted, UUID(int=7)]))
    assert set(found.values_list("id", flat=True)) == wanted
    assert not Member.objects.filter(id__in=Listed([])).exists()
