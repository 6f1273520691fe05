"""Sites: opening, renaming, closing one when it is empty; where the units of licences stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.conf import settings

from tenure.clock import SetClock
from tenure.core.placements import evenly
from tenure.core.policy import DAY
from tenure.services import (
    catalogue,
    companies,
    groups,
    invitations,
    licences,
    members,
    pools,
    protection,
    seats,
)
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.errors import NotFound, Refused
from tenure.services.ledger import writing
from tenure.services.licences import ChangedMeanwhile, NewLicence
from tenure.services.pools import NotEmpty
from tenure.services.standings import of_company
from tenure.store.ids import new_id
from tenure.store.models import (
    AuditEntry,
    Company,
    Contact,
    Delivery,
    Invitation,
    Licence,
    Member,
    Placement,
    Pool,
)

WHO = "test"


class Shop:
    """A company of two sites with a licence of ten units."""

    def __init__(self, clock: SetClock) -> None:
        catalogue.ensure_default()
        self.by: dict[str, Any] = {"clock": clock, "who": WHO}
        self.clock = clock
        self.company: Company = companies.create(
            name="Martin", pools=[NewPool("Lyon"), NewPool("Paris")], **self.by
        )
        self.lyon, self.paris = Pool.objects.filter(company=self.company).order_by("position")
        self.licence: Licence = licences.add(
            self.company.id, NewLicence(COS, 10, clock.now(), clock.now() + 90 * DAY), **self.by
        )

    @property
    def seq(self) -> int:
        return Company.objects.get(pk=self.company.id).last_seq

    def place(self, units: int, made_from: int | None = None) -> None:
        placed = {self.licence.id: {self.paris.id: units}}
        seq = self.seq if made_from is None else made_from
        pools.place(self.company.id, placed, made_from=seq, **self.by)

    def names(self) -> list[str]:
        return [pool.name for pool in of_company(self.company.id, self.clock).pools]


@pytest.fixture
def shop(db: None, clock: SetClock) -> Shop:
    return Shop(clock)


def test_a_site_is_opened_renamed_and_closed_and_all_of_it_is_in_the_audit(shop: Shop) -> None:
    new = pools.create(shop.company.id, "Lille", "LIL", **shop.by)
    pools.rename(shop.company.id, new.id, "Lille Nord", "LIL", **shop.by)
    assert shop.names() == ["Lyon", "Paris", "Lille Nord"]
    pools.close(shop.company.id, new.id, **shop.by)
    assert shop.names() == ["Lyon", "Paris"]
    found = AuditEntry.objects.filter(chain=shop.company.id, action__startswith="pool.")
    actions = [entry.action for entry in found.order_by("seq") if str(new.id) in entry.object]
    assert actions == ["pool.added", "pool.renamed", "pool.closed"]
    # Its name stays for what was; its name and reference are free for another one.
    standing = of_company(shop.company.id, shop.clock)
    assert standing.pool_names[str(new.id)] == "Lille Nord"
    pools.create(shop.company.id, "Lille Nord", "LIL", **shop.by)


def test_two_open_sites_never_have_one_name(shop: Shop) -> None:
    with pytest.raises(Refused, match="there is a site paris already"):
        pools.create(shop.company.id, "paris", **shop.by)
    with pytest.raises(Refused):
        pools.rename(shop.company.id, shop.lyon.id, "PARIS", "", **shop.by)
    pools.rename(shop.company.id, shop.paris.id, "PARIS", "", **shop.by)
    assert shop.names() == ["Lyon", "PARIS"]


def test_a_site_is_not_closed_while_anything_is_there_and_each_thing_is_counted(
    shop: Shop,
) -> None:
    shop.place(4)
    people = [
        members.add(shop.company.id, user=f"u{i}@martin.test", **shop.by).id for i in range(6)
    ]
    members.set_home(shop.company.id, people, shop.paris.id, **shop.by)
    protection.want(shop.company.id, COS, people, **shop.by)
    protection.add_rule(shop.company.id, COS, "site", shop.paris.id, **shop.by)
    with pytest.raises(NotEmpty) as refused:
        pools.close(shop.company.id, shop.paris.id, **shop.by)
    found = {name: count for name, count in asdict(refused.value.obstacles).items() if count}
    assert found == {
        "units": 4, "licences": 1, "seats": 4, "waiting": 2, "members": 6, "rules": 1
    }  # fmt: skip
    assert shop.names() == ["Lyon", "Paris"]


def test_the_companys_own_pool_is_renamed_and_never_closed(shop: Shop) -> None:
    pools.rename(shop.company.id, shop.lyon.id, "Siège", "", **shop.by)
    with pytest.raises(NotEmpty) as refused:
        pools.close(shop.company.id, shop.lyon.id, **shop.by)
    assert refused.value.obstacles.is_own
    assert shop.names() == ["Siège", "Paris"]


def test_nothing_gets_into_a_closed_site(shop: Shop) -> None:
    """Neither units nor members nor rules; who had left with it as their home draws elsewhere."""
    gone = members.add(shop.company.id, user="gone@martin.test", **shop.by)
    members.set_home(shop.company.id, [gone.id], shop.paris.id, **shop.by)
    members.leave(shop.company.id, [gone.id], **shop.by)
    companies.add_contact(
        shop.company, address="p@martin.test", role=Contact.Role.SITE_ADMINISTRATOR, pool=shop.paris
    )
    pools.close(shop.company.id, shop.paris.id, **shop.by)
    assert Member.objects.get(company=shop.company, id=gone.id).pool_id is None
    assert not Contact.objects.filter(company=shop.company, pool_id=shop.paris.id).exists()
    with pytest.raises(Refused, match="the site Paris is closed"):
        shop.place(1)
    with pytest.raises(NotFound):
        members.set_home(shop.company.id, [gone.id], shop.paris.id, **shop.by)
    with pytest.raises(Refused, match="closed"):
        protection.add_rule(shop.company.id, COS, "site", shop.paris.id, **shop.by)
    person = members.add(shop.company.id, user="a@martin.test", **shop.by).id
    seats.protect(shop.company.id, COS, shop.lyon.id, [person], **shop.by)
    with pytest.raises(NotFound):
        seats.move(shop.company.id, COS, person, shop.paris.id, **shop.by)


def test_of_two_editors_the_second_is_told_what_the_first_did_and_changes_nothing(
    shop: Shop,
) -> None:
    read = shop.seq
    shop.place(4, made_from=read)
    with pytest.raises(ChangedMeanwhile) as refused:
        shop.place(7, made_from=read)
    (fact,) = refused.value.facts
    assert (fact.kind, fact.data["placements"]) == ("licence.placed", {str(shop.paris.id): 4})
    placed = Placement.objects.filter(company=shop.company, closed_seq=None, units__gt=0)
    assert [row.units for row in placed] == [4]
    shop.place(7)


def test_what_was_done_to_another_licence_is_no_conflict(shop: Shop) -> None:
    read = shop.seq
    now = shop.clock.now()
    licences.add(shop.company.id, NewLicence(COS, 1, now, now + DAY), **shop.by)
    shop.place(4, made_from=read)


def test_units_are_spread_evenly_the_first_sites_have_one_more(shop: Shop) -> None:
    ids = [shop.lyon.id, shop.paris.id]
    assert evenly(11, ids) == {ids[0]: 6, ids[1]: 5}
    assert evenly(1, ids) == {ids[0]: 1, ids[1]: 0}


def test_nobody_is_at_home_in_a_closed_site_or_in_one_of_another_company(shop: Shop) -> None:
    other = companies.create(name="Garage", **shop.by)
    foreign = Pool.objects.get(company=other).id
    closed = pools.create(shop.company.id, "Lille", **shop.by).id
    pools.close(shop.company.id, closed, **shop.by)
    group = groups.add(shop.company.id, "Sales", **shop.by)
    for pool, refusal in ((closed, Refused), (foreign, NotFound)):
        with pytest.raises(refusal):
            members.add(shop.company.id, user="ana", pool=pool, **shop.by)
        with pytest.raises(refusal), writing(shop.company.id, shop.clock, WHO) as ledger:
            groups.append_home(ledger, group, pool)
    assert not Member.objects.filter(company=shop.company).exists()
    assert members.add(shop.company.id, user="ana", pool=shop.paris.id, **shop.by).pool_id


def test_the_contacts_of_a_closed_site_are_removed_and_the_audit_says_so(shop: Shop) -> None:
    contact = companies.add_contact(
        shop.company, address="p@example.org", role=Contact.Role.SITE_ADMINISTRATOR, pool=shop.paris
    )
    pools.close(shop.company.id, shop.paris.id, **shop.by)
    assert not Contact.objects.filter(company=shop.company, pool_id=shop.paris.id).exists()
    entry = AuditEntry.objects.get(chain=shop.company.id, action="contact.removed")
    assert entry.object == f"contact:{contact.id}"


def test_mails_that_wait_for_an_administrator_of_a_closed_site_are_not_sent(shop: Shop) -> None:
    companies.add_contact(
        shop.company, address="p@example.org", role=Contact.Role.SITE_ADMINISTRATOR, pool=shop.paris
    )
    Delivery.objects.create(
        company=shop.company,
        notice_id=new_id(),
        is_deadline=True,
        counts=True,
        role="site_administrator",
        address="p@example.org",
        address_hmac=settings.KEYS.address_hmac("p@example.org"),
        language="en",
        time_zone="UTC",
        message_id="<one@test>",
        next_try_at=1,
    )
    pools.close(shop.company.id, shop.paris.id, **shop.by)
    assert Delivery.objects.get(company=shop.company).state == Delivery.State.GIVEN_UP


def test_an_invitation_offers_a_closed_site_no_more_and_is_taken_back_where_it_offered_nothing_else(
    shop: Shop,
) -> None:
    account = shop.company.account

    def invited(address: str, portal: str = "none") -> Invitation:
        scope = {"company": str(shop.company.id), "pool": str(shop.paris.id)}
        return Invitation.objects.create(
            account=account,
            address=address,
            language="en",
            portal=portal,
            console="none",
            scopes=[{**scope, "portal": "write", "console": "none"}],
            secret_hash=address,
            created_at=shop.clock.now(),
            expires_at=shop.clock.now() + DAY,
        )

    only, more = invited("only@example.org"), invited("more@example.org", "read")
    pools.close(shop.company.id, shop.paris.id, **shop.by)
    assert [each.id for each in invitations.waiting(account)] == [more.id]
    assert invitations.rights_of(invitations.waiting(account)[0]).scopes == ()
    entries = AuditEntry.objects.filter(action__startswith="invitation.")
    told = {(entry.action, entry.object) for entry in entries}
    assert told == {
        ("invitation.revoked", str(only.id)),
        ("invitation.changed", str(more.id)),
    }
