"""Invitations: for one address, for seven days, once, and never more than the inviter has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.core.grants import AREAS, rank
from tenure.services import invitations, memberships
from tenure.services.access import place_of, viewer
from tenure.services.errors import Forbidden, NotFound, ServiceError
from tenure.services.rights import Rights, ScopeRights, rights_of
from tenure.store.models import AuditEntry, Invitation, Letter, Membership, Person
from tests.people import READ, WRITE, Cast, person

pytestmark = pytest.mark.django_db

DAY = 86_400


@pytest.fixture
def town() -> Cast:
    return Cast()


def verified(who: Person, address: str | None = None) -> Person:
    EmailAddress.objects.create(
        user=who, email=address or who.email, verified=True, primary=address is None
    )
    return who


def invite(
    town: Cast, rights: Rights = READ, by: Person | None = None, address: str = "eve@example.org"
) -> Invitation:
    return invitations.invite(
        town.account.id, address, rights, by=by or town.anne, clock=town.clock, language="en"
    )


def secret(address: str = "eve@example.org") -> str:
    """Read the link in the newest letter."""
    text = Letter.objects.filter(address=address).latest("created_at").text
    return next(line for line in text.splitlines() if "/invitations/" in line).split("/")[-2]


def accept(town: Cast, who: Person, link: str | None = None) -> Membership:
    return invitations.accept(link or secret(), by=who, clock=town.clock)


def refused(doing: Callable[..., Any], *args: Any, **more: Any) -> str:
    with pytest.raises(ServiceError) as caught, transaction.atomic():
        doing(*args, **more)
    return caught.value.code


def test_whoever_was_invited_accepts_once(town: Cast) -> None:
    invite(town, READ, address=" Eve@Example.org ")
    eve = verified(person("eve"))
    link = secret()
    assert rights_of(accept(town, eve)) == READ
    assert refused(accept, town, eve, link) == "accepted_already"
    assert town.may(eve, town.martin) == ("read", "read")
    assert invitations.waiting(town.account) == []


def test_the_secret_is_only_in_the_letter(town: Cast) -> None:
    invite(town)
    known = Invitation.objects.get()
    assert secret() not in {known.secret_hash, *(str(x) for x in AuditEntry.objects.values())}
    assert len(known.secret_hash) == 64


def test_only_the_person_of_the_verified_address_accepts(town: Cast) -> None:
    invite(town)
    eve = person("eve")
    EmailAddress.objects.create(user=eve, email=eve.email, verified=False)
    verified(town.stranger)
    for who in (eve, town.stranger):
        with pytest.raises(Forbidden):
            accept(town, who)
    EmailAddress.objects.filter(user=eve).update(verified=True)
    accept(town, eve)


def test_a_link_is_good_for_seven_days(town: Cast) -> None:
    invite(town)
    eve = verified(person("eve"))
    town.clock.move_to(town.clock.now() + 7 * DAY)
    assert refused(accept, town, eve) == "expired"
    town.clock.move_to(town.clock.now() - 1)
    accept(town, eve)


def test_one_taken_back_gives_nothing(town: Cast) -> None:
    invitation = invite(town)
    link = secret()
    invitations.revoke(town.account.id, invitation.id, by=town.anne, clock=town.clock)
    assert refused(accept, town, verified(person("eve")), link) == "revoked"
    again = {"by": town.anne, "clock": town.clock}
    assert refused(invitations.revoke, town.account.id, invitation.id, **again) == "revoked"
    assert refused(invitations.resend, town.account.id, invitation.id, **again) == "revoked"
    invite(town)


def test_sending_again_makes_the_old_link_worthless(town: Cast) -> None:
    invitation = invite(town)
    old = secret()
    again = {"by": town.anne, "clock": town.clock}
    assert refused(invitations.resend, town.account.id, invitation.id, **again) == "just_sent"
    town.clock.move_to(town.clock.now() + 8 * DAY)
    invitations.resend(town.account.id, invitation.id, by=town.anne, clock=town.clock)
    eve = verified(person("eve"))
    with pytest.raises(NotFound):
        accept(town, eve, old)
    accept(town, eve)


def test_a_letter_that_another_replaces_or_that_is_over_is_withdrawn(town: Cast) -> None:
    """While no relay takes mails: nobody gets a link that is good no more."""
    again: dict[str, Any] = {"by": town.anne, "clock": town.clock}
    invitation = invite(town)
    invite(town, address="other@example.org")
    others = Letter.objects.exclude(address="other@example.org")
    old = secret()
    town.clock.move_to(town.clock.now() + invitations.PAUSE)
    invitations.resend(town.account.id, invitation.id, **again)
    assert old not in others.get().text
    invitations.revoke(town.account.id, invitation.id, **again)
    assert not others.exists(), "taken back"
    invite(town)
    town.clock.move_to(town.clock.now() + invitations.LIFE)
    invite(town)
    assert others.count() == 1, "the place of an expired one was taken"
    accept(town, verified(person("eve")))
    assert not others.exists(), "accepted"
    assert Letter.objects.count() == 1, "the letter of another invitation stays"


def test_it_gives_no_more_than_the_inviter_has_at_acceptance(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    invite(town, Rights("write", "write", (town.only(town.garage, "read"),)), town.bruno)
    lyon = ScopeRights(town.martin.id, town.lyon, "none", "none")
    town.change(town.bruno, Rights("read", "none", (lyon,)), town.anne)
    eve = verified(person("eve"))
    assert invitations.offer(secret(), eve, clock=town.clock).is_less
    accept(town, eve)
    assert town.may(eve, town.martin) == ("read", "none")
    assert town.may(eve, town.martin, town.lyon) == ("none", "none")
    assert town.may(eve, town.garage) == ("read", "none")


def test_it_gives_nothing_once_the_inviter_is_gone(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    invite(town, WRITE, town.bruno)
    memberships.remove(town.account.id, town.bruno.id, by=town.anne)
    eve = verified(person("eve"))
    assert refused(accept, town, eve) == "nothing_left"
    town.clock.move_to(town.clock.now() + 3600)
    invitation = invitations.waiting(town.account)[0]
    invitations.resend(town.account.id, invitation.id, by=town.anne, clock=town.clock)
    assert rights_of(accept(town, eve)) == WRITE


def test_nobody_invites_with_more_than_they_have(town: Cast) -> None:
    town.join(town.bruno, Rights("write", "read"))
    town.join(town.chloe, READ)
    assert refused(invite, town, WRITE, town.bruno) == "too_much"
    assert refused(invite, town, Rights(is_owner=True), town.anne) == "no_owner"
    assert refused(invite, town, Rights(), town.anne) == "nothing_given"
    with pytest.raises(Forbidden):
        invite(town, READ, town.chloe)
    with pytest.raises(NotFound):
        invite(town, READ, town.stranger)
    assert not Letter.objects.exists()


@pytest.mark.parametrize("address", ["", "eve", "eve@", "eve@example.org, x@example.org"])
def test_what_is_no_address_is_not_invited(town: Cast, address: str) -> None:
    assert refused(invite, town, address=address) == "no_address"


def test_who_is_in_the_account_or_invited_is_not_invited_again(town: Cast) -> None:
    town.join(town.bruno, READ)
    assert refused(invite, town, address="bruno@example.org") == "member_already"
    invite(town)
    assert refused(invite, town) == "invited_already"
    town.clock.move_to(town.clock.now() + 7 * DAY)
    invite(town)
    assert len(invitations.waiting(town.account)) == 1


def test_who_came_in_otherwise_meanwhile_keeps_their_rights(town: Cast) -> None:
    invite(town, WRITE)
    eve = verified(person("eve"))
    town.join(eve, READ)
    assert refused(accept, town, eve) == "member_already"
    assert town.may(eve, town.martin) == ("read", "read")


def test_so_many_wait_at_most(town: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    for name in ("x", "y"):
        invite(town, address=f"{name}@example.org")
    assert refused(invite, town) == "too_many_invitations"


def test_the_letter_speaks_the_language_of_its_reader(town: Cast) -> None:
    """Of a person their own, of anybody else the one that the inviter chose."""
    invite(town)
    assert Letter.objects.get().language == "en"
    Person.objects.filter(pk=town.bruno.pk).update(language="fr")
    invite(town, address="bruno@example.org")
    letter = Letter.objects.get(address="bruno@example.org")
    assert "vous invite" in letter.subject
    assert "Nord Informatique" in letter.text


LEVELS = st.sampled_from(["none", "read", "write"])


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_accepted_invitation_is_within_the_offer_and_within_the_inviter(
    data: st.DataObject, town: Cast
) -> None:
    def rights() -> st.SearchStrategy[Rights]:
        pair = st.tuples(LEVELS, LEVELS)
        return st.builds(
            lambda whole, garage, lyon: Rights(
                whole[0],
                whole[1],
                (
                    *([ScopeRights(town.garage.id, None, *garage)] if garage else []),
                    *([ScopeRights(town.martin.id, town.lyon, *lyon)] if lyon else []),
                ),
            ),
            pair,
            st.none() | pair,
            st.none() | pair,
        ).filter(lambda each: not each.is_nothing)

    where = [place_of(town.martin), place_of(town.martin, town.lyon), place_of(town.garage)]
    with transaction.atomic():
        point = transaction.savepoint()
        town.join(town.bruno, WRITE)
        wanted = data.draw(rights())
        invite(town, wanted, town.bruno)
        town.change(town.bruno, data.draw(rights()), town.anne)
        eve = verified(person("eve"))
        try:
            accept(town, eve)
        except ServiceError as error:
            assert error.code == "nothing_left"
        for place in where:
            for area in AREAS:
                has = rank(viewer(eve).level(place, area))
                assert has <= rank(viewer(town.bruno).level(place, area))
        transaction.savepoint_rollback(point)
