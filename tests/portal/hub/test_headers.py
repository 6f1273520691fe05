"""The header: where one is, what else there is, and as whom."""

from __future__ import annotations

import pytest

from tenure.services import accounts
from tenure.services.rights import Rights
from tests.people import Cast
from tests.portal.hub.conftest import Browser


def test_the_header_and_the_tab_name_the_account_with_its_kind_and_colour(town: Cast) -> None:
    """One person under one address, in a business and an MSP account, always sees in which."""
    own = accounts.open_business("Librairie", town.anne, clock=town.clock, who="test")
    own.palette, town.account.palette = 5, 2
    own.save()
    town.account.save()
    for account, kind in ((own, "Business"), (town.account, "MSP")):
        page = Browser(town.anne, account).see("people")
        assert f"<title>People · {account.name} · {kind} · Tenure</title>" in page
        assert f'<header class="masthead palette-{account.palette}">' in page
        assert f"{account.name}, {kind}: change the account" in page
        for other in (own, town.account):
            mark = ' aria-current="true"' if other == account else ""
            link = f'<a class="palette-{other.palette}" href="/a/{other.id}/"{mark}>'
            assert link in page


@pytest.mark.parametrize(
    ("page", "marked"),
    [("people", "page"), ("invite", "true"), ("account-settings", "page"), ("companies", "page")],
)
def test_the_header_marks_where_one_is(town: Cast, page: str, marked: str) -> None:
    """The page itself is the current one; a page below it lies under the marked link."""
    browser = Browser(town.anne, town.account)
    shown = browser.see(page)
    section = "people" if page == "invite" else page
    assert f'href="{browser.to(section)}" aria-current="{marked}"' in shown
    links = shown.partition('class="places"')[2].partition("</nav>")[0]
    assert links.count("aria-current") == 1


def test_only_who_may_change_the_settings_is_offered_them(town: Cast) -> None:
    town.join(town.chloe, Rights("read", "none"))
    for who, offered in ((town.anne, True), (town.chloe, False)):
        browser = Browser(who, town.account)
        assert (browser.to("account-settings") in browser.see("people")) is offered
