"""Every page, in every phase and both languages."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.services import members
from tenure.store.models import Company, Notice, OutboxMail
from tests.portal.conftest import HERE, PHASES, Town, person, reverse, signed_in, speak

TABS = ("company", "members", "licences", "notices", "history")


def text_of(answer: str) -> str:
    """Give what is to be read, without the markup."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer)))


def page(client: Client, address: str, language: str = "en") -> str:
    speak(client, language)
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", pytest.param("fr", marks=pytest.mark.once)])
@pytest.mark.parametrize("situation", PHASES)
@pytest.mark.usefixtures("demo")
def test_every_page_of_a_company_answers_in_every_situation(
    client: Client, town: Town, situation: str, language: str
) -> None:
    """Each view answers in its language, names the company in title and heading, and its mails."""
    company = town.put(situation)
    addresses = [reverse(name, args=[company.id]) for name in TABS]
    addresses += [reverse(name, args=[company.id]) for name in ("add-licence", "close")]
    addresses += [
        reverse("notice", args=[company.id, notice.id])
        for notice in Notice.objects.filter(company=company)
    ]
    for address in addresses:
        body = page(client, address, language)
        assert f'<html lang="{language}">' in body
        title = re.search(r"<title>(.*?)</title>", body, re.DOTALL)
        assert title and "Boulangerie Martin" in title[1] and "Tenure" in title[1]
        assert "Boulangerie Martin" in text_of(body.split("<main")[1])
        assert "style=" not in body, "the policy forbids styles in the page"
    for mail in OutboxMail.objects.all():
        assert mail.subject in html.unescape(page(client, reverse("mail", args=[mail.id])))


def test_the_first_sentence_of_a_company_is_its_state(client: Client, town: Town) -> None:
    """The overview says what happened, what comes when, for whom, and what to do, in this order."""
    body = text_of(page(client, reverse("company", args=[town.put("grace").id])))
    order = [
        "has no valid licence for Cloud Office Security",
        "Without a new licence, protection ends",
        "stay protected",
        "To do Add or renew a licence.",
        "What comes next if nothing is done",
        "The service is suspended; nobody is protected, everything is kept",
        "Everything is deleted for good",
    ]
    places = [body.find(each) for each in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places)


def test_who_is_to_choose_users_is_led_to_where_they_are_chosen(client: Client, town: Town) -> None:
    """The one leading button of a company without seats does what its sentence says."""
    company = town.company()
    town.licence(company, 5, 60, "trial")
    body = page(client, reverse("company", args=[company.id]))
    assert "To do Choose the users to protect." in text_of(body)
    leads = re.findall(r'<a class="button lead" href="([^"]*)">([^<]*)', body)
    assert leads == [(reverse("console", args=[company.id]), "Choose the users")]
    town.people(company, 1, 1)
    assert "Choose the users" not in page(client, reverse("company", args=[company.id]))


def test_licences_come_in_pages_the_worst_first(client: Client, town: Town) -> None:
    """Of very many, a page has fifty, and the count is of all; one that ends soon stands first."""
    company = town.company()
    for i in range(52):
        town.licence(company, 1, 20 if i == 30 else 100 + i)
    address = reverse("licences", args=[company.id])
    first, second = text_of(page(client, address)), text_of(page(client, f"{address}?page=2"))
    for body, rows in ((first, 50), (second, 2)):
        assert "52 licences" in body
        assert body.count("What if? COS") + body.count("What if? Cloud") == rows, body
    # Each begins with how many there are of each status.
    below = [body[body.index("As CSV") :] for body in (first, second)]
    assert below[0].index("Close to its end") < below[0].index("Valid")
    assert "Close to its end" not in below[1]


def test_a_suspended_company_says_so_with_a_word_and_a_shape(client: Client, town: Town) -> None:
    """A badge is a drawing and a word; colour is never alone."""
    body = page(client, reverse("company", args=[town.put("suspended").id]))
    badge = re.search(r'<span class="badge company-suspended">(.*?)</span>', body, re.DOTALL)
    assert badge and "<svg" in badge[1] and badge[1].endswith("Suspended")


def test_hostile_names_are_shown_safely(client: Client, town: Town) -> None:
    """Markup is text, the writing cannot be turned around, and a name is one line that ends."""
    name = "<script>alert(1)</script>\u202eevil\n" + "x" * 150
    company = town.company(name)
    town.licence(company, 3, 60)
    town.people(company, 2, 1)
    town.pass_days(company, 40)
    mail = OutboxMail.objects.get()
    addresses = [reverse(each, args=[company.id]) for each in TABS]
    addresses += [reverse("companies"), reverse("outbox"), reverse("mail", args=[mail.id])]
    for address in addresses:
        body = page(client, address)
        assert "<script>alert" not in body
        assert "\u202e" not in body
        assert "x" * 121 not in body
        assert "&lt;script&gt;" in body


def test_the_list_does_the_same_queries_for_ten_companies_and_for_three_hundred(
    client: Client, town: Town
) -> None:
    """The number of queries does not grow with the number of companies."""

    def queries() -> int:
        client.get(reverse("profile"))  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as found:
            page(client, reverse("companies"))
        return len(found)

    for i in range(10):
        town.company(f"Company {i}")
    few = queries()
    for i in range(290):
        town.company(f"Company {i}")
    assert Company.objects.count() == 300
    assert queries() == few <= 12


@pytest.mark.parametrize("name", TABS)
def test_a_company_does_the_same_queries_for_few_members_and_for_many(
    client: Client, town: Town, name: str
) -> None:
    """No page of a company asks the database once for each member."""

    def queries() -> int:
        client.get(reverse("profile"))  # what is written once in a session is written here
        with CaptureQueriesContext(connection) as found:
            page(client, reverse(name, args=[company.id]))
        return len(found)

    company = town.company()
    town.licence(company, 100, 60)
    town.people(company, 4, 2)
    town.work()
    few = queries()
    for i in range(120):
        members.add(company.id, user=f"more{i}@martin.test", clock=town.clock, who="test")
    town.work()
    assert queries() <= few, "what no row names is not read"


def test_members_stand_on_pages_of_fifty(client: Client, town: Town) -> None:
    """Each member stands on exactly one page; a page too far is the last one."""
    company = town.company()
    town.people(company, 120)
    address = reverse("members", args=[company.id])
    seen: list[str] = []
    for number in (1, 2, 3):
        found = re.findall(
            r"u\d{5}@martin\.test", text_of(page(client, f"{address}?page={number}"))
        )
        seen += dict.fromkeys(found)
    assert len(seen) == len(set(seen)) == 120
    assert "Page 3 of 3" in text_of(page(client, f"{address}?page=99"))


def test_a_search_says_what_it_leaves_out(client: Client, town: Town) -> None:
    """A search shows its number and the way back to all."""
    for name in ("Garage Lenoir", "Studio Kerguelen", "Garage Noailles"):
        town.company(name)
    body = text_of(page(client, reverse("companies") + "?q=garage"))
    assert "2 companies for “garage”" in body
    assert "Show all 3" in body
    assert "Kerguelen" not in body
    nothing = text_of(page(client, reverse("companies") + "?q=nowhere"))
    assert "No company fits" in nothing


def test_an_empty_list_says_what_it_is_for(client: Client, town: Town) -> None:
    """Without companies the page teaches how to get one."""
    body = text_of(page(client, reverse("companies")))
    assert "No company yet" in body
    assert "tenure import" in body


def test_the_notice_page_tells_what_the_relay_answered(client: Client, town: Town) -> None:
    """A notice shows its deadline, each recipient, the answer and the way to the mail."""
    company = town.put("grace")
    notice = Notice.objects.get(company=company, kind="grace")
    body = page(client, reverse("notice", args=[company.id, notice.id]))
    read = text_of(body)
    assert "Served by e-mail" in read
    assert "anne@example.org" in read
    assert "250 kept in the outbox" in read
    assert notice.reference in read
    mail = re.search(r'href="(/outbox/[^"]+)"', body)
    assert mail
    assert "Sans nouvelle licence" in text_of(page(client, f"{mail[1]}?as=text"))


def test_the_history_tells_phases_and_doings(client: Client, town: Town) -> None:
    """The history holds each phase, and each thing that was done with who did it."""
    body = text_of(page(client, reverse("history", args=[town.put("suspended").id])))
    for each in ("Active", "Grace", "Suspended", "4 users protected", "Licence added", "test"):
        assert each in body


def test_the_language_is_chosen_by_a_form(client: Client, town: Town) -> None:
    """The switch in the foot keeps the language of the person and of the browser."""
    answer = client.post(reverse("set_language"), {"language": "fr", "next": "/me/profile/"})
    assert answer.headers["Location"] == "/me/profile/"
    assert '<html lang="fr">' in client.get("/me/profile/").content.decode()
    stranger = Client(headers=HERE)
    stranger.post(reverse("set_language"), {"language": "fr", "next": "/"})
    assert '<html lang="fr">' in stranger.get("/nothing-here/").content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/nothing-here/",
        "/operator/companies/01a20c1b-0000-7000-8000-000000000000/",
        "/operator/companies/01a20c1b-0000-7000-8000-000000000000/members/",
        "/outbox/01a20c1b-0000-7000-8000-000000000000/",
    ],
)
def test_what_does_not_exist_is_our_own_404(client: Client, town: Town, address: str) -> None:
    """The page says so in the reader's language, with a way on."""
    speak(client, "fr")
    answer = client.get(address)
    assert answer.status_code == 404
    read = text_of(answer.content.decode())
    assert "Il n’y a rien à cette adresse" in read
    assert "Aller aux entreprises" in read


def test_a_notice_of_another_company_is_not_found(client: Client, town: Town) -> None:
    """A notice is only shown under its own company."""
    one, other = town.put("grace"), town.put("pending", "Garage Lenoir")
    notice = Notice.objects.filter(company=one).first()
    assert notice
    assert client.get(reverse("notice", args=[one.id, notice.id])).status_code == 200
    assert client.get(reverse("notice", args=[other.id, notice.id])).status_code == 404


def test_a_mistake_of_ours_is_our_own_500(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that breaks says so without a database, and shows nothing of the inside."""

    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the inside")

    client = signed_in(
        person("olga@operator.test", is_operator=True), raise_request_exception=False
    )
    assert client.get("/").status_code == 200
    monkeypatch.setattr("tenure.services.overviews.companies", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    read = text_of(answer.content.decode())
    assert "We made a mistake" in read
    assert "the inside" not in read


def test_healthz_tells_of_database_and_engine(client: Client, town: Town) -> None:
    """Whoever watches gets 200 and words."""
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "engine": "never"}


def test_what_was_deleted_is_told_by_a_receipt_that_names_nobody(
    client: Client, town: Town
) -> None:
    """The deleted company's page leads to its receipt, and a stranger's address has none."""
    company = town.put("deleted")
    page = client.get(f"/operator/companies/{company.id}/").content.decode()
    assert f"/operator/companies/{company.id}/history/#receipts" in page
    history = client.get(f"/operator/companies/{company.id}/history/").content.decode()
    link = re.search(r"/operator/companies/[-0-9a-f]+/receipts/[-0-9a-f]+\.json", history)
    assert link is not None
    answer = client.get(link[0])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    receipt = answer.json()
    assert receipt["warnings"][0]["served_by"] == "email"
    assert receipt["erased"]["seats"] > 0
    assert "@" not in answer.content.decode()
    other = town.put("active", "Other")
    stranger = link[0].replace(str(company.id), str(other.id))
    assert client.get(stranger).status_code == 404
