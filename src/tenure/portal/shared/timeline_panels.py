"""A pool in a timeline picture: its units as steps of licences, its seats as a line, its gaps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.core.timeline import PoolTimeline, Steps, Strip
from tenure.portal.shared.drawings import Box, Label, Part, Point, area, label, stepped
from tenure.portal.shared.timeline_axes import Scale, ceiling
from tenure.portal.shared.timeline_frames import Frame, merged
from tenure.words import counts_en, counts_fr, dates
from tenure.words.names import clean

STRIPS = 12
"""So many licences have a strip of their own; the others share one on top of them."""
GAPS = 8
"""At most so many gaps of a kind are named."""
EMPTY = 60.0
"""The height of a pool that has never anything."""
TINTS = 3
"""Neighbouring strips differ by one of so many tints."""

_NUMBERS = {"en": counts_en.number, "fr": counts_fr.number}


@dataclass(frozen=True, slots=True)
class _Layer:
    """A strip as it is drawn: what it is called, and its units at each instant."""

    name: str
    title: str
    css: str
    units: Sequence[int]
    doubtful: Sequence[bool]
    """Where only a supposition makes it so."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """A pool at each instant that the picture can show; the last one is its end."""

    instants: tuple[int, ...]
    xs: tuple[float, ...]
    units: tuple[int, ...]
    seats: tuple[int, ...]
    protected: tuple[int, ...]

    @classmethod
    def of(cls, frame: Frame, pool: PoolTimeline) -> _Columns:
        instants = _instants(frame, pool)
        return cls(
            tuple(instants),
            tuple(frame.x(t) for t in instants),
            *(_values(steps, instants) for steps in (pool.units, pool.seats, pool.protected)),
        )


def _values(steps: Steps, instants: Sequence[int]) -> tuple[int, ...]:
    """Give the value at each instant, in one pass."""
    found = []
    i = value = 0
    for t in instants:
        while i < len(steps.steps) and steps.steps[i][0] <= t:
            value = steps.steps[i][1]
            i += 1
        found.append(value)
    return tuple(found)


def draw_panel(
    frame: Frame, pool: PoolTimeline, top: float, height: float, *, named: bool
) -> float:
    """Draw a pool from ``top`` on; give where it ends."""
    drawing, size = frame.drawing, frame.size
    before = _before(frame, pool)
    start, end = frame.timeline.start, frame.timeline.end
    most = max(steps.most(start, end) for p in (pool, before) if p for steps in (p.units, p.seats))
    if not most:
        height = EMPTY
    high, step = ceiling(max(1, most), 4 if height > 120 else 2)
    head = top + size.text + 3
    _head(frame, pool, head - 4, named=named)
    y = Scale(0, high, head + 4 + height, head + 4)
    plot = Box(frame.left, y(high) - 4, frame.right - frame.left, height + 4)
    if frame.now > frame.left:
        past = frame.now - frame.left
        drawing.add("rect", "tl-past", x=frame.left, y=y(high), width=past, height=height)
    for value in range(0, high + 1, step):
        css = "tl-base" if value == 0 else "tl-grid"
        drawing.add("line", css, x1=frame.left, x2=frame.right, y1=y(value), y2=y(value))
        text = _NUMBERS[frame.language](value)
        drawing.text(
            label(text, frame.left - 6, y(value) + size.text * 0.34, size.text - 1, "end"),
            "tl-quiet",
        )
    if before is not None:
        _area(frame, before.units, y, "tl-behind")
    columns = _Columns.of(frame, pool)
    spots = _draw_layers(frame, list(_layers(frame, pool, columns)), columns, y)
    gaps = _draw_gaps(frame, pool, columns, y)
    if before is not None:
        _seats(frame, before.seats, y, frame.timeline.start, frame.timeline.end, "tl-seats-behind")
    _seats(frame, pool.seats, y, frame.timeline.start, frame.timeline.now, "tl-seats")
    _seats(frame, pool.seats, y, frame.timeline.now, frame.timeline.end, "tl-seats tl-later")
    # Nothing is written across the line of today.
    drawing.taken.append(Box(frame.now - 1, y(high), 2, height))
    for candidates in gaps:
        drawing.text_where_free(candidates, plot, "tl-halo")
    drawing.taken += _lines(columns, y)
    drawing.text_where_free(_seat_labels(frame, pool, y), plot, "tl-halo", apart=1)
    drawing.taken += _gaps(columns, y)
    for candidates in spots:
        drawing.text_where_free(candidates, plot, "tl-strip-word")
    if not most:
        said = _("No units and no seats yet")
        empty = label(said, (frame.left + frame.right) / 2, y(0.5), size.text, "middle")
        drawing.text(empty, "tl-quiet tl-halo")
    return head + 4 + height


def _lines(columns: _Columns, y: Scale) -> Iterator[Box]:
    """Give where the line of seats is, along and up: no text may stand on it."""
    seats, xs = columns.seats, columns.xs
    begun = 0
    for i in range(1, len(xs)):
        if seats[i] == seats[begun] and i < len(xs) - 1:
            continue
        if seats[begun]:
            yield Box(xs[begun], y(seats[begun]) - 1, xs[i] - xs[begun], 2)
        if seats[i] != seats[begun]:
            top = y(max(seats[i], seats[begun]))
            yield Box(xs[i] - 1, top, 2, y(min(seats[i], seats[begun])) - top)
        begun = i


def _gaps(columns: _Columns, y: Scale) -> Iterator[Box]:
    """Give what lies over strips, so that no licence's name may stand there."""
    begun = 0
    for i in range(1, len(columns.xs)):
        seats, protected = columns.seats[begun], columns.protected[begun]
        same = (columns.seats[i], columns.protected[i]) == (seats, protected)
        if same and i < len(columns.xs) - 1:
            continue
        if seats > protected:
            left, right = columns.xs[begun], columns.xs[i]
            yield Box(left, y(seats), right - left, y(protected) - y(seats))
        begun = i


def _before(frame: Frame, pool: PoolTimeline) -> PoolTimeline | None:
    if frame.behind is None:
        return None
    return next((each for each in frame.behind.pools if each.id == pool.id), None)


def _head(frame: Frame, pool: PoolTimeline, y: float, *, named: bool) -> None:
    """Say how many units and seats there are now; in front, the pool where there are several."""
    size, now = frame.size, frame.timeline.now
    numbers = _NUMBERS[frame.language]
    units, seats = pool.units.at(now), pool.seats.at(now)
    told = _("%(units)s, %(seats)s") % {
        "units": ngettext("%(n)s unit", "%(n)s units", units) % {"n": numbers(units)},
        "seats": ngettext("%(n)s seat", "%(n)s seats", seats) % {"n": numbers(seats)},
    }
    x = frame.left
    if named:
        room = frame.right - x - label(told, 0, 0, size.text).box.width - 10
        name = label(shortened(clean(pool.name), room, size.text), x, y, size.text, is_bold=True)
        frame.drawing.text(name, "tl-halo")
        x = name.box.x + name.box.width + 10
    frame.drawing.text(label(told, x, y, size.text), "tl-quiet tl-halo")


def _instants(frame: Frame, pool: PoolTimeline) -> list[int]:
    """Give the instants at which anything in the pool changes, and the two ends.

    A picture has so many pixels and no more: of what changes within one, the last is drawn.
    """
    start, end = frame.timeline.start, frame.timeline.end
    found = {start, end, frame.timeline.now}
    for steps in (pool.units, pool.seats, pool.protected):
        found |= {at for at, _ in steps.steps}
    for strip in pool.strips:
        for span in strip.spans:
            found |= {span.start, span.end or end}
    pixel = (end - start) / (frame.right - frame.left)
    kept: list[int] = [start]
    for t in sorted(t for t in found if start < t <= end):
        if len(kept) > 1 and t - kept[-1] < pixel:
            kept[-1] = t
        else:
            kept.append(t)
    return kept


# Units


def _layers(frame: Frame, pool: PoolTimeline, columns: _Columns) -> Iterator[_Layer]:
    """Give the strips from the bottom up; the smallest of too many are one."""
    shown = pool.strips
    if len(shown) > STRIPS:
        largest = sorted(pool.strips, key=lambda strip: strip.units, reverse=True)[:STRIPS]
        kept = {strip.licence for strip in largest}
        shown = tuple(strip for strip in pool.strips if strip.licence in kept)
    instants = columns.instants
    left = list(columns.units)
    for i, strip in enumerate(shown):
        units, doubtful = [0] * len(instants), [False] * len(instants)
        for span in strip.spans:
            first = bisect_left(instants, span.start)
            last = len(instants) if span.end is None else bisect_left(instants, span.end)
            for n in range(first, last):
                units[n], doubtful[n] = span.units, not span.is_certain
                left[n] -= span.units
        yield _Layer(
            _strip_name(frame, strip),
            _strip_title(frame, strip),
            f"tl-strip tl-tint-{i % TINTS}",
            units,
            doubtful,
        )
    if more := len(pool.strips) - len(shown) + pool.others:
        said = ngettext("+ %(n)s more licence", "+ %(n)s more licences", more)
        name = said % {"n": _NUMBERS[frame.language](more)}
        yield _Layer(name, name, "tl-strip tl-rest", left, [False] * len(left))


def _strip_name(frame: Frame, strip: Strip) -> str:
    name = clean(strip.name)
    return f"{name} ({_('trial')})" if strip.kind == "trial" else name


def _strip_title(frame: Frame, strip: Strip) -> str:
    units = ngettext("%(n)s unit", "%(n)s units", strip.units)
    said = units % {"n": _NUMBERS[frame.language](strip.units)}
    name = _strip_name(frame, strip)
    if strip.ends is None:
        return _("%(licence)s: %(units)s, without end") % {"licence": name, "units": said}
    return _("%(licence)s: %(units)s, until %(end)s") % {
        "licence": name,
        "units": said,
        "end": dates.deadline(strip.ends, frame.zone, frame.language),
    }


def _draw_layers(
    frame: Frame, layers: Sequence[_Layer], columns: _Columns, y: Scale
) -> list[list[Label]]:
    """Draw the strips from the bottom up; give for each where its name could stand."""
    xs = columns.xs
    floor = [0] * len(xs)
    last = len(xs) - 1
    spots = []
    for layer in layers:
        parts: list[Part] = []
        doubtful: list[Part] = []
        begun = 0
        for i in range(1, last + 1):
            same = (
                layer.units[i] == layer.units[begun]
                and floor[i] == floor[begun]
                and layer.doubtful[i] == layer.doubtful[begun]
            )
            if same and i < last:
                continue
            if layer.units[begun]:
                top = y(floor[begun] + layer.units[begun])
                part = Part(xs[begun], xs[i], top, y(floor[begun]))
                (doubtful if layer.doubtful[begun] else parts).append(part)
            begun = i
        for run in merged(parts):
            frame.drawing.add("path", layer.css, layer.title, d=area(run))
        for run in merged(doubtful):
            fill = frame.pattern("supposed")
            frame.drawing.add("path", "tl-supposed", layer.title, d=area(run), fill=fill)
        if parts or doubtful:
            most = max(layer.units)
            spots.append(_names(frame, layer, most, [*parts, *doubtful]))
        floor = [a + b for a, b in zip(floor, layer.units, strict=True)]
    return spots


def _names(frame: Frame, layer: _Layer, units: int, parts: list[Part]) -> list[Label]:
    """Give where a strip's name could stand: left or at today, whole or without its units."""
    size = frame.size.text - 1
    found: list[Label] = []
    if max(part.bottom - part.top for part in parts) < size + 3:
        return found
    whole = f"{layer.name}, {_NUMBERS[frame.language](units)}"
    for text in (whole, layer.name):
        width = label(text, 0, 0, size).box.width
        for run in merged(parts):
            left, right = run[0].left + 6, run[-1].right - 4 - width
            for x in (left, frame.now + 6, (left + right) / 2):
                if not left <= x <= right:
                    continue
                over = [part for part in run if part.left < x + width and part.right > x]
                top = max(part.top for part in over)
                bottom = min(part.bottom for part in over)
                if bottom - top >= size + 3:
                    middle = (top + bottom) / 2 + size * 0.34
                    found += [
                        label(text, x, line, size) for line in (middle, top + size + 2, bottom - 5)
                    ]
    return found


def _area(frame: Frame, steps: Steps, y: Scale, css: str) -> None:
    start, end = frame.timeline.start, frame.timeline.end
    instants = sorted({start, end, *(at for at, _ in steps.steps if start < at < end)})
    parts = [
        Part(frame.x(a), frame.x(b), y(steps.at(a)), y(0))
        for a, b in pairwise(instants)
        if steps.at(a)
    ]
    for run in merged(parts):
        frame.drawing.add("path", css, d=area(run))


# Gaps


def _draw_gaps(frame: Frame, pool: PoolTimeline, columns: _Columns, y: Scale) -> list[list[Label]]:
    """Mark where seats lie above units: held, or without protection; give where to say so."""
    held: list[Part] = []
    lost: list[Part] = []
    for i, (left, right) in enumerate(pairwise(columns.xs)):
        units, seats, protected = columns.units[i], columns.seats[i], columns.protected[i]
        if protected > units:
            held.append(Part(left, right, y(protected), y(units)))
        if seats > protected:
            lost.append(Part(left, right, y(seats), y(protected)))
    for css, name, parts in (("tl-held", "held", held), ("tl-lost", "lost", lost)):
        for run in merged(parts):
            frame.drawing.add("path", css, gap_words()[name], d=area(run), fill=frame.pattern(name))
    return list(_gap_labels(frame, pool, y))


def gap_words() -> dict[str, str]:
    """Name the two kinds of gaps."""
    return {
        "held": _("without a unit, still protected"),
        "lost": _("without protection"),
    }


def _gap_labels(frame: Frame, pool: PoolTimeline, y: Scale) -> Iterator[list[Label]]:
    """Give for each gap where it could be said how many people are in it."""
    size = frame.size.text - 1
    for words, stretches in (
        (_("%(n)s without protection"), _stretches(frame, pool, is_lost=True)),
        (_("%(n)s still protected"), _stretches(frame, pool, is_lost=False)),
    ):
        for low, high, start, end in stretches:
            left, right = frame.x(start), frame.x(end)
            if y(low) - y(high) < size + 2:
                continue
            number = _NUMBERS[frame.language](high - low)
            # Where today parts a gap, the larger part of it is named.
            now = min(max(left, frame.now), right)
            sides = [(left, now), (now, right)]
            sides.sort(key=lambda side: side[0] - side[1])
            places = [(side[0] + side[1]) / 2 for side in (*sides, (left, right))]
            yield [
                placed
                for text in (words % {"n": number}, number)
                for x in places
                if (placed := _middle(text, x, (y(low) + y(high)) / 2, size)).box.width + 8
                <= right - left
            ]


def _stretches(
    frame: Frame, pool: PoolTimeline, *, is_lost: bool
) -> list[tuple[int, int, int, int]]:
    """Give the rectangles of a kind of gap: from and to so many seats, from and to an instant."""
    found: list[tuple[int, int, int, int]] = []
    for gap in pool.gaps:
        start = gap.start
        end = frame.timeline.end if gap.end is None else gap.end
        low, high = pool.units.at(start), pool.protected.at(start)
        if is_lost:
            low, high = high, pool.seats.at(start)
        if high <= low:
            continue
        if found and found[-1][:2] == (low, high) and found[-1][3] == start:
            start = found.pop()[2]
        found.append((low, high, start, end))
    # Widest first, and no more than could be told apart.
    return sorted(found, key=lambda each: each[2] - each[3])[:GAPS]


def _middle(text: str, x: float, y: float, size: float) -> Label:
    return label(text, x, y + size * 0.34, size, "middle", is_bold=True)


# Seats


def _seats(frame: Frame, seats: Steps, y: Scale, start: int, end: int, css: str) -> None:
    """Draw the line of seats between two instants; where there are none it is on the ground."""
    points: list[Point] = []
    runs = [points]
    for at, value in seats.clipped(start, end).steps:
        at_x = frame.x(at)
        if points:
            points.append((at_x, points[-1][1]))
        if value:
            points.append((at_x, y(value)))
        elif points:
            points.append((at_x, y(0)))
            points = []
            runs.append(points)
    if points:
        points.append((frame.x(end), points[-1][1]))
    for run in runs:
        if len(run) > 1:
            frame.drawing.add("path", css, _("seats"), d=stepped(_thinned(run)))


def _thinned(points: list[Point]) -> list[Point]:
    """Leave out what is nearer than half a pixel to what stands before it."""
    kept = points[:1]
    for x, y in points[1:]:
        if x - kept[-1][0] < 0.5 and len(kept) > 2:
            kept[-1] = (kept[-1][0], y)
        else:
            kept.append((x, y))
    return kept


def _seat_labels(frame: Frame, pool: PoolTimeline, y: Scale) -> list[Label]:
    """Give where the line of seats could be named: above or below it, left or at today."""
    size = frame.size.text - 1
    found = []
    spots = [
        (at, value)
        for at, value in pool.seats.clipped(frame.timeline.start, frame.timeline.end).steps
        if value
    ][:6]
    for at, value in spots:
        text = ngettext("%(n)s seat", "%(n)s seats", value)
        said = text % {"n": _NUMBERS[frame.language](value)}
        for x in (frame.x(at) + 6, frame.now + 6):
            if x >= frame.x(at):
                for place in (y(value) - 6, y(value) + size + 3):
                    found.append(label(said, x, place, size, is_bold=True))
    return found


def shortened(text: str, room: float, size: float) -> str:
    """Cut a text to the room there is, with an ellipsis."""
    if label(text, 0, 0, size, is_bold=True).box.width <= room:
        return text
    while text and label(f"{text}…", 0, 0, size, is_bold=True).box.width > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
