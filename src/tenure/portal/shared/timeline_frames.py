"""What every part of a timeline picture is drawn against: its size, its scale, its reader."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.core.timeline import Timeline
from tenure.portal.shared.drawings import Drawing, Part, width_of
from tenure.portal.shared.timeline_axes import Scale
from tenure.services.days import day_of
from tenure.words.language import Language


@dataclass(frozen=True, slots=True)
class Size:
    """A layout; lengths are pixels at the size for which it is made."""

    name: str
    width: float
    gutter: float
    """Left of the plot, at least."""
    one: float
    """The height of the only pool."""
    many: float
    """The height of each of several pools."""
    text: float
    """The size of texts."""
    is_listed: bool = False
    """Whether phases are named in a list, because they are too narrow to stand under."""


WIDE = Size("wide", 1120, 46, 210, 96, 13)
MIDDLE = Size("middle", 780, 42, 190, 90, 13)
SMALL = Size("small", 340, 30, 150, 80, 12, is_listed=True)
SIZES = (WIDE, MIDDLE, SMALL)
"""Of these the stylesheet shows the one that fits."""

PAD = 6.0
"""Between the plot and the right edge."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one timeline in one size."""

    timeline: Timeline
    behind: Timeline | None
    size: Size
    prefix: str
    zone: str
    language: Language
    drawing: Drawing
    x: Scale

    @classmethod
    def of(
        cls,
        timeline: Timeline,
        behind: Timeline | None,
        size: Size,
        key: str,
        zone: str,
        language: Language,
    ) -> Frame:
        """Begin a picture; the numbers of its axes have room left of the plot."""
        start, end = timeline.start, timeline.end
        pools = [*timeline.pools, *(() if behind is None else behind.pools)]
        most = max(
            (steps.most(start, end) for pool in pools for steps in (pool.units, pool.seats)),
            default=0,
        )
        # The round number above it can have one digit more.
        left = max(size.gutter, width_of(f"{most * 2:,}", size.text - 1) + 8)
        x = Scale(start, end, left, size.width - PAD)
        prefix = f"{key}-{size.name}"
        return cls(timeline, behind, size, prefix, zone, language, Drawing(), x)

    @property
    def left(self) -> float:
        """Where the plot begins."""
        return self.x.first

    @property
    def right(self) -> float:
        """Where the plot ends."""
        return self.size.width - PAD

    @property
    def now(self) -> float:
        """Where today is."""
        return self.x(self.timeline.now)

    @property
    def year(self) -> int:
        """The present year, which need not be said."""
        return day_of(self.timeline.now, self.zone).year

    def pattern(self, name: str) -> str:
        """Give the fill that ``patterns`` defines under a name."""
        return f"url(#{self.prefix}-{name})"


def merged(parts: list[Part]) -> list[list[Part]]:
    """Give runs of parts that touch, each part as long as its height stays."""
    runs: list[list[Part]] = []
    run: list[Part] = []
    for part in parts:
        last = run[-1] if run else None
        if last is None or part.left - last.right > 0.05:
            run = [part]
            runs.append(run)
        elif last.top == part.top and last.bottom == part.bottom:
            run[-1] = Part(last.left, part.right, last.top, last.bottom)
        else:
            run.append(part)
    return runs
