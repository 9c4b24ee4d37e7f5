"""Encodes frames and audio to an MP4."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av

from rushes.contract.errors import MediaError
from rushes.video.encoding import add_pictures, add_sound
from rushes.video.sound import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from av import Packet
    from av.container import OutputContainer

    from rushes.video.sound import Samples

EVEN = {"crf": "18"}  # The copy must not add differences of its own.

UNEVEN = {**EVEN, "bf": "0"}
"""For frames that differ in length. With reordered ones, the length of the last would be lost."""

COPYING = {**UNEVEN, "crf": "20", "preset": "fast"}
"""For copies, which should be small."""


class Film:
    """An MP4 in progress: H.264, with AAC if it has audio.

    Args:
        container: open for writing.
        path: its final path, for errors.
        size: width and height in pixels; even.
        rate: frames per second.
        has_sound: whether it has an audio track.
        tick: unit of its timestamps in seconds.
        options: of the encoder: `EVEN`, or, for frames that differ in length, `UNEVEN` or
            `COPYING`.

    Attributes:
        tick: as given.
    """

    def __init__(
        self,
        container: OutputContainer,
        path: Path,
        size: tuple[int, int],
        rate: Fraction,
        *,
        has_sound: bool,
        tick: Fraction,
        options: Mapping[str, str],
    ) -> None:
        self._container = container
        self._path = path
        self.tick = tick
        self._lengths: dict[int, int] = {}
        self._heard = 0
        self._video = add_pictures(container, *size, rate, options)
        self._video.codec_context.time_base = self.tick
        self._audio = add_sound(container, SAMPLE_RATE, 192_000) if has_sound else None

    def _mux(self, encode: Callable[..., list[Packet[Any]]], frame: object) -> None:
        with _writing(self._path):
            for packet in encode(frame):
                if packet.stream is self._video and packet.pts in self._lengths:
                    packet.duration = self._lengths.pop(packet.pts)
                self._container.mux(packet)

    def picture(self, frame: av.VideoFrame, number: int, length: int | None = None) -> None:
        """Add a frame.

        Args:
            frame: in the format of `rushes.video.colours.VIDEO`.
            number: its timestamp, in ticks.
            length: in ticks; None is until the next one.
        """
        frame.pts, frame.time_base = number, self.tick
        if length is not None:
            self._lengths[number] = length
        self._mux(self._video.encode, frame)

    def sound(self, samples: Samples) -> None:
        """Add audio samples."""
        if self._audio is None or not samples.size:
            return
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.pts, frame.time_base = self._heard, Fraction(1, SAMPLE_RATE)
        self._heard += samples.shape[1]
        self._mux(self._audio.encode, frame)

    def finish(self) -> None:
        """Flush the encoders."""
        self._mux(self._video.encode, None)
        if self._audio is not None:
            self._mux(self._audio.encode, None)


@contextmanager
def film(
    draft: Path,
    path: Path,
    size: tuple[int, int],
    rate: Fraction,
    *,
    has_sound: bool,
    tick: Fraction,
    options: Mapping[str, str],
) -> Iterator[Film]:
    """A video that is complete once the body has ended.

    Its index is at the front, so that it plays while it is loading.

    Args:
        draft: the file to write.
        path: its final path, for errors.
        size: width and height in pixels; even.
        rate: frames per second.
        has_sound: whether it has an audio track.
        tick: unit of its timestamps, as for `Film`.
        options: of the encoder, as for `Film`.

    Raises:
        MediaError: when it cannot be written.
    """
    with _writing(path):
        container = av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"})
    try:
        made = Film(container, path, size, rate, has_sound=has_sound, tick=tick, options=options)
        yield made
        made.finish()
    except BaseException:
        # The first error is more useful than those that follow from it.
        with suppress(av.error.FFmpegError):
            container.close()
        raise
    with _writing(path):
        container.close()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Convert errors of the encoders and the system to one that names the file, not a source."""
    try:
        yield
    except av.error.FFmpegError as error:
        said = error.strerror or type(error).__name__
        msg = f"{path} cannot be written: {said}. Fix that, or give another path."
        raise MediaError(msg, detail=said) from error
