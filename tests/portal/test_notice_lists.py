"""The list of notices: each filter, its order, its days, and the same as CSV."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from itertools import chain
from typing import get_args

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.core.records import NoticeKind
from tenure.portal.operator.notice_lists import COLUMNS
from tenure.services.days import start_of
from tenure.services.histories import PAGE
from tenure.services.notice_lists import MAILS, NOBODY, STATES, SUBJECTS
from tenure.store.models import Company, Delivery, Notice, Person
from tests.portal.conftest import Town, reverse, speak

pytestmark = pytest.mark.django_db

STATE = Notice.State
KINDS: tuple[str, ...] = get_args(NoticeKind)


def told(company: Company, number: int, kind: str = "expiring", **more: object) -> Notice:
    wanted: dict[str, object] = {"at": 1_800_000_000 + number, "state": STATE.ISSUED, **more}
    return Notice.objects.create(
        company=company,
        service="cos",
        instance=1,
        token=1000 + number,
        kind=kind,
        period=f"test-{number}",
        reference=f"N-{number:03}",
        **wanted,
    )


def mailed(notice: Notice, address: str, state: str = "accepted") -> None:
    Delivery.objects.create(
        company=notice.company,
        notice_id=notice.id,
        is_deadline=False,
        counts=False,
        role="owner",
        address=address,
        address_hmac=address,
        language="en",
        time_zone="UTC",
        message_id=f"{notice.reference}-{address}",
        state=state,
    )


def shown(client: Client, company: Company, query: str = "") -> list[str]:
    """Give the references on a page, which are those of the table where it fits on one page."""
    page = client.get(reverse("notices", args=[company.id]) + query)
    assert page.status_code == 200
    found = [row.notice.reference for row, *_ in page.context["rows"]]
    if page.context["page"].pages == 1:
        assert [row["reference"] for row in table(client, company, query)] == found
    return found


def table(client: Client, company: Company, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse("notices-table", args=[company.id]) + query)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_each_kind_of_notice_stands_under_one_subject(client: Client, town: Town) -> None:
    """What is asked for by what it is about is found, and nothing is found twice."""
    assert sorted(kind for kinds in SUBJECTS.values() for kind in kinds) == sorted(KINDS)
    company = town.company()
    of = {kind: told(company, i, kind).reference for i, kind in enumerate(KINDS)}
    for subject, kinds in SUBJECTS.items():
        assert set(shown(client, company, f"?subject={subject}")) == {of[kind] for kind in kinds}


def test_each_notice_stands_in_one_state_and_the_page_calls_it_so(
    client: Client, town: Town
) -> None:
    """A notice that was taken back is withdrawn, even where it was served before."""
    company = town.company()
    told(company, 1, "grace")
    told(company, 2, "grace", served_by="email", served_at=1_800_000_100)
    told(company, 3)
    told(company, 4, "grace", state=STATE.WITHDRAWN, served_by="portal")
    told(company, 5, state=STATE.SKIPPED)
    found = {state: shown(client, company, f"?state={state}") for state in STATES}
    assert found == {
        "unserved": ["N-001"],
        "served": ["N-002"],
        "issued": ["N-003"],
        "withdrawn": ["N-004"],
    }
    words = [row["state"] for row in table(client, company, "?sort=at")]
    assert words == ["Not served yet: no period runs", "Served", "Issued", "Withdrawn"]


def test_notices_are_found_by_what_became_of_a_mail_and_to_whom(client: Client, town: Town) -> None:
    """Both together speak of the same mail."""
    company, other = town.company(), town.company("Garage")
    first, second, third = (told(company, i) for i in (1, 2, 3))
    mailed(first, "anne@example.org", "refused")
    mailed(first, "bruno@example.org")
    mailed(second, "anne@example.org", "leased")
    mailed(second, "bruno@example.org", "given_up")
    mailed(told(other, 4), "anne@example.org", "refused")
    found = {mail: shown(client, company, f"?mail={mail}") for mail in (*MAILS, NOBODY)}
    assert found == {
        "refused": ["N-001"],
        "given_up": ["N-002"],
        "waiting": ["N-002"],
        "accepted": ["N-001"],
        NOBODY: [third.reference],
    }
    assert shown(client, company, "?address=anne") == ["N-002", "N-001"]
    assert shown(client, company, "?address=anne&mail=accepted") == []
    assert shown(client, company, "?address=%20BRUNO%40example&mail=accepted") == ["N-001"]
    row = table(client, company, "?address=anne&sort=at")[0]
    assert row["addresses"] == "anne@example.org; bruno@example.org"
    assert (row["recipients"], row["accepted"], row["refused"]) == ("2", "1", "1")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_day_is_one_of_the_readers_zone(client: Client, town: Town, zone: str) -> None:
    """Both days are included, to their last second."""
    Person.objects.update(time_zone=zone)
    company = town.company()
    begins, ends = (start_of(date(2027, 3, day), zone) for day in (5, 7))
    for i, at in enumerate((begins - 1, begins, ends - 1, ends)):
        told(company, i, at=at)
    assert shown(client, company, "?since=2027-03-05&until=2027-03-06") == ["N-002", "N-001"]


def test_the_list_is_sorted_by_its_dates_both_ways(client: Client, town: Town) -> None:
    """What has no deadline stands last either way; the head of the column turns the order."""
    company = town.company()
    told(company, 1, deadline_at=1_900_000_000)
    told(company, 2)
    told(company, 3, deadline_at=1_850_000_000)
    assert shown(client, company) == ["N-003", "N-002", "N-001"]
    assert shown(client, company, "?sort=at") == ["N-001", "N-002", "N-003"]
    assert shown(client, company, "?sort=deadline") == ["N-003", "N-001", "N-002"]
    assert shown(client, company, "?sort=-deadline") == ["N-001", "N-003", "N-002"]
    page = client.get(reverse("notices", args=[company.id]) + "?sort=deadline&subject=ends")
    body = page.content.decode()
    assert 'aria-sort="ascending"><a href="?subject=ends&amp;sort=-deadline">Deadline' in body
    assert '<th scope="col"><a href="?subject=ends&amp;sort=-at">Issued' in body


def test_a_filter_holds_from_page_to_page(client: Client, town: Town) -> None:
    """Each notice stands on one page, and the filter with its order is in the links."""
    company = town.company()
    for i in range(PAGE + 5):
        told(company, i)
        told(company, 500 + i, "grace")
    query = "?subject=ends&sort=at"
    pages = [shown(client, company, f"{query}&page={n}") for n in (1, 2)]
    assert [len(page) for page in pages] == [PAGE, 5]
    assert [*chain(*pages)] == [f"N-{i:03}" for i in range(PAGE + 5)]
    body = client.get(reverse("notices", args=[company.id]) + query).content.decode()
    assert 'href="?subject=ends&amp;sort=at&amp;page=2"' in body
    assert f"{PAGE + 5} notices of {2 * PAGE + 10}" in body
    assert len(table(client, company, query)) == PAGE + 5


def test_what_is_found_by_its_mails_is_found_once_and_stands_on_one_page(
    client: Client, town: Town
) -> None:
    """All mails are gone through once for the number and the page; the second page holds the rest,
    also of notices of one instant, and one behind the last is the last."""
    company = town.company()
    for i in range(PAGE + 5):
        mailed(told(company, i, at=1_800_000_000), "anne@example.org")
        told(company, 500 + i)
    query = "?mail=accepted&address=anne&sort=at"
    pages = [shown(client, company, f"{query}&page={n}") for n in (1, 2)]
    assert [*chain(*pages)] == [f"N-{i:03}" for i in range(PAGE + 5)]
    assert shown(client, company, f"{query}&page=999") == pages[1]
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("notices", args=[company.id]) + query)
    assert f"{PAGE + 5} notices of {2 * PAGE + 10}" in page.content.decode()
    gone_through = [each for each in asked if "LIKE" in each["sql"] and "delivery" in each["sql"]]
    assert len(gone_through) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?since=tomorrow", "This is not a day. Write it like 2027-06-30."),
        ("?since=2027-03-06&until=2027-03-05", "This day lies before the first one."),
        ("?until=0001-01-01", "Choose a day between the years 1971 and 2199."),
        ("?subject=nonsense", "nonsense"),
        ("?sort=nonsense", "nonsense"),
    ],
)
def test_what_makes_no_sense_is_said_and_shows_nothing(
    client: Client, town: Town, query: str, said: str
) -> None:
    """Neither the page nor the table pretends that it was not asked."""
    company = town.company()
    told(company, 1)
    page = client.get(reverse("notices", args=[company.id]) + query)
    assert page.status_code == 422
    body = page.content.decode()
    assert said in body and "N-001" not in body
    assert client.get(reverse("notices-table", args=[company.id]) + query).status_code == 422


def test_a_filter_that_finds_nothing_says_so_and_offers_all(client: Client, town: Town) -> None:
    """In the reader's language; a company that was told nothing is told so without a filter."""
    company = town.company()
    address = reverse("notices", args=[company.id])
    empty = client.get(address).content.decode()
    assert "No notice yet" in empty and 'class="asking"' not in empty
    told(company, 1)
    body = client.get(address + "?subject=deletion").content.decode()
    assert "No notice fits" in body and f'href="{address}"' in body
    speak(client, "fr")
    assert (
        "Aucune annonce ne correspond" in client.get(address + "?subject=deletion").content.decode()
    )


def test_the_table_is_in_the_readers_language_beside_words_for_machines(
    client: Client, town: Town
) -> None:
    """And no spreadsheet runs what stands in an address."""
    company = town.company(sites=("Paris", "=Lyon"))
    site = company.pools.get(name="=Lyon")
    notice = told(
        company, 1, "pool_short", subject=str(site.id), deadline_at=1_800_086_400, days=None
    )
    mailed(notice, "=cmd@example.org")
    speak(client, "fr")
    (row,) = table(client, company)
    assert tuple(row) == COLUMNS
    assert row["kind"] == "pool_short"
    assert row["notice"] == "Annonce d’un site qui manque d’unités"
    assert (row["site"], row["addresses"]) == ("'=Lyon", "'=cmd@example.org")
    assert row["issued_at"] == "2027-01-15T08:00:01Z"
    assert row["deadline_at"] == "2027-01-16T08:00:00Z"


def test_page_and_table_ask_the_same_for_few_notices_and_for_many(
    client: Client, town: Town
) -> None:
    """The number of queries does not grow with the notices or their mails."""
    company = town.company()
    mailed(told(company, 0), "anne@example.org")

    def queries(name: str) -> int:
        client.get(reverse("profile"))  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as found:
            address = reverse(name, args=[company.id])
            client.get(f"{address}?address=anne&mail=accepted&subject=ends").getvalue()
        return len(found)

    few = {name: queries(name) for name in ("notices", "notices-table")}
    for i in range(1, 120):
        mailed(told(company, i), "anne@example.org")
    assert {name: queries(name) for name in few} == few
