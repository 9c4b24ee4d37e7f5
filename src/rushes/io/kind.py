"""Detects the kind of a media file from its first bytes, never from its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Medium = Literal["image", "video", "audio"]

HEAD_BYTES = 128
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

    @property
    def name(self) -> str:
        """The name of the format, e.g. ``"JPEG"``."""
        return NAMES[self.extension]


NAMES: Mapping[str, str] = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
    "heic": "HEIC",
    "avif": "AVIF",
    "mp4": "MP4",
    "mov": "MOV",
    "webm": "WebM",
    "mkv": "Matroska",
    "mka": "Matroska",
    "wav": "WAV",
    "mp3": "MP3",
    "m4a": "M4A",
    "aac": "AAC",
    "ogg": "Ogg",
    "flac": "FLAC",
}
"""The name of each format, by extension."""

FORMATS: Mapping[Medium, tuple[str, ...]] = {
    "image": ("jpg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif"),
    "video": ("mp4", "mov", "webm"),
    "audio": ("wav", "mp3", "m4a", "aac", "ogg", "flac", "webm"),
}
"""The formats of an input whose provider lists none, by extension."""

ARTICLES: Mapping[Medium, str] = {
    "image": "an image",
    "video": "a video",
    "audio": "an audio file",
}

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", Kind("image", "png")),
    (b"\xff\xd8\xff", Kind("image", "jpg")),
    (b"GIF87a", Kind("image", "gif")),
    (b"GIF89a", Kind("image", "gif")),
    (b"II*\0", Kind("image", "tiff")),
    (b"MM\0*", Kind("image", "tiff")),
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
    b"avis": Kind("image", "avif"),
}
"""Brands of ISO base media other than MP4 video."""

_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
"""Boxes that a QuickTime file without a brand may start with."""

_LARGEST_FIRST_BOX = 1 << 24
"""A text that happens to have such a word has letters in place of the box's size."""

_EBML = b"\x1a\x45\xdf\xa3"
_DOCTYPE = re.compile(rb"\x42\x82[\x81-\xff]webm")

_OTHERS = (
    (b"RF64", "RF64 WAV"),
    (b"BW64", "BW64 WAV"),
    (b"riff\x2e\x91\xcf\x11", "Wave64"),
    (b"FORM", "AIFF"),
    (b"caff", "CAF"),
    (b"#!AMR", "AMR"),
    (b"MThd", "MIDI"),
    (b".snd", "AU"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS", "a Photoshop document"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"DDS ", "DDS"),
    (b"\0\0\x01\0", "an icon"),
    (b"qoif", "QOI"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (b"FLV\x01", "Flash video"),
    (b"\0\0\x01\xba", "MPEG-PS"),
    (b"\0\0\x01\xb3", "MPEG video"),
    (b"\x06\x0e\x2b\x34", "MXF"),
    (b".RMF", "RealMedia"),
    (b"DKIF", "IVF"),
    (b"YUV4MPEG2", "raw Y4M video"),
    (b"#EXTM3U", "a playlist of links"),
    (b"version https://git-lfs", "a Git LFS pointer; run git lfs pull to get the file"),
)
"""Formats that are not read, so that a message can name them."""

_OTHER_RIFF = {b"AVI ": "AVI", b"ACON": "an animated cursor", b"RMID": "MIDI"}


def sniff(head: bytes) -> Kind | None:
    """The kind of a file, from its first `HEAD_BYTES`; None if it is unknown.

    MP4 and WebM may turn out to hold only audio: see `rushes.media.kind`.
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(_EBML):
        return Kind("video", "webm" if _DOCTYPE.search(head, 4, HEAD_BYTES) else "mkv")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], Kind("video", "mp4"))
    if _is_quicktime(head):
        return Kind("video", "mov")
    # Two letters are weak evidence; a bitmap also has four reserved zero bytes.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Kind("image", "bmp")
    return _mpeg_audio(head)


def other(head: bytes) -> str | None:
    """The name of a format that `sniff` does not know, e.g. ``"AIFF"``; None if unknown."""
    for start, name in _OTHERS:
        if head.startswith(start):
            return name
    if head.startswith(b"RIFF"):
        return _OTHER_RIFF.get(head[8:12])
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "SVG"
    return None


def listed(extensions: Iterable[str]) -> str:
    """The names of formats as text, e.g. ``"JPEG, PNG or WebP"``."""
    *head, last = [NAMES[extension] for extension in extensions]
    return f"{', '.join(head)} or {last}" if head else last


def _is_quicktime(head: bytes) -> bool:
    size = int.from_bytes(head[:4])
    if head[4:8] == b"mdat":
        return True  # Its size may be anything: 0 is the rest of the file, 1 a size of 64 bits.
    return head[4:8] in _QUICKTIME and 8 <= size < _LARGEST_FIRST_BOX  # noqa: PLR2004 - a header


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
