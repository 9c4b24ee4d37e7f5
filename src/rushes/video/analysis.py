"""Measures a video with FFmpeg's filters: it is decoded once, and one graph does the pictures."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from rushes.video.filters import FilterGraph, Runs, lasting, mean, moment, number, source, track
from rushes.video.likeness import Other, likeness, with_other
from rushes.video.loudness import with_sound
from rushes.video.measures import Measured
from rushes.video.pictures import Pictures
from rushes.video.stillness import Recent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from av import VideoFrame

FREEZE = 0.25
"""Seconds from which a still picture counts as frozen."""

RESIDUE = 0.2
"""Percent of change between two freezes that are one, refined once more by the encoder."""

CUT = 10
"""Percent by which a frame changes more than those around it, from which this is a cut."""

AROUND = 4
"""Frames on either side of one whose change is usual there. FFmpeg's own scdet looks at one of
them: it misses the end of a flash, and takes motion after a freeze for a cut."""

FILTERS = (
    ("scdet", ""),
    ("siti", ""),
    ("freezedetect", f"n=0.001:d={FREEZE}"),
    ("blackdetect", "d=0:pic_th=0.98:pix_th=0.10"),
    ("blurdetect", ""),
)
"""What measures pictures. Each passes its input on, with its numbers as metadata."""

FROZEN = "lavfi.freezedetect.freeze_start"

FRAME_NUMBERS = {
    "lavfi.siti.ti": "motion",
    "lavfi.siti.si": "detail",
    "lavfi.blur": "blur",
    "lavfi.scd.mafd": "change",
}
"""The series of pictures, by the key of their metadata."""

WHITE, BLACK = 235, 16
"""Brightness in video; measures are in levels from 0 to 255."""


def measured(path: Path, *, against: Path | None = None, image: Path | None = None) -> Measured:
    """Measure a video.

    Args:
        path: the video.
        against: another one, of which each frame is compared with the one shown at its time.
        image: what its first frame should look like.

    Raises:
        MediaError: if one of the files cannot be read as what it should be.
    """
    with ExitStack() as files:
        pictures = files.enter_context(Pictures.opened(path))
        other = None
        if against is not None:
            compared = files.enter_context(Pictures.opened(against, pictures.size))
            other = Other(compared, pictures.fps)
        chart = Chart()
        for frame in pictures:
            chart.add(frame)
            if other is not None:
                other.add(frame)
        chart.end()
        found = chart.measured(pictures.seconds)
        if other is not None:
            found = with_other(found, other)
        if pictures.layout is not None:
            found = with_sound(found, path, pictures)
        if image is not None:
            start = likeness(pictures.first, pictures.display, image)
            found = found.model_copy(update={"values": {**found.values, "start": start}})
    return found


class Chart:
    """What the filters find in each frame."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._series: dict[str, list[float | None]] = {
            name: [] for name in (*FRAME_NUMBERS.values(), "brightness")
        }
        self._frozen, self._black = Runs(), Runs()
        self._recent = Recent(FREEZE)
        self._graph: FilterGraph | None = None

    def add(self, frame: VideoFrame) -> None:
        """Take in the next frame."""
        if self._graph is None:
            self._graph = FilterGraph(FILTERS, [source(frame)])
        self._series["brightness"].append(_brightness(frame))
        self._note(self._graph.passed(frame))

    def end(self) -> None:
        """Take in what the filters still hold."""
        if self._graph is not None:
            self._note(self._graph.rest())

    def _note(self, frames: Iterable[Any]) -> None:
        for frame in frames:
            said = frame.metadata
            self._times.append(float(moment(frame)))
            self._recent.add(self._times[-1], _levels(frame).copy())
            for key, name in FRAME_NUMBERS.items():
                self._series[name].append(number(said.get(key)))
            if (at := number(said.get(FROZEN))) is not None:
                said = {**said, FROZEN: str(self._recent.stop(at))}
            self._frozen.note(said, FROZEN, "lavfi.freezedetect.freeze_end")
            self._black.note(said, "lavfi.black_start", "lavfi.black_end")

    def measured(self, seconds: float) -> Measured:
        """All of it, for a take of so many seconds."""
        series = self._series
        # What precedes the first frame is unknown, and a cut is not motion.
        series["change"][:1] = [None]
        cuts = self._cuts()
        left_out = {0, *cuts}
        series["motion"] = [
            None if index in left_out else value for index, value in enumerate(series["motion"])
        ]
        series["flicker"] = self._flicker(set(cuts))
        values = {"cuts": float(len(cuts))}
        for name in ("motion", "detail", "blur", "flicker"):
            values |= mean(name, series[name])
        # FFmpeg writes moments with six digits; they are those of frames.
        spans = {
            "frozen": self._still(seconds),
            "black": self._black.parts(seconds, self._times),
        }
        return Measured(
            seconds=round(seconds, 6),
            values=values | {name: lasting(parts) for name, parts in spans.items()},
            pictures=track(self._times, series),
            cuts=tuple(round(self._times[index], 6) for index in cuts),
            spans=spans,
        )

    def _still(self, seconds: float) -> tuple[tuple[float, float], ...]:
        """When nothing moved; none of them overlap."""
        times = (round(at, 6) for at in self._times)
        changes = dict(zip(times, self._series["change"], strict=True))
        found: list[tuple[float, float]] = []
        for start, end in self._frozen.parts(seconds, self._times):
            if not found or start > found[-1][1]:
                found.append((start, end))
                continue
            before, middle = found[-1]
            if (changes.get(middle) or CUT) <= RESIDUE:
                found[-1] = (before, end)
            else:
                found.append((middle, end))
        return tuple(found)

    def _cuts(self) -> list[int]:
        """Numbers of the frames that differ from the one before much more than those around."""
        change = np.array([0.0 if one is None else one for one in self._series["change"]])
        found = []
        for index in np.flatnonzero(change >= CUT):
            before, after = change[max(1, index - AROUND) : index], change[index + 1 :][:AROUND]
            around = np.concatenate([before, after])
            if change[index] - (np.median(around) if around.size else 0) >= CUT:
                found.append(int(index))
        return found

    def _flicker(self, cuts: Collection[int]) -> list[float | None]:
        """How far the brightness of each frame differs from the mean of those around it.

        A fade has none, and a step is not one: there the frames on either side are left out.
        """
        light = self._series["brightness"]
        found: list[float | None] = [None] * len(light)
        for index in range(1, len(light) - 1):
            before, now, after = light[index - 1 : index + 2]
            if before is None or now is None or after is None:
                continue
            if index not in cuts and index + 1 not in cuts:
                found[index] = abs(before - 2 * now + after) / 2
        return found


def _levels(frame: VideoFrame) -> Any:
    """The brightness of each pixel of a frame, as it is stored."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


def _brightness(frame: VideoFrame) -> float:
    """Mean brightness of a frame, 0 to 255."""
    return (float(_levels(frame).mean()) - BLACK) * 255 / (WHITE - BLACK)
