"""The Business portal in a real browser: accessible, on a telephone, in the dark, in French."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.portal.shared.addresses import account_address
from tenure.services import accounts, catalogue, keys, licences, members, pools, protection
from tenure.services.catalogue import COS
from tenure.services.key_offers import Wishes
from tenure.services.keys import NewKey
from tenure.store.models import Account, Company, Contact, Letter, Licence, Person, Pool
from tests.looks import faults
from tests.portal.conftest import WHO, Town, person
from tests.portal.console.test_console_browser import at
from tests.portal.hub.conftest import Browser as Proven

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]

PLAIN = (
    *("company", "sites", "add-site", "units", "alerts", "calendar", "renewal", "licences"),
    *("contacts", "add-contact"),
)


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


def opened(town: Town, owner: Person, name: str) -> tuple[Account, Company]:
    """Open a business account with an owner."""
    account = accounts.open_business(
        name, owner, clock=town.clock, who=WHO, time_zone="Europe/Paris"
    )
    return account, Company.objects.get(account=account)


def issued(units: int, address: str = "") -> str:
    new = NewKey(COS, units, days=365, address=address, is_test=True)
    return keys.issue(new, who="vendor")[1]


def populated(town: Town, owner: Person) -> tuple[Account, Company, Licence]:
    """Give a company with two sites, a licence that ends soon, people, and a key that waits."""
    account, company = opened(town, owner, "Boulangerie Martin")
    by = {"clock": town.clock, "who": WHO}
    lyon = pools.create(company.id, "Lyon", "L-1", **by)  # type: ignore[arg-type]  # as it wants
    keys.add(company.id, issued(9), Wishes(label="Ours"), by=owner, **by)  # type: ignore[arg-type]
    keys.add(company.id, issued(5, "buyer@example.org"), Wishes(), by=owner, **by)  # type: ignore[arg-type]
    licence = Licence.objects.get(company=company)
    town.licence(company, 6, 20)
    placed = {lyon.id: 4}
    licences.place(company.id, licence.id, placed, **by)  # type: ignore[arg-type]
    people = town.people(company, 12)
    members.set_home(company.id, people[:4], lyon.id, **by)  # type: ignore[arg-type]
    protection.want(company.id, COS, people, **by)  # type: ignore[arg-type]
    return account, company, licence


@pytest.mark.parametrize(
    ("scheme", "language", "width"),
    [
        ("dark", "fr-FR", 360),
        pytest.param("light", "en-GB", 1280, marks=pytest.mark.long),
        pytest.param("light", "fr-FR", 360, marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, live_server: LiveServer, town: Town, scheme: str, language: str, width: int
) -> None:
    owner = person("anne@example.org", language=language[:2])
    account, company, licence = populated(town, owner)
    lyon = Pool.objects.get(company=company, name="Lyon")
    new_account, new = opened(town, owner, "Garage Lenoir")
    msp = accounts.open_msp("Nord Informatique", owner, clock=town.clock)
    context = browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        locale=language,
        viewport={"width": width, "height": 900},
    )
    name = settings.SESSION_COOKIE_NAME
    proven = Proven(owner, account).cookies[name].value
    context.add_cookies([{"name": name, "value": proven, "url": at(live_server, "")}])
    page = context.new_page()
    found = []

    def see(*where: object, query: str = "", of: Account = account) -> None:
        first, *rest = where
        address = account_address(of.id, str(first), *rest)
        answer = page.goto(at(live_server, address + query))
        assert answer is not None and answer.status == 200, address
        found.extend(faults(page))

    for each in PLAIN:
        see(each, company.id)
    see("company", new.id, of=new_account)
    see("trial", new.id, of=new_account)
    see("trial", company.id)
    see("licence", company.id, licence.id)
    page.goto(at(live_server, account_address(msp.id, "requests")))
    found += faults(page)
    see("change-licence", company.id, licence.id, query="?do=remove")
    see("key", company.id, licence.id)
    page.click("button[name=show]")
    page.wait_for_selector("input.secret")
    found += faults(page)
    contact = Contact.objects.get(company=company).id
    see("change-contact", company.id, contact)
    see("remove-contact", company.id, contact)
    see("rename-site", company.id, lyon.id)
    see("close-site", company.id, lyon.id)

    _units_taken_back(page, live_server, account, company)
    found += faults(page)

    see("add-key", company.id)
    page.fill("input[name=key]", "ABCDE-12345")
    page.click("form.sheet button.lead")
    page.wait_for_selector(".problems")
    found += faults(page)
    page.fill("input[name=key]", issued(2))
    page.click("form.sheet button.lead")
    page.wait_for_selector("button[name=add]")
    found += faults(page)

    asked = re.search(r"/keys/([^/\s]+)/", Letter.objects.get(address="buyer@example.org").text)
    assert asked
    page.goto(at(live_server, f"/keys/{asked[1]}/"))
    found += faults(page)
    context.close()
    assert found == []


def _units_taken_back(
    page: Page, live_server: LiveServer, account: Account, company: Company
) -> None:
    """Ask what taking all units back from the site would bring, and stop at its preview."""
    page.goto(at(live_server, account_address(account.id, "units", company.id)))
    page.click("button[value=back]")
    page.click("button[value=look]")
    page.wait_for_selector(".preview")
