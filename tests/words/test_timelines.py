"""A timeline in one sentence: when does it hurt, whom, and what helps; in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tenure.core.policy import DAY
from tenure.words.timelines import TimelineFacts, timeline_sentence
from tests.words.test_parity import ENGLISH, FRENCH

NOW = int(datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp())
GRACE_END = int(datetime(2026, 7, 14, 22, tzinfo=UTC).timestamp())

GRACE = TimelineFacts(
    company="Boulangerie Martin",
    phase="grace",
    is_closed=False,
    hurts_at=GRACE_END,
    hurt=20,
    unprotected=0,
    is_open=False,
    pool=None,
    deleted_at=GRACE_END + 30 * DAY,
    returns_at=None,
)
QUIET = replace(GRACE, phase="active", hurts_at=None, hurt=0)
SUSPENDED = replace(GRACE, phase="suspended", hurts_at=None, hurt=0, unprotected=20)
EVERY = {
    "grace": GRACE,
    "open": replace(GRACE, is_open=True, hurt=1),
    "site": replace(GRACE, phase="active", pool="Lyon"),
    "quiet": QUIET,
    "waiting": replace(QUIET, unprotected=3, pool="Lyon"),
    "waiting and more": replace(GRACE, phase="active", unprotected=1, hurt=1),
    "suspended": SUSPENDED,
    "closed": replace(SUSPENDED, is_closed=True),
    "held": replace(SUSPENDED, deleted_at=None),
    "returns": replace(SUSPENDED, returns_at=GRACE_END),
    "pending": replace(QUIET, phase="pending"),
    "deleted": replace(QUIET, phase="deleted"),
    "deleted and closed": replace(QUIET, phase="deleted", is_closed=True),
}


def said(facts: TimelineFacts, language: str) -> str:
    return timeline_sentence(facts, "Europe/Paris", NOW, language)


def test_a_grace_says_when_whom_and_what_helps() -> None:
    assert said(GRACE, "en") == (
        "20 users of Boulangerie Martin lose protection on Tuesday 14 July 2026, 23:59 (Paris), "
        "in 13 days; adding or renewing a licence by then prevents that."
    )
    assert said(GRACE, "fr") == (
        "Boulangerie Martin\u00a0: 20 utilisateurs perdent leur protection le mardi 14 juillet "
        "2026 à 23\u202fh\u202f59 (heure de Paris), dans 13 jours\u202f; une licence ajoutée ou "
        "renouvelée d’ici là l’évite."
    )


@pytest.mark.parametrize("name", list(EVERY))
def test_each_situation_is_one_sentence_in_each_language(name: str) -> None:
    """One full stop at the end, the company named, no word of the other language."""
    for language, foreign in (("en", FRENCH), ("fr", ENGLISH)):
        sentence = said(EVERY[name], language)
        assert sentence.endswith(".") and sentence.count(". ") == 0
        assert "Boulangerie Martin" in sentence
        assert not foreign.search(sentence.replace("Boulangerie Martin", "").lower()), sentence


def test_what_may_come_later_says_so() -> None:
    assert "at the earliest" in said(EVERY["open"], "en")
    assert "au plus tôt" in said(EVERY["open"], "fr")
    assert "at the earliest" not in said(GRACE, "en")


def test_one_user_is_one() -> None:
    assert said(EVERY["open"], "en").startswith("1 user of Boulangerie Martin loses protection")
    assert "1 utilisateur perd sa protection" in said(EVERY["open"], "fr")
