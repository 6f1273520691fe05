"""A banner says in one sentence what is wrong, with the date of protection and that of deletion."""

from typing import Any

import pytest

from tenure.core.policy import DAY
from tenure.words.banners import company_banner
from tests.words.cast import ENDS, company

SUSPENDED: dict[str, Any] = {
    "phase": "suspended",
    "units": 0,
    "protected": 0,
    "suspended_at": ENDS + 14 * DAY,
    "now": ENDS + 20 * DAY,
}


@pytest.mark.parametrize(
    ("facts", "dates"),
    [
        ({"now": ENDS - 12 * DAY, "horizon_at": ENDS}, ["30 June", "14 July", "13 August"]),
        ({"phase": "grace", "units": 0, "grace_deadline": ENDS + 14 * DAY}, ["14 July", "13 Aug"]),
        (SUSPENDED, ["14 July", "13 August"]),
        ({**SUSPENDED, "closed": True}, ["14 July", "13 August"]),
        ({**SUSPENDED, "warning_deadline": ENDS + 50 * DAY}, ["14 July", "19 August"]),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_both_dates_stand_in_one_sentence(
    facts: dict[str, Any], dates: list[str], language: str
) -> None:
    """Whoever reads one line knows when protection ends, and when data is deleted."""
    said = company_banner(company(**facts), language)
    assert said.endswith(".") and ". " not in said
    assert "Boulangerie Martin" in said
    if language == "en":
        for date in dates:
            assert date in said
        assert "data is deleted on" in said
    else:
        assert "données sont supprimées" in said


@pytest.mark.parametrize("language", ["en", "fr"])
def test_where_a_licence_follows_no_deletion_is_told(language: str) -> None:
    """A licence that begins before anything is deleted keeps the word from the banner."""
    facts = {**SUSPENDED, "returns_at": ENDS + 40 * DAY}
    said = company_banner(company(**facts), language)
    assert ("no data is deleted" if language == "en" else "aucune donnée") in said


@pytest.mark.parametrize(
    "facts",
    [{"horizon_at": ENDS + 300 * DAY}, {"horizon_at": None}, {"phase": "deleted", "units": 0}],
)
def test_nothing_is_said_where_nothing_is_near(facts: dict[str, Any]) -> None:
    """A company that is well, or gone, has no banner."""
    assert company_banner(company(**facts), "en") == ""
