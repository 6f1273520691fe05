"""A newcomer's first hour in demo mode, in real browsers, in both languages.

They sign up, open a business and an MSP account under one address, and invite a colleague who is
to see one site. Every page on the way is looked at by axe, in both themes; the French ones on a
telephone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.clock import WallClock
from tenure.core.policy import DAY
from tenure.engine import letters as postman
from tenure.portal.shared.addresses import account_address
from tenure.services import catalogue, clocks, companies, licences, members, seats
from tenure.services.catalogue import COS
from tenure.services.companies import NewPool
from tenure.services.licences import NewLicence
from tenure.store.models import Account, Company, OutboxMail, Pool
from tests.looks import faults, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a calm and long sentence"
NEWCOMER = "ada@example.org"
COLLEAGUE = "bo@example.org"
KINDS = {"en": ("Business", "MSP"), "fr": ("Entreprise", "MSP")}
ID = re.compile(r"[\w:-]{30,}")
"""What differs in the addresses of pages of one kind: ids and secrets."""
LEADS = "main form .lead"
"""The one button of a page that leads on."""


@dataclass
class Town:
    """The demo on this machine, and the people's browsers, which are closed before it ends."""

    browser: Browser
    here: str
    language: str
    faults: list[object] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def window(self) -> Somebody:
        """Open a browser that has been nowhere yet."""
        locale = {"en": "en-GB", "fr": "fr-FR"}[self.language]
        context = self.browser.new_context(
            locale=locale,
            viewport={"width": 1100 if self.language == "en" else 360, "height": 800},
            color_scheme="dark" if self.language == "en" else "light",
            reduced_motion="reduce",  # or axe sees colours on their way
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return Somebody(self, page)


@dataclass
class Somebody:
    """Somebody at a page."""

    town: Town
    page: Page

    def look(self) -> None:
        """Let axe look at each kind of page once; dark in English, and light in French."""
        self.page.wait_for_load_state()
        kind = ID.sub("…", urlsplit(self.page.url).path)
        if kind not in self.town.seen:
            self.town.faults += faults(self.page)
        self.town.seen.add(kind)
        self.town.faults += too_wide(self.page)
        assert self.page.get_attribute("html", "lang") == self.town.language, self.page.url

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else f"{self.town.here}{path}")
        self.look()

    def lead(self) -> None:
        """Press the button that leads on."""
        self.page.click(LEADS)
        self.page.wait_for_load_state()

    def sign_up(self, address: str) -> None:
        """Come by the sign-in, as everybody does, and confirm the address by the outbox."""
        self.page.click("main .said-below a")
        self.look()
        self.page.fill("#id_email", address)
        self.page.fill("#id_password1", PASSWORD)
        self.lead()
        self.look()
        self.page.click("main .button")
        self.look()
        self.open_letter(address)
        self.look()
        self.lead()

    def open_letter(self, address: str) -> None:
        """Open the link of the newest letter to an address, as the outbox shows it."""
        postman.deliver(None)
        mail = OutboxMail.objects.filter(recipient=address).latest("handed_over_at", "id")
        self.page.goto(f"{self.town.here}/outbox/")
        self.page.click(f'main a[href="/outbox/{mail.id}/"]')
        self.look()
        self.page.goto(f"{self.page.url.partition('?')[0]}?as=text")
        self.page.click('.plain a[href^="http"]')
        self.page.wait_for_load_state()

    def add_key(self) -> None:
        """Add a passkey, of a device that knows its owner."""
        tool = self.page.context.new_cdp_session(self.page)
        tool.send("WebAuthn.enable")
        tool.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        self.go("/me/2fa/webauthn/add/")
        if self.page.query_selector("#id_password"):
            self.page.fill("#id_password", PASSWORD)
            self.lead()
            self.look()
        self.page.fill("#id_name", "Telephone")
        self.page.click("#mfa_webauthn_add")
        self.page.wait_for_url("**/recovery-codes/**")
        self.look()

    def open_account(self, kind: str, name: str) -> Account:
        """Open an account by the Hub's first page."""
        self.go("/")
        self.page.click('main a[href="/accounts/open/"]')
        self.look()
        self.page.check(f'input[name="kind"][value="{kind}"]')
        self.page.fill("#id_name", name)
        self.lead()
        account = Account.objects.get(name=name)
        assert f"/a/{account.id}/" in self.page.url
        self.look()
        return account

    def sees(self, account: Account) -> None:
        """The account is named in the header and in the tab's title, with its kind and colour."""
        business, msp = KINDS[self.town.language]
        kind = msp if account.kind == Account.Kind.MSP else business
        expect(self.page.locator(".switch .where")).to_have_text(f"{account.name} {kind}")
        assert f"{account.name} · {kind} · Tenure" in self.page.title()
        assert f"palette-{account.palette % 8}" in str(
            self.page.get_attribute("header.masthead", "class")
        )

    def switch(self, account: Account) -> None:
        """Change to another account by the header's menu."""
        self.page.click(".switch summary")
        self.look()
        self.page.click(f'.switch a[href="/a/{account.id}/"]')
        self.page.wait_for_load_state()
        self.sees(account)

    def answers(self, path: str) -> int:
        """Give what an address answers, to this person."""
        return self.page.request.get(f"{self.town.here}{path}").status


KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def demo_mode(settings: Settings, live_server: LiveServer) -> str:
    settings.DEMO = True
    settings.PUBLIC_URL = f"http://localhost:{live_server.thread.port}"
    catalogue.ensure_default()
    return str(settings.PUBLIC_URL)


@pytest.fixture(params=["en", pytest.param("fr", marks=pytest.mark.long)])
def town(request: pytest.FixtureRequest, browser: Browser, demo_mode: str) -> Iterator[Town]:
    found = Town(browser, demo_mode, request.param)
    yield found
    for context in found.contexts:
        context.close()


def customer(account: Account) -> tuple[Company, Pool, Pool]:
    """Give the provider a customer with two sites, with one protected member in each."""
    clock = WallClock()
    company = companies.create(
        name="Deux Rives",
        clock=clock,
        who="test",
        account=account,
        pools=[NewPool("Gauche"), NewPool("Droite")],
        test_clock=clocks.create("Deux Rives", clock.now()),
    )
    now = clock.now()
    left, right = Pool.objects.filter(company=company).order_by("position")
    placed = {left.id: 3, right.id: 3}
    new = NewLicence(COS, 6, now, now + 90 * DAY, placements=placed)
    licences.add(company.id, new, clock=clock, who="test")
    for pool, name in ((left, "gaston"), (right, "delphine")):
        user = f"{name}@rives.test"
        member = members.add(company.id, user=user, pool=pool.id, clock=clock, who="test")
        seats.protect(company.id, COS, pool.id, [member.id], clock=clock, who="test")
    return company, left, right


def test_a_newcomer_opens_two_accounts_and_shows_a_colleague_one_site(town: Town) -> None:
    ada = town.window()
    ada.go("/")
    assert "/me/login/" in ada.page.url
    ada.sign_up(NEWCOMER)
    ada.add_key()
    bakery = ada.open_account("business", "Boulangerie Ada")
    ada.sees(bakery)
    assert "/companies/" in ada.page.url, "a business account is its company"
    provider = ada.open_account("msp", "Ada Informatique")
    ada.sees(provider)
    ada.switch(bakery)
    ada.switch(provider)

    company, left, right = customer(provider)
    invited_to_one_site(ada, provider, company, right)
    bo = town.window()
    bo.page.goto(town.here)
    bo.open_letter(COLLEAGUE)  # led to the sign-in, as nobody is signed in there
    bo.sign_up(COLLEAGUE)
    sees_one_site_and_nothing_else(bo, provider, bakery, company, left, right)
    two_tabs_and_the_back_button(ada, bakery, provider)
    assert town.faults == []


def invited_to_one_site(ada: Somebody, provider: Account, company: Company, site: Pool) -> None:
    ada.go(account_address(provider.id, "people"))
    ada.page.click('main a[href$="/people/invite/"]')
    ada.look()
    ada.page.fill("#id_address", COLLEAGUE)
    ada.page.select_option("#id_portal", "none")
    ada.page.select_option("#id_console", "none")
    ada.page.select_option(f"select[name='portal-{company.id.hex}_{site.id.hex}']", "read")
    ada.lead()
    ada.look()
    expect(ada.page.locator("main")).to_contain_text(COLLEAGUE)


def sees_one_site_and_nothing_else(
    bo: Somebody, provider: Account, bakery: Account, company: Company, left: Pool, right: Pool
) -> None:
    bo.look()
    expect(bo.page.locator("main")).to_contain_text("Droite")
    bo.lead()
    bo.look()
    bo.sees(provider)
    bo.page.click("td a.main")
    bo.page.wait_for_load_state()
    bo.look()
    text = bo.page.inner_text("body")
    assert bo.page.url.endswith(account_address(provider.id, "site", company.id, right.id))
    assert "delphine@rives.test" in text
    assert "gaston" not in text
    assert "Gauche" not in text
    bo.go(account_address(provider.id, "company", company.id))
    assert bo.page.url.endswith(account_address(provider.id, "site", company.id, right.id))
    hidden = [
        account_address(provider.id, "site", company.id, left.id),
        *(
            account_address(provider.id, name, company.id)
            for name in ("members", "licences", "timeline", "history", "notices", "whatif")
        ),
        account_address(bakery.id),
    ]
    assert [path for path in hidden if bo.answers(path) != 404] == []
    bo.go(account_address(provider.id, "people"))
    assert NEWCOMER not in bo.page.inner_text("main")
    assert bo.answers(account_address(provider.id, "account-settings")) == 403


def two_tabs_and_the_back_button(ada: Somebody, bakery: Account, provider: Account) -> None:
    """What is saved is saved in the account that the tab shows, whatever the other one does."""
    first, second = ada, Somebody(ada.town, ada.page.context.new_page())
    first.go(account_address(bakery.id, "account-settings"))
    second.go(account_address(provider.id, "account-settings"))
    first.page.fill("#id_name", "Boulangerie A")
    first.lead()
    names(bakery, "Boulangerie A", provider, "Ada Informatique")
    second.page.fill("#id_name", "Informatique A")
    second.lead()
    names(bakery, "Boulangerie A", provider, "Informatique A")
    # Back, over a change of the account.
    first.page.goto(f"{ada.town.here}{account_address(bakery.id, 'account-settings')}")
    provider.refresh_from_db()
    bakery.refresh_from_db()
    first.switch(provider)
    first.page.go_back()
    first.page.wait_for_load_state()
    first.sees(bakery)
    first.page.fill("#id_name", "Boulangerie B")
    first.lead()
    names(bakery, "Boulangerie B", provider, "Informatique A")
    # A form that was made for the other account is refused, and says so.
    first.page.goto(f"{ada.town.here}{account_address(bakery.id, 'account-settings')}")
    first.page.fill("#id_name", "Both")
    there = account_address(provider.id, "account-settings")
    first.page.evaluate(f"document.querySelector('main form').action = '{there}'")
    first.lead()
    first.look()
    expect(first.page.locator("main")).to_contain_text("Boulangerie B")
    names(bakery, "Boulangerie B", provider, "Informatique A")


def names(one: Account, is_called: str, other: Account, too: str) -> None:
    found = dict(Account.objects.values_list("id", "name"))
    assert (found[one.id], found[other.id]) == (is_called, too)
