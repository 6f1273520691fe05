"""A company's page says what happened, what is next and when, what to do and what is lost."""

from dataclasses import astuple, replace
from typing import Any, get_args

import pytest

from tenure.core.policy import DAY
from tenure.core.records import Phase
from tenure.words.answers import CODES, AnswerFacts, answer_sentence
from tenure.words.company_facts import CompanyFacts
from tenure.words.language import LANGUAGES
from tenure.words.sentences import company_sentences
from tests.words.cast import ENDS, PARIS, company
from tests.words.test_names import HOSTILE

PHASES: tuple[Phase, ...] = get_args(Phase)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("seats", [0, 1, 2, 20])
@pytest.mark.parametrize("horizon", [None, 3 * DAY, 300 * DAY])
def test_every_standing_is_said_in_whole_sentences(
    language: str, phase: Phase, closed: bool, seats: int, horizon: int | None
) -> None:
    """No phase and no count leaves a hole, a shout or a None."""
    at = None if horizon is None else ENDS + horizon
    facts = company(
        phase=phase, closed=closed, seats=seats, protected=seats, units=seats, horizon_at=at
    )
    words = company_sentences(facts, language)
    for said in astuple(words):
        assert said.endswith(".")
        assert said[0].isupper()
        for wrong in ("!", "None", "  ", "..", "1 users", "1 utilisateurs"):
            assert wrong not in said
    assert "Boulangerie Martin" in words.headline


@pytest.mark.parametrize(
    ("facts", "headline", "following", "todo"),
    [
        (
            {"horizon_at": ENDS, "now": ENDS - 12 * DAY},
            "ends on Tuesday 30 June 2026, 23:59 (Paris), in 12 days",
            "until Tuesday 14 July 2026, 23:59 (Paris) at the earliest",
            "Add or renew a licence before it ends.",
        ),
        (
            {"phase": "grace", "units": 0},
            "has no valid licence",
            "at the earliest on Tuesday 14 July 2026, 23:59 (Paris), in 14 days",
            "Add or renew a licence.",
        ),
        (
            {"phase": "grace", "units": 0, "grace_deadline": ENDS + 13 * DAY},
            "for now all 20 users are protected",
            "suspended on Monday 13 July 2026, 23:59 (Paris), in 13 days",
            "Add or renew a licence.",
        ),
        (
            {"phase": "grace", "units": 0, "returns_at": ENDS + DAY},
            "has no valid licence",
            "begins on Thursday 2 July 2026, 00:00 (Paris), in 1 day",
            "There is nothing to do.",
        ),
        (
            {"phase": "suspended", "suspended_at": ENDS, "kept_until": ENDS + 30 * DAY},
            "since Tuesday 30 June 2026, 23:59 (Paris)",
            "at least until Thursday 30 July 2026, 23:59 (Paris), in 30 days",
            "Add or renew a licence.",
        ),
        (
            {"phase": "suspended", "warning_deadline": ENDS + 14 * DAY},
            "is suspended",
            "kept until Tuesday 14 July 2026, 23:59 (Paris), in 14 days",
            "Add or renew a licence.",
        ),
        (
            {"phase": "suspended", "deletion_held": True},
            "is suspended",
            "The operator holds the deletion",
            "Add or renew a licence.",
        ),
        (
            {"phase": "suspended", "closed": True},
            "closed by its owner",
            "Unless the account is reopened",
            "To keep it, reopen the account.",
        ),
        (
            {"units": 12, "held_pools": (("Lyon", 8, ENDS + 14 * DAY),)},
            "all 20 users are protected",
            "8 users of the Lyon site ends on Tuesday 14 July 2026, 23:59 (Paris), in 14 days",
            "Add licences for 8 users.",
        ),
        (
            {"units": 12, "protected": 12, "waiting": 8},
            "12 of the 20 users are protected, 8 are not",
            "do not run out",
            "Add licences for 8 users.",
        ),
    ],
)
def test_a_company_in_trouble_says_what_when_and_what_to_do(
    facts: dict[str, Any], headline: str, following: str, todo: str
) -> None:
    """The first sentence, the next step with its date, and one thing to do."""
    words = company_sentences(company(**facts), "en")
    assert headline in words.headline
    assert following in words.next
    assert words.todo == todo


def test_what_starts_anew_says_that_nothing_of_before_is_in_it() -> None:
    """A second instance does not look like a loss nobody announced."""
    words = company_sentences(company(instance=2, seats=0, protected=0), "en")
    assert "new start after a deletion" in words.people


@every_language
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("until", [None, ENDS])
def test_every_answer_is_one_or_two_sentences(language: str, code: Any, until: int | None) -> None:
    """An answer names the user and says why, with the date where one is known."""
    facts = AnswerFacts(
        user="claire",
        company="Boulangerie Martin",
        service="Cloud Office Security",
        zone=PARIS,
        now=ENDS - DAY,
        code=code,
        phase="active",
        licence="L1",
        until=until,
        next_licence="L2",
    )
    said = answer_sentence(facts, language)
    assert "claire" in said
    assert said.endswith(".")
    assert 1 <= said.count(". ") + 1 <= 2
    assert "!" not in said and "None" not in said
    if code in ("protected", "protected_by_hold", "protected_in_grace"):
        assert ("2026" in said) == (until is not None)


@every_language
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_stay_on_their_line(language: str, name: str) -> None:
    """A page and an answer are as safe as a mail."""
    words = company_sentences(
        company(company=name, units=12, held_pools=((name, 8, None),)), language
    )
    for said in astuple(words):
        assert said.splitlines() == [said]


@pytest.mark.parametrize(
    ("language", "part"), [("en", "Move free units"), ("fr", "Déplacez des unités libres")]
)
def test_a_site_that_runs_short_beside_free_units_is_something_to_do(
    language: str, part: str
) -> None:
    """Free units at one site do not make up for seats that are held at another."""
    facts = CompanyFacts(
        company="Deux Rives",
        service="Cloud Office Security",
        zone="Europe/Brussels",
        now=0,
        phase="active",
        seats=34,
        units=40,
        protected=34,
        held_pools=(("Rive droite", 17, 9 * DAY),),
    )
    todo = company_sentences(facts, language).todo
    assert part in todo
    assert "17" in todo
    settled = replace(facts, held_pools=())
    assert part not in company_sentences(settled, language).todo
