"""A pool in a timeline picture: its units as steps of licences, its seats as a line, its gaps."""

from __future__ import annotations

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
    units: tuple[int, ...]
    doubtful: tuple[bool, ...]
    """Where only a supposition makes it so."""


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
    instants = _instants(frame, pool)
    layers = list(_layers(frame, pool, instants))
    spots = _draw_layers(frame, layers, instants, y)
    gaps = _draw_gaps(frame, pool, instants, y)
    if before is not None:
        _seats(frame, before.seats, y, frame.timeline.start, frame.timeline.end, "tl-seats-behind")
    _seats(frame, pool.seats, y, frame.timeline.start, frame.timeline.now, "tl-seats")
    _seats(frame, pool.seats, y, frame.timeline.now, frame.timeline.end, "tl-seats tl-later")
    # Nothing is written across the line of today.
    drawing.taken.append(Box(frame.now - 1, y(high), 2, height))
    for candidates in gaps:
        drawing.text_where_free(candidates, plot, "tl-halo")
    drawing.text_where_free(_seat_labels(frame, pool, y), plot, "tl-halo")
    drawing.taken += _obstacles(frame, pool, instants, y)
    for candidates in spots:
        drawing.text_where_free(candidates, plot, "tl-strip-word")
    if not most:
        said = _("No units and no seats yet")
        empty = label(said, (frame.left + frame.right) / 2, y(0.5), size.text, "middle")
        drawing.text(empty, "tl-quiet tl-halo")
    return head + 4 + height


def _obstacles(
    frame: Frame, pool: PoolTimeline, instants: Sequence[int], y: Scale
) -> Iterator[Box]:
    """Give what no licence's name may stand on: the line of seats, and gaps over strips."""
    for a, b in pairwise(instants):
        seats, protected = pool.seats.at(a), pool.protected.at(a)
        if seats and frame.x(b) > frame.x(a):
            bottom = y(protected) if seats > protected else y(seats) + 1
            yield Box(frame.x(a), y(seats) - 1, frame.x(b) - frame.x(a), bottom - y(seats) + 1)


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
    """Give the instants at which anything in the pool changes, and the two ends."""
    start, end = frame.timeline.start, frame.timeline.end
    found = {start, end, frame.timeline.now}
    for steps in (pool.units, pool.seats, pool.protected):
        found |= {at for at, _ in steps.steps}
    for strip in pool.strips:
        for span in strip.spans:
            found |= {span.start, span.end or end}
    return sorted(t for t in found if start <= t <= end)


# Units


def _layers(frame: Frame, pool: PoolTimeline, instants: Sequence[int]) -> Iterator[_Layer]:
    """Give the strips from the bottom up; the smallest of too many are one."""
    shown = pool.strips
    if len(shown) > STRIPS:
        largest = sorted(pool.strips, key=lambda strip: strip.units, reverse=True)[:STRIPS]
        kept = {strip.licence for strip in largest}
        shown = tuple(strip for strip in pool.strips if strip.licence in kept)
    total = [0] * len(instants)
    for i, strip in enumerate(shown):
        units = [strip.at(t) for t in instants]
        total = [a + b for a, b in zip(total, units, strict=True)]
        yield _Layer(
            _strip_name(frame, strip),
            _strip_title(frame, strip),
            f"tl-strip tl-tint-{i % TINTS}",
            tuple(units),
            tuple(_is_doubtful(strip, t) for t in instants),
        )
    if left := len(pool.strips) - len(shown):
        said = ngettext("+ %(n)s more licence", "+ %(n)s more licences", left)
        name = said % {"n": _NUMBERS[frame.language](left)}
        rest = tuple(pool.units.at(t) - a for t, a in zip(instants, total, strict=True))
        yield _Layer(name, name, "tl-strip tl-rest", rest, (False,) * len(rest))


def _is_doubtful(strip: Strip, t: int) -> bool:
    for span in strip.spans:
        if span.start <= t and (span.end is None or t < span.end):
            return not span.is_certain
    return False


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
    frame: Frame, layers: Sequence[_Layer], instants: Sequence[int], y: Scale
) -> list[list[Label]]:
    """Draw the strips from the bottom up; give for each where its name could stand."""
    floor = [0] * len(instants)
    spots = []
    for layer in layers:
        parts: list[Part] = []
        doubtful: list[Part] = []
        for i in range(len(instants) - 1):
            if not layer.units[i]:
                continue
            part = Part(
                frame.x(instants[i]),
                frame.x(instants[i + 1]),
                y(floor[i] + layer.units[i]),
                y(floor[i]),
            )
            (doubtful if layer.doubtful[i] else parts).append(part)
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
    """Give where a strip's name could stand: in its widest parts, whole or without its units."""
    size = frame.size.text - 1
    parts = [p for run in merged(parts) for p in run if p.bottom - p.top >= size + 3]
    parts.sort(key=lambda part: part.left - part.right)
    found = []
    whole = f"{layer.name}, {_NUMBERS[frame.language](units)}"
    for text in (whole, layer.name):
        for part in parts[:4]:
            middle = (part.top + part.bottom) / 2 + size * 0.34
            for line in (middle, part.top + size + 2, part.bottom - 5):
                for x in (part.left + 6, frame.now + 6):
                    placed = label(text, x, line, size)
                    if part.left <= x and placed.box.x + placed.box.width <= part.right - 4:
                        found.append(placed)
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


def _draw_gaps(
    frame: Frame, pool: PoolTimeline, instants: Sequence[int], y: Scale
) -> list[list[Label]]:
    """Mark where seats lie above units: held, or without protection; give where to say so."""
    held: list[Part] = []
    lost: list[Part] = []
    for a, b in pairwise(instants):
        units, seats, protected = pool.units.at(a), pool.seats.at(a), pool.protected.at(a)
        left, right = frame.x(a), frame.x(b)
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
    for gap in pool.gaps:
        at = max(gap.start, frame.timeline.start)
        units, seats, protected = pool.units.at(at), pool.seats.at(at), pool.protected.at(at)
        left = frame.x(at)
        right = frame.x(frame.timeline.end if gap.end is None else gap.end)
        lost, held = seats - protected, protected - units
        told = (
            (lost, y(seats), y(protected), _("%(n)s without protection")),
            (held, y(protected), y(units), _("%(n)s still protected")),
        )
        for count, top, bottom, words in told:
            if count <= 0 or bottom - top < size + 2:
                continue
            number = _NUMBERS[frame.language](count)
            now = min(max(left, frame.now), right)
            places = (left + right) / 2, (now + right) / 2, (left + now) / 2
            yield [
                placed
                for text in (words % {"n": number}, number)
                for x in places
                if (placed := _middle(text, x, (top + bottom) / 2, size)).box.width + 8
                <= right - left
            ]


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
                for place in (y(value) - 5, y(value) + size + 2):
                    found.append(label(said, x, place, size, is_bold=True))
    return found


def shortened(text: str, room: float, size: float) -> str:
    """Cut a text to the room there is, with an ellipsis."""
    if label(text, 0, 0, size, is_bold=True).box.width <= room:
        return text
    while text and label(f"{text}…", 0, 0, size, is_bold=True).box.width > room:
        text = text[:-1]
    return f"{text.rstrip()}…"
