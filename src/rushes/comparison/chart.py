"""Draws what was measured of a take along its length, as a picture that is as wide as its time.

It has a lane for each of a few numbers, on scales that are the same for all takes, so that takes
are compared by eye. Cuts are lines; freezes, black and silence are hatched parts of the lane that
they belong to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from rushes.video.measures import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rushes.explore.measures import Measures, Series

WIDE, LANE = 1000, 16
"""Units of the picture: its width, which is stretched, and the height of a lane."""


@dataclass(frozen=True)
class _Lane:
    """A number along the take.

    Attributes:
        name: of the series.
        title: as people read it.
        colour: of the curve; it is seen on light and dark ground.
        scale: where a value stands, from 0 to 1.
        span: the parts of the take that are hatched here.
    """

    name: str
    title: str
    colour: str
    scale: Callable[[float], float]
    span: str = ""


LANES = (
    _Lane("motion", "Motion", "#3f83f0", lambda value: math.sqrt(value / 60), "frozen"),
    _Lane("detail", "Detail", "#a05fd6", lambda value: math.sqrt(value / 150)),
    _Lane("brightness", "Brightness", "#b7791f", lambda value: value / 255, "black"),
    _Lane("loudness", "Loudness", "#2f9e6b", lambda value: (value + 60) / 60, "silent"),
)
"""Motion and detail on scales of roots, because most takes are near the lower end."""

CUT = "#e5484d"

HATCH = (
    '<pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<path d="M0 6L6 0" stroke="#888" stroke-width="2"/></pattern>'
)


@dataclass(frozen=True)
class Chart:
    """The picture of a take's measures.

    Attributes:
        picture: an SVG as a ``data:`` URL, as wide as the take is long.
        seconds: how long that is.
        lanes: what each lane is, from above.
        text: the values of the whole take, and its cuts, freezes, black and silence.
    """

    picture: str
    seconds: float
    lanes: list[str]
    text: str


def chart(measures: Measures) -> Chart:
    """Draw the measures of a take."""
    series = measures.series
    lanes = [lane for lane in LANES if series.get(lane.name) and series[lane.name].times]
    seconds = max(measures.seconds, 1e-3)
    height = LANE * max(1, len(lanes))
    parts = [
        part
        for number, lane in enumerate(lanes)
        for part in _lane(lane, series[lane.name], measures, LANE * (number + 1), seconds)
    ]
    cuts = "".join(f"M{_x(at, seconds)} 0V{height}" for at in measures.cuts)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" '
        f'preserveAspectRatio="none"><defs>{HATCH}</defs>{"".join(parts)}'
        f'<path d="{cuts}" stroke="{CUT}" stroke-width="2" vector-effect="non-scaling-stroke"/>'
        f"</svg>"
    )
    return Chart(
        f"data:image/svg+xml,{quote(svg)}",
        measures.seconds,
        [lane.title for lane in lanes],
        _text(lanes, measures),
    )


def _lane(
    lane: _Lane, series: Series, measures: Measures, base: int, seconds: float
) -> Iterator[str]:
    points = "".join(
        f"L{_x(at, seconds)} {base - min(1.0, max(0.0, height)) * (LANE - 1):.1f}"
        for at, height in _heights(lane, series, seconds)
    )
    yield (
        f'<path d="M0 {base}{points}V{base}Z" fill="{lane.colour}" fill-opacity=".45" '
        f'stroke="{lane.colour}" vector-effect="non-scaling-stroke"/>'
    )
    for start, end in measures.spans.get(lane.span, ()):
        left = _x(start, seconds)
        yield (
            f'<rect x="{left}" y="{base - LANE}" width="{_x(end - start, seconds)}" '
            f'height="{LANE}" fill="url(#h)"/>'
        )


def _heights(lane: _Lane, series: Series, seconds: float) -> list[tuple[float, float]]:
    """The highest value of each unit of the width: a long take has more frames than pixels."""
    found: dict[int, tuple[float, float]] = {}
    for at, value in zip(series.times, series.values, strict=True):
        height = 0.0 if value is None else lane.scale(value)
        place = int(at / seconds * WIDE)
        if place not in found or found[place][1] < height:
            found[place] = at, height
    return list(found.values())


def _x(at: float, seconds: float) -> str:
    return f"{min(1.0, at / seconds) * WIDE:.1f}"


def _text(lanes: Sequence[_Lane], measures: Measures) -> str:
    """The value of each lane for the whole take, and what happens in it."""
    count = len(measures.cuts)
    parts = [
        f"{measures.values[name]:.2f} s {name}"
        for name in ("frozen", "black", "silent")
        if measures.values.get(name)
    ]
    said = [
        *filter(None, (_value(lane, measures) for lane in lanes)),
        *([f"{count} cut{'s' if count > 1 else ''} (red)"] if count else []),
        *([f"{', '.join(parts)} (hatched)"] if parts else []),
        *([] if "silent" in measures.values else ["no sound"]),
    ]
    return " · ".join(said)


def _value(lane: _Lane, measures: Measures) -> str:
    if lane.name not in measures.values:
        return ""
    return f"{lane.title.lower()} {BY_NAME[lane.name].text(measures.values[lane.name])}"
