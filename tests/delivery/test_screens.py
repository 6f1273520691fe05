"""Mails on real screens: wide and narrow, light and dark, with and without their style sheet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from tenure.delivery.letters import html
from tenure.words.examples import notices
from tenure.words.language import LANGUAGES
from tenure.words.notices import message
from tests.looks import faults
from tests.words.cast import KINDS, notice

pytestmark = pytest.mark.browser

NOT_OF_MAILS = ("region", "landmark-one-main")
"""Rules for whole pages: a mail is shown within one, whose landmarks are not ours to set."""

LONG = "Wohnungsbaugenossenschaft" * 4
"""A name without a place to break it."""


def without_sheet(page: str) -> str:
    """Give what a program shows that throws the style sheet away."""
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "fr")])
def test_axe_finds_nothing(browser: Browser, scheme: str, language: str) -> None:
    """Contrast, names, order and language are right on both screens, with all styles or few."""
    context = browser.new_context(
        color_scheme=scheme  # type: ignore[arg-type]  # light or dark
    )
    page = context.new_page()
    found: dict[str, list[tuple[str, str, list[str]]]] = {}
    for kind in KINDS:
        page.set_content(html(message(notice(kind), language)))
        found[kind] = faults(page, NOT_OF_MAILS)
    page.set_content(without_sheet(html(message(notice("grace"), language))))
    found["without its sheet"] = faults(page, NOT_OF_MAILS)
    context.close()
    assert {about: each for about, each in found.items() if each} == {}


def test_dark_screens_get_dark_mails(browser: Browser) -> None:
    """Nothing on a dark screen is bright but the words."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.set_content(html(message(notice("grace"), "en")))
    grounds = page.eval_on_selector_all(
        "body, body *:not(.button)",
        "all => all.map(e => getComputedStyle(e).backgroundColor).filter(c => !c.endsWith(', 0)'))",
    )
    context.close()
    assert len(grounds) == 5
    for ground in grounds:
        assert all(int(part) < 0x60 for part in re.findall(r"\d+", ground)[:3]), ground


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sheet", [True, False], ids=["styled", "without its sheet"])
def test_nothing_scrolls_sideways_on_a_telephone(page: Page, language: str, sheet: bool) -> None:
    """At 320 pixels every mail fits, with the longest names too."""
    page.set_viewport_size({"width": 320, "height": 600})
    cases = [(about, facts) for about, facts in notices()]
    cases += [
        (f"{kind}, long", notice(kind, company=LONG, service=LONG, pool=LONG, renewer=LONG))
        for kind in KINDS
    ]
    wide = {}
    for about, facts in cases:
        mail = html(message(facts, language))
        page.set_content(mail if sheet else without_sheet(mail))
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[about] = width
    assert wide == {}


def test_the_date_that_matters_is_the_largest(page: Page) -> None:
    """Whoever only glances sees when."""
    said = message(notice("deletion_warning"), "en")
    assert said.date
    page.set_content(html(said))
    largest = page.evaluate(
        """() => [...document.querySelectorAll('p, h1')].sort((a, b) =>
             parseFloat(getComputedStyle(b).fontSize) - parseFloat(getComputedStyle(a).fontSize)
           )[0].innerText"""
    )
    assert largest == said.date.date


def test_what_can_be_pressed_is_large_enough_for_a_thumb(page: Page) -> None:
    """The button is at least 44 pixels high, and reads as a link where styles are gone."""
    mail = html(message(notice("grace"), "fr"))
    page.set_content(mail)
    box = page.locator("a.button").bounding_box()
    assert box and box["height"] >= 44 and box["width"] >= 44
    page.set_content(re.sub(r' (style|class)="[^"]*"', "", without_sheet(mail)))
    link = page.get_by_text("Ajouter ou renouveler une licence")
    assert link.evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"
    assert page.locator("[hidden]").is_hidden()


def test_nothing_is_asked_of_the_net(page: Page) -> None:
    """To open a mail tells nobody that it was opened."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html(message(notice("grace"), "en")))
    page.wait_for_load_state("networkidle")
    assert asked == []
