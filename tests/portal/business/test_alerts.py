"""What stands among a company's alerts, how bad it is, and what is kept of it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tenure.core.policy import DAY
from tenure.services import alerts, catalogue, licences, standings
from tenure.services.alerts import AlertFilter, Alerts
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import AuditEntry, Claim, Company, Contact, Person, Pool, Resolution
from tests.people import READ, Cast
from tests.portal.conftest import Town, reverse, signed_in, speak

WHO = "test"


def of(town: Town, company: Company) -> Alerts:
    return alerts.of_standing(standings.of_company(company.id, town.clock))


def told(found: Alerts) -> list[tuple[str, str, str]]:
    return [(each.kind, each.level, each.state) for each in found.all]


def test_an_end_that_changes_nothing_is_only_information(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    town.licence(company, 20, 300)
    town.people(company, 5, protected=5)
    found = of(town, company)
    assert told(found) == [("licence_ends", "information", "unresolved")]
    assert found.all[0].facts.count == 0


def test_an_end_after_which_users_lack_units_is_a_warning_that_counts_them(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    town.licence(company, 3, 300)
    town.people(company, 5, protected=5)
    found = of(town, company)
    assert told(found) == [("licence_ends", "warning", "unresolved")]
    assert found.all[0].facts.count == 2


def test_the_last_licence_is_told_once_and_is_critical_near_its_end(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 20)
    assert told(of(town, company)) == [("company_ends", "warning", "unresolved")]
    town.pass_days(company, 14)
    assert told(of(town, company)) == [("company_ends", "critical", "unresolved")]


def test_a_company_in_grace_has_both_dates_and_what_was_is_over_afterwards(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 1)
    town.people(company, 5, protected=5)
    town.pass_days(company, 2)
    found = of(town, company)
    assert told(found) == [("grace", "critical", "unresolved")]
    facts = found.all[0].facts
    assert facts.until_at is not None and facts.then_at == facts.until_at + 30 * DAY
    town.licence(company, 20, 300)
    town.pass_days(company, 1)
    assert ("grace", "critical", "over") in told(of(town, company))
    assert of(town, company).count == 1  # the ended licence


def test_a_suspended_company_says_so_and_warns_of_its_deletion(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 1)
    town.pass_days(company, 16)
    assert told(of(town, company))[0] == ("suspended", "critical", "unresolved")
    town.pass_days(company, 18)
    assert [kind for kind, _, state in told(of(town, company)) if state == "unresolved"] == [
        "deletion_warned",
        "suspended",
    ]


@pytest.mark.parametrize("phase", ["suspended", "closed"])
def test_an_alert_tells_the_same_minute_as_the_pages_banner(
    town: Town, client: Client, phase: str
) -> None:
    """One instant is not told by two dates: not at midnight, and not as a deadline and a moment."""
    body = client.get(reverse("alerts", args=[town.put(phase).id])).content.decode()
    body = html.unescape(re.sub(r"<[^>]+>", " ", body))
    banner = re.search(r"rotection (?:by [\w ]+ )?ended[\w ]* on ([^(]+\()", body)
    alert = re.search(r"(?:been suspended since|closed by its owner on) ([^(]+\()", body)
    assert banner and alert and banner[1] == alert[1]


def test_a_pool_is_short_then_reduced_and_the_first_is_over(town: Town) -> None:
    company = town.company()
    town.licence(company, 3, 100)
    town.licence(company, 5, 1)
    town.people(company, 8, protected=8)
    town.pass_days(company, 2)
    short = of(town, company)
    assert [each.kind for each in short.all] == ["pool_short", "licence_ended"]
    assert short.all[0].facts.count == 5 and short.all[0].facts.until_at is not None
    town.pass_days(company, 14)
    assert told(of(town, company)) == [
        ("pool_reduced", "critical", "unresolved"),
        ("licence_ended", "warning", "unresolved"),
        ("pool_short", "warning", "over"),
    ]


def test_members_who_wait_and_nobody_to_write_to_are_told(town: Town) -> None:
    company = town.company()
    town.licence(company, 9, 100)
    [member] = town.people(company, 1)
    pool = Pool.objects.get(company=company)
    Claim.objects.create(
        company=company,
        service=COS,
        instance=1,
        member_id=member,
        pool_id=pool.id,
        since_at=town.now(company),
    )
    Contact.objects.filter(company=company).delete()
    assert told(of(town, company)) == [
        ("nobody_to_write_to", "warning", "unresolved"),
        ("members_wait", "warning", "unresolved"),
    ]


def test_what_is_resolved_stays_so_until_the_next_of_its_kind(town: Town) -> None:
    company = town.company()
    licence = town.licence(company, 20, 10)
    standing = standings.of_company(company.id, town.clock)
    [alert] = of(town, company).all
    keys = {alert.key, "cos/grace::1"}
    assert alerts.resolve(standing, keys, clock=town.clock, who=WHO) == 1
    assert alerts.resolve(standing, keys, clock=town.clock, who=WHO) == 0
    assert Resolution.objects.filter(company=company).count() == 1
    found = of(town, company)
    assert found.count == 0 and [each.state for each in found.all] == ["resolved"]
    ends = (licence.ends_at or 0) + 5 * DAY
    licences.renew(company.id, licence.id, ends, clock=town.clock, who=WHO)
    assert of(town, company).count == 1
    assert alerts.unresolve(standing, keys, clock=town.clock, who=WHO) == 1


def test_filters_take_and_count_level_and_status(town: Town) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    town.licence(company, 20, 12)
    town.licence(company, 20, 300)
    standing = standings.of_company(company.id, town.clock)
    first = of(town, company).all[0]
    alerts.resolve(standing, [first.key], clock=town.clock, who=WHO)
    found = of(town, company)
    assert [each.key for each in found.wanted(AlertFilter(state="resolved"))] == [first.key]
    levels, states = found.counts(AlertFilter(state="unresolved"))
    assert levels == {"critical": 0, "warning": 0, "information": 1}
    assert states == {"unresolved": 1, "resolved": 1, "over": 0}


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow(
    town: Town, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    for days in range(count):
        town.licence(company, 20, 5 + days)
    standing = standings.of_company(company.id, town.clock)
    assert standing.pools
    with django_assert_max_num_queries(9):
        found = alerts.of_standing(standing)
        assert found.page(AlertFilter())[1].total == count


# The pages


def page(client: Client, company: Company, query: str = "") -> str:
    return client.get(reverse("alerts", [company.id]) + query).content.decode()


def test_one_is_resolved_on_the_page_and_can_be_taken_up_again(town: Town, client: Client) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    [alert] = of(town, company).all
    act = reverse("alerts-act", [company.id])
    form = {"company": str(company.id), "filter": "state=all", "do": f"resolve={alert.key}"}
    assert client.post(act, form).headers["Location"].endswith("alerts/?state=all")
    assert "Nothing to look at" in page(client, company)
    assert "Last licence ends" in page(client, company, "?state=resolved")
    client.post(act, {**form, "do": "unresolve", "whom": "all", "filter": "state=resolved"})
    assert of(town, company).count == 1
    assert list(
        AuditEntry.objects.filter(action__startswith="alert.").order_by("seq").values_list("action")
    ) == [("alert.resolved",), ("alert.unresolved",)]


def test_all_of_a_filter_are_resolved_and_no_others(town: Town, client: Client) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    town.licence(company, 20, 12)
    town.licence(company, 20, 300)
    Contact.objects.filter(company=company).delete()
    form = {"company": str(company.id), "filter": "level=information", "whom": "all"}
    client.post(reverse("alerts-act", [company.id]), {**form, "do": "resolve"})
    assert [each.kind for each in of(town, company).unresolved] == ["nobody_to_write_to"]


def test_the_overview_shows_the_worst_three_and_the_tab_their_count(
    town: Town, client: Client
) -> None:
    company = town.company()
    for days in range(5):
        town.licence(company, 20, 10 + days)
    town.licence(company, 20, 300)
    text = client.get(reverse("company", [company.id])).content.decode()
    assert text.count("This changes nothing for anybody") == 3
    assert '<span class="n">5<span' in text and "All 5 unresolved alerts" in text


def test_the_table_holds_all_of_the_filter_in_the_readers_language(
    town: Town, client: Client
) -> None:
    company = town.company()
    town.licence(company, 20, 10)
    speak(client, "fr")
    answer = client.get(reverse("alerts-table", [company.id]))
    head, line = answer.getvalue().decode().strip().splitlines()
    assert head.startswith("\ufefflevel,status,kind,at")
    assert line.startswith("Avertissement,Non traitée,Dernière licence à échéance,")


@pytest.mark.usefixtures("db")
def test_who_may_only_look_is_told_whom_to_ask_for_an_address() -> None:
    """The page of addresses is closed to them; who may not see the people reads the notices."""
    cast = Cast()
    Contact.objects.filter(company=cast.martin).delete()
    catalogue.ensure_default()
    new = NewLicence(COS, 9, cast.clock.now())
    licences.add(cast.martin.id, new, clock=cast.clock, who=WHO)
    cast.join(cast.bruno, READ)
    cast.join(cast.chloe, Rights(scopes=(ScopeRights(cast.martin.id, None, "read", "none"),)))
    home = f"/a/{cast.account.id}"
    here = f"{home}/companies/{cast.martin.id}"

    def led(who: Person) -> tuple[str, str, int]:
        browser = signed_in(who)
        page = browser.get(f"{here}/alerts/").content.decode()
        row = page.partition("Nobody to write to")[2]
        found = re.search(r'<a href="([^"]+)">([^<]+)</a>', row)
        assert found
        return found[1], found[2], browser.get(found[1]).status_code

    assert led(cast.anne) == (f"{here}/contacts/", "Name somebody to write to", 200)
    assert led(cast.bruno) == (f"{home}/people/", "Ask who may change the company: anne", 200)
    address, text, status = led(cast.chloe)
    assert (address, status) == (f"{here}/notices/", 200)
    assert "Anne" not in text
