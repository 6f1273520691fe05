"""What is wrong with a page as a browser shows it: axe's findings, and what is too wide."""

from __future__ import annotations

from collections.abc import Collection

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def faults(page: Page, beside: Collection[str] = ()) -> list[tuple[str, str, list[str]]]:
    """Give address, kind and places of each fault of the page, of axe's rules but those beside.

    It waits until the page is whole: a click that leads on is over when the next page begins,
    which is empty then, or half there.
    """
    page.wait_for_load_state()
    found = [
        (page.url, fault["id"], [node["html"][:200] for node in fault["nodes"][:3]])
        for fault in Axe().run(page).response["violations"]
        if fault["id"] not in beside
    ]
    return found + too_wide(page)


def too_wide(page: Page) -> list[tuple[str, str, list[str]]]:
    """Give the one fault of a page that is wider than its window, in ``faults``' shape."""
    page.wait_for_load_state()
    more = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [(page.url, "too wide", [f"{more} px"])] if more > 0 else []
