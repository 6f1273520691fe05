"""The pages of who is written to, and their service."""

from __future__ import annotations

import pytest
from django.test import Client

from tenure.services import companies, contact_lists, contacts
from tenure.services.contact_lists import ContactFilter
from tenure.services.contacts import Wanted
from tenure.services.errors import Refused
from tenure.services.histories import PAGE
from tenure.store.models import AuditEntry, Company, Contact, Delivery, Notice, Pool
from tests.people import READ, Cast
from tests.portal.conftest import Town, reverse, signed_in

pytestmark = pytest.mark.usefixtures("demo")

NOTIFIED = Contact.Role.NOTIFICATION_ADDRESS
FORM = {"role": "notification_address", "name": "", "language": "fr", "time_zone": "Europe/Paris"}


@pytest.fixture
def company(town: Town) -> Company:
    return town.company(sites=("Lyon", "Paris"))


def post(
    client: Client, company: Company, page: str, *args: object, **form: str
) -> tuple[int, str]:
    address = reverse(page, args=[company.id, *args])
    answer = client.post(address, {"company": str(company.id), **form})
    return answer.status_code, answer.content.decode()


def fates_of(company: Company) -> dict[str, contact_lists.Fate]:
    rows = contact_lists.each(company, ContactFilter())
    return {row.contact.address: row.fate for row in rows}


def test_an_address_is_named_changed_and_removed(client: Client, company: Company) -> None:
    assert post(client, company, "add-contact", **FORM, address="Chloe@Example.org")[0] == 302
    contact = Contact.objects.get(company=company, address="chloe@example.org")
    assert (contact.role, contact.language, contact.pool_id) == (NOTIFIED, "fr", None)
    status, page = post(client, company, "add-contact", **FORM, address="chloe@example.org")
    assert status == 422
    assert "once for the company and once for each site" in page
    assert 'value="chloe@example.org"' in page
    form = {**FORM, "language": "en", "address": "dan@example.org"}
    assert post(client, company, "change-contact", contact.id, **form)[0] == 302
    page = client.get(reverse("contacts", args=[company.id])).content.decode()
    assert "dan@example.org" in page
    assert "chloe" not in page
    assert post(client, company, "remove-contact", contact.id)[0] == 302
    assert Contact.objects.filter(company=company).count() == 1
    done = AuditEntry.objects.filter(action__startswith="contact.").order_by("seq")
    actions = [entry.action for entry in done]
    assert actions[-3:] == ["contact.added", "contact.changed", "contact.removed"]


def test_an_administrator_of_a_site_is_named_by_its_site(client: Client, company: Company) -> None:
    paris = Pool.objects.get(company=company, name="Paris")
    form = {**FORM, "role": str(paris.id), "address": "anne@example.org"}  # also the owner's
    assert post(client, company, "add-contact", **form)[0] == 302
    contact = Contact.objects.get(company=company, pool_id=paris.id)
    assert contact.role == Contact.Role.SITE_ADMINISTRATOR
    page = client.get(reverse("change-contact", args=[company.id, contact.id])).content.decode()
    assert f'<option value="{paris.id}" selected>' in page
    form["name"] = "Anne"
    assert post(client, company, "change-contact", contact.id, **form)[0] == 302
    assert Contact.objects.get(company=company, pool_id=paris.id).name == "Anne"


def test_the_last_address_goes_by_a_second_yes_after_what_follows_was_said(
    client: Client, company: Company
) -> None:
    contact = Contact.objects.get(company=company)
    status, page = post(client, company, "remove-contact", contact.id)
    assert status == 200
    assert "served by the portal 7 days after" in page
    assert "Remove the last address" in page
    assert Contact.objects.filter(company=company).exists()
    assert post(client, company, "remove-contact", contact.id, sure="last")[0] == 302
    page = client.get(reverse("contacts", args=[company.id])).content.decode()
    assert "Nobody is written to" in page


def test_what_waits_follows_the_address(town: Town, company: Company) -> None:
    town.licence(company, 2, 5)
    town.people(company, 1, protected=1)
    town.pass_days(company, 6)
    # As if no relay had taken the mails yet.
    Notice.objects.filter(company=company).update(served_at=None, served_by="", deadline_at=None)
    Delivery.objects.filter(company=company).update(state="queued", next_try_at=1)
    owner = Contact.objects.get(company=company)

    def states(address: str) -> set[str]:
        found = Delivery.objects.filter(company=company, address=address)
        return set(found.values_list("state", flat=True))

    wanted = Wanted("bruno@example.org", Contact.Role.OWNER, "Bruno", "en", "UTC")
    contacts.change(company.id, owner.id, wanted, clock=town.clock)
    assert states("anne@example.org") == {"given_up"}
    assert states("bruno@example.org") == {"queued"}
    again = Wanted("anne@example.org", NOTIFIED)
    contacts.add(company.id, again, clock=town.clock)
    assert "queued" in states("anne@example.org")
    fates = fates_of(company)
    assert fates["bruno@example.org"].waiting == 1
    with pytest.raises(Refused, match="already"):
        contacts.add(company.id, again, clock=town.clock)


@pytest.mark.usefixtures("db")
def test_who_may_not_change_the_company_sees_no_addresses() -> None:
    cast = Cast()
    companies.add_contact(cast.martin, address="x@example.org", role=NOTIFIED)
    cast.join(cast.bruno, READ)
    reader = signed_in(cast.bruno)
    address = f"/a/{cast.account.id}/companies/{cast.martin.id}"
    assert reader.get(f"{address}/contacts/").status_code == 403
    assert "/contacts/" not in reader.get(f"{address}/notices/").content.decode()


def test_what_somebody_gets_is_changed_in_place_and_recorded_as_it_was_and_is(
    client: Client, company: Company
) -> None:
    lyon, paris = Pool.objects.filter(company=company).order_by("position")
    assert post(client, company, "add-contact", **FORM, address="chloe@example.org")[0] == 302
    contact = Contact.objects.get(company=company, address="chloe@example.org")
    for role in (str(paris.id), str(lyon.id), "administrator"):
        form = {**FORM, "address": contact.address, "role": role, "language": "en"}
        assert post(client, company, "change-contact", contact.id, **form)[0] == 302
    entries = AuditEntry.objects.filter(action="contact.changed").order_by("seq")
    told = [(entry.data["old"], entry.data["new"]) for entry in entries]
    roles = [(old["role"], old["pool"], new["role"], new["pool"]) for old, new in told]
    assert roles == [
        (NOTIFIED, "", "site_administrator", str(paris.id)),
        ("site_administrator", str(paris.id), "site_administrator", str(lyon.id)),
        ("site_administrator", str(lyon.id), "administrator", ""),
    ]
    assert (told[0][0]["language"], told[0][1]["language"]) == ("fr", "en")
    page = client.get(reverse("contacts", args=[company.id])).content.decode()
    assert "chloe@example.org" in page
    assert "administrator" in page


def test_the_last_address_of_the_company_cannot_become_a_sites(
    client: Client, company: Company
) -> None:
    contact = Contact.objects.get(company=company)
    paris = Pool.objects.get(company=company, name="Paris")
    form = {**FORM, "address": contact.address, "role": str(paris.id)}
    status, page = post(client, company, "change-contact", contact.id, **form)
    assert status == 422
    assert "last address of its own" in page
    assert Contact.objects.get(company=company).pool_id is None


def test_who_becomes_a_sites_administrator_gets_nothing_more_of_the_company(
    town: Town, company: Company
) -> None:
    town.licence(company, 2, 5)
    town.people(company, 1, protected=1)
    town.pass_days(company, 6)
    # As if no relay had taken the mails yet.
    Notice.objects.filter(company=company).update(served_at=None, served_by="", deadline_at=None)
    Delivery.objects.filter(company=company).update(state="queued", next_try_at=1)
    contacts.add(company.id, Wanted("bruno@example.org", NOTIFIED), clock=town.clock)
    owner = Contact.objects.get(company=company, address="anne@example.org")
    paris = Pool.objects.get(company=company, name="Paris").id
    wanted = Wanted(owner.address, contacts.SITE, pool_id=paris)
    contacts.change(company.id, owner.id, wanted, clock=town.clock)
    of_anne = Delivery.objects.filter(company=company, address="anne@example.org")
    assert set(of_anne.values_list("state", flat=True)) == {"given_up"}
    back = Wanted(owner.address, Contact.Role.OWNER)
    contacts.change(company.id, owner.id, back, clock=town.clock)
    assert "queued" in set(of_anne.values_list("state", flat=True)), "and again, once she does"


def test_the_list_is_filtered_sorted_paged_and_given_as_csv(
    client: Client, company: Company
) -> None:
    paris = Pool.objects.get(company=company, name="Paris")
    for i in range(PAGE + 5):
        companies.add_contact(
            company,
            address=f"a{i:03}@example.org",
            role=contacts.SITE if i % 2 else NOTIFIED,
            name="=1+1" if i == 3 else "",
            pool=paris if i % 2 else None,
        )
    address = reverse("contacts", args=[company.id])
    page = client.get(address).content.decode()
    assert f"{PAGE + 6} addresses" in page
    assert "Page 1 of 2" in page
    page = client.get(f"{address}?q=a00&site={paris.id}&sort=-address").content.decode()
    assert "5 addresses of" in page
    shown = [x for x in ("a001", "a003", "a005", "a007", "a009") if x in page]
    assert len(shown) == 5
    assert page.index("a009@") < page.index("a001@")
    assert "a002@" not in page
    assert "No address fits" in client.get(f"{address}?q=nobody").content.decode()
    answer = client.get(reverse("contacts-table", args=[company.id]) + f"?site={paris.id}")
    rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(rows) == 1 + (PAGE + 5) // 2
    assert "a003@example.org,'=1+1,site_administrator,Paris,en" in rows[2]
