"""Frames and sound into an MP4 file."""

from __future__ import annotations

from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING

import av
import numpy as np

from rushes.backends.preview.render.inputs import SAMPLE_RATE
from rushes.video.encoding import add_pictures, add_sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from rushes.backends.preview.render.film import Film
    from rushes.backends.preview.render.inputs import Sound
    from rushes.backends.preview.render.scene import Scene

OPTIONS = {"crf": "22", "aq-mode": "3"}  # More bits for dark gradients, which show bands first.

REPORT_SECONDS = 0.2
"""Time between two reports of progress."""


def write_movie(
    scene: Scene,
    film: Film,
    sound: Sound | None,
    target: Path,
    on_progress: Callable[[float], None],
) -> None:
    """Write H.264 and, where there is a sound, AAC.

    Args:
        scene: the take.
        film: its frames.
        sound: its sound, or None for a silent file.
        target: the file; its name may end in anything.
        on_progress: called with the share that is done, 0 to 1, a few times a second.
    """
    rate = scene.frame_rate
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = add_pictures(container, scene.width, scene.height, Fraction(rate), OPTIONS)
        # The number of threads is fixed, lest the output depend on the machine.
        video.codec_context.thread_count = 3
        audio = None if sound is None else add_sound(container, SAMPLE_RATE, 128_000)
        on_progress(0.0)
        reported = monotonic()
        for number in range(scene.frames):
            frame = film.frame(number)
            frame.pts = number
            frame.time_base = Fraction(1, rate)
            container.mux(video.encode(frame))
            # Sound goes in second by second, right behind its pictures, so that nothing piles up.
            if audio is not None and sound is not None and (number + 1) % rate == 0:
                end = (number + 1) // rate * SAMPLE_RATE
                _encode_sound(container, audio, sound, end - SAMPLE_RATE, end)
            if monotonic() - reported >= REPORT_SECONDS:
                on_progress((number + 1) / scene.frames)
                reported = monotonic()
        container.mux(video.encode(None))
        if audio is not None:
            container.mux(audio.encode(None))
    on_progress(1.0)


def _encode_sound(
    container: OutputContainer, stream: AudioStream, sound: Sound, begin: int, end: int
) -> None:
    part = np.ascontiguousarray(sound[:, begin:end])
    frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = begin
    frame.time_base = Fraction(1, SAMPLE_RATE)
    container.mux(stream.encode(frame))
