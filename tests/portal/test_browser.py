"""The pages in a real browser: accessible, on any screen, and moving when the clock moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.portal.shared.addresses import account_address
from tenure.services import pools
from tenure.store.models import Company, Notice, OutboxMail
from tests.looks import faults, too_wide
from tests.portal.conftest import Town, reverse, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    from tenure.services import catalogue

    catalogue.ensure_default()
    return Town(clock)


def at_home(live_server: LiveServer, path: str) -> str:
    return f"http://localhost:{live_server.thread.port}{path}"


def addresses(town: Town) -> list[str]:
    """Give a page of each kind."""
    garage = town.put("active", "Garage Lenoir")
    pools.create(garage.id, "y" * 150, clock=town.clock, who="test")
    town.put("short", "Pharmacie Ostermann")
    town.put("suspended", "x" * 150)
    company = town.put("grace")
    short = Company.objects.get(name="Pharmacie Ostermann")
    notice = Notice.objects.filter(company=company).latest("at")
    mail = OutboxMail.objects.first()
    assert mail
    pages = ("company", "members", "licences", "notices", "history", "add-licence", "close")
    return [
        reverse("companies"),
        *(reverse(name, args=[company.id]) for name in pages),
        reverse("company", args=[short.id]),
        reverse("history", args=[garage.id]),
        reverse("whatif", args=[company.id]) + "?do=resize",
        reverse("whatif", args=[short.id]) + "?change=close,at=2026-02-01&change=dance",
        reverse("whatif", args=[short.id]) + "?change=close&change=reopen,at=2026-02-01",
        reverse("notice", args=[company.id, notice.id]),
        reverse("outbox"),
        reverse("mail", args=[mail.id]),
        reverse("mail", args=[mail.id]) + "?as=telephone",
        reverse("mail", args=[mail.id]) + "?as=text",
        "/",
        reverse("profile"),
        "/styleguide",
        "/nothing-here/",
    ]


HALVES = [
    ("light", "en-GB", slice(0, None, 2)),
    ("dark", "fr-FR", slice(1, None, 2)),
    *(
        pytest.param(*look, slice(None), marks=pytest.mark.long)
        for look in (("light", "en-GB"), ("dark", "fr-FR"))
    ),
]
"""Each page is looked at in one way; in both only where there is time."""


@pytest.mark.parametrize(("scheme", "language", "some"), HALVES)
def test_axe_finds_nothing(
    browser: Browser, live_server: LiveServer, town: Town, scheme: str, language: str, some: slice
) -> None:
    """No page, form or refused form has a fault that axe can find: contrast, names, order."""
    found = []
    context = browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        locale=language,
    )
    sign_in(context, live_server, language[:2])
    page = context.new_page()
    for address in addresses(town)[some]:
        page.goto(at_home(live_server, address))
        found += faults(page)
        if page.query_selector("form.sheet") and address != reverse("profile"):
            page.click("form.sheet button.lead")
            page.wait_for_selector(".problems")
            found += faults(page)
    context.close()
    assert found == []


def test_what_is_printed_is_light_and_whole(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    """On A4 every column is there, dark on light, and nothing is wider than the paper."""
    context = browser.new_context(
        viewport={"width": 718, "height": 1000}, color_scheme="dark", locale="fr-FR"
    )
    sign_in(context, live_server, "fr")
    page = context.new_page()
    page.emulate_media(media="print")
    for address in addresses(town):
        page.goto(at_home(live_server, address))
        hidden = page.eval_on_selector_all(
            "th:not(:has(.unseen)):not(details *)",
            "all => all.filter(e => !e.offsetWidth).map(e => e.innerText)",
        )
        assert hidden == [], address
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 718, address
    context.close()


@pytest.mark.parametrize("language", ["fr-FR", pytest.param("en-GB", marks=pytest.mark.long)])
def test_nothing_scrolls_sideways_on_a_telephone(
    browser: Browser, live_server: LiveServer, town: Town, language: str
) -> None:
    """At 360 pixels every page fits, with long names and in both languages."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=language)
    sign_in(context, live_server, language[:2])
    page = context.new_page()
    wide = []
    for address in addresses(town):
        page.goto(at_home(live_server, address))
        wide += too_wide(page)
    context.close()
    assert wide == []


def test_a_mail_fits_its_frame_and_its_link_leads_on(
    browser: Browser, live_server: LiveServer, town: Town, settings: Settings
) -> None:
    """At 320 pixels nothing scrolls sideways, nothing is refused; the link opens a window."""
    settings.PUBLIC_URL = at_home(live_server, "")
    company = town.put("grace")
    mail = OutboxMail.objects.filter(company=company).latest("handed_over_at")
    context = browser.new_context(viewport={"width": 320, "height": 700})
    sign_in(context, live_server)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(at_home(live_server, reverse("mail", args=[mail.id])))
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.evaluate("document.documentElement.scrollWidth") == 320
    with context.expect_page() as window:
        frame.click("a.button")
    window.value.wait_for_load_state()
    there = account_address(company.account_id, "company", company.id)
    assert window.value.url == at_home(live_server, there)
    assert said == []
    page.goto(at_home(live_server, reverse("letter", args=[mail.id])))
    assert page.title() == mail.subject
    context.close()


@pytest.fixture
def page_with_console(page: Page) -> Iterator[tuple[Page, list[str]]]:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said


def test_the_page_follows_the_clock(
    page_with_console: tuple[Page, list[str]], live_server: LiveServer, town: Town
) -> None:
    """One button: the clock goes, the page shows that, and then the new phase by itself."""
    page, said = page_with_console
    sign_in(page.context, live_server)
    company = town.put("grace")
    page.goto(at_home(live_server, reverse("company", args=[company.id])))
    page.click("text=+ 30 days")
    page.wait_for_selector(".clock.moving")
    assert "on its way to" in page.inner_text(".clock")
    worker = threading.Thread(target=_work, args=[town])
    worker.start()
    page.wait_for_selector(".clock:not(.moving)")
    worker.join()
    assert "has been suspended for Boulangerie Martin" in page.inner_text("#state")
    assert said == [], "nothing that the policy forbids, and no error"


def _work(town: Town) -> None:
    try:
        town.work()
    finally:
        connections.close_all()
