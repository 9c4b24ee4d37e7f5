"""The kind of a media file by its content, for containers that hold either video or audio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rushes.contract.media_errors import TooLarge
from rushes.io.kind import HEAD_BYTES, Kind, sniff
from rushes.video import container
from rushes.video.frames import LIMITS, pictures_of

if TYPE_CHECKING:
    from typing import BinaryIO

_READERS = {"mp4": "mov", "mov": "mov", "m4a": "mov", "webm": "matroska", "mkv": "matroska"}
"""FFmpeg's demuxer for each container that holds either, by extension."""

_ONLY_SOUND = {"webm": "webm", "mkv": "mka"}
"""The extension of a container without pictures; of the other containers it is that of M4A."""


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of an open file; None if it is unknown.

    A voice recording may start as a video does, and a song may have a cover image: what counts is
    whether there is a video track. A damaged file is of the kind that its start says.

    Args:
        file: is read from its start; its position is lost.

    Raises:
        OSError: if it cannot be read.
    """
    file.seek(0)
    kind = sniff(file.read(HEAD_BYTES))
    if kind is None or kind.extension not in _READERS:
        return kind
    match _has_pictures(file, _READERS[kind.extension]):
        case True if kind.medium == "audio":
            return Kind("video", "mp4")
        case False if kind.medium == "video":
            return Kind("audio", _ONLY_SOUND.get(kind.extension, "m4a"))
    return kind


def _has_pictures(file: BinaryIO, reader: str) -> bool | None:
    """Whether there is a video track; None if there are no tracks, or they cannot be read."""
    import av  # noqa: PLC0415 - heavy, and rarely needed

    try:
        if container.fault_in(file) is not None:
            return None
        file.seek(0)
        with av.open(file, "r", format=reader, options=LIMITS) as film:
            if pictures_of(Path(), film) is not None:
                return True
            return False if film.streams.audio else None
    except TooLarge:
        return True
    except (av.error.FFmpegError, OSError, ValueError):
        return None
