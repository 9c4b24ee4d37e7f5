"""Checks the tables of an MP4 against the size of the file.

A demuxer allocates memory for every sample that a table declares before it reads one. A table can
declare millions in twelve bytes, so a file of 2 kB can request gigabytes.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

BROKEN = "its tables are broken"

COMPRESSED = "its index is compressed, which is obsolete and not supported"

FEWEST = 1_000_000
"""Samples that any file may declare: some old audio codecs have more than one per byte."""

MOST_FRAMES = 5_000_000
"""Most samples that a demuxer indexes individually: a day at 58 frames per second."""

MOST_BOXES = 1_000_000
"""A file with more boxes is malicious."""

DEEPEST = 12
"""Maximum nesting depth of boxes."""

BLOCK = 24 << 15
"""Bytes of a table in memory at once; a multiple of every entry size."""

AROUND = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf", b"udta"}
)
"""Boxes that contain boxes."""

ENTRY = {
    b"stts": 8,
    b"ctts": 8,
    b"stsc": 12,
    b"stco": 4,
    b"co64": 8,
    b"stss": 4,
    b"stps": 4,
    b"elst": 12,
}
"""Bytes per entry of each kind of table; version 1 of an edit list has 20."""

SIZES = frozenset({b"stsz", b"stz2"})
RUN = b"trun"
HANDLER = b"hdlr"

LISTED = frozenset({RUN, b"ctts"})
"""Tables whose samples a demuxer keeps individually."""
FLAGS = 4
COUNT = 4


class _Overclaimed(Exception):
    """The reason to stop reading a file."""


class Claims:
    """Adds up the samples that tables declare.

    Args:
        file: open for reading.
        size: its size in bytes.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._most = max(size, FEWEST)
        self._boxes = 0
        self._named = dict.fromkeys((b"stts", b"ctts", b"stsz", b"stsc", b"elst", RUN), 0)
        self._new_track()

    def _new_track(self) -> None:
        self._chunks, self._samples, self._edits = 0, 0, 0
        self._per_chunk = array("I")
        self._handlers = set[bytes]()
        self._is_steady = False

    def fault(self, kind: bytes, body: int, end: int) -> str | None:
        """What a box declares that the file cannot contain, as the end of a sentence, or None.

        Args:
            kind: of the box.
            body: the offset of its content.
            end: the offset of its end.
        """
        try:
            self._look(kind, body, end, 0)
        except _Overclaimed as why:
            return str(why)
        return None

    def _walk(self, start: int, end: int, depth: int) -> None:
        """Check all boxes in a range of the file."""
        if depth > DEEPEST:
            raise _Overclaimed(BROKEN)
        while start + 8 <= end:
            self._boxes += 1
            if self._boxes > MOST_BOXES:
                raise _Overclaimed(BROKEN)
            self._file.seek(start)
            header = self._file.read(16)
            kind, length, body = header[4:8], int.from_bytes(header[:4]), start + 8
            if length == 1:
                length, body = int.from_bytes(header[8:16]), start + 16
            elif length == 0:
                length = end - start
            if length < body - start:
                return  # Padding.
            self._look(kind, body, min(start + length, end), depth)
            start += length

    def _look(self, kind: bytes, body: int, end: int, depth: int) -> None:
        if kind == b"cmov":
            raise _Overclaimed(COMPRESSED)
        if kind in AROUND:
            self._walk(body, end, depth + 1)
            if kind == b"trak":
                self._end_track()
        elif kind == HANDLER:
            self._file.seek(body + 8)
            self._handlers.add(self._file.read(4))
        elif kind in SIZES:
            self._sizes(kind, body, end)
        elif kind == RUN:
            self._name(RUN, self._number(body + FLAGS))
        elif kind in ENTRY:
            self._table(kind, body, end)

    def _end_track(self) -> None:
        """Check what results from several tables of a track."""
        firsts, counts = self._per_chunk[::3], self._per_chunk[1::3]
        last = self._chunks + 1
        for first, after, count in zip(firsts, [*firsts, last][1:], counts, strict=True):
            self._name(b"stsc", max(0, min(after, last) - first) * count)
        if self._edits > 1:
            # The index is rebuilt for each edit.
            self._name(b"elst", self._edits * self._samples // 8)
        # Uncompressed audio has a sample every 1/48,000 s or so, and is read in chunks.
        is_plain = self._is_steady and b"soun" in self._handlers and b"vide" not in self._handlers
        if self._samples > MOST_FRAMES and not is_plain:
            msg = f"it declares {self._samples:,} frames, more than any real video"
            raise _Overclaimed(msg)
        self._new_track()

    def _sizes(self, kind: bytes, body: int, end: int) -> None:
        """The table of sample sizes, or their common size."""
        each, count = self._number(body + FLAGS), self._number(body + FLAGS + 4)
        if kind == b"stz2":
            room = count * (each & 0xFF) // 8
        elif each:
            room = 0
        else:
            room = count * 4
        if room > end - body - FLAGS - 8:
            raise _Overclaimed(BROKEN)
        self._samples += count
        # A sample takes at least one byte of the file, or the common size.
        self._name(b"stsz", count * (max(1, each) if kind == b"stsz" else 1))

    def _table(self, kind: bytes, body: int, end: int) -> None:
        count, first = self._number(body + FLAGS), body + FLAGS + COUNT
        entry = ENTRY[kind]
        if kind == b"elst" and self._number(body) >> 24 == 1:
            entry = 20
        if count * entry > end - first:
            raise _Overclaimed(BROKEN)
        if kind in {b"stts", b"ctts"}:
            if kind == b"stts":
                self._is_steady = count == 1 and self._number(first + 4) == 1
            for numbers in self._numbers(first, count * entry):
                self._name(kind, sum(numbers[::2]))
        elif kind == b"stsc":
            for numbers in self._numbers(first, count * entry):
                self._per_chunk += numbers
        elif kind in {b"stco", b"co64"}:
            self._chunks = max(self._chunks, count)
        elif kind == b"elst":
            self._edits += count

    def _name(self, kind: bytes, count: int) -> None:
        self._named[kind] += count
        most = min(self._most, MOST_FRAMES) if kind in LISTED else self._most
        if self._named[kind] > most:
            msg = "its tables declare more samples than it can contain"
            raise _Overclaimed(msg)

    def _number(self, offset: int) -> int:
        self._file.seek(offset)
        return int.from_bytes(self._file.read(4))

    def _numbers(self, offset: int, size: int) -> Iterator[array[int]]:
        """The numbers of a table, in blocks."""
        self._file.seek(offset)
        while size > 0:
            data = self._file.read(min(size, BLOCK))
            if len(data) < min(size, BLOCK):
                raise _Overclaimed(BROKEN)  # It was truncated in the meantime.
            size -= len(data)
            numbers = array("I", data)
            if sys.byteorder == "little":
                numbers.byteswap()
            yield numbers
