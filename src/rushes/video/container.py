"""Checks from the container alone whether a file is a complete video.

This reads only the index and needs no decoder, so every download is checked before it gets its
final name. `rushes.media.probe` checks what only a decoder can detect.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Literal

from rushes.io.kind import ARTICLES, HEAD_BYTES, other, sniff
from rushes.io.regular import open_regular
from rushes.video.tables import Claims

if TYPE_CHECKING:
    from pathlib import Path

Family = Literal["mp4", "matroska"]

_FAMILIES: dict[str, Family] = {
    "mp4": "mp4",
    "mov": "mp4",
    "m4a": "mp4",
    "webm": "matroska",
    "mkv": "matroska",
}
"""The family of each kind of container, by extension."""

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_MOST_BOXES = 100_000
"""A file with more boxes is malicious."""

_LARGE_SIZE = 1
"""As a box's size: the real one follows in eight bytes."""

_UNKNOWN_SIZE = 0x7FFF_0000
"""As the size of a WAV's data: it ends with the file."""

_TO_THE_END = 0
"""As a box's size: the box ends with the file."""


def family(head: bytes) -> Family | None:
    """The family of a container, from its first `HEAD_BYTES`; None for anything else.

    ``mp4`` covers all of ISO base media: MP4, MOV, M4V.
    """
    kind = sniff(head)
    return None if kind is None else _FAMILIES.get(kind.extension)


def description(head: bytes) -> str:
    """Describe the start of a file that is not a video."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "it is empty"
    if not head.strip(b"\0"):
        return "it starts with zeros"
    if start.startswith(b"<!doctype"):
        return "it is a web page"
    if (name := _name(head)) is not None:
        return f"it is {name}"
    if start.startswith(b"<"):
        return "it is XML, probably an error message of the storage service"
    if start.startswith((b"{", b"[")):
        return "it is JSON, probably an error message of the service"
    return "it is in an unknown format"


def _name(head: bytes) -> str | None:
    kind = sniff(head)
    return other(head) if kind is None else f"{ARTICLES[kind.medium]} ({kind.name})"


def fault(path: Path) -> str | None:
    """Why a file is not a complete video, as the end of a sentence; None if it seems to be one.

    Raises:
        OSError: if the file cannot be read.
    """
    with open_regular(path) as file:
        return fault_in(file)


def fault_in(file: BinaryIO) -> str | None:
    """The same for an open file; its position is lost."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    match family(head):
        case "mp4":
            return _mp4_fault(file, size)
        case "matroska":
            return _matroska_fault(file, size)
    return description(head)


def is_cut(file: BinaryIO) -> bool:
    """Whether a file of boxes, e.g. an AVIF or HEIC image, ends before its last box does."""
    size, offset = file.seek(0, os.SEEK_END), 0
    for _ in range(_MOST_BOXES):
        if offset >= size:
            return offset > size
        length, header_size = _length(file, offset, size)
        if length < header_size:
            return offset + header_size > size
        offset += length
    return True


def _length(file: BinaryIO, offset: int, size: int) -> tuple[int, int]:
    """The lengths of the box at an offset and of its header."""
    file.seek(offset)
    header = file.read(16)
    length = int.from_bytes(header[:4])
    if length == _LARGE_SIZE:
        return int.from_bytes(header[8:16]), 16
    return (size - offset if length == _TO_THE_END else length), 8


def wav_fault(path: Path) -> str | None:
    """Why a WAV file is not complete, as the end of a sentence; None if it seems to be.

    Raises:
        OSError: if the file cannot be read.
    """
    with open_regular(path) as file:
        size, offset = file.seek(0, os.SEEK_END), 12
        for _ in range(_MOST_BOXES):
            file.seek(offset)
            header = file.read(8)
            if len(header) < 8:  # noqa: PLR2004 - a chunk's name and size take 8 bytes
                return "it is truncated: it has no audio"
            length = int.from_bytes(header[4:], "little")
            offset += 8
            if header[:4] == b"data":
                # A recording that was written to a pipe does not know its size.
                if offset + length <= size or length >= _UNKNOWN_SIZE:
                    return None
                return f"it is truncated: it declares {offset + length} bytes and has {size}"
            offset += length + length % 2
    return "its structure is broken"


def is_whole(path: Path) -> bool:
    """Whether a file exists and seems to be a complete video."""
    try:
        return fault(path) is None
    except OSError:
        return False


def _mp4_fault(file: BinaryIO, size: int) -> str | None:
    """Walk over the boxes: the last one and everything they reference must be within the file."""
    offset, seen, claims = 0, set[bytes](), Claims(file, size)
    for _ in range(_MOST_BOXES):
        if offset == size:
            break
        length, header_size = _length(file, offset, size)
        file.seek(offset + 4)
        kind = file.read(4)
        if len(kind) < 4 or length < 8:  # noqa: PLR2004 - a box's size and type take 8 bytes
            # Padding after the video is harmless; before it, the video is broken.
            return None if _is_film(seen) else "its structure is broken"
        if offset + length > size:
            return f"it is truncated: it declares {offset + length} bytes and has {size}"
        if claim := claims.fault(kind, offset + header_size, offset + length):
            return claim
        seen.add(kind)
        offset += length
    else:
        return "its structure is broken"
    if _is_film(seen):
        return None
    return (
        "it is truncated: its index is missing" if b"moov" not in seen else "it has no video track"
    )


def _is_film(boxes: set[bytes]) -> bool:
    return b"moov" in boxes and b"mdat" in boxes


def _matroska_fault(file: BinaryIO, size: int) -> str | None:
    """Step over the EBML header to the segment, which must end within the file."""
    file.seek(len(_EBML))
    header = _read_vint(file)
    if header is None or header > size:
        return "its structure is broken"
    file.seek(header, os.SEEK_CUR)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return "its structure is broken"
    segment = _read_vint(file)
    if segment is not None and file.tell() + segment > size:
        return f"it is truncated: it declares {file.tell() + segment} bytes and has {size}"
    return None


def _read_vint(file: BinaryIO) -> int | None:
    """An EBML size; None if it is unknown (as in a live recording) or invalid."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    mask = (1 << (7 * (extra + 1))) - 1
    value = int.from_bytes(first + file.read(extra)) & mask
    return None if value == mask else value
