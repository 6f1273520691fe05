"""A mail as a relay is given it: two layouts of one notice, and headers that are true."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest

from tenure.core.policy import DAY
from tenure.services import companies
from tenure.store.models import Contact, Delivery
from tenure.words.names import clean
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


NAMES = (
    "Anne",
    "Anne, the owner",
    'Anne "the owner" \\ Martin',
    "Chloé Lévêque",
    "麦 田",
    "=?utf-8?q?Bob?=",
    "Ann\r\nBcc: all@example.org",
    "A very long name of somebody with many first names and more than one family, Martin Durand",
    "",
)
ADDRESSES = (
    "anne@example.org",
    "anne.martin+licences@example.org",
    "anne@bäckerei.test",
    "a-local-part-that-is-rather-long-and-goes-on@a-domain-that-is-long-as-well.example.org",
    '"anne martin"@example.org',
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_header_names_the_reader_and_nobody_else(life: Life, name: str, address: str) -> None:
    """Whatever somebody is called; and the line is as short as others."""
    Contact.objects.filter(address="anne@example.org").update(name=name, address=address)
    life.live(life.ends + DAY)
    _, mail = next(given for given in life.relay.given if given[0] == address)
    source = mail.as_bytes()
    read = message_from_bytes(source, policy=default)
    (reader,) = read["To"].addresses
    # By itself, as the parser for addresses keeps the blanks between encoded words.
    named, _ = parseaddr(str(message_from_bytes(source)["To"]))
    assert str(make_header(decode_header(named))) == clean(name)
    local, _, domain = address.rpartition("@")
    assert reader.username == local.strip('"')
    assert reader.domain == domain.encode("idna").decode()
    assert read["Bcc"] is None
    head, _, _ = source.partition(b"\r\n\r\n")
    to = head[head.index(b"\r\nTo: ") + 2 :].split(b"\r\n")
    assert max(map(len, to[:2])) <= 78 + len(address)


@pytest.mark.parametrize(
    "name", ["Martin", "Boulangerie Martin et fils " * 4, "麦田" * 40, "x" * 120]
)
def test_the_subject_comes_through_whole(life: Life, name: str) -> None:
    life.company.name = name
    life.company.save()
    life.live(life.ends + DAY)
    for _, mail in life.relay.given:
        source = mail.as_bytes()
        read = message_from_bytes(source, policy=default)
        assert clean(name) in str(read["Subject"])
        assert str(read["Subject"]) == str(mail["Subject"])
        source.partition(b"\r\n\r\n")[0].decode("ascii")


def test_what_is_read_of_a_mail_is_what_goes_over_the_line(
    mails: dict[str, EmailMessage], life: Life
) -> None:
    """A mail is written from its pieces; the library would write the same from the same."""
    for _, mail in life.relay.given:
        ours = message_from_bytes(mail.as_bytes(), policy=default)
        theirs = message_from_bytes(EmailMessage.as_bytes(mail), policy=default)
        assert ours.items() == theirs.items()
        for subtype in ("plain", "html"):
            assert content(ours, subtype) == content(theirs, subtype)
            assert content(ours, subtype).splitlines() == content(mail, subtype).splitlines()


def test_readers_who_are_told_alike_are_sent_one_text(life: Life) -> None:
    """And those who are not alike are not: language, zone and reason are their own."""
    for name in ("udo", "eva"):
        companies.add_contact(
            life.company, address=f"{name}@example.org", role=Contact.Role.OWNER, name=name
        )
    life.live(life.ends)
    by_reader = dict(life.relay.given)
    udo, eva, anne = (by_reader[f"{name}@example.org"] for name in ("udo", "eva", "anne"))
    assert content(udo, "plain") == content(eva, "plain") != content(anne, "plain")
    assert str(udo["To"]) == "udo <udo@example.org>"
    assert str(eva["To"]) == "eva <eva@example.org>"
    assert udo["Message-ID"] != eva["Message-ID"]
