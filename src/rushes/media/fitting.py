"""Makes copies of images, videos and audio files that fit: smaller, shorter, re-encoded."""

from __future__ import annotations

import filecmp
import io
import itertools
import math
import numbers
import operator
import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.io.atomic import publish, publish_new
from rushes.io.kind import HEAD_BYTES, sniff
from rushes.io.regular import open_regular
from rushes.media.output import drafting, expanded, is_same, target as target_of, writing
from rushes.video import pillow
from rushes.video.frames import demuxed, pictures_of, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

    from rushes.io.kind import Kind

MEGABYTE = 1_000_000

QUALITIES = (90, 80, 70, 55, 40)
"""JPEG qualities to try until an image is small enough."""

SHRINK = 0.8
"""Scale factor if a lower quality is not enough."""

SAMPLE_RATE = 44_100

CRF = "20"
"""x264 quality that is visually almost identical to the source."""

NAMES = {
    "jpg": (".jpg", ".jpeg"),
    "png": (".png",),
    "mp4": (".mp4", ".m4v"),
    "wav": (".wav", ".wave"),
}
"""Allowed extensions of a copy, by format; the first is the default."""

LONGEST_STEM = 230
"""Bytes of a source's name that the name of its copy keeps; systems allow 255 in total."""


def fit(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    *,
    max_side: int | None = None,
    max_megabytes: float | None = None,
    start: float = 0.0,
    seconds: float | None = None,
) -> Path:
    """Make a copy of a file that fits; the original file is not changed.

    An image becomes a JPEG (a PNG if it has transparency), a video an MP4 (H.264 and AAC), an
    audio file a WAV, all in formats that video models usually accept. An existing file is replaced
    only once the copy is complete.

    >>> clip = rushes.media.fit("clip.mp4", start=3.5, seconds=10, max_side=1280)
    >>> job = gen.submit(
    ...     provider="seedance-2.0-fast",
    ...     mode="reference-to-video",
    ...     prompt="The same street, in winter",
    ...     video_references=[clip],
    ... )

    Args:
        source: the file.
        target: the path of the copy; an existing file is replaced. By default the copy is created
            next to the source as ``<name>-fit.<extension>``, or with a number if another file has
            that name.
        max_side: maximum length of the longer side of an image or video, in pixels.
        max_megabytes: maximum size of an image, in 10^6 bytes; not for videos and audio files.
        start: where a clip starts, in seconds.
        seconds: maximum length of a clip.

    Returns:
        The path of the copy.

    Raises:
        MediaError: if the file cannot be read or made small enough, an argument is invalid, or the
            copy cannot be written.
        InvalidParams: if the target is not the path of a file.
    """
    side = _check_arguments(max_side, max_megabytes, start, seconds)
    path, kind = _source(source)
    goal = None if target is None else _target(path, target)
    if kind.medium == "image":
        return _image(path, goal, side, max_megabytes)
    if max_megabytes is not None:
        msg = (
            f"{path} is not an image, and max_megabytes is for images. Use seconds=... to make a "
            f"clip shorter, or max_side=... to make a video smaller."
        )
        raise MediaError(msg)
    return _clip(path, goal, side, start, seconds)


def _check_arguments(max_side: Any, max_megabytes: Any, start: Any, seconds: Any) -> int | None:
    """Reject invalid arguments; return the maximum side as an int."""
    side = None
    try:
        side = None if max_side is None else operator.index(max_side)
    except TypeError:
        side = 0
    if side is not None and (side < 1 or isinstance(max_side, bool)):
        msg = f"max_side is {max_side!r}; give a whole number of pixels, 1 or more."
        raise MediaError(msg)
    if max_megabytes is not None and not (_is_finite(max_megabytes) and max_megabytes > 0):
        msg = f"max_megabytes is {max_megabytes!r}; give a number greater than 0, e.g. 9.5."
        raise MediaError(msg)
    is_length = seconds is None or (_is_finite(seconds) and seconds > 0)
    if not _is_finite(start) or start < 0 or not is_length:
        msg = f"start={start!r}, seconds={seconds!r}: give seconds, e.g. start=0, seconds=10."
        raise MediaError(msg)
    return side


def _is_finite(value: Any) -> bool:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _source(source: str | os.PathLike[str]) -> tuple[Path, Kind]:
    """The file to copy, and its kind."""
    try:
        path = expanded(source)
        with open_regular(path) as file:
            kind = sniff(file.read(HEAD_BYTES))
    except OSError as error:
        msg = f"{os.fsdecode(source)} cannot be read ({error.strerror})."
        raise MediaError(msg) from error
    except (TypeError, ValueError) as error:
        msg = f"{source!r} is not the path of a file ({error})."
        raise MediaError(msg) from error
    if kind is None:
        msg = f"{path} is not an image, video or audio file of a supported format."
        raise MediaError(msg)
    return path, kind


# --- where the copy goes ----------------------------------------------------------------------


def _target(path: Path, target: str | os.PathLike[str]) -> Path:
    goal = target_of(target)
    if is_same(goal, path):
        msg = f"{goal} is the source itself; give the copy another name."
        raise MediaError(msg)
    return goal


def _written(path: Path, goal: Path | None, ending: str, write: Callable[[Path], None]) -> Path:
    """Write a copy to a draft and rename it.

    Args:
        path: the source.
        goal: the requested path, if any.
        ending: the format of the copy.
        write: writes it to a path.
    """
    if goal is not None and goal.suffix.lower() not in NAMES[ending]:
        is_one = "a JPEG" if ending == "jpg" else f"a {ending.upper()}"
        if ending == "mp4":
            is_one = "an MP4"
        msg = (
            f"{goal.name}: the copy of {path.name} is {is_one}; use a name that ends in .{ending}."
        )
        raise MediaError(msg)
    shown = goal or path.with_name(_name(path, ending))
    with drafting(shown) as draft:
        write(draft)
        with writing(shown):
            if goal is None:
                return _publish_beside(draft, path, ending)
            if is_same(goal, path):
                # It has become a link to the source in the meantime.
                msg = f"{goal} is the source itself; give the copy another name."
                raise MediaError(msg)
            publish(draft, goal)
    return shown


def _publish_beside(draft: Path, path: Path, ending: str) -> Path:
    """Rename a copy to the first name next to its source that is free or has the same content."""
    for number in itertools.count(1):
        copy = path.with_name(_name(path, ending, number))
        try:
            publish_new(draft, copy)
        except FileExistsError:
            # Running a cell again does not create a second copy.
            if not copy.is_file() or not filecmp.cmp(copy, draft, shallow=False):
                continue
        return copy
    raise AssertionError


def _name(path: Path, ending: str, number: int = 1) -> str:
    stem = path.stem
    while len(os.fsencode(stem)) > LONGEST_STEM:
        stem = stem[:-1]
    return f"{stem}-fit{f'-{number}' if number > 1 else ''}.{ending}"


# --- images -----------------------------------------------------------------------------------


def _image(path: Path, goal: Path | None, max_side: int | None, megabytes: float | None) -> Path:
    try:
        image = pillow.upright(path)
        with pillow.reading():
            image = None if image is None else _full(pillow.plain(image))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})."
        raise MediaError(msg) from error
    except pillow.BrokenPicture as error:
        msg = f"{path} {error.message}"
        raise MediaError(msg) from error
    if image is None:
        msg = f"{path} is an image in a format that cannot be read here; save it as PNG or JPEG."
        raise MediaError(msg)
    if max_side is not None:
        image.thumbnail((max_side, max_side))
    picture, ending = image, "png" if "A" in image.getbands() else "jpg"

    def write(draft: Path) -> None:
        content = _small_enough(path, picture, ending, megabytes)
        with writing(draft):
            draft.write_bytes(content)

    return _written(path, goal, ending, write)


def _full(image: Image) -> Image:
    """Convert an image so that it can be scaled, which a palette cannot."""
    if "A" in image.getbands() or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB")


def _small_enough(path: Path, image: Image, ending: str, megabytes: float | None) -> bytes:
    most = math.inf if megabytes is None else megabytes * MEGABYTE
    while True:
        for content in _encodings(image, ending):
            if len(content) <= most:
                return content
        if max(image.size) <= 1:
            msg = f"{path} cannot be made smaller than {megabytes:g} MB; raise max_megabytes."
            raise MediaError(msg)
        # Rounded down, so that the loop ends.
        width, height = (max(1, int(side * SHRINK)) for side in image.size)
        image = image.resize((width, height))


def _encodings(image: Image, ending: str) -> Iterator[bytes]:
    """Encodings of the image, best first."""
    if ending == "png":
        yield _saved(image, "PNG")
        return
    for quality in QUALITIES:
        yield _saved(image, "JPEG", quality=quality)


def _saved(image: Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, optimize=True, **options)
    return file.getvalue()


# --- clips ------------------------------------------------------------------------------------


def _clip(
    path: Path, goal: Path | None, max_side: int | None, start: float, seconds: float | None
) -> Path:
    import av  # noqa: PLC0415 - heavy

    span = start, math.inf if seconds is None else start + seconds
    try:
        with demuxed(path) as source:
            pictures = pictures_of(path, source)
            sounds = source.streams.audio[0] if source.streams.audio else None
            if pictures is None and sounds is None:
                msg = f"{path} has neither video nor audio."
                raise MediaError(msg)
            # A recording may be in a video container, and a song may have a cover image.
            ending = "wav" if pictures is None else "mp4"

            def write(draft: Path) -> None:
                with av.open(str(draft), "w", format=ending) as container:
                    parts = (pictures, sounds)
                    written = _transcode(source, container, parts, max_side, span)
                if not written:
                    msg = f"{path} ends before start={start:g}; give a smaller start."
                    raise MediaError(msg)

            return _written(path, goal, ending, write)
    except (av.FFmpegError, OSError, ValueError, ArithmeticError) as error:
        msg = f"{path} cannot be converted ({error})."
        raise MediaError(msg) from error


def _transcode(
    source: InputContainer,
    target: OutputContainer,
    parts: tuple[VideoStream | None, AudioStream | None],
    max_side: int | None,
    span: tuple[float, float],
) -> int:
    """Write the part between two times; return the number of frames written."""
    pictures, sounds = parts
    start, end = span
    film = _Film(target, pictures, max_side) if pictures is not None else None
    codec = "aac" if film else "pcm_s16le"
    tone = _Tone(target, end - start, codec) if sounds is not None else None
    written = 0
    with ExitStack() as stack:
        check: Callable[[], None] | None = None
        if pictures is not None:
            check = stack.enter_context(watched(Path(source.name), pictures))
        for frame in source.decode(*[stream for stream in parts if stream is not None]):
            if check is not None:
                check()
            at = getattr(frame, "time", None) or 0.0
            part = film if hasattr(frame, "reformat") else tone
            if start <= at < end and part is not None:
                part.write(frame, at - start)
                written += 1
    for part in (film, tone):
        if part is not None:
            part.close()
    return written


class _Film:
    """The video track of a copy.

    Args:
        target: the file.
        like: the stream whose size and rate are used.
        max_side: maximum length of the longer side.
    """

    def __init__(self, target: OutputContainer, like: VideoStream, max_side: int | None) -> None:
        self._target = target
        self._rate = Fraction(like.average_rate or 24).limit_denominator(1001)
        self._stream = target.add_stream("libx264", rate=self._rate, options={"crf": CRF})
        self._stream.width, self._stream.height = _size(like.width, like.height, max_side)
        self._stream.pix_fmt = "yuv420p"
        self._last = -1

    def write(self, frame: Any, at: float) -> None:
        """Add a frame at a time, unless that exceeds the frame rate."""
        number = round(at * self._rate)
        if number <= self._last:
            return
        self._last = number
        picture = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        picture.pts, picture.time_base = number, 1 / self._rate
        self._target.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Flush the encoder."""
        self._target.mux(self._stream.encode(None))


class _Tone:
    """The audio track of a copy.

    Args:
        target: the file.
        seconds: its maximum length.
        codec: its encoder.
    """

    def __init__(self, target: OutputContainer, seconds: float, codec: str) -> None:
        import av  # noqa: PLC0415 - heavy

        self._target = target
        self._left = seconds * SAMPLE_RATE
        self._samples = 0
        self._stream = target.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
        layout = "fltp" if codec == "aac" else "s16"
        self._resampler = av.AudioResampler(format=layout, layout="stereo", rate=SAMPLE_RATE)

    def write(self, frame: Any, at: float) -> None:  # noqa: ARG002 - audio has no gaps
        """Add a block of audio, cut to the maximum length."""
        for block in self._resampler.resample(frame):
            self._put(block)

    def _put(self, block: AudioFrame) -> None:
        if block.samples > self._left:
            block = _cut(block, int(self._left))
        if not block.samples:
            return
        block.pts, block.time_base = self._samples, Fraction(1, SAMPLE_RATE)
        self._samples += block.samples
        self._left -= block.samples
        self._target.mux(self._stream.encode(block))  # type: ignore[union-attr, arg-type]

    def close(self) -> None:
        """Flush the resampler and the encoder."""
        if self._samples:
            for block in self._resampler.resample(None):
                self._put(block)
        self._target.mux(self._stream.encode(None))  # type: ignore[union-attr]


def _cut(block: AudioFrame, samples: int) -> AudioFrame:
    """The first samples of a block of stereo audio."""
    from av import AudioFrame as Block  # noqa: PLC0415 - heavy

    data = block.to_ndarray()
    # Interleaved channels are in one row.
    data = data[:, : samples * (2 if len(data) == 1 else 1)].copy()
    if not data.size:
        return Block(block.format.name, "stereo", 0)
    made = Block.from_ndarray(data, format=block.format.name, layout="stereo")
    made.sample_rate = SAMPLE_RATE
    return made


def _size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """An even width and height with the same aspect ratio, within the maximum."""
    share = min(1.0, (max_side or math.inf) / max(width, height))
    return max(2, 2 * math.floor(width * share / 2)), max(2, 2 * math.floor(height * share / 2))
