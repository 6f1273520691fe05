"""SVG drawn in the server: shapes and texts by class, without style and script.

Texts are measured by a table of letters that is a little too wide on purpose, so that what does
not overlap here does not overlap in any reader's font. Knows nothing of what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

_NARROW = frozenset("ijl.,;:'’|! ·\u202f\u00a0")
_SLIM = frozenset("fIrt()[]-")
_WIDE = frozenset("mwMWŒœ@%…")


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, *, is_bold: bool = False) -> float:
    """Give how wide a text is at most, in the unit of ``size``."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.33
        elif letter in _SLIM:
            ems += 0.42
        elif letter in _WIDE:
            ems += 1.0
        elif ord(letter) > 0x2E7F:
            ems += 1.05
        elif letter.isupper():
            ems += 0.72
        else:
            ems += 0.625
    return ems * size * (1.12 if is_bold else 1.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that something takes up."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box, apart: float = 0) -> bool:
        """Whether the two overlap, or are nearer than ``apart``."""
        return (
            self.x < other.x + other.width + apart
            and other.x < self.x + self.width + apart
            and self.y < other.y + other.height + apart
            and other.y < self.y + self.height + apart
        )

    def is_within(self, other: Box) -> bool:
        """Whether it lies in the other one."""
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.x + self.width <= other.x + other.width
            and self.y + self.height <= other.y + other.height
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A text at its place; ``box`` is what it takes up at most."""

    text: str
    x: float
    y: float
    size: float
    anchor: Anchor
    is_bold: bool
    box: Box


def label(
    text: str, x: float, y: float, size: float, anchor: Anchor = "start", *, is_bold: bool = False
) -> Label:
    """Measure a text whose baseline begins, is centred or ends at ``x``."""
    width = width_of(text, size, is_bold=is_bold)
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    box = Box(left, y - size * 0.82, width, size * 1.06)
    return Label(text, x, y, size, anchor, is_bold, box)


class Drawing:
    """A picture that grows, back to front. ``taken``: where texts stand, and may not overlap."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.texts: list[str] = []
        """Written over all parts."""
        self.labels: list[Label] = []
        self.taken: list[Box] = []

    def add(self, tag: str, cls: str, title: str = "", /, **attributes: float | str) -> None:
        """Add an element; ``title`` is what is shown when it is pointed at."""
        told = "".join(
            f' {name.replace("_", "-")}="{_value(value)}"' for name, value in attributes.items()
        )
        inner = f"<title>{escape(title)}</title>" if title else ""
        named = f' class="{cls}"' if cls else ""
        self.parts.append(
            f"<{tag}{named}{told}>{inner}</{tag}>" if inner else f"<{tag}{named}{told}/>"
        )

    def text(self, placed: Label, cls: str = "") -> None:
        """Write a text; its place is taken from now on."""
        self.labels.append(placed)
        self.taken.append(placed.box)
        name = f"tl-text {cls}{' tl-bold' if placed.is_bold else ''}".replace("  ", " ").strip()
        anchor = "" if placed.anchor == "start" else f' text-anchor="{placed.anchor}"'
        self.texts.append(
            f'<text class="{name}" x="{_value(placed.x)}" y="{_value(placed.y)}" '
            f'font-size="{_value(placed.size)}"{anchor}>{escape(placed.text)}</text>'
        )

    def text_where_free(
        self,
        candidates: Iterable[Label],
        within: Box | None = None,
        cls: str = "",
        apart: float = 2,
    ) -> bool:
        """Write the first of the texts that finds room; give whether one did."""
        for candidate in candidates:
            if within is not None and not candidate.box.is_within(within):
                continue
            if not any(candidate.box.overlaps(box, apart) for box in self.taken):
                self.text(candidate, cls)
                return True
        return False

    def svg(self, width: float, height: float, cls: str, name: str, defs: str = "") -> SafeString:
        """Give the picture; ``name``: the ids of the texts that name it, by spaces."""
        return mark_safe(  # noqa: S308 - every text in it was escaped above
            f'<svg class="{cls}" viewBox="0 0 {_value(width)} {_value(height)}" '
            f'width="{_value(width)}" height="{_value(height)}" role="img" '
            f'aria-labelledby="{escape(name)}" focusable="false">'
            f"{f'<defs>{defs}</defs>' if defs else ''}{''.join([*self.parts, *self.texts])}</svg>"
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stepped area: from ``left`` to ``right``, between ``top`` and ``bottom``."""

    left: float
    right: float
    top: float
    bottom: float


def area(parts: Sequence[Part]) -> str:
    """Give the path around parts that follow each other without a gap."""
    first = parts[0]
    found = [f"M{_value(first.left)} {_value(first.bottom)}"]
    y = first.bottom
    for part in parts:
        if part.top != y:
            found.append(f"V{_value(part.top)}")
        found.append(f"H{_value(part.right)}")
        y = part.top
    for part in reversed(parts):
        if part.bottom != y:
            found.append(f"V{_value(part.bottom)}")
        found.append(f"H{_value(part.left)}")
        y = part.bottom
    return "".join([*found[:-1], "Z"])


def stepped(points: Sequence[Point]) -> str:
    """Give the path of a line through points, which has no slopes: along, then up or down."""
    (x, y), *rest = points
    found = [f"M{_value(x)} {_value(y)}"]
    for to_x, to_y in rest:
        if to_x != x:
            found.append(f"H{_value(to_x)}")
        if to_y != y:
            found.append(f"V{_value(to_y)}")
        x, y = to_x, to_y
    return "".join(found)


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return escape(value)
    return f"{value:.1f}".removesuffix(".0")
