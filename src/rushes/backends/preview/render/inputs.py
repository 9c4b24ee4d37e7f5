"""Pictures, videos and sounds that a scene refers to."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rushes.backends.preview.render.scene import FRAME_RATE
from rushes.contract.errors import MediaError
from rushes.video import pillow
from rushes.video.frames import demuxed, pictures_of
from rushes.video.sheets import Scaler

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from av.container import InputContainer

SAMPLE_RATE = 48_000
"""Samples per second of all sound."""

LARGEST_SIDE = 4096
"""Pixels; a larger picture is made smaller at once. No preview is larger."""

Sound = NDArray[np.float32]
"""Left and right as -1 to 1; shape (2, samples)."""


class UnreadableInput(ValueError):
    """A file that the scene refers to cannot be read.

    Attributes:
        path: the file.
        reason: why, in a few words.
    """

    def __init__(self, path: str, reason: str) -> None:
        """Name the file and say why."""
        super().__init__(f"{path} cannot be read: {reason}")
        self.path = path
        self.reason = reason


def read_image(path: str) -> Image.Image:
    """A picture as it is meant to be seen: turned upright, RGB, on dark where it is clear.

    Raises:
        UnreadableInput: when the file is missing, broken, too large or no picture.
    """
    try:
        found = pillow.thumbnail(Path(path), LARGEST_SIDE)
    except MediaError as error:
        raise UnreadableInput(path, f"it {error.message.removesuffix('.')}") from error
    except (OSError, ValueError) as error:
        raise UnreadableInput(path, getattr(error, "strerror", None) or str(error)) from error
    if found is None:
        raise UnreadableInput(path, "Pillow has no reader for it")
    upright, _ = found
    if upright.has_transparency_data:
        clear = upright.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (24, 26, 30, 255))
        return Image.alpha_composite(ground, clear).convert("RGB")
    return upright.convert("RGB")


def read_sound(path: str, seconds: float) -> Sound:
    """The beginning of a sound, at most `seconds` long.

    Raises:
        UnreadableInput: when the file is missing, broken or has no sound.
    """
    parts: list[Sound] = []
    wanted = round(seconds * SAMPLE_RATE)
    with _opened(path) as container:
        if not container.streams.audio:
            raise UnreadableInput(path, "it has no sound")
        resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE)
        count = 0
        for frame in container.decode(audio=0):
            # A first time stamp above 0 is the codec's business; the sound starts at once.
            frame.pts = None
            for part in resampler.resample(frame):
                parts.append(part.to_ndarray().astype(np.float32))
                count += part.samples
            if count >= wanted:
                break
        else:
            parts.extend(part.to_ndarray().astype(np.float32) for part in resampler.resample(None))
    if not parts:
        raise UnreadableInput(path, "it has no sound")
    return np.concatenate(parts, axis=1)[:, :wanted]


class Footage:
    """A video that is played from its beginning, and again when it has ended.

    Only the frame in view is held.

    Attributes:
        path: the file.
        aspect: width divided by height.
    """

    def __init__(self, path: str) -> None:
        """Open a video.

        Raises:
            UnreadableInput: when the file is missing, broken or has no picture.
        """
        self.path = path
        self._frames = self._play()
        self._started = 0.0
        first = next(self._frames, None)
        if first is None:
            raise UnreadableInput(path, "it has no picture")
        self._current = first
        self._next: av.VideoFrame | None = first
        self._scaler = Scaler()
        self._scaled: av.VideoFrame | None = None
        self._shown: av.VideoFrame | None = None
        self.aspect = first.width / first.height

    def at(self, seconds: float, size: tuple[int, int]) -> av.VideoFrame:
        """The frame to show at a time, as yuv420p; times must not go back.

        Args:
            seconds: since the take began.
            size: width and height, in pixels.
        """
        while self._next is not None and self._time(self._next) <= seconds:
            self._current = self._next
            self._next = self._step(seconds)
        if self._shown is None or self._scaled is not self._current:
            self._shown = self._scaler.video(self._current, size)
            self._scaled = self._current
        return self._shown

    def close(self) -> None:
        """Close the file."""
        self._frames.close()

    def _time(self, frame: av.VideoFrame) -> float:
        return self._started + (frame.time or 0.0)

    def _step(self, seconds: float) -> av.VideoFrame | None:
        """The frame after the current one; after the last, the first again."""
        try:
            frame = next(self._frames, None)
            if frame is None:
                # A frame's time must pass: a video of one frame would start over forever.
                self._started = max(seconds, self._time(self._current) + 1 / FRAME_RATE)
                self._frames = self._play()
                frame = next(self._frames, None)
        except UnreadableInput:
            return None  # Broken further on: the last good frame stays.
        return frame

    def _play(self) -> Generator[av.VideoFrame]:
        with _opened(self.path) as container:
            if not container.streams.video:
                raise UnreadableInput(self.path, "it has no picture")
            start = None
            for frame in container.decode(video=0):
                if frame.pts is not None:
                    start = frame.pts if start is None else start
                    frame.pts -= start
                yield frame


@contextmanager
def _opened(path: str) -> Iterator[InputContainer]:
    """A media file, whose errors are raised as `UnreadableInput`."""
    try:
        with demuxed(Path(path)) as container:
            pictures_of(Path(path), container)
            yield container
    except MediaError as error:
        reason = error.message.removeprefix(f"{path} ").removesuffix(".")
        raise UnreadableInput(path, reason) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, UnreadableInput):
            raise
        raise UnreadableInput(path, f"no media that FFmpeg knows ({error})") from error
