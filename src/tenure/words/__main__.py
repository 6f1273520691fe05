"""Print every notice and every standing of an example company: ``python -m tenure.words``."""

from __future__ import annotations

import sys

from tenure.words.answers import answer_sentence, short_answer
from tenure.words.examples import answers, companies, notices, whatifs
from tenure.words.language import LANGUAGES
from tenure.words.notices import message, plain_text
from tenure.words.sentences import company_sentences
from tenure.words.whatifs import whatif_sentences


def main() -> None:
    """Write all of them to standard output, each in every language."""
    for about, facts in notices():
        for language in LANGUAGES:
            said = message(facts, language)
            _write(f"{about}, {language}", f"{said.subject}\n\n{plain_text(said)}")
    for about, company in companies():
        for language in LANGUAGES:
            words = company_sentences(company, language)
            lines = [words.headline, words.next, words.people, words.todo]
            _write(f"page: {about}, {language}", "\n".join(lines) + "\n")
    for about, supposed in whatifs():
        for language in LANGUAGES:
            told = whatif_sentences(supposed, language)
            lines = [told.headline, told.people, told.phases, told.notices]
            _write(f"what if: {about}, {language}", "\n".join(lines) + "\n")
    for language in LANGUAGES:
        lines = [answer_sentence(answer, language) for answer in answers()]
        _write(f"answers, {language}", "\n".join(lines) + "\n")
        lines = [short_answer(answer, language) for answer in answers()]
        _write(f"answers in rows, {language}", "\n".join(lines) + "\n")


def _write(title: str, text: str) -> None:
    head = f"──── {title} "
    sys.stdout.write(f"{head:─<100}\n{text}\n")


if __name__ == "__main__":
    main()
