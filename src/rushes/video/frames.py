"""Frames of a video as images."""

from __future__ import annotations

import errno
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.contract.media_errors import TooLarge, unreadable
from rushes.io import memory
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.video import container
from rushes.video.colours import RGB, converted, display_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from av import VideoFrame
    from av.container import InputContainer
    from av.error import FFmpegError
    from av.video.stream import VideoStream
    from PIL.Image import Image

    from rushes.video.colours import Display

MOST_SIDE = 8192
"""Most pixels per side of a frame that is decoded; 8K video has 7,680 x 4,320."""

MOST_PIXELS = 36_000_000
"""Most pixels of a frame that is decoded. A file of 60 kB can declare frames of 400 MB each, and a
decoder holds several."""

LIMITS = {"max_pixels": str(MOST_PIXELS)}
"""Options with which FFmpeg opens any file: it decodes a first frame, also of cover images."""

MOST_FRAME = 54_000_000
"""Bytes of a frame that is decoded: `MOST_PIXELS` in 8-bit 4:2:0, as services make them."""

LARGE_FRAME = 16_000_000
"""Bytes from which a decoder's memory is watched: it may hold 28 frames, and a file says how many.
A frame of 4K video in 8-bit 4:2:0 has 12.4 MB."""

MOST_GROWTH = 600_000_000
"""Bytes by which this process may grow while it decodes large frames."""

MOST_THREADS = 4
"""Threads of a decoder: more are rarely faster, and each may need memory for frames."""

_FORMATS = {
    "mp4": "mov",
    "mov": "mov",
    "m4a": "mov",
    "webm": "matroska",
    "mkv": "matroska",
    "mp3": "mp3",
    "aac": "aac",
    "wav": "wav",
    "ogg": "ogg",
    "flac": "flac",
}
"""FFmpeg's demuxer for each kind of file. FFmpeg must not guess it, because some formats
(playlists) open other files and URLs."""

_WALKED = frozenset({"mov", "matroska"})
"""Demuxers whose files `container.fault` can check."""

_NOT_ITS_FAULT = frozenset(
    {errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM, errno.EPERM}
)
"""System errors that FFmpeg passes on, and that do not mean that the file is broken."""


def unplayable(path: Path, reason: str, what: str = "video") -> MediaError:
    """The error for a file that should be a video, or an audio file, and cannot be played."""
    return MediaError(f"{path} is not a playable {what}: {reason}.")


ANY_TITLE = 19
"""The version of PyAV from which on titles may be in any encoding."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file and its video stream, for the body of a ``with`` statement.

    Raises:
        MediaError: if the file has no video stream, or the body reads broken content.
        TooLarge: if its frames exceed the limits for decoding.
        Unreadable: if the system denies reading it.
    """
    try:
        with open_regular(path) as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    kind = container.family(head)
    if kind is None:
        raise unplayable(path, container.description(head))
    with reading(path), demuxed(path, "webm" if kind == "matroska" else kind) as film:
        stream = pictures_of(path, film)
        if stream is None:
            raise unplayable(path, "it has no video track")
        yield film, stream


@contextmanager
def reading(path: Path, what: str = "video") -> Iterator[None]:
    """Convert errors of FFmpeg to those of this package, for the body of a ``with`` statement.

    Args:
        path: the file that the body reads.
        what: it should be.

    Raises:
        MediaError: if the body reads broken content.
        Unreadable: if the system denies reading it.
    """
    import av  # noqa: PLC0415 - heavy, and only needed to read a video

    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno in _NOT_ITS_FAULT:
            raise unreadable(path, error) from error
        raise unplayable(path, in_words(error), what) from error


def in_words(error: FFmpegError) -> str:
    """What FFmpeg says is wrong with a file, as the end of a sentence."""
    import av  # noqa: PLC0415 - loaded already

    if isinstance(error, av.error.InvalidDataError):
        return "it is damaged"
    return error.strerror or type(error).__name__


@contextmanager
def demuxed(path: Path, extension: str | None = None) -> Iterator[InputContainer]:
    """Open a video or audio file with limits that make decoding safe.

    Args:
        path: the file.
        extension: of its kind, from `rushes.io.kind.sniff`; None detects it.

    Raises:
        MediaError: if it is neither, or damaged.
        Unreadable: if the system denies reading it.
        av.FFmpegError: if FFmpeg cannot read it.
    """
    import av  # noqa: PLC0415 - heavy

    try:
        if extension is None:
            with open_regular(path) as file:
                kind = sniff(file.read(HEAD_BYTES))
            extension = kind.extension if kind else ""
        form = _FORMATS.get(extension)
        fault = container.fault(path) if form in _WALKED else None
        cut = container.wav_fault(path) if form == "wav" else None
    except OSError as error:
        raise unreadable(path, error) from error
    if form is None:
        msg = f"{path} is not a video or audio file of a supported format."
        raise MediaError(msg)
    if fault is not None:
        raise unplayable(path, fault)
    if cut is not None:
        raise unplayable(path, cut, "audio file")
    # An absolute path cannot be mistaken for a URL, whatever its name.
    is_strict = int(av.__version__.split(".")[0]) < ANY_TITLE
    titles: Any = {"metadata_errors": "replace"} if is_strict else {}
    with av.open(str(path.absolute()), format=form, options=LIMITS, **titles) as film:
        for stream in film.streams.video:
            if not _is_known(stream):
                continue
            # A video may change its size midway, or differ from the size that it declares.
            stream.codec_context.options = LIMITS
            # Frame threads would need memory for a frame each.
            stream.codec_context.thread_type = "SLICE"
            stream.codec_context.thread_count = MOST_THREADS
        yield film


def pictures_of(path: Path, film: InputContainer) -> VideoStream | None:
    """The video stream of a file, not its cover image; None if it has none.

    Raises:
        TooLarge: if its frames exceed the limits for decoding.
    """
    stream = next((stream for stream in film.streams.video if not _is_cover(stream)), None)
    if stream is None:
        return None
    if not _is_known(stream):
        raise unplayable(path, "its codec is unknown")
    width, height = stream.codec_context.width, stream.codec_context.height
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        msg = (
            f"{path} has frames of {width} x {height} pixels. The limit is {MOST_SIDE} a side and "
            f"{MOST_PIXELS // 1_000_000} megapixels, because larger frames can exhaust the memory; "
            f"scale it down with another program."
        )
        raise TooLarge(msg)
    _frame_bytes_allowed(path, stream)
    return stream


def _frame_bytes_allowed(path: Path, stream: VideoStream) -> int:
    """Bytes of a decoded frame of a video as it is now: its format may change midway.

    Raises:
        TooLarge: if they exceed the limit for decoding.
    """
    if (size := frame_bytes(stream)) <= MOST_FRAME:
        return size
    context = stream.codec_context
    msg = (
        f"{path} has frames of {context.width} x {context.height} pixels in {context.pix_fmt}, "
        f"{size // 1_000_000} MB each. The limit is {MOST_FRAME // 1_000_000} MB, because "
        f"larger frames can exhaust the memory; scale it down with another program."
    )
    raise TooLarge(msg)


def frame_bytes(stream: VideoStream) -> int:
    """Bytes of a decoded frame of a video."""
    context = stream.codec_context
    if context.format is None:
        return context.width * context.height * 3 // 2
    return sum(part.width * part.height * -(-part.bits // 8) for part in context.format.components)


def decoded(path: Path, film: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decode a video from where its file stands.

    Raises:
        TooLarge: if large frames take more memory than `MOST_GROWTH`.
    """
    with watched(path, stream) as check:
        for packet in film.demux(stream):
            frames = packet.decode()
            check()
            yield from frames


@contextmanager
def watched(path: Path, stream: VideoStream) -> Iterator[Callable[[], None]]:
    """A function to be called while a video is decoded, which raises `TooLarge` in time."""
    growing = ExitStack()
    is_large = False

    def take_note() -> None:
        nonlocal is_large
        size = _frame_bytes_allowed(path, stream)
        if size >= LARGE_FRAME and not is_large:
            growing.enter_context(_growth)
            is_large = True

    def check() -> None:
        take_note()
        if is_large and _growth.bytes > MOST_GROWTH:
            msg = (
                f"{path} takes more than {MOST_GROWTH // 1_000_000} MB of memory to decode; scale "
                f"it down with another program."
            )
            raise TooLarge(msg)

    with growing:
        take_note()
        yield check


class _Growth:
    """How much this process has grown since the first of its decoders of large frames started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoders = 0
        self._before = 0

    @property
    def bytes(self) -> int:
        return memory.in_use() - self._before

    def __enter__(self) -> None:
        with self._lock:
            if not self._decoders:
                self._before = memory.in_use()
            self._decoders += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._decoders -= 1


_growth = _Growth()


def _is_known(stream: VideoStream) -> bool:
    """Whether there is a decoder for a stream."""
    return stream.codec_context is not None


def _is_cover(stream: VideoStream) -> bool:
    """Whether a stream is the cover image of an audio file."""
    # The first releases of PyAV 14 do not have it.
    disposition = getattr(stream, "disposition", None)
    return disposition is not None and bool(disposition & disposition.attached_pic)


def picture(frame: VideoFrame, display: Display, width: int | None = None) -> Image:
    """Convert a frame to an RGB image, as it is displayed.

    Args:
        frame: a decoded frame.
        display: of its stream.
        width: of the image in pixels; a smaller frame is not enlarged.
    """
    size = display.size(frame)
    if width is not None and size[0] > width:
        size = width, max(1, round(size[1] * width / size[0]))
    return scaled(frame, display, size)


def scaled(frame: VideoFrame, display: Display, size: tuple[int, int]) -> Image:
    """Convert a frame to an RGB image of exactly this size, as it is displayed."""
    import numpy as np  # noqa: PLC0415 - only needed with a decoder
    from av.video.reformatter import VideoReformatter  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    # In one step: the full-size frame in RGB would need more memory than the decoder.
    turns, done = converted(VideoReformatter(), frame, display, size, RGB)
    return Image.fromarray(np.rot90(done.to_ndarray(), turns))


def last_frame(path: Path) -> Image:
    """The last frame of a video, as it is displayed, e.g. to continue from it.

    Raises:
        MediaError: if the file is not a playable video.
    """
    with opened(path) as (film, stream):
        last: VideoFrame | None = None
        if stream.duration:
            film.seek((stream.start_time or 0) + stream.duration, stream=stream)
        for frame in decoded(path, film, stream):
            last = frame
        if last is None:  # Seeking found no key frame; decode all of it.
            film.seek(0)
            for frame in decoded(path, film, stream):
                last = frame
        if last is None:
            raise unplayable(path, "it has no video track")
        return picture(last, display_of(stream))
