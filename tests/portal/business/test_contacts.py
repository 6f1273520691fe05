"""The pages of who is written to, and their service."""

from __future__ import annotations

import pytest
from django.test import Client

from tenure.services import companies, contacts
from tenure.services.contacts import Wanted
from tenure.services.errors import Refused
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
    assert 'name="role"' not in page
    del form["role"]
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
    fates = {row.contact.address: row.fate for row in contacts.of(company)}
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
