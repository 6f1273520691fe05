"""The pages of accounts in a real browser: accessible, in both languages, on a telephone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser as Chromium
from pytest_django.live_server_helper import LiveServer

from tenure.services import invitations
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Person
from tests.looks import faults
from tests.people import READ, Cast
from tests.portal.hub.conftest import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("TENURE_PICTURES", "")
"""Where pictures of the pages are put, to look at; nowhere by default."""


@pytest.fixture
def town(transactional_db: None) -> Cast:
    return Cast()


def addresses(town: Cast) -> list[str]:
    """Give the address of each kind of page."""
    scope = ScopeRights(town.martin.id, town.lyon, "none", "write")
    town.join(town.bruno, Rights("read", "none", (scope, town.only(town.garage, "write"))))
    town.join(town.chloe, READ)
    Person.objects.filter(pk=town.chloe.pk).update(name="C" * 120)
    for address in ("eve@example.org", f"{'x' * 60}@a-very-long-name.example.org"):
        invitations.invite(
            town.account.id, address, READ, by=town.anne, clock=town.clock, language="en"
        )
    own = "anne@example.org"
    EmailAddress.objects.create(user=town.anne, email=own, verified=True, primary=True)
    own_browser = Browser(town.anne, town.account)
    return [
        own_browser.to("people"),
        own_browser.to("audit"),
        f"{own_browser.to('audit')}?since=2026-02-02&until=2026-02-01&result=refused",
        own_browser.to("invite"),
        own_browser.to("person", town.bruno.id),
        own_browser.to("remove-person", town.bruno.id),
        own_browser.to("transfer", town.chloe.id),
        own_browser.to("leave"),
        own_browser.to("account-settings"),
        own_browser.to("site", town.martin.id, town.lyon),
        "/accounts/open/",
        "/invitations/nothing/",
    ]


@pytest.mark.parametrize(
    ("scheme", "language", "width"),
    [("light", "fr", 360), pytest.param("dark", "en", 1200, marks=pytest.mark.long)],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Chromium,
    live_server: LiveServer,
    town: Cast,
    scheme: str,
    language: str,
    width: int,
) -> None:
    Person.objects.filter(pk=town.anne.pk).update(language=language, theme=scheme)
    context = browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        locale=language,
        viewport={"width": width, "height": 800},
    )
    home = f"http://localhost:{live_server.thread.port}"
    cookies = Browser(town.anne, town.account).cookies
    context.add_cookies(
        [{"name": each.key, "value": each.value, "url": home} for each in cookies.values()]
    )
    page = context.new_page()
    found: list[object] = []
    for i, address in enumerate(addresses(town)):
        page.goto(f"{home}{address}")
        found += faults(page)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{i}-{language}.png", full_page=True)
        if page.query_selector("form.sheet .lead") and "settings" not in address:
            page.click("form.sheet button.lead")
            page.wait_for_selector(".problems, .results")
            found += faults(page)
    context.close()
    assert found == [], "\n".join(map(str, found))
