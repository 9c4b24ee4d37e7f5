"""Takes side by side, as an HTML page to share."""

from __future__ import annotations

from html import escape
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.comparison.differing import differing, shared_prompt
from rushes.comparison.entry import goal_of, resolved
from rushes.comparison.footage import Footage, footage
from rushes.comparison.grid import Grid
from rushes.comparison.naming import TIMES, facts, title_of
from rushes.comparison.onefile import head, megabytes, mime_of, one_file
from rushes.contract.errors import MediaError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from rushes.comparison.entry import Comparables, Entry

LARGEST = 100_000_000
"""Maximum bytes of video in a page: larger files are hard to send and open."""

ALIKE = 0.04
"""A take fills its box where their shapes differ by less."""

NAMED = 3
"""Most takes that the title lists."""

ICONS = {
    "when-paused": "M5 3.2v9.6L13 8z",
    "when-playing": "M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z",
    "when-heard": "M2 6v4h2.6L8 13V3L4.6 6zM10 5.2a4 4 0 0 1 0 5.6M11.8 3.4a6.5 6.5 0 0 1 0 9.2",
    "when-silent": "M2 6v4h2.6L8 13V3L4.6 6zM10.5 6l4 4M14.5 6l-4 4",
    "back": "M10 3.5L5.5 8l4.5 4.5",
    "on": "M6 3.5L10.5 8 6 12.5",
    "loop": "M3 7.5A3.5 3.5 0 0 1 6.5 4H12M10 2l2 2-2 2M13 8.5A3.5 3.5 0 0 1 9.5 12H4M6 14l-2-2 2-2",  # noqa: E501 - one shape
}

FILLED = frozenset({"when-paused", "when-playing"})


DOT = "\N{NO-BREAK SPACE}· "
"""Separates facts; a line never starts with it."""


def page(entries: Comparables, path: str | os.PathLike[str], *, limit: int = LARGEST) -> Path:
    """Write one HTML file that plays all takes in sync, without network or kernel.

    >>> from rushes.comparison import page
    >>> page({"kling": job, "mine": "take.mp4"}, "comparison.html")

    Args:
        entries: what is compared: entries, or anything that `entries` takes.
        path: the page; an existing file is replaced.
        limit: maximum bytes of video.

    Returns:
        The absolute path of the page.

    Raises:
        InvalidParams: if the path is not valid for a page.
        MediaError: when a take has no file, a file is not a video, the videos are larger than the
            limit, or the page cannot be written.
    """
    compared = resolved(entries)
    goal = goal_of(path, compared)
    takes = footage(compared, ())
    _check_size(takes, limit)
    grid = Grid.of(takes)
    before, after = _around(compared, takes, grid)
    with one_file(goal) as file:
        file.put(before)
        for entry, take in zip(compared, takes, strict=True):
            beginning, end = _figure(entry, take, grid)
            file.put(beginning)
            file.embed(take.path)
            file.put(end)
        file.put(after)
    return goal


def _check_size(takes: Sequence[Footage], limit: int) -> None:
    sizes = [take.bytes for take in takes]
    if sum(sizes) <= limit:
        return
    each = ", ".join(
        f"{take.label} {megabytes(size)}" for take, size in zip(takes, sizes, strict=True)
    )
    msg = (
        f"The videos come to {megabytes(sum(sizes))}, and a page holds at most "
        f"{megabytes(limit)} ({each}). Compare fewer takes, raise `limit`, or export a video with "
        f"side_by_side."
    )
    raise MediaError(msg)


def _around(entries: Sequence[Entry], takes: Sequence[Footage], grid: Grid) -> tuple[str, str]:
    """The HTML before and after the takes."""
    folder = Path(__file__).parent
    narrow = 2 if grid.cell_height > grid.cell_width else 1
    # Numbers only: no text from outside gets into the style or the script.
    shape = (
        f":root{{--columns:{grid.columns};--narrow:{narrow};"
        f"--takes:{len(takes)};--shape:{grid.cell_width}/{grid.cell_height}}}"
    )
    style = f"\n{(folder / 'page.css').read_text('utf-8')}{shape}\n"
    script = f"\n{(folder / 'page.js').read_text('utf-8')}"
    name = _title([take.label for take in takes])
    title = escape(name)
    prompt = shared_prompt(entries)
    rate = max(take.rate for take in takes)
    begin = head(name, style, script, sources="media-src data:") + (
        f'<body data-rate="{float(rate)}">\n<main>\n<header>\n<h1>{title}</h1>\n'
        + (f"<p>{escape(prompt)}</p>\n" if prompt else "")
        + '</header>\n<section class="takes" aria-label="Takes">\n'
    )
    tail = (
        f"</section>\n{_controls()}{_table(entries, takes)}"
        f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )
    return begin, tail


def _title(labels: Sequence[str]) -> str:
    named = [*labels[:NAMED]]
    more = len(labels) - len(named)
    if more:
        named.append(f"{more} more")
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def _figure(entry: Entry, take: Footage, grid: Grid) -> tuple[str, str]:
    """The HTML of one take, before and after the bytes of its video."""
    sound = (
        f'<button type="button" class="needs-script" hidden aria-pressed="false" '
        f'aria-label="Sound of {escape(take.label)}" title="Sound">'
        f"{_icon('when-silent')}{_icon('when-heard', is_hidden=True)}</button>"
    )
    # Slivers beside a picture are uglier than a lost edge, as in the player.
    shapes = take.width / take.height, grid.cell_width / grid.cell_height
    full = ' class="full"' if abs(log(shapes[0] / shapes[1])) < ALIKE else ""
    before = (
        f'<figure>\n<div class="stage">\n<video{full} controls playsinline preload="auto" '
        f'width="{take.width}" height="{take.height}" data-seconds="{float(take.seconds)}" '
        f'data-start="{take.measured_start}" '
        f'aria-label="{escape(take.label)}" src="data:{mime_of(take.path)};base64,'
    )
    after = (
        f'"></video>\n<p class="over" hidden>last frame</p>\n'
        f'<p class="missing" hidden><span>This browser has no decoder for {escape(take.codec)}. '
        f"Another browser may have one; <code>rushes.media.fit</code> makes a copy that plays in "
        f"all of them.</span></p>\n</div>\n"
        f"<figcaption><strong>{escape(take.label)}</strong>"
        f"{sound if take.has_audio else ''}"
        f"<span>{escape(DOT.join(_facts(entry, take)))}</span></figcaption>\n</figure>\n"
    )
    return before, after


def _facts(entry: Entry, take: Footage) -> list[str]:
    result = entry.result
    measured = ((take.width, take.height), float(take.seconds))
    if result is None:
        return [*([title_of(entry.provider)] if entry.provider else []), *facts(*measured)]
    made = title_of(result.provider)
    made = f"{made} at {result.backend}" if result.backend else made
    took = result.timings.total if result.timings else None
    return [made, *facts(*measured, seed=result.seed, cost=result.cost, took=took)]


def _controls() -> str:
    speeds = "".join(
        f'<option value="{speed}"{" selected" if speed == 1 else ""}>{speed}{TIMES}</option>'
        for speed in (0.1, 0.25, 0.5, 1, 2)
    )
    return (
        f'<div class="controls needs-script" hidden role="group" aria-label="All takes">\n'
        f'<input id="scrub" type="range" min="0" value="0" aria-label="Position">\n'
        f'<button type="button" id="play" aria-label="Play" title="Play or pause (Space)">'
        f"{_icon('when-paused')}{_icon('when-playing', is_hidden=True)}</button>\n"
        f'<button type="button" id="back" aria-label="One frame back" title="One frame back (←)">'
        f"{_icon('back')}</button>\n"
        f'<button type="button" id="on" aria-label="One frame forward" '
        f'title="One frame forward (→)">'
        f"{_icon('on')}</button>\n"
        f'<button type="button" id="loop" aria-label="Loop" title="Loop" aria-pressed="false">'
        f"{_icon('loop')}</button>\n"
        f'<select id="speed" aria-label="Speed">{speeds}</select>\n'
        f'<output id="time"></output>\n</div>\n'
        f'<p class="hint needs-script" hidden><kbd>Space</kbd> play or pause · <kbd>←</kbd> '
        f"<kbd>→</kbd> one frame · <kbd>1</kbd> to <kbd>9</kbd> sound of a take</p>\n"
    )


def _table(entries: Sequence[Entry], takes: Sequence[Footage]) -> str:
    rows = differing(entries)
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(take.label)}</th>' for take in takes)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(value)}</td>" for value in values)
        + "</tr>\n"
        for name, values in rows.items()
    )
    return (
        f'<h2>What differs</h2>\n<div class="scroll" tabindex="0" role="region" '
        f'aria-label="Parameters that differ">\n<table>\n<thead><tr><td></td>{head}</tr></thead>\n'
        f"<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _icon(name: str, *, is_hidden: bool = False) -> str:
    names = f"{name} filled" if name in FILLED else name
    return (
        f'<svg class="{names}" viewBox="0 0 16 16" aria-hidden="true"'
        f'{" hidden" if is_hidden else ""}><path d="{ICONS[name]}"/></svg>'
    )
