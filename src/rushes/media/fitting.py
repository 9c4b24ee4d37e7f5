"""Copies of images, videos and sounds that a provider takes: smaller, shorter, re-encoded."""

from __future__ import annotations

import io
import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.errors import MediaError
from rushes.media.kind import HEAD_BYTES, sniff

if TYPE_CHECKING:
    import os

    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream
    from PIL.Image import Image

MEGABYTE = 1_000_000

QUALITIES = (90, 80, 70, 55, 40)
"""JPEG qualities that are tried until an image is small enough."""

SHRINK = 0.8
"""Factor of the sides when quality alone does not do."""

SAMPLE_RATE = 44_100

CRF = "20"
"""Of x264: hardly to be told from the source."""


def fit(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None = None,
    *,
    max_side: int | None = None,
    max_megabytes: float | None = None,
    start: float = 0.0,
    seconds: float | None = None,
) -> Path:
    """Make a copy of a file that fits; the file itself stays as it is.

    An image becomes a JPEG (a PNG when it has transparency), a video an MP4 (H.264 and AAC), a
    sound a WAV, all in the usual formats of video models.

    >>> clip = rushes.media.fit("long.mov", start=3.5, seconds=10, max_side=1280)
    >>> gen.submit(..., video_references=[clip])

    Args:
        source: the file.
        target: where the copy goes; beside the source as ``<name>-fit.<ending>`` by default.
        max_side: longer side of an image or video at most, in pixels.
        max_megabytes: size of an image at most, in 10^6 bytes.
        start: where a clip begins, in seconds.
        seconds: length of a clip at most.

    Returns:
        The copy.

    Raises:
        MediaError: when the file cannot be read, or cannot be made small enough.
    """
    path = Path(source).expanduser()
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES))
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror})."
        raise MediaError(msg) from error
    if kind is None:
        msg = f"{path} is no image, video or sound that is known here."
        raise MediaError(msg)
    if kind.medium == "image":
        content, ending = _image(path, max_side, max_megabytes)
        copy = _target(path, target, ending)
        copy.write_bytes(content)
        return copy
    if not math.isfinite(start) or start < 0 or (seconds is not None and not seconds > 0):
        msg = f"start is {start} and seconds is {seconds}; they are lengths of time in seconds."
        raise MediaError(msg)
    copy = _target(path, target, "mp4" if kind.medium == "video" else "wav")
    _clip(path, copy, max_side, start, seconds)
    return copy


def _target(path: Path, target: str | os.PathLike[str] | None, ending: str) -> Path:
    if target is None:
        return path.with_name(f"{path.stem}-fit.{ending}")
    chosen = Path(target).expanduser()
    if chosen.absolute() == path.absolute():
        msg = f"{chosen} is the source itself; give the copy another name."
        raise MediaError(msg)
    return chosen


# --- images -----------------------------------------------------------------------------------


def _image(path: Path, max_side: int | None, max_megabytes: float | None) -> tuple[bytes, str]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - heavy

    try:
        with Image.open(path) as opened:
            image: Image.Image = ImageOps.exif_transpose(opened) or opened
            image.load()
    except (UnidentifiedImageError, OSError) as error:
        msg = f"{path} cannot be read as an image ({error})."
        raise MediaError(msg) from error
    if max_side is not None:
        image.thumbnail((max_side, max_side))
    is_clear = "A" in image.getbands() or "transparency" in image.info
    most = math.inf if max_megabytes is None else max_megabytes * MEGABYTE
    while True:
        for content, ending in _encodings(image, is_clear=is_clear):
            if len(content) <= most:
                return content, ending
        if min(image.size) <= 1:
            msg = f"{path} cannot be made as small as {max_megabytes:g} MB."
            raise MediaError(msg)
        width, height = (max(1, round(side * SHRINK)) for side in image.size)
        image = image.resize((width, height))


def _encodings(image: Image, *, is_clear: bool) -> list[tuple[bytes, str]]:
    """The image as files, best first."""
    if is_clear:
        return [(_saved(image, "PNG"), "png")]
    plain = image.convert("RGB")
    return [(_saved(plain, "JPEG", quality=quality), "jpg") for quality in QUALITIES]


def _saved(image: Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, optimize=True, **options)
    return file.getvalue()


# --- clips ------------------------------------------------------------------------------------


def _clip(
    path: Path, copy: Path, max_side: int | None, start: float, seconds: float | None
) -> None:
    import av  # noqa: PLC0415 - heavy

    end = math.inf if seconds is None else start + seconds
    try:
        with av.open(str(path)) as source, av.open(str(copy), "w") as target:
            written = _transcode(source, target, max_side, start, end)
    except (av.FFmpegError, OSError) as error:
        copy.unlink(missing_ok=True)
        msg = f"{path} cannot be converted ({error})."
        raise MediaError(msg) from error
    if not written:
        copy.unlink(missing_ok=True)
        msg = f"{path} has nothing from {start:g} s on."
        raise MediaError(msg)


def _transcode(
    source: InputContainer,
    target: OutputContainer,
    max_side: int | None,
    start: float,
    end: float,
) -> int:
    """Write the part between two times; the number of frames that were written."""
    pictures = source.streams.video[0] if source.streams.video else None
    sounds = source.streams.audio[0] if source.streams.audio else None
    film = _Film(target, pictures, max_side) if pictures is not None else None
    tone = _Tone(target, end - start, "aac" if film else "pcm_s16le") if sounds else None
    written = 0
    for frame in source.decode(*[stream for stream in (pictures, sounds) if stream is not None]):
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
    """The pictures of a copy.

    Args:
        target: the file.
        like: the stream whose shape and rate it takes over.
        max_side: longer side at most.
    """

    def __init__(self, target: OutputContainer, like: VideoStream, max_side: int | None) -> None:
        self._target = target
        self._rate = Fraction(like.average_rate or 24).limit_denominator(1001)
        self._stream = target.add_stream("libx264", rate=self._rate, options={"crf": CRF})
        self._stream.width, self._stream.height = _size(like.width, like.height, max_side)
        self._stream.pix_fmt = "yuv420p"

    def write(self, frame: Any, at: float) -> None:
        """Add a picture at a time."""
        picture = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        picture.pts, picture.time_base = round(at * self._rate), 1 / self._rate
        self._target.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._target.mux(self._stream.encode(None))


class _Tone:
    """The sound of a copy.

    Args:
        target: the file.
        seconds: its length at most.
        codec: how it is written.
    """

    def __init__(self, target: OutputContainer, seconds: float, codec: str) -> None:
        import av  # noqa: PLC0415 - heavy

        self._target = target
        self._left = seconds * SAMPLE_RATE
        self._samples = 0
        self._stream = target.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
        layout = "fltp" if codec == "aac" else "s16"
        self._resampler = av.AudioResampler(format=layout, layout="stereo", rate=SAMPLE_RATE)

    def write(self, frame: Any, at: float) -> None:  # noqa: ARG002 - sound has no gaps
        """Add a block of sound; one that would make the clip too long is left out."""
        for block in self._resampler.resample(frame):
            if block.samples > self._left:
                continue
            block.pts, block.time_base = self._samples, Fraction(1, SAMPLE_RATE)
            self._samples += block.samples
            self._left -= block.samples
            self._target.mux(self._stream.encode(block))  # type: ignore[union-attr, arg-type]

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._target.mux(self._stream.encode(None))  # type: ignore[union-attr]


def _size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """Even sides of the same shape, none longer than is allowed."""
    share = min(1.0, (max_side or math.inf) / max(width, height))
    return max(2, 2 * math.floor(width * share / 2)), max(2, 2 * math.floor(height * share / 2))
