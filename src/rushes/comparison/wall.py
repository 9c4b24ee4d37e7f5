"""Many takes in rows and columns, as an image and as an HTML page to share."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from rushes.comparison.chip import chip
from rushes.comparison.onefile import head, mime_of, one_file
from rushes.comparison.stills import FAINT, INK, MARGIN, PAPER, TYPE, WIDEST, save
from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.wording import visible
from rushes.io.regular import read_regular
from rushes.media.output import target
from rushes.media.poster import is_still
from rushes.video.lettering import drawable, typeface, wrapped
from rushes.video.pillow import thumbnail

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from rushes.comparison.entry import Entry
    from rushes.comparison.onefile import OneFile

CELL = 320
"""Pixels that a picture is wide; fewer if there are many columns."""

GAP = 8

HEAD = 180
"""Pixels of the column with the heads of the rows."""

LINE = 20
"""Pixels of a line of type."""

TALLEST = 30_000
"""Pixels of the image; more than browsers and viewers show."""

FILMS = 50_000_000
"""Bytes of films in a page: more are hard to send and open. All pictures are always in it."""

LARGEST_POSTER = 2_000_000
"""Bytes of a poster that is put into a page."""


@dataclass(frozen=True)
class Tile:
    """One take of a wall.

    Attributes:
        name: distinguishes it from the others.
        entry: the take; None if it does not exist yet.
        words: its state, or how it was judged.
    """

    name: str
    entry: Entry | None = None
    words: str = ""


@dataclass(frozen=True)
class Wall:
    """Takes in rows and columns.

    Attributes:
        title: of all of them.
        rows: a head for each row; empty where rows mean nothing.
        columns: a head for each column.
        tiles: by row; None where nothing stands.
    """

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    tiles: Sequence[Sequence[Tile | None]]

    @property
    def has_heads(self) -> bool:
        """Whether rows and columns say what stands in them; else each tile has its name."""
        return any(self.rows) or any(self.columns)


def wall_picture(wall: Wall, path: str | os.PathLike[str]) -> Path:
    """Write a PNG with a still of each take.

    Args:
        wall: what is shown.
        path: the image; an existing file is replaced.

    Returns:
        The absolute path of the image.

    Raises:
        InvalidParams: if the path is not that of a file, or there are too many rows for an image.
        MediaError: if the image cannot be written.
    """
    goal = target(path)
    side = HEAD if any(wall.rows) else 0
    count = max(1, len(wall.columns))
    width = min(CELL, (WIDEST - 2 * MARGIN - side + GAP) // count - GAP)
    name = 0 if wall.has_heads else LINE
    stills = [[_still(tile, width) for tile in line] for line in wall.tiles]
    heights = [
        max((still.height for still in line if still is not None), default=width * 9 // 16) + name
        for line in stills
    ]
    top = MARGIN + (LINE + GAP if wall.title else 0) + (2 * LINE if any(wall.columns) else 0)
    tall = top + sum(heights) + GAP * len(heights) + MARGIN
    if tall > TALLEST:
        msg = (
            f"The image would be {tall:,} pixels tall; {TALLEST:,} are the most. Filter the board, "
            f"or export a page."
        )
        raise InvalidParams(msg)
    lefts = [MARGIN + side + column * (width + GAP) for column in range(count)]
    sheet = Image.new("RGB", (lefts[-1] + width + MARGIN, tall), PAPER)
    pen = _Pen(sheet)
    pen.write(MARGIN, MARGIN, wall.title, TYPE + 2, sheet.width)
    for left, words in zip(lefts, wall.columns, strict=False):
        pen.write(left, top - 2 * LINE, words, TYPE - 1, width, lines=2)
    for row, height in enumerate(heights):
        pen.write(MARGIN, top, wall.rows[row], TYPE - 1, HEAD - GAP, lines=5)
        for left, tile, still in zip(lefts, wall.tiles[row], stills[row], strict=False):
            if tile is not None:
                pen.stand(left, top, tile, still, width)
                if name:
                    under = top + (still.height if still else height - name)
                    pen.write(left, under, tile.name, TYPE - 2, width, fill=FAINT)
        top += height + GAP
    save(sheet, goal)
    return goal


class _Pen:
    """Writes and pastes on an image.

    Args:
        sheet: the image.
    """

    def __init__(self, sheet: Image.Image) -> None:
        self._sheet = sheet
        self._draw = ImageDraw.Draw(sheet)

    def write(
        self,
        left: int,
        top: int,
        text: str,
        size: int,
        width: int,
        *,
        lines: int = 1,
        fill: tuple[int, int, int] = INK,
    ) -> None:
        """Write a text in a few lines; an ellipsis stands for the rest."""
        for number, line in enumerate(wrapped(drawable(text), size, width, lines)):
            self._draw.text((left, top + number * LINE), line, font=typeface(size), fill=fill)

    def stand(self, left: int, top: int, tile: Tile, still: Image.Image | None, width: int) -> None:
        """Put a take at its place: its picture with its marks, or words."""
        if still is None:
            self.write(left, top, tile.words, TYPE - 2, width, fill=FAINT)
            return
        self._sheet.paste(still, (left, top))
        if tile.words:
            note = chip(tile.words, TYPE - 3, width)
            self._sheet.paste(note, (left + 4, top + still.height - note.height - 4), note)


def _still(tile: Tile | None, width: int) -> Image.Image | None:
    """The picture of a take at a width."""
    if tile is None or tile.entry is None:
        return None
    poster = _poster(tile.entry)
    if poster is None:
        return None
    try:
        found = thumbnail(poster, 2 * width)
    except (OSError, RushesError):
        return None
    if found is None:
        return None
    small, (wide, tall) = found
    return small.resize((width, max(1, min(2 * width, round(width * tall / wide)))))


def _poster(entry: Entry) -> Path | None:
    still = entry.result.poster_path if entry.result else None
    return still if still is not None and is_still(still) else None


def wall_page(wall: Wall, path: str | os.PathLike[str], *, films: int = FILMS) -> Path:
    """Write one HTML file with a picture of each take, and the films as far as they fit.

    Args:
        wall: what is shown.
        path: the page; an existing file is replaced.
        films: maximum bytes of video in the page; the first takes come first. 0 leaves all out.

    Returns:
        The absolute path of the page.

    Raises:
        InvalidParams: if the path is not that of a file.
        MediaError: if the page cannot be written.
    """
    goal = target(path)
    with one_file(goal) as file:
        _write(file, wall, films)
    return goal


STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 25%,transparent)}
body{margin:24px;font:14px/1.45 system-ui,sans-serif}
h1{font-size:18px;margin:0 0 4px}p{margin:0 0 12px;opacity:.75}
.scroll{overflow:auto}table{border-collapse:collapse}
th{text-align:left;vertical-align:top;padding:4px 10px 8px 0;font-weight:600;max-width:180px}
td{vertical-align:top;padding:0 8px 12px 0}
figure{margin:0;width:240px}video,img{display:block;width:100%;height:auto;background:#111;border-radius:4px}
figcaption{font-size:12px;opacity:.75;overflow-wrap:anywhere}
.none{border:1px dashed var(--line);border-radius:4px;padding:12px;font-size:12px}
"""


def _write(file: OneFile, wall: Wall, films: int) -> None:
    """The page, part by part."""
    tiles = [tile for line in wall.tiles for tile in line if tile is not None]
    done = [tile for tile in tiles if tile.entry and tile.entry.path]
    sizes = [_size(tile.entry) for tile in done]
    held = _fitting(sizes, films)
    title = visible(wall.title or f"{len(tiles):,} takes")
    file.put(head(title, STYLE, sources="img-src data:; media-src data:"))
    file.put(
        f"<body>\n<h1>{escape(title)}</h1>\n"
        f"<p>{len(tiles):,} takes; {_said(held, len(done), films)}</p>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Takes">\n<table>\n'
    )
    if any(wall.columns):
        corner = "<td></td>" if any(wall.rows) else ""
        heads = "".join(f'<th scope="col">{escape(visible(name))}</th>' for name in wall.columns)
        file.put(f"<thead><tr>{corner}{heads}</tr></thead>\n")
    file.put("<tbody>\n")
    number = 0
    for name, line in zip(wall.rows, wall.tiles, strict=True):
        file.put("<tr>")
        if any(wall.rows):
            file.put(f'<th scope="row">{escape(visible(name))}</th>')
        for tile in line:
            file.put("<td>")
            if tile is not None:
                has_film = bool(tile.entry and tile.entry.path) and number < held
                number += bool(tile.entry and tile.entry.path)
                _figure(file, tile, has_film=has_film, named=not wall.has_heads)
            file.put("</td>")
        file.put("</tr>\n")
    file.put("</tbody>\n</table>\n</div>\n</body>\n</html>\n")


def _said(held: int, count: int, films: int) -> str:
    if held == count:
        return "all films are in this page."
    most = f"{films / 1_000_000:.0f} MB"
    return f"{held:,} of {count:,} films are in this page, which holds {most} of them at most."


def _fitting(sizes: Sequence[int], most: int) -> int:
    """The number of files, from the first one, that fit into that many bytes."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > most:
            return number
    return len(sizes)


def _size(entry: Entry | None) -> int:
    try:
        return entry.path.stat().st_size if entry and entry.path else 0
    except OSError:
        return 0


def _figure(file: OneFile, tile: Tile, *, has_film: bool, named: bool) -> None:
    still = _picture(tile.entry)
    name = escape(visible(tile.name), quote=True)
    words = [word for word in (tile.name if named else "", tile.words) if word]
    caption = escape(visible(" \N{MIDDLE DOT} ".join(words)))
    film = _film(tile.entry) if has_film else None
    file.put("<figure>")
    if film is not None:
        path, mime = film
        poster = f' poster="{still}"' if still else ""
        file.put(
            f'<video controls loop playsinline preload="metadata"{poster} '
            f'aria-label="{name}" src="data:{mime};base64,'
        )
        file.embed(path)
        file.put('"></video>')
    elif still:
        file.put(f'<img alt="{name}" src="{still}">')
    else:
        file.put(f'<div class="none">{escape(visible(tile.words or tile.name))}</div>')
        caption = escape(visible(tile.name)) if named else ""
    file.put(f"<figcaption>{caption}</figcaption></figure>" if caption else "</figure>")


def _picture(entry: Entry | None) -> str | None:
    """The poster as the address of a picture that holds it."""
    poster = _poster(entry) if entry else None
    if poster is None:
        return None
    try:
        data = read_regular(poster, LARGEST_POSTER, follow_links=False)
    except (OSError, ValueError):
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _film(entry: Entry | None) -> tuple[Path, str] | None:
    """The file of a take and its media type; None if it cannot be opened."""
    if entry is None or entry.path is None:
        return None
    try:
        return entry.path, mime_of(entry.path)
    except OSError:
        return None
