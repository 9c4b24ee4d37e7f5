"""A job or a result as HTML, for the output of a cell.

It needs no kernel and no script, so it also appears in a saved notebook, on nbviewer and in what
nbconvert writes. Everything that comes from users and services is escaped.
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from rushes.comparison.naming import facts_of
from rushes.contract.errors import RushesError
from rushes.contract.results import VideoGenResult
from rushes.contract.wording import shortened, visible
from rushes.io.folders import notebook_path
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.job import Job

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


def bundle(shown: VideoGenResult | Job) -> dict[str, str]:
    """What a cell shows of a result or a job, by MIME type."""
    if isinstance(shown, VideoGenResult):
        return _result_bundle(shown)
    try:
        result = shown.finished
        if result is None:
            return {"text/plain": repr(shown), "text/html": job_html(shown)}
    except RushesError:
        return {"text/plain": repr(shown)}
    return _result_bundle(result)


def _result_bundle(result: VideoGenResult) -> dict[str, str]:
    facts = " · ".join(facts_of(result))
    lines = [f"{result.provider} ({result.backend}), {facts}"]
    if result.path is not None:
        lines.append(str(result.path))
    lines += result.notes
    return {"text/plain": visible("\n".join(lines)), "text/html": result_html(result)}


def job_html(job: Job) -> str:
    """A job without a video: its request, and its progress or its error."""
    words = job.error.message if job.error else job.progress.text
    prompt = shortened(job.params.prompt or "", LONGEST_PROMPT)
    return (
        f'<div style="{BOX};padding:10px 12px;width:{WIDTH}px;box-sizing:border-box">'
        f"<strong>{escape(job.provider)}</strong> at {escape(job.backend)}: {escape(words)}<br>"
        f'<span style="opacity:.75">{escape(prompt)}</span><br>'
        f'<span style="opacity:.75">job {escape(job.id)}</span></div>'
    )


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
        caption += f"<br>{escape(str(result.path))}"
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
    name = unquote(re.split("[?#]", source)[0]).rpartition("/")[2] or "the video"
    is_linked = source and LINKED.match(source)
    link = f'<a href="{escape(source)}">{escape(name)}</a>' if is_linked else ""
    return (
        f'<div style="{BOX};width:{min(width, round(width * across / down))}px">'
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
