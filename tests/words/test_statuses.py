"""Statuses: a code that stays, a word in each language, one order, a shape."""

from typing import Any, get_args

import pytest

from tenure.core.policy import DAY
from tenure.words import statuses as s
from tenure.words.language import LANGUAGES

NOW = 1_000_000_000
FAMILIES: tuple[s.Family, ...] = get_args(s.Family)
CODES: dict[str, tuple[str, ...]] = {
    "company": get_args(s.CompanyStatus),
    "pool": get_args(s.PoolStatus),
    "licence": get_args(s.LicenceStatus),
    "member": get_args(s.MemberStatus),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_word_of_its_own(family: s.Family, language: str) -> None:
    """No status without a word, no word for two statuses, no word without a status."""
    words = [s.word(family, code, language) for code in CODES[family]]
    assert all(words)
    assert len(set(words)) == len(words)
    assert {status.code for status in s.statuses(family)} == set(CODES[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_no_english_word_stands_in_the_french_list(family: s.Family) -> None:
    """French is written, not left out."""
    for code in CODES[family]:
        assert s.word(family, code, "en") != s.word(family, code, "fr")


def test_worst_first_is_one_order() -> None:
    """All families sort together, and no two statuses share a rank."""
    ranks = [status.rank for family in FAMILIES for status in s.statuses(family)]
    assert len(set(ranks)) == len(ranks)
    for family in FAMILIES:
        own = [status.rank for status in s.statuses(family)]
        assert own == sorted(own)
    assert s.status("company", "suspended").rank < s.status("company", "grace").rank
    assert s.status("company", "grace").rank < s.status("company", "active").rank


def test_the_statuses_of_a_company_have_shapes_of_their_own() -> None:
    """No two are told apart by colour alone."""
    shapes = [status.shape for status in s.statuses("company")]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"phase": "pending"}, "pending"),
        ({"phase": "active"}, "active"),
        ({"phase": "active", "trial_only": True}, "trial"),
        ({"phase": "active", "horizon_at": NOW + 30 * DAY}, "ends_soon"),
        ({"phase": "active", "horizon_at": NOW + 30 * DAY + 1}, "active"),
        ({"phase": "active", "horizon_at": NOW + DAY, "trial_only": True}, "ends_soon"),
        ({"phase": "grace"}, "grace"),
        ({"phase": "suspended"}, "suspended"),
        ({"phase": "suspended", "closed": True}, "closed"),
        ({"phase": "suspended", "closed": True, "blocked": True}, "blocked"),
        ({"phase": "deleted", "closed": True, "blocked": True}, "deleted"),
    ],
)
def test_a_company_has_the_status_that_matters_most(facts: dict[str, Any], code: str) -> None:
    """Deleted, then blocked, then closed, then its phase."""
    plain: dict[str, Any] = {"closed": False, "horizon_at": None, "now": NOW}
    assert s.company_status(**{**plain, **facts}) == code


@pytest.mark.parametrize(
    ("units", "seats", "held", "code"),
    [
        (0, 0, 0, "covered"),
        (10, 8, 0, "covered"),
        (10, 9, 0, "close_to_overuse"),
        (10, 10, 0, "close_to_overuse"),
        (10, 11, 1, "short"),
        (10, 11, 0, "reduced"),
        (0, 1, 0, "reduced"),
    ],
)
def test_a_pool_is_close_to_overuse_from_nine_tenths_on(
    units: int, seats: int, held: int, code: str
) -> None:
    """Above its units it is short while somebody is held, else reduced."""
    assert s.pool_status(units=units, seats=seats, held=held) == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "valid"),
        ({"ends_at": None}, "valid"),
        ({"starts_at": NOW + 1}, "to_come"),
        ({"starts_at": NOW}, "valid"),
        ({"ends_at": NOW + 30 * DAY}, "close_to_end"),
        ({"ends_at": NOW}, "ended"),
        ({"ends_at": NOW, "suspended": True}, "ended"),
        ({"suspended": True}, "suspended"),
        ({"cancelled": True, "suspended": True}, "cancelled"),
        ({"removed": True, "cancelled": True}, "removed"),
        ({"verified": False}, "awaiting_verification"),
        ({"verified": False, "verification_ends_at": NOW}, "verification_expired"),
    ],
)
def test_a_licence_has_the_status_that_matters_most(facts: dict[str, Any], code: str) -> None:
    """What is gone for good comes before what is stopped, and that before its dates."""
    plain: dict[str, Any] = {"now": NOW, "starts_at": NOW - DAY, "ends_at": NOW + 300 * DAY}
    assert s.licence_status(**{**plain, **facts}) == code


@pytest.mark.parametrize(
    ("has_seat", "protected", "has_unit", "automatic", "code"),
    [
        (False, False, False, False, "unprotected"),
        (True, False, False, True, "pending"),
        (True, True, False, True, "warning"),
        (True, True, True, True, "auto_protected"),
        (True, True, True, False, "protected"),
    ],
)
def test_a_member_is_protected_only_where_that_is_so(
    has_seat: bool, protected: bool, has_unit: bool, automatic: bool, code: str
) -> None:
    """Protection without a unit is a warning, not protection."""
    found = s.member_status(
        has_seat=has_seat, protected=protected, has_unit=has_unit, automatic=automatic
    )
    assert found == code
