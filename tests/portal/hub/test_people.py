"""The people of an account on its pages: rights are seen and changed by whoever may, and kept."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.core.policy import DAY
from tenure.services import accounts, licences, members, memberships, people_lists, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights, ScopeRights, rights_of
from tenure.store.models import Membership, Person
from tests.people import READ, START, WRITE, Cast, person
from tests.portal.hub.conftest import Browser


def key(*ids: object) -> str:
    return "_".join(str(each).replace("-", "") for each in ids)


def test_people_are_listed_with_what_they_may(town: Cast) -> None:
    scope = ScopeRights(town.martin.id, town.lyon, "none", "write")
    town.join(town.bruno, Rights("read", "none", (scope,)))
    page = Browser(town.anne, town.account).see("people")
    assert "everything, as an owner" in page
    assert "Boulangerie Martin, Lyon" in page
    assert "read and change in the Console" in page


def test_whoever_may_not_list_people_sees_their_own_rights_only(town: Cast) -> None:
    town.join(town.bruno, Rights("none", "read"))
    page = Browser(town.bruno, town.account).see("people")
    assert "bruno@example.org" in page
    assert "anne@example.org" not in page


def test_for_a_stranger_no_page_of_the_account_is_there(town: Cast) -> None:
    town.join(town.bruno, READ)
    stranger = Browser(town.stranger, town.account)
    for name in ("people", "invite", "leave", "account-settings"):
        stranger.see(name, status=404)
        stranger.send(name, status=404)
    for name in ("person", "remove-person", "transfer"):
        stranger.see(name, town.bruno.id, status=404)
        stranger.send(name, town.bruno.id, status=404)


@pytest.mark.parametrize("name", ["invite", "account-settings"])
def test_whoever_may_only_read_is_told_so(town: Cast, name: str) -> None:
    town.join(town.bruno, READ)
    reader = Browser(town.bruno, town.account)
    reader.see(name, status=403)
    reader.send(name, status=403)


def test_rights_are_written_here_and_read_there(town: Cast) -> None:
    town.join(town.bruno, READ)
    anne = Browser(town.anne, town.account)
    mark = re.search(r'name="seen" value="(\w+)"', anne.see("person", town.bruno.id))
    assert mark
    anne.send(
        "person",
        town.bruno.id,
        seen=mark[1],
        portal="none",
        console="read",
        **{
            f"portal-{key(town.garage.id)}": "write",
            f"console-{key(town.martin.id, town.lyon)}": "write",
        },
    )
    assert town.may(town.bruno, town.garage) == ("write", "read")
    assert town.may(town.bruno, town.martin) == ("none", "read")
    assert town.may(town.bruno, town.martin, town.lyon) == ("none", "write")


def test_a_form_of_another_account_changes_nothing_and_says_so(town: Cast) -> None:
    town.join(town.bruno, READ)
    other = accounts.open_msp("Autre Compte", town.anne, clock=town.clock)
    anne = Browser(town.anne, town.account)
    page = anne.send("remove-person", town.bruno.id, account=str(other.id), status=409)
    assert "This form is of another account" in page
    assert "Autre Compte" in page
    assert "Nord Informatique" in page
    hidden = accounts.open_msp("Fremdes Konto", town.stranger, clock=town.clock)
    page = anne.send("remove-person", town.bruno.id, account=str(hidden.id), status=409)
    assert "Fremdes Konto" not in page
    assert Membership.objects.filter(account=town.account, person=town.bruno).exists()


def test_a_form_made_before_somebody_else_changed_the_rights_keeps_what_was_chosen(
    town: Cast,
) -> None:
    town.join(town.bruno, READ)
    anne = Browser(town.anne, town.account)
    old = rights_of(memberships.of(town.account, town.bruno.id)).mark
    town.change(town.bruno, Rights("none", "write"), town.anne)
    wanted = {"portal": "write", "console": "read"}
    page = anne.send("person", town.bruno.id, seen=old, status=422, **wanted)
    assert "somebody changed these rights meanwhile" in page
    assert '<option value="write" selected>' in page
    assert town.may(town.bruno, town.martin) == ("none", "write")
    new = re.search(r'name="seen" value="(\w+)"', page)
    assert new
    anne.send("person", town.bruno.id, seen=new[1], **wanted)
    assert town.may(town.bruno, town.martin) == ("write", "read")


def test_too_much_is_refused_with_the_place_where_it_is(town: Cast) -> None:
    town.join(town.bruno, Rights("write", "read", (town.only(town.garage, "none", "none"),)))
    town.join(town.chloe, Rights("read", "none", (town.only(town.garage, "none"),)))
    bruno = Browser(town.bruno, town.account)
    mark = rights_of(memberships.of(town.account, town.chloe.id)).mark
    wanted = {"seen": mark, "portal": "write", "console": "write"}
    page = bruno.send("person", town.chloe.id, **wanted, status=422)
    assert "you would give more than you have yourself (the whole account)" in page


def test_what_somebody_does_not_see_is_neither_named_nor_lost(town: Cast) -> None:
    """An administrator who is shut out of a company changes the rest of another's rights."""
    town.join(town.bruno, Rights("write", "write", (town.only(town.garage, "none"),)))
    town.join(town.chloe, Rights("read", "none", (town.only(town.garage, "write", "write"),)))
    bruno = Browser(town.bruno, town.account)
    page = bruno.see("person", town.chloe.id)
    assert "Garage Petit" not in page
    assert "a company that you do not see" in page
    mark = rights_of(memberships.of(town.account, town.chloe.id)).mark
    bruno.send("person", town.chloe.id, seen=mark, portal="write", console="write")
    assert town.may(town.chloe, town.martin) == ("write", "write")
    assert town.may(town.chloe, town.garage) == ("write", "write")


def test_in_a_large_account_companies_are_searched_for(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.portal.hub.rights_forms.SMALL", 1)
    anne = Browser(town.anne, town.account)
    page = anne.see("invite")
    assert "Garage Petit" not in page
    page = anne.send(
        "invite",
        find="garage",
        search="1",
        address="eve@example.org",
        portal="write",
        console="none",
        status=200,
    )
    assert "Garage Petit" in page
    assert 'value="eve@example.org"' in page
    assert "wrong" not in page
    page = anne.send("invite", find="zzz", search="1", place=key(town.garage.id), status=200)
    assert "Garage Petit" in page
    assert "No company fits" in page


def test_removing_says_what_is_lost_and_ends_at_once(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    anne, bruno = (Browser(who, town.account) for who in (town.anne, town.bruno))
    bruno.see("people")
    page = anne.see("remove-person", town.bruno.id)
    assert "read and change in the portal" in page
    assert "Remove bruno" in page
    anne.send("remove-person", town.bruno.id)
    bruno.see("people", status=404)
    anne.send("remove-person", town.bruno.id, status=404)


def test_dangerous_pages_ask_once_more_who_sits_there(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    anne = Browser(town.anne, town.account, proven=False)
    for name, *args in [("remove-person", town.bruno.id), ("transfer", town.bruno.id), ("leave",)]:
        answer = anne.post(anne.to(str(name), *args), {"account": str(town.account.id)})
        assert answer.status_code == 302
        assert unquote(answer["Location"]).startswith("/me/reauthenticate/?next=/a/")
    assert len(memberships.people(town.account)) == 2


def test_the_last_owner_is_told_why_they_cannot_leave(town: Cast) -> None:
    town.join(town.bruno, READ)
    anne = Browser(town.anne, town.account)
    assert "You are the last owner" in anne.see("leave")
    anne.send("leave")
    assert "this is the last owner" in anne.see("people")
    bruno = Browser(town.bruno, town.account)
    bruno.send("leave")
    assert [each.person for each in memberships.people(town.account)] == [town.anne]


def test_handing_over_names_both_and_cannot_be_done_twice(town: Cast) -> None:
    town.join(town.bruno, READ)
    anne = Browser(town.anne, town.account)
    assert "Hand Nord Informatique over to bruno" in anne.see("transfer", town.bruno.id)
    anne.send("transfer", town.bruno.id)
    assert memberships.of(town.account, town.bruno.id).is_owner
    anne.see("transfer", town.bruno.id, status=403)
    anne.send("transfer", town.bruno.id, status=403)


def test_an_owner_makes_another_owner_and_nobody_else_is_offered_it(town: Cast) -> None:
    town.join(town.bruno, WRITE)
    town.join(town.chloe, WRITE)
    assert 'name="owner"' not in Browser(town.bruno, town.account).see("person", town.chloe.id)
    mark = rights_of(memberships.of(town.account, town.chloe.id)).mark
    Browser(town.bruno, town.account).send(
        "person", town.chloe.id, seen=mark, owner="on", portal="read", console="read"
    )
    assert not memberships.of(town.account, town.chloe.id).is_owner
    mark = rights_of(memberships.of(town.account, town.chloe.id)).mark
    Browser(town.anne, town.account).send(
        "person", town.chloe.id, seen=mark, owner="on", portal="none", console="none"
    )
    assert memberships.of(town.account, town.chloe.id).is_owner


def test_the_number_of_queries_does_not_grow_with_the_people(
    town: Cast, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.people import person

    anne = Browser(town.anne, town.account)
    anne.see("people")
    counts = []
    for begin in (0, 20):
        for i in range(begin, begin + 20):
            town.join(person(f"p{i}"), Rights("read", "none", (town.only(town.garage, "write"),)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            anne.see("people")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def found(client: Browser, query: str = "") -> list[str]:
    """Give who is on a page, which are those of the table where they fit on one page."""
    page = client.get(client.to("people") + query)
    assert page.status_code == 200
    names = [row[0].person.email.partition("@")[0] for row in page.context["rows"]]
    if page.context["page"].pages == 1:
        assert [row["address"].partition("@")[0] for row in table(client, query)] == names
    return names


def table(client: Browser, query: str = "") -> list[dict[str, str]]:
    answer = client.get(client.to("people-table") + query)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.parametrize("at_once", [500, 2])
def test_people_are_searched_and_sorted_and_so_is_their_table(
    town: Cast, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(people_lists, "AT_ONCE", at_once)
    for later, who in enumerate((town.dan, town.bruno, town.chloe)):
        Membership.objects.filter(pk=town.join(who, READ).pk).update(created_at=START + later + 1)
    Person.objects.filter(pk=town.dan.pk).update(name="")
    Person.objects.filter(pk=town.bruno.pk).update(name="Zoë")
    anne = Browser(town.anne, town.account)
    assert found(anne) == found(anne, "?sort=nonsense") == ["anne", "bruno", "chloe", "dan"]
    assert found(anne, "?sort=-rights") == ["dan", "chloe", "bruno", "anne"]
    assert found(anne, "?sort=person") == ["anne", "chloe", "dan", "bruno"]
    assert found(anne, "?sort=-person") == ["bruno", "dan", "chloe", "anne"]
    assert found(anne, "?sort=since") == ["anne", "dan", "bruno", "chloe"]
    assert found(anne, "?sort=-since&q=EXAMPLE") == ["chloe", "bruno", "dan", "anne"]
    assert found(anne, "?q=zo") == ["bruno"]
    assert found(anne, "?q=DAN@") == ["dan"]
    page = anne.get(anne.to("people") + "?q=nobody").content.decode()
    assert "Nobody fits" in page and "4 people are in" in page and "Show all 4" in page
    href = f'href="{anne.to("people-table")}?q=an&amp;sort=since" download'
    assert href in anne.get(anne.to("people") + "?q=an&sort=since").content.decode()


def test_the_table_says_what_each_may_and_names_no_company_that_one_does_not_see(
    town: Cast,
) -> None:
    scope = ScopeRights(town.martin.id, town.lyon, "none", "write")
    town.join(town.bruno, Rights("read", "none", (scope,)))
    Person.objects.filter(pk=town.bruno.pk).update(name="=cmd()")
    owner, row = table(Browser(town.anne, town.account))
    assert (owner["owner"], owner["portal"], owner["console"]) == ("yes", "write", "write")
    assert row == {
        "address": "bruno@example.org",
        "name": "'=cmd()",
        "may": "Boulangerie Martin, Lyon: nothing in the portal, read and change in the Console; "
        "read in the portal, nothing in the Console",
        "owner": "no",
        "portal": "read",
        "console": "none",
        "exceptions": "1",
        "since": "2026-01-01T00:00:00Z",
    }
    shut = ScopeRights(town.martin.id, None, "none", "none")
    town.join(town.chloe, Rights("read", "none", (shut,)))
    told = next(
        row["may"]
        for row in table(Browser(town.chloe, town.account))
        if row["address"] == "bruno@example.org"
    )
    assert "Martin" not in told and "a company that you do not see" in told


def test_whoever_may_not_list_people_gets_a_table_of_themselves(town: Cast) -> None:
    """A search does not find the others either, nor how many they are."""
    town.join(town.bruno, Rights("none", "read"))
    bruno = Browser(town.bruno, town.account)
    for query in ("", "?q=anne", "?sort=person"):
        assert found(bruno, query) == ["bruno"]
    assert "people.csv" not in bruno.see("people")
    stranger = Browser(town.stranger, town.account)
    assert stranger.get(stranger.to("people-table")).status_code == 404


@pytest.mark.parametrize("name", ["people", "people-table"])
def test_few_and_many_people_cost_the_same(town: Cast, name: str) -> None:
    scope = ScopeRights(town.martin.id, town.lyon, "none", "write")
    town.join(town.bruno, Rights("read", "none", (scope,)))
    anne = Browser(town.anne, town.account)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            anne.get(anne.to(name) + "?q=example").getvalue()
        return len(captured)

    queries()
    few = queries()
    for number in range(60):
        town.join(person(f"p{number:02}"), Rights("read", "none", (scope,)))
    assert queries() == few
    assert len(found(anne, "?page=2")) == 12


def test_members_lead_to_the_table_of_the_console_whoever_may_read_it(town: Cast) -> None:
    """Of the company and of a site, with the search and the seats that were asked for."""
    new = NewLicence(COS, 5, START, START + 20 * DAY)
    licences.add(town.martin.id, new, clock=town.clock, who="test")
    ids = [
        members.add(town.martin.id, user=user, clock=town.clock, who="test").id
        for user in ("with@martin.test", "without@martin.test")
    ]
    seats.protect(town.martin.id, COS, town.lyon, ids[:1], clock=town.clock, who="test")
    town.join(town.bruno, Rights("read", "none"))
    town.join(town.chloe, READ)
    bruno, chloe = Browser(town.bruno, town.account), Browser(town.chloe, town.account)
    for page, *args in (("members", town.martin.id), ("site", town.martin.id, town.lyon)):
        assert "members.csv" not in bruno.see(str(page), *args)
        for query, users in (
            ("", {"with@martin.test", "without@martin.test"}),
            ("?seats=with&page=1", {"with@martin.test"}),
            ("?q=without&seats=without", {"without@martin.test"}),
        ):
            shown = chloe.get(chloe.to(str(page), *args) + query).content.decode()
            leads = re.search(r'href="([^"]+members\.csv[^"]*)" download', shown)
            assert leads
            answer = chloe.get(unescape(leads[1]))
            assert answer.status_code == 200
            told = csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig")))
            assert {row["user"] for row in told} == users, (page, query)
