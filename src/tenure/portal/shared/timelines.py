"""The timeline picture: what a company's units, seats and phases were and will be, at a glance.

Drawn in the server in three sizes, of which the stylesheet shows one; no style and no script.
``picture`` is pure: it reads no rows and no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from tenure.core.timeline import Mark, PoolTimeline, Timeline
from tenure.portal.shared import timeline_axes as axes
from tenure.portal.shared.drawings import Box, Drawing, label
from tenure.portal.shared.timeline_frames import SIZES, Frame, Size
from tenure.portal.shared.timeline_panels import draw_panel
from tenure.portal.shared.timeline_phases import code_of, draw_phases
from tenure.words.language import Language, chosen
from tenure.words.statuses import CompanyStatus
from tenure.words.timelines import facts_of, timeline_sentence

POOLS = 6
"""So many pools are drawn, the worst first; the page has the others."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A timeline as it is shown: its sentence, its drawings, and what needs a key."""

    timeline: Timeline
    behind: Timeline | None
    key: str
    sentence: str
    drawings: tuple[SafeString, ...]
    phases: tuple[tuple[CompanyStatus, str], ...]
    """The status and phase of each kind of band, in the order of time."""
    pools: tuple[PoolTimeline, ...]
    more: int
    """Pools that are not drawn."""
    has_licences: bool
    has_seats: bool
    has_held: bool
    has_lost: bool
    has_conditional: bool
    marks: frozenset[str]
    """Which kinds of marks there are: ``served``, ``awaited``, ``to_come``."""

    @property
    def has_keys(self) -> bool:
        """Whether there is anything to explain below the drawing."""
        shown = (self.has_licences, self.has_seats, self.has_held, self.has_lost)
        return any(shown) or self.has_conditional or self.behind is not None or bool(self.marks)

    @property
    def sentence_id(self) -> str:
        """The id of the sentence by which readers know the drawings."""
        return f"{self.key}-sentence"


def picture(
    timeline: Timeline,
    *,
    company: str,
    zone: str,
    language: str,
    is_closed: bool = False,
    behind: Timeline | None = None,
    pools: int = POOLS,
    key: str = "timeline",
) -> Picture:
    """Draw a timeline for a reader in a zone and a language.

    ``is_closed``: by the owner's own wish. ``behind``: the future as it is, in grey, behind the
    one that would be. ``pools``: at most so many are drawn. ``key``: tells several pictures of a
    page apart.
    """
    spoken = chosen(language)
    shown = worst_first(timeline)[:pools]
    facts = facts_of(company, timeline, is_closed=is_closed)
    with override(spoken):
        drawings = [
            _draw(timeline, behind, shown, size, key, zone, spoken, is_closed=is_closed)
            for size in SIZES
        ]
    gaps = [gap for pool in shown for gap in pool.gaps]
    return Picture(
        timeline=timeline,
        behind=behind,
        key=key,
        sentence=timeline_sentence(facts, zone, timeline.now, spoken),
        drawings=tuple(svg for svg, _ in drawings),
        phases=tuple(
            dict.fromkeys((code_of(b, is_closed=is_closed), b.phase) for b in timeline.bands)
        ),
        pools=shown,
        more=len(timeline.pools) - len(shown),
        has_licences=any(pool.strips for pool in shown),
        has_seats=any(pool.seats.most(timeline.start, timeline.end) for pool in shown),
        has_held=any(gap.missing > gap.unprotected for gap in gaps),
        has_lost=any(gap.unprotected for gap in gaps),
        has_conditional=any(not band.is_certain for band in timeline.bands),
        marks=frozenset(_kind(mark) for mark in timeline.marks),
    )


def worst_first(timeline: Timeline) -> tuple[PoolTimeline, ...]:
    """Give the pools: whose people lose protection first, then who lacks units first."""

    def badness(pool: PoolTimeline) -> tuple[int, int, int]:
        never = timeline.end
        lost = min((gap.start for gap in pool.gaps if gap.unprotected), default=never)
        short = min((gap.start for gap in pool.gaps if gap.missing), default=never)
        most = max((gap.unprotected for gap in pool.gaps), default=0)
        return lost, short, -most

    return tuple(sorted(timeline.pools, key=badness))


def _kind(mark: Mark) -> str:
    if mark.state == "to_come":
        return "to_come"
    return "awaited" if mark.is_awaited else "served"


def _draw(
    timeline: Timeline,
    behind: Timeline | None,
    pools: Sequence[PoolTimeline],
    size: Size,
    key: str,
    zone: str,
    language: Language,
    *,
    is_closed: bool,
) -> tuple[SafeString, Drawing]:
    """Draw one size; the drawing knows where its texts stand."""
    frame = Frame.of(timeline, behind, size, key, zone, language)
    drawing = frame.drawing
    row = size.text + 5
    top = 2 * row
    lines = _head(frame, row)
    y = top + 2
    for pool in pools:
        height = size.one if len(timeline.pools) == 1 else size.many
        y = draw_panel(frame, pool, y, height, named=len(timeline.pools) > 1) + 10
    end = draw_phases(frame, y, is_closed=is_closed)
    back = Drawing()
    for x in lines:
        back.add("line", "tl-date", x1=x, x2=x, y1=row + 4, y2=y - 8)
    drawing.parts = back.parts + drawing.parts
    drawing.add("line", "tl-today", x1=frame.now, x2=frame.now, y1=row, y2=y - 8)
    name = f"{key}-sentence"
    svg = drawing.svg(size.width, end + 4, f"tl-svg tl-{size.name}", name, _patterns(frame))
    return svg, drawing


def _head(frame: Frame, row: float) -> list[float]:
    """Write today and the dates on top; give where lines go down from the dates."""
    size, drawing = frame.size, frame.drawing
    room = frame.right - frame.left
    day = axes.short_day(frame.timeline.now, frame.zone, frame.language, ends=False, year=0)
    said = _("Today, %(day)s") % {"day": day}
    width = label(said, 0, 0, size.text, is_bold=True).box.width
    left = min(max(frame.now - width / 2, 0), frame.right - width)
    drawing.text(label(said, left, size.text, size.text, is_bold=True))
    drawing.taken.append(Box(frame.now - 1, row, 2, row))
    lines = []
    y = 2 * row - 4
    small = size.text - 1
    for tick in axes.dates(
        frame.timeline.start,
        frame.timeline.end,
        frame.zone,
        frame.language,
        room,
        label("MMMM 0000", 0, 0, small).box.width,
    ):
        x = frame.x(tick.at)
        lines.append(x)
        whole = Box(0, 0, frame.right, 2 * row + 4)
        drawing.text_where_free([label(tick.text, x + 4, y, small)], whole, "tl-quiet", apart=3)
    return lines


def _patterns(frame: Frame) -> str:
    """Give what hatches and dots the picture; named by the size, since hidden ones do not count."""
    found = []
    for phase in dict.fromkeys(b.phase for b in frame.timeline.bands if not b.is_certain):
        found.append(
            f'<pattern id="{frame.prefix}-{phase}" width="7" height="7" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="7" height="7" class="tl-ground-{phase}"/>'
            f'<rect width="3.2" height="7" class="tl-{phase}"/></pattern>'
        )
    found.append(
        f'<pattern id="{frame.prefix}-held" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" class="tl-held-ground"/>'
        '<circle cx="2" cy="2" r="1.1" class="tl-held-dot"/></pattern>'
        f'<pattern id="{frame.prefix}-lost" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
        '<rect width="6" height="6" class="tl-lost-ground"/>'
        '<rect width="1.4" height="6" class="tl-lost-line"/></pattern>'
        f'<pattern id="{frame.prefix}-supposed" width="7" height="7" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" class="tl-supposed-ground"/>'
        '<rect width="2.6" height="7" class="tl-supposed-line"/></pattern>'
    )
    return "".join(found)
