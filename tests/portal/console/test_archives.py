"""Taking the data along, on its page: asked for, packed, fetched, by whom and in which state."""

from __future__ import annotations

import base64
import io
from hashlib import sha256
from zipfile import ZipFile

import pytest
from django.test import Client

from tenure.services import archives
from tenure.services.catalogue import COS
from tenure.store.models import Archive, Company, Letter, Person
from tests.portal.conftest import Town, reverse, speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(town: Town) -> Company:
    """A company that is suspended."""
    return town.put("suspended")


def build() -> None:
    while (waiting := archives.next_to_build()) is not None:
        archives.build(*waiting)


def ask(client: Client, company: Company) -> str:
    answer = client.post(
        reverse("archives", [company.id]), {"company": str(company.id)}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, company: Company) -> str:
    answer = client.get(reverse("archives", [company.id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_while_suspended_it_is_asked_for_packed_and_fetched(
    client: Client, company: Company
) -> None:
    said = ask(client, company)
    assert "The data is being packed. We write to olga@operator.test" in said
    assert "waits to be packed" in said
    # Without script the page looks again by itself, with it the table alone.
    assert '<noscript><meta http-equiv="refresh"' in said
    assert 'hx-trigger="every 2s"' in said
    build()
    said = page(client, company)
    assert "refresh" not in said
    assert "every 2s" not in said
    archive = Archive.objects.get()
    assert archive.sha256 in said
    answer = client.get(reverse("archive", [company.id, archive.id]))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Length"] == str(len(content))
    assert answer["Cache-Control"] == "private, no-store"
    digest = base64.b64encode(sha256(content).digest()).decode()
    assert answer["Repr-Digest"] == f"sha-256=:{digest}:"
    assert "json/members.json" in ZipFile(io.BytesIO(content)).namelist()


def test_how_far_it_is_stands_there(client: Client, company: Company) -> None:
    ask(client, company)
    Archive.objects.update(state="building", done=30, total=120)
    said = page(client, company)
    assert 'value="25"' in said
    assert "30 of 120 lines" in said


def test_the_letter_leads_to_the_page(client: Client, company: Company) -> None:
    ask(client, company)
    build()
    assert reverse("archives", [company.id]) in Letter.objects.get().text


def test_the_page_is_in_the_readers_language(client: Client, company: Company) -> None:
    speak(client, "fr")
    said = ask(client, company)
    assert "Réunir les données" in said
    assert "Les données sont en préparation." in said
    build()
    assert "Télécharger le fichier" in page(client, company)


def test_the_shut_console_and_the_history_lead_there(client: Client, company: Company) -> None:
    link = reverse("archives", [company.id])
    assert link in client.get(reverse("history", [company.id])).content.decode()
    shut = client.get(reverse("console", [company.id]))
    assert shut.status_code == 423
    assert link in shut.content.decode()


def test_after_the_deletion_there_is_nothing_to_pack(client: Client, town: Town) -> None:
    company = town.put("deleted")
    assert "Nothing is stored that could be packed." in page(client, company)
    assert "Nothing is stored that could be packed." in ask(client, company)
    assert not Archive.objects.exists()


def test_a_file_that_is_not_ready_or_no_more_there_does_not_exist(
    client: Client, company: Company
) -> None:
    person = Person.objects.get(email="olga@operator.test")
    archive = archives.ask(company.id, COS, by=person, link="https://x.test/")
    address = reverse("archive", [company.id, archive.id])
    assert client.get(address).status_code == 404
    build()
    assert client.get(address).status_code == 200
    Archive.objects.update(expires_at=0)
    assert client.get(address).status_code == 404


def test_a_receipt_is_downloaded_signed(client: Client, town: Town) -> None:
    from tenure.services import receipts
    from tenure.store.models import Receipt

    company = town.put("deleted")
    receipt = Receipt.objects.get()
    link = reverse("signed-receipt", [company.id, receipt.id])
    assert link in client.get(reverse("history", [company.id])).content.decode()
    answer = client.get(link)
    assert answer["Content-Type"] == "application/jose"
    assert receipts.checked(answer.content.decode()).content == receipt.content
