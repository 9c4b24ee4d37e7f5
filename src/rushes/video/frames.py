"""Pictures out of a video."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError
from rushes.contract.media_errors import TooLarge, unreadable
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import VideoFrame
    from av.container import InputContainer
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream
    from PIL.Image import Image

MOST_SIDE = 8192
"""Pixels of a side of a frame that is decoded: an 8K film has 7,680 x 4,320."""

MOST_PIXELS = 36_000_000
"""Pixels of a frame that is decoded. A file of 60 kB can claim frames of which one takes 400 MB,
and a decoder holds several."""

MOST_THREADS = 4
"""Threads of a decoder: more make few films faster, and each may take memory for frames."""

_FORMATS = {
    "mp4": "mov",
    "mov": "mov",
    "m4a": "mov",
    "webm": "matroska",
    "mp3": "mp3",
    "aac": "aac",
    "wav": "wav",
    "ogg": "ogg",
    "flac": "flac",
}
"""FFmpeg's reader for a kind of file. The one to use is named to it, never guessed by it: some of
the formats that it would guess (playlists) open further files and addresses."""

_WALKED = frozenset({"mov", "matroska"})
"""Readers whose files `container.fault` knows."""

_NOT_ITS_FAULT = frozenset(
    {errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM, errno.EPERM}
)
"""Errors that FFmpeg passes on from the system, and that say nothing of the file."""

BT709 = 1
"""FFmpeg's number of the matrix of BT.709."""

BT601 = 6
"""FFmpeg's number of the matrix of BT.601."""

UNSPECIFIED = 2
"""FFmpeg's number for a film that does not say."""

FULL = 2
"""FFmpeg's number of the full range: black is 0, white 255."""

HIGH = 720
"""Rows from which players take a film that does not say so for BT.709, and below for BT.601."""


def unplayable(path: Path, reason: str) -> MediaError:
    """The error for a file that should be a video and is none."""
    return MediaError(f"{path} is no playable video: {reason}.")


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A video file and its picture stream, for the body of a ``with`` statement.

    Raises:
        MediaError: when the file has none, or when the body runs into broken content.
        TooLarge: when its frames are larger than is decoded here.
        Unreadable: when the system does not let it be read.
    """
    import av  # noqa: PLC0415 - heavy; only those who look into a video pay for it

    try:
        with open_regular(path) as file:
            head = file.read(container.HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    kind = container.family(head)
    if kind is None:
        raise unplayable(path, container.description(head))
    try:
        with demuxed(path, "webm" if kind == "matroska" else kind) as film:
            stream = pictures_of(path, film)
            if stream is None:
                raise unplayable(path, "it has no pictures")
            yield film, stream
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in _NOT_ITS_FAULT:
            raise unreadable(path, error) from error
        raise unplayable(path, error.strerror or type(error).__name__) from error


@contextmanager
def demuxed(path: Path, extension: str | None = None) -> Iterator[InputContainer]:
    """A video or sound whose streams can be decoded without harm.

    Args:
        path: the file.
        extension: of its kind, as `rushes.io.kind.sniff` tells it; None looks.

    Raises:
        MediaError: when it is neither, or damaged.
        Unreadable: when the system does not let it be read.
        av.FFmpegError: when FFmpeg cannot read it.
    """
    import av  # noqa: PLC0415 - heavy

    try:
        if extension is None:
            with open_regular(path) as file:
                kind = sniff(file.read(HEAD_BYTES))
            extension = kind.extension if kind else ""
        form = _FORMATS.get(extension)
        fault = container.fault(path) if form in _WALKED else None
    except OSError as error:
        raise unreadable(path, error) from error
    if form is None:
        msg = f"{path} is no video or sound that is known here."
        raise MediaError(msg)
    if fault is not None:
        raise unplayable(path, fault)
    # FFmpeg decodes a first frame when it opens a file, of covers as well.
    limits = {"max_pixels": str(MOST_PIXELS)}
    # An absolute path does not begin like an address, whatever it is called.
    with av.open(str(path.absolute()), format=form, options=limits) as film:
        for stream in film.streams.video:
            # A film may change its size in the middle, and need not have the one it announces.
            stream.codec_context.options = limits
            # Whole frames in flight would take memory for each thread.
            stream.codec_context.thread_type = "SLICE"
            stream.codec_context.thread_count = MOST_THREADS
        yield film


def pictures_of(path: Path, film: InputContainer) -> VideoStream | None:
    """The stream of a file's moving pictures, not of its cover; None when it has none.

    Raises:
        TooLarge: when its frames are larger than is decoded here.
    """
    stream = next((stream for stream in film.streams.video if not _is_cover(stream)), None)
    if stream is None:
        return None
    width, height = stream.codec_context.width, stream.codec_context.height
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        msg = (
            f"{path} has frames of {width} x {height} pixels. At most {MOST_SIDE} a side and "
            f"{MOST_PIXELS // 1_000_000} megapixels are decoded here, as larger ones can use up "
            f"the memory; make it smaller with another program."
        )
        raise TooLarge(msg)
    return stream


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is the cover picture of a sound file."""
    # The first releases of PyAV 14 cannot tell.
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and bool(disposition & disposition.attached_pic)


def rotation(frame: VideoFrame) -> int:
    """Degrees to turn a frame counter-clockwise for display: 0, 90, 180 or 270."""
    # PyAV before 14.1 cannot tell.
    return round(getattr(frame, "rotation", 0) / 90) % 4 * 90


def shown_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height of a frame as it is displayed."""
    turned = rotation(frame) in (90, 270)
    return (frame.height, frame.width) if turned else (frame.width, frame.height)


def picture(frame: VideoFrame, width: int | None = None) -> Image:
    """A frame as it is displayed, in the colours of a screen.

    Args:
        frame: decoded.
        width: of the picture in pixels; a smaller one is not enlarged.
    """
    size = shown_size(frame)
    if width is not None and size[0] > width:
        size = width, max(1, round(size[1] * width / size[0]))
    return scaled(frame, size)


def scaled(frame: VideoFrame, size: tuple[int, int]) -> Image:
    """A frame as it is displayed, in exactly so many pixels."""
    import numpy as np  # noqa: PLC0415 - with a decoder at work
    from av.video.reformatter import VideoReformatter  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    # In one step: the whole frame in RGB would take more memory than the decoder.
    turns, done = converted(VideoReformatter(), frame, size, "rgb24", FULL)
    return Image.fromarray(np.rot90(done.to_ndarray(), turns))


def converted(
    reformatter: VideoReformatter,
    frame: VideoFrame,
    size: tuple[int, int],
    form: str,
    color_range: int,
) -> tuple[int, VideoFrame]:
    """A frame in another format, in BT.709, and the quarter turns that are left to do.

    Args:
        reformatter: kept from frame to frame, as setting it up costs more than using it.
        frame: decoded.
        size: in pixels, as displayed.
        form: FFmpeg's name of the format.
        color_range: FFmpeg's number of the range.
    """
    from av.video.reformatter import Interpolation  # noqa: PLC0415 - with a decoder at work

    turns = rotation(frame) // 90
    width, height = reversed(size) if turns % 2 else size
    source = None
    if frame.colorspace == UNSPECIFIED and not frame.format.is_rgb:
        source = BT709 if max(frame.height, frame.width * 9 // 16) >= HIGH else BT601
    done = reformatter.reformat(
        frame,
        width,
        height,
        form,
        src_colorspace=source,
        dst_colorspace=BT709,
        dst_color_range=color_range,
        interpolation=Interpolation.BICUBIC,
        threads=1,
    )
    return turns, done


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
