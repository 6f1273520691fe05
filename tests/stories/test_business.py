"""The Business portal in a browser without scripts: how a company's owner keeps it protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

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
from tenure.store.models import Company, Instance, Licence
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
        self.by: dict[str, Any] = {"clock": town.clock, "who": WHO}

    def go(self, name: str, *args: object) -> None:
        self.page.goto(account_address(self.account.id, name, self.company.id, *args))

    def says(self, *texts: str | re.Pattern[str]) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=3000)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def people(self, count: int) -> None:
        """Bring people and protect them by the page of the Console."""
        for i in range(count):
            members.add(self.company.id, user=f"u{i}@martin.test", name=f"Person {i}", **self.by)
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
        self.says(f"{units} units")
        for name, value in choices.items():
            self.page.fill(f"input[name={name}]", value)
        self.press("Add the licence")

    def pass_days(self, days: float) -> None:
        self.town.pass_days(self.company, days)

    @property
    def life(self) -> tuple[str, int, int, int]:
        """What the database holds: phase, units, seats, how many are protected."""
        found = Instance.objects.get(company=self.company)
        return found.phase, found.units, found.seats, found.protected

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
    owner.pass_days(14)
    assert owner.life == ("active", 4, 6, 4)
    owner.go("alerts")
    owner.says("2 users of Boulangerie Martin are without protection since")
    owner.go("console")
    waiting = [row.inner_text() for row in owner.page.locator("tbody tr").all()]
    lost = [text for text in waiting if "Protected" not in text]
    assert [re.search(r"Person \d", text)[0] for text in lost] == ["Person 4", "Person 5"]  # type: ignore[index]
