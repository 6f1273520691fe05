"""What is done to very many members: sent to the engine, watched, stopped, by whom and where."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from django.test import Client

from tenure.services import acts, groups, members, protection
from tenure.services.catalogue import COS
from tenure.store.models import Act, Company, Member, Pool
from tests.portal.conftest import WHO, Town, reverse, speak
from tests.portal.console.test_members import act, listed, names, seated

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_parts() -> Any:
    """More than three are very many."""
    with mock.patch.object(acts, "PART", 3):
        yield


@pytest.fixture
def company(town: Town) -> Company:
    """A company of eight members and five units."""
    made = town.company()
    town.licence(made, 5, 60)
    town.people(made, 8)
    return made


def page(client: Client, company: Company) -> str:
    found = Act.objects.filter(company=company).order_by("-id")[0]
    answer = client.get(reverse("console-progress", args=[company.id, found.id]))
    assert answer.status_code == 200
    return answer.content.decode()


def part(company: Company) -> None:
    ((_, found),) = acts.next_of_each()
    acts.work(company.id, found, clock=mock.Mock(now=lambda: 0))


def test_few_are_done_at_once_and_many_are_sent_to_the_engine(
    client: Client, town: Town, company: Company
) -> None:
    few = [str(each) for each in members_of(company)[:3]]
    act(client, company, "protect", whom="ticked", member=few)
    assert seated(company) == names(0, 1, 2)
    assert not Act.objects.exists()
    answer = act(client, company, "protect", whom="all")
    found = Act.objects.get()
    assert answer.redirect_chain[-1][0].endswith(f"/acts/{found.id}/")
    assert seated(company) == names(0, 1, 2)
    said = answer.content.decode()
    assert "Protect 8 members" in said
    assert "waits for its turn" in said
    town.work()
    assert seated(company) == names(*range(5))


def members_of(company: Company) -> list[Any]:
    rows = Member.objects.filter(company=company).order_by("user")
    return list(rows.values_list("id", flat=True))


def test_the_page_says_how_far_it_is_and_looks_again_by_itself(
    client: Client, town: Town, company: Company
) -> None:
    act(client, company, "protect", whom="all")
    part(company)
    said = page(client, company)
    assert "3 of 8 are being protected" in said
    assert 'value="37"' in said
    # Without script the page looks again by itself, with it what stands there alone.
    assert '<noscript><meta http-equiv="refresh"' in said
    assert 'hx-trigger="every 1s"' in said
    assert "3 of 8 are being protected" in listed(client, company)
    town.work()
    said = page(client, company)
    assert "refresh" not in said
    assert "every 1s" not in said


def test_at_the_end_it_says_who_waits_and_leads_to_them(
    client: Client, town: Town, company: Company
) -> None:
    act(client, company, "protect", whom="all", filter="sort=name&page=2&show=unprotected")
    town.work()
    said = page(client, company)
    assert "5 members are protected." in said
    assert "3 members wait: no unit is free." in said
    assert "?sort=name&amp;show=pending" in said
    waiting = listed(client, company, "?sort=name&show=pending")
    assert {user for user in names(*range(8)) if user in waiting} == names(5, 6, 7)
    assert "Protect 8 members</a>: finished" in listed(client, company)


def test_taking_protection_back_is_shown_before_it_is_sent(
    client: Client, town: Town, company: Company
) -> None:
    protection.want(company.id, COS, members_of(company)[:5], clock=town.clock, who=WHO)
    said = act(client, company, "unprotect", whom="all").content.decode()
    assert "5 members would be protected no longer" in said
    assert not Act.objects.exists()
    act(client, company, "unprotect", whom="all", sure="8")
    town.work()
    assert seated(company) == set()
    assert "5 members are no longer protected." in page(client, company)
    assert "3 members were not protected." in page(client, company)


def test_each_thing_that_the_list_does_is_sent_where_there_are_many(
    client: Client, town: Town
) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    town.licence(company, 9, 60)
    town.people(company, 4)
    paris = Pool.objects.get(company=company, name="Paris").id
    group = groups.add(company.id, "Sales", clock=town.clock, who=WHO).id
    for do, more, said in (
        ("group", {"into": str(group)}, "4 members came into the group."),
        ("leave", {}, "4 members have left."),
        ("back", {"filter": "show=left"}, "4 members are there again."),
        ("home", {"home": str(paris)}, "4 members have the home site."),
    ):
        act(client, company, do, whom="all", **more)
        assert f"<h2>{said[:-1]}" not in page(client, company), "as if it were done"
        town.work()
        assert said in page(client, company)
    assert Act.objects.count() == 4
    assert "Paris" in page(client, company)


def test_it_is_stopped_and_the_page_says_so(client: Client, town: Town, company: Company) -> None:
    act(client, company, "protect", whom="all")
    part(company)
    found = Act.objects.get()
    stop = reverse("console-stop", args=[company.id, found.id])
    said = client.post(stop, {"company": str(company.id)}, follow=True).content.decode()
    assert "Stopped. What is done stays done." in said
    assert "stopped after 3 of 8" in said
    assert "Somebody stopped it." in said
    town.work()
    assert seated(company) == names(0, 1, 2)
    again = client.post(stop, {"company": str(company.id)}, follow=True).content.decode()
    assert "Somebody stopped it." in again


def test_a_second_one_says_that_it_comes_after_the_first(client: Client, company: Company) -> None:
    act(client, company, "protect", whom="all")
    act(client, company, "leave", whom="all")
    assert "this one comes after it" in page(client, company)


def test_a_site_sees_what_was_asked_for_it_alone(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    town.licence(company, 9, 60)
    people = town.people(company, 9)
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    members.set_home(company.id, people[:4], paris.id, clock=town.clock, who=WHO)
    form = {"company": str(company.id), "do": "protect", "whom": "all"}
    there = reverse("site-console-act", args=[company.id, paris.id])
    answer = client.post(there, form, follow=True)
    own = Act.objects.get()
    assert (own.total, own.pool_id) == (4, paris.id)
    assert f"/sites/{paris.id}/console/acts/{own.id}/" in answer.redirect_chain[-1][0]
    town.work()
    act(client, company, "leave", whom="all")
    other = Act.objects.exclude(id=own.id).get()
    for found, site, status in (
        (own, paris, 200),
        (other, paris, 404),
        (own, lyon, 404),
    ):
        address = reverse("site-console-progress", args=[company.id, site.id, found.id])
        assert client.get(address).status_code == status
        address = reverse("site-console-stop", args=[company.id, site.id, found.id])
        if status == 404:
            assert client.post(address, {"company": str(company.id)}).status_code == status


def test_it_is_told_in_the_readers_language(client: Client, town: Town, company: Company) -> None:
    speak(client, "fr")
    act(client, company, "protect", whom="all")
    town.work()
    said = page(client, company)
    assert "Protéger 8 membres" in said
    assert "3 membres attendent" in said
