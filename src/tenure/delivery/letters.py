"""Lays a notice out as an HTML page for mail: the words of its plain text, in the same order.

Mail is read where little can be relied on, so every style stands on its element, nothing is
fetched, and the page can be read without any style. Only what no element can carry (dark screens,
narrow ones) stands in a style sheet of its own. See docs/decisions/0005-html-mail.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from django.template import Context, Engine, Template
from django.utils.html import escape

from tenure.words.language import Language
from tenure.words.notice_facts import Message
from tenure.words.notice_signs import GLYPHS
from tenure.words.statuses import Shape


@dataclass(frozen=True, slots=True)
class Tone:
    """The colours of one kind of status: its word, the ground below it, the edge of its date."""

    ink: str
    ground: str
    edge: str


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a page: the same as the portal's."""

    around: str
    sheet: str
    line: str
    ink: str
    quiet: str
    link: str
    button: str
    on_button: str
    tones: dict[str, Tone]


LIGHT = Palette(
    around="#f1f3f6",
    sheet="#ffffff",
    line="#dfe3e8",
    ink="#1b2230",
    quiet="#525c6b",
    link="#1f5fbf",
    button="#1d4f8f",
    on_button="#ffffff",
    tones={
        "good": Tone("#0f6b63", "#e3f3f0", "#3c9a92"),
        "soon": Tone("#1f5fbf", "#e6effb", "#5b8fdc"),
        "warn": Tone("#8a5200", "#fdf0d8", "#e5a83a"),
        "bad": Tone("#97184a", "#fce8ef", "#98265a"),
        "off": Tone("#525c6b", "#eceef1", "#8a929d"),
    },
)
DARK = Palette(
    around="#0c0f14",
    sheet="#12161d",
    line="#2a313d",
    ink="#e7eaef",
    quiet="#a3acba",
    link="#86b4f5",
    button="#3a72c4",
    on_button="#ffffff",
    tones={
        "good": Tone("#6fcabf", "#15302f", "#2f8c84"),
        "soon": Tone("#8cb8f7", "#182a45", "#4d83d6"),
        "warn": Tone("#f0bd62", "#382810", "#d99a2b"),
        "bad": Tone("#f59abb", "#3f1528", "#c2467f"),
        "off": Tone("#a9b1bd", "#272d38", "#6a727e"),
    },
)

TONES: dict[Shape, str] = {
    "circle": "good",
    "half": "good",
    "ring": "off",
    "diamond": "soon",
    "triangle": "warn",
    "square": "bad",
    "bar": "off",
    "octagon": "bad",
    "cross": "off",
}
"""The tone that goes with each shape, so that neither is ever without the other."""


_FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_COLOURS = [field.name for field in fields(Palette) if field.name != "tones"]
_STYLE = re.compile(r"\{\{ style\.(\w+(?:\.\w+)?) \}\}")


def html(said: Message) -> str:
    """Give the page of a notice; what people typed is escaped."""
    values = _values(said)
    form = _form(said.language, said.mark.shape, len(said.about), said.date is not None)
    # The pieces between the words come first, and then each word with the piece after it.
    return form.pieces[0] + "".join(
        [
            escape(values[name]) + piece
            for name, piece in zip(form.names, form.pieces[1:], strict=True)
        ]
    )


def _values(said: Message) -> dict[str, str]:
    """Give the words of a page by where they stand."""
    why, _, after = said.footer.partition(said.reference)
    values = {
        "subject": said.subject,
        "word": said.mark.word,
        "label": said.action.label,
        "url": said.action.url,
        "why": why,
        "reference": said.reference,
        "after": after,
    }
    values |= {f"about{i}": name for i, name in enumerate(said.about)}
    values |= {f"paragraph{i}": paragraph for i, paragraph in enumerate(said.paragraphs)}
    if said.date:
        # The zone stays in one piece where the line is too short for both.
        when, bracket, zone = said.date.date.rpartition(" (")
        values |= {"of": said.date.label, "when": when, "zone": f"{bracket.strip()}{zone}"}
        values["distance"] = said.date.distance
    return values


@dataclass(frozen=True, slots=True)
class _Form:
    """A page without its words: the pieces between them, and the names of the words."""

    pieces: list[str]
    names: list[str]


@cache
def _form(language: Language, shape: Shape, names: int, has_date: bool) -> _Form:
    """Render the template with names in the places of words.

    A template takes its time at each rendering, and an engine writes many pages that differ in
    nothing but their words.
    """
    place = "\ue000{}\ue000".format
    about = tuple(place(f"about{i}") for i in range(names))
    first, second, third = (place(f"paragraph{i}") for i in range(3))
    said = {
        "language": language,
        "subject": place("subject"),
        "about": about,
        "mark": {"word": place("word")},
        "date": {"label": place("of"), "distance": place("distance")} if has_date else None,
        "paragraphs": (first, second, third),
        "action": {"label": place("label"), "url": place("url")},
        "reference": place("reference"),
    }
    words = {"said": said, "glyph": GLYPHS[shape]}
    words |= {name: place(name) for name in ("why", "after", "when", "zone")}
    found = _template(TONES[shape]).render(Context(words)).split("\ue000")
    return _Form(found[::2], found[1::2])


@cache
def _template(tone: str) -> Template:
    """Give the template for a tone, with the styles in their places.

    They are the same for every mail; only the words are filled in for each.
    """
    styles = {"font": _FONT}
    for name, palette in (("light", LIGHT), ("dark", DARK)):
        styles |= {f"{name}.{field}": str(getattr(palette, field)) for field in _COLOURS}
        styles |= {
            f"{name}.word": palette.tones[tone].ink,
            f"{name}.ground": palette.tones[tone].ground,
            f"{name}.edge": palette.tones[tone].edge,
        }
    source = Path(__file__).with_name("letter.html").read_text(encoding="utf-8")
    return Engine().from_string(_STYLE.sub(lambda found: styles[found[1]], source))
