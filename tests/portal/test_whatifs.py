"""The what-if page: what is shown, what is kept of bad input, and that nothing is done."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.core.policy import DAY
from tenure.portal.operator.whatif_forms import FORMS
from tenure.services import licences, seats
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Fact, Licence, Pool
from tests.portal.conftest import PHASES, Town, reverse, speak
from tests.portal.test_pages import text_of


def licence_of(company: Company) -> UUID:
    return Licence.objects.filter(company=company).order_by("-ends_at")[0].id


def ask(client: Client, company: Company, query: Any = (), status: int = 200, **more: str) -> str:
    """Give the page; ``query`` as pairs, so that a name can stand several times."""
    address = reverse("whatif", args=[company.id])
    data: dict[str, list[str]] = {}
    for name, value in query:
        data.setdefault(name, []).append(value)
    if "language" in more:
        speak(client, more["language"])
    answer = client.get(address, data)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("situation", PHASES)
def test_every_form_and_closing_is_shown_in_every_situation(
    client: Client, town: Town, situation: str, language: str
) -> None:
    company = town.put(situation)
    for kind in FORMS:
        body = ask(client, company, [("do", kind)], language=language)
        assert f'<input type="hidden" name="do" value="{kind}">' in body
        assert "style=" not in body
    body = ask(client, company, [("change", "close")], language=language)
    first = {"en": "If you close the account today, ", "fr": "Si vous fermez aujourd’hui le compte"}
    assert first[language] in text_of(body)
    assert "style=" not in body


def test_the_page_says_who_loses_protection_and_by_name(client: Client, town: Town) -> None:
    company = town.put("active")
    facts = Fact.objects.count()
    token = f"resize,licence={licence_of(company)},units=3"
    said = text_of(ask(client, company, [("change", token)]))
    assert "3 units today, 1 of 4 users loses protection at once." in said
    assert "Person 3 u00003@martin.test" in said
    assert "Person 2" not in said
    assert Fact.objects.count() == facts


def test_a_form_that_is_sent_leads_to_an_address_that_can_be_shared(
    client: Client, town: Town
) -> None:
    company = town.put("active")
    licence = str(licence_of(company))
    address = reverse("whatif", args=[company.id])
    query = {"change": "close,at=2026-03-01", "do": "resize", "licence": licence, "units": "3"}
    answer = client.get(address, {**query, "at": "2026-02-01", "go": "1"})
    assert answer.status_code == 302
    shared = client.get(answer["location"])
    assert shared.status_code == 200
    said = text_of(shared.content.decode())
    assert "1. " not in said
    assert "Close the account on Sunday 1 March 2026" in said
    assert "Give the licence Cloud Office Security 3 units on Sunday 1 February 2026" in said
    assert "With these 2 changes, 1 of 4 users loses protection on" in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"units": "0"}, "Units: At least 1."),
        ({"units": "many"}, "Units: Write a whole number, such as 20."),
        ({"units": "3", "at": "2020-01-01"}, "Day: This day is over. Choose today or a later one."),
        ({"units": "3", "at": "soon"}, "Day: This is not a day. Write it like 2027-06-30."),
        ({"units": "3", "licence": "x"}, "Licence: There is no such licence here."),
    ],
)
def test_bad_input_is_kept_and_its_place_is_named(
    client: Client, town: Town, fields: dict[str, str], said: str
) -> None:
    company = town.put("active")
    query = {"do": "resize", "licence": str(licence_of(company)), "go": "1", **fields}
    body = ask(client, company, query.items(), 422)
    assert said in text_of(body).replace(" : ", ": ")
    for name, value in fields.items():
        if name != "licence":
            assert f'name="{name}" value="{html.escape(value)}"' in body


def test_what_the_rules_forbid_is_said_beside_the_form_and_in_the_list(
    client: Client, town: Town
) -> None:
    """The sentence is the reader's own; the other changes stay."""
    company = town.put("active")
    licence = licence_of(company)
    fields = [("do", "protect"), ("units", "99"), ("go", "1")]
    body = ask(client, company, [("change", "close,at=2027-03-01"), *fields], 422)
    assert "So many units are not free there." in text_of(body)
    assert 'name="change" value="close,at=2027-03-01"' in body
    tokens = [("change", "close"), ("change", f"resume,licence={licence}")]
    said = text_of(ask(client, company, tokens, 422, language="fr"))
    assert "Cette licence n’est pas suspendue à ce moment." in said
    body = ask(client, company, [("change", "dance,at=1"), ("change", "close")], 422, language="en")
    assert "There is nothing of this kind that could be supposed." in text_of(body)


def test_a_change_can_be_opened_again_and_taken_away(client: Client, town: Town) -> None:
    company = town.put("active")
    token = f"resize,licence={licence_of(company)},units=3"
    body = ask(client, company, [("change", token), ("change", "close,at=2027-03-01")])
    links = [html.unescape(x) for x in re.findall(r'href="([^"]*whatif/\?[^"]*)"', body)]
    again = next(x for x in links if "do=resize" in x and "units=3" in x)
    opened = client.get(again).content.decode()
    assert 'name="units" value="3"' in opened
    assert opened.count('name="change"') == 1
    without = next(x for x in links if "change=close" in x and "resize" not in x and "do=" not in x)
    assert "If you close the account on Monday 1 March 2027" in text_of(
        client.get(without).content.decode()
    )


def test_links_beside_the_real_actions_lead_here_with_what_they_are_about(
    client: Client, town: Town, demo: None
) -> None:
    company = town.put("active")
    licence = licence_of(company)
    whatif = reverse("whatif", args=[company.id])

    def there(name: str, *args: Any) -> str:
        return html.unescape(client.get(reverse(name, args=[company.id, *args])).content.decode())

    assert f"{whatif}?licence={licence}" in there("licences")
    assert f"{whatif}?do=renew&licence={licence}" in there("renew", licence)
    assert f"{whatif}?do=add" in there("add-licence")
    assert f"{whatif}?change=close" in there("company")
    body = html.unescape(ask(client, company, [("licence", str(licence))]))
    assert f"?do=remove&licence={licence}" in body
    chosen = ask(client, company, [("do", "remove"), ("licence", str(licence))])
    assert f'<option value="{licence}" selected>' in chosen


@pytest.mark.usefixtures("demo")
def test_the_closing_page_names_who_would_lose_protection(client: Client, town: Town) -> None:
    company = town.put("active")
    said = text_of(client.get(reverse("close", args=[company.id])).content.decode())
    assert "4 users lose protection at once" in said
    assert said.index("Person 3") < said.index("Close Boulangerie Martin Cancel")


def test_sites_are_named_and_units_moved_between_them(client: Client, town: Town) -> None:
    company = town.company(sites=("Lyon", "Paris"))
    lyon, paris = (pool.id for pool in Pool.objects.filter(company=company).order_by("position"))
    licence = town.licence(company, 6, 90, pool=lyon).id
    town.people(company, 5, 4)
    token = f"place,licence={licence},site_{paris}=3"
    said = text_of(ask(client, company, [("change", token)]))
    assert "(3 in Paris), 1 of 4 users of the Lyon site loses protection at once." in said
    assert "Lyon · 1 user loses protection at once" in said
    fields = [("do", "place"), ("licence", str(licence)), (f"site_{paris}", "9"), ("go", "1")]
    body = ask(client, company, fields, 422)
    assert "More units are placed than the licence has. Place fewer." in text_of(body)
    assert 'value="9"' in body


def test_a_new_licence_has_the_name_of_its_product_and_saves_those_it_covers(
    client: Client, town: Town
) -> None:
    company = town.put("grace")
    said = text_of(ask(client, company, [("change", "add,units=9,until=2027-12-31")]))
    assert "4 users keep the protection that otherwise ends on" in said
    assert "There are units again, and the service goes on as before, at once." in said


def test_many_sites_and_names_are_cut_short_and_counted(client: Client, town: Town) -> None:
    company = town.company(sites=tuple(f"Site {i:02}" for i in range(15)))
    now = town.now(company)
    pools = list(Pool.objects.filter(company=company).order_by("position"))
    placed = {pool.id: 2 for pool in pools[1:]} | {pools[0].id: 40}
    new = NewLicence("cos", 70, now, now + 90 * DAY, "full", placed)
    licences.add(company.id, new, clock=town.clock, who="test")
    people = town.people(company, 68)
    for i, pool in enumerate(pools):
        mine = people[:40] if i == 0 else people[38 + 2 * i : 40 + 2 * i]
        seats.protect(company.id, "cos", pool.id, mine, clock=town.clock, who="test")
    said = text_of(ask(client, company, [("change", "close")]))
    assert "Site 00 · 40 users lose protection at once" in said
    assert "and 10 more" in said
    assert "Site 11" in said.split("Who would lose protection")[1].split("The timeline")[0]
    assert "6 more users lose protection, later or at other sites." in said


def test_a_what_if_asks_the_database_the_same_for_few_members_and_for_many(
    client: Client, town: Town
) -> None:
    counts = []
    for count, name in ((2, "Few"), (60, "Many")):
        company = town.company(name)
        town.licence(company, 80, 60)
        town.people(company, count, count)
        client.get("/")  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as queries:
            ask(client, company, [("change", "close")])
        assert not [
            x["sql"] for x in queries if not x["sql"].upper().startswith(("SELECT", "PRAGMA"))
        ]
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 40
