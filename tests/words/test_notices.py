"""Every notice says what happened, what is next, what it means, what to do, and why you."""

import re
from dataclasses import replace

import pytest

from tenure.core.policy import DAY, Policy
from tenure.core.records import NoticeKind
from tenure.words.language import LANGUAGES
from tenure.words.notices import Message, NoticeFacts, message, plain_text, reference
from tests.words.cast import ENDS, KINDS, PARIS, POOL_KINDS, notice
from tests.words.test_names import HOSTILE

every_kind = pytest.mark.parametrize("kind", KINDS)
every_language = pytest.mark.parametrize("language", LANGUAGES)

FULL = {
    "en": r"\w+day \d+ \w+ \d{4}, \d\d:\d\d \(Paris\)",
    "fr": r"\w+di(?:manche)? \d+(?:er)? \w+ \d{4} à \d+\u202fh\u202f\d\d \(heure de Paris\)",
}
# What stands before a date says what it is the date of.
LABELS = {
    "en": [r"\bends? on", r"\bended on", r"suspended (?:at the earliest )?on", r"kept[\w ]* until"],
    "fr": [r"prend fin le", r"a pris fin le", r"s’arrête[\w ’]* le", r"conservé[\w ’]* jusqu’au"],
}


def whole(said: Message) -> str:
    return "\n".join((said.subject, *said.paragraphs, said.action.label, said.footer))


@every_kind
@every_language
def test_every_notice_has_its_five_parts(kind: NoticeKind, language: str) -> None:
    """What happened, what next, what for people, one action with its link, why and reference."""
    said = message(notice(kind), language)
    assert len(said.paragraphs) == 3
    for part in (*said.paragraphs, said.footer):
        assert part.endswith(".")
        assert part[0].isupper()
    assert said.action.label and said.action.url == "https://licences.example.org/b/1"
    assert "XX-2026-06-30-AB12" in said.footer
    assert said.subject.startswith("Boulangerie Martin")
    assert "Boulangerie Martin" in said.paragraphs[0]
    assert "Cloud Office Security" in said.paragraphs[0]


@every_kind
@every_language
@pytest.mark.parametrize("seats", [0, 1, 2, 20, 12_000])
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_every_count_makes_a_calm_and_whole_sentence(
    kind: NoticeKind, language: str, seats: int, share: float
) -> None:
    """Nothing is shouted, nothing is noted, and one is not many."""
    protected = int(seats * share)
    units = protected if kind in POOL_KINDS else 0
    facts = notice(kind, seats=seats, protected=protected, units=units, seats_after=units // 2)
    text = whole(message(facts, language))
    assert "!" not in text
    text = text.replace("None of the", "")
    for word in ("please note", "veuillez noter", "None", "  ", "..", " ,", "{", "}"):
        assert word not in text, text
    for wrong in (
        r"\b1 users\b",
        r"\b1 of the 1 users\b",
        r"\b[2-9] user\b",
        r"\b1 utilisateurs\b",
        r"\bles 1\b",
        r"\b[2-9] utilisateur\b",
        r"\bles 0\b",
        r"\s-\d",
    ):
        assert not re.search(wrong, text, re.IGNORECASE), text


@every_kind
@every_language
def test_no_word_has_two_dates(kind: NoticeKind, language: str) -> None:
    """ "Ends on", "suspended on" and "kept until" each name one date within a notice."""
    text = whole(message(notice(kind), language))
    for label in LABELS[language]:
        dates = set(re.findall(rf"{label} ({FULL[language]})", text))
        assert len(dates) <= 1, (label, dates)


@every_kind
@every_language
def test_every_date_is_in_the_readers_zone(kind: NoticeKind, language: str) -> None:
    """A reader in New York reads New York times, wherever the company is."""
    text = whole(message(notice(kind, zone="America/New_York"), language))
    named = re.findall(r"\d\d \(([^)]*)\)", text)
    assert all("New York" in name for name in named)
    assert "Paris" not in text


@every_kind
@every_language
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_break_neither_headers_nor_lines(
    kind: NoticeKind, language: str, name: str
) -> None:
    """A name with line ends adds no header, no paragraph and no line too long to send."""
    facts = notice(kind, company=name, service=name, pool=name, renewer=name, can_renew=False)
    said = message(facts, language)
    assert said.subject.splitlines() == [said.subject]
    body = plain_text(said)
    assert len(body.split("\n\n")) == 6 + (said.date is not None)
    assert not any(line.startswith("Bcc") for line in body.splitlines())
    assert all(len(line.encode()) <= 998 for line in body.splitlines())
    assert "\u202e" not in body


@every_kind
@every_language
def test_the_plain_text_says_the_same(kind: NoticeKind, language: str) -> None:
    """The body holds all five parts, the address alone on its line, the footer last."""
    said = message(notice(kind), language)
    lines = plain_text(said).splitlines()
    assert [line for line in lines if line in said.paragraphs] == list(said.paragraphs)
    assert lines[0] == " · ".join(said.about)
    assert lines[1].endswith(f" {said.mark.word}")
    assert said.action.url in lines
    assert said.action.label in lines
    assert lines[-1] == said.footer


def test_an_unserved_notice_names_the_date_its_service_will_set() -> None:
    """Handed over three days late, the mail moves the date by three days."""
    said = message(notice("grace", now=ENDS + 3 * DAY), "en")
    assert "Friday 17 July 2026, 23:59 (Paris), in 14 days" in said.paragraphs[1]
    assert "earliest" not in whole(said)


@every_language
@pytest.mark.parametrize("kind", ["grace", "pool_short", "deletion_warning"])
def test_before_its_service_the_portal_says_at_the_earliest(
    kind: NoticeKind, language: str
) -> None:
    """No period runs yet: the date shown can only move away. Once served it stands."""
    words = {"en": ("at the earliest", "at least until"), "fr": ("au plus tôt", "au moins jusqu")}
    facts = notice(kind)
    before = message(facts, language, before_service=True)
    assert any(word in before.paragraphs[1] for word in words[language])
    served = replace(facts, deadline=facts.now + 10 * DAY)
    after = message(served, language, before_service=True)
    assert not any(word in after.paragraphs[1] for word in words[language])
    assert after == message(served, language)


def test_the_recorded_deadline_is_told_with_the_true_number_of_days() -> None:
    """Read four days later, the same notice says ten days less four."""
    facts = notice("grace", deadline=ENDS + 14 * DAY, now=ENDS + 4 * DAY)
    assert "14 July 2026, 23:59 (Paris), in 10 days" in message(facts, "en").paragraphs[1]


def test_the_notice_of_an_end_says_the_days_that_are_left_when_it_is_late() -> None:
    """The seven-day notice that goes out two days late says five days."""
    said = message(notice("expiring", now=ENDS - 5 * DAY, days=7), "en")
    assert "in 5 days" in said.paragraphs[0]


@every_language
@pytest.mark.parametrize(
    "kind",
    ["expiring", "pool_expiring", "grace", "grace_reminder", "pool_short", "deletion_warning"],
)
def test_a_date_that_has_passed_is_not_told_as_one_to_come(kind: NoticeKind, language: str) -> None:
    """An old notice in the portal says that its date has passed."""
    now = ENDS + 60 * DAY
    deadline = None if kind in ("expiring", "pool_expiring") else ENDS + 14 * DAY
    said = message(notice(kind, now=now, deadline=deadline), language)
    assert {"en": "has passed", "fr": "est passée"}[language] in said.paragraphs[1]


def test_who_cannot_renew_is_told_who_can() -> None:
    """The action names the person to ask, or the owner where no name is known."""
    facts = notice("grace", can_renew=False, renewer="Claire Martin")
    assert message(facts, "en").action.label == "Ask Claire Martin to add or renew a licence"
    assert message(facts, "fr").action.label.startswith("Demander à Claire Martin d’ajouter")
    nobody = replace(facts, renewer="")
    assert "the owner of the account" in message(nobody, "en").action.label


@every_language
def test_closing_leads_back_to_reopening(language: str) -> None:
    """Where the owner closed the company, no licence is asked for."""
    for kind in ("suspended", "deletion_warning"):
        said = message(notice(kind, closed=True), language)
        assert {"en": "Reopen", "fr": "Rouvrir"}[language] in said.action.label
        assert {"en": "new licence", "fr": "nouvelle licence"}[language] not in whole(said)
    said = message(notice("deleted", closed=True), language)
    assert {"en": "can be reopened", "fr": "peut être rouvert"}[language] in whole(said)
    assert {"en": "new licence", "fr": "nouvelle licence"}[language] not in whole(said).lower()


def test_a_restoration_with_fewer_licences_says_how_many_wait() -> None:
    """Everything is back, and 8 of 20 wait for a licence."""
    said = message(notice("restored", units=12, protected=12), "en")
    assert "8 users wait for a licence" in said.subject
    assert "12 of the 20 users are protected, 8 are not" in said.paragraphs[2]


def test_a_short_pool_says_who_loses_what_and_when() -> None:
    """Eight users of Lyon, on a date, and nothing of theirs is deleted."""
    said = message(notice("pool_short"), "en")
    assert "8 users of the Lyon site ends on 14 July, 23:59 (Paris)" in said.subject
    assert "nothing is deleted" in said.paragraphs[2]
    assert "site" not in whole(message(notice("pool_short", pool=None), "en"))


@every_language
def test_a_withdrawn_notice_says_that_it_has_no_effect(language: str) -> None:
    """Who finds it in the portal learns that no period runs from it."""
    said = message(notice("grace", withdrawn=True), language)
    assert {"en": "no longer", "fr": "ne s’applique plus"}[language] in said.subject
    assert not re.search(FULL[language], whole(said))


@every_language
def test_a_test_account_is_named_as_one(language: str) -> None:
    """Nobody mistakes a test for the real thing."""
    said = message(notice("deleted", test=True), language)
    assert said.subject.startswith("Boulangerie Martin (")
    assert "test" in said.footer


@pytest.mark.parametrize(
    ("tag", "like"), [("fr-CA", "fr"), ("fr_FR", "fr"), ("en-GB", "en"), ("de", "en"), ("", "en")]
)
def test_a_language_that_is_not_written_falls_back_to_english(tag: str, like: str) -> None:
    """A reader gets the nearest language."""
    assert message(notice("grace"), tag) == message(notice("grace"), like)


def test_the_periods_of_the_policy_are_told() -> None:
    """Another policy, other numbers."""
    policy = Policy(grace_days=21, retention_days=60, deletion_warning_days=10)
    text = whole(message(notice("grace", policy=policy), "en"))
    assert "in 21 days" in text
    assert "60 days" in text
    assert "10 days" in text


def test_references_are_stable_and_distinct() -> None:
    """The same notice has the same reference for good; another has another."""
    named = reference("grace", ENDS, "company:1")
    assert re.fullmatch(r"GR-2026-06-30-[A-Z2-7]{4}", named)
    assert named == reference("grace", ENDS, "company:1")
    assert named != reference("grace", ENDS, "company:2")
    assert len({reference(kind, ENDS, "x")[:2] for kind in KINDS}) == len(KINDS)


def test_a_long_link_is_never_parted() -> None:
    """An address that is parted leads nowhere."""
    url = "https://example.org/" + "a" * 2000
    facts: NoticeFacts = notice("grace", url=url + "\r\nBcc: x")
    assert url + "Bcc:x" in plain_text(message(facts, "en")).splitlines()


@every_kind
def test_french_has_its_spaces(kind: NoticeKind) -> None:
    """Before a colon a no-break space, before ; ? ! » a narrow one, around « h » too."""
    text = plain_text(message(notice(kind), "fr")) + message(notice(kind), "fr").subject
    assert not re.search(r"[^\u00a0]:(?!//)", text), text
    assert not re.search(r"[^\u202f][;?!»]", text)
    assert not re.search(r"\d h|h \d|«[^\u202f]", text)
    assert "'" not in text


def test_the_example_of_the_whole_text_stands() -> None:
    """One notice in full, in both languages, so that a change of tone is seen."""
    english = message(notice("grace"), "en")
    assert english.subject == (
        "Boulangerie Martin: no valid licence, protection continues until 14 July, 23:59 (Paris)"
    )
    assert english.paragraphs[0] == (
        "Boulangerie Martin has had no valid licence for Cloud Office Security since "
        "Tuesday 30 June 2026, 23:59 (Paris)."
    )
    french = message(notice("grace", zone=PARIS), "fr")
    assert french.paragraphs[1] == (
        "Sans nouvelle licence, la protection s’arrête et le service est suspendu le mardi "
        "14 juillet 2026 à 23\u202fh\u202f59 (heure de Paris), soit dans 14 jours."
    )
