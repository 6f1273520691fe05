"""Two who change an account's people at the same moment: an owner stays, whoever was first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tenure.services import memberships
from tenure.services.errors import ServiceError
from tenure.services.rights import Rights
from tenure.store.models import Membership, Person
from tests.faults.databases import Settings, Snapshot
from tests.faults.processes import in_child
from tests.faults.rivals import at_once
from tests.people import WRITE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(blank: Snapshot) -> Iterator[Settings]:
    made = blank.fresh()
    yield made
    blank.drop(made)


def _two_owners() -> tuple[UUID, list[UUID]]:
    town = Cast()
    town.join(town.bruno, Rights(is_owner=True))
    town.join(town.chloe, WRITE)
    return town.account.id, [town.anne.id, town.bruno.id, town.chloe.id]


def _try(doing: Callable[..., Any], *args: Any, by: UUID) -> str:
    try:
        doing(*args, by=Person.objects.get(pk=by))
    except ServiceError as error:
        return error.code
    return "done"


def _owners(account: UUID) -> int:
    return Membership.objects.filter(account_id=account, is_owner=True).count()


def test_of_two_owners_who_leave_at_the_same_moment_one_stays(shared: Settings) -> None:
    account, (anne, bruno, _) = in_child(shared, _two_owners, generation=1).result
    doings = [partial(_try, memberships.leave, account, by=who) for who in (anne, bruno)]
    assert sorted(at_once(shared, doings)) == ["done", "last_owner"]
    assert in_child(shared, partial(_owners, account), generation=2).result == 1


def test_of_two_owners_who_remove_each_other_at_the_same_moment_one_is_gone(
    shared: Settings,
) -> None:
    account, (anne, bruno, _) = in_child(shared, _two_owners, generation=1).result
    doings = [
        partial(_try, memberships.remove, account, whom, by=who)
        for who, whom in ((anne, bruno), (bruno, anne))
    ]
    assert sorted(at_once(shared, doings)) == ["done", "not_found"]
    assert in_child(shared, partial(_owners, account), generation=2).result == 1


def test_handing_over_while_the_other_owner_leaves_keeps_an_owner(shared: Settings) -> None:
    account, (anne, bruno, chloe) = in_child(shared, _two_owners, generation=1).result
    doings = [
        partial(_try, memberships.transfer, account, chloe, by=anne),
        partial(_try, memberships.leave, account, by=bruno),
        partial(_try, memberships.leave, account, by=anne),
    ]
    at_once(shared, doings)
    assert in_child(shared, partial(_owners, account), generation=2).result >= 1
