"""Frames have the colours that the file means, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import rushes
from rushes.comparison import Entry, frames
from rushes.media.poster import make_poster
from rushes.video.frames import last_frame
from support.stripes import COLOURS, HIGH, read, striped

if TYPE_CHECKING:
    from pathlib import Path

FILMS: dict[str, dict[str, Any]] = {
    "untagged, high": {"matrix": 1, "size": HIGH},
    "untagged, small": {"matrix": 6},
    "untagged, wide": {"matrix": 6, "size": (1280, 640)},
    "709, small": {"matrix": 1, "tags": (1, 1, 1)},
    "601, high": {"matrix": 6, "tags": (6, 6, 6), "size": HIGH},
    "full range": {"matrix": 1, "tags": (1, 1, 1), "is_full": True, "has_range": True},
    "full range, untagged": {"matrix": 6, "is_full": True, "has_range": True},
    "only a matrix": {"matrix": 1, "tags": (1, None, None)},
    "10 bit, 4:2:2": {"matrix": 1, "tags": (1, 1, 1), "form": "yuv422p10le"},
    "VP9, untagged": {"matrix": 6, "codec": "libvpx-vp9", "suffix": "webm"},
}


@pytest.mark.parametrize("name", FILMS)
def test_a_colour_is_what_was_meant(tmp_path: Path, name: str) -> None:
    """In last frames, posters, stills and copies, which may be smaller."""
    facts = dict(FILMS[name])
    film = striped(tmp_path / f"film.{facts.pop('suffix', 'mp4')}", **facts)
    make_poster(film, tmp_path / "poster.jpg")
    still = frames([Entry("film", path=film)], tmp_path / "still.png")
    copy = rushes.media.fit(film, max_side=256)

    looks = {
        "last frame": read(last_frame(film)),
        "poster": read(Image.open(tmp_path / "poster.jpg")),
        "still": read(Image.open(still)),
        "copy": read(last_frame(copy)),
    }

    far = {kind: look.tolist() for kind, look in looks.items() if np.abs(look - COLOURS).max() > 4}
    assert not far


@pytest.mark.parametrize(
    ("primaries", "expected"),
    [
        (12, [(190, 53, 11), (0, 163, 47), (94, 69, 154), (128, 128, 128), (248, 199, 0)]),
        (9, [(216, 15, 10), (0, 169, 40), (94, 66, 156), (128, 128, 128), (255, 196, 0)]),
        (5, [(179, 64, 33), (0, 160, 66), (90, 70, 149), (128, 128, 128), (241, 200, 65)]),
    ],
    ids=["P3", "BT.2020", "625 lines"],
)
def test_a_wide_gamut_is_converted(tmp_path, primaries, expected):
    """To sRGB; what lies outside is clipped."""
    film = striped(tmp_path / "film.mp4", matrix=1, tags=(1, primaries, 1))

    assert np.abs(read(last_frame(film)) - expected).max() <= 3


def test_a_frame_that_is_converted_in_bands_is_whole(tmp_path):
    """A tall picture has the same colours from top to bottom."""
    film = striped(tmp_path / "film.mp4", (320, 900), matrix=1, tags=(1, 12, 1))
    image = np.asarray(last_frame(film)).astype(int)

    assert np.abs(image - image[450]).max() <= 16
