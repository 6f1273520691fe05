"""Groups, rules with their previews, units, sites, and the Console of a suspended service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils.translation import override

from tenure.services import accounts, groups, identities, members, memberships, protection
from tenure.services.catalogue import COS
from tenure.services.identities import Said
from tenure.services.ledger import writing
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import (
    Claim,
    Company,
    Exclusion,
    Group,
    GroupMember,
    Identity,
    Member,
    Person,
    Pool,
    Rule,
    Seat,
    Source,
)
from tests.portal.conftest import WHO, Town, person, reverse, signed_in, speak
from tests.portal.console.test_members import act, group, names, seated

pytestmark = pytest.mark.django_db


def send(client: Client, to: str, company: Company, *args: object, **form: Any) -> str:
    """Send a form of the company; give the page to which it leads."""
    answer = client.post(
        reverse(to, args=[company.id, *args]), {"company": str(company.id), **form}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, name: str, company: Company, *args: object) -> str:
    answer = client.get(reverse(name, args=[company.id, *args]))
    assert answer.status_code == 200
    return answer.content.decode()


# Rules


def test_a_rule_shows_who_would_be_protected_and_who_would_wait_before_it_holds(
    client: Client, town: Town
) -> None:
    """The preview changes nothing, and what then happens is what it said."""
    company = town.company()
    town.licence(company, 2, 60)
    people = town.people(company, 3)
    sales = group(town, company, "Sales", people)
    form = {"do": "add", "for": f"group:{sales}"}
    said = send(client, "console-change-rules", company, **form)
    assert "2 members would be protected" in said
    assert "1 member would wait: the units do not suffice" in said
    assert not Rule.objects.filter(company=company).exists()
    assert seated(company) == set()
    assert not Claim.objects.filter(company=company).exists()
    said = send(client, "console-change-rules", company, sure="1", **form)
    assert "The rule holds." in said
    assert len(seated(company)) == 2
    assert Claim.objects.filter(company=company).count() == 1
    assert "there is such a rule already" in send(client, "console-change-rules", company, **form)


def test_rules_are_ordered_removed_and_their_members_kept_or_not(
    client: Client, town: Town
) -> None:
    company = town.company()
    town.licence(company, 9, 60)
    people = town.people(company, 4)
    first = group(town, company, "First", people[:2])
    second = group(town, company, "Second", people[2:])
    for target in (first, second):
        protection.add_rule(company.id, COS, "group", target, clock=town.clock, who=WHO)
    one, two = Rule.objects.filter(company=company).order_by("place")
    send(client, "console-change-rules", company, do="up", rule=str(two.id))
    assert [r.id for r in Rule.objects.filter(company=company).order_by("place")] == [
        two.id,
        one.id,
    ]
    said = send(client, "console-change-rules", company, do="remove", rule=str(one.id))
    assert "2 members would be protected no longer" in said
    send(client, "console-change-rules", company, do="remove", rule=str(one.id), sure="1")
    assert seated(company) == names(2, 3)
    said = send(client, "console-change-rules", company, do="keep", rule=str(two.id))
    assert "Nobody’s protection would change now." in said
    send(client, "console-change-rules", company, do="keep", rule=str(two.id), sure="1")
    assert seated(company) == names(2, 3)
    assert "No rule yet" in page(client, "console-rules", company)


def test_exclusions_are_added_by_name_or_group_and_taken_away(client: Client, town: Town) -> None:
    company = town.company()
    town.licence(company, 9, 60)
    people = town.people(company, 3)
    protection.add_rule(company.id, COS, "company", None, clock=town.clock, who=WHO)
    night = group(town, company, "Night", people[1:2])
    change = "console-change-rules"
    assert "Nobody is called x@y." in send(client, change, company, do="exclude", user="x@y")
    form = {"do": "exclude", "user": "U00000@martin.test"}
    assert "1 member would be protected no longer" in send(client, change, company, **form)
    send(client, change, company, sure="1", **form)
    send(client, change, company, do="exclude", group=str(night), sure="1")
    assert seated(company) == names(2)
    shown = page(client, "console-rules", company)
    assert "u00000@martin.test" in shown
    assert "Night" in shown
    for exclusion in Exclusion.objects.filter(company=company):
        send(client, change, company, do="include", exclusion=str(exclusion.id), sure="1")
    assert seated(company) == names(0, 1, 2)


# Groups, sources, directories


def test_a_group_by_hand_is_made_filled_renamed_and_removed(client: Client, town: Town) -> None:
    company = town.company()
    people = town.people(company, 2)
    send(client, "console-add-group", company, name="Sales")
    made = Group.objects.get(company=company)
    assert "is a group of this name already" in send(
        client, "console-add-group", company, name="Sales"
    )
    change = ("console-change-group", company, made.id)
    send(client, *change, do="in", member=[str(each) for each in people])
    assert GroupMember.objects.filter(company=company).count() == 2
    assert "u00001@martin.test" in page(client, "console-group", company, made.id)
    send(client, *change, do="out", member=[str(people[0])])
    assert GroupMember.objects.get(company=company).member_id == people[1]
    send(client, *change, do="rename", name="Sellers")
    assert "Sellers" in page(client, "console-groups", company)
    assert "1 member is in it, and stays a member." in send(client, *change, do="remove")
    send(client, *change, do="remove", sure="1")
    assert not Group.objects.filter(company=company).exists()
    assert Member.objects.filter(company=company).count() == 2


def test_a_group_of_a_directory_is_the_directorys_to_change(client: Client, town: Town) -> None:
    company = town.company()
    people = town.people(company, 1)
    source = Source.objects.create(company=company, name="Entra", kind="scim")
    with writing(company.id, town.clock, WHO) as ledger:
        made = groups.append_added(ledger, "Theirs", source=source.id)
    change = ("console-change-group", company, made.id)
    send(client, *change, do="in", member=[str(people[0])])
    send(client, *change, do="rename", name="Ours")
    assert not GroupMember.objects.filter(company=company).exists()
    assert Group.objects.get(company=company).name == "Theirs"


def test_who_is_not_clear_is_shown_and_settled_by_a_person(client: Client, town: Town) -> None:
    company = town.company()
    town.people(company, 2)
    source = Source.objects.create(company=company, name="Entra", kind="scim")
    both = ["u00000@martin.test", "u00001@martin.test"]
    with writing(company.id, town.clock, WHO) as ledger:
        identities.append_added(ledger, source, Said("u00000@martin.test", addresses=both))
    assert "1 entry of a directory is not clear" in page(client, "console-groups", company)
    shown = page(client, "console-clashes", company)
    assert "Its names belong to two members:" in shown
    identity = Identity.objects.get(company=company)
    right = Member.objects.get(company=company, user="u00001@martin.test")
    form = {"identity": str(identity.id), "is": str(right.id)}
    assert "Settled." in send(client, "console-clashes", company, **form)
    assert Identity.objects.get(company=company).member_id == right.id


# Units


def test_units_say_who_waits_where_and_which_licence_serves(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    town.licence(company, 2, 60, pool=lyon.id)
    town.licence(company, 3, 90, pool=paris.id)
    people = town.people(company, 3)
    protection.want(company.id, COS, people, clock=town.clock, who=WHO)
    shown = page(client, "console-licences", company)
    assert "Which licence serves" in shown
    row = shown.partition("Lyon</bdi></a>")[2].partition("</tr>")[0]
    numbers = [cell.rpartition(">")[2] for cell in row.split("</td>") if cell.strip()]
    assert numbers[2:4] == ["2", "2"], row
    assert '<span class="lacking">1</span>' in row


def test_of_many_licences_that_serve_a_page_is_shown_and_the_table_has_all(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that lasts longest comes first, and its units are used before the others'."""
    monkeypatch.setattr("tenure.portal.console.licences.SERVING", 2)
    company = town.company()
    for units in (11, 12, 13):
        town.licence(company, units, 10 * units)
    town.people(company, 14, 14)
    address = reverse("console-licences", args=[company.id])

    def serving(asked: str) -> list[tuple[str, str]]:
        shown = client.get(f"{address}{asked}").content.decode()
        rows = shown.partition('id="serving"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
        cells = [[x.rpartition(">")[2] for x in row.split("</td>")] for row in rows.split("</tr>")]
        return [(row[1], row[2]) for row in cells if len(row) > 2]

    assert serving("") == [("13", "13"), ("12", "1")]
    assert serving("?serving=2") == serving("?serving=99") == [("11", "0")]
    assert serving("?serving=nonsense") == serving("")
    assert "Page 1 of 2" in client.get(address).content.decode()
    answer = client.get(reverse("console-units-table", args=[company.id]))
    table = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # it streams
    assert all(f"({used})" in table for used in ("13/13", "1/12", "0/11"))


def test_an_msp_sees_the_units_of_all_companies_that_are_open_to_it(
    client: Client, town: Town
) -> None:
    company = town.put("active", "Boulangerie Martin")
    town.put("grace", "Garage Petit")
    address = reverse("console-licences", args=[company.id])
    assert "Show all companies" in client.get(address).content.decode()
    shown = client.get(f"{address}?all=1").content.decode()
    assert "Garage Petit" in shown
    assert "Garage Petit" not in client.get(address).content.decode()


# A site


def _of_site(town: Town) -> tuple[Company, Client, str, dict[str, UUID]]:
    """A company whose Lyon and Paris have a member each, and somebody who may see Paris alone."""
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    town.licence(company, 4, 60, pool=lyon.id)
    town.licence(company, 4, 60, pool=paris.id)
    people = town.people(company, 2)
    members.set_home(company.id, people[1:], paris.id, clock=town.clock, who=WHO)
    who = person("dan@example.org")
    owner = person("owner@example.org")
    account = accounts.open_msp("Nord", owner, clock=town.clock)
    Company.objects.filter(pk=company.pk).update(account=account)
    company.refresh_from_db()
    site = ScopeRights(company.id, paris.id, "none", "write")
    memberships.add(account, who, Rights("none", "none", scopes=(site,)), clock=town.clock)
    base = f"/a/{account.id}/companies/{company.id}/"
    ids = {"lyon": lyon.id, "paris": paris.id, "in_lyon": people[0], "in_paris": people[1]}
    return company, signed_in(Person.objects.get(pk=who.pk)), base, ids


def test_whoever_sees_a_site_sees_its_members_and_reaches_no_other(town: Town) -> None:
    """Neither in the list nor by ticking, by "all", by CSV, nor by any address of the company."""
    company, dan, base, ids = _of_site(town)
    console = f"{base}sites/{ids['paris']}/console/"
    shown = dan.get(console)
    assert shown.status_code == 200
    assert "u00001@martin.test" in shown.content.decode()
    assert "u00000@martin.test" not in shown.content.decode()
    answer = dan.get(f"{console}members.csv?site={ids['lyon']}")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "u00001@martin.test" in text
    assert "u00000@martin.test" not in text
    both = [str(ids["in_lyon"]), str(ids["in_paris"])]
    form = {"company": str(company.id), "do": "protect"}
    for more in (
        {"whom": "ticked", "member": both},
        {"whom": "page", "shown": both},
        {"whom": "all", "filter": f"site={ids['lyon']}"},
    ):
        dan.post(f"{console}act/", {**form, **more})
    assert seated(company) == {"u00001@martin.test"}
    dan.post(f"{console}act/", {**form, "do": "home", "member": both, "home": str(ids["lyon"])})
    assert Member.objects.get(company=company, id=ids["in_paris"]).pool_id == ids["paris"]
    for path in (
        *("console/", "console/rules/", "console/groups/", "console/licences/", "console/add/"),
        *(f"console/members/{ids['in_paris']}/", f"sites/{ids['lyon']}/console/"),
    ):
        assert dan.get(f"{base}{path}").status_code == 404, path


def test_a_sites_page_leads_to_its_console(town: Town) -> None:
    _, dan, base, ids = _of_site(town)
    shown = dan.get(f"{base}sites/{ids['paris']}/").content.decode()
    assert f"{base}sites/{ids['paris']}/console/" in shown


# Suspended

READ = (
    *("console", "console-list", "console-add", "console-file", "console-groups"),
    *("console-clashes", "console-rules", "console-licences"),
)
DO = (
    ("console-act", {"do": "protect", "whom": "all"}),
    ("console-act", {"do": "leave", "whom": "all"}),
    ("console-add", {"user": "new@martin.test"}),
    ("console-file", {"text": "user\nnew@martin.test\n", "sure": "1"}),
    ("console-add-group", {"name": "New"}),
    ("console-change-rules", {"do": "add", "for": "company:", "sure": "1"}),
)


@pytest.mark.parametrize("situation", ["suspended", "closed"])
def test_every_page_and_form_of_a_suspended_console_answers_423_and_changes_nothing(
    client: Client, town: Town, situation: str
) -> None:
    company = town.put(situation)
    before = (
        Member.objects.filter(company=company, left_at__isnull=True).count(),
        Seat.objects.filter(company=company, closed_seq__isnull=True).count(),
    )
    for name in READ:
        answer = client.get(reverse(name, args=[company.id]))
        assert answer.status_code == 423, name
        assert "The Console is shut, and everything is kept" in answer.content.decode()
    for name, form in DO:
        answer = client.post(reverse(name, args=[company.id]), {"company": str(company.id), **form})
        assert answer.status_code == 423, name
    assert not Group.objects.filter(company=company).exists()
    assert not Rule.objects.filter(company=company).exists()
    assert before == (
        Member.objects.filter(company=company, left_at__isnull=True).count(),
        Seat.objects.filter(company=company, closed_seq__isnull=True).count(),
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("The Console is shut, and everything is kept", "Everything is kept at least until"),
        ),
        ("fr", ("La Console est fermée, et tout est conservé", "15 avril 2026")),
    ],
)
def test_a_suspended_console_says_in_both_languages_what_is_kept_until_when_and_the_way_back(
    client: Client, town: Town, language: str, words: tuple[str, str]
) -> None:
    speak(client, language)
    company = town.put("suspended")
    shown = client.get(reverse("console", args=[company.id])).content.decode()
    for each in words:
        assert each in shown
    assert reverse("licences", args=[company.id]) in shown


def test_in_grace_the_console_is_open_and_says_that_all_are_protected_without_a_unit(
    client: Client, town: Town
) -> None:
    company = town.put("grace")
    shown = page(client, "console", company)
    assert 'Warning <span class="n">4</span>' in shown
    said = act(client, company, "protect", whom="all").content.decode()
    assert "2 members wait: no unit is free." in said
    assert "4 members were protected or waited already." in said


def test_a_colon_stands_in_french_after_a_space_that_does_not_break() -> None:
    page = Template("{% load tenure %}A{% colon %} B")
    with override("fr"):
        assert page.render(Context()) == "A\N{NO-BREAK SPACE}: B"
    with override("en"):
        assert page.render(Context()) == "A: B"
