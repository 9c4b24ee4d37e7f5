"""Films of every kind that browsers play, with the number of each frame burnt into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
from burnt import HEIGHT, WIDTH, picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TICK = Fraction(1, 12800)

FAST = {"movflags": "+faststart"}
H264 = {"preset": "ultrafast", "g": "12", "x264-params": "bframes=2:b-adapt=0"}
VPX = {"deadline": "realtime", "cpu-used": "8", "g": "12", "b": "1M"}

BEFORE_KEYS = tuple(number for key in range(12, 72, 12) for number in (key - 2, key - 1))

LEADING = 32
"""Frames that an edit list cuts off: not a multiple of the distance of two key frames."""


@dataclass(frozen=True)
class Kind:
    """How a film is written.

    Attributes:
        name: of its file.
        codec: the encoder.
        coder: its options.
        muxer: the options of the container.
        fps: frames a second.
        count: number of frames.
        first: time of the first frame, in seconds.
        stamps: time of a frame by its number; by default they are evenly spaced.
        cut: frames to cut off without encoding anew.
        unreachable: frames that Chromium cannot seek: it seeks the key frame behind them, whose
            time of decoding is earlier.
    """

    name: str
    codec: str = "libx264"
    coder: dict[str, str] = field(default_factory=lambda: H264)
    muxer: dict[str, str] = field(default_factory=dict)
    fps: Fraction = Fraction(24)
    count: int = 72
    first: Fraction = Fraction(0)
    stamps: Callable[[int], Fraction] | None = None
    cut: int = 0
    unreachable: tuple[int, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write it; returns its path."""
        path = folder / self.name
        whole = path if not self.cut else folder / f"whole-{self.name}"
        with av.open(str(whole), "w", options=self.muxer) as film:
            stream = film.add_stream(self.codec, rate=self.fps, options=self.coder)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.time_base = stream.codec_context.time_base = TICK
            for number in range(self.count):
                image = picture(number, round(self.fps), 110)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                at = self.stamps(number) if self.stamps else number / self.fps
                frame.pts, frame.time_base = round((at + self.first) / TICK), TICK
                film.mux(stream.encode(frame))
            film.mux(stream.encode(None))
        if self.cut:
            _cut(whole, path, self.cut / self.fps)
        return path


def _cut(whole: Path, path: Path, seconds: Fraction) -> None:
    """Copy packets with earlier times: what is before zero is decoded and not shown."""
    with av.open(str(whole)) as source, av.open(str(path), "w") as copy:
        given = source.streams.video[0]
        made = copy.add_stream_from_template(given)
        for packet in source.demux(given):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts -= round(seconds / given.time_base)
            packet.dts -= round(seconds / given.time_base)
            packet.stream = made
            copy.mux(packet)


def _uneven(number: int) -> Fraction:
    """A recording of a screen: six frames at 60, 12 and 24 a second by turns."""
    rates = [Fraction(60), Fraction(12), Fraction(24)]
    return sum((1 / rates[i // 6 % 3] for i in range(number)), Fraction(0))


KINDS = [
    Kind("faststart.mp4", muxer=FAST),
    Kind(
        "fragmented.mp4",
        muxer={"movflags": "frag_keyframe+empty_moov"},
        unreachable=BEFORE_KEYS,
    ),
    Kind("dash.mp4", muxer={"movflags": "dash"}, unreachable=BEFORE_KEYS),
    Kind("no-edit-list.mp4", muxer={"use_editlist": "0"}, unreachable=BEFORE_KEYS),
    Kind("late.mp4", first=Fraction(1, 2), muxer=FAST),
    Kind("late.mkv", first=Fraction(5)),
    Kind("late.webm", "libvpx-vp9", VPX, first=Fraction(3, 2)),
    Kind("edit-list.mp4", count=72 + LEADING, cut=LEADING),
    Kind("vp8.webm", "libvpx", VPX),
    Kind("vp9.webm", "libvpx-vp9", VPX),
    Kind("av1.webm", "libsvtav1", {"preset": "12", "g": "12", "svtav1-params": "lp=1"}),
    Kind("live.webm", "libvpx-vp9", VPX, {"live": "1"}),
    Kind("plain.mov"),
    Kind(
        "b-frames.mp4",
        coder={"preset": "fast", "x264-params": "bframes=3:b-adapt=0:b-pyramid=normal:keyint=24"},
    ),
    Kind("uneven.mp4", stamps=_uneven, unreachable=BEFORE_KEYS),
    Kind("fps60.mp4", fps=Fraction(60), count=150),
    Kind("fps1.mp4", fps=Fraction(1), count=4),
    Kind("ntsc.mp4", fps=Fraction(30000, 1001), count=90),
]
