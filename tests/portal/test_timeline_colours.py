"""The colours of the timeline picture: told apart by colour-blind readers, and legible."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.portal.sight import SIGHT, contrast, difference, variables


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", list(SIGHT))
def test_phases_and_gaps_are_told_apart(scheme: str, sight: str) -> None:
    """Any two phases, and the two kinds of gaps, differ clearly for every kind of sight."""
    colours = variables(scheme)
    phases = [f"fill-{each}" for each in ("active", "grace", "suspended", "deleted")]
    pairs = [*combinations(phases, 2), ("tl-held-dot", "tl-lost-line")]
    near = {
        pair: round(apart, 1)
        for pair in pairs
        if (apart := difference(colours[pair[0]], colours[pair[1]], sight)) < 10
    }
    assert near == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_lines_are_legible(scheme: str) -> None:
    """Words have the contrast of WCAG AA, 4.5; lines and marks that say something, 3."""
    colours = variables(scheme)
    for tint in ("tl-tint-0", "tl-tint-1", "tl-tint-2", "tl-rest"):
        assert contrast(colours["tl-strip-ink"], colours[tint]) >= 4.5
        assert contrast(colours["tl-seats"], colours[tint]) >= 3
    for words in ("ink", "ink-2"):
        for ground in ("ground", "tl-past"):
            assert contrast(colours[words], colours[ground]) >= 4.5
    for ground in ("tl-held-ground", "tl-lost-ground", "ground"):
        assert contrast(colours["tl-seats"], colours[ground]) >= 3
    assert contrast(colours["tl-lost-line"], colours["tl-lost-ground"]) >= 3
    assert contrast(colours["tl-held-dot"], colours["tl-held-ground"]) >= 3
