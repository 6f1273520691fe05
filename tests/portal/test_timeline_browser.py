"""The timeline picture in a real browser: accessible, legible at any size, printed on a page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.looks import faults
from tests.portal.conftest import Town, reverse, sign_in
from tests.portal.test_browser import at_home
from tests.portal.test_browser import town as _town

town = _town

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("transactional_db", "demo"),
]

OVERLAPS = """() => {
  const shown = [...document.querySelectorAll('.tl-svg')]
    .filter(each => each.getBoundingClientRect().width);
  const texts = [...shown[0].querySelectorAll('text')];
  const found = [];
  for (const [i, a] of texts.entries()) for (const b of texts.slice(i + 1)) {
    const p = a.getBBox(), q = b.getBBox();
    // What is above and below the letters is empty.
    const high = 0.2, low = 0.75;
    const isBeside = p.x >= q.x + q.width || q.x >= p.x + p.width;
    const isBelow = p.y + p.height * high >= q.y + q.height * low;
    const isAbove = q.y + q.height * high >= p.y + p.height * low;
    if (!isBeside && !isBelow && !isAbove)
      found.push([a.textContent, b.textContent]);
  }
  return [shown.length, shown[0].getAttribute('class').split(' ').pop(), found];
}"""
"""How many drawings are shown, which, and which of its texts stand on each other."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_the_policy_forbids_nothing(
    browser: Browser, live_server: LiveServer, town: Town, scheme: str
) -> None:
    """The timeline's page, its tables open, has no fault that axe finds; the console is silent."""
    company = town.put("short")
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
    sign_in(context, live_server)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(at_home(live_server, reverse("timeline", args=[company.id])))
    page.click(".tl-tables summary")
    found = faults(page)
    context.close()
    assert found == []
    assert said == []


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_one_drawing_is_shown_and_its_words_are_apart(
    browser: Browser, live_server: LiveServer, town: Town, language: str
) -> None:
    """The drawing made for a width is the only one; no two texts overlap; the tables fit."""
    company = town.put("short")
    wanted = {360: "tl-small", 900: "tl-middle", 1280: "tl-wide"}
    for width, name in wanted.items():
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
        sign_in(context, live_server, language[:2])
        page = context.new_page()
        page.goto(at_home(live_server, reverse("timeline", args=[company.id])))
        count, shown, overlapping = page.evaluate(OVERLAPS)
        page.click(".tl-tables summary")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
        assert (count, shown, overlapping) == (1, name, [])


def test_it_prints_on_one_page(browser: Browser, live_server: LiveServer, town: Town) -> None:
    company = town.put("short")
    context = browser.new_context()
    sign_in(context, live_server)
    page = context.new_page()
    page.goto(at_home(live_server, reverse("timeline", args=[company.id])))
    printed = page.pdf(format="A4")
    context.close()
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
