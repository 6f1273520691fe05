"""The colours of the timeline picture: told apart by colour-blind readers, and legible."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

STATIC = Path("src/tenure/portal/static/tenure")
CSS = "\n".join((STATIC / name).read_text() for name in ("tenure.css", "timeline.css"))

DARK = (STATIC / "dark.css").read_text()

Colour = tuple[float, float, float]

SIGHT: dict[str, tuple[Colour, Colour, Colour]] = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    # Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def variables(scheme: str) -> dict[str, str]:
    """Give the colours of a scheme: those of dark stand over those of light."""
    found: dict[str, str] = {}
    for block in re.findall(r"^:root \{(.*?)^\}", CSS, re.S | re.M):
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", DARK))
    return found


def linear(code: str) -> Colour:
    r, g, b = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))

    def one(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return one(r), one(g), one(b)


def seen(colour: Colour, sight: str) -> Colour:
    a, b, c = (
        min(1.0, max(0.0, sum(m * v for m, v in zip(row, colour, strict=True))))
        for row in SIGHT[sight]
    )
    return a, b, c


def lab(colour: Colour) -> Colour:
    r, g, b = colour
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(a: str, b: str, sight: str) -> float:
    """Give the distance in CIELAB; 2.3 is just noticeable, 10 is seen at a glance."""
    one, two = (lab(seen(linear(each), sight)) for each in (a, b))
    return sum((p - q) ** 2 for p, q in zip(one, two, strict=True)) ** 0.5


def contrast(a: str, b: str) -> float:
    light = [0.2126 * r + 0.7152 * g + 0.0722 * c for r, g, c in (linear(a), linear(b))]
    return (max(light) + 0.05) / (min(light) + 0.05)


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
