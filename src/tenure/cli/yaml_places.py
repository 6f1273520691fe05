"""YAML, read strictly, with the place of everything in it.

PyYAML's own values hide what a careful reader must see: a key that stands twice, `NO` read as
false, `012` read as ten, `1:30` read as ninety. So nothing is guessed here: a scalar is its text
and whether it was written plain, and whoever wants a number reads that text.

Only what a scenario needs is taken: one document of mappings, lists and scalars. Whatever can
grow on reading (aliases) or means something elsewhere (tags, anchors) is refused, and so are
sizes that no honest file has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

LONGEST = 16 * 1024 * 1024
"""Bytes, or characters, of the largest file that is read."""

_DEEPEST = 16
_WIDEST = 10_000
_MOST = 2_500_000
_SHOWN = 40

_FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What may not stand in the file. A byte order mark may only stand at its beginning, and line
breaks that editors do not count (U+0085, U+2028, U+2029) nowhere: they would shift all places."""

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Wrong(Exception):
    """Something is wrong at a place; the message says what, and what would be right."""

    def __init__(self, place: Node | Place, message: str) -> None:
        super().__init__(message)
        self.line = place.line
        self.column = place.column
        self.message = message


@dataclass(slots=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int = 1


@dataclass(slots=True)
class Node(Place):
    """A part of the file."""


@dataclass(slots=True)
class Scalar(Node):
    """A text; ``plain`` where it was written without quotes."""

    text: str = ""
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or YAML's word for it."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Items(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Entries(Node):
    """A mapping: each key's value by its text, and where the keys stand."""

    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)


def shown(text: str, most: int = _SHOWN) -> str:
    """Give a text as it is quoted in a message: short and printable."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def decode(data: bytes) -> str:
    """Read bytes as UTF-8. Raises ``Wrong`` where they are not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Place(data.count(b"\n", 0, error.start) + 1)
        raise Wrong(place, "this is not UTF-8; save the file as UTF-8 text") from None


def compose(text: str) -> Entries:
    """Read a text whose content is one mapping. Raises ``Wrong`` with the place."""
    if len(text) > LONGEST:
        raise Wrong(Place(1), f"the file is too large; at most {LONGEST >> 20} MB are read")
    text = text.removeprefix("\ufeff")
    if found := _FORBIDDEN.search(text):
        place = Place(
            text.count("\n", 0, found.start()) + 1,
            found.start() - text.rfind("\n", 0, found.start()),
        )
        raise Wrong(
            place, f"the character U+{ord(found.group()):04X} cannot stand here; leave it out"
        )
    tree = _Tree()
    try:
        for event in _events(text):
            tree.take(event)
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from None
    if tree.root is None:
        raise Wrong(Place(1), "the file is empty; write at least until: 2026-12-31")
    return tree.root


def _events(text: str) -> Iterator[yaml.Event]:
    loader = _Loader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _not_yaml(error: yaml.YAMLError, text: str) -> Wrong:
    if not isinstance(error, yaml.MarkedYAMLError):
        return Wrong(Place(1), "this is not YAML: it cannot be read")
    problem, context = error.problem or "it cannot be read", error.context
    mark = error.problem_mark or error.context_mark
    if problem == "found unexpected end of stream":
        mark = error.context_mark or mark  # where the quote was opened
    place = Place(1) if mark is None else Place(mark.line + 1, mark.column + 1)
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        return Wrong(place, "a tab cannot stand here; indent with spaces")
    where = f" ({context})" if context else ""
    return Wrong(place, f"this is not YAML: {problem}{where}; check colons, quotes and indentation")


class _Tree:
    """The tree that events build, without recursion; it stops at the first thing that is wrong."""

    def __init__(self) -> None:
        self.root: Entries | None = None
        self._parents: list[Items | Entries] = []
        self._keys: list[Scalar | None] = []
        """For each parent that is a mapping: the key whose value comes next."""
        self._documents = 0
        self._count = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event. Raises ``Wrong`` where a scenario cannot have it."""
        if isinstance(event, yaml.NodeEvent):
            self._add(self._node(event))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._parents.pop()
            self._keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise Wrong(_place(event), "a second document begins here; one file holds one")

    def _node(self, event: yaml.NodeEvent) -> Scalar | Items | Entries:
        mark = event.start_mark
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        node: Scalar | Items | Entries
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(line, column, event.value, not event.style)
        elif isinstance(event, yaml.MappingStartEvent):
            node = Entries(line, column)
        else:
            node = Items(line, column)
        if isinstance(event, yaml.AliasEvent):
            raise Wrong(node, f"aliases (*{event.anchor}) are not read; write the value out")
        if event.anchor is not None:
            raise Wrong(node, f"anchors (&{event.anchor}) are not read; leave it out")
        if event.tag is not None:  # type: ignore[attr-defined]  # some have it
            raise Wrong(node, "tags (!…) are not read; leave it out")
        self._count += 1
        if self._count > _MOST:
            raise Wrong(node, f"there are too many parts; at most {_MOST} are read")
        return node

    def _add(self, node: Scalar | Items | Entries) -> None:
        if not self._parents:
            if not isinstance(node, Entries):
                empty = isinstance(node, Scalar) and node.is_null
                what = "the file is empty" if empty else "this is not a mapping"
                raise Wrong(node, f"{what}; write keys and values, such as until: 2026-12-31")
            self.root = node
        else:
            parent, key = self._parents[-1], self._keys[-1]
            if isinstance(parent, Items):
                if isinstance(node, Scalar) and len(parent.items) == _WIDEST:
                    raise Wrong(node, f"this list is too long; at most {_WIDEST} words are read")
                parent.items.append(node)
            elif key is None:
                self._keys[-1] = _key(parent, node)
                return
            else:
                parent.values[key.text] = node
                self._keys[-1] = None
        if isinstance(node, Scalar):
            return
        if len(self._parents) == _DEEPEST:
            raise Wrong(node, f"this is nested too deeply; at most {_DEEPEST} levels are read")
        self._parents.append(node)
        self._keys.append(None)


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(1) if mark is None else Place(mark.line + 1, mark.column + 1)


def _key(parent: Entries, node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise Wrong(node, "a key must be a single word, not a list or a mapping")
    if node.text in parent.keys:
        first = parent.keys[node.text].line
        raise Wrong(
            node, f"the key {shown(node.text)} stands twice, first in line {first}; keep one"
        )
    if len(parent.keys) == _WIDEST:
        raise Wrong(node, f"this mapping is too long; at most {_WIDEST} keys are read")
    parent.keys[node.text] = node
    return node
