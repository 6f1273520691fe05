"""A mail as a relay is given it: two layouts of one notice, and headers that are true."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tenure.core.policy import DAY
from tenure.services import companies
from tenure.store.models import Contact, Delivery
from tests.delivery.conftest import Reading
from tests.engine.conftest import Life


def content(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def mails(life: Life) -> dict[str, EmailMessage]:
    """The mails of a grace notice, by recipient, as they came through the wire."""
    companies.add_contact(
        life.company, address="udo@example.org", role=Contact.Role.OWNER, name="U", language="de"
    )
    life.live(life.ends + DAY)
    token = life.notice("grace").id
    ids = set(Delivery.objects.filter(notice_id=token).values_list("message_id", flat=True))
    read = [
        (to, message_from_bytes(mail.as_bytes(), policy=default)) for to, mail in life.relay.given
    ]
    return {to: mail for to, mail in read if str(mail["Message-ID"]) in ids}


def test_the_html_comes_after_the_text(mails: dict[str, EmailMessage]) -> None:
    """A program shows the last part that it can show."""
    for mail in mails.values():
        assert mail.get_content_type() == "multipart/alternative"
        kinds = [part.get_content_type() for part in mail.iter_parts()]
        assert kinds == ["text/plain", "text/html"]


def test_both_parts_say_the_same(mails: dict[str, EmailMessage]) -> None:
    """Through the encoding for mail and back, not a word is lost in either."""
    assert len(mails) == 3
    for mail in mails.values():
        html = Reading.of(content(mail, "html"))
        assert "".join(html.shown).split() == content(mail, "plain").split()


def test_headers_say_what_it_is(life: Life, mails: dict[str, EmailMessage]) -> None:
    """Sent by a program, to one reader; no list that one could leave; the notice's own id."""
    for address, mail in mails.items():
        row = Delivery.objects.get(notice_id=life.notice("grace").id, address=address)
        assert mail["Message-ID"] == row.message_id
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["MIME-Version"] == "1.0"
        assert not [name for name in mail if name.lower().startswith(("list-", "precedence"))]


def test_the_language_that_is_named_is_the_one_that_is_written(
    mails: dict[str, EmailMessage],
) -> None:
    """Who wants a language that is not written gets English, and the mail says so."""
    written = {address: str(mail["Content-Language"]) for address, mail in mails.items()}
    assert written == {"anne@example.org": "fr", "bob@example.org": "en", "udo@example.org": "en"}
    for address, mail in mails.items():
        html = Reading.of(content(mail, "html"))
        assert html.all("html")[0].attributes["lang"] == written[address]


def test_lines_are_short_and_the_whole_is_small(mails: dict[str, EmailMessage]) -> None:
    """No line is longer than RFC 5322 recommends, every byte is ASCII, nothing is clipped."""
    for mail in mails.values():
        source = mail.as_bytes()
        source.decode("ascii")
        assert max(len(line.rstrip(b"\r")) for line in source.split(b"\n")) <= 78
        assert len(source) < 30_000
        for part in mail.iter_parts():
            assert part["Content-Transfer-Encoding"] == "quoted-printable"
            assert part.get_content_charset() == "utf-8"


def test_a_company_called_like_markup_is_only_called_so(life: Life) -> None:
    """A name can be anything, and is a name in both parts."""
    life.company.name = "<script>alert(1)</script>\nBcc: all@example.org"
    life.company.save()
    life.live(life.ends + DAY)
    _, mail = life.relay.given[-1]
    assert mail["Bcc"] is None
    assert "<script>alert(1)</script> Bcc: all@example.org" in content(mail, "plain")
    page = content(mail, "html")
    assert not Reading.of(page).all("script")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Bcc: all@example.org" in page
