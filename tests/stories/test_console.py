"""The Console in a browser without scripts: from a table of people to the last rule restored."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tenure.clock import SetClock
from tenure.services import catalogue
from tenure.store.models import Claim, Company, Exclusion, Rule, Seat
from tests.portal.conftest import Town, reverse, sign_in

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


class Visit:
    """Somebody at the Console of a company, in a browser that runs no script."""

    def __init__(self, page: Page, live_server: LiveServer, company: Company) -> None:
        self.page = page
        self.company = company
        self._here = f"http://localhost:{live_server.thread.port}"

    def go(self, name: str, query: str = "") -> int:
        answer = self.page.goto(f"{self._here}{reverse(name, args=[self.company.id])}{query}")
        assert answer is not None
        return answer.status

    def says(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def bring(self, table: str) -> None:
        self.go("console-file")
        file = FilePayload(name="people.csv", mimeType="text/csv", buffer=table.encode())
        self.page.set_input_files("#table", file)
        self.page.click("text=Look at it")

    def leave_out(self, user: str) -> None:
        self.go("console-rules")
        self.page.fill("#user", user)
        self.page.click("text=Leave out…")
        self.page.click("text=Do it")

    def users(self) -> set[str]:
        return {text.strip() for text in self.page.locator("tbody td .main").all_inner_texts()}


def kept(company: Company) -> tuple[list[tuple[object, ...]], ...]:
    """Everything that a suspension must bring back as it was."""
    return (
        list(
            Seat.objects.filter(company=company, closed_seq__isnull=True)
            .order_by("opened_seq", "place")
            .values_list("member_id", "pool_id", "rule_id", "protected_at")
        ),
        list(Rule.objects.filter(company=company).order_by("place").values_list("id", "place")),
        list(Exclusion.objects.filter(company=company).order_by("id").values_list("target_id")),
    )


def test_from_a_table_of_people_through_suspension_to_the_last_rule_restored(
    browser: Browser, live_server: LiveServer, town: Town
) -> None:
    """A group is protected with two left out, units run short, all of it lives through the end."""
    company = town.company()
    town.licence(company, 20, 60)
    town.work()
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    sign_in(context, live_server)
    visit = Visit(context.new_page(), live_server, company)

    visit.bring("user,group\n" + "".join(f"p{i:02}@martin.test,Staff\n" for i in range(25)))
    visit.says("New: 25. Changed: 0. As they are: 0. Nothing is done yet.")
    visit.page.click("text=Do it")
    visit.says("25 members added")

    visit.leave_out("p00@martin.test")
    visit.leave_out("p01@martin.test")
    visit.page.select_option("#for", label="Staff")
    visit.page.click("text=Look at what it brings…")
    visit.says("20 members would be protected", "3 members would wait: the units do not suffice")
    visit.page.click("text=Do it")
    visit.says("The rule holds.")

    visit.page.click("text=Who waits")
    assert len(visit.users()) == 3
    visit.says("Waits for a free unit since", "By the rule for the group Staff.")
    visit.go("console", "?show=unprotected")
    assert visit.users() == {"p00@martin.test", "p01@martin.test"}
    visit.says("Excluded from the rules.")
    before = kept(company)
    assert len(before[0]) == 20

    town.pass_days(company, 61)
    assert visit.go("console", "?show=warning") == 200
    assert len(visit.users()) == 20

    town.pass_days(company, 15)
    assert visit.go("console") == 423
    visit.says(
        "The Console is shut, and everything is kept",
        "Everything is kept at least until Wednesday 15 April 2026",
        "a new licence brings everything back as it was",
    )
    assert visit.go("console-rules") == 423
    visit.page.click("footer button[value=fr]")
    assert visit.go("console") == 423
    visit.says("La Console est fermée, et tout est conservé", "mercredi 15 avril 2026")
    visit.page.click("footer button[value=en]")
    assert kept(company) == before

    town.licence(company, 20, 60)
    town.work()
    assert visit.go("console") == 200
    assert kept(company) == before, "seats in their order, the rule, and those left out"
    assert Claim.objects.filter(company=company).count() == 3
    town.licence(company, 3, 60)
    visit.go("console", "?show=auto_protected")
    assert len(visit.users()) == 23
    context.close()
