"""The page of one licence: whom it covers, what its end means; suspending, resuming, removing."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tenure.core.policy import DAY
from tenure.portal.business import licences as page_of_licence
from tenure.portal.shared.addresses import account_address
from tenure.services import instances, licences, members, memberships, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import OWNER
from tenure.store.models import Company, Licence, Pool, Product, Service
from tests.portal.conftest import WHO, Town, person, reverse, signed_in

pytestmark = pytest.mark.usefixtures("demo")


class Office:
    """A company with four protected members and a licence of five units, and its page."""

    def __init__(self, town: Town, client: Client) -> None:
        self.town, self.client = town, client
        self.company: Company = town.company()
        self.licence: Licence = town.licence(self.company, 5, 60)
        town.people(self.company, 4, 4)

    def page(self, licence: Licence | None = None) -> str:
        args = [self.company.id, (licence or self.licence).id]
        return self.client.get(reverse("licence", args=args)).content.decode()

    def change(self, do: str, sure: str = "") -> tuple[int, str]:
        address = reverse("change-licence", args=[self.company.id, self.licence.id])
        if not sure:
            answer = self.client.get(f"{address}?do={do}")
        else:
            seq = Company.objects.get(pk=self.company.id).last_seq
            form = {"company": str(self.company.id), "do": do, "sure": f"{sure}@{seq}"}
            answer = self.client.post(address, form)
        return answer.status_code, answer.content.decode()

    def row(self) -> Licence:
        return Licence.objects.get(company=self.company, id=self.licence.id)

    def late(self, number: int) -> UUID:
        """Add one more member, without a seat."""
        user = f"late{number}@martin.test"
        return members.add(self.company.id, user=user, clock=self.town.clock, who=WHO).id


@pytest.fixture
def office(town: Town, client: Client) -> Office:
    return Office(town, client)


def test_the_page_says_whom_it_covers_and_what_its_end_means(office: Office) -> None:
    page = office.page()
    assert "It covers the seats of 4 users." in page
    assert "4 users have no unit then" in page
    assert "No unit is left then" in page
    longer = office.town.licence(office.company, 5, 90)
    page = office.page()
    assert "It covers the seats of 0 users." in page  # the longest-lasting one serves
    assert "That changes nothing for anybody: other units remain." in page
    assert "It covers the seats of 4 users." in office.page(longer)


def test_where_the_account_is_closed_no_licence_claims_to_cover_anybody(office: Office) -> None:
    instances.close(office.company.id, clock=office.town.clock, who=WHO)
    page = office.page()
    assert "it covers nobody until the account is reopened" in page
    assert "It covers the seat" not in page
    assert "stay protected" not in page


def test_whoever_cannot_extend_a_licence_themselves_is_led_to_the_ways_to_renew(
    office: Office, settings: Settings
) -> None:
    owner = person("owner@example.org")
    account = office.company.account
    memberships.add(account, owner, OWNER, clock=office.town.clock)
    settings.DEMO = False
    address = account_address(account.id, "licence", office.company.id, office.licence.id)
    page = signed_in(owner).get(address).content.decode()
    ways = account_address(account.id, "renewal", office.company.id)
    assert f'<a class="button" href="{ways}">Renew</a>' in page


def test_it_is_suspended_only_after_the_losers_were_shown_and_resumed_again(office: Office) -> None:
    office.town.licence(office.company, 3, 90)
    status, page = office.change("suspend")
    assert status == 200
    assert "Person 3" in page
    assert "Person 2" not in page
    assert "Suspend and unprotect 1 user" in page
    assert office.change("suspend", "0/0")[0] == 200  # other numbers than there are
    assert office.row().suspended_at is None
    assert office.change("suspend", "1/1")[0] == 302
    assert office.row().suspended_at is not None
    assert "Resume the licence" in office.change("resume")[1]
    assert office.change("resume", "0/0")[0] == 302
    assert office.row().suspended_at is None


def test_a_removed_licence_is_over_and_nothing_can_be_done_to_it(office: Office) -> None:
    office.town.licence(office.company, 9, 90)
    assert "Nobody loses protection." in office.change("remove")[1]
    assert office.change("remove", "0/0")[0] == 302
    assert office.row().removed_at is not None
    assert "It is over for good" in office.page()
    assert office.change("resume")[0] == 302
    assert "Not done: the licence was removed or cancelled." in office.page()


def test_those_who_lose_another_service_are_shown_and_counted_as_well(office: Office) -> None:
    """Of a product with two services, the page of one does not pass over the users of the other."""
    backup = Service.objects.create(key="bak", name="Backup")
    office.town.licence(office.company, 5, 90)  # the page's own service stays covered
    both = Product.objects.create(key="both", name="Both")
    both.services.add(backup, Service.objects.get(key=COS))
    by: dict[str, Any] = {"clock": office.town.clock, "who": WHO}
    now = office.town.now(office.company)
    new = NewLicence("both", 5, now, now + 60 * DAY)
    office.licence = licences.add(office.company.id, new, **by)
    people = [office.late(i) for i in range(3)]
    own = Pool.objects.get(company=office.company, position=0).id
    seats.protect(office.company.id, "bak", own, people, **by)
    status, page = office.change("suspend")
    assert status == 200
    assert "Suspend and unprotect 3 users" in page
    assert "Nobody loses protection." not in page
    assert "<bdi>Backup</bdi> · " in page
    assert office.change("suspend", "0/0")[0] == 200
    assert office.row().suspended_at is None
    assert office.change("suspend", "3/3")[0] == 302
    assert office.row().suspended_at is not None


def test_seats_given_between_the_look_and_the_act_are_not_lost_unshown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.town.licence(office.company, 4, 90)
    own = Pool.objects.get(company=office.company, position=0).id
    late = [office.late(i) for i in range(3)]
    suppose, do = page_of_licence._ACTS["suspend"]

    def overtaken(*args: Any, **named: Any) -> None:
        by: dict[str, Any] = {"clock": office.town.clock, "who": "other"}
        seats.protect(office.company.id, COS, own, late, **by)
        do(*args, **named)

    monkeypatch.setitem(page_of_licence._ACTS, "suspend", (suppose, overtaken))
    status, page = office.change("suspend", "0/0")
    assert status == 200
    assert office.row().suspended_at is None
    assert "who would lose protection has changed meanwhile" in page
    assert "Suspend and unprotect 3 users" in page
    monkeypatch.undo()
    assert office.change("suspend", "3/3")[0] == 302


def test_its_own_name_and_reference_are_kept_and_a_reference_stands_once(office: Office) -> None:
    address = reverse("licence", args=[office.company.id, office.licence.id])
    form = {"company": str(office.company.id), "label": "Laptops", "reference": "PO-17"}
    assert office.client.post(address, form).status_code == 302
    assert (office.row().label, office.row().reference) == ("Laptops", "PO-17")
    other = office.town.licence(office.company, 1, 30)
    address = reverse("licence", args=[office.company.id, other.id])
    answer = office.client.post(address, form)
    assert answer.status_code == 422
    assert "Another licence has this reference." in answer.content.decode()


# The list


class Shelf:
    """A company with licences of every status."""

    def __init__(self, town: Town, client: Client) -> None:
        self.client = client
        self.company = town.company(sites=("Lyon", "Paris"))
        now = town.now(self.company)
        by: dict[str, Any] = {"clock": town.clock, "who": WHO}
        self.made: dict[str, Licence] = {}
        for name, units, starts, ends in (
            ("valid", 5, 0, 90),
            ("close_to_end", 7, 0, 20),
            ("suspended", 3, 0, 60),
            ("removed", 2, 0, 60),
            ("to_come", 9, 40, 400),
            ("=ended", 1, -60, -1),
        ):
            new = NewLicence(COS, units, now + starts * DAY, now + ends * DAY, label=name)
            self.made[name] = licences.add(self.company.id, new, **by)
        licences.suspend(self.company.id, self.made["suspended"].id, **by)
        licences.remove(self.company.id, self.made["removed"].id, **by)

    def names(self, query: str = "") -> list[str]:
        page = self.client.get(f"{reverse('licences', args=[self.company.id])}?{query}")
        return [row.licence.label for row in page.context["rows"]]


@pytest.fixture
def shelf(town: Town, client: Client) -> Shelf:
    return Shelf(town, client)


def test_the_database_says_of_each_licence_what_the_words_say_and_sorts_the_worst_first(
    shelf: Shelf,
) -> None:
    """The status by which rows are filtered is the one that is shown in them."""
    names = ["=ended", "suspended", "close_to_end", "to_come", "valid", "removed"]
    assert shelf.names() == names
    for name in names:
        assert shelf.names(f"status={name.strip('=')}") == [name]


def test_the_list_is_sorted_both_ways_filtered_and_counted(shelf: Shelf) -> None:
    assert shelf.names("sort=units")[:2] == ["to_come", "close_to_end"]
    assert shelf.names("sort=-units")[:2] == ["=ended", "removed"]
    assert shelf.names("sort=name")[0] == "=ended"
    assert shelf.names("q=SUSP") == ["suspended"]
    assert shelf.names("kind=trial") == []
    page = shelf.client.get(f"{reverse('licences', args=[shelf.company.id])}?q=ed").content.decode()
    assert "of 6" in page


def test_the_table_holds_what_is_shown_in_the_order_shown_and_runs_no_formula(
    shelf: Shelf,
) -> None:
    address = reverse("licences-table", args=[shelf.company.id])
    answer = shelf.client.get(f"{address}?sort=-units&q=ed")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in rows] == ["'=ended", "removed", "suspended"]
    assert rows[2]["sites"] == "Lyon: 3"


def test_more_licences_cost_no_more_queries(shelf: Shelf, town: Town) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            shelf.names()
        return len(found)

    shelf.names()
    few = queries()
    for _ in range(6):
        town.licence(shelf.company, 1, 90)
    assert queries() == few
