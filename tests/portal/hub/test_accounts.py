"""Accounts on their pages: opening one, its settings, and a site alone."""

from __future__ import annotations

import pytest

from tenure.core.policy import DAY
from tenure.services import accounts, licences, members, memberships, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Account, Company, Pool
from tests.people import WRITE, Cast
from tests.portal.hub.conftest import Browser


def test_whoever_has_signed_in_opens_a_business_account_and_owns_it(town: Cast) -> None:
    browser = Browser(town.stranger, town.account)
    fields = {"kind": "business", "name": "Librairie du Port", "time_zone": "Europe/Paris"}
    answer = browser.post("/accounts/open/", fields)
    account = Account.objects.get(name="Librairie du Port")
    assert answer["Location"] == f"/a/{account.id}/"
    company = Company.objects.get(account=account)
    assert (company.name, company.time_zone) == ("Librairie du Port", "Europe/Paris")
    assert memberships.of(account, town.stranger.id).is_owner
    assert company.clock is None


def test_an_msp_account_can_lie_below_one_that_the_opener_owns(town: Cast) -> None:
    assert (
        b'name="parent"' not in Browser(town.stranger, town.account).get("/accounts/open/").content
    )
    fields = {
        "kind": "msp",
        "name": "Nord Lille",
        "time_zone": "UTC",
        "parent": str(town.account.id),
    }
    Browser(town.stranger, town.account).post("/accounts/open/", fields)
    assert Account.objects.get(name="Nord Lille").parent is None
    Account.objects.filter(name="Nord Lille").update(name="Other")
    Browser(town.anne, town.account).post("/accounts/open/", fields)
    assert Account.objects.get(name="Nord Lille").parent == town.account


def test_what_was_typed_is_kept(town: Cast) -> None:
    answer = Browser(town.anne, town.account).post(
        "/accounts/open/", {"name": "Librairie", "time_zone": "Asia/Tokyo"}
    )
    assert answer.status_code == 422
    assert b'value="Librairie"' in answer.content
    assert b'value="Asia/Tokyo" selected' in answer.content
    assert b"Choose the kind" in answer.content


def test_settings_are_kept_and_the_part_on_signing_in_is_for_owners(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    bruno = Browser(town.bruno, town.account)
    assert 'name="two_factors"' not in bruno.see("account-settings")
    bruno.send("account-settings", name="Nord", palette="3", two_factors="on", idle_minutes="5")
    found = Account.objects.get(pk=town.account.id)
    assert (found.name, found.palette, found.two_factors) == ("Nord", 3, False)
    anne = Browser(town.anne, town.account)
    wanted = {"name": "Nord", "palette": "3", "idle_minutes": "30", "session_hours": "8"}
    anne.send("account-settings", **wanted)
    found = Account.objects.get(pk=town.account.id)
    assert (found.idle_minutes, found.session_hours) == (30, 8)
    anne.send("account-settings", **{**wanted, "idle_minutes": "1"}, status=422)


def test_pages_of_an_account_are_not_there_outside_of_one(town: Cast) -> None:
    browser = Browser(town.anne, town.account)
    for address in ("/people/", "/settings/", "/people/leave/"):
        assert browser.get(address).status_code == 404
    for address in (browser.to("open-account"), browser.to("invitation", "x")):
        assert browser.get(address).status_code == 404


class Sites:
    """A company with two sites, seats at each, and somebody who sees one of them."""

    def __init__(self, town: Cast) -> None:
        now = town.clock.now()
        company = town.martin.id
        self.lyon, self.paris = Pool.objects.filter(company_id=company).order_by("position")
        for pool, name in ((self.lyon, "lea"), (self.paris, "paul")):
            new = NewLicence(COS, 3, now, now + 60 * DAY, placements={pool.id: 3})
            licences.add(company, new, clock=town.clock, who="test")
            for i in range(2):
                member = members.add(
                    company,
                    user=f"{name}{i}@martin.test",
                    pool=pool.id,
                    clock=town.clock,
                    who="test",
                )
                if not i:
                    seats.protect(company, COS, pool.id, [member.id], clock=town.clock, who="test")
        scope = ScopeRights(company, self.paris.id, "read", "none")
        town.join(town.bruno, Rights("none", "none", (scope,)))
        self.browser = Browser(town.bruno, town.account)


def test_whoever_sees_one_site_sees_it_and_nothing_else(town: Cast) -> None:
    sites = Sites(town)
    page = sites.browser.see("site", town.martin.id, sites.paris.id)
    assert "paul0@martin.test" in page
    assert "paul1@martin.test" in page
    assert "lea0" not in page
    assert "lea1" not in page
    assert "Lyon" not in page
    for name in ("timeline", "members", "licences", "notices", "history", "whatif"):
        sites.browser.see(name, town.martin.id, status=404)
    sites.browser.see("site", town.martin.id, sites.lyon.id, status=404)
    sites.browser.see("site", town.garage.id, sites.paris.id, status=404)


def test_the_companys_address_leads_to_the_site_that_somebody_sees(town: Cast) -> None:
    """Whoever follows the link of a notice, or a colleague's, comes to what they may see."""
    sites = Sites(town)
    there = sites.browser.get(sites.browser.to("company", town.martin.id) + "?service=cos")
    assert there.status_code == 302
    address = sites.browser.to("site", town.martin.id, sites.paris.id)
    assert there["Location"] == f"{address}?service=cos"
    sites.browser.see("company", town.garage.id, status=404)


def test_of_several_sites_the_companys_address_lists_those_alone(town: Cast) -> None:
    company = town.company("Trois Rivières", "Lyon", "Nantes", "Paris")
    lyon, *others = Pool.objects.filter(company=company).order_by("position")
    scopes = tuple(ScopeRights(company.id, pool.id, "read", "none") for pool in others)
    town.join(town.bruno, Rights("none", "none", scopes))
    browser = Browser(town.bruno, town.account)
    page = browser.see("company", company.id)
    for pool in others:
        assert browser.to("site", company.id, pool.id) in page
    hidden = (lyon.name, str(lyon.id), "Martin", browser.to("members", company.id))
    assert [each for each in hidden if each in page] == []
    hub = browser.see("companies")
    assert "You see 2 of its sites." in hub
    assert browser.to("company", company.id) in hub


def test_whoever_sees_the_members_alone_is_led_to_them(town: Cast) -> None:
    town.join(town.chloe, Rights("none", "read"))
    browser = Browser(town.chloe, town.account)
    answer = browser.get(browser.to("company", town.martin.id))
    assert answer["Location"] == browser.to("members", town.martin.id)


def test_a_site_counts_its_own(town: Cast) -> None:
    sites = Sites(town)
    page = Browser(town.anne, town.account).see("site", town.martin.id, sites.lyon.id)
    assert "lea0@martin.test" in page
    assert "paul0" not in page
    assert "2 members" in page
    assert "Paris" in page  # an owner sees the way to the other site


@pytest.mark.parametrize(
    ("query", "shown"), [("?seats=with", 0), ("?seats=without", 1), ("?q=PAUL1", 1)]
)
def test_the_members_of_a_site_are_filtered_and_found(town: Cast, query: str, shown: int) -> None:
    sites = Sites(town)
    address = sites.browser.to("site", town.martin.id, sites.paris.id) + query
    page = sites.browser.get(address).content.decode()
    assert f"paul{shown}@martin.test" in page
    assert f"paul{1 - shown}@martin.test" not in page
    assert "lea0" not in page
    assert "lea1" not in page


def test_an_account_that_somebody_owns_is_offered_as_the_one_above(town: Cast) -> None:
    accounts.open_business("Librairie", town.anne, clock=town.clock, who="test")
    page = Browser(town.anne, town.account).get("/accounts/open/").content.decode()
    assert "Nord Informatique</option>" in page
    assert "Librairie</option>" not in page
