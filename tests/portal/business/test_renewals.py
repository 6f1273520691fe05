"""A company asks its supplier for licences; both see how far it is, and strangers nothing."""

from __future__ import annotations

import csv
import re
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from tenure.core.policy import DAY
from tenure.portal.shared.addresses import account_address, hub_address, operator_address
from tenure.services import licences, renewals
from tenure.services.catalogue import COS
from tenure.services.days import end_of
from tenure.services.errors import NotFound, Refused
from tenure.services.licences import NewLicence
from tenure.services.renewals import State, Wanted
from tenure.store.models import Account, Company, Letter, Person, Product, RenewalRequest
from tests.people import READ, WRITE, Cast, person
from tests.portal.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings: Settings) -> Cast:
    settings.DEMO = False
    found = Cast()
    found.join(found.bruno, READ)
    found.join(found.chloe, WRITE)
    return found


def _asked(cast: Cast) -> RenewalRequest:
    product = Product.objects.order_by("key")[0].key
    return renewals.ask(
        cast.martin.id,
        Wanted(product, 20, "Until June, please."),
        by=cast.chloe,
        clock=cast.clock,
        who="test",
    )


def test_the_supplier_is_asked_once_and_its_people_are_written_to(cast: Cast) -> None:
    """The nearest provider is asked; those who may answer get a mail, and a second is refused."""
    made = _asked(cast)
    assert made.supplier == cast.account
    letters = {each.address: each for each in Letter.objects.all()}
    assert set(letters) == {"anne@example.org"}
    assert "> Until June, please." in letters["anne@example.org"].text
    with pytest.raises(Refused) as refused:
        _asked(cast)
    assert refused.value.code == "request_open"


def test_whoever_asked_is_told_of_each_answer_in_their_language(cast: Cast) -> None:
    """Taken, then declined with a reason; without a reason nothing is declined."""
    cast.chloe.language = "fr"
    cast.chloe.save()
    made = _asked(cast)
    Letter.objects.all().delete()
    by: dict[str, Any] = {"by": cast.anne, "clock": cast.clock, "who": "test"}
    renewals.answer(cast.martin.id, made.id, State.TAKEN, **by)
    with pytest.raises(Refused) as refused:
        renewals.answer(cast.martin.id, made.id, State.DECLINED, " ", **by)
    assert refused.value.code == "reason_missing"
    renewals.answer(cast.martin.id, made.id, State.DECLINED, "No longer sold.", **by)
    taken, declined = Letter.objects.order_by("created_at", "subject")
    texts = {taken.text, declined.text}
    assert any("s’en occupe" in text for text in texts)
    assert any("> No longer sold." in text for text in texts)
    with pytest.raises(Refused) as refused:
        renewals.withdraw(cast.martin.id, made.id, **by)
    assert refused.value.code == "request_over"
    _asked(cast)  # what is over does not stand in the way of the next


def test_the_request_is_another_companys_business_nowhere(cast: Cast) -> None:
    """A request is found under its own company alone."""
    made = _asked(cast)
    with pytest.raises(NotFound):
        renewals.withdraw(cast.garage.id, made.id, by=cast.anne, clock=cast.clock, who="test")


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati", "UTC"])
def test_a_licence_ends_on_the_companys_day_wherever_its_reader_is(cast: Cast, zone: str) -> None:
    """A last day without its hour is the one that the company's other pages tell."""
    Person.objects.filter(pk=cast.chloe.pk).update(time_zone=zone)
    last = end_of(date(2027, 3, 5), cast.martin.time_zone)
    new = NewLicence("cos", 5, cast.clock.now(), last)
    licences.add(cast.martin.id, new, clock=cast.clock, who="test")
    here = account_address(cast.account.id, "renewal", cast.martin.id)
    page = signed_in(cast.chloe).get(here).content.decode()
    assert "5 units, until Friday 5 March 2027" in page


def test_the_licence_that_a_request_is_about_is_told_to_both(cast: Cast) -> None:
    """The company sees what it chose, and the supplier on its page and in its table."""
    last = end_of(date(2027, 3, 5), cast.martin.time_zone)
    new = NewLicence("cos", 5, cast.clock.now(), last, label="Laptops")
    licence = licences.add(cast.martin.id, new, clock=cast.clock, who="test")
    ask = account_address(cast.account.id, "renewal-ask", cast.martin.id)
    typed = {"company": str(cast.martin.id), "about": f"cos:{licence.id}", "units": "7"}
    asker, supplier = signed_in(cast.chloe), signed_in(cast.anne)
    assert asker.post(ask, typed).status_code == 302
    about = "Laptops: 5 units, until Friday 5 March 2027"
    here = account_address(cast.account.id, "renewal", cast.martin.id)
    asked = asker.get(here).content.decode().partition('id="asked"')[2]
    assert about in asked
    for name in ("requests", "requests-table"):
        found = supplier.get(account_address(cast.account.id, name)).getvalue()
        assert about in found.decode()


@pytest.mark.parametrize(
    ("language", "zone", "ends", "said"),
    [
        (
            "en",
            "Asia/Tokyo",
            True,
            "The request is about this licence: Laptops, 1,500 units, until "
            "Saturday 6 March 2027, 07:59 (Tokyo).\n",
        ),
        (
            "fr",
            "Europe/Paris",
            True,
            "La demande porte sur cette licence\u00a0: Laptops, 1\u202f500 unités, jusqu’au "
            "vendredi 5 mars 2027 à 23\u202fh\u202f59 (heure de Paris).\n",
        ),
        ("en", "UTC", False, "Laptops, 1,500 units, without end.\n"),
        ("fr", "UTC", False, "Laptops, 1\u202f500 unités, sans date de fin.\n"),
    ],
)
def test_each_mail_names_the_licence_and_its_end_in_its_readers_zone(
    cast: Cast, language: str, zone: str, ends: bool, said: str
) -> None:
    """To the supplier and back to whoever asked; the licence's key stands in neither."""
    Person.objects.update(language=language, time_zone=zone)
    cast.anne.refresh_from_db()
    asker = Person.objects.get(pk=cast.chloe.pk)
    Company.objects.filter(pk=cast.martin.pk).update(time_zone="Europe/Paris")
    last = end_of(date(2027, 3, 5), "Europe/Paris") if ends else None
    new = NewLicence(
        COS,
        1500,
        cast.clock.now(),
        last,
        "full" if ends else "subscription",
        label="Laptops",
    )
    licence = licences.add(cast.martin.id, new, clock=cast.clock, who="test")
    wanted = Wanted(COS, 7, "Until June, please.", licence.id)
    made = renewals.ask(cast.martin.id, wanted, by=asker, clock=cast.clock, who="test")
    by: dict[str, Any] = {"by": cast.anne, "clock": cast.clock, "who": "test"}
    renewals.answer(cast.martin.id, made.id, State.DONE, **by)
    texts = {each.address: each.text for each in Letter.objects.all()}
    assert set(texts) == {cast.anne.email, asker.email}
    for text in texts.values():
        assert said in text
        assert str(licence.id) not in text


def test_licences_without_a_name_of_the_companys_are_told_apart_by_their_references(
    cast: Cast,
) -> None:
    """In the form, in the mail and in the lists, as in the history and the alerts."""
    last = end_of(date(2027, 3, 5), cast.martin.time_zone)
    first, second = (
        licences.add(
            cast.martin.id,
            NewLicence(COS, 5, cast.clock.now(), last, reference=reference),
            clock=cast.clock,
            who="test",
        )
        for reference in ("ORDER-1", "ORDER-2")
    )
    here = account_address(cast.account.id, "renewal", cast.martin.id)
    choices = signed_in(cast.chloe).get(here).context["form"].fields["about"].choices
    named = dict(choices)
    assert named[f"{COS}:{first.id}"] != named[f"{COS}:{second.id}"]
    wanted = Wanted(COS, 7, "", second.id)
    renewals.ask(cast.martin.id, wanted, by=cast.chloe, clock=cast.clock, who="test")
    text = Letter.objects.get().text
    assert "ORDER-2, 5 units" in text and "ORDER-1" not in text
    queue = signed_in(cast.anne).get(account_address(cast.account.id, "requests"))
    assert "ORDER-2: 5 units" in queue.content.decode()


def test_a_mail_of_a_request_for_a_product_names_no_licence(cast: Cast) -> None:
    """There is nothing to name, and no empty line stands for it."""
    _asked(cast)
    text = Letter.objects.get().text
    assert "about this licence" not in text
    assert "\n\n\n" not in text


def test_asked_and_answered_by_the_pages(cast: Cast) -> None:
    """What is typed wrong stays; the queue answers, and the company sees it."""
    asker, supplier = signed_in(cast.chloe), signed_in(cast.anne)
    here = account_address(cast.account.id, "renewal", cast.martin.id)
    ask = account_address(cast.account.id, "renewal-ask", cast.martin.id)
    product = Product.objects.filter(services="cos").order_by("name")[0].key
    typed = {"company": str(cast.martin.id), "about": f"{product}:", "text": "Until June"}
    wrong = asker.post(ask, {**typed, "units": "0"})
    assert wrong.status_code == 422 and "Until June" in wrong.content.decode()
    assert asker.post(ask, {**typed, "units": "20"}).status_code == 302
    made = RenewalRequest.objects.get()
    queue = account_address(cast.account.id, "requests")
    assert "Until June" in supplier.get(queue).content.decode()
    act = account_address(cast.account.id, "requests-act")
    reason = {"account": str(cast.account.id), "do": f"declined={made.id}"}
    assert supplier.post(act, reason).status_code == 422
    said = {**reason, f"answer-{made.id}": "No longer sold"}
    assert signed_in(cast.bruno).post(act, said).status_code == 403
    assert supplier.post(act, said).status_code == 302
    assert "No longer sold" in asker.get(here).content.decode()
    table = account_address(cast.account.id, "requests-table")
    assert "No longer sold" in supplier.get(table).getvalue().decode()


def test_a_request_to_a_provider_is_not_in_the_vendors_queue(cast: Cast) -> None:
    """Operators answer what nobody stands between."""
    _asked(cast)
    operator = signed_in(person("operator", is_operator=True))
    body = operator.get(operator_address("requests")).content.decode()
    assert "No request yet" in body


def test_the_vendor_answers_where_no_provider_stands_between(cast: Cast) -> None:
    """A company of its own account asks the operators, who answer in their portal."""
    Account.objects.filter(pk=cast.account.pk).update(kind=Account.Kind.BUSINESS)
    operator = person("operator", is_operator=True)
    made = _asked(cast)
    assert made.supplier is None
    assert Letter.objects.get().address == operator.email
    act = operator_address("requests-act")
    answer = {"account": "", "do": f"done={made.id}"}
    assert signed_in(operator).post(act, answer).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.answered_by) == (State.DONE, operator)
    assert signed_in(cast.anne).get(account_address(cast.account.id, "requests")).status_code == 404


def test_the_shop_is_told_which_company_comes(cast: Cast, settings: Settings) -> None:
    """The company's reference stands in the link, and can break nothing of it."""
    settings.SHOP_URL = "https://shop.test/?for={company}"
    cast.martin.reference = "M 1&x=2"
    assert renewals.shop_address(cast.martin) == "https://shop.test/?for=M%201%26x%3D2"


def _link_of(person: Person) -> str:
    text = Letter.objects.filter(address=person.email).latest("created_at", "id").text
    found = re.search(rf"{re.escape(settings.PUBLIC_URL)}(/\S+)", text)
    assert found
    return found[1]


@pytest.mark.parametrize("is_operator", [False, True])
def test_the_link_of_each_mail_opens_the_page_where_the_request_stands(
    cast: Cast, is_operator: bool
) -> None:
    """Also for an operator who administers the provider that is asked, or who asked themselves."""
    Person.objects.update(is_operator=is_operator)
    made = _asked(cast)
    page = signed_in(cast.anne).get(_link_of(cast.anne))
    assert page.status_code == 200
    assert "Until June, please." in page.content.decode()
    by: dict[str, Any] = {"by": cast.anne, "clock": cast.clock, "who": "test"}
    renewals.answer(cast.martin.id, made.id, State.TAKEN, **by)
    asker = Person.objects.get(pk=cast.chloe.pk)
    page = signed_in(asker).get(_link_of(asker))
    assert page.status_code == 200
    assert "Until June, please." in page.content.decode()


def test_the_form_names_each_licence_and_asks_for_as_many_units_as_there_were(cast: Cast) -> None:
    """With its units and its end, or that it has none; where nobody has a seat yet."""
    now = cast.clock.now()
    for units, ends in ((12, now + 90 * DAY), (7, None)):
        kind = "full" if ends else "subscription"
        new = NewLicence(COS, units, now, ends, kind)  # type: ignore[arg-type]  # a kind
        licences.add(cast.martin.id, new, clock=cast.clock, who="test")
    client = signed_in(cast.chloe)
    page = client.get(account_address(cast.account.id, "renewal", cast.martin.id))
    names = [name for _, name in page.context["form"].fields["about"].choices]
    assert any("12 units, until" in name for name in names)
    assert any("7 units, without end" in name for name in names)
    assert page.context["form"]["units"].value() == 12, "as many as the licence that ends"


def _queued(cast: Cast, number: int, **more: Any) -> RenewalRequest:
    """Write a request into the queue, as if it had been asked so many minutes after the first."""
    wanted: dict[str, Any] = {
        "company": cast.martin,
        "supplier": cast.account,
        "product": Product.objects.get(key=COS),
        "units": number,
        "asked_at": cast.clock.now() + number * 60,
        "asked_by": cast.chloe,
        **more,
    }
    return RenewalRequest.objects.create(**wanted)


def _units(client: Client, name: str, cast: Cast, query: str = "", *args: object) -> list[int]:
    """Give the units on a page, which are those of the table where they fit on one page."""
    page = client.get(account_address(cast.account.id, name, *args) + query)
    assert page.status_code == 200
    key = "rows" if name == "requests" else "requests"
    found = [row[0].units for row in page.context[key]]
    if page.context["page"].pages == 1:
        assert [
            int(row["units"]) for row in _table(client, f"{name}-table", cast, query, *args)
        ] == (found)
    return found


def _table(
    client: Client, name: str, cast: Cast, query: str = "", *args: object
) -> list[dict[str, str]]:
    answer = client.get(account_address(cast.account.id, name, *args) + query)
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_queue_is_filtered_and_sorted_and_so_is_its_table(cast: Cast) -> None:
    """By state, product and company, in each order; what makes no sense is left out."""
    other = Product.objects.exclude(key=COS).first() or Product.objects.create(
        key="backup", name="Another product"
    )
    _queued(cast, 1, state=State.DONE)
    _queued(cast, 2, state=State.TAKEN, product=other)
    _queued(cast, 3, company=cast.garage)
    _queued(cast, 4)
    client = signed_in(cast.anne)

    def of(query: str) -> list[int]:
        return _units(client, "requests", cast, query)

    assert of("") == of("?sort=nonsense&state=nonsense") == [4, 3, 2, 1]
    assert of("?sort=-state") == [1, 2, 4, 3]
    assert of("?sort=asked") == [1, 2, 3, 4]
    assert of("?sort=-asked") == [4, 3, 2, 1]
    assert of("?sort=units") == [1, 2, 3, 4]
    assert of("?sort=company")[-1 if cast.garage.name > cast.martin.name else 0] == 3
    assert of("?sort=product")[-1 if other.name > Product.objects.get(key=COS).name else 0] == 2
    assert of(f"?product={other.key}") == [2]
    assert of(f"?q={cast.garage.name[1:].upper()}") == [3]
    assert of("?state=done") == [1]
    assert of(f"?state=done&product={other.key}") == []
    page = client.get(account_address(cast.account.id, "requests") + f"?product={other.key}")
    assert page.context["states"] == [("taken", "taken", 1)], "the numbers are of what is found"
    body = page.content.decode()
    assert "1 request of 4" in body
    empty = client.get(account_address(cast.account.id, "requests") + "?q=nobody").content.decode()
    assert "No request fits" in empty


def test_the_queue_answered_wrongly_still_leads_through_its_list(cast: Cast) -> None:
    """The page that a form was answered with has links to the list, and not to the form."""
    made = _asked(cast)
    act = account_address(cast.account.id, "requests-act")
    typed = {"account": str(cast.account.id), "do": f"declined={made.id}"}
    wrong = signed_in(cast.anne).post(act + "?sort=company", typed)
    assert wrong.status_code == 422
    here = account_address(cast.account.id, "requests")
    body = wrong.content.decode()
    assert f'<form class="filters-form acts" role="search" action="{here}">' in body
    assert f'aria-sort="ascending"><a href="{here}?sort=-company">' in body
    assert f'href="{here}?sort=company&amp;state=open"' in body


def test_a_company_reads_all_that_it_asked_for(cast: Cast) -> None:
    """Page by page, by state, and as a table; never what another company asked for."""
    for number in range(1, 31):
        _queued(cast, number, state=State.DONE if number % 2 else State.WITHDRAWN)
    _queued(cast, 99, company=cast.garage)
    client = signed_in(cast.bruno)
    of = (cast.martin.id,)
    pages = [_units(client, "renewal", cast, f"?page={n}", *of) for n in (1, 2)]
    assert pages == [[*range(30, 10, -1)], [*range(10, 0, -1)]]
    assert _units(client, "renewal", cast, "?state=done", *of) == [*range(29, 0, -2)]
    rows = _table(client, "renewal-table", cast, "", *of)
    assert [int(row["units"]) for row in rows] == [*range(30, 0, -1)]
    here = account_address(cast.account.id, "renewal", *of)
    body = client.get(here).content.decode()
    assert f'href="{here}?page=2#asked"' in body
    assert f'href="{here}?state=withdrawn#asked"' in body
    assert "No request fits" in client.get(here + "?state=open").content.decode()


def test_the_table_is_harmless_and_in_the_readers_language(cast: Cast) -> None:
    """What was typed is read, and never run by a spreadsheet."""
    _queued(cast, 1, state=State.DECLINED, text="=cmd()", answer="+1", answered_at=1_800_000_000)
    Person.objects.update(language="fr")
    (row,) = _table(signed_in(cast.anne), "requests-table", cast)
    assert (row["text"], row["answer"]) == ("'=cmd()", "'+1")
    assert row["state"] == "refusée"
    assert row["answered_at"] == "2027-01-15T08:00:00Z"


def test_the_table_names_people_as_the_page_does(cast: Cast) -> None:
    """No side learns more of who asked and answered than it reads on its page: no address."""
    Person.objects.filter(pk=cast.anne.pk).update(name="Anne\u200b Martin")
    Person.objects.filter(pk=cast.chloe.pk).update(name="")
    _queued(cast, 1, state=State.DONE, answered_by=cast.anne, answered_at=1_800_000_000)
    tables = [
        _table(signed_in(cast.anne), "requests-table", cast),
        _table(signed_in(cast.bruno), "renewal-table", cast, "", cast.martin.id),
    ]
    for (row,) in tables:
        assert (row["asked_by"], row["answered_by"]) == (cast.chloe.email, "Anne Martin")


@pytest.mark.parametrize("name", ["requests", "renewal"])
def test_a_request_of_somebody_who_is_gone_is_still_listed(cast: Cast, name: str) -> None:
    """Of who asked and answered only a dash is left; page and table stand."""
    _queued(cast, 1, asked_by=None, answered_at=1_800_000_000, state=State.DONE)
    client = signed_in(cast.anne)
    args = [cast.martin.id] if name == "renewal" else []
    assert _units(client, name, cast, "", *args) == [1]
    (row,) = _table(client, f"{name}-table", cast, "", *args)
    assert (row["asked_by"], row["answered_by"]) == ("", "")


@pytest.mark.parametrize("name", ["requests", "renewal"])
def test_a_list_of_requests_is_sorted_by_short_rows(cast: Cast, name: str) -> None:
    """What is told of a request is read of those on the page, and of no other; ties hold."""
    for number in range(1, 61):
        _queued(cast, number, asked_at=cast.clock.now())
    client = signed_in(cast.anne)
    args = [cast.martin.id] if name == "renewal" else []
    with CaptureQueriesContext(connection) as asked:
        pages = [_units(client, name, cast, f"?page={n}", *args) for n in (1, 2, 3)]
    found = pages[0] + pages[1] + (pages[2] if name == "renewal" else [])
    assert sorted(found) == [*range(1, 61)]
    ordered = [each["sql"] for each in asked if '"store_renewalrequest"' in each["sql"]]
    ordered = [sql for sql in ordered if "ORDER BY" in sql]
    assert ordered and not any('"text"' in sql for sql in ordered)


@pytest.mark.parametrize("name", ["requests", "requests-table", "renewal", "renewal-table"])
def test_lists_of_requests_ask_the_same_for_few_and_for_many(cast: Cast, name: str) -> None:
    """The number of queries does not grow with the requests."""
    client = signed_in(cast.anne)
    args = [cast.martin.id] if name.startswith("renewal") else []
    last = end_of(date(2027, 3, 5), cast.martin.time_zone)
    new = NewLicence(COS, 5, cast.clock.now(), last)
    licence = licences.add(cast.martin.id, new, clock=cast.clock, who="test")

    def queries() -> int:
        client.get(hub_address("profile"))  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as found:
            client.get(account_address(cast.account.id, name, *args)).getvalue()
        return len(found)

    _queued(cast, 1, licence_id=licence.id)
    few = queries()
    for number in range(2, 70):
        _queued(cast, number, licence_id=licence.id)
    assert queries() == few
