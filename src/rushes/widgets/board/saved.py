"""A board in a page without a kernel: a table of stills, e.g. in a saved notebook."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from rushes.contract.wording import shortened, visible
from rushes.widgets.listing import FONT, STILL, STILLS, still_of
from rushes.widgets.markup import PLAIN

if TYPE_CHECKING:
    from rushes.comparison.wall import Tile, Wall

MOST_CELLS = 240
"""Cells of a board that are shown without a kernel."""

CELL = "border:0;padding:0 8px 8px 0;text-align:left;vertical-align:top;font-weight:400"


def html(wall: Wall) -> str:
    """Its takes as a table."""
    across = max(1, len(wall.columns))
    shown = max(1, MOST_CELLS // across)
    budget = _Budget()
    heads = ""
    if any(wall.columns):
        corner = "<td></td>" if any(wall.rows) else ""
        names = "".join(_head("col", name) for name in wall.columns)
        heads = f'<thead><tr style="background:none">{corner}{names}</tr></thead>'
    lines = []
    for name, tiles in [*zip(wall.rows, wall.tiles, strict=True)][:shown]:
        head = _head("row", name) if any(wall.rows) else ""
        cells = "".join(_cell(tile, budget, named=not wall.has_heads) for tile in tiles)
        lines.append(f'<tr style="background:none">{head}{cells}</tr>')
    left = len(wall.rows) - shown
    more = f"<div>{left:,} more rows are shown when the cell is run.</div>" if left > 0 else ""
    title = f'<div style="font-weight:600">{_text(wall.title)}</div>' if wall.title else ""
    return (
        f'<div {PLAIN} style="{FONT};overflow-x:auto">{title}'
        f'<table style="border-collapse:collapse;{FONT};margin:4px 0">{heads}'
        f"<tbody>{''.join(lines)}</tbody></table>{more}</div>"
    )


def _head(scope: str, name: str) -> str:
    return f'<th scope="{scope}" style="{CELL};max-width:160px">{_text(name)}</th>'


def _text(text: str) -> str:
    return escape(visible(text))


def _cell(tile: Tile | None, budget: _Budget, *, named: bool) -> str:
    if tile is None:
        return f'<td style="{CELL}"></td>'
    poster = tile.entry.result.poster_path if tile.entry and tile.entry.result else None
    picture = budget.picture(still_of(poster)) if budget.left else ""
    name = shortened(tile.name) if named or not (picture or tile.words) else ""
    words = " \N{MIDDLE DOT} ".join(word for word in (name, tile.words) if word)
    return f'<td style="{CELL};max-width:{2 * STILL}px">{picture}<div>{_text(words)}</div></td>'


class _Budget:
    """Bytes of stills that may still be saved in the notebook."""

    def __init__(self) -> None:
        self.left = STILLS

    def picture(self, still: bytes | None) -> str:
        if still is None:
            return ""
        if len(still) > self.left:
            self.left = 0
            return ""
        self.left -= len(still)
        data = base64.b64encode(still).decode()
        return (
            f'<img alt="" src="data:image/jpeg;base64,{data}" style="display:block;'
            f'width:{2 * STILL}px;max-width:none;height:auto;margin:0">'
        )
