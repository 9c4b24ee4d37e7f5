"""Detects the kind of a media file from its first bytes, never from its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Medium = Literal["image", "video", "audio"]

HEAD_BYTES = 32
"""Number of bytes from the start that `sniff` needs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A format.

    Attributes:
        medium: image, video or audio.
        extension: the usual ending of a file name, without a dot.
    """

    medium: Medium
    extension: str


_STARTS = (
    (b"\x89PNG\r\n\x1a\n", Kind("image", "png")),
    (b"\xff\xd8\xff", Kind("image", "jpg")),
    (b"GIF87a", Kind("image", "gif")),
    (b"GIF89a", Kind("image", "gif")),
    (b"II*\0", Kind("image", "tiff")),
    (b"MM\0*", Kind("image", "tiff")),
    (b"\x1a\x45\xdf\xa3", Kind("video", "webm")),
    (b"ID3", Kind("audio", "mp3")),
    (b"OggS", Kind("audio", "ogg")),
    (b"fLaC", Kind("audio", "flac")),
)

_RIFF = {b"WEBP": Kind("image", "webp"), b"WAVE": Kind("audio", "wav")}

_BRANDS = {
    b"qt  ": Kind("video", "mov"),
    b"M4A ": Kind("audio", "m4a"),
    b"M4B ": Kind("audio", "m4a"),
    b"heic": Kind("image", "heic"),
    b"heix": Kind("image", "heic"),
    b"heim": Kind("image", "heic"),
    b"heis": Kind("image", "heic"),
    b"mif1": Kind("image", "heic"),
    b"avif": Kind("image", "avif"),
}
"""Brands of ISO base media other than MP4 video."""


def sniff(head: bytes) -> Kind | None:
    """The kind of a file, from its first `HEAD_BYTES`; None if it is unknown."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], Kind("video", "mp4"))
    # Two letters are weak evidence; a bitmap also has four reserved zero bytes.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Kind("image", "bmp")
    return _mpeg_audio(head)


def _mpeg_audio(head: bytes) -> Kind | None:
    """MP3 or AAC that starts with a frame: eleven or twelve bits set, then the layer."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - bits
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - layer 0 is AAC's
        return Kind("audio", "aac")
    has_rate = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C  # noqa: PLR2004 - bits
    if head[1] & 0x06 == 0x02 and has_rate:  # noqa: PLR2004 - layer III
        return Kind("audio", "mp3")
    return None
