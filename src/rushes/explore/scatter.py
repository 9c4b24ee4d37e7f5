"""Quality against cost, as a small SVG in the colours of the page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from rushes.contract.wording import on_one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH, HEIGHT = 400, 270
"""Of one panel, in CSS pixels."""

LEFT, RIGHT, TOP, BOTTOM = 44, 14, 30, 40
"""Room around the field of a panel."""

GAP = 14
"""Between two labels, from line to line."""

LONGEST_LABEL = 26

LETTER = 6.4
"""Width of a letter of a label, about."""

AIR = 9
"""Between a point and its label."""


@dataclass(frozen=True)
class Point:
    """A name in a panel: where it is, and how far its interval reaches."""

    name: str
    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Panel:
    """One picture: points over an axis that begins at 0.

    Attributes:
        title: stands above it.
        points: what is shown.
        across: what the axis below says, e.g. ``"US dollars a take"``.
        unit: stands before its numbers, e.g. ``"$"``.
    """

    title: str
    points: Sequence[Point]
    across: str
    unit: str = ""


def svg(panels: Sequence[Panel], title: str) -> str:
    """Some panels, one picture each.

    Args:
        panels: one or more.
        title: for readers who do not see it.
    """
    return "".join(
        f'<svg role="img" aria-label="{escape(on_one_line(f"{title}: {panel.title}"))}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="currentColor" xmlns="http://www.w3.org/2000/svg">{"".join(_drawn(panel))}</svg>'
        for panel in panels
    )


def _drawn(panel: Panel) -> Iterator[str]:
    points = panel.points
    right = _ceiling(max((point.x for point in points), default=0.0))
    ends = [end for point in points for end in (point.low, point.high)] or [0.0]
    step = _step(max(ends) - min(ends))
    low, high = math.floor(min(ends) / step) * step, math.ceil(max(ends) / step) * step
    if low == high:
        low, high = low - step, high + step

    def across(x: float) -> float:
        return LEFT + x / right * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    yield f'<text x="0" y="14" font-weight="600">{escape(panel.title)}</text>'
    for number in range(round((high - low) / step) + 1):
        at = low + number * step
        yield _line(LEFT, up(at), WIDTH - RIGHT, up(at), 0.45 if abs(at) < step / 2 else 0.15)
        yield _text(LEFT - 6, up(at) + 4, f"{at:+g}" if abs(at) > step / 2 else "0", "end")
    for number in range(5):
        at = right * number / 4
        yield _text(across(at), HEIGHT - BOTTOM + 17, f"{panel.unit}{at:.3g}", "middle")
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield _text(middle, HEIGHT - 5, panel.across, "middle", 0.75)
    taken: list[tuple[float, float, float]] = []
    for point in sorted(points, key=lambda point: -point.y):
        x, y = across(point.x), up(point.y)
        yield _line(x, up(point.low), x, up(point.high), 0.8)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        name = shortened(on_one_line(point.name), LONGEST_LABEL)
        wide = LETTER * len(name)
        is_left = x + AIR + wide > WIDTH - RIGHT
        begin = x - AIR - wide if is_left else x + AIR
        place = _free(y + 4, begin, begin + wide, taken)
        taken.append((place, begin, begin + wide))
        yield _text(x - AIR if is_left else x + AIR, place, name, "end" if is_left else "start")


def _free(y: float, begin: float, end: float, taken: list[tuple[float, float, float]]) -> float:
    """The line nearest below a place on which a label covers no other."""
    for other, start, stop in sorted(taken):
        if abs(y - other) < GAP and begin < stop and start < end:
            y = other + GAP
    return y


def _line(x: float, y: float, to_x: float, to_y: float, opacity: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
        f'stroke="currentColor" opacity="{opacity}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, opacity: float = 1.0) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" opacity="{opacity:g}">'
        f"{escape(words)}</text>"
    )


def _ceiling(value: float) -> float:
    """A number of few digits at or above one, with room for a point at the right."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    size: float = 10 ** math.floor(math.log10(value))
    return next(size * factor for factor in (1, 2, 4, 6, 8, 10, 20) if size * factor >= value * 1.1)


def _step(span: float) -> float:
    """A distance of lines, of which three to eight are in a span."""
    return next((step for step in (0.25, 0.5, 1.0, 2.0, 5.0) if span / step <= 6), 10.0)  # noqa: PLR2004 - as the sentence says
