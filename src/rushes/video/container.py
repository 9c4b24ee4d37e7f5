"""Whether bytes are a whole video file, told from the container alone.

This reads the index and nothing else, and takes no decoder, so every download passes through it
before it gets its name. What only a decoder can tell is `rushes.media.probe`'s work.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Literal

from rushes.io.regular import open_regular
from rushes.video.tables import Claims

if TYPE_CHECKING:
    from pathlib import Path

Family = Literal["mp4", "matroska"]

HEAD_BYTES = 16
"""So many bytes from the start tell the family of a container."""

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_MOST_BOXES = 100_000
"""A file of more boxes is made to keep its reader busy."""

_LARGE_SIZE = 1
"""As a box's size: the real one follows in eight bytes."""

_TO_THE_END = 0
"""As a box's size: the box ends with the file."""


def family(head: bytes) -> Family | None:
    """The family of a container, from its first `HEAD_BYTES`; None for anything else.

    ``mp4`` stands for all of ISO base media: MP4, MOV, M4V.
    """
    if head[4:8] == b"ftyp":
        return "mp4"
    return "matroska" if head.startswith(_EBML) else None


def description(head: bytes) -> str:
    """What bytes that are no video look like, in words."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "it is empty"
    if not head.strip(b"\0"):
        return "it begins with zeros"
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return "it is a web page"
    if start.startswith(b"<"):
        return "it is XML, probably a message of the storage service"
    if start.startswith((b"{", b"[")):
        return "it is JSON, probably a message of the service"
    return "it does not begin like one"


def fault(path: Path) -> str | None:
    """Why a file is not a whole video, as the end of a sentence; None when it seems to be one.

    Raises:
        OSError: when the file cannot be read.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD_BYTES)
        match family(head):
            case "mp4":
                return _mp4_fault(file, size)
            case "matroska":
                return _matroska_fault(file, size)
        return description(head)


def is_whole(path: Path) -> bool:
    """Whether a file exists and seems to be a whole video."""
    try:
        return fault(path) is None
    except OSError:
        return False


def _mp4_fault(file: BinaryIO, size: int) -> str | None:
    """Walk over the boxes; the last one must end within the file, and so must what they name."""
    offset, seen, claims = 0, set[bytes](), Claims(file, size)
    for _ in range(_MOST_BOXES):
        if offset == size:
            break
        file.seek(offset)
        header = file.read(16)
        kind, length, header_size = header[4:8], int.from_bytes(header[:4]), 8
        if length == _LARGE_SIZE:
            header_size = 16
            length = int.from_bytes(header[8:16])
        elif length == _TO_THE_END:
            length = size - offset
        if len(header) < 8 or length < 8:  # noqa: PLR2004 - a box's size and type take 8 bytes
            # Padding after the film harms no player; before it, the film is broken.
            return None if _is_film(seen) else "its structure is broken"
        if offset + length > size:
            return f"it is cut off: {offset + length} bytes are announced, {size} are there"
        if claim := claims.fault(kind, offset + header_size, offset + length):
            return claim
        seen.add(kind)
        offset += length
    else:
        return "its structure is broken"
    if _is_film(seen):
        return None
    return "it is cut off: its index is missing" if b"moov" not in seen else "it has no pictures"


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
        return f"it is cut off: {file.tell() + segment} bytes are announced, {size} are there"
    return None


def _read_vint(file: BinaryIO) -> int | None:
    """An EBML size; None when it is not known (as in a live recording) or not valid."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    mask = (1 << (7 * (extra + 1))) - 1
    value = int.from_bytes(first + file.read(extra)) & mask
    return None if value == mask else value
