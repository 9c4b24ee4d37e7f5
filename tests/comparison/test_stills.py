"""Pictures of takes side by side show the moments that they name."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from rushes.comparison import contact_sheet, frames
from rushes.comparison.clock import timecode
from rushes.comparison.grid import GAP
from rushes.comparison.stills import GAP as COLUMN_GAP, LINE, MARGIN
from rushes.contract.errors import InvalidParams, MediaError
from support.numbered import Numbered, numbered, read, window

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (320, 180)


@pytest.fixture
def takes(tmp_path: Path) -> list[Numbered]:
    return [
        numbered(tmp_path, 0, rate=24, count=48, size=SIZE),
        numbered(tmp_path, 1, rate=30, count=30, size=SIZE),
        numbered(tmp_path, 2, rate=25, count=75, size=(180, 320)),
    ]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("L"))


def sheet(path: Path, takes: list[Numbered], moments: int) -> list[list[int]]:
    """The numbers of the frames in a contact sheet, row by row."""
    luma = pixels(path)
    cell = max(take.width for take in takes), max(take.height for take in takes)
    rows = []
    for place, take in enumerate(takes):
        numbers = []
        for column in range(moments):
            corner = (
                MARGIN + column * (cell[0] + COLUMN_GAP),
                MARGIN + LINE + place * (LINE + cell[1] + MARGIN) + LINE,
            )
            found, number = read(luma[window(take, cell, corner)])
            assert found == take.take
            numbers.append(number)
        rows.append(numbers)
    return rows


def test_all_takes_stand_at_one_moment(takes, tmp_path):
    """Each shows its frame of that moment, or its last one."""
    path = frames([take.entry for take in takes], tmp_path / "frames.png", at=1.25)

    luma = pixels(path)
    found = [
        read(luma[window(take, (320, 320), (place * (320 + GAP), 0))])
        for place, take in enumerate(takes)
    ]
    assert found == [(0, 30), (1, 29), (2, 31)]


def test_frames_follow_the_offsets(takes, tmp_path):
    """What is lined up in a film is lined up in a picture."""
    pair = takes[:2]

    path = frames(
        [take.entry for take in pair], tmp_path / "frames.png", at=0.25, offsets=[1, -0.5]
    )

    luma = pixels(path)
    found = [
        read(luma[window(take, SIZE, (place * (320 + GAP), 0))]) for place, take in enumerate(pair)
    ]
    assert found == [(0, 30), (1, 0)]


def test_a_contact_sheet_spreads_its_moments_from_first_to_last(takes, tmp_path):
    """The first frame is there and so is the very last, with the others evenly between."""
    path = contact_sheet([take.entry for take in takes], tmp_path / "sheet.png", moments=4)

    # Three seconds at thirty frames a second: the last moment is 89/30 s.
    times = [Fraction(89, 30) * column / 3 for column in range(4)]
    assert sheet(path, takes, 4) == [[take.on_screen(time) for time in times] for take in takes]


def test_a_contact_sheet_of_a_part_keeps_to_it(takes, tmp_path):
    """Start, end and offsets count as for a film."""
    path = contact_sheet(
        [take.entry for take in takes],
        tmp_path / "sheet.png",
        moments=3,
        start=0.5,
        end=1.5,
        offsets=[0.25],
    )

    times = [Fraction(1, 2) + Fraction(29, 30) * column / 2 for column in range(3)]
    expected = [[take.on_screen(time) for time in times] for take in takes]
    expected[0] = [takes[0].on_screen(time + Fraction(1, 4)) for time in times]
    assert sheet(path, takes, 3) == expected


def test_one_moment_is_the_middle(takes, tmp_path):
    """A single column says most about the takes half way."""
    path = contact_sheet([takes[0].entry, takes[1].entry], tmp_path / "sheet.png", moments=1)

    half = Fraction(59, 60)
    assert sheet(path, takes[:2], 1) == [[take.on_screen(half)] for take in takes[:2]]


def test_many_moments_fit_into_the_width(takes, tmp_path):
    """Pictures shrink rather than make a sheet that nothing opens."""
    path = contact_sheet([take.entry for take in takes], tmp_path / "sheet.png", moments=24)

    assert pixels(path).shape[1] <= 3840


@pytest.mark.parametrize(
    ("moment", "text"),
    [(Fraction(0), "0:00.00"), (Fraction(5, 2), "0:02.50"), (Fraction(754, 10), "1:15.40")],
)
def test_a_moment_is_written_in_minutes_and_seconds(moment, text):
    """Hundredths tell two frames apart."""
    assert timecode(moment) == text


def test_arguments_out_of_range_are_refused(takes, tmp_path):
    """Each error says what would be allowed; nothing is written."""
    entries = [take.entry for take in takes]

    with pytest.raises(InvalidParams, match="give 1 to 24"):
        contact_sheet(entries, tmp_path / "sheet.png", moments=0)
    with pytest.raises(InvalidParams, match="is negative"):
        frames(entries, tmp_path / "sheet.png", at=-1)
    with pytest.raises(InvalidParams, match="is a folder"):
        frames(entries, tmp_path)
    assert not (tmp_path / "sheet.png").exists()


def test_a_picture_that_cannot_be_written_is_named(takes, tmp_path):
    """The error names the picture, and no draft is left."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(MediaError, match=r"frames\.png cannot be written"):
        frames([takes[0].entry, takes[1].entry], tmp_path / "file" / "frames.png")
