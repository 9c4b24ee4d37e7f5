"""The table of docs/explanation/media.md: what is done with odd files, checked by numbers.

To write it anew after a change: ``PYTHONPATH=tests python -m media.odd_table``.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image

import rushes
from media.odd_files import ALL, Colour, Odd
from rushes.comparison import frames
from rushes.contract.errors import InvalidParams, RushesError
from rushes.media.limits import length_of
from rushes.media.poster import make_poster
from rushes.media.probe import probe
from rushes.video.frames import last_frame
from rushes.widgets.inputs import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "media.md"

PROVIDER = "seedance-2.0"

NEAR, LOOSE = 7, 22
"""How far a channel of a colour may be off: encoders round, palettes and chroma are coarse."""

WRONG, TIMES = "WRONG", "\N{MULTIPLICATION SIGN}"

LOUD = 0.1
"""Samples of a tone, of 1; silence between blocks may ring."""

IN_STEP = 0.03
"""Seconds by which a tone may begin earlier or later: less than a frame."""

Size = tuple[int, int]


class Wrong(Exception):
    """What was found where something else is true."""


def seconds(found: float, odd: Odd, slack: float = 0.06) -> str:
    if odd.seconds is None or abs(found - odd.seconds) > slack:
        msg = f"{found:.2f} s"
        raise Wrong(msg)
    return f"{odd.seconds:.2f} s"


def size(found: Size, odd: Odd, slack: int = 0) -> str:
    if odd.size is None or max(abs(a - b) for a, b in zip(found, odd.size, strict=True)) > slack:
        msg = f"{found[0]} {TIMES} {found[1]}"
        raise Wrong(msg)
    return f"{odd.size[0]} {TIMES} {odd.size[1]}"


def colour(image: Image.Image, true: Colour | None, odd: Odd, at: float = 0.5) -> str:
    """The colour of an image at a share of its width."""
    if true is None:
        return "a picture"
    place = int(image.width * at), image.height // 2
    found = image.convert("RGB").getpixel(place)
    off = max(abs(a - b) for a, b in zip(found, true, strict=True))
    if off > (LOOSE if odd.loose else NEAR):
        msg = " ".join(map(str, found))
        raise Wrong(msg)
    return " ".join(map(str, true))


def both(image: Image.Image, odd: Odd) -> str:
    """The colours of its two halves."""
    return f"{colour(image, odd.first, odd, 0.25)} · {colour(image, odd.last, odd, 0.75)}"


def begins(path: Path, odd: Odd) -> str:
    """When the tone of a clip begins, counted from its first frame."""
    with av.open(str(path)) as film:
        first = next(film.decode(video=0)).time or 0.0
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            loud = np.abs(frame.to_ndarray().astype(float)).max(axis=0) > LOUD
            if loud.any():
                found = (frame.time or 0.0) + int(loud.argmax()) / frame.sample_rate - first
                break
        else:
            msg = "no tone"
            raise Wrong(msg)
    if odd.begins is None or abs(found - odd.begins) > IN_STEP:
        msg = f"tone at {found:.2f} s"
        raise Wrong(msg)
    return f"{odd.begins:.1f} s"


class Table:
    """Does everything with every file.

    Args:
        folder: for the files and what is made of them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        home = {"home": folder / "home", "library": folder / "library"}
        self._gen = rushes.VideoGen(backend="preview", **home)
        self._picture = folder / "plain.png"
        self._picture.write_bytes(ALL["pictures"][0].make())
        self._plain = folder / "plain.mp4"
        self._plain.write_bytes(ALL["clips"][0].make())

    def close(self) -> None:
        self._gen.close()

    def rows(self, part: str) -> Iterator[tuple[str, ...]]:
        folder = self._folder / part
        folder.mkdir()
        for odd in ALL[part]:  # type: ignore[index]
            path = folder / odd.name
            path.write_bytes(odd.make())
            cells = [self._cell(do, odd, path) for do in self._columns(part).values()]
            yield f"`{odd.name}`", odd.what, *_merged(cells)

    def head(self, part: str) -> tuple[str, ...]:
        return "file", "what it is", *self._columns(part)

    def _columns(self, part: str) -> dict[str, Callable[[Odd, Path], str]]:
        if part == "clips":
            return {
                "measured": self._probe,
                "poster": self._poster,
                "last frame": self._last,
                "`fit`": self._fit_clip,
                "sent": self._send_clip,
                "compared": self._compare,
                "exported": self._export,
            }
        if part == "pictures":
            return {"shown": self._look, "`fit`": self._fit_image, "sent": self._send_image}
        return {"measured": self._length, "`fit`": self._fit_sound, "sent": self._send_sound}

    def _cell(self, do: Callable[[Odd, Path], str], odd: Odd, path: Path) -> str:
        try:
            return do(odd, path)
        except InvalidParams as error:
            problems = error.problems
            return _refusal(problems[0].message if problems else error.message, path)
        except RushesError as error:
            return _refusal(error.message, path)
        except Wrong as error:
            return f"{WRONG}: {error}"
        except Exception as error:  # noqa: BLE001 - no reader may fail in any other way
            return f"{WRONG}: {type(error).__name__}: {error}"

    # --- clips

    def _probe(self, odd: Odd, path: Path) -> str:
        found = probe(path)
        return f"{seconds(found.seconds, odd)}, {size((found.width, found.height), odd)}"

    def _poster(self, odd: Odd, path: Path) -> str:
        make_poster(path, target := path.with_name("poster.jpg"))
        with Image.open(target) as image:
            return colour(image, odd.first, odd)

    def _last(self, odd: Odd, path: Path) -> str:
        image = last_frame(path)
        size(image.size, odd)
        return colour(image, odd.last, odd)

    def _fit_clip(self, odd: Odd, path: Path) -> str:
        copy = rushes.media.fit(path, path.with_name("fit.mp4"))
        found = probe(copy)
        # Sides are even.
        shown = size((found.width, found.height), odd, 1)
        said = f"{seconds(found.seconds, odd, 0.11)}, {shown}"
        make_poster(copy, target := path.with_name("poster.jpg"))
        with Image.open(target) as image:
            colour(image, odd.first, odd)
        said = f"{said}, {colour(last_frame(copy), odd.last, odd)}"
        return said if odd.begins is None else f"{said}, tone at {begins(copy, odd)}"

    def _send_clip(self, odd: Odd, path: Path) -> str:
        return self._sent("video_references", path, odd)

    def _compare(self, odd: Odd, path: Path) -> str:
        widget = rushes.compare(path, self._plain)
        try:
            bundle = widget._repr_mimebundle_()
            html = (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]
            assert html.count("<video") == 2
            take = widget._takes[0]
            shown = size((take["width"], take["height"]), odd)
            return f"{seconds(take['durationSeconds'], odd)}, {shown}"
        finally:
            widget.close()

    def _export(self, odd: Odd, path: Path) -> str:
        said = []
        for at, true in ((0.0, odd.first), ((odd.seconds or 0) * 0.985, odd.last)):
            frames([path, path], sheet := path.with_name("sheet.png"), at=at)
            with Image.open(sheet) as image:
                # Under the label of the first take.
                said.append(colour(image, true, odd, 0.25))
        return " · ".join(dict.fromkeys(said))

    # --- pictures

    def _look(self, odd: Odd, path: Path) -> str:
        facts, still = look(str(path))
        if still is None:
            return "no picture"
        if "seconds" in facts:
            return "a video"
        return f"{size((facts['width'], facts['height']), odd)}, {both(_opened(still), odd)}"

    def _fit_image(self, odd: Odd, path: Path) -> str:
        copy = rushes.media.fit(path)
        if copy.suffix == ".mp4":
            return "an MP4"
        image = _opened(copy.read_bytes())
        return f"{size(image.size, odd)}, {both(image, odd)}"

    def _send_image(self, odd: Odd, path: Path) -> str:
        return self._sent("image_references", path, odd)

    # --- sounds

    def _length(self, odd: Odd, path: Path) -> str:
        return seconds(length_of(path), odd)

    def _fit_sound(self, odd: Odd, path: Path) -> str:
        copy = rushes.media.fit(path)
        if copy.suffix == ".mp4":
            return "an MP4"
        return seconds(length_of(copy), odd)

    def _send_sound(self, odd: Odd, path: Path) -> str:
        return self._sent("audio_references", path, odd)

    def _sent(self, parameter: str, path: Path, odd: Odd) -> str:
        references: dict[str, Any] = {parameter: [path]}
        if parameter == "audio_references":
            references["image_references"] = [self._picture]
        request = {"provider": PROVIDER, "mode": "reference-to-video", "prompt": "A fox"}
        plan = self._gen.plan(request | references)
        copy = Path(plan.inputs[parameter][0])
        if parameter != "image_references":
            return copy.suffix.removeprefix(".").upper()
        with Image.open(copy) as image:  # As a service reads it that ignores notes.
            return f"{image.format}, {both(image, odd)}"


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _refusal(message: str, path: Path) -> str:
    said = message.replace(str(path), path.name)
    said = re.sub(rf"^{re.escape(path.name)} |^[\w.-]+ (?=(is|cannot|has) )", "", said)
    said = re.sub(r"^is not a playable (video|audio file): |^cannot be read \(", "", said)
    said = re.split(r"[.;] (?=[A-Zars])|\); |\)\.$", said)[0].rstrip(". ")
    said = re.sub(r" \(.*", "", said) if said.count("(") > said.count(")") else said
    return f"refused: {said}"


def _merged(cells: list[str]) -> list[str]:
    """Cells in which the same refusal is not repeated."""
    found: list[str] = []
    for cell in cells:
        found.append(
            "refused: the same"
            if cell.startswith("refused") and cell in cells[: len(found)]
            else cell
        )
    return found


def tables(folder: Path) -> dict[str, str]:
    """Each table as Markdown."""
    table = Table(folder)
    try:
        return {part: "\n".join(_lines(table, part)) for part in ALL}
    finally:
        table.close()


def _lines(table: Table, part: str) -> Iterator[str]:
    head = table.head(part)
    yield _line(head)
    yield _line(tuple("---" for _ in head))
    for row in table.rows(part):
        yield _line(row)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def between(text: str, part: str) -> str:
    """The table of a part on the page."""
    return text.split(_mark(part))[1].split("\n<!-- end -->", maxsplit=1)[0]


def _mark(part: str) -> str:
    return f"<!-- {part}: made by tests/media/odd_table.py -->\n"


def main() -> None:
    """Write the tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for part, table in tables(Path(folder)).items():
            old = f"{_mark(part)}{between(text, part)}"
            text = text.replace(old, f"{_mark(part)}{table}")
            sys.stdout.write(table + "\n\n")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
