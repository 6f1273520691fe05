"""What can be done on a company's pages in demo mode, and moving its clock."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.core.policy import DAY
from tenure.portal.shared.addresses import account_address
from tenure.services import licences, protection, standings
from tenure.services.licences import NewLicence
from tenure.services.standings import Standing
from tenure.store.models import (
    Company,
    Fact,
    Licence,
    Member,
    Membership,
    Product,
    Seat,
    Service,
)
from tests.portal.conftest import Town, person, reverse, signed_in
from tests.portal.test_pages import text_of


def post(client: Client, name: str, company: Company, *more: object, **data: object) -> str:
    """Send a form that repeats its company; give what the next page says."""
    values = {"company": str(company.id), "service": "cos", **data}
    answer = client.post(reverse(name, args=[company.id, *more]), values, follow=True)
    return text_of(answer.content.decode())


def standing(town: Town, company: Company) -> Standing:
    return standings.of_company(company.id, town.clock)


@pytest.fixture
def grace(town: Town, demo: None) -> Company:
    return town.put("grace")


def test_a_licence_restores_a_company(client: Client, town: Town, grace: Company) -> None:
    """Adding a licence says what was added, and the company is active at once."""
    said = post(
        client, "add-licence", grace, product="cos", units=5, kind="full", until="2027-01-31"
    )
    assert "A licence of 5 units until Sunday 31 January 2027 was added." in said
    assert standing(town, grace).life.phase == "active"
    assert Licence.objects.filter(company=grace).count() == 2


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"units": ""}, "Say how many units the licence has."),
        ({"units": "many"}, "Write a whole number, such as 20."),
        ({"units": "0"}, "A licence has at least 1 unit."),
        ({"until": ""}, "Choose the last day that the licence covers."),
        ({"until": "tomorrow"}, "This is not a day."),
        ({"until": "2026-01-31"}, "This day is over."),
        ({"until": "9999-12-31"}, "Choose a day before the year 2200."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    client: Client, town: Town, grace: Company, changed: dict[str, str], complaint: str
) -> None:
    """The error stands on top and beside its field, the other field keeps what was typed."""
    values = {"product": "cos", "units": "17", "kind": "nfr", "until": "2027-01-31"}
    values |= {"company": str(grace.id), **changed}
    before = Fact.objects.count()
    answer = client.post(reverse("add-licence", args=[grace.id]), values)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert text_of(body).count(complaint) == 2
    kept = {"17", "2027-01-31"} & set(values.values())
    assert all(f'value="{each}"' in body for each in kept)
    assert '<option value="nfr" selected>' in body
    assert Fact.objects.count() == before


def test_a_renewal_must_be_later(client: Client, town: Town, grace: Company) -> None:
    """A later end restores; an end that is not later is refused beside the field."""
    licence = Licence.objects.get(company=grace)
    assert "This day is over." not in post(client, "renew", grace, licence.id, until="2026-02-10")
    assert standing(town, grace).life.phase == "grace"
    said = post(client, "renew", grace, licence.id, until="2026-12-31")
    assert "The licence now ends on Thursday 31 December 2026." in said
    assert standing(town, grace).life.phase == "active"


def test_members_are_protected_and_unprotected_one_by_one(
    client: Client, town: Town, demo: None
) -> None:
    """A button protects its member; where no unit is free it is refused and said."""
    company = town.put("active")  # five units, four seats, six members
    without = list(Member.objects.filter(company=company).order_by("user")[4:])
    here = reverse("members", args=[company.id])
    assert "Person 4 is protected." in post(
        client, "protect", company, protect=without[0].id, next=here
    )
    said = post(client, "protect", company, protect=without[1].id, next=here)
    assert "no unit is free here" in said
    said = post(client, "protect", company, unprotect=without[0].id, next=here)
    assert "Person 4 is no longer protected" in said
    said = post(client, "protect", company, protect=without[1].id, next=here)
    assert "Person 5 is protected." in said
    assert Seat.objects.filter(company=company, closed_seq=None).count() == 5


def test_closing_says_what_is_lost_and_reopening_brings_it_back(
    client: Client, town: Town, demo: None
) -> None:
    """The page before closing counts who loses protection; both are done by posts only."""
    company = town.put("active")
    before = text_of(client.get(reverse("close", args=[company.id])).content.decode())
    assert "4 users lose protection" in before
    assert standing(town, company).life.phase == "active"
    said = post(client, "close", company)
    assert "who would lose protection has changed meanwhile" in said, "nobody agreed to a number"
    assert standing(town, company).life.phase == "active"
    assert "Boulangerie Martin is closed." in post(client, "close", company, sure="4/4")
    assert standing(town, company).life.phase == "suspended"
    assert "Boulangerie Martin is open again." in post(client, "reopen", company)
    assert standing(town, company).protected == 4


def test_closing_is_asked_again_where_more_would_lose_protection_than_was_shown(
    client: Client, town: Town, demo: None
) -> None:
    company = town.put("active")
    page = client.get(reverse("close", args=[company.id])).content.decode()
    assert 'name="sure" value="4/4"' in page
    waiting = Member.objects.filter(company=company).order_by("user")[4]
    post(client, "protect", company, protect=waiting.id)
    said = post(client, "close", company, sure="4/4")
    assert "Nothing was done" in said
    assert "5 users lose protection" in said
    assert not standing(town, company).life.closed


def test_closing_counts_every_service(client: Client, town: Town, demo: None) -> None:
    company = town.put("active")
    archive = Service.objects.create(key="archive", name="Mail Archive")
    Product.objects.create(key="archive", name="Mail Archive").services.add(archive)
    now = town.now(company)
    new = NewLicence("archive", 3, now, now + 90 * 86_400)
    licences.add(company.id, new, clock=town.clock, who="test")
    people = list(Member.objects.filter(company=company).values_list("id", flat=True)[:2])
    protection.want(company.id, "archive", people, clock=town.clock, who="test")
    page = client.get(reverse("close", args=[company.id]) + "?service=cos").content.decode()
    said = text_of(page)
    assert "Cloud Office Security is suspended at once: 4 users lose protection" in said
    assert "Mail Archive is suspended at once: 2 users lose protection" in said
    assert 'name="sure" value="6/6"' in page


def test_a_form_of_another_company_is_refused(client: Client, town: Town, demo: None) -> None:
    """A form acts on the company that it repeats, and on no other."""
    company, other = town.put("active"), town.put("pending", "Garage Lenoir")
    answer = client.post(reverse("close", args=[company.id]), {"company": str(other.id)})
    assert answer.status_code == 404
    assert standing(town, company).life.phase == "active"


@pytest.mark.parametrize(("demo_mode", "status"), [(True, 422), (False, 403)])
def test_only_the_vendor_issues_licences_outside_of_demo_mode(
    client: Client, town: Town, settings: Settings, demo_mode: bool, status: int
) -> None:
    """Who may write in an account closes its company, and adds licences in demo mode alone."""
    company = town.put("active")
    settings.DEMO = demo_mode
    owner = person("anne@martin.test")
    Membership.objects.create(account=company.account, person=owner, is_owner=True, created_at=0)
    own = signed_in(owner)
    form = {"company": str(company.id)}
    read = own.get(account_address(company.account_id, "company", company.id)).content.decode()
    assert ("Add a licence" in read) == demo_mode
    assert "Close the company" in read
    add = account_address(company.account_id, "add-licence", company.id)
    assert own.post(add, form).status_code == status
    assert client.post(reverse("add-licence", args=[company.id]), form).status_code == 422
    close = account_address(company.account_id, "close", company.id)
    assert own.post(close, {**form, "sure": "4/4"}).status_code == 302
    assert standing(town, company).life.closed


@pytest.mark.parametrize(("step", "days"), [("1", 1), ("7", 7), ("30", 30)])
def test_the_clock_is_sent_forwards_by_days(
    client: Client, town: Town, demo: None, step: str, days: int
) -> None:
    """A button sends the clock; the page tells that it moves, and then the new state."""
    company = town.put("active")
    clock = town.clock_of(company)
    here = reverse("company", args=[company.id])
    data = {"clock": str(clock.id), "company": str(company.id), "step": step, "next": here}
    answer = client.post(reverse("move-clock"), data, follow=True)
    moving = answer.content.decode()
    assert "on its way to" in text_of(moving)
    assert 'http-equiv="refresh"' in moving, "it goes on without script"
    town.work()
    clock.refresh_from_db()
    assert clock.target_at is None
    assert clock.now_at == town.clock.now() + days * DAY
    assert "on its way to" not in text_of(client.get(here).content.decode())


def test_the_clock_goes_to_the_next_event(client: Client, town: Town, grace: Company) -> None:
    """From one event to the next a company goes through grace and suspension to its deletion."""
    here = reverse("company", args=[grace.id])
    seen = []
    for _ in range(10):
        clock = town.clock_of(grace)
        data = {"clock": str(clock.id), "company": str(grace.id), "step": "next", "next": here}
        client.post(reverse("move-clock"), data)
        town.work()
        seen.append(standing(town, grace).life.phase)
        if seen[-1] == "deleted":
            break
    assert list(dict.fromkeys(seen)) == ["grace", "suspended", "deleted"]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"step": "date", "date": "2026-01-01"}, "Choose a later date."),
        ({"step": "date", "date": ""}, "Choose the date to which the clock is to go."),
        ({"step": "date", "date": "9999-12-31"}, "Choose a date before the year 2200."),
    ],
)
def test_a_date_that_cannot_be_is_explained(
    client: Client, town: Town, demo: None, data: dict[str, str], complaint: str
) -> None:
    """The clock only goes forwards, and not too far; it stays where it was."""
    company = town.put("active")
    values = {"clock": str(company.clock_id), "company": str(company.id), **data}
    answer = client.post(reverse("move-clock"), values, follow=True)
    assert complaint in text_of(answer.content.decode())
    assert town.clock_of(company).target_at is None
    values["date"] = "2026-02-01"
    client.post(reverse("move-clock"), values)
    assert town.clock_of(company).target_at is not None


def test_the_clock_comes_back_only_to_our_own_pages(client: Client, town: Town, demo: None) -> None:
    """A form cannot send its reader to another site."""
    company = town.put("active")
    values = {"clock": str(company.clock_id), "step": "1", "next": "https://example.org/"}
    answer = client.post(reverse("move-clock"), values)
    assert answer.headers["Location"] == "/"


def test_real_companies_have_no_clock_to_move(
    client: Client, town: Town, settings: Settings
) -> None:
    """Outside of demo mode there is neither bar nor address."""
    company = town.put("active")
    settings.DEMO = True
    assert "Demo clock" in client.get("/").content.decode()
    settings.DEMO = False
    assert "Demo clock" not in client.get("/").content.decode()
    answer = client.post(reverse("move-clock"), {"clock": str(company.clock_id), "step": "1"})
    assert answer.status_code == 404
