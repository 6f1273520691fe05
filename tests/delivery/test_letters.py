"""The HTML of a notice: the words of its plain text, safe and readable wherever it is opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from tenure import portal
from tenure.delivery.letters import DARK, LIGHT, TONES, Palette, html
from tenure.words.notice_facts import NoticeFacts
from tenure.words.notice_signs import GLYPHS
from tenure.words.notices import message, plain_text
from tenure.words.statuses import Shape
from tests.delivery.conftest import IN_EACH_LANGUAGE, Reading
from tests.words.cast import notice
from tests.words.test_names import HOSTILE

every_case = pytest.mark.parametrize(
    ("facts", "language"),
    [case[1:] for case in IN_EACH_LANGUAGE],
    ids=[f"{about}, {language}" for about, _, language in IN_EACH_LANGUAGE],
)
both_palettes = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


@every_case
def test_text_and_html_say_the_same(facts: NoticeFacts, language: str) -> None:
    """Every word of one stands in the other, in the same order: neither knows more."""
    said = message(facts, language)
    assert "".join(Reading.of(html(said)).shown).split() == plain_text(said).split()


@every_case
def test_the_page_is_well_made(facts: NoticeFacts, language: str) -> None:
    """It says its language, direction, title and schemes, has one heading, and no table of data."""
    said = message(facts, language)
    page = html(said)
    reading = Reading.of(page)
    assert page.startswith("<!DOCTYPE html>")
    (root,) = reading.all("html")
    assert root.attributes == {"lang": language, "dir": "ltr"}
    metas = {meta.attributes.get("name"): meta.attributes for meta in reading.all("meta")}
    assert metas["color-scheme"]["content"] == "light dark"
    assert reading.all("meta")[0].attributes == {"charset": "utf-8"}
    assert len(reading.all("h1")) == 1
    assert all(table.attributes["role"] == "presentation" for table in reading.all("table"))
    assert re.search(r"<title>([^<]*)</title>", page)


@every_case
def test_what_a_list_of_mails_shows_first_is_what_comes_next(
    facts: NoticeFacts, language: str
) -> None:
    """The subject says what happened; the line beside it in the list says what follows."""
    said = message(facts, language)
    page = html(said)
    assert Reading.of(page).hidden == [said.paragraphs[1]]
    assert page.index("hidden") < page.index("<table")


@every_case
def test_nothing_is_fetched_and_only_the_action_leads_away(
    facts: NoticeFacts, language: str
) -> None:
    """No picture, font, script or form; every address is the action's."""
    said = message(facts, language)
    page = html(said)
    reading = Reading.of(page)
    known = {"html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"}
    known |= {"p", "h1", "span", "strong", "bdi", "a"}
    assert {element.tag for element in reading.elements} <= known
    links = [link.attributes["href"] for link in reading.all("a")]
    assert links == [said.action.url, said.action.url]
    assert len(re.findall(r"https?:|//", page)) == 2 * len(re.findall(r"https?:", page))
    assert page.count("http") == page.count(said.action.url) == 3
    for word in ("url(", "@import", "@font-face", "src=", "background=", "javascript:"):
        assert word not in page


@every_case
def test_colour_is_never_alone(facts: NoticeFacts, language: str) -> None:
    """The mark has its shape and its word; the shape is drawn as a letter, for sighted eyes."""
    said = message(facts, language)
    page = html(said)
    assert f'<span aria-hidden="true">{GLYPHS[said.mark.shape]}</span> {said.mark.word}' in page


@every_case
def test_a_mail_stays_far_from_being_cut(facts: NoticeFacts, language: str) -> None:
    """Some programs cut a mail at 102 kB; ours is less than a tenth of it."""
    assert len(html(message(facts, language)).encode()) < 10_000


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_words(name: str, language: str) -> None:
    """What people typed is text wherever it stands, on one line, and in its own direction."""
    for attack in (name, f"<script>alert(1)</script>{name}", f'"><img src=x onerror=y>{name}'):
        facts = notice("pool_short", company=attack, service=attack, pool=attack, renewer=attack)
        said = message(facts, language)
        page = html(said)
        reading = Reading.of(page)
        assert not reading.all("script") and not reading.all("img")
        assert "\u202e" not in page
        assert len(reading.all("bdi")) == 3
        assert "".join(reading.shown).split() == plain_text(said).split()
        assert len(page.encode()) < 30_000


def test_every_shape_has_a_letter_and_a_tone() -> None:
    """A status that can be shown on a page can be shown in a mail."""
    assert set(GLYPHS) == set(TONES) == set(get_args(Shape))
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    assert set(TONES.values()) <= set(LIGHT.tones) == set(DARK.tones)


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast between two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@both_palettes
def test_every_text_stands_out_from_its_ground(palette: Palette) -> None:
    """At least 4.5 to 1, the ratio that WCAG asks for text of any size."""
    pairs = [(ink, palette.sheet) for ink in (palette.ink, palette.quiet, palette.link)]
    pairs.append((palette.on_button, palette.button))
    for tone in palette.tones.values():
        pairs += [(tone.ink, tone.ground), (palette.ink, tone.ground)]
    low = {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5}
    assert low == {}


@both_palettes
def test_the_button_stands_out_from_the_sheet(palette: Palette) -> None:
    """At least 3 to 1, the ratio that WCAG asks for what is to be pressed."""
    assert contrast(palette.button, palette.sheet) >= 3


@pytest.mark.parametrize(("palette", "sheet"), [(LIGHT, "tenure"), (DARK, "dark")])
def test_the_colours_are_those_of_the_pages(palette: Palette, sheet: str) -> None:
    """What is amber on a page is the same amber in a mail."""
    path = Path(portal.__file__).with_name("static") / "tenure" / f"{sheet}.css"
    tokens = path.read_text(encoding="utf-8").partition("@media print")[0]
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", tokens))
    assert [palette.sheet, palette.ink, palette.quiet, palette.link] == [
        colours[name] for name in ("ground", "ink", "ink-2", "link")
    ]
    assert [palette.button, palette.on_button] == [colours["accent"], colours["on-accent"]]
    for name, tone in palette.tones.items():
        assert [tone.ink, tone.ground] == [colours[name], colours[f"{name}-ground"]]


@pytest.mark.parametrize("kind", ["expiring", "grace", "suspended", "restored"])
def test_every_colour_stands_on_its_element(kind: str) -> None:
    """Where the style sheet is thrown away, the mail looks the same on a light screen."""
    page = html(message(notice(kind), "en"))  # type: ignore[arg-type]  # a kind
    reading = Reading.of(page)
    dark = set(re.findall(r"\.(\w+) \{", reading.styles.split("prefers-color-scheme: dark")[1]))
    for element in reading.elements:
        for name in element.attributes.get("class", "").split():
            if name in dark:
                assert (
                    "color:" in element.attributes["style"]
                    or "border" in (element.attributes["style"])
                ), element


@pytest.mark.parametrize("kind", ["expiring", "grace", "suspended", "restored"])
def test_every_light_colour_has_its_dark_one(kind: str) -> None:
    """No element keeps a colour of the light page on a dark screen."""
    reading = Reading.of(html(message(notice(kind), "en")))  # type: ignore[arg-type]  # a kind
    sheet = reading.styles.split("prefers-color-scheme: dark")[1]
    rules = dict(re.findall(r"\.(\w+) \{([^}]*)\}", sheet))
    for element in reading.elements:
        style = element.attributes.get("style", "")
        mended = " ".join(
            rules.get(name, "") for name in element.attributes.get("class", "").split()
        )
        if re.search(r"(?<!-)color:", style):
            assert re.search(r"(?<![\w-])color:", mended), element
        if "background-color:" in style:
            assert "background-color:" in mended, element
        for edge in re.findall(r"border-(?:left|top)(?=:[^;]*#)", style):
            assert f"{edge}-color:" in mended, element
