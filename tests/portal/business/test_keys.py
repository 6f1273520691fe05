"""The pages of keys: look first, then add; ask whoever it was sold to; show only to who proved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tenure.core.policy import DAY
from tenure.portal.shared.addresses import hub_address
from tenure.services import claims, key_texts, keys, protection
from tenure.services.catalogue import COS
from tenure.services.key_offers import Wishes
from tenure.services.keys import NewKey
from tenure.store.models import (
    Claim,
    Company,
    Fact,
    KeyClaim,
    Letter,
    Licence,
    LicenceKey,
    Pool,
)
from tenure.words.dates import moment
from tests.people import Cast
from tests.portal.conftest import HERE, Town, reverse
from tests.portal.hub.conftest import Browser

pytestmark = pytest.mark.usefixtures("demo")


def key(units: int = 20, **more: Any) -> str:
    new = NewKey(COS, units, days=365, is_test=True, **more)
    return keys.issue(new, who="vendor")[1]


class Desk:
    """A browser at the page of keys of a company."""

    def __init__(self, client: Client, company: Company) -> None:
        cache.clear()
        self.client = client
        self.company = company

    def post(self, name: str, *args: Any, **form: Any) -> tuple[int, str]:
        address = reverse(name, args=[self.company.id, *args])
        form["company"] = str(self.company.id)
        answer = self.client.post(address, form, follow=True)
        return answer.status_code, answer.content.decode()

    def add(self, typed: str, **form: Any) -> tuple[int, str]:
        """Add a key as somebody who looked at what it brings, and agreed to it."""
        page = self.post("add-key", key=typed, look="1", **form)[1]
        agreed = re.search(r'name="sure" value="([^"]+)"', page)
        assert agreed
        return self.post("add-key", key=typed, add="1", sure=agreed[1], **form)

    def get(self, name: str, *args: Any) -> str:
        address = reverse(name, args=[self.company.id, *args])
        return self.client.get(address).content.decode()

    def licences(self) -> list[int]:
        found = Licence.objects.filter(company=self.company).order_by("opened_seq")
        return list(found.values_list("units", flat=True))


def secret() -> str:
    found = re.search(r"/keys/([^/]+)/", Letter.objects.latest("created_at", "id").text)
    assert found
    return found[1]


def test_a_key_is_looked_at_and_nothing_is_added_before_a_second_yes(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.company(sites=("Lyon", "Paris")))
    typed = key(20)
    status, page = desk.post("add-key", key=typed.lower().replace("-", " "))
    assert status == 200
    assert "20 units" in page
    assert desk.licences() == []
    lyon, paris = Pool.objects.filter(company=desk.company).order_by("position")
    wanted = {"where": "named", f"units-{lyon.id}": "15", f"units-{paris.id}": "15"}
    status, page = desk.post("add-key", key=typed, add="1", label="Ours", **wanted)
    assert (status, desk.licences()) == (422, [])
    assert "You named 30 units, and the licence has 20." in page
    assert 'value="Ours"' in page
    wanted[f"units-{paris.id}"] = "5"
    status, page = desk.post("add-key", key=typed, add="1", label="Ours", **wanted)
    assert (status, desk.licences()) == (200, [20])
    assert "The licence was added: 20 units, until" in page
    assert Licence.objects.get().label == "Ours"


def test_a_slip_is_told_without_asking_and_tries_are_counted(town: Town, client: Client) -> None:
    """Slips as such are no tries: they tell nobody which keys there are."""
    desk = Desk(client, town.company())
    right = key()
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    status, page = desk.post("add-key", key=wrong)
    assert status == 422
    assert "A character is wrong" in page
    assert wrong in page, "what was typed is lost"
    for _ in range(30):
        status, page = desk.post("add-key", key=wrong)
    assert "A character is wrong" in page
    for _ in range(30):
        status, page = desk.post("add-key", key=key_texts.new(is_test=True))
    assert "Too many keys were tried" in page
    for second in ({}, {"add": "1"}):
        assert "Too many keys were tried" in desk.post("add-key", key=right, **second)[1]
    assert desk.licences() == []


def test_the_last_licence_is_replaced_unless_another_is_chosen(town: Town, client: Client) -> None:
    desk = Desk(client, town.company())
    old = town.licence(desk.company, 5, 20)
    page = desk.post("add-key", key=key())[1]
    assert re.search(rf'value="{old.id}"[^>]*checked', page)
    typed = key(9)
    desk.post("add-key", key=typed, add="1", replaces=str(old.id))
    new = Licence.objects.get(units=9)
    assert new.replaces_id == old.id


def test_a_restoration_says_what_came_back_and_who_waits(town: Town, client: Client) -> None:
    company = town.put("suspended")
    desk = Desk(client, company)
    status, page = desk.add(key(3))
    assert status == 200
    assert "runs again, as it was: 3 users are protected." in page
    assert "1 user waits for a unit" in page
    assert not Claim.objects.filter(company=company).exists()


def test_reopening_and_resuming_say_what_came_back_as_a_new_licence_does(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.put("closed"))
    page = desk.post("reopen")[1]
    assert "is open again" in page
    assert "runs again, as it was: 4 users are protected." in page
    licence = Licence.objects.get(company=desk.company)
    for do, told in (("suspend", False), ("resume", True)):
        page = desk.post("change-licence", licence.id, do=do)[1]
        agreed = re.search(r'name="sure" value="([^"]+)"', page)
        assert agreed
        page = desk.post("change-licence", licence.id, do=do, sure=agreed[1])[1]
        assert ("goes on; nothing is suspended" in page) is told


def test_the_history_tells_when_it_was_closed_and_who_allowed_a_key(
    town: Town, client: Client
) -> None:
    """A closing is an act and has its own minute; an answer by mail is no account's."""
    desk = Desk(client, town.put("closed"))
    desk.post("reopen")
    typed = key(7, address="buyer@example.org")
    desk.post("add-key", key=typed, add="1")
    Client(headers=HERE).post(f"/keys/{secret()}/", {"allow": "1"})
    page = re.sub(r"<[^>]+>", " ", desk.get("history"))
    public = LicenceKey.objects.get(company=desk.company).public_id
    assert f"Whoever the key {public} was sold to" in page
    closed = Fact.objects.get(company=desk.company, kind="company.closed").at
    minute = moment(closed, "Europe/Paris", "en", "short", now=closed)
    # Since then it was suspended, until then it was active, and then it was done.
    assert page.count(minute) >= 3
    assert moment(closed - 60, "Europe/Paris", "en", "short", now=closed).split(", ")[1] not in page


def test_where_the_account_is_closed_no_page_says_that_a_licence_brings_it_back(
    town: Town, client: Client
) -> None:
    company = town.put("closed")
    desk = Desk(client, company)
    alone = "A licence alone brings nothing back"
    typed = key(5)
    for page in (desk.get("renewal"), desk.post("add-key", key=typed)[1], desk.add(typed)[1]):
        assert alone in page
        assert "It counts at once" not in page
        assert "runs again" not in page


def test_a_licence_that_begins_later_says_so_and_that_nothing_comes_back_before(
    town: Town, client: Client
) -> None:
    company = town.put("suspended")
    desk = Desk(client, company)
    typed = key(5, starts=town.now(company) + 5 * DAY)
    assert "runs again" not in desk.post("add-key", key=typed)[1]
    page = desk.add(typed)[1]
    assert "The licence was added: 5 units" in page
    assert re.search(r"It begins on [^;]+; until then nothing changes.", page)
    assert "runs again" not in page


def test_whoever_it_was_sold_to_allows_it_without_signing_in(town: Town, client: Client) -> None:
    desk = Desk(client, town.company())
    typed = key(7, address="buyer@example.org")
    page = desk.post("add-key", key=typed)[1]
    assert "b…@example.org" in page
    assert "buyer@example.org" not in page
    page = desk.post("add-key", key=typed, add="1")[1]
    assert "We ask the address that the key was sold to." in page
    assert "Awaiting verification" in page
    nobody = Client(headers=HERE)
    link = f"/keys/{secret()}/"
    answer = nobody.get(link)
    page = answer.content.decode()
    # With no-referrer browsers send no origin with the form, which is then refused.
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "May Boulangerie Martin use your licence?" in page
    assert desk.licences() == [], "looking adds nothing"
    answer = nobody.post(link, {"allow": "1"})
    assert "The licence was added" in answer.content.decode()
    assert desk.licences() == [7]
    assert nobody.post(link, {"allow": "1"}).status_code == 410
    assert "Awaiting verification" not in desk.get("add-key")


def test_it_can_be_refused_and_no_longer_wanted(town: Town, client: Client) -> None:
    desk = Desk(client, town.company())
    typed = key(address="buyer@example.org")
    desk.post("add-key", key=typed, add="1")
    Client(headers=HERE).post(f"/keys/{secret()}/", {"refuse": "1"})
    assert claims.of_company(desk.company) == []
    assert "asked a moment ago" in desk.post("add-key", key=typed, add="1")[1]
    KeyClaim.objects.update(asked_at=0)
    desk.post("add-key", key=typed, add="1")
    (claim,) = claims.of_company(desk.company)
    assert "asked a moment ago" in desk.post("key-claim", claim.id, again="1")[1]
    link = f"/keys/{secret()}/"
    assert "no longer asked for" in desk.post("key-claim", claim.id, back="1")[1]
    assert Client(headers=HERE).get(link).status_code == 410
    assert desk.licences() == []


def test_a_key_is_shown_and_replaced_only_by_who_proved_who_they_are(db: None) -> None:
    cast = Cast()
    typed = keys.issue(NewKey(COS, 5, days=90), clock=cast.clock, who="vendor")[1]
    wishes, by = Wishes(), {"by": cast.anne, "clock": cast.clock, "who": "test"}
    added = keys.add(cast.martin.id, typed, wishes, **by)  # type: ignore[arg-type]  # as it wants
    assert added.licence is not None
    where = (cast.martin.id, added.licence.id)
    form = {"company": str(cast.martin.id), "show": "1"}
    unproven = Browser(cast.anne, cast.account, proven=False)
    answer = unproven.post(unproven.to("key", *where), form)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{hub_address('account_reauthenticate')}?next=%2Fa%2F")
    proven = Browser(cast.anne, cast.account)
    assert typed not in proven.get(proven.to("key", *where)).content.decode()
    answer = proven.post(proven.to("key", *where), form)
    assert typed in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    answer = proven.post(proven.to("key", *where), {"company": form["company"], "replace": "1"})
    assert typed not in answer.content.decode()
    assert keys.show(cast.martin, added.licence.id) in answer.content.decode()


def test_a_trial_is_offered_started_and_not_offered_again(town: Town, client: Client) -> None:
    desk = Desk(client, town.company())
    assert "Try Cloud Office Security" in desk.get("trial")
    status, page = desk.post("trial", product=COS)
    assert status == 200
    assert desk.licences() == [25]
    assert "The licence was added: 25 units, until" in page
    page = desk.get("trial")
    assert "was tried here on" in page
    assert "Try Cloud" not in page
    assert "This product was tried here already." in desk.post("trial", product=COS)[1]


def test_who_lacks_a_unit_once_the_larger_licence_ends_is_shown_before_adding(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.company())
    town.licence(desk.company, 9, 20)
    town.people(desk.company, 8, protected=8)
    typed = key(5)
    page = desk.post("add-key", key=typed)[1]
    assert "3 users lack a unit from" in page
    assert "still protected until" in page
    assert "Person 5" in page
    assert "Person 4" not in page
    assert "tl-drawings" in page, "the timeline as it would be"
    assert "Notices that would change" in page
    page = desk.post("add-key", key=typed, add="1")[1]
    assert "Nothing was added yet." in page, "nobody agreed to it"
    assert desk.licences() == [9]
    assert desk.add(typed)[0] == 200
    assert desk.licences() == [9, 5]


def test_what_was_agreed_to_is_looked_at_again_where_something_changed_meanwhile(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.company())
    town.licence(desk.company, 9, 20)
    people = town.people(desk.company, 8, protected=8)
    typed = key(5)
    agreed = re.search(r'name="sure" value="([^"]+)"', desk.post("add-key", key=typed)[1])
    assert agreed
    protection.unwant(desk.company.id, COS, people[:1], clock=town.clock, who="test")
    page = desk.post("add-key", key=typed, add="1", sure=agreed[1])[1]
    assert "Nothing was added yet." in page
    assert "2 users lack a unit from" in page
    assert desk.licences() == [9]


def test_who_waits_and_gets_a_unit_by_it_is_among_those_who_lack_one_later(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.company())
    town.licence(desk.company, 4, 20)
    people = town.people(desk.company, 6, protected=4)
    protection.want(desk.company.id, COS, people[4:], clock=town.clock, who="test")
    typed = key(5)
    page = desk.post("add-key", key=typed)[1]
    assert "1 user lacks a unit from" in page
    assert "Person 5" in page, "the last of those who wait now"
    form = {"key": typed, "table": "1", "company": str(desk.company.id)}
    answer = client.post(reverse("add-key", args=[desk.company.id]), form)
    assert answer["Content-Type"].startswith("text/csv")
    _, row = answer.getvalue().decode().strip().splitlines()
    assert "u00005@martin.test,Person 5" in row
    assert desk.licences() == [4], "a table changes nothing"


def test_beside_each_licence_to_replace_stands_what_that_would_bring(
    town: Town, client: Client
) -> None:
    desk = Desk(client, town.company(sites=("Lyon", "Paris")))
    lyon, paris = Pool.objects.filter(company=desk.company).order_by("position")
    town.licence(desk.company, 5, 20, pool=lyon.id)
    town.licence(desk.company, 5, 30, pool=paris.id)
    town.people(desk.company, 4, protected=4)
    page = desk.post("add-key", key=key(4))[1]
    labels = [text.strip() for text in re.findall(r'name="replaces"[^>]*> ([^<]+)', page)]
    assert "nobody comes to lack a unit" in labels[0], "Lyon has its four units again"
    assert "4 users lack a unit, the first from" in labels[1]
    assert "nobody comes to lack a unit" in labels[2], "in the company's own pool, Lyon"
