"""A member moves to another site: the seat is the last one there, and nobody loses a unit by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tenure.services import licences, protection, seats
from tenure.services.catalogue import COS
from tenure.services.errors import NotFound, Refused
from tenure.services.licences import NewLicence
from tenure.store.models import Claim, Fact, Member, Seat
from tests.services.test_protection import DAY, Town

pytestmark = pytest.mark.django_db


class Sites(Town):
    """A town whose two sites have so many units each."""

    def __init__(self, main: int, paris: int, days: int = 100) -> None:
        super().__init__()
        for pool, units in ((self.main, main), (self.paris, paris)):
            at = self.clock.now()
            new = NewLicence(COS, units, at, at + days * DAY, placements={pool: units})
            licences.add(self.company.id, new, **self.with_it)

    def move(self, member: UUID, pool: UUID) -> None:
        seats.move(self.company.id, COS, member, pool, **self.with_it)

    def at(self, pool: UUID) -> list[str]:
        """The members of a pool in the order of its seats."""
        names: dict[Any, str] = dict(Member.objects.values_list("id", "user"))
        rows = Seat.objects.filter(pool_id=pool, closed_seq__isnull=True)
        return [names[s.member_id] for s in rows.order_by("opened_seq", "place")]


def test_the_seat_is_the_last_of_the_new_site_and_whoever_waits_has_the_unit_that_was_left() -> (
    None
):
    town = Sites(2, 3)
    ana, ben, cleo, dan = town.people("ana", "ben", "cleo", "dan")
    seats.protect(town.company.id, COS, town.paris, [dan], **town.with_it)
    town.want(ana, ben, cleo)
    assert town.waiting() == ["cleo"]
    town.move(ana, town.paris)
    assert town.at(town.paris) == ["dan", "ana"]
    assert town.at(town.main) == ["ben", "cleo"]
    assert not Claim.objects.exists()
    assert Member.objects.get(user="ana").pool_id == town.paris


def test_the_rule_that_protects_a_member_goes_with_them() -> None:
    town = Sites(2, 1)
    (ana,) = town.people("ana")
    rule = town.rule("company")
    town.move(ana, town.paris)
    assert Seat.objects.get(closed_seq__isnull=True).rule_id == rule.id


def test_whoever_is_moved_out_of_a_sites_rule_stays_protected_as_by_a_person() -> None:
    """The rule of the site that was left wants them no longer; whoever moved the seat does."""
    town = Sites(2, 1)
    (ana,) = town.people("ana")
    protection.add_rule(town.company.id, COS, "site", town.main, **town.with_it)
    town.move(ana, town.paris)
    assert town.at(town.paris) == ["ana"]
    assert Seat.objects.get(closed_seq__isnull=True).rule_id is None


@pytest.mark.parametrize(
    ("paris", "days", "code"), [(1, 100, "no_free_units"), (2, 3, "not_active")]
)
def test_a_move_that_cannot_be_changes_nothing(paris: int, days: int, code: str) -> None:
    """No free unit there, or no licence that runs: the seat and the ledger stay as they were."""
    town = Sites(2, paris, days)
    ana, dan = town.people("ana", "dan")
    seats.protect(town.company.id, COS, town.paris, [dan], **town.with_it)
    town.want(ana)
    town.engine(4)
    facts = Fact.objects.count()
    with pytest.raises(Refused) as refused:
        town.move(ana, town.paris)
    assert refused.value.code == code
    assert Fact.objects.count() == facts
    assert town.at(town.main) == ["ana"]
    assert Member.objects.get(user="ana").pool_id is None


def test_who_has_no_seat_or_is_there_already_is_not_moved() -> None:
    town = Sites(2, 1)
    ana, ben = town.people("ana", "ben")
    with pytest.raises(NotFound):
        town.move(ana, town.paris)
    town.want(ben)
    with pytest.raises(Refused, match="already"):
        town.move(ben, town.main)
