"""Chains of FFmpeg's filters that measure, and the numbers that they find."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.filter import Graph

from rushes.video.measures import Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from av import AudioFrame, VideoFrame
    from av.filter.context import FilterContext


class FilterGraph:
    """A chain of filters with one or more sources.

    Args:
        filters: names and arguments, in order; the first takes all sources.
        sources: the name and arguments of each.
    """

    def __init__(
        self, filters: Sequence[tuple[str, str]], sources: Sequence[tuple[str, str]]
    ) -> None:
        graph = Graph()
        # Threads cost more than they bring with small pictures.
        graph.threads = 1
        self._sources = [graph.add(*source) for source in sources]
        is_sound = sources[0][0] == "abuffer"
        chain = [_added(graph, one) for one in filters]
        chain.append(graph.add("abuffersink" if is_sound else "buffersink"))
        for number, source in enumerate(self._sources):
            source.link_to(chain[0], 0, number)
        for one, following in pairwise(chain):
            one.link_to(following)
        graph.configure()
        self._graph, self._sink = graph, chain[-1]

    def passed(self, *frames: VideoFrame | AudioFrame) -> Iterator[Any]:
        """What comes out after a frame was put into each source."""
        for source, frame in zip(self._sources, frames, strict=True):
            source.push(frame)
        yield from self._pulled()

    def rest(self) -> Iterator[Any]:
        """What comes out at the end."""
        for source in self._sources:
            source.push(None)
        yield from self._pulled()

    def _pulled(self) -> Iterator[Any]:
        while True:
            try:
                yield self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return


def _added(graph: Graph, one: tuple[str, str]) -> FilterContext:
    name, arguments = one
    return graph.add(name, arguments) if arguments else graph.add(name)


def source(frame: VideoFrame, fps: Fraction | None = None) -> tuple[str, str]:
    """What feeds a graph with frames like this one."""
    base = frame.time_base or Fraction(1)
    given = (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
        f":time_base={base.numerator}/{base.denominator}"
    )
    # The filter that needs a rate divides by it.
    return "buffer", given if fps is None else f"{given}:frame_rate={max(1, round(fps))}/1"


class Runs:
    """Parts of a take, by notes of their starts and ends."""

    def __init__(self) -> None:
        self._done: list[tuple[float, float]] = []
        self._start: float | None = None

    def note(self, said: dict[str, str], start: str, end: str) -> None:
        """Read the metadata of a frame: a part may end where the next one starts."""
        if self._start is not None and (at := number(said.get(end))) is not None:
            self._done.append((self._start, at))
            self._start = None
        if (at := number(said.get(start))) is not None:
            self._start = max(0.0, at)

    def parts(self, seconds: float, times: Sequence[float]) -> tuple[tuple[float, float], ...]:
        """Every part; one that did not end lasts to the end.

        Args:
            seconds: the end.
            times: the moments that are possible, ascending; none if all are.
        """
        moments = np.array([*times, seconds]) if times else None

        def exact(at: float) -> float:
            return at if moments is None else float(moments[np.abs(moments - at).argmin()])

        found = [*self._done, *([] if self._start is None else [(self._start, seconds)])]
        return tuple((round(exact(start), 6), round(exact(end), 6)) for start, end in found)


# --- numbers ------------------------------------------------------------------------------------


def moment(frame: VideoFrame | AudioFrame) -> Fraction:
    """The time of a frame in seconds."""
    return (frame.pts or 0) * (frame.time_base or Fraction(0))


def number(text: str | None) -> float | None:
    """A number of the metadata; None if it has none, or one that is not finite."""
    if text is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def mean(name: str, numbers: Iterable[float | None]) -> dict[str, float]:
    """The mean of the numbers that there are, under its name; nothing if there are none."""
    known = [number for number in numbers if number is not None]
    return {name: round(sum(known) / len(known), 6)} if known else {}


def lasting(parts: Sequence[tuple[float, float]]) -> float:
    """Seconds of all parts together."""
    return round(sum(end - start for start, end in parts), 6)


def track(times: Sequence[float], series: dict[str, list[float | None]]) -> Track:
    """Rounded, as it is kept."""
    return Track(
        times=tuple(round(at, 6) for at in times),
        series={
            name: tuple(None if one is None else round(one, 4) for one in numbers)
            for name, numbers in series.items()
        },
    )
