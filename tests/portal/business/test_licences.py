"""The page of one licence: whom it covers, what its end means; suspending, resuming, removing."""

from __future__ import annotations

import pytest
from django.test import Client

from tenure.store.models import Company, Licence
from tests.portal.conftest import Town, reverse

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
            form = {"company": str(self.company.id), "do": do, "sure": sure}
            answer = self.client.post(address, form)
        return answer.status_code, answer.content.decode()

    def row(self) -> Licence:
        return Licence.objects.get(company=self.company, id=self.licence.id)


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
