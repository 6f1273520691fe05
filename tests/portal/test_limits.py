"""What accounts, and the operator portal, ask of a session: its age, its rest, its second factor.

Time passes for the sessions alone, by a clock that the tests move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows import login, reauthentication
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.clock import SetClock, WallClock
from tenure.portal.identity import sessions
from tenure.portal.shared import limits
from tenure.portal.shared.addresses import account_address, hub_address, operator_address
from tenure.services import accounts, companies
from tenure.store.models import Account, Company, Person
from tests.people import READ, Cast, person
from tests.portal.conftest import HERE, signed_in
from tests.portal.identity.conftest import PASSWORD, code

MINUTE, HOUR = 60, 3600


@dataclass
class Town:
    """Anne at an account of her own, in a browser, and the time of sessions."""

    cast: Cast
    clock: SetClock
    browser: Client = field(default_factory=lambda: Client(headers=HERE))

    def __post_init__(self) -> None:
        self.cast.anne.set_password(PASSWORD)
        self.cast.anne.save()
        self.browser.force_login(self.cast.anne)

    def rules(self, account: Account | None = None, **values: Any) -> None:
        Account.objects.filter(pk=(account or self.cast.account).pk).update(**values)

    def rest(self, seconds: int) -> None:
        self.clock.move_to(self.clock.now() + seconds)

    def work(self, hours: float, address: str = "/me/profile/") -> None:
        """Open a page every ten minutes, for so many hours."""
        for _ in range(int(hours * 6)):
            self.rest(10 * MINUTE)
            assert self.browser.get(address).status_code == 200

    def prove(self) -> None:
        done = self.browser.post("/me/reauthenticate/", {"password": PASSWORD})
        assert done.status_code == 302

    @property
    def inside(self) -> str:
        return account_address(self.cast.account.id)

    def status(self, address: str | None = None) -> int:
        return self.browser.get(address or self.inside).status_code


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Town:
    settings.DEMO = False
    clock = SetClock(WallClock().now())
    monkeypatch.setattr(limits, "CLOCK", clock)
    monkeypatch.setattr(sessions, "WallClock", lambda: clock)
    for module in (login, reauthentication):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=clock.now))
    return Town(Cast(), clock)


def test_a_session_that_rested_too_long_is_asked_who_is_there_and_goes_on(town: Town) -> None:
    """Nothing is done meanwhile, by no form either; the page leads back to where one was going."""
    town.rules(idle_minutes=30)
    town.rest(30 * MINUTE)
    assert town.status() == 200
    town.rest(31 * MINUTE)
    page = town.browser.get(town.inside)
    assert page.status_code == 403
    assert f"/me/reauthenticate/?next={town.inside.replace('/', '%2F')}" in page.content.decode()
    assert "Boulangerie Martin" not in page.content.decode()
    assert town.browser.post(f"{town.inside}people/leave/", {}).status_code == 403
    town.prove()
    assert town.status() == 200


def test_pages_that_no_account_guards_do_not_make_a_session_fresh_again(town: Town) -> None:
    """Whoever finds a browser open opens a harmless page first."""
    town.rules(idle_minutes=30)
    town.rest(31 * MINUTE)
    assert town.status("/me/profile/") == 200
    assert town.status() == 403


def test_a_session_that_began_too_long_ago_is_asked_however_busy_it_was(town: Town) -> None:
    """A proof of who is there begins it anew."""
    town.rules(session_hours=2)
    town.work(2)
    assert town.status() == 200
    town.rest(MINUTE)
    assert town.status() == 403
    town.prove()
    town.work(2)
    assert town.status() == 200


def test_an_account_that_asks_for_two_factors_lets_in_who_gave_the_second(town: Town) -> None:
    """The password again is not enough; who has no second factor is led to where one is made."""
    town.rules(two_factors=True)
    page = town.browser.get(town.inside)
    assert page.status_code == 403
    assert 'href="/me/2fa/"' in page.content.decode()
    town.prove()
    assert town.status() == 403
    secret = town.browser.get("/me/2fa/totp/activate/").context["form"].secret
    town.browser.post("/me/2fa/totp/activate/", {"code": code(secret)})
    page = town.browser.get(town.inside)
    assert page.status_code == 403
    assert "/me/2fa/reauthenticate/?next=" in page.content.decode()
    town.browser.post("/me/2fa/reauthenticate/", {"code": code(secret, 1)})
    assert town.status() == 200


def test_what_one_account_asks_holds_in_no_other(town: Town) -> None:
    other = accounts.open_business("Anne alone", town.cast.anne, clock=town.cast.clock, who="test")
    town.rules(two_factors=True, idle_minutes=5)
    town.rest(6 * MINUTE)
    assert town.status() == 403
    assert town.browser.get(account_address(other.id), follow=True).status_code == 200


def below(town: Town, account: Account, name: str) -> tuple[Account, Company]:
    """An account below another one, with a company."""
    found = Account.objects.create(
        kind=Account.Kind.MSP, name=name, parent=account, created_at=town.cast.clock.now()
    )
    company = companies.create(
        name=f"Firm of {name}", clock=town.cast.clock, who="test", account=found
    )
    return found, company


def test_the_strictest_on_the_way_to_a_company_holds(town: Town) -> None:
    """Of the account that lets one in, the company's own, and each between; by each address."""
    middle, _ = below(town, town.cast.account, "Middle")
    deep, company = below(town, middle, "Deep")
    ways = [account_address(each.id, "company", company.id) for each in (town.cast.account, deep)]
    assert [town.status(way) for way in ways] == [200, 200]
    town.rest(10 * MINUTE)
    for strict in (town.cast.account, middle, deep):
        town.rules(strict, idle_minutes=5)
        if strict != middle:
            assert [town.status(way) for way in ways] == [403, 403], strict.name
        else:
            assert town.status(ways[0]) == 403
        town.rules(strict, idle_minutes=60)
    assert [town.status(way) for way in ways] == [200, 200]


def test_the_rules_of_an_account_far_above_are_not_those_of_its_customers(town: Town) -> None:
    """Who was let in by the customer's account alone is asked what that one asks."""
    deep, company = below(town, town.cast.account, "Deep")
    zoe = person("zoe")
    accounts.memberships.add(deep, zoe, READ, clock=town.cast.clock)
    town.rules(two_factors=True)
    there = account_address(deep.id, "company", company.id)
    assert signed_in(zoe).get(there).status_code == 200
    assert town.status(there) == 403
    assert "Firm of Deep" in signed_in(zoe).get("/", follow=True).content.decode()


def test_the_hub_leaves_out_what_an_account_does_not_open(town: Town) -> None:
    """Else its list would tell what the account guards."""
    middle, _ = below(town, town.cast.account, "Middle")
    other = accounts.open_msp("Other", town.cast.anne, clock=town.cast.clock)
    companies.create(name="Open Firm", clock=town.cast.clock, who="test", account=other)
    page = town.browser.get("/").content.decode()
    assert "Firm of Middle" in page
    assert "left out" not in page
    town.rules(middle, two_factors=True)
    page = town.browser.get("/").content.decode()
    assert "Firm of Middle" not in page
    assert "Boulangerie Martin" in page
    assert "left out" in page
    town.rules(idle_minutes=5)
    town.rest(6 * MINUTE)
    page = town.browser.get("/").content.decode()
    assert "Boulangerie Martin" not in page
    assert "Open Firm" in page


@dataclass
class Operator:
    town: Town
    browser: Client

    def statuses(self) -> list[int]:
        """What an operator gets where they see more than others, and at their own profile."""
        there = (
            operator_address(),
            operator_address("company", self.town.cast.martin.id),
            account_address(self.town.cast.account.id),
            "/",
            hub_address("outbox"),
            "/me/profile/",
        )
        return [self.browser.get(each).status_code for each in there]


@pytest.fixture
def olga(town: Town) -> Operator:
    return Operator(town, signed_in(person("olga", is_operator=True)))


OPEN = [200] * 6
SHUT = [403] * 5 + [200]


@pytest.mark.parametrize(
    ("setting", "value", "seconds"),
    [("OPERATOR_IDLE_MINUTES", 10, 11 * MINUTE), ("OPERATOR_SESSION_HOURS", 2, 3 * HOUR)],
)
def test_operators_are_asked_again_by_the_settings_of_the_installation(
    olga: Operator, settings: Settings, setting: str, value: int, seconds: int
) -> None:
    """Wherever they see more than others; their own pages stay open, to prove who they are."""
    settings.OPERATOR_IDLE_MINUTES = settings.OPERATOR_SESSION_HOURS = 1000
    assert olga.statuses() == OPEN
    olga.town.rest(seconds)
    assert olga.statuses() == OPEN
    setattr(settings, setting, value)
    assert olga.statuses() == SHUT


def test_operators_sign_in_with_two_factors_where_the_settings_say_so(
    olga: Operator, settings: Settings
) -> None:
    assert olga.statuses() == OPEN
    settings.OPERATOR_TWO_FACTORS = True
    assert olga.statuses() == SHUT
    page = olga.browser.get(operator_address()).content.decode()
    assert "operator portal" in page


def test_by_default_an_operator_is_asked_after_an_hour_of_rest_and_twelve_of_work(
    olga: Operator,
) -> None:
    olga.town.rest(61 * MINUTE)
    assert olga.browser.get(operator_address()).status_code == 403
    Person.objects.filter(email="olga@example.org").update(is_operator=False)
    assert olga.browser.get("/").status_code == 200
