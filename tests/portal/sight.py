"""How colours of the style sheets look to people, also to those who are colour-blind."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path("src/tenure/portal/static/tenure")
SHEETS = ("tenure.css", "timeline.css", "shell.css")

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
    for name in (*SHEETS, *(["dark.css"] if scheme == "dark" else [])):
        for block in re.findall(r"^:root \{(.*?)^\}", (STATIC / name).read_text(), re.S | re.M):
            found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
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
