"""What a cell and a terminal show, as HTML and as text.

It needs no widget and no script, so it also appears in a saved notebook, on nbviewer and in what
nbconvert writes. Everything that comes from users and services is escaped.
"""

from __future__ import annotations

import base64
import re
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from rushes.comparison.naming import facts_of
from rushes.contract.errors import RushesError
from rushes.contract.results import VideoGenResult
from rushes.contract.wording import on_one_line, shortened, visible
from rushes.explore.sweep import Sweep
from rushes.io.folders import notebook_path
from rushes.io.regular import read_regular
from rushes.job import Job
from rushes.journal import UNFINISHED
from rushes.widgets.markup import PLAIN, linked
from rushes.widgets.phrases import standing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from rushes.widgets.live import Cells, Watched
    from rushes.widgets.status import Status

WIDTH = 480
"""Width of an inline video in CSS pixels; tall videos are narrower."""

LARGEST_POSTER = 60_000
"""Bytes of a poster that may be saved inside a notebook."""

JPEG = b"\xff\xd8\xff"
"""How the bytes of a JPEG begin."""

LONGEST_PROMPT = 400

LINKED = re.compile(r"(https?|file)://|[^:]*$")
"""Addresses that become links: what a service gives for one could be a script."""

BOX = (
    "max-width:100%;font:13px/1.45 system-ui,sans-serif;display:inline-block;"
    "border:1px solid rgba(128,128,128,.35);border-radius:6px;overflow:hidden;"
    "overflow-wrap:anywhere"
)

CARD = f"{BOX};padding:10px 12px;width:{WIDTH}px;box-sizing:border-box"

DIM = "opacity:.75"


# --- the renderer of the package ------------------------------------------------------------------


def bundle(shown: Any) -> dict[str, str]:
    """What is shown of something, by MIME type."""
    if isinstance(shown, VideoGenResult):
        return _result_bundle(shown)
    if isinstance(shown, Job):
        return _job_bundle(shown)
    if isinstance(shown, Sweep):
        return _sweep_bundle(shown)
    from rushes.widgets.listing import bundle_of  # noqa: PLC0415 - when a list is shown

    return bundle_of(shown)


def show(shown: VideoGenResult | Job | Sweep) -> None:
    """Show the value of a cell's last line, unless the cell shows it already.

    Raises:
        NotImplementedError: when it is to be shown by its representations.
    """
    from rushes.widgets import live  # noqa: PLC0415 - when a cell shows something

    shell = live.kernel_shell()
    if shell is None or not live.is_last_line(shell):
        raise NotImplementedError
    name = shown.job_id if isinstance(shown, VideoGenResult) else shown.id
    if name is not None and _cells().has_only(shell, name):
        return
    if isinstance(shown, VideoGenResult) or not live.is_attended(shell):
        raise NotImplementedError
    if shown.shows_progress is False or not _proceeds(shown):
        raise NotImplementedError
    _cells().follow(shell, shown)


def compare(takes: Any, **options: Any) -> Any:
    """A widget that shows takes side by side."""
    import rushes  # noqa: PLC0415 - it shows what is displayed here, and is loaded when asked for

    return rushes.compare(takes, **options)


def watch(job: Job | Sweep, *, progress: bool | None) -> AbstractContextManager[None]:
    """Show how something proceeds while it is waited for; see `rushes.contract.display`."""
    from rushes.widgets import live  # noqa: PLC0415 - as in `show`

    shell = live.kernel_shell()
    if shell is not None:
        is_seen = progress or live.is_attended(shell)
        return _cells().watching(shell, job) if is_seen else nullcontext()
    if sys.stderr is not None and sys.stderr.isatty():
        return _status().watching(job)
    return nullcontext()


@cache
def _cells() -> Cells:
    from rushes.widgets.live import Cells, at_end  # noqa: PLC0415

    cells = Cells(_live_bundle)
    at_end(cells.close)
    return cells


@cache
def _status() -> Status:
    from rushes.widgets.status import Status  # noqa: PLC0415 - brings rich

    return Status()


# --- jobs and results -----------------------------------------------------------------------------


def _result_bundle(result: VideoGenResult) -> dict[str, str]:
    facts = " · ".join(facts_of(result))
    lines = [f"{result.provider} ({result.backend}), {facts}"]
    if result.path is not None:
        lines.append(str(result.path))
    lines += result.notes
    return {"text/plain": visible("\n".join(lines)), "text/html": result_html(result)}


def _job_bundle(job: Job, *, is_live: bool = False) -> dict[str, str]:
    try:
        result = job.finished
        if result is None:
            return {"text/plain": repr(job), "text/html": job_html(job, is_live=is_live)}
    except RushesError:
        return {"text/plain": repr(job)}
    return _result_bundle(result)


def _live_bundle(watched: list[Watched], *, is_live: bool) -> dict[str, str]:
    """What a cell shows of the jobs and sweeps that it waits for."""
    if sweeps := [each for each in watched if isinstance(each.job, Sweep)]:
        jobs = [each for each in watched if each not in sweeps]
        parts = [_sweep_bundle(each.job, each.words, is_live=is_live) for each in sweeps]  # type: ignore[arg-type]
        parts += [_live_bundle(jobs, is_live=is_live)] if jobs else []
        kinds = ("text/plain", "text/html")
        return {kind: "\n".join(part.get(kind, "") for part in parts) for kind in kinds}
    if len(watched) > 1:
        from rushes.widgets.listing import watched_bundle  # noqa: PLC0415 - when there are several

        return watched_bundle(watched, is_live=is_live)
    ((job, words),) = watched
    assert isinstance(job, Job)  # noqa: S101 - for the type checker
    try:
        job.state  # noqa: B018 - whether it can be read
    except RushesError:
        words = words or job.continuing()
    if not words:
        return _job_bundle(job, is_live=is_live)
    return {"text/plain": on_one_line(words), "text/html": note_html(job, words)}


def _sweep_bundle(sweep: Sweep, words: str = "", *, is_live: bool = False) -> dict[str, str]:
    """What a cell shows of a sweep; see `job_html`."""
    try:
        sheet, fraction = sweep.sheet(), sweep.progress.fraction
    except RushesError:  # Its client is closed, or the journal cannot be read.
        words = words or sweep.continuing()
        return {"text/plain": on_one_line(words), "text/html": f"<p {PLAIN}>{linked(words)}</p>"}
    from rushes.widgets.listing import sheet_html  # noqa: PLC0415 - as a list

    head = f"<strong>{escape(visible(sweep.name))}</strong>"
    bar = bar_html(fraction, f"Progress of {sweep.name}") if is_live else "<br>"
    said = escape(sheet.title) + (f"<br>{linked(words)}" if words else "")
    table = sheet_html(replace(sheet, title="")) if sheet.rows or sheet.notes else ""
    rows = f'<div style="margin-top:6px">{table}</div>' if table else ""
    html = f'<div {PLAIN} style="{CARD};width:auto;min-width:20em">{head}{bar}{said}{rows}</div>'
    return {"text/plain": str(sheet), "text/html": html}


def job_html(job: Job, *, is_live: bool = False) -> str:
    """A job without a video: its status or why it failed, and what was asked for.

    Args:
        job: the job.
        is_live: whether this is replaced while the job proceeds.
    """
    error = job.error
    if error is not None:
        return note_html(job, str(error))
    progress = job.progress
    state, *facts = standing(job, progress)
    *facts, name = facts
    if job.state in UNFINISHED:
        facts.append(time.strftime("at %H:%M:%S"))
    rest = f"{job.provider} at {job.backend} · {' · '.join(facts)}"
    prompt = shortened(job.params.prompt or "", LONGEST_PROMPT)
    return (
        f'<div {PLAIN} style="{CARD}"><strong>{escape(state)}</strong>'
        f"{bar_html(progress.fraction, state) if is_live else '<br>'}"
        f"{_dim(rest)}<br>{_dim(prompt)}{'<br>' if prompt else ''}{_dim(name)}</div>"
    )


def note_html(job: Job, words: str) -> str:
    """A job of which something has to be said."""
    try:
        prompt = shortened(job.params.prompt or "", LONGEST_PROMPT)
        who = f"<strong>{escape(job.provider)}</strong> at {escape(job.backend)}: "
    except RushesError:  # Its client is closed.
        who = prompt = ""
    rest = [_dim(prompt)] if prompt else []
    if job.id not in words:
        rest.append(_dim(f"job {job.id}"))
    return f'<div {PLAIN} style="{CARD}">{"<br>".join([who + linked(words), *rest])}</div>'


def bar_html(fraction: float | None, label: str) -> str:
    """How far something is; an empty bar where that is not known."""
    share = 0.0 if fraction is None else min(max(fraction, 0.0), 1.0)
    now = "" if fraction is None else f' aria-valuenow="{round(100 * share)}"'
    return (
        f'<div role="progressbar" aria-label="{escape(label)}"{now} style="height:4px;'
        f'margin:6px 0;border-radius:2px;background:rgba(128,128,128,.25);overflow:hidden">'
        f'<div style="height:100%;width:{100 * share:.1f}%;background:currentColor;opacity:.7">'
        f"</div></div>"
    )


def _proceeds(job: Job | Sweep) -> bool:
    try:
        return not job.is_over
    except RushesError:
        return False


def _dim(text: str) -> str:
    return f'<span style="{DIM}">{escape(text)}</span>'


def result_html(result: VideoGenResult, *, width: int = WIDTH) -> str:
    """A video element that plays the file beside the notebook, with a caption."""
    prompt = shortened(result.prompt or "", LONGEST_PROMPT)
    caption = (
        f"<strong>{escape(result.provider)}</strong> · {escape(' · '.join(facts_of(result)))}<br>"
        f'<span style="opacity:.75">{escape(prompt)}</span>'
        + "".join(f"<br><em>{escape(note)}</em>" for note in result.notes)
    )
    source = file_address(result.path) or result.video_url
    if result.path is not None and source == result.video_url and "?" in source:
        # Signed: it would give the video to everybody who gets the notebook.
        source = ""
        caption += f"<br>{escape(visible(str(result.path)))}"
    return film_html(
        source,
        caption,
        shape=(result.width, result.height),
        poster=_poster(result.poster_path),
        width=width,
    )


def film_html(
    source: str,
    caption: str,
    *,
    shape: tuple[int, int],
    poster: bytes | None = None,
    width: int = WIDTH,
) -> str:
    """A video element with a caption; where videos are taken out of pages, a link is left.

    Args:
        source: the address of the film.
        caption: HTML.
        shape: width and height of the film; how much room it takes follows from that.
        poster: a JPEG that stands there until it plays; a large one is left out.
        width: the most it takes, in CSS pixels.
    """
    across, down = (max(side, 1) for side in shape)
    still = poster if poster and len(poster) <= LARGEST_POSTER else None
    data = f' poster="data:image/jpeg;base64,{base64.b64encode(still).decode()}"' if still else ""
    name = visible(unquote(re.split("[?#]", source)[0])).rpartition("/")[2] or "the video"
    is_linked = source and LINKED.match(source)
    link = f'<a href="{escape(source)}">{escape(name)}</a>' if is_linked else ""
    return (
        f'<div {PLAIN} style="{BOX};width:{min(width, round(width * across / down))}px">'
        f'<video controls playsinline preload="none" src="{escape(source)}"{data} '
        f'style="display:block;width:100%;aspect-ratio:{across}/{down};'
        f'background:#111">{link}</video>'
        f'<div style="padding:8px 10px">{caption}</div></div>'
    )


def file_address(path: Path | None) -> str | None:
    """A file's address as seen from the notebook; None when it is not beside or below it."""
    relative = notebook_path(path) if path else None
    return quote(relative) if relative else None


def _poster(path: Path | None) -> bytes | None:
    """A still, where there is one that is small enough to be saved with the notebook."""
    try:
        # A link could lead to what is nobody's business.
        data = b"" if path is None else read_regular(path, LARGEST_POSTER, follow_links=False)
    except (OSError, ValueError):
        return None
    return data if data.startswith(JPEG) else None
