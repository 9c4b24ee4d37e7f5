"""How like a take is to another one, or to the image that it was made from."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from rushes.contract.errors import MediaError
from rushes.contract.media_errors import unreadable
from rushes.video.filters import FilterGraph, mean, moment, source
from rushes.video.frames import scaled
from rushes.video.pictures import small
from rushes.video.pillow import BrokenPicture, plain, srgb, upright

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from av import VideoFrame
    from PIL.Image import Image

    from rushes.video.colours import Display
    from rushes.video.measures import Measured
    from rushes.video.pictures import Pictures

SAME = 100.0
"""dB that stand for frames without any difference."""


BEFORE = 2
"""Times that the first frames are compared before they count. XPSNR weighs errors by how much a
picture differs from up to two before it, and where there are none the filter takes black ones."""


class Other:
    """Another take, of which each frame is compared with the one at its time.

    Args:
        pictures: of the other.
        fps: frames per second of the take.

    """

    def __init__(self, pictures: Pictures, fps: Fraction) -> None:
        self._numbers: list[float] = []
        self._pictures = pictures
        self._frames = iter(pictures)
        self._shown = next(self._frames)
        self._next = next(self._frames, None)
        self._fps = fps
        self._graph: FilterGraph | None = None

    @property
    def numbers(self) -> list[float]:
        """XPSNR in dB by frame, up to the end of the other."""
        return self._numbers[BEFORE:]

    def add(self, frame: VideoFrame) -> None:
        """Compare the next frame of the take."""
        now = moment(frame)
        # Time stamps may be rounded, to milliseconds in WebM.
        latest = now + Fraction(1, 1000)
        while self._next is not None and moment(self._next) <= latest:
            self._shown, self._next = self._next, next(self._frames, None)
        if self._next is None and now >= self._pictures.seconds:
            return
        if self._graph is None:
            self._graph = FilterGraph([("xpsnr", "")], [source(frame, self._fps)] * 2)
            for step in range(BEFORE, 0, -1):
                self._compare(self._graph, frame, step)
        self._compare(self._graph, frame)

    def _compare(self, graph: FilterGraph, frame: VideoFrame, before: int = 0) -> None:
        """Compare a frame with the one that is shown, as if it came some ticks earlier."""
        stamps = [(each, each.pts, each.time_base) for each in (frame, self._shown)]
        pts, base = (frame.pts or 0) - before, frame.time_base
        for each, _, _ in stamps:
            each.pts, each.time_base = pts, base
        self._note(graph.passed(frame, self._shown))
        for each, stamp, own in stamps:
            each.pts, each.time_base = stamp, own

    def end(self) -> None:
        """Take in what the filter still holds."""
        if self._graph is not None:
            self._note(self._graph.rest())

    def _note(self, frames: Iterable[Any]) -> None:
        for frame in frames:
            value = float(frame.metadata["lavfi.xpsnr.xpsnr.y"])
            self._numbers.append(min(SAME, value))


def with_other(found: Measured, other: Other) -> Measured:
    """The same with the likeness to the other."""
    other.end()
    missing = len(found.pictures.times) - len(other.numbers)
    numbers = (*(round(number, 4) for number in other.numbers), *[None] * missing)
    series = {**found.pictures.series, "xpsnr": numbers}
    return found.model_copy(
        update={
            "values": found.values | mean("xpsnr", other.numbers),
            "pictures": found.pictures.model_copy(update={"series": series}),
        }
    )


def likeness(first: VideoFrame, display: Display, image: Path) -> float:
    """SSIM of the brightness of a frame and of the middle of an image.

    Raises:
        MediaError: if the image cannot be decoded.
    """
    width, height = small(*display.size(first))
    try:
        still = upright(image)
    except BrokenPicture as error:
        msg = f"{image} {error.message}"
        raise MediaError(msg) from error
    except OSError as error:
        raise unreadable(image, error) from error
    if still is None:
        msg = f"{image} is in a format that cannot be decoded here; give a PNG or JPEG."
        raise MediaError(msg)
    shown = scaled(first, display, (width, height))
    frames = []
    for one in (shown, _middle(plain(srgb(still)), width, height)):
        frame = av.VideoFrame.from_ndarray(np.asarray(one.convert("RGB")), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1)
        frames.append(frame)
    graph = FilterGraph([("ssim", "")], [source(frame) for frame in frames])
    found = [*graph.passed(*frames), *graph.rest()]
    return float(found[0].metadata["lavfi.ssim.Y"])


def _middle(image: Image, width: int, height: int) -> Image:
    """The largest part of an image with this shape, at this size."""
    factor = min(image.width / width, image.height / height)
    wide, high = width * factor, height * factor
    left, top = (image.width - wide) / 2, (image.height - high) / 2
    return image.resize((width, height), box=(left, top, left + wide, top + high))
