"""Pictures out of a video."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rushes.errors import MediaError
from rushes.media import container
from rushes.media.trouble import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

_FORMATS = {"mp4": "mov", "matroska": "matroska"}
"""FFmpeg's readers. The one to use is named to it, never guessed by it: some of the formats that
it would guess (playlists) open further files and addresses."""

_NOT_ITS_FAULT = frozenset(
    {errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM, errno.EPERM}
)
"""Errors that FFmpeg passes on from the system, and that say nothing of the file."""


def unplayable(path: Path, reason: str) -> MediaError:
    """The error for a file that should be a video and is none."""
    return MediaError(f"{path} is no playable video: {reason}.")


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A video file and its picture stream, for the body of a ``with`` statement.

    Raises:
        MediaError: when the file has none, or when the body runs into broken content.
        Unreadable: when the system does not let it be read.
    """
    import av  # noqa: PLC0415 - heavy; only those who look into a video pay for it

    try:
        with path.open("rb") as file:
            head = file.read(container.HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    kind = container.family(head)
    if kind is None:
        raise unplayable(path, container.description(head))
    try:
        with av.open(str(path.absolute()), format=_FORMATS[kind]) as film:
            streams = [stream for stream in film.streams.video if not _is_cover(stream)]
            if not streams:
                raise unplayable(path, "it has no pictures")
            yield film, streams[0]
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in _NOT_ITS_FAULT:
            raise unreadable(path, error) from error
        raise unplayable(path, error.strerror or type(error).__name__) from error


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is the cover picture of a sound file."""
    # The first releases of PyAV 14 cannot tell.
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and bool(disposition & disposition.attached_pic)


def rotation(frame: VideoFrame) -> int:
    """Degrees to turn a frame counter-clockwise for display: 0, 90, 180 or 270."""
    # PyAV before 14.1 cannot tell.
    return round(getattr(frame, "rotation", 0) / 90) % 4 * 90


def picture(frame: VideoFrame, width: int | None = None) -> Image:
    """A frame as it is displayed.

    Args:
        frame: decoded.
        width: of the picture in pixels; a smaller one is not enlarged.
    """
    turn = rotation(frame)
    image: Image = frame.to_image()  # type: ignore[no-untyped-call]
    if turn:
        image = image.rotate(turn, expand=True)
    if width is not None and image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))))
    return image


def last_frame(path: Path) -> Image:
    """The last frame of a video, as it is displayed; the natural start of its continuation.

    Raises:
        MediaError: when the file is no playable video.
    """
    with opened(path) as (film, stream):
        last: VideoFrame | None = None
        if stream.duration:
            film.seek((stream.start_time or 0) + stream.duration, stream=stream)
        for frame in film.decode(stream):
            last = frame
        if last is None:  # No keyframe was found by seeking; look at all of it.
            film.seek(0)
            for frame in film.decode(stream):
                last = frame
        if last is None:
            raise unplayable(path, "it has no pictures")
        return picture(last)
