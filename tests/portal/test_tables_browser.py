"""The lists of companies, people and mails in a browser, narrow and wide, with long names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.portal.shared.addresses import account_address
from tenure.services import accounts, catalogue, memberships
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import OutboxMail
from tests.looks import faults
from tests.portal.conftest import Town, person, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("TENURE_PICTURES", "")
"""A folder for pictures of the pages; none where it is empty."""

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" + "x" * 30


@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("fr", 320),
        pytest.param("en", 1280, marks=pytest.mark.long),
        pytest.param("en", 320, marks=pytest.mark.long),
        pytest.param("fr", 1280, marks=pytest.mark.long),
    ],
)
def test_lists_fit_and_axe_finds_nothing(
    browser: Browser,
    live_server: LiveServer,
    transactional_db: None,
    clock: SetClock,
    language: str,
    width: int,
) -> None:
    """Whole, searched, sorted, found empty and asked wrongly."""
    catalogue.ensure_default()
    town = Town(clock)
    olga = person("olga@operator.test", language=language, is_operator=True)
    account = accounts.open_msp(LONG, olga, clock=clock)
    company = town.put("grace", LONG)
    company.account = account
    company.reference = "R" * 60
    company.save()
    scope = ScopeRights(company.id, None, "none", "write")
    for i in range(60):
        who = person(f"{'p' * 50}{i}@example.org")
        memberships.add(account, who, Rights("read", "none", (scope,)), clock=clock)
        OutboxMail.objects.create(
            company=company,
            message_id=f"<{i}@test>",
            recipient=who.email,
            subject=f"{LONG} {i}",
            language="fr",
            source="",
            handed_over_at=clock.now(),
        )
    home = f"http://localhost:{live_server.thread.port}"
    session = signed_in(olga).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(locale=language, viewport={"width": width, "height": 800})
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": home}],
    )
    page = context.new_page()
    people = account_address(account.id, "people")
    addresses = [
        *("/", "/operator/?sort=-name&q=dam", "/?q=nobody"),
        *(people, f"{people}?sort=-since&q=p5", f"{people}?q=nobody"),
        *("/outbox/", "/outbox/?sort=at&address=p5", "/outbox/?subject=nobody", "/outbox/?since=x"),
    ]
    found: list[object] = []
    for i, address in enumerate(addresses):
        page.goto(f"{home}{address}")
        found += faults(page)
        if PICTURES:
            name = f"tables-{language}-{width}-{i}.png"
            page.screenshot(path=Path(PICTURES) / name, full_page=i not in (3, 6))
    context.close()
    assert found == [], "\n".join(map(str, found))
