"""The values of a scenario file: each reads one node, or raises ``Wrong`` with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from tenure.cli import instants
from tenure.cli.errors import Problem
from tenure.cli.yaml_places import Entries, Items, Node, Scalar, Wrong, shown

MOST_UNITS = 1_000_000_000
"""More units or seats than this are taken for a slip."""

MOST_PROBLEMS = 20

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")


class Enough(Exception):
    """So many problems were found that no more are looked for."""


@dataclass(slots=True)
class Problems:
    """The problems found so far.

    Used as ``with problems:`` around each part that can be read apart from the others: what is
    wrong in it is kept, and the reading goes on after it.
    """

    found: list[Problem] = field(default_factory=list)

    def add(self, wrong: Wrong) -> None:
        """Keep a problem. Raises ``Enough`` where there are many."""
        self.found.append(Problem(wrong.line, wrong.column, wrong.message))
        if len(self.found) >= MOST_PROBLEMS:
            raise Enough

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Wrong):
            self.add(error)
            return True
        return False


def listed(names: Iterable[str], most: int = 12) -> str:
    """Give names as a list in a message; many are cut short."""
    known = [shown(name) for name in names]
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """Say that there is nothing of that name, which was perhaps meant, and what there is."""
    near = get_close_matches(name[:80], list(known)[:1000], n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"there is no {what} {shown(name)}; {guess}there are: {listed(known)}"


def entries(node: Node, what: str, example: str) -> Entries:
    """Read a mapping."""
    if not isinstance(node, Entries):
        raise Wrong(node, f"{what} must be a mapping, such as {example}")
    return node


def items(node: Node, what: str, example: str) -> list[Node]:
    """Read a list."""
    if not isinstance(node, Items):
        raise Wrong(node, f"{what} must be a list, such as {example}")
    return node.items


def check_keys(node: Entries, what: str, known: Collection[str]) -> None:
    """Refuse a key that does not exist."""
    for name, key in node.keys.items():
        if name not in known:
            near = get_close_matches(name[:80], known, n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            raise Wrong(
                key, f"unknown key {shown(name)} {what}; {guess}known are: {', '.join(known)}"
            )


def given(node: Entries, name: str) -> Node | None:
    """Give the value of a key that may be absent; one without a value counts as absent."""
    value = node.values.get(name)
    if isinstance(value, Scalar) and value.is_null:
        return None
    return value


def required(node: Entries, name: str, what: str, example: str) -> Node:
    """Give the value of a key that must be there."""
    value = given(node, name)
    if value is None:
        place = node.keys.get(name, node)
        raise Wrong(place, f"{name} is missing {what}; write {name}: {example}")
    return value


def text(node: Node, what: str) -> str:
    """Read a name as it is written: the pool ``NO`` is called NO, and the licence 012 is 012."""
    if not isinstance(node, Scalar) or node.is_null or not node.text.strip():
        raise Wrong(node, f"{what} must be a text")
    return node.text


def whole(node: Node, what: str, least: int = 1, most: int = MOST_UNITS) -> int:
    """Read a whole number, written with digits alone."""
    if not isinstance(node, Scalar) or node.is_null:
        raise Wrong(node, f"{what} must be a whole number, such as 25")
    if not node.plain:
        raise Wrong(node, f"{what} must be a number and not a text; leave the quotes out")
    if not _WHOLE.fullmatch(node.text):
        raise Wrong(
            node,
            f"{what} must be a whole number written with digits alone, such as 25, "
            f"and not {shown(node.text)}",
        )
    if len(node.text) > 12 and not node.text.startswith("-"):
        raise Wrong(node, f"{what} can be at most {most}")
    number = -1 if node.text.startswith("-") else int(node.text)
    if number < least:
        raise Wrong(node, f"{what} must be at least {least}, and not {shown(node.text)}")
    if number > most:
        raise Wrong(node, f"{what} can be at most {most}, and not {shown(node.text)}")
    return number


def switch(node: Node, what: str) -> None:
    """Read a switch, which can only be ``true``."""
    if not isinstance(node, Scalar) or not node.plain or node.text != "true":
        raise Wrong(node, f"{what} is a switch; write {what}: true, or leave the entry out")


def instant(node: Node, what: str, zone: ZoneInfo) -> int:
    """Read a time, or a date that stands for the midnight at its start."""
    return _moment(node, what, zone, instants.instant)


def end(node: Node, what: str, zone: ZoneInfo) -> int:
    """Read the end of a licence; a date is the last day covered."""
    return _moment(node, what, zone, instants.end)


def _moment(node: Node, what: str, zone: ZoneInfo, read: instants.Reading) -> int:
    if not isinstance(node, Scalar) or node.is_null:
        raise Wrong(
            node, f"{what} must be a date or a time, such as 2026-06-30 or 2026-06-30T22:00:00Z"
        )
    try:
        return read(node.text, zone)
    except ValueError as error:
        raise Wrong(node, f"{what}: {shown(node.text)}: {error}") from None
