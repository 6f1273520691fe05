"""The list of members: what it shows, what is done from it to many at once, and to one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.services import groups, members, protection
from tenure.services.catalogue import COS
from tenure.services.ledger import writing
from tenure.store.models import Claim, Company, Exclusion, Member, Pool, Seat
from tests.portal.conftest import WHO, Town, reverse

pytestmark = pytest.mark.django_db


def seated(company: Company) -> set[str]:
    open_ = Seat.objects.filter(company=company, closed_seq__isnull=True)
    return set(
        Member.objects.filter(company=company, id__in=open_.values("member_id")).values_list(
            "user", flat=True
        )
    )


def names(*numbers: int) -> set[str]:
    return {f"u{n:05}@martin.test" for n in numbers}


def group(town: Town, company: Company, name: str, who: list[UUID]) -> UUID:
    made = groups.add(company.id, name, clock=town.clock, who=WHO)
    with writing(company.id, town.clock, WHO) as ledger:
        groups.append_members(ledger, made, add=who)
    return made.id


def act(client: Client, company: Company, do: str, **more: Any) -> Any:
    form = {"company": str(company.id), "do": do, **more}
    return client.post(reverse("console-act", args=[company.id]), form, follow=True)


def listed(client: Client, company: Company, query: str = "") -> str:
    answer = client.get(reverse("console", args=[company.id]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_of_each_status_how_many_there_are_and_whom(
    client: Client, town: Town
) -> None:
    """Two by a rule, one by hand, one who waits, one unprotected: each filter finds its own."""
    company = town.company()
    town.licence(company, 3, 60)
    people = town.people(company, 5)
    protection.want(company.id, COS, people[:1], clock=town.clock, who=WHO)
    sales = group(town, company, "Sales", people[1:4])
    protection.add_rule(company.id, COS, "group", sales, clock=town.clock, who=WHO)
    page = listed(client, company)
    for status, count in (
        ("Pending", 1),
        ("Unprotected", 1),
        ("Auto-protected", 2),
        ("Protected", 1),
        ("Warning", 0),
        ("All", 5),
        ("Left", 0),
    ):
        assert f'{status} <span class="n">{count}</span>' in page
    found = {
        "pending": names(3),
        "unprotected": names(4),
        "auto_protected": names(1, 2),
        "protected": names(0),
        "warning": set(),
        "left": set(),
    }
    for shown, wanted in found.items():
        page = listed(client, company, f"?show={shown}")
        assert {user for user in names(*range(5)) if user in page} == wanted, shown
    assert "Waits for a free unit since" in listed(client, company, "?show=pending")
    assert "By the rule for the group Sales." in listed(client, company, "?show=auto_protected")


def test_who_loses_a_unit_is_found_under_warning_by_the_place_of_the_seat(
    client: Client, town: Town
) -> None:
    """One pool runs short: the last protected seats are held, the others have their units."""
    company = town.put("short")
    page = listed(client, company, "?show=warning")
    assert {user for user in names(*range(4)) if user in page} == names(0, 1, 2)
    lyon = Pool.objects.get(company=company, position=0)
    town.licence(company, 1, 90, pool=lyon.id)
    page = listed(client, company, "?show=warning")
    assert {user for user in names(*range(4)) if user in page} == names(1, 2)
    page = listed(client, company, "?show=protected")
    assert {user for user in names(*range(4)) if user in page} == names(0)
    assert 'Warning <span class="n">2</span>' in listed(client, company)


def test_filters_by_group_source_site_search_and_use_find_their_members(
    client: Client, town: Town
) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    town.licence(company, 9, 60)
    people = town.people(company, 4)
    paris = Pool.objects.get(company=company, name="Paris")
    members.set_home(company.id, people[:1], paris.id, clock=town.clock, who=WHO)
    extern = members.add(
        company.id, user="x@martin.test", source="Directory", clock=town.clock, who=WHO
    )
    sales = group(town, company, "Sales", people[1:3])
    now = town.now(company)
    Member.objects.filter(company=company, id=people[3]).update(seen_at=now - 100 * 86_400)
    Member.objects.filter(company=company, id=people[2]).update(seen_at=now - 10 * 86_400)
    everybody = names(*range(4)) | {"x@martin.test"}
    for query, wanted in (
        (f"?group={sales}", names(1, 2)),
        (f"?source={extern.source_id}", {"x@martin.test"}),
        (f"?site={paris.id}", names(0)),
        ("?q=u00003", names(3)),
        ("?unseen=90", names(3)),
        ("?unseen=5", names(2, 3)),
        (f"?group={sales}&show=protected", set()),
    ):
        page = listed(client, company, query)
        table = page.partition("<tbody>")[2]
        assert {user for user in everybody if user in table} == wanted, query


@pytest.mark.parametrize("home_of", ["group", "source"])
def test_a_site_has_those_whose_group_or_source_draws_from_it(
    client: Client, town: Town, home_of: str
) -> None:
    """As ``settling.home_pools`` decides, which the list does not ask member by member."""
    company = town.company(sites=("Lyon", "Paris"))
    town.licence(company, 9, 60)
    people = town.people(company, 2)
    paris = Pool.objects.get(company=company, name="Paris")
    extern = members.add(company.id, user="x@a.test", source="AD", clock=town.clock, who=WHO)
    if home_of == "group":
        made = groups.add(company.id, "Paris people", clock=town.clock, who=WHO)
        with writing(company.id, town.clock, WHO) as ledger:
            groups.append_members(ledger, made, add=people[:1])
            groups.append_home(ledger, made, paris.id)
        wanted = names(0)
    else:
        address = reverse("console-change-source", args=[company.id, extern.source_id])
        client.post(address, {"company": str(company.id), "home": str(paris.id)})
        wanted = {"x@a.test"}
    everybody = names(0, 1) | {"x@a.test"}
    for pool in Pool.objects.filter(company=company):
        table = listed(client, company, f"?site={pool.id}").partition("<tbody>")[2]
        here = {user for user in everybody if user in table}
        assert here == (wanted if pool.name == "Paris" else everybody - wanted)
        homes = {row for row in everybody if _home(company, row) == pool.id}
        assert here == homes


def _home(company: Company, user: str) -> UUID:
    return members.home_pool(Member.objects.get(company=company, user=user))


def test_protecting_all_that_a_filter_finds_says_how_many_wait_and_why(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 3, 60)
    town.people(company, 5)
    page = act(client, company, "protect", whom="all", filter="q=martin").content.decode()
    assert "3 members are protected." in page
    assert "2 members wait: no unit is free." in page
    assert seated(company) == names(0, 1, 2)
    assert Claim.objects.filter(company=company).count() == 2
    town.licence(company, 2, 60)
    assert seated(company) == names(*range(5))


def test_only_those_ticked_are_protected_and_the_page_means_the_page(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 9, 60)
    people = town.people(company, 4)
    act(client, company, "protect", whom="ticked", member=[str(people[2])], shown=[*people])
    assert seated(company) == names(2)
    act(client, company, "protect", whom="page", shown=[str(people[0]), str(people[1])])
    assert seated(company) == names(0, 1, 2)
    said = act(client, company, "protect", whom="ticked").content.decode()
    assert "Nobody was chosen." in said


def test_unprotecting_whom_a_rule_protects_says_before_that_they_will_be_excluded(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 2, 60)
    people = town.people(company, 3)
    protection.add_rule(company.id, COS, "company", None, clock=town.clock, who=WHO)
    form = {"whom": "ticked", "member": [str(people[0])]}
    page = act(client, company, "unprotect", **form).content.decode()
    assert "Unprotect 1 member?" in page
    assert "1 would be excluded from the rules" in page
    assert "1 member would be protected" in page, "whoever waits gets the unit"
    assert seated(company) == names(0, 1), "nothing is done before it is confirmed"
    page = act(client, company, "unprotect", sure="1", **form).content.decode()
    assert "1 is excluded from the rules from now on." in page
    assert seated(company) == names(1, 2)
    assert Exclusion.objects.get(company=company).target_id == people[0]
    assert "Excluded from the rules." in listed(client, company)


def test_members_who_left_are_listed_apart_and_come_back(client: Client, town: Town) -> None:
    company = town.company()
    town.licence(company, 2, 60)
    people = town.people(company, 3, 1)
    act(client, company, "leave", whom="ticked", member=[str(people[0])])
    assert seated(company) == set()
    assert "u00000@martin.test" not in listed(client, company)
    page = listed(client, company, "?show=left")
    assert "u00000@martin.test" in page
    assert "Left on" in page
    act(client, company, "back", whom="all", filter="show=left")
    assert "u00000@martin.test" in listed(client, company)


def test_a_csv_of_the_list_has_all_and_runs_as_no_formula(client: Client, town: Town) -> None:
    company = town.company()
    town.licence(company, 2, 60)
    town.people(company, 60, 2)
    members.add(company.id, user="z@m.test", name="=HYPERLINK(1)", clock=town.clock, who=WHO)
    answer = client.get(reverse("console-list", args=[company.id]) + "?q=z@")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK(1)" in text
    assert len(text.splitlines()) == 2
    answer = client.get(reverse("console-list", args=[company.id]))
    assert len(b"".join(answer.streaming_content).splitlines()) == 62  # type: ignore[attr-defined]


def test_columns_stay_as_a_person_chose_them(client: Client, town: Town) -> None:
    company = town.put("active")
    assert "Last seen</th>" not in listed(client, company)
    address = reverse("console-columns", args=[company.id])
    client.post(address, {"company": str(company.id), "column": ["seen"]})
    page = listed(client, town.put("active", "Another"))
    assert "Last seen</th>" in page
    assert "Why</th>" not in page


def test_the_queries_do_not_grow_with_the_members(client: Client, town: Town) -> None:
    few, many = town.company("Few"), town.company("Many")
    for company, count in ((few, 3), (many, 60)):
        town.licence(company, count, 60)
        town.people(company, count, 2)
    for query in ("", "?q=u", "?show=unprotected", "?show=protected"):
        counts = []
        for company in (few, many):
            listed(client, company, query)
            with CaptureQueriesContext(connection) as captured:
                listed(client, company, query)
            counts.append(len(captured))
        assert counts[0] == counts[1], query


# One member


def test_a_member_is_added_changed_moved_and_removed_by_hand(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    town.licence(company, 2, 60, pool=lyon.id)
    town.licence(company, 1, 60, pool=paris.id)
    form = {"company": str(company.id), "user": "Ana@Martin.test", "name": "Ana", "group": "A; B"}
    client.post(reverse("console-add", args=[company.id]), form)
    ana = Member.objects.get(company=company)
    assert ana.user == "ana@martin.test"
    again = client.post(reverse("console-add", args=[company.id]), form)
    assert again.status_code == 422
    assert "there is a member of this name already" in again.content.decode()

    def change(do: str, **more: Any) -> str:
        address = reverse("console-change", args=[company.id, ana.id])
        answer = client.post(address, {"company": str(company.id), "do": do, **more}, follow=True)
        return answer.content.decode()

    change("protect")
    seat = Seat.objects.get(company=company, closed_seq__isnull=True)
    assert seat.pool_id == lyon.id
    assert "has moved" in change("move", pool=str(paris.id))
    seat = Seat.objects.get(company=company, closed_seq__isnull=True)
    assert seat.pool_id == paris.id
    assert "Saved." in change("rename", user="ana.m@martin.test", name="Ana M.")
    page = client.get(reverse("console-remove", args=[company.id, ana.id])).content.decode()
    assert "the seat, and its place among the seats" in page
    assert "the place in 2 groups" in page
    client.post(reverse("console-remove", args=[company.id, ana.id]), {"company": str(company.id)})
    assert not Member.objects.filter(company=company).exists()
    assert seated(company) == set()


def test_a_seat_moves_only_where_a_unit_is_free(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    town.licence(company, 2, 60, pool=lyon.id)
    people = town.people(company, 1, 1)
    address = reverse("console-change", args=[company.id, people[0]])
    form = {"company": str(company.id), "do": "move", "pool": str(paris.id)}
    assert "no unit is free there" in client.post(address, form, follow=True).content.decode()
    assert Seat.objects.get(company=company, closed_seq__isnull=True).pool_id == lyon.id


# From a table

TABLE = (
    "user,name,group,source,site\nana@m.test,Ana,Sales;Night,AD,Paris\nu00000@martin.test,New,,,\n"
)


def upload(client: Client, company: Company, text: str, **more: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("members.csv", text.encode())
    form = {"company": str(company.id), "table": file, **more}
    return client.post(reverse("console-file", args=[company.id]), form)


def test_a_table_is_looked_at_before_anything_is_changed(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    town.people(company, 1)
    page = upload(client, company, TABLE).content.decode()
    assert "New: 1. Changed: 1. As they are: 0. Nothing is done yet." in page
    assert Member.objects.filter(company=company).count() == 1
    form = {"company": str(company.id), "text": TABLE, "sure": "1"}
    client.post(reverse("console-file", args=[company.id]), form)
    ana = Member.objects.get(company=company, user="ana@m.test")
    assert members.home_pool(ana) == Pool.objects.get(company=company, name="Paris").id
    assert Member.objects.get(company=company, user="u00000@martin.test").name == "New"
    page = upload(client, company, TABLE).content.decode()
    assert "New: 0. Changed: 0. As they are: 2." in page


def test_a_table_of_nearly_two_megabytes_is_looked_at_and_then_taken(
    client: Client, town: Town
) -> None:
    """The page that shows what would change sends the table once more, as long as it is."""
    company = town.company()
    name = "é" * 99
    text = "user,name\n" + "".join(f"u{i}@m.test,{name}\n" for i in range(3000))
    text += "\n" * (1_900_000 - len(text.encode()))
    page = upload(client, company, text)
    assert page.status_code == 200
    assert 'enctype="multipart/form-data" class="buttons"' in page.content.decode()
    form = {"company": str(company.id), "text": text, "sure": "1"}
    client.post(reverse("console-file", args=[company.id]), form)
    assert Member.objects.filter(company=company).count() == 3000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name\nAna\n", "names no column “user”"),
        ("user,colour\na@m.test,red\n", "There is no column “colour” here."),
        ("user,site\na@m.test,Nice\n", "Line 2: The company has no site Nice."),
        ("user\na@m.test\nA@M.test\n", "Line 3: a@m.test stands in an earlier line, too."),
        ("user,name\n,Ana\n", "Line 2: The cell under “user” is empty."),
        ("", "Choose a file."),
        ("user,name\nx@m.test\n", "The line does not have 2 cells as the first line does."),
        ("user,name\nx@m.test,X,more\n", "The line does not have 2 cells"),
    ],
)
def test_a_table_with_a_fault_changes_nothing_and_says_where(
    client: Client, town: Town, text: str, fault: str
) -> None:
    company = town.company()
    answer = upload(client, company, text)
    assert answer.status_code == 422
    assert fault in answer.content.decode()
    assert not Member.objects.filter(company=company).exists()
