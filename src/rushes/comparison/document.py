"""Takes side by side, as an HTML page to share."""

from __future__ import annotations

import base64
import hashlib
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rushes.comparison.differing import differing, shared_prompt
from rushes.comparison.entry import goal_of, resolved
from rushes.comparison.footage import Footage, footage
from rushes.comparison.grid import Grid
from rushes.comparison.naming import TIMES, facts
from rushes.contract.errors import MediaError
from rushes.contract.media_errors import unreadable
from rushes.io.regular import open_regular
from rushes.media.output import replacing, writing
from rushes.video import container

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from rushes.comparison.entry import Entry, Takes

LARGEST = 100_000_000
"""Maximum bytes of video in a page: larger files are hard to send and open."""

MIME = {"mp4": "video/mp4", "matroska": "video/webm"}

BLOCK = 3 * 256 * 1024
"""Bytes of video in memory at once; a multiple of three for base64."""

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


def page(entries: Takes, path: str | os.PathLike[str], *, limit: int = LARGEST) -> Path:
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
    head, tail = _around(compared, takes)
    with replacing(goal) as draft, _opened(draft, goal) as file:
        put = partial(_put, file, goal)
        put(_utf8(head))
        for entry, take in zip(compared, takes, strict=True):
            before, after = _figure(entry, take)
            put(_utf8(before))
            _embed(take.path, put)
            put(_utf8(after))
        put(_utf8(tail))
    return goal


def _check_size(takes: Sequence[Footage], limit: int) -> None:
    sizes = [take.bytes for take in takes]
    if sum(sizes) <= limit:
        return
    each = ", ".join(
        f"{take.label} {_megabytes(size)}" for take, size in zip(takes, sizes, strict=True)
    )
    msg = (
        f"The videos have {_megabytes(sum(sizes))} in total, and a page holds at most "
        f"{_megabytes(limit)} ({each}). Compare fewer takes, raise `limit`, or export a video with "
        f"side_by_side."
    )
    raise MediaError(msg)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _around(entries: Sequence[Entry], takes: Sequence[Footage]) -> tuple[str, str]:
    """The HTML before and after the takes."""
    folder = Path(__file__).parent
    grid = Grid.of(takes)
    narrow = 2 if grid.cell_height > grid.cell_width else 1
    # Numbers only: no text from outside gets into the style or the script.
    shape = (
        f":root{{--columns:{grid.columns};--narrow:{narrow};"
        f"--takes:{len(takes)};--shape:{grid.cell_width}/{grid.cell_height}}}"
    )
    style = f"\n{(folder / 'page.css').read_text('utf-8')}{shape}\n"
    script = f"\n{(folder / 'page.js').read_text('utf-8')}"
    policy = (
        f"default-src 'none'; media-src data:; style-src {_digest(style)}; "
        f"script-src {_digest(script)}; base-uri 'none'; form-action 'none'"
    )
    title = escape(_title([take.label for take in takes]))
    prompt = shared_prompt(entries)
    rate = max(take.rate for take in takes)
    head = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n"
        f'<body data-rate="{float(rate)}">\n<main>\n<header>\n<h1>{title}</h1>\n'
        + (f"<p>{escape(prompt)}</p>\n" if prompt else "")
        + '</header>\n<section class="takes" aria-label="Takes">\n'
    )
    tail = (
        f"</section>\n{_controls()}{_table(entries, takes)}"
        f"</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )
    return head, tail


def _digest(text: str) -> str:
    """The source expression of a style or script for the policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _title(labels: Sequence[str]) -> str:
    named = [*labels[:NAMED]]
    more = len(labels) - len(named)
    if more:
        named.append(f"{more} more")
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def _figure(entry: Entry, take: Footage) -> tuple[str, str]:
    """The HTML of one take, before and after the bytes of its video."""
    with open_regular(take.path) as file:
        kind = container.family(file.read(container.HEAD_BYTES))
    sound = (
        f'<button type="button" class="needs-script" hidden aria-pressed="false" '
        f'aria-label="Sound of {escape(take.label)}" title="Sound">'
        f"{_icon('when-silent')}{_icon('when-heard', is_hidden=True)}</button>"
    )
    before = (
        f'<figure>\n<div class="stage">\n<video controls playsinline preload="auto" '
        f'width="{take.width}" height="{take.height}" data-seconds="{float(take.seconds)}" '
        f'aria-label="{escape(take.label)}" src="data:{MIME[kind or "mp4"]};base64,'
    )
    after = (
        f'"></video>\n<p class="over" hidden>last frame</p>\n</div>\n'
        f"<figcaption><strong>{escape(take.label)}</strong>"
        f"{sound if take.has_audio else ''}"
        f"<span>{escape(DOT.join(_facts(entry, take)))}</span></figcaption>\n</figure>\n"
    )
    return before, after


def _facts(entry: Entry, take: Footage) -> list[str]:
    result = entry.result
    measured = ((take.width, take.height), float(take.seconds))
    if result is None:
        return [*([entry.provider] if entry.provider else []), *facts(*measured)]
    made = f"{result.provider} at {result.backend}" if result.backend else result.provider
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


def _embed(path: Path, put: Callable[[bytes], None]) -> None:
    """Write the bytes of a video as base64, block by block."""
    try:
        with open_regular(path) as film:
            while block := film.read(BLOCK):
                put(base64.b64encode(block))
    except OSError as error:
        raise unreadable(path, error) from error


@contextmanager
def _opened(draft: Path, goal: Path) -> Iterator[BinaryIO]:
    with writing(goal):
        file = draft.open("wb")
    try:
        yield file
    finally:
        with writing(goal):
            file.close()


def _put(file: BinaryIO, goal: Path, data: bytes) -> None:
    with writing(goal):
        file.write(data)


def _utf8(text: str) -> bytes:
    # A prompt may contain an unpaired surrogate, which a file cannot.
    return text.encode("utf-8", "replace")
