"""Print every notice in every language for an example company: ``python -m tenure.words``."""

from __future__ import annotations

import sys

from tenure.words.examples import notices
from tenure.words.language import LANGUAGES
from tenure.words.notices import message, plain_text


def main() -> None:
    """Write all of them to standard output."""
    for about, facts in notices():
        for language in LANGUAGES:
            said = message(facts, language)
            head = f"──── {about}, {language} "
            sys.stdout.write(f"{head:─<100}\n{said.subject}\n\n{plain_text(said)}\n")


if __name__ == "__main__":
    main()
