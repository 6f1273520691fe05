"""Writes the tables of docs/reference/rights.md from what the code asks for.

`python -m tools.rights` writes the page anew; a test compares the page with ``tables``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from django.urls import URLPattern, URLResolver, get_resolver

from tenure.core.permissions import NEEDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "rights.md"
BEGIN, END = "<!-- {} from the code -->", "<!-- end -->"
AREAS = {"portal": "Portal", "console": "Console"}
LEVELS = {"none": "–", "read": "read", "write": "write"}


def account_rows() -> Iterator[tuple[str, str, str]]:
    """Give each action on an account: its code, what it does, what it needs."""
    for code, need in NEEDS.items():
        owner = ", and owner" if need.owner else ""
        yield code, need.does, f"{AREAS[need.area]} {LEVELS[need.level]}{owner}"


def page_rows() -> Iterator[tuple[str, str, str]]:
    """Give each page of a company: its name, what it does, what it needs."""
    from tenure.portal.shared.doors import door_of  # noqa: PLC0415 - once Django is set up

    resolver = get_resolver()
    names = {name for name in resolver.reverse_dict if isinstance(name, str)}
    for name in sorted(names):
        view = _view(name)
        door = None if view is None else door_of(view, name)
        if view is None or door is None or door.where != "company":
            continue
        does = (view.__doc__ or "").strip().splitlines()[0].rstrip(".")
        areas = " or ".join(AREAS[area] for area in door.areas)
        vendor = ", and to be an operator" if door.is_vendors else ""
        yield name, does, f"{areas} {LEVELS[door.level]}{vendor}"


def _view(name: str) -> Callable[..., Any] | None:
    """Find the view of a name."""

    def within(resolver: URLResolver) -> Iterator[URLPattern]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                yield from within(each)
            else:
                yield each

    return next((each.callback for each in within(get_resolver()) if each.name == name), None)


def tables(text: str) -> str:
    """Give the page with both of its tables as the code has them."""
    for title, rows in (("accounts", account_rows()), ("companies", page_rows())):
        begin = BEGIN.format(title)
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(END)
        lines = [f"| `{code}` | {does} | {need} |" for code, does, need in rows]
        head = ["| name | what | needs |", "|---|---|---|"]
        text = "\n".join([before + begin, "", *head, *lines, "", END + after])
    return text


def main() -> int:
    """Write the page. Gives the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
    django.setup()
    old = PAGE.read_text(encoding="utf-8")
    new = tables(old)
    PAGE.write_text(new, encoding="utf-8")
    print("Nothing changed." if new == old else f"Wrote {PAGE.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
