"""The Console in a real browser: accessible, on narrow screens, in both languages, by keyboard."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.services import (
    acts,
    archives,
    catalogue,
    identities,
    instances,
    members,
    protection,
)
from tenure.services.catalogue import COS
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.store.models import Act, Archive, Company, Member, Pool, Source
from tests.looks import faults
from tests.portal.conftest import WHO, Town, person, reverse, sign_in
from tests.portal.console.test_members import group, seated

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]


@pytest.fixture
def town(transactional_db: None, clock: SetClock) -> Town:
    catalogue.ensure_default()
    return Town(clock)


def populated(town: Town) -> tuple[Company, list[UUID], UUID]:
    """Give a company with sites, rules, an exclusion, people who wait, and one who is not clear."""
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    town.licence(company, 6, 60, pool=lyon.id)
    town.licence(company, 2, 20, pool=paris.id)
    people = town.people(company, 11)
    Member.objects.filter(id__in=people[:2]).update(seen_at=town.clock.now())
    by: dict[str, Any] = {"clock": town.clock, "who": WHO}
    members.set_home(company.id, people[7:11], paris.id, **by)
    protection.want(company.id, COS, people[:2], **by)
    sales = group(town, company, "Sales", people[2:9])
    night = group(town, company, "Night shift", people[5:11])
    for target in (sales, night):
        protection.add_rule(company.id, COS, "group", target, **by)
    protection.exclude(company.id, COS, "member", people[3:4], **by)
    source = Source.objects.create(company=company, name="Entra ID", kind="scim")
    both = ["u00000@martin.test", "u00001@martin.test"]
    with writing(company.id, town.clock, WHO) as ledger:
        identities.append_added(ledger, source, Said("u00000@martin.test", addresses=both))
    return company, people, sales


def addresses(town: Town) -> list[str]:
    company, people, sales = populated(town)
    shut = town.put("suspended", "Garage Lenoir")
    paris = Pool.objects.get(company=company, name="Paris").id
    plain = ("groups", "rules", "add", "file", "clashes", "unseen", "tokens")
    return [
        reverse("console", args=[company.id]),
        *(reverse(f"console-{name}", args=[company.id]) for name in plain),
        reverse("console-licences", args=[company.id]) + "?all=1",
        reverse("console-member", args=[company.id, people[4]]),
        reverse("console-remove", args=[company.id, people[4]]),
        reverse("console-group", args=[company.id, sales]) + "?q=u0000",
        reverse("site-console", args=[company.id, paris]),
        reverse("console", args=[shut.id]),
        packed(shut),
        *(
            reverse("console-progress", args=[company.id, act])
            for act in done_to_many(town, company)
        ),
    ]


def done_to_many(town: Town, company: Company) -> list[UUID]:
    """Give an act on its way and one that is over."""
    ids = list(Member.objects.filter(company=company).values_list("id", flat=True))
    by: dict[str, Any] = {"by": None, "clock": town.clock, "who": WHO}
    found = [acts.ask(company.id, COS, what, ids, **by).id for what in ("protect", "leave")]
    mine = Act.objects.filter(company=company)
    outcome = {"done": 11_000, "waits": 1000, "gone": 345}
    mine.filter(id=found[0]).update(
        state=Act.State.STOPPED, reason="by_person", done=12_345, total=23_456, outcome=outcome
    )
    mine.filter(id=found[1]).update(state=Act.State.RUNNING, done=3, total=8, outcome={"done": 3})
    return found


def packed(company: Company) -> str:
    """Give the page of archives: one that is there, one that failed, one that is being built."""
    anne = person("anne@example.org")
    ask: dict[str, Any] = {"by": anne, "link": "https://example.org/"}
    archives.ask(company.id, COS, **ask)
    while (waiting := archives.next_to_build()) is not None:
        archives.build(*waiting)
    failed, built = archives.ask(company.id, COS, **ask), Archive.objects.filter(company=company)
    built.filter(id=failed.id).update(state=Archive.State.FAILED)
    last = archives.ask(company.id, COS, **ask)
    built.filter(id=last.id).update(state=Archive.State.BUILDING, done=12_345, total=23_456)
    assert built.count() == 3
    return reverse("archives", args=[company.id])


@pytest.mark.parametrize(
    ("scheme", "language", "width"),
    [
        ("dark", "fr-FR", 360),
        pytest.param("light", "en-GB", 1280, marks=pytest.mark.long),
        pytest.param("dark", "fr-FR", 1280, marks=pytest.mark.long),
        pytest.param("light", "fr-FR", 360, marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, live_server: LiveServer, town: Town, scheme: str, language: str, width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        locale=language,
        viewport={"width": width, "height": 900},
    )
    sign_in(context, live_server, language[:2])
    page = context.new_page()
    found = []
    pages = addresses(town)
    for address in pages:
        page.goto(at(live_server, address))
        found += faults(page)
    page.goto(at(live_server, pages[2]))
    page.select_option("#for", index=1)
    page.click("button[value=add]")
    page.wait_for_selector(".preview")
    found += faults(page)
    page.goto(at(live_server, pages[0]))
    page.check("tbody tr:nth-child(3) input[type=checkbox]")
    page.click("button[value=unprotect]")
    page.wait_for_selector(".preview")
    found += faults(page)
    page.goto(at(live_server, pages[3]))
    page.click("form.sheet button.lead")
    page.wait_for_selector(".problems")
    found += faults(page)
    context.close()
    assert found == []


def at(live_server: LiveServer, path: str) -> str:
    return f"http://localhost:{live_server.thread.port}{path}"


def test_a_member_is_protected_with_the_keyboard_alone(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    company = town.company()
    town.licence(company, 2, 60)
    town.people(company, 2)
    context = browser.new_context(locale="en-GB")
    sign_in(context, live_server)
    page = context.new_page()
    page.goto(at(live_server, reverse("console", args=[company.id])))
    page.focus("tbody tr:first-child input[type=checkbox]")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.value") == "protect":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".result")
    assert seated(company) == {"u00000@martin.test"}
    context.close()


def under_way(town: Town) -> tuple[Company, str]:
    """Give a company to which something is being done, and the address of its page."""
    company = town.company()
    town.licence(company, 2, 60)
    people = town.people(company, 3)
    act = acts.ask(company.id, COS, "protect", people, by=None, clock=town.clock, who=WHO)
    return company, reverse("console-progress", args=[company.id, act.id])


def test_who_stands_on_a_button_stands_there_still_when_the_page_has_looked_again(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    """It looks every second; who goes by keyboard would have no time to reach the end of it."""
    _, address = under_way(town)
    context = browser.new_context(locale="en-GB")
    sign_in(context, live_server)
    page = context.new_page()
    page.goto(at(live_server, address))
    for which in ("#act button", "#act a"):
        page.locator(which).last.focus()
        page.evaluate("document.getElementById('act').dataset.seen = 'yes'")
        page.wait_for_selector("#act:not([data-seen])")
        assert page.evaluate("which => document.activeElement.matches(which)", which)
    page.locator("#stop").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".result")
    assert Act.objects.get().reason == "by_person"
    context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_the_page_of_an_act_says_that_the_service_was_shut_meanwhile(
    browser: Browser, live_server: LiveServer, town: Town, has_script: bool
) -> None:
    company, address = under_way(town)
    context = browser.new_context(locale="en-GB", java_script_enabled=has_script)
    sign_in(context, live_server)
    page = context.new_page()
    page.goto(at(live_server, address))
    assert page.locator("#act").count() == 1
    instances.close(company.id, clock=town.clock, who=WHO)
    page.wait_for_selector("#act", state="detached")
    page.wait_for_load_state()
    assert "suspended" in page.inner_text("main")
    context.close()


def test_a_page_of_the_console_follows_the_clock_also_where_it_is_shut(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    company = town.put("grace")
    context = browser.new_context(locale="en-GB")
    sign_in(context, live_server)
    page = context.new_page()
    page.goto(at(live_server, reverse("console", args=[company.id])))
    page.click("text=+ 30 days")
    page.wait_for_selector(".clock.moving")
    worker = threading.Thread(target=_work, args=[town])
    worker.start()
    page.wait_for_selector(".clock:not(.moving)")
    worker.join()
    assert "suspended" in page.inner_text("main")
    context.close()


def _work(town: Town) -> None:
    try:
        town.work()
    finally:
        connections.close_all()
