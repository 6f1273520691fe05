"""The pages of sites, and the table of units per licence and site."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tenure.core.policy import DAY
from tenure.portal.business import units
from tenure.services import licences, members, pools, protection, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.store.models import Company, Fact, Licence, Placement, Pool, Product, Service
from tests.people import WRITE, Cast
from tests.portal.conftest import WHO, Town, reverse, signed_in

pytestmark = pytest.mark.usefixtures("demo")


class Shop:
    """Two sites, six units of which four stand in Paris, and four members protected there."""

    def __init__(self, town: Town, client: Client) -> None:
        self.client = client
        self.by: dict[str, Any] = {"clock": town.clock, "who": WHO}
        self.company = town.company(sites=("Lyon", "Paris"))
        self.lyon, self.paris = Pool.objects.filter(company=self.company).order_by("position")
        self.licence: Licence = town.licence(self.company, 6, 60)
        placed = {self.paris.id: 4}
        licences.place(self.company.id, self.licence.id, placed, clock=town.clock, who=WHO)
        people = town.people(self.company, 4)
        members.set_home(self.company.id, people, self.paris.id, clock=town.clock, who=WHO)
        protection.want(self.company.id, COS, people, clock=town.clock, who=WHO)
        self.made_from = Company.objects.get(pk=self.company.id).last_seq
        self.cell = f"u-{self.licence.id.hex}-{self.paris.id.hex}"

    def post(self, do: str, units: object, **more: str) -> tuple[int, str]:
        form = {"company": str(self.company.id), "made_from": str(self.made_from)}
        form |= {"do": do, self.cell: str(units), **more}
        answer = self.client.post(reverse("units", args=[self.company.id]), form)
        return answer.status_code, answer.content.decode()

    def late(self, number: int) -> UUID:
        """Add one more member, without a seat."""
        user = f"late{number}@martin.test"
        return members.add(self.company.id, user=user, **self.by).id

    def placed(self) -> list[int]:
        rows = Placement.objects.filter(company=self.company, closed_seq=None, units__gt=0)
        return [row.units for row in rows]


@pytest.fixture
def shop(town: Town, client: Client) -> Shop:
    return Shop(town, client)


def test_who_would_lose_is_shown_by_name_and_nothing_done_before_that_is_agreed_to(
    shop: Shop,
) -> None:
    status, page = shop.post("save", 2)
    assert status == 200
    assert "Person 3" in page
    assert "Person 2" in page
    assert "Person 1" not in page
    assert "Place them so and unprotect 2 users" in page
    assert shop.placed() == [4]
    seq = shop.made_from
    assert shop.post("save", 2, sure=f"1/1@{seq}")[0] == 200  # another number than was shown
    assert shop.post("save", 2, sure=f"2/2@{seq - 1}")[0] == 200  # something was done since
    assert shop.placed() == [4]
    assert shop.post("save", 2, sure=f"2/2@{seq}")[0] == 302
    assert shop.placed() == [2]


def test_seats_given_between_the_look_and_the_saving_are_not_lost_unshown(
    shop: Shop, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [shop.late(i) for i in range(2)]
    place = pools.place

    def overtaken(*args: Any, **named: Any) -> None:
        seats.protect(shop.company.id, COS, shop.lyon.id, people, clock=town.clock, who="other")
        place(*args, **named)

    monkeypatch.setattr(pools, "place", overtaken)
    status, page = shop.post("save", 6)  # nobody loses by it until the others come
    assert status == 409
    assert shop.placed() == [4]
    assert "who would lose protection has changed meanwhile" in page
    assert "Place them so and unprotect 2 users" in page
    assert 'value="6"' in page


def test_those_who_lose_another_service_are_shown_before_units_are_placed(
    shop: Shop, town: Town
) -> None:
    backup = Service.objects.create(key="bak", name="Backup")
    both = Product.objects.create(key="both", name="Both")
    both.services.add(backup, Service.objects.get(key=COS))
    now = town.now(shop.company)
    new = NewLicence("both", 5, now, now + 60 * DAY)
    licence = licences.add(shop.company.id, new, clock=town.clock, who=WHO)
    people = [shop.late(i) for i in range(2)]
    seats.protect(shop.company.id, "bak", shop.lyon.id, people, clock=town.clock, who=WHO)
    shop.made_from = Company.objects.get(pk=shop.company.id).last_seq
    shop.cell = f"u-{licence.id.hex}-{shop.paris.id.hex}"
    status, page = shop.post("save", 5)
    assert status == 200
    assert "Place them so and unprotect 2 users" in page
    assert "Backup" in page
    assert shop.placed() == [4]


def test_what_takes_nothing_from_anybody_is_done_at_once(shop: Shop) -> None:
    assert shop.post("save", 5)[0] == 302
    assert shop.placed() == [5]


def test_spreading_and_taking_back_fill_the_numbers_in_and_save_nothing(shop: Shop) -> None:
    status, page = shop.post(f"spread:{shop.licence.id.hex}", 4)
    assert status == 200
    assert f'name="{shop.cell}" value="3"' in page
    _, page = shop.post("back", "nonsense")
    assert f'name="{shop.cell}" value="0"' in page
    assert shop.placed() == [4]


def test_what_is_no_number_or_too_much_is_said_beside_its_licence_and_stays(shop: Shop) -> None:
    status, page = shop.post("save", "a few")
    assert status == 422
    assert 'value="a few"' in page
    status, page = shop.post("save", 8)
    assert status == 422
    assert "2 units more are placed than the licence has." in page
    assert shop.placed() == [4]


def test_a_second_editor_is_told_who_did_what_and_keeps_what_was_typed(
    shop: Shop, town: Town
) -> None:
    assert shop.post("save", 5)[0] == 302
    status, page = shop.post("save", 6)
    assert status == 409
    assert f'name="{shop.cell}" value="6"' in page
    assert "now 5" in page
    assert "Nothing was saved" in page
    assert shop.placed() == [5]
    # The page carries what is now; saving it again is agreed to.
    shop.made_from = Fact.objects.filter(company=shop.company).order_by("-seq")[0].seq
    assert f'name="made_from" value="{shop.made_from}"' in page
    assert shop.post("save", 6)[0] == 302


def test_what_was_typed_stays_where_a_licence_comes_before_its_own_meanwhile(
    shop: Shop, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last row of the page would stand on the next one."""
    monkeypatch.setattr(units, "MOST_ROWS", 1)
    town.licence(shop.company, 3, 5)
    status, page = shop.post("look", 5)
    assert status == 200
    assert f'name="{shop.cell}" value="5"' in page
    assert shop.post("save", 5)[0] == 302
    assert shop.placed() == [5]


def test_of_very_many_sites_some_are_shown_and_at_the_others_units_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "MOST_SITES", 1)
    nice = pools.create(shop.company.id, "Nice", **shop.by)
    of_nice = f"u-{shop.licence.id.hex}-{nice.id.hex}"
    address = reverse("units", args=[shop.company.id])
    page = shop.client.get(f"{address}?sites=2").content.decode()
    assert of_nice in page
    assert shop.cell not in page
    assert "1 of 2 sites are shown" in page
    form = {"company": str(shop.company.id), "made_from": str(shop.made_from)}
    spread = shop.client.post(address, {**form, "do": "spread", of_nice: "0"}).content.decode()
    assert f'name="{of_nice}" value="1"' in spread, "of the two that do not stand in Paris"
    answer = shop.client.post(f"{address}?sites=2", {**form, "do": "save", of_nice: "2"})
    assert answer.status_code == 302
    assert sorted(shop.placed()) == [2, 4]
    answer = shop.client.post(f"{address}?sites=2", {**form, "do": "save", of_nice: "1"})
    assert answer.status_code == 409, "somebody placed them meanwhile"


def test_a_number_for_a_site_that_was_closed_meanwhile_is_refused(shop: Shop) -> None:
    nice = pools.create(shop.company.id, "Nice", **shop.by)
    of_nice = f"u-{shop.licence.id.hex}-{nice.id.hex}"
    pools.close(shop.company.id, nice.id, **shop.by)
    status, page = shop.post("save", 5, **{of_nice: "1"})
    assert status == 422
    assert "a site was closed meanwhile" in page
    assert f'name="{shop.cell}" value="5"' in page
    assert shop.post("save", 5, **{of_nice: "0"})[0] == 302, "nothing was wanted there"


def test_a_site_with_people_says_what_stands_in_the_way_of_closing_it(shop: Shop) -> None:
    address = reverse("close-site", args=[shop.company.id, shop.paris.id])
    page = shop.client.get(address).content.decode()
    assert "4 units stand there." in page
    assert "4 members have seats there." in page
    assert "It is the home site of 4 members." in page
    assert shop.client.post(address, {"company": str(shop.company.id)}).status_code == 422
    assert Pool.objects.get(company=shop.company, id=shop.paris.id).closed_at is None


def test_sites_are_sorted_by_a_click_and_given_as_csv_as_shown(shop: Shop) -> None:
    def told(sort: str) -> list[str]:
        address = reverse("sites-table", args=[shop.company.id]) + f"?sort={sort}"
        lines = shop.client.get(address).getvalue().decode().lstrip("\ufeff").splitlines()
        page = shop.client.get(reverse("sites", args=[shop.company.id]) + f"?sort={sort}")
        shown = re.findall(r'<a class="main"[^>]*><bdi>([^<]*)', page.content.decode())
        names = [line.split(",")[0] for line in lines[1:]]
        assert shown == [name.removeprefix("'") for name in names]
        return names

    pools.create(shop.company.id, "=Bordeaux", **shop.by)
    assert told("") == ["Lyon", "Paris", "'=Bordeaux"]
    assert told("name") == ["'=Bordeaux", "Lyon", "Paris"]
    assert told("-name") == ["Paris", "Lyon", "'=Bordeaux"]
    assert told("units") == ["Paris", "Lyon", "'=Bordeaux"]
    assert told("-units") == ["'=Bordeaux", "Lyon", "Paris"]
    assert told("nonsense") == told("")


@pytest.mark.parametrize("name", ["\u200b", "\u202e", "Paris\u200b", "PARI\u00adS", "Lyon\u00a0 "])
def test_a_site_has_a_name_that_can_be_read_and_looks_like_no_other(shop: Shop, name: str) -> None:
    for page in ("add-site", "rename-site"):
        args = [shop.company.id] + ([shop.paris.id] if page == "rename-site" else [])
        if page == "rename-site" and "par" in name.casefold():
            continue  # its own name may be written otherwise
        form = {"company": str(shop.company.id), "name": name, "reference": ""}
        answer = shop.client.post(reverse(page, args=args), form)
        assert answer.status_code == 422
        said = answer.content.decode()
        assert "A site needs a name." in said or "Another site has this name." in said
    assert Pool.objects.filter(company=shop.company).count() == 2


def test_a_new_site_is_opened_shown_and_closed_and_is_gone_from_every_choice(shop: Shop) -> None:
    add = reverse("add-site", args=[shop.company.id])
    form = {"company": str(shop.company.id), "name": "Lille", "reference": ""}
    assert shop.client.post(add, form).status_code == 302
    again = shop.client.post(add, {**form, "name": "lille"})
    assert again.status_code == 422
    assert "Another site has this name" in again.content.decode()
    lille = Pool.objects.get(company=shop.company, name="Lille")
    close = reverse("close-site", args=[shop.company.id, lille.id])
    assert shop.client.post(close, {"company": str(shop.company.id)}).status_code == 302
    for name in ("sites", "company", "units", "console", "whatif", "timeline"):
        shop.client.get(reverse(name, args=[shop.company.id]))  # which says once that it is closed
        page = shop.client.get(reverse(name, args=[shop.company.id])).content.decode()
        assert "Lille" not in page, name
    assert "Lille" in shop.client.get(reverse("history", args=[shop.company.id])).content.decode()


def test_inviting_an_administrator_of_a_site_begins_with_that_site_chosen(db: None) -> None:
    cast = Cast()
    cast.join(cast.chloe, WRITE)
    browser = signed_in(cast.chloe)
    address = f"/a/{cast.account.id}/people/invite/?site={cast.lyon}"
    page = browser.get(address).content.decode()
    key = f"{cast.martin.id.hex}_{cast.lyon.hex}"
    chosen = page[page.index(f'name="portal-{key}"') :]
    assert '<option value="write" selected>' in chosen[: chosen.index("</select>")]
