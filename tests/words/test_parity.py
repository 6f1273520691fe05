"""Both languages say everything, and each says it in its own words."""

import re
from typing import get_args

import pytest

from tenure.core.records import NoticeKind, Phase
from tenure.words import (
    answers_en,
    answers_fr,
    notices_en,
    notices_fr,
    sentences_en,
    sentences_fr,
    short_answers_en,
    short_answers_fr,
    statuses_en,
    statuses_fr,
)
from tenure.words.__main__ import main
from tenure.words.answers import CODES, answer_sentence, short_answer
from tenure.words.examples import answers, companies, notices
from tenure.words.notices import message, plain_text
from tenure.words.sentences import company_sentences

ENGLISH = re.compile(
    r"\b(the|of|is|are|licences? for|users?|until|ends?|and|with|deleted|protected|nobody|you)\b"
)
FRENCH = re.compile(r"\b(le|la|les|des|du|est|utilisateurs?|jusqu’au|et|vous|personne)\b")


def test_both_languages_have_every_kind_phase_and_code() -> None:
    """What one language can say the other can."""
    assert set(notices_en.KINDS) == set(notices_fr.KINDS) == set(get_args(NoticeKind))
    assert set(sentences_en.PHASES) == set(sentences_fr.PHASES) == set(get_args(Phase))
    assert set(answers_en.CODES) == set(answers_fr.CODES) == set(CODES)
    assert set(short_answers_en.CODES) == set(short_answers_fr.CODES) == set(CODES)
    for family, words in statuses_en.WORDS.items():
        assert set(words) == set(statuses_fr.WORDS[family])


def everything(language: str) -> list[str]:
    said = []
    for _, facts in notices():
        told = message(facts, language)
        said += [told.subject, *plain_text(told).replace(told.action.url, "").splitlines()]
    for _, company in companies():
        words = company_sentences(company, language)
        said += [words.headline, words.next, words.people, words.todo]
    said += [short_answer(answer, language) for answer in answers()]
    return said + [answer_sentence(answer, language) for answer in answers()]


@pytest.mark.parametrize(("language", "foreign"), [("fr", ENGLISH), ("en", FRENCH)])
def test_no_word_of_the_other_language_leaks(language: str, foreign: re.Pattern[str]) -> None:
    """A French reader reads French, an English one English."""
    for said in everything(language):
        plain = said.replace("Cloud Office Security", "").replace("Boulangerie Martin", "")
        assert not foreign.search(plain.lower()), said


def test_reviewers_can_read_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m tenure.words` prints every notice in both languages."""
    main()
    printed = capsys.readouterr().out
    for kind in get_args(NoticeKind):
        assert f"──── {kind} (" in printed
