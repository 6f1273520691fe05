"""The foot of a timeline picture: the phases as a band, their words, and notices as marks on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from tenure.core.timeline import Band, Mark, Timeline
from tenure.portal.operator.events import notice_words
from tenure.portal.shared.drawings import label
from tenure.portal.shared.timeline_axes import short_day
from tenure.portal.shared.timeline_frames import Frame
from tenure.words import dates
from tenure.words.statuses import CompanyStatus, status, word

BAND = 16.0
"""The height of the band."""
DOT = 4.5
"""The radius of a mark."""
STACK = 3
"""So many marks stand on each other at most; what is told at nearly one instant is one stack."""
CROWD = 60
"""So many marks are a crowd."""
ROWS = 5
"""Words of phases stand in so many rows at most."""
LISTED = 7
"""A list of phases has so many at most, the last ones."""
GLYPH = 12.0
"""The size of a phase's shape, as ``SHAPES`` has them."""

SHAPES = {
    "circle": "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10z",
    "ring": "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 3a3 3 0 1 0 0 6a3 3 0 1 0 0-6z",
    "half": "M6 1a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM6 2.6a3.4 3.4 0 1 0 0 6.8z",
    "triangle": "M6 1 11.5 11H.5z",
    "square": "M1.5 1.5h9v9h-9z",
    "bar": "M.5 4h11v4H.5z",
    "cross": "M2.4 1 6 4.6 9.6 1 11 2.4 7.4 6 11 9.6 9.6 11 6 7.4 2.4 11 1 9.6 4.6 6 1 2.4z",
}
"""The shapes of ``words.statuses`` that phases have, in a square of 12."""


def code_of(band: Band, *, is_closed: bool) -> CompanyStatus:
    """Give the status by whose word and shape a phase is known."""
    return "closed" if is_closed and band.phase == "suspended" else band.phase


def draw_phases(frame: Frame, top: float, *, is_closed: bool) -> float:
    """Draw marks, band and words from ``top`` on; give where they end."""
    stacks = _stacks(frame)
    # So many notices that they would be a wall are one row.
    most = STACK if len(frame.timeline.marks) < CROWD else 1
    tallest = max((len(stack) for _, stack in stacks), default=0)
    band = top + 6 + max(0, min(tallest, most) - 1) * (2 * DOT + 1) + DOT
    bands = [each for each in frame.timeline.bands if _width(frame, each) > 0]
    for each in bands:
        _draw_band(frame, each, band, BAND, is_closed=is_closed)
    foot = band + BAND
    if frame.behind is not None:
        for each in frame.behind.bands:
            if _width(frame, each) > 0:
                _draw_behind(frame, each, foot + 3)
        foot += 13
    for x, stack in stacks:
        for i, mark in enumerate(stack[:most]):
            told = [mark] if i < most - 1 else stack[i:]
            _draw_mark(frame, mark, told, x, band - i * (2 * DOT + 1))
    return _draw_words(frame, bands, band + BAND, foot, is_closed=is_closed)


def _width(frame: Frame, band: Band) -> float:
    return _end(frame, band) - frame.x(band.start)


def _end(frame: Frame, band: Band) -> float:
    return frame.x(frame.timeline.end if band.end is None else band.end)


def _draw_band(frame: Frame, band: Band, top: float, height: float, *, is_closed: bool) -> None:
    name = word("company", code_of(band, is_closed=is_closed), frame.language)
    title = f"{name}: {span_words(frame.timeline, band, frame.zone, frame.language)}"
    place = {"x": frame.x(band.start), "y": top, "width": _width(frame, band), "height": height}
    if band.is_certain:
        frame.drawing.add("rect", f"tl-phase tl-{band.phase}", title, **place)
    else:
        fill = frame.pattern(band.phase)
        frame.drawing.add("rect", "tl-phase tl-to-come", title, **place, fill=fill)


def _draw_behind(frame: Frame, band: Band, top: float) -> None:
    """Draw a phase as it is without what is supposed: thin, grey, with its shape."""
    left, right = frame.x(band.start), _end(frame, band)
    name = word("company", band.phase, frame.language)
    title = _("As it is: %(phase)s") % {"phase": name}
    frame.drawing.add("rect", "tl-band-behind", title, x=left, y=top, width=right - left, height=9)
    if band.start > frame.timeline.now and right - left > 11:
        shape = SHAPES[status("company", band.phase).shape]
        place = f"translate({left + 2:.1f} {top + 1:.1f}) scale(.6)"
        frame.drawing.add("path", "tl-shape-behind", d=shape, transform=place)


def span_words(timeline: Timeline, band: Band, zone: str, language: str) -> str:
    """Say from when to when a phase is, in full."""
    begins = start_words(band, zone, language)
    if band.end is None:
        return _("from %(start)s on") % {"start": begins}
    end = dates.deadline(band.end, zone, language)
    return _("from %(start)s to %(end)s") % {"start": begins, "end": end}


def start_words(band: Band, zone: str, language: str) -> str:
    """Say when a phase begins; an end of protection as its last minute."""
    say = dates.deadline if ends(band) else dates.moment
    begins = say(band.start, zone, language)
    if band.is_start_open:
        return _("%(date)s at the earliest") % {"date": begins}
    return begins


def ends(band: Band) -> bool:
    """Whether the beginning of a phase is the end of something, and is shown as such."""
    return band.phase in ("grace", "suspended", "deleted")


# Marks


def _stacks(frame: Frame) -> list[tuple[float, list[Mark]]]:
    found: list[tuple[float, list[Mark]]] = []
    for mark in frame.timeline.marks:
        x = frame.x(mark.at)
        if found and x - found[-1][0] < 2 * DOT + 1:
            found[-1][1].append(mark)
        else:
            found.append((x, [mark]))
    return found


def _draw_mark(frame: Frame, mark: Mark, told: Sequence[Mark], x: float, y: float) -> None:
    title = "; ".join(mark_words(each, frame.zone, frame.language) for each in told)
    frame.drawing.add("circle", f"tl-mark {mark_class(mark)}", title, cx=x, cy=y, r=DOT)
    if mark.is_awaited:
        frame.drawing.add("circle", "tl-mark-core", title, cx=x, cy=y, r=DOT / 2.4)


def mark_class(mark: Mark) -> str:
    """Give how a mark is drawn: filled, hollow, or hollow with a core while unserved."""
    if mark.state == "to_come":
        return "tl-mark-to-come"
    return "tl-mark-awaited" if mark.is_awaited else "tl-mark-served"


@lru_cache(maxsize=4096)
def mark_words(mark: Mark, zone: str, language: str) -> str:
    """Say what a notice is, when, and whether it was served."""
    name = notice_words(mark.kind, mark.days)
    return f"{name}, {dates.moment(mark.at, zone, language)} ({mark_state(mark)})"


def mark_state(mark: Mark) -> str:
    """Say what became of a notice."""
    if mark.state == "to_come":
        return _("to come")
    if mark.is_awaited:
        return _("issued, not served yet")
    return _("served") if mark.state == "served" else _("issued")


# Words of phases


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands under the beginning of a phase, begun at ``x`` or ended there."""

    band: Band
    code: CompanyStatus
    x: float
    text: str
    date: str

    def width(self, size: float) -> float:
        name = label(self.text, 0, 0, size, is_bold=True).box.width
        date = label(self.date, 0, 0, size).box.width + 5 if self.date else 0
        return GLYPH + 4 + name + date


def _draw_words(
    frame: Frame, bands: Sequence[Band], band_end: float, top: float, *, is_closed: bool
) -> float:
    """Write each phase under its beginning; where there is no room for that, as a list."""
    words = [_word(frame, band, is_closed=is_closed) for band in bands]
    if frame.size.is_listed:
        return _list_words(frame, words, top)
    found = _placed(frame, words, frame.size.text)
    while found is None:
        # The past yields: what is and what will be must be readable.
        if words[0].band.end is None or words[0].band.end > frame.timeline.now:
            return _list_words(frame, words, top)
        words.pop(0)
        found = _placed(frame, words, frame.size.text)
    size = frame.size.text
    rows = 0
    for each, (left, level) in zip(words, found, strict=True):
        rows = max(rows, level + 1)
        y = top + 8 + level * (size + 7)
        x = each.x + 0.5
        # A word that stands across its line is met from above.
        end = y - 1 if left < x < left + each.width(size) else y + GLYPH
        frame.drawing.add("line", "tl-leader", x1=x, x2=x, y1=band_end, y2=end)
        _write(frame, each, left, y)
    return top + 8 + rows * (size + 7)


def _list_words(frame: Frame, words: Sequence[_Word], top: float) -> float:
    """Put each phase's shape under its middle, and the words in rows, in the order of time."""
    last = -GLYPH
    for each in words:
        middle = (max(each.x, frame.left) + _end(frame, each.band)) / 2
        left = min(max(middle - GLYPH / 2, frame.left), frame.right - GLYPH)
        if left >= last + GLYPH - 1:
            _draw_shape(frame, each, left, top + 5)
            last = left
    y = top + GLYPH + 14
    for each in words[-LISTED:]:
        _write(frame, each, frame.left, y)
        y += frame.size.text + 7
    return y


def _write(frame: Frame, each: _Word, left: float, y: float) -> None:
    size = frame.size.text
    _draw_shape(frame, each, left, y)
    name = label(each.text, left + GLYPH + 4, y + size * 0.8, size, is_bold=True)
    frame.drawing.text(name)
    if each.date:
        at = name.box.x + name.box.width + 5
        frame.drawing.text(label(each.date, at, y + size * 0.8, size), "tl-quiet")


def _draw_shape(frame: Frame, each: _Word, left: float, y: float) -> None:
    css = f"tl-shape tl-shape-{each.band.phase}"
    place = f"translate({left:.1f} {y:.1f})"
    frame.drawing.add("path", css, d=SHAPES[status("company", each.code).shape], transform=place)


def _word(frame: Frame, band: Band, *, is_closed: bool) -> _Word:
    code = code_of(band, is_closed=is_closed)
    date = ""
    if band.start > frame.timeline.start:
        date = short_day(band.start, frame.zone, frame.language, ends=ends(band), year=frame.year)
    if band.is_start_open and date:
        date = _("%(day)s or later") % {"day": date}
    return _Word(band, code, frame.x(band.start), word("company", code, frame.language), date)


def _placed(frame: Frame, words: Sequence[_Word], size: float) -> list[tuple[float, int]] | None:
    """Find for each word where it begins and in which row, in as few rows as can be.

    No word stands on another, nor on the line that leads down to another one. A word stands right
    of its line, where there is room.
    """
    for is_free in (False, True):
        for rows in range(1, (ROWS if is_free else 3) + 1):
            found = _search(frame, words, size, rows, [], is_free=is_free)
            if found is not None:
                return found
    return None


def _search(
    frame: Frame,
    words: Sequence[_Word],
    size: float,
    rows: int,
    done: list[tuple[float, int]],
    *,
    is_free: bool,
) -> list[tuple[float, int]] | None:
    if len(done) == len(words):
        return done
    each = words[len(done)]
    width = each.width(size)
    lefts = [each.x + 5]
    if each.x + 5 + width > frame.right:
        lefts = [each.x - width - 4, frame.right - width]
    elif is_free:
        lefts.append(each.x - width - 4)
    for left in lefts:
        if left < frame.left - 2 or left + width > frame.right + 0.5:
            continue
        for level in range(rows):
            if all(
                _is_clear(each, left, level, words[i], *done[i], size) for i in range(len(done))
            ):
                place = [*done, (left, level)]
                found = _search(frame, words, size, rows, place, is_free=is_free)
                if found is not None:
                    return found
    return None


def _is_clear(
    a: _Word, a_left: float, a_level: int, b: _Word, b_left: float, b_level: int, size: float
) -> bool:
    a_right, b_right = a_left + a.width(size), b_left + b.width(size)
    if a_level == b_level:
        return a_left >= b_right + 8 or b_left >= a_right + 8
    # The line to the lower one passes the upper one's row.
    if a_level > b_level:
        return not b_left - 3 < a.x < b_right + 3
    return not a_left - 3 < b.x < a_right + 3
