"""What a what-if says: whole sentences in both languages, whatever is supposed and comes of it."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import get_args

import pytest

from tenure.core.policy import DAY
from tenure.core.records import Phase
from tenure.words import whatifs_en, whatifs_fr
from tenure.words.examples import whatifs
from tenure.words.language import LANGUAGES
from tenure.words.whatif_facts import (
    ChangeFacts,
    GainFacts,
    Kind,
    LossFacts,
    PhaseFacts,
    WhatIfFacts,
)
from tenure.words.whatifs import change_sentence, whatif_sentences
from tests.words.cast import ENDS
from tests.words.test_names import HOSTILE
from tests.words.test_parity import ENGLISH, FRENCH

every_language = pytest.mark.parametrize("language", LANGUAGES)
KINDS: tuple[Kind, ...] = get_args(Kind)
PHASES: tuple[Phase, ...] = ("active", "grace", "suspended", "deleted")
PLAIN = WhatIfFacts(at=ENDS, until=ENDS + 730 * DAY, zone="Europe/Paris", changes=())


def change(kind: Kind, **more: object) -> ChangeFacts:
    facts = ChangeFacts(
        kind,
        licence="COS-1",
        units=1,
        ends=ENDS + 365 * DAY if kind in ("add", "renew") else None,
        pool="Lyon",
        placements=(("Lyon", 1), ("Paris", 2)),
    )
    return replace(facts, **more)  # type: ignore[arg-type]  # its own fields


def is_whole(said: str) -> None:
    for wrong in ("!", "None", "  ", "..", "1 users", "1 utilisateurs", " ,", "{", "1 units"):
        assert wrong not in said, said


def test_both_languages_can_name_every_change() -> None:
    assert set(whatifs_en.CHANGES) == set(whatifs_fr.CHANGES) == set(KINDS)


@every_language
@pytest.mark.parametrize("at", [None, ENDS, ENDS + DAY + 3600])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", [1, 2, 12_000])
def test_every_change_is_said_alone_and_in_a_list(
    language: str, kind: Kind, at: int | None, units: int
) -> None:
    for more in ({}, {"placements": (), "pool": "", "ends": None if kind == "add" else ENDS + DAY}):
        one = change(kind, at=at, units=units, **more)
        facts = replace(PLAIN, changes=(one,))
        said = whatif_sentences(facts, language)
        for text in (said.headline, said.phases, said.notices):
            is_whole(text)
            assert text.endswith(".") and text[0].isupper()
        is_whole(change_sentence(facts, one, language))


@every_language
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("previous", PHASES)
@pytest.mark.parametrize(("before", "after"), [(None, 0), (5, None), (5, 9)])
def test_every_move_of_a_phase_is_said(
    language: str, phase: Phase, previous: Phase, before: int | None, after: int | None
) -> None:
    instants = [None if x is None else ENDS + x * DAY for x in (before, after)]
    moved = PhaseFacts(phase, instants[0], instants[1], previous)
    facts = replace(PLAIN, changes=(change("close"),), phases=(moved,))
    said = whatif_sentences(facts, language).phases
    is_whole(said)
    assert said.endswith(".") and said[0].isupper()


@every_language
@pytest.mark.parametrize("pools", [("",), ("Lyon",), ("Lyon", "Paris", "Lille")])
@pytest.mark.parametrize(("count", "seats"), [(1, 1), (1, 5), (5, 5), (12, 50)])
@pytest.mark.parametrize("days", [0, 14])
def test_who_loses_is_counted_of_how_many_and_from_when(
    language: str, pools: tuple[str, ...], count: int, seats: int, days: int
) -> None:
    losses = tuple(LossFacts(pool, count, seats, ENDS + days * DAY) for pool in pools)
    facts = replace(PLAIN, changes=(change("remove"),), losses=losses)
    said = whatif_sentences(facts, language)
    is_whole(said.headline)
    for pool in pools:
        assert pool in said.headline
    at_once = {"en": "at once", "fr": "immédiatement"}[language]
    assert (at_once in said.headline) == (days == 0)
    if 1 < count < seats:
        assert str(count) in said.headline and str(seats) in said.headline


def test_the_sentences_of_an_example() -> None:
    facts = replace(
        PLAIN,
        changes=(ChangeFacts("remove", licence="A"),),
        losses=(LossFacts("Lyon", 12, 50, ENDS), LossFacts("Paris", 1, 4, ENDS + 14 * DAY)),
    )
    said = whatif_sentences(facts, "en")
    assert said.headline == (
        "If you remove the licence A today, 12 of 50 users of the Lyon site lose protection at "
        "once."
    )
    assert said.people == (
        "On Tuesday 14 July 2026, 23:59 (Paris) 1 user of the Paris site loses it too. They keep "
        "their place, and are protected again once there are units for them."
    )
    said = whatif_sentences(facts, "fr")
    assert said.headline == (
        "Si vous retirez aujourd’hui la licence A, 12 des 50 utilisateurs du site Lyon perdent "
        "leur protection immédiatement."
    )
    assert said.people.replace("\u202f", " ") == (
        "Le mardi 14 juillet 2026 à 23 h 59 (heure de Paris), 1 utilisateur du site Paris la perd "
        "aussi. Leur place est gardée, et leur protection reprend dès que des unités suffisent."
    )


def test_whoever_keeps_protection_is_told_until_when_it_would_have_lasted() -> None:
    facts = replace(
        PLAIN,
        changes=(change("renew"),),
        gains=(GainFacts("", 1, ENDS + 14 * DAY, is_kept=True),),
    )
    assert whatif_sentences(facts, "en").headline.endswith(
        "1 user keeps the protection that otherwise ends on Tuesday 14 July 2026, 23:59 (Paris)."
    )
    assert (
        whatif_sentences(facts, "fr")
        .headline.replace("\u202f", " ")
        .endswith(
            "1 utilisateur garde la protection qui, sinon, s’arrête le mardi 14 juillet 2026 à "
            "23 h 59 (heure de Paris)."
        )
    )


@every_language
def test_hostile_names_do_no_harm(language: str) -> None:
    for name in HOSTILE.values():
        one = change("place", licence=name, placements=((name, 1),))
        facts = replace(PLAIN, changes=(one,), losses=(LossFacts(name, 1, 2, ENDS),))
        for said in astuple(whatif_sentences(facts, language)):
            assert said.isprintable() or "\u200d" in said or "\u200c" in said
            assert "\n" not in said


@pytest.mark.parametrize(("language", "foreign"), [("fr", ENGLISH), ("en", FRENCH)])
def test_no_word_of_the_other_language_leaks(language: str, foreign: object) -> None:
    for _, facts in whatifs():
        for said in astuple(whatif_sentences(facts, language)):
            assert not foreign.search(said.lower()), said  # type: ignore[attr-defined]  # a pattern
