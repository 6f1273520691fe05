"""A mail in the outbox: as its reader sees it, in a frame that can do nothing, and as text."""

from __future__ import annotations

import re
from email import message_from_string
from email.policy import default

import pytest
from django.test import Client
from django.utils.html import escape

from tenure.store.models import OutboxMail
from tests.portal.conftest import Town, reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(town: Town) -> OutboxMail:
    """The notice that a company's protection ends."""
    company = town.put("grace")
    return OutboxMail.objects.get(company=company, subject__contains="plus de licence valable")


def policy(client: Client, address: str) -> dict[str, str]:
    """Give the directives of an answer's Content-Security-Policy."""
    answer = client.get(address)
    assert answer.status_code == 200
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, _, values in parts if name}


def shown(client: Client, mail: OutboxMail, view: str = "") -> str:
    return client.get(reverse("mail", args=[mail.id]) + (view and f"?as={view}")).content.decode()


def test_the_mail_is_shown_as_its_reader_sees_it(client: Client, mail: OutboxMail) -> None:
    """The frame has an address of its own, which gives the HTML that was sent, unchanged."""
    frame = re.search(r"<iframe[^>]+>", shown(client, mail))
    assert frame
    assert f'src="{reverse("letter", args=[mail.id])}"' in frame[0]
    sent = message_from_string(mail.source, policy=default).get_body(("html",))
    assert sent
    letter = client.get(reverse("letter", args=[mail.id])).content.decode()
    assert letter == sent.get_content()


def test_the_frame_can_do_nothing_but_be_seen(client: Client, mail: OutboxMail) -> None:
    """No script, no picture, nothing from anywhere: only the styles that the mail carries."""
    assert policy(client, reverse("letter", args=[mail.id])) == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    frame = re.search(r'<iframe[^>]+sandbox="([^"]*)"', shown(client, mail))
    assert frame and "allow-scripts" not in frame[1] and "allow-same-origin" not in frame[1]


def test_the_pages_around_it_stay_strict(client: Client, mail: OutboxMail) -> None:
    """The page of a mail may show a frame of ours, and no other page may; none allows styles."""
    around = policy(client, reverse("mail", args=[mail.id]))
    other = policy(client, reverse("outbox"))
    assert around.pop("frame-src") == "'self'"
    assert around == other
    assert other["style-src"] == "'self'"
    assert other["frame-ancestors"] == "'none'"
    assert client.get(reverse("mail", args=[mail.id]))["X-Frame-Options"] == "DENY"


def test_the_plain_text_is_one_link_away(client: Client, mail: OutboxMail) -> None:
    """It stands as it was sent, line by line, in the mail's language."""
    assert 'href="?as=text"' in shown(client, mail)
    body = shown(client, mail, "text")
    assert "<iframe" not in body
    text = re.search(r'<div class="plain" lang="fr" dir="ltr">(.*?)</div>', body, re.DOTALL)
    sent = message_from_string(mail.source, policy=default).get_body(("plain",))
    assert text and sent
    plain = re.sub(r"<[^>]+>", "", text[1]).replace("\r\n", "\n")
    assert plain == escape(sent.get_content().replace("\r\n", "\n"))


@pytest.mark.parametrize("view", ["mail", "light", "dark", "telephone", "text"])
def test_the_view_that_is_open_is_marked(client: Client, mail: OutboxMail, view: str) -> None:
    """Of five links one says that it is the page."""
    marked = re.findall(r'href="\?as=(\w+)" aria-current="page"', shown(client, mail, view))
    assert marked == [view]


def test_nonsense_shows_the_mail(client: Client, mail: OutboxMail) -> None:
    """A view or a scheme that there is not is no error."""
    assert "<iframe" in shown(client, mail, "nothing")
    address = reverse("letter", args=[mail.id])
    assert client.get(f"{address}?scheme=x").content == client.get(address).content


def test_a_screen_can_be_tried(client: Client, mail: OutboxMail) -> None:
    """Light and dark are the same mail whose styles for dark screens hold never, or always."""
    address = reverse("letter", args=[mail.id])
    light = client.get(f"{address}?scheme=light").content.decode()
    dark = client.get(f"{address}?scheme=dark").content.decode()
    assert "@media not all {" in light and 'content="light"' in light
    assert "@media all {" in dark and 'content="dark"' in dark
    for page in (light, dark):
        assert "light dark" not in page and "prefers-color-scheme" not in page
    assert light.partition("</head>")[2] == dark.partition("</head>")[2]


def test_a_mail_without_html_is_shown_as_text(client: Client, mail: OutboxMail) -> None:
    """Its text is what there is, and there is no frame to open."""
    mail.source = "Subject: x\nContent-Type: text/plain; charset=utf-8\n\nOnly words."
    mail.save()
    body = shown(client, mail)
    assert "Only words." in body
    assert "<iframe" not in body and "?as=dark" not in body
    assert client.get(reverse("letter", args=[mail.id])).status_code == 404
