"""The calendar of a company: its months, and the address that calendar programs read."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from icalendar import Calendar

from tenure.clock import SetClock
from tenure.portal.identity.logs import WithoutSecrets
from tenure.services import calendars, feeds, licences, memberships, standings
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import AuditEntry, Company, Feed, Membership, Person
from tests.people import READ, START, Cast
from tests.portal.conftest import HERE, Town, reverse, signed_in, speak

WHO = "test"


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def licensed(cast: Cast) -> Company:
    """Give a company of Paris with a licence to the end of 30 June 2026."""
    company = cast.martin
    Company.objects.filter(pk=company.id).update(time_zone="Europe/Paris")
    new = NewLicence("cos", 5, START, 1782856800)
    licences.add(company.id, new, clock=SetClock(START), who=WHO)
    return company


def made(client: Client, cast: Cast) -> str:
    """Make an address on the page; give its path."""
    page = f"/a/{cast.account.id}/companies/{cast.martin.id}/calendar/feed/"
    text = client.post(page, {"company": str(cast.martin.id), "do": "make"}).content.decode()
    return "/calendar/" + text.split("/calendar/tnr_cal_")[1].join(["tnr_cal_", ""]).split("<")[0]


def events(path: str) -> dict[str, dict[str, object]]:
    answer = Client(headers=HERE).get(path)
    assert answer.status_code == 200
    found = Calendar.from_ical(answer.content)
    return {str(x["UID"]): x for x in found.walk("VEVENT")}


def test_an_end_at_midnight_is_the_last_day_and_keeps_its_name_when_it_moves(cast: Cast) -> None:
    company = licensed(cast)
    path = made(signed_in(cast.anne), cast)
    [uid] = [uid for uid in events(path) if uid.startswith("licence_ends")]
    before = events(path)[uid]
    assert before["DTSTART"].dt.isoformat() == "2026-06-30"  # type: ignore[attr-defined]
    [licence] = company.licences.all()
    licences.renew(company.id, licence.id, 1785535200, clock=SetClock(START + 60), who=WHO)
    after = events(path)[uid]
    assert after["DTSTART"].dt.isoformat() == "2026-07-31"  # type: ignore[attr-defined]
    assert int(str(after["SEQUENCE"])) > int(str(before["SEQUENCE"]))


def test_the_address_is_kept_as_a_hash_and_says_nothing_to_audit_and_logs(cast: Cast) -> None:
    licensed(cast)
    path = made(signed_in(cast.anne), cast)
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    feed = Feed.objects.get()
    assert secret not in feed.hash and len(secret) > 40
    for entry in AuditEntry.objects.filter(action__startswith="feed."):
        assert secret not in f"{entry.data}{entry.object}"
    line = logging.makeLogRecord({"msg": "Not Found: %s", "args": (path,)})
    WithoutSecrets().filter(line)
    assert secret not in line.getMessage()
    answer = Client(headers=HERE).get(path)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"].startswith("private")
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert Client(headers=HERE).get(path, headers=etag).status_code == 304


def test_it_opens_nothing_once_revoked_replaced_or_without_rights(cast: Cast) -> None:
    licensed(cast)
    anne = signed_in(cast.anne)
    page = f"/a/{cast.account.id}/companies/{cast.martin.id}/calendar/feed/"
    stranger = Client(headers=HERE)
    first, second = made(anne, cast), made(anne, cast)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200
    Membership.objects.filter(person=cast.anne).delete()
    assert stranger.get(second).status_code == 404
    assert anne.post(page, {"company": str(cast.martin.id), "do": "make"}).status_code == 404


def test_revoked_it_is_gone(cast: Cast) -> None:
    licensed(cast)
    anne = signed_in(cast.anne)
    path = made(anne, cast)
    page = f"/a/{cast.account.id}/companies/{cast.martin.id}/calendar/feed/"
    anne.post(page, {"company": str(cast.martin.id), "do": "revoke"})
    assert Client(headers=HERE).get(path).status_code == 404


def test_guesses_are_limited_by_address(cast: Cast) -> None:
    licensed(cast)
    path = made(signed_in(cast.anne), cast)
    stranger = Client(headers=HERE)
    answers = [stranger.get(f"/calendar/tnr_cal_{i}.ics").status_code for i in range(21)]
    assert answers == [404] * 20 + [429]
    assert stranger.get(path).status_code == 429


def test_it_speaks_the_persons_language_and_names_a_test_company(
    town: Town, operator: Person, client: Client
) -> None:
    company = town.company()
    town.licence(company, 5, 60)
    Person.objects.filter(pk=operator.pk).update(language="fr")
    form = {"company": str(company.id), "do": "make"}
    text = client.post(reverse("calendar-feed", [company.id]), form).content.decode()
    path = "/calendar/tnr_cal_" + text.split("/calendar/tnr_cal_")[1].split("<")[0]
    said = [str(event["SUMMARY"]) for event in events(path).values()]
    assert any(x.startswith("[Test] Boulangerie Martin\u00a0: fin de la dernière") for x in said)


def test_a_month_shows_the_last_day_and_leads_on(town: Town, client: Client) -> None:
    company = town.company()
    town.licence(company, 5, 60)
    standing = standings.of_company(company.id, town.clock)
    kinds = [event.facts.kind for event in calendars.events(standing)]
    assert kinds[-4:] == ["company_ends", "licence_ends", "suspension", "deletion"]
    page = reverse("calendar", [company.id])
    text = client.get(page + "?month=2026-03").content.decode()
    assert "Last licence of Cloud Office Security ends" in text
    assert "?month=2026-02" in text and "?month=2026-04" in text
    speak(client, "fr")
    text = client.get(page + "?month=2026-03").content.decode()
    assert "mars 2026" in text and "dimanche 1er mars 2026" in text
    assert client.get(page + "?month=nonsense").status_code == 200


def test_the_table_holds_every_event(town: Town, client: Client) -> None:
    company = town.company()
    town.licence(company, 5, 60)
    standing = standings.of_company(company.id, town.clock)
    text = client.get(reverse("calendar-table", [company.id])).getvalue().decode()
    assert len(text.strip().splitlines()) == 1 + len(calendars.events(standing))


def of_all(client: Client, cast: Cast) -> str:
    """Make an address of all companies on the account's page; give its path."""
    page = f"/a/{cast.account.id}/calendar/"
    text = client.post(page, {"account": str(cast.account.id), "do": "make"}).content.decode()
    return "/calendar/" + text.split("/calendar/tnr_cal_")[1].join(["tnr_cal_", ""]).split("<")[0]


def named(path: str) -> set[str]:
    """Give of which companies a calendar tells."""
    answer = Client(headers=HERE).get(path)
    assert answer.status_code == 200
    uids = {str(x["UID"]) for x in Calendar.from_ical(answer.content).walk("VEVENT")}
    names = dict(Company.objects.values_list("id", "name"))
    return {name for id_, name in names.items() if any(str(id_) in uid for uid in uids)}


def two_companies(cast: Cast) -> Company:
    """Give a second company beside the first, both with a licence."""
    licensed(cast)
    other = cast.company("Garage Lenoir")
    new = NewLicence("cos", 5, START, 1782856800)
    licences.add(other.id, new, clock=SetClock(START), who=WHO)
    return other


def test_one_address_tells_of_every_company_that_may_be_read_now_and_of_later_ones(
    cast: Cast,
) -> None:
    path = of_all(signed_in(cast.anne), cast)
    assert named(path) == set(), "no company uses a service yet"
    two_companies(cast)
    assert named(path) == {cast.martin.name, "Garage Lenoir"}


def test_rights_that_were_withdrawn_are_gone_from_it_and_without_any_it_is_gone(
    cast: Cast,
) -> None:
    """Who may read one company sees that one; who sees members or a site alone sees none."""
    other = two_companies(cast)
    cast.join(cast.bruno, READ)
    path = of_all(signed_in(cast.bruno), cast)
    assert named(path) == {cast.martin.name, "Garage Lenoir"}

    def may(rights: Rights) -> set[str]:
        memberships.change(cast.account.id, cast.bruno.id, rights, by=cast.anne)
        return named(path)

    assert may(Rights(scopes=(ScopeRights(other.id, None, "read", "none"),))) == {"Garage Lenoir"}
    assert may(Rights("none", "read")) == set()
    assert may(Rights(scopes=(ScopeRights(cast.martin.id, cast.lyon, "read", "none"),))) == set()
    memberships.remove(cast.account.id, cast.bruno.id, by=cast.anne)
    assert Client(headers=HERE).get(path).status_code == 404


def test_the_address_of_all_is_replaced_and_revoked_and_beside_that_of_a_company(
    cast: Cast,
) -> None:
    two_companies(cast)
    anne = signed_in(cast.anne)
    own, first = made(anne, cast), of_all(anne, cast)
    second = of_all(anne, cast)
    nobody = Client(headers=HERE)
    assert nobody.get(first).status_code == 404
    form = {"account": str(cast.account.id), "do": "revoke"}
    assert anne.post(f"/a/{cast.account.id}/calendar/", form).status_code == 302
    assert nobody.get(second).status_code == 404
    assert nobody.get(own).status_code == 200, "that of the company is another one"
    entries = AuditEntry.objects.filter(action__startswith="feed.", account_id=cast.account.id)
    told = list(entries.order_by("recorded_at", "seq").values_list("action", flat=True))
    assert told.count("feed.made") >= 2
    assert told.count("feed.revoked") >= 2
    assert not any("tnr_cal_" in str(entry.data) for entry in entries)


def test_of_very_many_companies_those_that_end_soonest_stand_in_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_companies(cast)
    endless = NewLicence("cos", 5, START)
    licences.add(cast.martin.id, endless, clock=SetClock(START + 60), who=WHO)
    monkeypatch.setattr(feeds, "MOST", 1)
    path = of_all(signed_in(cast.anne), cast)
    assert named(path) == {"Garage Lenoir"}
    assert b"1 of 3 companies" in Client(headers=HERE).get(path).content


def test_a_stranger_has_no_such_page_and_cannot_make_an_address(cast: Cast) -> None:
    page = f"/a/{cast.account.id}/calendar/"
    stranger = signed_in(cast.stranger)
    assert stranger.get(page).status_code == 404
    form = {"account": str(cast.account.id), "do": "make"}
    assert stranger.post(page, form).status_code == 404
    assert not Feed.objects.exists()
