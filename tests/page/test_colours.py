"""What Chromium shows, last frames, posters, stills, exports and copies have the same colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import rushes
from rushes.comparison import Entry, contact_sheet, frames, side_by_side
from rushes.media.poster import make_poster
from rushes.video.frames import last_frame
from support.stripes import COLOURS, HIGH, SMALL, read, striped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOW = """async ([url, count]) => {
    const video = document.createElement("video")
    video.muted = true
    video.src = url
    document.body.append(video)
    await new Promise((shown, failed) => {
        video.requestVideoFrameCallback(shown)
        video.onerror = () => failed(new Error(video.error.message))
    })
    const canvas = document.createElement("canvas")
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    const context = canvas.getContext("2d")
    context.drawImage(video, 0, 0)
    video.remove()
    return Array.from({ length: count }, (_, number) => {
        const x = Math.floor((number + 0.5) * canvas.width / count)
        return [...context.getImageData(x, canvas.height >> 1, 1, 1).data].slice(0, 3)
    })
}"""

NEAR = (4, 4, 10)
"""Levels of red, green and blue: for the coding of the copies, and for the blue of BT.709, which
Chromium without a graphics card converts inexactly."""

BT709, BT601, PAL, BT2020 = (1, 1, 1), (6, 6, 6), (5, 5, 6), (9, 9, 14)

FILMS: dict[str, dict[str, Any]] = {
    "untagged, small": {"matrix": 6},
    "untagged, 718 lines": {"matrix": 1, "size": (1278, 718)},
    "untagged, wide": {"matrix": 6, "size": (1280, 640)},
    "untagged, high": {"matrix": 1, "size": HIGH},
    "untagged, portrait": {"matrix": 1, "size": (720, 1280)},
    "untagged, full range": {"matrix": 6, "is_full": True, "has_range": True},
    "709, small": {"matrix": 1, "tags": BT709, "has_range": True},
    "709, high": {"matrix": 1, "tags": BT709, "size": HIGH, "has_range": True},
    "709, full range": {"matrix": 1, "tags": BT709, "is_full": True, "has_range": True},
    "601, small": {"matrix": 6, "tags": BT601, "has_range": True},
    "601, high": {"matrix": 6, "tags": BT601, "size": HIGH, "has_range": True},
    "601, full range": {"matrix": 6, "tags": BT601, "is_full": True, "has_range": True},
    "601 of 625 lines": {"matrix": 6, "tags": PAL, "has_range": True},
    "sRGB transfer": {"matrix": 1, "tags": (1, 1, 13), "has_range": True},
    "Display P3": {"matrix": 1, "tags": (1, 12, 1), "has_range": True},
    "BT.2020": {"matrix": 9, "tags": BT2020, "has_range": True},
    "VP9, untagged, high": {"matrix": 1, "size": HIGH, "codec": "libvpx-vp9", "suffix": "webm"},
    "VP9, 709": {"matrix": 1, "tags": BT709, "codec": "libvpx-vp9", "suffix": "webm"},
    "VP8": {"matrix": 6, "codec": "libvpx", "suffix": "webm"},
    "VP8, high": {"matrix": 6, "size": HIGH, "codec": "libvpx", "suffix": "webm"},
    "AV1, untagged": {"matrix": 6, "codec": "libsvtav1"},
    "AV1, untagged, high": {"matrix": 1, "size": HIGH, "codec": "libsvtav1"},
    "AV1, 10 bit": {"tags": BT709, "codec": "libsvtav1", "form": "yuv420p10le"},
    "4:4:4": {"matrix": 6, "form": "yuv444p"},
}


@pytest.fixture
def shown(browser: Browser, site: str, media: Path) -> Iterator[Callable[..., NDArray[np.int64]]]:
    """The colours that Chromium shows of a film."""
    page = browser.new_page()
    page.goto(site)

    def show(film: Path, count: int = len(COLOURS)) -> NDArray[np.int64]:
        (media / film.name).write_bytes(film.read_bytes())
        return np.array(page.evaluate(SHOW, [f"{site}/files/{film.name}", count]))

    yield show
    page.close()


def made(folder: Path, name: str) -> Path:
    """A film of the table."""
    facts = dict(FILMS[name])
    slug = "".join(letter if letter.isalnum() else "-" for letter in name)
    return striped(folder / f"{slug}.{facts.pop('suffix', 'mp4')}", **facts)


QUICK = {
    "untagged, small",
    "untagged, 718 lines",
    "untagged, high",
    "709, full range",
    "601, high",
    "Display P3",
    "VP9, untagged, high",
}
"""The films of `make test`; `make soak` tries all."""


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.soak) for name in FILMS],
)
def test_a_film_has_one_look(tmp_path: Path, shown: Any, name: str) -> None:
    """Whatever its tags, size, range and codec; also after a copy that changes its size."""
    film = made(tmp_path, name)
    screen = shown(film)
    poster, still, sheet = (tmp_path / f"{kind}.png" for kind in ("poster", "still", "sheet"))

    make_poster(film, tmp_path / "poster.jpg", width=4000)
    frames(alone(film), still)
    contact_sheet(alone(film), sheet, moments=1)
    export = side_by_side(alone(film), tmp_path / f"export-{film.stem}.mp4", labels=False)
    copy = rushes.media.fit(film, tmp_path / f"copy-{film.stem}.mp4", max_side=200)

    looks = {
        "last frame": read(last_frame(film)),
        "poster": read(Image.open(poster.with_suffix(".jpg"))),
        "still": read(Image.open(still)),
        "sheet": read(Image.open(sheet), box=cell_of(sheet)),
        "export": read(last_frame(export)),
        "copy": read(last_frame(copy)),
        "export on screen": shown(export),
        "copy on screen": shown(copy),
    }
    far = {kind: (look - screen).tolist() for kind, look in looks.items() if off(look, screen)}
    assert not far, (screen.tolist(), far)


def alone(film: Path) -> list[Entry]:
    return [Entry("film", path=film)]


def off(
    look: NDArray[np.int64], screen: NDArray[np.int64], near: tuple[int, int, int] = NEAR
) -> bool:
    return bool((np.abs(look - screen) > near).any())


def cell_of(sheet: Path) -> tuple[int, int, int, int]:
    """The picture in a contact sheet of one: what is not the colour of its paper."""
    with Image.open(sheet) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    lower = pixels[len(pixels) - 30]
    columns = np.flatnonzero(np.abs(lower - lower[0]).max(axis=1) > 12)
    return int(columns[0]), len(pixels) - 40, int(columns[-1]) + 1, len(pixels) - 20


# --- HDR ----------------------------------------------------------------------------------------


def pq(nits: float) -> float:
    """The signal of a luminance (SMPTE ST 2084)."""
    root = (nits / 10_000) ** (2610 / 16384)
    return float(((3424 + 2413 * 32 * root) / (4096 + 2392 * 32 * root)) ** (2523 / 32))


GREYS = [[pq(nits)] * 3 for nits in (1, 10, 50, 100, 203, 400, 1000)]
LIGHTS = [[pq(nits) for nits in light] for light in ((100, 50, 20), (20, 100, 50), (400, 300, 200))]
SIGNALS = [[level] * 3 for level in (0.1, 0.3, 0.5, 0.75, 0.9, 1.0)] + [[0.5, 0.4, 0.35]]


@pytest.mark.parametrize(
    ("signals", "transfer"), [(GREYS, 16), (LIGHTS, 16), (SIGNALS, 18)], ids=["PQ", "hues", "HLG"]
)
def test_hdr_is_mapped_to_what_a_screen_can_show(tmp_path, shown, signals, transfer):
    """With the same curve everywhere, and as Chromium does without an HDR screen."""
    film = striped(
        tmp_path / f"hdr-{transfer}-{len(signals)}.mp4",
        HIGH,
        signals,
        matrix=9,
        tags=(9, 9, transfer),
        has_range=True,
        codec="libsvtav1",
        form="yuv420p10le",
    )
    count = len(signals)
    screen = shown(film, count)
    still = frames(alone(film), tmp_path / "still.png")
    copy = rushes.media.fit(film, tmp_path / f"copy-{film.name}")

    looks = [read(last_frame(film), count), read(Image.open(still), count)]
    looks += [read(last_frame(copy), count), shown(copy, count)]
    far = [(look - screen).tolist() for look in looks if off(look, screen, (7, 4, 10))]
    assert not far, (screen.tolist(), far)


def test_a_grey_of_hdr_is_where_the_curve_says(tmp_path):
    """White paper becomes 188 of 255, and what is darker half of its light."""
    film = striped(
        tmp_path / "film.mp4",
        SMALL,
        [[pq(nits)] * 3 for nits in (101.5, 203, 1000, 4000)],
        matrix=9,
        tags=(9, 9, 16),
        codec="libsvtav1",
        form="yuv420p10le",
    )

    greys = read(last_frame(film), 4)[:, 1]

    assert greys == pytest.approx([137, 188, 255, 255], abs=2)
