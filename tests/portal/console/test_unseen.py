"""The page of members not seen: who is proposed, releasing them, and the rule with what it told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.services import activity, protection
from tenure.services.catalogue import COS
from tenure.store.models import Company, Member, OutboxMail, UnseenRule
from tests.portal.conftest import WHO, Town, reverse
from tests.portal.console.test_members import group, names, seated
from tests.portal.console.test_protection import page, send

pytestmark = pytest.mark.django_db
CHANGE = "console-change-unseen"


def seen(town: Town, company: Company, *numbers: int) -> None:
    company.refresh_from_db()
    users = {f"u{i:05}@martin.test": None for i in numbers}
    activity.report(company.id, users, clock=town.clock)


def watched(town: Town) -> Company:
    """Give a company where 0 and 1 were not seen for forty days, 2 was, and of 3 nothing is known.

    0 is protected by a person, 1 by a rule.
    """
    company = town.company()
    town.licence(company, 4, 900)
    people = town.people(company, 4)
    by: dict[str, Any] = {"clock": town.clock, "who": WHO}
    protection.want(company.id, COS, [people[0], *people[2:]], **by)
    protection.add_rule(company.id, COS, "group", group(town, company, "Sales", people[1:2]), **by)
    seen(town, company, 0, 1, 2)
    town.pass_days(company, 40)
    company.refresh_from_db()
    seen(town, company, 2)
    return company


def test_without_any_report_the_page_says_what_reports(client: Client, town: Town) -> None:
    company = town.company()
    town.licence(company, 4, 60)
    assert "POST /v1/activity" in page(client, "console-unseen", company)


def test_those_not_seen_are_released_after_a_preview_and_rules_leave_them_out(
    client: Client, town: Town
) -> None:
    company = watched(town)
    address = reverse("console-unseen", args=[company.id])
    assert "Everybody was seen" in client.get(address).content.decode()  # for 90 days
    listed = client.get(f"{address}?days=30").content.decode()
    assert "Release 2 seats…" in listed
    assert "u00002@martin.test" not in listed
    assert "u00003@martin.test" not in listed
    before = send(client, CHANGE, company, do="release", days="30")
    assert "2 members would be protected no longer" in before
    assert "1 would be excluded from the rules" in before
    assert seated(company) == names(0, 1, 2, 3)
    (mark,) = re.findall(r'name="sure" value="(\w+)"', before)
    after = send(client, CHANGE, company, do="release", days="30", sure=mark)
    assert "2 seats are released. 1 member is excluded from the rules from now on." in after
    assert seated(company) == names(2, 3)
    again = send(client, CHANGE, company, do="release", days="30")
    assert "everybody was seen meanwhile" in again


def test_whoever_is_seen_between_preview_and_release_is_not_released(
    client: Client, town: Town
) -> None:
    company = watched(town)
    before = send(client, CHANGE, company, do="release", days="30")
    (mark,) = re.findall(r'name="sure" value="(\w+)"', before)
    seen(town, company, 0)
    said = send(client, CHANGE, company, do="release", days="30", sure=mark)
    assert "others than were shown are not seen by now" in said
    assert seated(company) == names(0, 1, 2, 3)


def test_a_rule_is_shown_before_it_holds_and_tells_whom_it_releases_and_when(
    client: Client, town: Town
) -> None:
    company = watched(town)
    form = {"do": "rule", "days": "30", "warning": "7"}
    before = send(client, CHANGE, company, **form)
    assert "2 members would be announced now" in before
    assert "1 of them is protected by a rule now" in before
    assert not UnseenRule.objects.exists()
    send(client, CHANGE, company, sure="1", **form)
    town.work()
    address = reverse("console-unseen", args=[company.id])
    told = client.get(f"{address}?show=announced").content.decode()
    assert "u00000@martin.test" in told
    assert "u00001@martin.test" in told
    assert "u00002@martin.test" not in told
    ana = Member.objects.get(company=company, user="u00000@martin.test")
    assert "the seat is released on" in page(client, "console-member", company, ana.id)
    town.pass_days(company, 3)
    seen(town, company, 0, 2)
    told = client.get(f"{address}?show=announced").content.decode()
    assert "u00000@martin.test" not in told
    assert "the seat is released on" not in page(client, "console-member", company, ana.id)
    town.pass_days(company, 6)
    assert seated(company) == names(0, 2, 3)
    assert "u00001@martin.test" in client.get(f"{address}?show=released").content.decode()
    assert not OutboxMail.objects.filter(recipient="olga@operator.test").exists()
    assert "The rule is stopped" in send(client, CHANGE, company, do="stop")
    assert not UnseenRule.objects.exists()


def test_days_that_leave_no_time_are_told_beside_the_field_and_nothing_typed_is_lost(
    client: Client, town: Town
) -> None:
    company = watched(town)
    form = {"company": str(company.id), "do": "rule", "days": "20", "warning": "25"}
    answer = client.post(reverse(CHANGE, args=[company.id]), form)
    assert answer.status_code == 422
    assert "These must be fewer days" in answer.content.decode()
    assert 'value="25"' in answer.content.decode()


def test_the_page_asks_as_often_for_many_as_for_few(client: Client, town: Town) -> None:
    company = watched(town)
    address = f"{reverse('console-unseen', args=[company.id])}?days=30"
    client.get(address)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    Member.objects.filter(user="u00000@martin.test").update(seen_at=town.now(company))
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    assert len(many) == len(few)
