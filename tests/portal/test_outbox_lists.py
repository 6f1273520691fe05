"""The list of mails in the outbox: each filter, both orders, its days, and as CSV."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.portal.operator.outbox_lists import COLUMNS
from tenure.services import outbox_lists
from tenure.store.models import Company, OutboxMail
from tests.portal.conftest import Town, reverse

pytestmark = pytest.mark.django_db

NEW_YEAR = 1_798_758_000
"""The beginning of 2027 in the zone of whoever reads, which is Paris."""


def sent(number: int, at: int = 0, company: Company | None = None, **more: str) -> OutboxMail:
    """Put a mail into the outbox, as if handed over so many minutes after the first."""
    return OutboxMail.objects.create(
        **{
            "company": company,
            "message_id": f"<{number}@test>",
            "recipient": f"u{number}@example.org",
            "subject": f"Mail {number}",
            "language": "en",
            "source": "Subject: x\n\nA secret text.",
            "handed_over_at": at or NEW_YEAR + number * 60,
            **more,
        }
    )


def shown(client: Client, query: str = "") -> list[str]:
    """Give the addresses on a page, which are those of the table where they fit on one page."""
    page = client.get(reverse("outbox") + query)
    assert page.status_code == 200
    found = [row.recipient.partition("@")[0] for row in page.context["rows"]]
    if page.context["page"].pages == 1:
        told = [row["recipient"].partition("@")[0] for row in table(client, query)]
        assert told == found
    return found


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(reverse("outbox-table") + query)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.parametrize("at_once", [500, 2])
def test_mails_are_found_by_each_filter_in_both_orders(
    client: Client, town: Town, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """By parts of texts in whatever letters; a day is the reader's, both of them included."""
    monkeypatch.setattr(outbox_lists, "AT_ONCE", at_once)
    bakery = town.company("Bakery")
    sent(1, NEW_YEAR - 1)
    sent(2, NEW_YEAR, company=bakery)
    sent(3, NEW_YEAR + 86_399, company=bakery, subject="The end of your licences")
    sent(4, NEW_YEAR + 86_400, company=town.company("Garage"))
    assert shown(client) == shown(client, "?sort=-at") == ["u4", "u3", "u2", "u1"]
    assert shown(client, "?sort=at") == ["u1", "u2", "u3", "u4"]
    assert shown(client, "?address=U3@EXAMPLE") == ["u3"]
    assert shown(client, "?company=bAKe") == ["u3", "u2"]
    assert shown(client, "?subject=END+of") == ["u3"]
    assert shown(client, "?since=2027-01-01") == ["u4", "u3", "u2"]
    assert shown(client, "?until=2026-12-31") == ["u1"]
    assert shown(client, "?since=2027-01-01&until=2027-01-01&sort=at") == ["u2", "u3"]
    assert shown(client, "?company=bakery&address=u4") == []
    page = client.get(reverse("outbox") + "?company=bakery&sort=at").content.decode()
    assert "2 mails of 4" in page
    assert f'href="{reverse("outbox-table")}?company=bakery&amp;sort=at" download' in page
    assert 'aria-sort="ascending"' in page
    assert "No mail fits" in client.get(reverse("outbox") + "?address=nobody").content.decode()


@pytest.mark.parametrize("query", ["?since=nonsense", "?sort=nonsense", "?until=1066-10-14"])
def test_what_makes_no_sense_finds_nothing_and_says_so(client: Client, query: str) -> None:
    sent(1)
    page = client.get(reverse("outbox") + query)
    assert page.status_code == 422
    assert "Nothing is shown. Please mend this:" in page.content.decode()
    assert client.get(reverse("outbox-table") + query).status_code == 422


def test_the_table_tells_whom_and_when_and_never_what(client: Client, town: Town) -> None:
    """A subject that a spreadsheet would run is harmless."""
    bakery = town.company("Bakery")
    sent(1, company=bakery, subject="=cmd()")
    sent(2)
    own, about = table(client)
    assert tuple(about) == COLUMNS
    assert about == {
        "handed_over_at": "2026-12-31T23:01:00Z",
        "recipient": "u1@example.org",
        "subject": "'=cmd()",
        "language": "en",
        "company": "Bakery",
        "company_id": str(bakery.id),
        "times": "1",
    }
    assert own["company"] == own["company_id"] == ""
    body = client.get(reverse("outbox-table")).getvalue().decode()
    assert "secret" not in body


@pytest.mark.parametrize("name", ["outbox", "outbox-table"])
def test_few_and_many_mails_cost_the_same(client: Client, town: Town, name: str) -> None:
    """The number of queries does not grow, and no content is read."""
    bakery = town.company("Bakery")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(name) + "?subject=mail").getvalue()
        assert not any('"source"' in each["sql"] for each in captured)
        return len(captured)

    sent(0, company=bakery)
    queries()
    few = queries()
    for number in range(1, 70):
        sent(number, company=bakery)
    assert queries() == few


@pytest.mark.usefixtures("demo")
def test_in_demo_mode_whoever_is_at_the_machine_reads_it() -> None:
    sent(1)
    here, elsewhere = Client(headers={"host": "localhost"}), Client(headers={"via": "proxy"})
    assert [row["recipient"] for row in table(here)] == ["u1@example.org"]
    assert elsewhere.get(reverse("outbox-table")).status_code == 403
