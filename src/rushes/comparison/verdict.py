"""All that is needed to check the results of a bake-off, as one HTML file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rushes._version import __version__
from rushes.comparison.naming import facts_of
from rushes.comparison.onefile import head, one_file
from rushes.contract.params import is_local
from rushes.contract.wording import on_one_line, visible
from rushes.explore.results import TITLES, YOU
from rushes.media.output import target

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rushes.contract.sheet import Sheet
    from rushes.explore.bakeoff import BakeOff
    from rushes.job import Job
    from rushes.journal import Vote

STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{margin:0;font:15px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;margin:36px 0 8px}
p{margin:6px 0;max-width:80ch}
small,.dim{color:color-mix(in srgb,CanvasText 72%,Canvas)}
.scroll{overflow-x:auto;border-top:1px solid var(--line)}
.scroll:focus-visible{outline:2px solid Highlight}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:5px 14px 5px 0;text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap}
td{min-width:3em;overflow-wrap:anywhere}
td.wide{min-width:22em}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;margin:0}
svg{max-width:100%;height:auto;font:12px system-ui,sans-serif}
.plots{display:flex;flex-wrap:wrap;gap:8px 24px;margin:14px 0}
"""

METHOD = (
    "Each vote is on two takes of one prompt, mode and set of inputs by two providers, whose names "
    "were hidden; sides were shuffled. Strengths are those of the Bradley-Terry model, a tie "
    "counting half a win for each: of two that differ by 1, the stronger one is expected to win "
    "73 % of the votes on a prompt like these. The 95 % intervals are about other prompts of the "
    "same kind: they come from leaving out one prompt after the other (jackknife), with Student's "
    "t for the number of prompts less one."
)

SHOWN = ("provider", "prompt", "clientRef", "requestOrigin")
"""Parameters that are not repeated among the settings of a take."""


def report(bake: BakeOff, path: str | os.PathLike[str]) -> Path:
    """Write the report of a bake-off; see `BakeOff.report`.

    Args:
        bake: the bake-off.
        path: the file; an existing one is replaced.

    Raises:
        InvalidParams: if the path is not one of a file.
        MediaError: if it cannot be written.
    """
    goal = target(path)
    with one_file(goal) as file:
        file.put(head(f"Bake-off: {on_one_line(bake.name)}", STYLE, sources="img-src data:"))
        for part in _parts(bake):
            file.put(part)
    return goal


def _parts(bake: BakeOff) -> Iterator[str]:
    results = bake.results()
    jobs = bake.jobs
    votes = bake.votes()
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield f"<body>\n<main>\n<h1>{_text(bake.name)}</h1>\n"
    yield f'<p class="dim">Made on {now} by rushes {escape(__version__)}.</p>\n'
    yield "<h2>Results</h2>\n"
    yield "".join(f"<p>{_text(note)}</p>\n" for note in results.notes)
    yield f'<div class="plots">{results.pictures()}</div>\n'
    for sheet in results.sheets():
        yield _sheet(sheet)
    yield f"<h2>Method</h2>\n<p>{escape(METHOD)}</p>\n"
    yield "<h2>What was asked</h2>\n"
    yield _table(("", "prompt"), ((str(n + 1), text) for n, text in enumerate(bake.prompts)))
    yield _table(("provider", "id"), ((title, provider) for provider, title in bake.titles.items()))
    progress = bake.progress
    cap = "without a cap" if bake.sweep.cap is None else f"with a cap of ${bake.sweep.cap:,.2f}"
    yield (
        f"<p>{progress.total} takes were asked for, {cap}: {progress.done} done, "
        f"{progress.failed} failed; ${progress.spent:,.2f} spent, ${progress.reserved:,.2f} "
        f"reserved.</p>\n"
    )
    yield "<h2>Takes</h2>\n"
    titles = bake.titles
    yield _table(
        ("job", "provider", "backend", "state", "prompt", "settings", "result", "cost", "notes"),
        (_take(job, titles.get(job.provider, job.provider)) for job in jobs),
        wide=(4, 5),
    )
    yield "<h2>Votes</h2>\n"
    yield _table(
        ("when", "voter", "question", "left", "right", "choice", "left job", "right job"),
        (_vote(vote, titles) for vote in votes),
    )
    yield "</main>\n</body>\n</html>\n"


def _take(job: Job, title: str) -> tuple[str, ...]:
    params = {
        name: _brief(value) for name, value in job.params.to_json().items() if name not in SHOWN
    }
    result = job.finished
    error = job.error
    found = ", ".join(facts_of(result)) if result else (error.message if error else "")
    settings = json.dumps(params, ensure_ascii=False)
    prompt = job.params.prompt or ""
    notes = " ".join(job.notes)
    return (
        job.id,
        title,
        job.backend,
        job.state.value,
        prompt,
        settings,
        found,
        str(job.cost),
        notes,
    )


def _brief(value: Any) -> Any:
    """A setting; a link without its query, which may hold a signature, and a file by its name."""
    if isinstance(value, list):
        return [_brief(item) for item in value]
    if isinstance(value, dict):
        return {name: _brief(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    if value.startswith(("http:", "https:")):
        return value.partition("?")[0]
    return PurePath(value).name if "/" in value and is_local(value) else value


def _vote(vote: Vote, titles: dict[str, str]) -> tuple[str, ...]:
    when = datetime.fromtimestamp(vote.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    names = titles.get(vote.left, vote.left), titles.get(vote.right, vote.right)
    chosen = {"left": names[0], "right": names[1], "tie": "tie"}[vote.choice]
    jobs = vote.left_job or "", vote.right_job or ""
    return (when, vote.voter or YOU, TITLES[vote.question], *names, chosen, *jobs)


def _sheet(sheet: Sheet) -> str:
    title = f"<h2>{_text(sheet.title)}</h2>\n" if sheet.title else ""
    return title + _table(sheet.heads, sheet.rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, wide: Sequence[int] = ()) -> str:
    head_row = "".join(f'<th scope="col">{_text(name)}</th>' for name in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=wide' if place in wide else ''}>{_text(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table">\n<table>\n'
        f"<thead><tr>{head_row}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _text(text: Any) -> str:
    return escape(visible(str(text)))
