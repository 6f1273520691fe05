"""Writing a ZIP file piece by piece, so that another process can go on with it.

Each piece is packed by itself and ends at a whole byte, so that all there is to remember is a few
numbers (``Zip.to_data``). Nothing here knows what is written.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

_LOCAL, _CENTRAL, _END, _AFTER = 0x04034B50, 0x02014B50, 0x06054B50, 0x08074B50
_VERSION = 20
_FLAGS = 0x0008 | 0x0800
"""The sizes come after the content; names are UTF-8."""
_DEFLATED = 8
_NOTHING = b"\x03\x00"
"""A packed stream that is empty and the last."""

LONGEST = 0xFFFF_FFFF - 0x10_0000
"""Bytes: the form has 32 bits for where something stands."""


class TooLong(ValueError):
    """The file would be longer than its form allows."""


@dataclass
class Entry:
    """A file in it: ``crc`` of, ``size`` and ``packed`` in bytes, ``start`` where it begins."""

    name: str
    start: int
    crc: int = 0
    size: int = 0
    packed: int = 0


@dataclass
class Zip:
    """A ZIP file that is being written; each method gives the bytes that come next.

    ``date`` and ``time`` are those of every file in it, as the form has them.
    """

    date: int
    time: int
    length: int = 0
    entries: list[Entry] = field(default_factory=list)

    def begin(self, name: str) -> bytes:
        """Begin a file."""
        self.entries.append(Entry(name, self.length))
        text = name.encode()
        head = struct.pack(
            *("<IHHHHHIIIHH", _LOCAL, _VERSION, _FLAGS, _DEFLATED),
            *(self.time, self.date, 0, 0, 0, len(text), 0),
        )
        return self._given(head + text)

    def add(self, content: bytes) -> bytes:
        """Add to the file that was begun."""
        entry = self.entries[-1]
        entry.crc = zlib.crc32(content, entry.crc)
        entry.size += len(content)
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
        entry.packed += len(packed)
        return self._given(packed)

    def end(self) -> bytes:
        """End the file that was begun."""
        entry = self.entries[-1]
        entry.packed += len(_NOTHING)
        after = struct.pack("<IIII", _AFTER, entry.crc, entry.packed, entry.size)
        return self._given(_NOTHING + after)

    def close(self) -> bytes:
        """End it all, with the list of what is in it."""
        start = self.length
        found = b""
        for entry in self.entries:
            text = entry.name.encode()
            found += struct.pack(
                *("<IHHHHHHIIIHHHHHII", _CENTRAL, _VERSION, _VERSION, _FLAGS, _DEFLATED),
                *(self.time, self.date, entry.crc, entry.packed, entry.size),
                *(len(text), 0, 0, 0, 0, 0, entry.start),
            )
            found += text
        count = len(self.entries)
        end = struct.pack("<IHHHHIIH", _END, 0, 0, count, count, len(found), start, 0)
        return self._given(found + end)

    def _given(self, content: bytes) -> bytes:
        self.length += len(content)
        if self.length > LONGEST:
            raise TooLong("the file would be longer than 4 GB")
        return content

    def to_data(self) -> dict[str, Any]:
        """Give what must be remembered to go on."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Zip:
        """Go on from what was remembered."""
        entries = [Entry(**entry) for entry in data["entries"]]
        return cls(data["date"], data["time"], data["length"], entries)


def stamp(year: int, month: int, day: int, hour: int, minute: int) -> tuple[int, int]:
    """Give a date and a time as the form has them; it knows no year before 1980."""
    return (max(year, 1980) - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5
