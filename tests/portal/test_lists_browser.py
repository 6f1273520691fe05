"""Lists with filters in a browser: on a narrow telephone, full of long names, and found wanting."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.services import catalogue
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence, add
from tenure.store.models import Company, Delivery, Fact, Notice, Product, RenewalRequest
from tests.looks import faults
from tests.portal.conftest import Town, person, reverse, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


def at_home(live_server: LiveServer, path: str) -> str:
    return f"http://localhost:{live_server.thread.port}{path}"


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" + "x" * 30


def full(town: Town) -> Company:
    """Give a company of which each list has more than a page, with names as long as may be."""
    company = town.company(LONG, sites=(LONG, "Paris"))
    now = town.now(company)
    new = NewLicence(COS, 1_000_000, now, now + 9_000_000, label=LONG)
    licence = add(company.id, new, clock=town.clock, who="test")
    doer = person(f"{'a' * 60}@example.org")
    company.refresh_from_db()
    first = company.last_seq + 1
    Fact.objects.bulk_create(
        Fact(
            company=company,
            seq=first + i,
            at=now,
            who=f"person:{doer.id}",
            kind=("licence.suspended", "licence.resumed")[i % 2],
            data={"licence": str(licence.id)},
        )
        for i in range(60)
    )
    Company.objects.filter(pk=company.pk).update(last_seq=first + 59)
    for i in range(60):
        notice = Notice.objects.create(
            company=company,
            service=COS,
            instance=1,
            token=1000 + i,
            kind="pool_short",
            subject=str(company.pools.get(name="Paris").id if i else ""),
            period=f"test-{i}",
            reference=f"N-{i:03}",
            state=Notice.State.ISSUED,
            at=now + i,
            deadline_at=now + 9_000_000,
        )
        Delivery.objects.create(
            company=company,
            notice_id=notice.id,
            is_deadline=True,
            counts=True,
            role="owner",
            address=f"{'b' * 60}@example.org",
            address_hmac="b",
            language="fr",
            time_zone="UTC",
            message_id=f"m-{i}",
            state="refused",
        )
    RenewalRequest.objects.bulk_create(
        RenewalRequest(
            company=company,
            product=Product.objects.get(key=COS),
            licence_id=licence.id,
            units=1_000_000,
            text=LONG,
            answer=LONG if i % 2 else "",
            state=("open", "declined")[i % 2],
            asked_at=now + i,
            asked_by=doer,
            answered_by=doer if i % 2 else None,
            answered_at=now + i if i % 2 else None,
        )
        for i in range(60)
    )
    return company


@pytest.mark.parametrize(
    ("scheme", "language"),
    [("dark", "fr"), pytest.param("light", "en", marks=pytest.mark.long)],
)
def test_lists_with_filters_fit_on_a_narrow_telephone(
    browser: Browser, live_server: LiveServer, town: Town, scheme: str, language: str
) -> None:
    """Full, empty and wrongly asked, at 320 pixels: nothing is wider, and axe finds nothing."""
    company = full(town)
    context = browser.new_context(
        viewport={"width": 320, "height": 700},
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
    )
    sign_in(context, live_server, language)
    page = context.new_page()
    found = []
    for name, args, queries in (
        ("history", [company.id], ("", "?subject=deletion", "?since=x&until=y")),
        ("notices", [company.id], ("", "?subject=deletion", "?since=x&until=y")),
        ("requests", [], ("", "?q=nobody", f"?q={LONG}")),
        ("renewal", [company.id], ("", "?state=taken")),
    ):
        for query in queries:
            page.goto(at_home(live_server, reverse(name, args) + query))
            found += faults(page)
    assert found == []
    context.close()


def test_a_filter_is_set_with_the_keyboard_alone(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    """From field to field by Tab, sent by Enter; the list is in sight, a wrong field led to."""
    company = full(town)
    context = browser.new_context(viewport={"width": 1000, "height": 500})
    sign_in(context, live_server, "en")
    page = context.new_page()
    page.goto(at_home(live_server, reverse("history", [company.id])))
    page.focus("select[name=subject]")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("donau")
    page.keyboard.press("Enter")
    page.wait_for_url("**about=donau**")
    assert page.url.endswith("#done")
    assert "62 entries of 63" in page.inner_text("#done ~ .count")
    page.goto(at_home(live_server, reverse("history", [company.id])) + "?since=x")
    field = page.locator("input[name=since]")
    described = field.get_attribute("aria-describedby") or ""
    assert "not a day" in page.inner_text(f"#{described}")
    page.click(".problems a")
    assert page.evaluate("document.activeElement.name") == "since"
    context.close()
