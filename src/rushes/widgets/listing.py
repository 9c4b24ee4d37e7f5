"""Tables in cells: jobs with their stills, providers, backends, prices; and errors."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from rushes.catalog import ProviderSpec
from rushes.catalog.showing import sheet_of
from rushes.comparison.chart import LANE, chart
from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import visible
from rushes.explore.measures import Measures, MeasuresList
from rushes.explore.takes import Take, Takes
from rushes.explore.wordings import WordDiff
from rushes.io.regular import read_regular
from rushes.job import Job
from rushes.joblist import HEADS, JobList, row_of
from rushes.widgets.markup import PLAIN, linked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rushes.widgets.live import Watched

FONT = "font:13px/1.45 system-ui,sans-serif"

CHANGED = {
    "same": "{}",
    "removed": '<del style="background:rgba(200,70,60,.2)">{}</del>',
    "added": '<ins style="background:rgba(50,160,90,.25)">{}</ins>',
}
"""What stands around the words of a difference; they are struck out and underlined as well."""

LINE = "border-top:1px solid rgba(128,128,128,.3)"

CELL = f"{LINE};padding:5px 14px 5px 0;text-align:left;vertical-align:top"

LONGEST_WORD = 40
"""Characters of a cell that is never broken into lines."""

STILL = 80
"""Width of a still in CSS pixels; its picture has twice as many."""

STILLS = 250_000
"""Bytes of all stills of a list that are saved inside a notebook."""

LARGEST_POSTER = 1_000_000
"""Bytes of a poster that is read for a still."""


def bundle_of(shown: Any) -> dict[str, str]:
    """What a cell shows of a list, a table or an error, by MIME type."""
    if isinstance(shown, RushesError):
        return {"text/plain": str(shown), "text/html": error_html(shown)}
    if isinstance(shown, WordDiff):
        return {"text/plain": str(shown), "text/html": diff_html(shown)}
    if isinstance(shown, Sheet):
        sheet = shown
    elif isinstance(shown, ProviderSpec):
        sheet = sheet_of(shown)
    elif isinstance(shown, Printed):
        sheet = shown.sheet()
    else:
        return {"text/plain": repr(shown)}
    if isinstance(shown, JobList | Takes):
        return _jobs_bundle(replace(sheet, stills=stills_of(shown[: len(sheet.rows)])))
    if isinstance(shown, MeasuresList) and sheet.rows:
        rows = [(row[-1], *row[:-1]) for row in sheet.rows]
        heads, right = (sheet.heads[-1], *sheet.heads[:-1]), tuple(n + 1 for n in sheet.right)
        named = replace(sheet, rows=rows, heads=heads, right=right)
        return {"text/plain": str(sheet), "text/html": sheet_html(named, wide=0)}
    curves = curves_html(shown) if isinstance(shown, Measures) else ""
    return {"text/plain": str(sheet), "text/html": f"{sheet_html(sheet)}{curves}"}


def curves_html(measures: Measures) -> str:
    """What was measured along a take, as a picture; empty if that is nothing."""
    found = chart(measures)
    if not found.lanes:
        return ""
    names = "".join(
        f'<div style="height:{LANE}px;line-height:{LANE}px">{escape(name)}</div>'
        for name in found.lanes
    )
    return (
        f'<div {PLAIN} style="{FONT};font-size:11px;display:flex;gap:8px;max-width:720px;'
        f'margin-top:8px"><div>{names}</div><img src="{found.picture}" alt="" style="flex:1;'
        f"min-width:0;height:{LANE * len(found.lanes)}px;margin:0;"
        f'background:rgba(128,128,128,.12)"></div>'
    )


def watched_bundle(watched: Sequence[Watched], *, is_live: bool) -> dict[str, str]:
    """What a cell shows of several jobs that it waits for."""
    jobs = JobList(each.job for each in watched if isinstance(each.job, Job))
    words = [each.words for each in watched]
    rows = [
        (*row_of(job)[:-1], said or row_of(job)[-1])
        for job, said in zip(jobs[: len(jobs.sheet().rows)], words, strict=False)
    ]
    sheet = replace(jobs.sheet(), rows=rows, heads=HEADS)
    if not is_live:
        sheet = replace(sheet, stills=stills_of(jobs[: len(rows)]))
    return _jobs_bundle(sheet)


def _jobs_bundle(sheet: Sheet) -> dict[str, str]:
    """Jobs; in a cell the prompt comes first, as it is what a person knows a take by."""
    rows = [(row[-1], *row[1:-1], row[0]) for row in sheet.rows]
    heads = (sheet.heads[-1], *sheet.heads[1:-1], sheet.heads[0])
    table = replace(sheet, rows=rows, heads=heads)
    return {"text/plain": str(sheet), "text/html": sheet_html(table, wide=0)}


def sheet_html(sheet: Sheet, *, wide: int = -1) -> str:
    """A table without a script.

    Args:
        sheet: the table.
        wide: the column that takes the room; the last one by default.
    """
    title = f'<div style="font-weight:600;padding-bottom:4px">{escape(sheet.title)}</div>'
    notes = "".join(f'<div style="opacity:.75">{linked(note)}</div>' for note in sheet.notes)
    if not sheet.rows:
        return f'<div {PLAIN} style="{FONT}">{escape(sheet.title or sheet.empty)}{notes}</div>'
    has_stills = any(sheet.stills)
    head = ""
    if sheet.heads:
        names = [*([""] if has_stills else []), *sheet.heads]
        cells = "".join(
            f'<th scope="col" style="padding:0 14px 3px 0;text-align:left;font-weight:400;'
            f'opacity:.75;background:none">{escape(name)}</th>'
            for name in names
        )
        head = f'<thead><tr style="background:none">{cells}</tr></thead>'
    body = "".join(
        _row(
            row,
            sheet,
            sheet.stills[place] if has_stills else None,
            has_stills=has_stills,
            wide=wide % len(row),
        )
        for place, row in enumerate(sheet.rows)
    )
    return (
        f'<div {PLAIN} style="{FONT};overflow-x:auto">{title if sheet.title else ""}'
        f'<table style="border-collapse:collapse;{FONT};margin:0">{head}<tbody>{body}</tbody>'
        f"</table>{notes}</div>"
    )


def _row(
    row: Sequence[str], sheet: Sheet, still: bytes | None, *, has_stills: bool, wide: int
) -> str:
    cells = []
    if has_stills:
        picture = ""
        if still is not None:
            data = base64.b64encode(still).decode()
            picture = (
                f'<img alt="" src="data:image/jpeg;base64,{data}" '
                f'style="display:block;width:{STILL}px;max-width:none;height:auto;max-height:{STILL}px;'
                f'object-fit:contain;margin:0">'
            )
        cells.append(f'<td style="{CELL};width:{STILL}px">{picture}</td>')
    for place, cell in enumerate(row):
        if place in sheet.right:
            how = f"{CELL};text-align:right;white-space:nowrap"
        elif place == wide:
            how = f"{CELL};overflow-wrap:anywhere;min-width:12em;max-width:60em"
        elif len(cell) <= LONGEST_WORD:
            how = f"{CELL};white-space:nowrap"
        else:
            how = f"{CELL};min-width:12em"
        if place == 0 and wide:
            how += ";font-weight:600"
        cells.append(f'<td style="{how}">{linked(cell)}</td>')
    return f'<tr style="background:none">{"".join(cells)}</tr>'


def diff_html(diff: WordDiff) -> str:
    """How two wordings differ, in one text."""
    words = "".join(CHANGED[kind].format(escape(visible(text))) for kind, text in diff.parts)
    return (
        f'<div {PLAIN} style="{FONT};max-width:60em;white-space:pre-wrap;overflow-wrap:anywhere">'
        f"{words}</div>"
    )


def error_html(error: RushesError) -> str:
    """An error as a card: what happened, each problem on its own, and its code."""
    if isinstance(error, InvalidParams) and error.problems:
        head = error.message.partition("\n")[0]
        items = "".join(
            f"<li><strong>{escape(each.parameter)}</strong>: {linked(each.message)}</li>"
            for each in error.problems
        )
        said = f'{linked(head)}<ul style="margin:4px 0;padding-left:20px">{items}</ul>'
    else:
        said = linked(str(error)).replace("\n", "<br>") + "<br>"
    job = f" · job {escape(error.job_id)}" if error.job_id else ""
    return (
        f'<div {PLAIN} style="{FONT};max-width:60em;border-left:3px solid #c43;'
        f'padding:2px 0 2px 10px;overflow-wrap:anywhere">{said}'
        f'<span style="opacity:.75">{escape(type(error).__name__)} · {escape(error.code)}{job}'
        f"</span></div>"
    )


def stills_of(shown: Iterable[Job | Take]) -> list[bytes | None]:
    """A small picture of each job or take that has a poster, until they are too large together."""
    found: list[bytes | None] = []
    left = STILLS
    for each in shown:
        still = _still(each) if left > 0 else None
        if still is not None and len(still) > left:
            still, left = None, 0
        left -= len(still or b"")
        found.append(still)
    return found


def _still(shown: Job | Take) -> bytes | None:
    try:
        result = shown.result if isinstance(shown, Take) else shown.finished
    except RushesError:
        return None
    return None if result is None else still_of(result.poster_path)


def still_of(poster: Path | None) -> bytes | None:
    """A small picture of a poster; None if there is none that can be read."""
    if poster is None:
        return None
    from PIL.JpegImagePlugin import JpegImageFile  # noqa: PLC0415 - heavy

    from rushes.video.pillow import within  # noqa: PLC0415

    try:
        # A link could lead to what is nobody's business.
        data = read_regular(poster, LARGEST_POSTER, follow_links=False)
        image = JpegImageFile(io.BytesIO(data))
        within(image)
        image.thumbnail((2 * STILL, 2 * STILL))
        small = io.BytesIO()
        image.convert("RGB").save(small, "JPEG", quality=70)
    except Exception:  # noqa: BLE001 - whatever is wrong with a picture costs the list nothing else
        return None
    return small.getvalue()
