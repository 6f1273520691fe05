"""The list of what was done to a company: each filter, its order, its days, and as CSV."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from itertools import chain

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.clock import Clock
from tenure.core.facts import FACTS
from tenure.portal.operator.history_lists import COLUMNS
from tenure.services import fact_lists
from tenure.services.days import start_of
from tenure.services.fact_lists import SUBJECTS
from tenure.services.histories import PAGE
from tenure.services.licences import NewLicence, add
from tenure.store.models import Company, Fact, Licence, Person
from tests.portal.conftest import Town, person, reverse, speak

pytestmark = pytest.mark.django_db


def done(company: Company, kind: str, who: str = "test", at: int = 0, **data: object) -> int:
    """Write an entry into the history of a company, behind its last one."""
    company.refresh_from_db()
    company.last_seq += 1
    company.save(update_fields=["last_seq"])
    Fact.objects.create(
        company=company,
        seq=company.last_seq,
        at=at or 1_800_000_000 + company.last_seq,
        who=who,
        kind=kind,
        data=data,
    )
    return company.last_seq


def shown(client: Client, company: Company, query: str = "") -> list[int]:
    """Give the entries on a page, which are those of the table where they fit on one page."""
    page = client.get(reverse("history", args=[company.id]) + query)
    assert page.status_code == 200
    found = [fact.seq for fact, *_ in page.context["facts"]]
    if page.context["page"].pages == 1:
        assert [int(row["entry"]) for row in table(client, company, query)] == found
    return found


def table(client: Client, company: Company, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse("history-table", args=[company.id]) + query)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


def licence(town: Town, company: Company, clock: Clock, **more: str) -> Licence:
    new = NewLicence("cos", 5, clock.now(), clock.now() + 9_000_000, **more)  # type: ignore[arg-type]  # texts
    return add(company.id, new, clock=clock, who="test")


def test_each_kind_of_fact_stands_under_one_subject(client: Client, town: Town) -> None:
    """What is asked for by what it is about is found, and nothing is found twice."""
    for kind in FACTS:
        beginnings = [each for of in SUBJECTS.values() for each in of if kind.startswith(each)]
        assert len(beginnings) == 1, kind
    company = town.put("active")
    done(company, "company.closed")
    done(company, "deletion.held", because="A lawsuit")
    found = {subject: shown(client, company, f"?subject={subject}") for subject in SUBJECTS}
    assert all(found.values())
    assert sorted(chain(*found.values())) == sorted(shown(client, company))


def test_what_somebody_did_is_found_by_them(client: Client, town: Town) -> None:
    """They are named as the page names them, and whoever bought a key is one choice."""
    company = town.company()
    bruno = person("bruno@example.org")
    mine = done(company, "company.closed", f"person:{bruno.id}")
    keys = [done(company, "company.reopened", f"key:{name}") for name in ("ABCDE", "FGHIJ")]
    stranger = person("stranger@example.org")
    done(town.company("Garage"), "company.closed", f"person:{stranger.id}")
    page = client.get(reverse("history", args=[company.id]))
    choices = dict(page.context["form"].fields["who"].choices)
    assert choices[f"person:{bruno.id}"] == "Bruno"
    assert choices["key:"] == "Whoever a key was sold to"
    assert f"person:{stranger.id}" not in choices and "key:ABCDE" not in choices
    assert shown(client, company, f"?who=person:{bruno.id}") == [mine]
    assert shown(client, company, "?who=key:") == keys[::-1]
    other = reverse("history", args=[company.id]) + f"?who=person:{stranger.id}"
    assert client.get(other).status_code == 422


def test_what_was_done_to_a_licence_or_a_site_is_found_by_its_name(
    client: Client, town: Town
) -> None:
    """By the name that the page shows, in whatever letters; never by one that it does not show."""
    company = town.company(sites=("Lyon", "Paris"))
    laptops = licence(town, company, town.clock, label="Laptops", reference="R-1")
    phones = licence(town, company, town.clock, reference="R-2")
    lyon = company.pools.get(name="Lyon")
    at_lyon = done(company, "seats.protected", pool=str(lyon.id), count=2)

    def of(query: str) -> set[str]:
        rows = Fact.objects.filter(company=company, seq__in=shown(client, company, query))
        return {str(row.data.get("licence") or row.data.get("pool")) for row in rows}

    assert of("?about=laptop") == {str(laptops.id)}
    assert of("?about=R-2") == {str(phones.id)}
    assert of("?about=R-1") == set(), "its label is shown, and not its reference"
    assert at_lyon in shown(client, company, "?about=LYON")
    assert of("?about=lyon") == {str(lyon.id)}
    assert shown(client, company, "?about=lyon&subject=licences") == []


def test_a_name_is_found_as_it_is_shown_whatever_lies_in_it(client: Client, town: Town) -> None:
    """Accents, capital letters and signs that nobody sees are the same in every database."""
    company = town.company()
    hidden = licence(town, company, town.clock, label="\u00c9quipe\u200b Nord")
    for typed in ("équipe nord", "E\u0301QUIPE", "pe nord"):
        found = Fact.objects.get(company=company, seq__in=shown(client, company, f"?about={typed}"))
        assert found.data["licence"] == str(hidden.id)
    for typed in ("%", "_", "\\", "'"):
        assert shown(client, company, f"?about={typed}") == []


def test_very_many_of_one_name_are_said_to_be_cut(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes a part for the whole."""
    monkeypatch.setattr(fact_lists, "MOST_NAMED", 1)
    company = town.company()
    licence(town, company, town.clock, label="Laptops")
    address = reverse("history", args=[company.id]) + "?about=lap"
    assert "Write more of it" not in client.get(address).content.decode()
    licence(town, company, town.clock, label="Laptops, too")
    assert "Write more of it" in client.get(address).content.decode()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_day_is_one_of_the_readers_zone(client: Client, town: Town, zone: str) -> None:
    """Both days are included, to their last second."""
    Person.objects.update(time_zone=zone)
    company = town.company()
    begins, ends = (start_of(date(2027, 3, day), zone) for day in (5, 7))
    made = [done(company, "company.closed", at=at) for at in (begins - 1, begins, ends - 1, ends)]
    query = "?since=2027-03-05&until=2027-03-06&sort=at"
    assert shown(client, company, query) == made[1:3]


def test_the_history_is_read_from_either_end_page_by_page(client: Client, town: Town) -> None:
    """Each entry stands on one page; the filter and the order are in the links."""
    company = town.company()
    made = [done(company, "company.closed") for _ in range(PAGE + 5)]
    pages = [shown(client, company, f"?subject=company&sort=at&page={n}") for n in (1, 2)]
    assert [*chain(*pages)] == made
    pages = [shown(client, company, f"?subject=company&page={n}") for n in (1, 2)]
    assert [*chain(*pages)] == made[::-1]
    query = "?subject=company&sort=at"
    body = client.get(reverse("history", args=[company.id]) + query).content.decode()
    assert 'href="?subject=company&amp;sort=at&amp;page=2#done"' in body
    assert 'aria-sort="ascending"><a href="?subject=company&amp;sort=-at#done">When' in body
    entries = [int(row["entry"]) for row in table(client, company, query)]
    assert entries == made


def test_the_table_is_read_a_lot_at_a_time_and_whole(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many entries there are, in both orders."""
    monkeypatch.setattr(fact_lists, "AT_ONCE", 3)
    company = town.company()
    made = [done(company, "company.closed") for _ in range(8)]
    for sort, wanted in (("at", made), ("-at", made[::-1])):
        rows = table(client, company, f"?subject=company&sort={sort}")
        assert [int(row["entry"]) for row in rows] == wanted


def test_the_table_says_it_in_the_readers_language_and_for_machines(
    client: Client, town: Town
) -> None:
    """The sentence of the page, an instant in UTC, the kind; nothing that a spreadsheet runs."""
    company = town.company()
    done(company, "deletion.held", at=1_800_000_000, because="=cmd()")
    speak(client, "fr")
    row = table(client, company, "?subject=deletion")[0]
    assert tuple(row) == COLUMNS
    assert row["what"] == "Suppression retenue par un opérateur"
    assert (row["at"], row["kind"]) == ("2027-01-15T08:00:00Z", "deletion.held")
    assert row["because"] == "'=cmd()"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("day", ["02/03/2027", "02.03.2027", "2 mars 2027"])
def test_a_day_is_written_in_one_way_in_either_language(
    client: Client, town: Town, language: str, day: str
) -> None:
    """An address that is sent to somebody finds the same for them, or neither understands it."""
    company = town.company()
    done(company, "company.closed", at=start_of(date(2027, 3, 2), "UTC") + 1)
    speak(client, language)
    address = reverse("history", args=[company.id])
    assert client.get(f"{address}?since={day}&until={day}").status_code == 422
    Person.objects.update(time_zone="UTC")
    assert len(shown(client, company, "?since=2027-03-02&until=2027-03-02")) == 1


@pytest.mark.parametrize("query", ["?since=tomorrow", "?subject=nonsense", "?who=nobody"])
def test_what_makes_no_sense_is_said_and_shows_nothing(
    client: Client, town: Town, query: str
) -> None:
    """Neither the page nor the table pretends that it was not asked."""
    company = town.company()
    done(company, "company.closed")
    page = client.get(reverse("history", args=[company.id]) + query)
    assert page.status_code == 422
    body = page.content.decode()
    assert "Nothing is shown" in body and "Company closed by its owner" not in body
    table = client.get(reverse("history-table", args=[company.id]) + query)
    assert table.status_code == 422 and "Nothing is shown" in table.content.decode()


def test_a_filter_that_finds_nothing_says_so_and_offers_all(client: Client, town: Town) -> None:
    company = town.company()
    address = reverse("history", args=[company.id])
    body = client.get(address + "?subject=deletion").content.decode()
    assert "Nothing fits" in body and f'href="{address}#done"' in body


def test_page_and_table_ask_the_same_for_few_entries_and_for_many(
    client: Client, town: Town
) -> None:
    """The number of queries does not grow with the entries."""
    company = town.company()
    laptops = licence(town, company, town.clock, label="Laptops")
    done(company, "licence.suspended", licence=str(laptops.id))

    def queries(name: str) -> int:
        client.get(reverse("profile"))  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as found:
            address = reverse(name, args=[company.id])
            client.get(f"{address}?about=laptops&subject=licences").getvalue()
        return len(found)

    few = {name: queries(name) for name in ("history", "history-table")}
    for _ in range(60):
        done(company, "licence.suspended", licence=str(laptops.id))
        done(company, "licence.resumed", licence=str(laptops.id))
    assert {name: queries(name) for name in few} == few
