"""Two who change an account's people at the same moment: an owner stays, whoever was first; and
nobody is given a right for a site that is closed then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tenure.clock import WallClock
from tenure.services import memberships, pools
from tenure.services.errors import ServiceError
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Membership, Person, Pool, Scope
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


def _a_site_and_those_who_may_get_it() -> tuple[UUID, UUID, UUID, UUID, list[UUID]]:
    town = Cast()
    for person in (town.bruno, town.chloe):
        town.join(person, WRITE)
    site = pools.create(town.martin.id, "Annex", clock=WallClock(), who="test")
    return town.account.id, town.anne.id, town.martin.id, site.id, [town.bruno.id, town.chloe.id]


def _rights_for_closed_sites() -> int:
    closed = Pool.objects.filter(closed_at__isnull=False)
    return Scope.objects.filter(pool_id__in=closed.values("id")).count()


def test_a_site_is_closed_while_people_are_given_rights_for_it_and_nobody_keeps_one(
    shared: Settings,
) -> None:
    """Whoever is first: what was given is taken back by the closing, or is not given any more."""
    made = in_child(shared, _a_site_and_those_who_may_get_it, generation=1).result
    account, anne, company, site, people = made
    rights = Rights(scopes=(ScopeRights(company, site, "write", "none"),))
    close = partial(pools.close, company, site, clock=WallClock(), who="test")
    doings: list[Callable[[], Any]] = [
        partial(_try, memberships.change, account, person, rights, by=anne) for person in people
    ]
    at_once(shared, [*doings, close])
    assert in_child(shared, _rights_for_closed_sites, generation=2).result == 0
