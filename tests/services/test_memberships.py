"""Memberships: whatever people do, nobody has more than an owner gave, and an owner stays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.core.access import Place, level
from tenure.core.grants import AREAS, rank
from tenure.services import accounts, companies, memberships, pools
from tenure.services.access import grants_of, path_of, place_of, viewer
from tenure.services.errors import Forbidden, NotFound, Refused, ServiceError
from tenure.services.rights import Rights, ScopeRights, rights_of
from tenure.store.models import Account, AuditEntry, Company, Contact, Membership, Pool
from tests.people import READ, START, WRITE, Cast, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Cast:
    return Cast()


def refused(doing: Callable[..., Any], *args: Any, **more: Any) -> str:
    with pytest.raises(ServiceError) as caught, transaction.atomic():
        doing(*args, **more)
    return caught.value.code


def test_write_here_and_read_there(town: Cast) -> None:
    site = ScopeRights(town.martin.id, town.lyon, "none", "read")
    town.join(town.bruno, READ)
    town.change(
        town.bruno,
        Rights("read", "none", (town.only(town.garage, "write", "write"), site)),
        town.anne,
    )
    assert town.may(town.bruno, town.garage) == ("write", "write")
    assert town.may(town.bruno, town.martin) == ("read", "none")
    assert town.may(town.bruno, town.martin, town.lyon) == ("none", "read")


def test_nobody_changes_their_own_rights(town: Cast) -> None:
    town.join(town.bruno, Rights("write", "none"))
    assert refused(town.change, town.bruno, WRITE, town.bruno) == "own_rights"
    assert refused(memberships.remove, town.account.id, town.anne.id, by=town.anne) == "own_rights"
    assert town.may(town.bruno, town.martin) == ("write", "none")


def test_nobody_gives_more_than_they_have(town: Cast) -> None:
    """Not in the other area, not where a nearer grant shuts them out, not by leaving it out."""
    shut = (town.only(town.garage, "none"),)
    town.join(town.bruno, Rights("write", "read", shut))
    town.join(town.chloe, Rights("read", "none"))
    by = town.bruno
    assert refused(town.change, town.chloe, Rights("read", "write", shut), by) == "too_much"
    assert refused(town.change, town.chloe, Rights("write", "read"), by) == "too_much"
    opened = Rights("none", "none", (town.only(town.garage, "write", "read"),))
    assert refused(town.change, town.chloe, opened, by) == "too_much"
    town.change(town.chloe, Rights("write", "read", shut), by)
    assert town.may(town.chloe, town.martin) == ("write", "read")
    assert town.may(town.chloe, town.garage) == ("none", "none")


def test_what_somebody_has_from_another_they_may_keep(town: Cast) -> None:
    """An administrator without the Console changes the portal of one who has it."""
    town.join(town.bruno, Rights("write", "none"))
    town.join(town.chloe, Rights("read", "write"))
    town.change(town.chloe, Rights("write", "write"), town.bruno)
    assert town.may(town.chloe, town.martin) == ("write", "write")


@pytest.mark.parametrize("rights", [READ, Rights("none", "write")])
def test_whoever_may_not_write_in_the_portal_of_the_account_changes_nobody(
    town: Cast, rights: Rights
) -> None:
    town.join(town.bruno, rights)
    town.join(town.chloe, READ)
    for doing in (
        partial(town.change, town.chloe, Rights("read", "none"), town.bruno),
        partial(memberships.remove, town.account.id, town.chloe.id, by=town.bruno),
    ):
        with pytest.raises(Forbidden):
            doing()


def test_for_a_stranger_the_account_is_not_there(town: Cast) -> None:
    town.join(town.chloe, READ)
    for doing in (
        partial(town.change, town.chloe, WRITE, town.stranger),
        partial(memberships.remove, town.account.id, town.chloe.id, by=town.stranger),
        partial(memberships.leave, town.account.id, by=town.stranger),
        partial(memberships.transfer, town.account.id, town.chloe.id, by=town.stranger),
        partial(accounts.change, town.account.id, accounts.Settings("Mine"), by=town.stranger),
    ):
        with pytest.raises(NotFound):
            doing()


def test_only_an_owner_makes_and_unmakes_owners(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    town.join(town.chloe, WRITE)
    owner = Rights(is_owner=True)
    with pytest.raises(Forbidden):
        town.change(town.chloe, owner, town.bruno)
    town.change(town.chloe, owner, town.anne)
    for doing in (
        partial(town.change, town.chloe, READ, town.bruno),
        partial(memberships.remove, town.account.id, town.chloe.id, by=town.bruno),
        partial(memberships.transfer, town.account.id, town.bruno.id, by=town.bruno),
    ):
        with pytest.raises(Forbidden):
            doing()
    town.change(town.chloe, READ, town.anne)
    assert town.may(town.chloe, town.martin) == ("read", "read")


def test_the_last_owner_stays(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    operator = person("operator", is_operator=True)
    account = town.account.id
    assert refused(memberships.leave, account, by=town.anne) == "last_owner"
    assert refused(memberships.remove, account, town.anne.id, by=operator) == "last_owner"
    assert refused(town.change, town.anne, READ, operator) == "last_owner"
    town.change(town.bruno, Rights(is_owner=True), town.anne)
    memberships.leave(account, by=town.anne)
    assert refused(memberships.leave, account, by=town.bruno) == "last_owner"


def test_an_account_is_handed_over_and_whoever_owned_it_keeps_write(town: Cast) -> None:
    town.join(town.bruno, Rights("none", "read"))
    memberships.transfer(town.account.id, town.bruno.id, by=town.anne)
    assert [each.person for each in memberships.people(town.account) if each.is_owner] == [
        town.bruno
    ]
    assert rights_of(memberships.of(town.account, town.anne.id)) == WRITE
    with pytest.raises(Forbidden):  # the form sent once more
        memberships.transfer(town.account.id, town.bruno.id, by=town.anne)
    with pytest.raises(NotFound):
        memberships.transfer(town.account.id, town.stranger.id, by=town.bruno)


def test_removing_and_leaving_end_at_once(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    town.join(town.chloe, WRITE)
    memberships.remove(town.account.id, town.bruno.id, by=town.chloe)
    memberships.leave(town.account.id, by=town.chloe)
    for who in (town.bruno, town.chloe):
        assert town.may(who, town.martin) == ("none", "none")
        with pytest.raises(NotFound):
            viewer(who).account(town.account.id)


def test_nobody_gains_by_losing_a_membership_that_held_them_back(town: Cast) -> None:
    """Who was given less here than in the account above would have more without."""
    below = accounts.open_msp(
        "Nord Lille", town.dan, clock=town.clock, parent_id=town.account.id, by=town.anne
    )
    memberships.add(town.account, town.bruno, WRITE, clock=town.clock)
    memberships.add(below, town.bruno, READ, clock=town.clock)
    memberships.add(below, town.chloe, Rights("write", "none"), clock=town.clock)
    assert refused(memberships.leave, below.id, by=town.bruno) == "too_much"
    assert refused(memberships.remove, below.id, town.bruno.id, by=town.chloe) == "too_much"
    memberships.remove(below.id, town.bruno.id, by=town.dan)
    place = Place(path_of(below))
    assert viewer(town.bruno).level(place, "console") == "write"


def test_a_form_made_for_other_rights_changes_nothing(town: Cast) -> None:
    town.join(town.bruno, READ)
    seen = rights_of(memberships.of(town.account, town.bruno.id)).mark
    town.change(town.bruno, Rights("write", "none"), town.anne, seen=seen)
    assert refused(town.change, town.bruno, WRITE, town.anne, seen=seen) == "changed_meanwhile"
    assert town.may(town.bruno, town.martin) == ("write", "none")


def test_companies_and_sites_of_others_cannot_be_named(town: Cast) -> None:
    town.join(town.bruno, READ)
    other = companies.create(name="Elsewhere", clock=town.clock, who="test")
    with pytest.raises(NotFound):
        town.change(town.bruno, Rights(scopes=(town.only(other, "read"),)), town.anne)
    crossed = ScopeRights(town.garage.id, town.lyon, "read", "none")
    with pytest.raises(NotFound):
        town.change(town.bruno, Rights(scopes=(crossed,)), town.anne)
    nothing = Rights(scopes=(town.only(town.martin, "none"),))
    assert refused(town.change, town.bruno, nothing, town.anne) == "nothing_given"


def test_notices_go_to_the_owners_of_a_business_account(town: Cast) -> None:
    account = accounts.open_business("Librairie", town.anne, clock=town.clock, who="test")
    company = Company.objects.get(account=account)

    def written_to() -> list[str]:
        return list(
            Contact.objects.filter(company=company)
            .order_by("address")
            .values_list("address", flat=True)
        )

    assert written_to() == ["anne@example.org"]
    memberships.add(account, town.bruno, READ, clock=town.clock)
    assert written_to() == ["anne@example.org"]
    memberships.transfer(account.id, town.bruno.id, by=town.anne)
    assert written_to() == ["bruno@example.org"]


def test_every_change_is_recorded(town: Cast) -> None:
    town.join(town.bruno, READ)
    town.change(town.bruno, WRITE, town.anne)
    memberships.remove(town.account.id, town.bruno.id, by=town.anne)
    found = AuditEntry.objects.filter(account_id=town.account.id, chain="").order_by("seq")
    assert list(found.values_list("action", flat=True)) == [
        "membership.added",
        "account.opened",
        "membership.added",
        "membership.changed",
        "membership.removed",
    ]


levels = st.sampled_from(["none", "read", "write"])


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_sequence_of_acts_lets_anybody_exceed_what_an_owner_gave(
    data: st.DataObject, town: Cast
) -> None:
    """The owner gives once; whatever the others then try, nobody gains beyond the widest gift."""
    others = [town.bruno, town.chloe, town.dan]
    rights = st.builds(
        lambda portal, console, garage, lyon, is_owner: Rights(
            portal,
            console,
            (
                *([ScopeRights(town.garage.id, None, *garage)] if garage else []),
                *([ScopeRights(town.martin.id, town.lyon, *lyon)] if lyon else []),
            ),
            is_owner,
        ),
        levels,
        levels,
        st.none() | st.tuples(levels, levels),
        st.none() | st.tuples(levels, levels),
        st.sampled_from([False, False, False, True]),
    )
    where = [place_of(town.martin), place_of(town.martin, town.lyon), place_of(town.garage)]
    where += [Place(path_of(town.account))]
    with transaction.atomic():
        point = transaction.savepoint()
        given_ = []
        for who in others:
            drawn = data.draw(rights.filter(lambda x: not x.is_owner))
            given_ += [drawn.grants(town.account.id)]
            town.join(who, drawn)
        most = {
            (place, area): max(rank(level(each, place, area)) for each in given_)
            for place in where
            for area in AREAS
        }
        for _ in range(8):
            by = data.draw(st.sampled_from(others))
            whom = data.draw(st.sampled_from([town.anne, *others]))
            doing = data.draw(st.sampled_from(["change", "remove", "leave", "transfer"]))
            try:
                with transaction.atomic():
                    match doing:
                        case "change":
                            town.change(whom, data.draw(rights), by)
                        case "remove":
                            memberships.remove(town.account.id, whom.id, by=by)
                        case "leave":
                            memberships.leave(town.account.id, by=by)
                        case "transfer":
                            memberships.transfer(town.account.id, whom.id, by=by)
            except ServiceError:
                pass
            for each in Membership.objects.filter(account=town.account).exclude(person=town.anne):
                for (place, area), limit in most.items():
                    assert rank(level(grants_of(each), place, area)) <= limit
            owners = Membership.objects.filter(account=town.account, is_owner=True)
            assert [each.person_id for each in owners] == [town.anne.id]
        transaction.savepoint_rollback(point)


def test_an_owner_above_owns_what_is_below(town: Cast) -> None:
    below = accounts.open_msp(
        "Nord Lille", town.dan, clock=town.clock, parent_id=town.account.id, by=town.anne
    )
    memberships.add(below, town.bruno, READ, clock=town.clock)
    memberships.change(below.id, town.bruno.id, Rights(is_owner=True), by=town.anne)
    memberships.remove(below.id, town.dan.id, by=town.anne)
    assert [each.person for each in memberships.people(below)] == [town.bruno]
    town.join(town.chloe, WRITE)
    with pytest.raises(Forbidden):
        accounts.open_msp(
            "Too far", town.chloe, clock=town.clock, parent_id=town.account.id, by=town.chloe
        )


def test_a_business_account_is_one_company(town: Cast) -> None:
    account = accounts.open_business("Librairie", town.anne, clock=town.clock, who="test")
    with pytest.raises(Refused, match="one company"):
        companies.create(name="Another", clock=town.clock, who="test", account=account)
    with pytest.raises(Refused, match="below a business account"):
        accounts.open_msp("Below", town.anne, clock=town.clock, parent_id=account.id, by=town.anne)
    renamed = accounts.change(account.id, accounts.Settings("Librairie du Port", 2), by=town.anne)
    assert Company.objects.get(account=renamed).name == "Librairie du Port"


def test_how_people_sign_in_is_for_owners_to_say(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    named = accounts.Settings("Nord", 3)
    accounts.change(town.account.id, named, by=town.bruno)
    with pytest.raises(Forbidden):
        accounts.change(
            town.account.id, accounts.Settings("Nord", 3, two_factors=True), by=town.bruno
        )
    assert Account.objects.get(pk=town.account.id).name == "Nord"
    with pytest.raises(Refused):
        accounts.change(town.account.id, accounts.Settings("Nord", 3, idle_minutes=1), by=town.anne)


def test_in_demo_mode_a_company_lives_on_a_clock_of_its_own(town: Cast, settings: Any) -> None:
    settings.DEMO = True
    account = accounts.open_business("Librairie", town.anne, clock=town.clock, who="test")
    company = Company.objects.get(account=account)
    assert company.clock is not None
    assert company.clock.now_at == START


def test_an_account_below_one_of_theirs_is_reached(town: Cast) -> None:
    below = accounts.open_msp(
        "Nord Lille", town.dan, clock=town.clock, parent_id=town.account.id, by=town.anne
    )
    assert list(accounts.reached(viewer(town.anne))) == [town.account, below]
    assert list(accounts.reached(viewer(town.dan))) == [below]
    assert list(accounts.reached(viewer(town.stranger))) == []


def test_rights_for_a_site_end_when_it_is_closed_and_others_can_be_given_then(town: Cast) -> None:
    paris = Pool.objects.get(company=town.martin, name="Paris").id
    site = ScopeRights(town.martin.id, paris, "write", "write")
    town.join(town.dan, Rights(scopes=(site, town.only(town.garage, "read", "none"))))
    changes = AuditEntry.objects.filter(action="membership.changed", object=str(town.dan.id))
    assert not changes.exists()
    pools.close(town.martin.id, paris, clock=town.clock, who="test")
    rights = rights_of(memberships.of(town.account, town.dan.id))
    assert rights.scopes == (town.only(town.garage, "read", "none"),)
    assert changes.count() == 1
    town.change(town.dan, Rights("read", scopes=rights.scopes), town.anne)
