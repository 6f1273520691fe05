"""What a notice shows before it is read says nothing that its sentences do not."""

from __future__ import annotations

import pytest

from tenure.core.policy import DAY
from tenure.core.records import NoticeKind
from tenure.words.examples import notices
from tenure.words.language import LANGUAGES
from tenure.words.notices import NoticeFacts, message
from tenure.words.statuses import status, word
from tests.words.cast import ENDS, KINDS, notice

every_language = pytest.mark.parametrize("language", LANGUAGES)
WITH_A_DEADLINE: tuple[NoticeKind, ...] = ("grace", "pool_short", "deletion_warning")
CASES = [
    *notices(),
    *((kind, notice(kind)) for kind in KINDS),
    *((f"{kind}, closed", notice(kind, closed=True)) for kind in KINDS),
    *((f"{kind}, unprotected", notice(kind, protected=0)) for kind in KINDS),
    *((f"{kind}, held", notice(kind, deletion_held=True)) for kind in KINDS),
    *((f"{kind}, in time", notice(kind, returns_at=ENDS + 5 * DAY)) for kind in KINDS),
    *((f"{kind}, late", notice(kind, returns_at=ENDS + 99 * DAY)) for kind in KINDS),
    *((f"{kind}, over", notice(kind, now=ENDS + 99 * DAY, deadline=ENDS)) for kind in KINDS),
]
every_case = pytest.mark.parametrize(
    "facts", [facts for _, facts in CASES], ids=[about for about, _ in CASES]
)


@every_case
@every_language
@pytest.mark.parametrize("before_service", [False, True])
def test_the_date_that_is_shown_is_one_of_the_sentences(
    facts: NoticeFacts, language: str, before_service: bool
) -> None:
    """Whatever the facts, the large date is told in words too, to the minute."""
    said = message(facts, language, before_service=before_service)
    if said.date:
        assert said.date.date in " ".join(said.paragraphs)


@every_case
@every_language
def test_what_is_over_shows_no_date(facts: NoticeFacts, language: str) -> None:
    """A date that has passed, or that no longer holds, is not set before anybody's eyes."""
    over = {"en": ("has passed", "no longer"), "fr": ("est passée", "ne s’applique plus")}
    said = message(facts, language)
    if said.paragraphs[1].endswith(tuple(f"{words}." for words in over[language])):
        assert said.date is None
        assert said.mark.shape == "ring"
    overtaken = message(notice("grace", overtaken=True, deadline=ENDS + DAY), language)
    assert overtaken.date is None


@every_language
@pytest.mark.parametrize("kind", [*WITH_A_DEADLINE, "suspended", "grace_reminder", "expiring"])
def test_what_loses_something_shows_when(kind: NoticeKind, language: str) -> None:
    """Protection, service and data have a date, with how far away it is."""
    said = message(notice(kind), language)
    assert said.date
    assert any(word in said.date.distance for word in ("day", "jour"))


@every_language
@pytest.mark.parametrize("kind", WITH_A_DEADLINE)
def test_before_its_service_the_label_says_at_the_earliest(kind: NoticeKind, language: str) -> None:
    """The large date is no more certain than the sentence."""
    at_earliest = {"en": "at the earliest", "fr": "au plus tôt"}[language]
    before = message(notice(kind), language, before_service=True)
    served = message(notice(kind), language)
    assert before.date and at_earliest in before.date.label
    assert served.date and at_earliest not in served.date.label


@every_language
def test_the_mark_is_a_status_of_the_pages(language: str) -> None:
    """The word and the shape are the ones that stand beside the company everywhere else."""
    for kind, code in (
        ("expiring", "ends_soon"),
        ("grace", "grace"),
        ("suspended", "suspended"),
        ("deletion_warning", "suspended"),
        ("restored", "active"),
        ("deleted", "deleted"),
    ):
        mark = message(notice(kind), language).mark  # type: ignore[arg-type]  # a kind
        assert mark.word == word("company", code, language)
        assert mark.shape == status("company", code).shape
    closed = message(notice("suspended", closed=True), language).mark
    assert closed.word == word("company", "closed", language)
