"""The Business portal in a browser without scripts: how a company's owner keeps it protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings as configured
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.core.policy import DAY
from tenure.portal.shared.addresses import account_address
from tenure.services import accounts, catalogue, keys, members
from tenure.services.catalogue import COS
from tenure.services.keys import NewKey
from tenure.store.instants import to_datetime
from tenure.store.models import Company, Instance, Licence, Placement, Pool, Transition
from tenure.words.dates import Calendar
from tests.portal.conftest import WHO, Town, person, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]


@pytest.fixture
def demo(settings: Settings) -> None:
    """Demo mode: the company lives by a clock of its own."""
    settings.DEMO = True


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


class Owner:
    """The owner of a business account at its pages."""

    def __init__(self, page: Page, town: Town) -> None:
        self.page = page
        page.set_default_timeout(10_000)
        self.town = town
        self.person = person("anne@example.org")
        self.account = accounts.open_business(
            "Boulangerie Martin", self.person, clock=town.clock, who=WHO, time_zone="Europe/Paris"
        )
        self.company = Company.objects.get(account=self.account)

    def go(self, name: str, *args: object, query: str = "") -> None:
        address = account_address(self.account.id, name, self.company.id, *args)
        self.page.goto(f"{address}{query}")

    def says(self, *texts: str | re.Pattern[str]) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=3000)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def people(self, count: int, site: str | None = None) -> None:
        """Bring people, of a site where one is named; protect them by the page of the Console."""
        found = self.town.people(self.company, count)
        if site is not None:
            home = Pool.objects.get(company=self.company, name=site)
            members.set_home(self.company.id, found, home.id, clock=self.town.clock, who=WHO)
        self.go("console")
        for box in self.page.locator("tbody input[type=checkbox]").all():
            box.check()
        self.page.click("button[value=protect]")

    def key(self, units: int, days: int, **choices: str) -> None:
        """Look at a key on the page, choose, and add its licence."""
        text = keys.issue(NewKey(COS, units, days=days, is_test=True), who="vendor")[1]
        self.go("add-key")
        self.page.fill("input[name=key]", text.lower())
        self.press("Look at the key")
        self.says(f"{units} unit")
        for name, value in choices.items():
            self.page.check(f"input[name={name}][value='{value}']")
        self.press("Add the licence")

    def pass_days(self, days: float) -> None:
        self.town.pass_days(self.company, days)

    @property
    def life(self) -> tuple[str, int, int, int]:
        """What the database holds: phase, units, seats, how many are protected."""
        found = Instance.objects.get(company=self.company)
        return found.phase, found.units, found.seats, found.protected

    @property
    def until(self) -> int:
        """When the present phase ends by what the database holds."""
        return Instance.objects.get(company=self.company).phase_until_at or 0

    def said(self, end: int) -> str:
        """Give an end as pages write it."""
        return Calendar("Europe/Paris", self.town.now(self.company), "en").full(end)

    def placed(self) -> dict[str, int]:
        """What stands at the sites, besides the company's own."""
        rows = Placement.objects.filter(company=self.company, closed_seq=None, units__gt=0)
        names = dict(Pool.objects.filter(company=self.company).values_list("id", "name"))
        return {names[row.pool_id]: row.units for row in rows}

    def licence(self, units: int) -> Licence:
        return Licence.objects.get(company=self.company, units=units)


@pytest.fixture
def owner(browser: Browser, live_server: LiveServer, town: Town) -> Iterator[Owner]:
    """A browser in which the owner of a new company has signed in."""
    here = f"http://localhost:{live_server.thread.port}"
    context = browser.new_context(java_script_enabled=False, locale="en-GB", base_url=here)
    found = Owner(context.new_page(), town)
    name = configured.SESSION_COOKIE_NAME
    session = signed_in(found.person).cookies[name].value
    context.add_cookies([{"name": name, "value": session, "url": here}])
    yield found
    context.close()


def test_a_trial_becomes_a_full_licence_and_nobody_notices(owner: Owner) -> None:
    """The key takes the trial's place; the trial ends, and there is no grace and no gap."""
    owner.go("company")
    owner.page.get_by_role("link", name="Start a trial").click()
    owner.says("25 users can be protected at once")
    owner.press("Try Cloud Office Security")
    owner.says("The licence was added: 25 units, until")
    owner.people(4)
    assert owner.life == ("active", 25, 4, 4)
    owner.pass_days(10)
    owner.key(20, 365)
    owner.says("The licence was added: 20 units, until")
    trial, full = owner.licence(25), owner.licence(20)
    assert (trial.kind, full.kind, full.replaces_id) == ("trial", "full", trial.id)
    assert trial.ends_at is not None
    owner.pass_days((trial.ends_at - owner.town.now(owner.company)) / DAY + 1)
    assert owner.life == ("active", 20, 4, 4)
    owner.go("company")
    owner.says("Cloud Office Security is active for Boulangerie Martin: all 4 users are protected.")
    owner.go("licence", trial.id)
    owner.says("It has ended and covers nobody any more.", "Replaced by")
    owner.go("notices")
    expect(owner.page.locator("main")).not_to_contain_text("Protection ends")
    assert not owner.company.notices.filter(kind="grace").exists()
    owner.go("trial")
    owner.says("Cloud Office Security was tried here on")


def test_a_closed_account_is_reopened_and_a_smaller_licence_holds_seats_for_a_time(
    owner: Owner,
) -> None:
    """Everything is back after reopening; later a smaller licence leaves some who wait."""
    owner.key(6, 60)
    owner.people(6)
    owner.go("close")
    owner.press("Close Boulangerie Martin")
    assert owner.life[0] == "suspended"
    owner.go("company")
    owner.says("The account of Boulangerie Martin was closed by its owner")
    owner.press("Reopen the account")
    assert owner.life == ("active", 6, 6, 6)
    owner.go("company")
    owner.says("6 users are protected")

    owner.key(4, 365)
    assert owner.licence(4).replaces_id == owner.licence(6).id
    owner.pass_days(61)
    assert owner.life == ("active", 4, 6, 6)
    owner.go("company")
    owner.says("protection of 2 users ends on", "After the date given, 2 users wait for a licence.")
    last = re.search(r"ends on (.+? 2026)", owner.page.locator("main").inner_text())
    assert last
    owner.go("alerts")
    owner.says("Too few units", last[1])
    owner.go("console", query="?show=warning")
    held = owner.page.locator("tbody tr").all_inner_texts()
    assert ["Person 4" in held[0], "Person 5" in held[1], len(held)] == [True, True, 2]
    for row in held:
        assert "Warning" in row
        assert "The licence has ended; protection ends on 16 March, in 13 days." in row
    owner.pass_days(14)
    assert owner.life == ("active", 4, 6, 4)
    owner.go("alerts")
    owner.says("2 users of Boulangerie Martin are without protection since")
    owner.go("console")
    waiting = [row.inner_text() for row in owner.page.locator("tbody tr").all()]
    lost = [text for text in waiting if "Protected" not in text]
    assert [re.search(r"Person \d", text)[0] for text in lost] == ["Person 4", "Person 5"]  # type: ignore[index]


def test_two_sites_share_a_licence_and_taking_units_back_names_who_would_lose(
    owner: Owner,
) -> None:
    """Spread evenly, then taken back in part: names first, then the alert and the calendar."""
    owner.key(9, 200)
    for site in ("Lyon", "Paris"):
        owner.go("sites")
        owner.page.get_by_role("link", name="Open a site").click()
        owner.page.fill("input[name=name]", site)
        owner.page.click("form.sheet button.lead")
        owner.says(f"The site {site} is open. Place units there next.")
    owner.go("units")
    owner.press("Spread all of this page evenly")
    assert owner.placed() == {}, "only filled in"
    owner.press("Save")
    owner.says("The units of 1 licence are placed as you said.")
    assert owner.placed() == {"Lyon": 3, "Paris": 3}
    owner.people(3, site="Paris")

    owner.go("units")
    paris = owner.page.get_by_label("Paris", exact=False).last
    paris.fill("1")
    owner.press("Save")
    owner.says("Person 1", "Person 2", "Place them so and unprotect 2 users")
    expect(owner.page.locator(".preview")).not_to_contain_text("Person 0")
    assert owner.placed() == {"Lyon": 3, "Paris": 3}
    owner.press("Place them so and unprotect 2 users")
    owner.says("The units of 1 licence are placed as you said.")
    assert owner.placed() == {"Lyon": 3, "Paris": 1}
    owner.town.work()
    assert owner.life == ("active", 9, 3, 1)
    owner.go("alerts")
    owner.says("2 users of Paris are without protection since", "there is 1 unit for 3 seats")
    owner.go("sites")
    owner.says("Reduced")

    ends = to_datetime(owner.licence(9).ends_at or 0) - timedelta(seconds=1)
    owner.go("calendar", query=f"?month={ends:%Y-%m}")
    owner.says("Licence “Cloud Office Security” ends (9 units)")


def test_a_key_on_the_last_day_of_grace_and_one_on_the_29th_day_of_suspension(
    owner: Owner,
) -> None:
    """The first suspends nothing; the second brings everything back, and says what."""
    owner.key(5, 20)
    owner.people(4)
    owner.pass_days(21)
    assert owner.life[0] == "grace"
    owner.pass_days(13.5)
    assert owner.life[0] == "grace"
    owner.go("company")
    ends, deleted = owner.said(owner.until), owner.said(owner.until + 30 * DAY)
    owner.says(
        "for now all 4 users are protected",
        f"protection ends and the service is suspended on {ends}",
    )
    owner.go("licences")
    owner.says(f"protection ends on {ends}", f"and data is deleted on {deleted} at the earliest")
    owner.go("alerts")
    owner.says(f"Protection continues until {ends}", f"everything is deleted after {deleted}")
    owner.key(5, 20)
    owner.says("Cloud Office Security goes on; nothing is suspended.")
    assert owner.life == ("active", 5, 4, 4)
    owner.go("company")
    owner.says("Cloud Office Security is active for Boulangerie Martin")
    assert not owner.company.notices.filter(kind="suspended").exists()

    owner.pass_days(21)
    owner.pass_days(15)
    assert owner.life == ("suspended", 0, 4, 0)
    since = Transition.objects.get(company=owner.company, to_phase="suspended").effective_at
    owner.pass_days((since - owner.town.now(owner.company)) / DAY + 28.5)
    owner.go("licences")
    kept = owner.said(since + 30 * DAY)
    owner.says(f"without a new licence, data is deleted on {kept}")
    owner.go("console")
    owner.says("The Console is shut, and everything is kept", kept)
    owner.key(3, 365)
    owner.says(
        "The licence was added: 3 units, until",
        "Cloud Office Security runs again, as it was: 3 users are protected.",
        "1 user waits for a unit: there are fewer units than users.",
    )
    assert owner.life == ("active", 3, 4, 3)
    owner.key(1, 365, replaces="")
    assert owner.life == ("active", 4, 4, 4)
    owner.go("console")
    expect(owner.page.locator("tbody tr")).to_have_count(4)
