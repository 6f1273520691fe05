"""What mails are made of in tests: notices of every kind, and a page read as programs read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tenure.core.policy import DAY
from tenure.words.examples import notices
from tenure.words.language import LANGUAGES
from tenure.words.notice_facts import NoticeFacts
from tests.engine.conftest import life
from tests.words.cast import ENDS, KINDS, notice

__all__ = ["life"]  # a fixture

VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

CASES: list[tuple[str, NoticeFacts]] = [
    *notices(),
    *((f"{kind}, nobody", notice(kind, seats=0, protected=0)) for kind in KINDS),
    *((f"{kind}, one user", notice(kind, seats=1, protected=1)) for kind in KINDS),
    *((f"{kind}, closed", notice(kind, closed=True)) for kind in KINDS),
    *((f"{kind}, cannot renew", notice(kind, can_renew=False)) for kind in KINDS),
    *((f"{kind}, over", notice(kind, now=ENDS + 90 * DAY, deadline=ENDS)) for kind in KINDS),
    *((f"{kind}, overtaken", notice(kind, overtaken=True)) for kind in KINDS),
]
"""Notices of every kind, with facts that change what they say."""

IN_EACH_LANGUAGE = [(about, facts, language) for about, facts in CASES for language in LANGUAGES]


@dataclass
class Element:
    """An element as it was written, without what stands in it."""

    tag: str
    attributes: dict[str, str]


@dataclass
class Reading(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order, and no attribute stands twice."""

    elements: list[Element] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    styles: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[Element] = []

    @classmethod
    def of(cls, page: str) -> Reading:
        reading = cls()
        reading.feed(page)
        reading.close()
        assert reading.open == [], "something is not closed"
        return reading

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} stands twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} is closed and was not opened"
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        tags = {element.tag for element in self.open}
        if "style" in tags:
            self.styles += data
        elif "body" in tags:
            is_hidden = any("hidden" in element.attributes for element in self.open)
            (self.hidden if is_hidden else self.shown).append(data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]
