"""The colours of accounts: told apart by colour-blind readers, and legible.

A wrong account costs somebody their protection, so the colour must help everybody. It never stands
alone: the account's name and kind are beside it.
"""

from __future__ import annotations

from itertools import combinations

import pytest

from tenure.portal.hub.accounts import SettingsForm
from tenure.portal.shared.whereabouts import COLOURS
from tests.portal.sight import SIGHT, contrast, difference, variables

ACCOUNTS = ["account-hub", "account-operator", *(f"account-{i}" for i in range(COLOURS))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", list(SIGHT))
def test_any_two_accounts_are_told_apart(scheme: str, sight: str) -> None:
    """Side by side in the header of two tabs, the colours differ at a glance for everybody."""
    colours = variables(scheme)
    near = {
        pair: round(apart, 1)
        for pair in combinations(ACCOUNTS, 2)
        if (apart := difference(colours[pair[0]], colours[pair[1]], sight)) < 10
    }
    assert near == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_band_is_seen_and_the_letter_on_it_is_read(scheme: str, account: str) -> None:
    """WCAG AA: 3 for the band against what lies beside it, 4.5 for a letter on it."""
    colours = variables(scheme)
    for beside in ("ground", "sunk", "raised"):
        assert contrast(colours[account], colours[beside]) >= 3
    assert contrast(colours["on-account"], colours[account]) >= 4.5


def test_every_colour_can_be_chosen_and_has_a_name_of_its_own() -> None:
    fields = SettingsForm(may_secure=False).fields
    choices = list(fields["palette"].choices)  # type: ignore[attr-defined]  # a choice field
    assert [code for code, _ in choices] == list(range(COLOURS))
    assert len({str(name) for _, name in choices}) == COLOURS
