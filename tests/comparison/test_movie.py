"""A film of takes side by side shows of each what is on screen at that moment."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from rushes.comparison import Entry, side_by_side
from rushes.comparison.clock import CLOSEST
from rushes.comparison.grid import GAP
from rushes.contract.errors import InvalidParams, MediaError
from rushes.media.probe import probe
from rushes.video.colours import BT709, LIMITED
from rushes.video.sheets import sheets
from support.films import boxes
from support.numbered import Numbered, heard, numbered, pictures, read, window

if TYPE_CHECKING:
    from pathlib import Path


def seen(path: Path, takes: list[Numbered], columns: int) -> list[list[int]]:
    """The numbers of the frames in each picture of an export."""
    cell = max(take.width for take in takes), max(take.height for take in takes)
    rows = []
    for _, luma in pictures(path):
        numbers = []
        for place, take in enumerate(takes):
            row, column = divmod(place, columns)
            corner = column * (cell[0] + GAP), row * (cell[1] + GAP)
            found, number = read(luma[window(take, cell, corner)])
            assert found == take.take
            numbers.append(number)
        rows.append(numbers)
    return rows


def expected(
    takes: list[Numbered],
    rate: Fraction,
    *,
    offsets: tuple[Fraction, ...] = (),
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> list[list[int]]:
    """What each picture should show, by the definition alone."""
    shifts = [*offsets, *[Fraction(0)] * len(takes)]
    ends = [take.count / take.rate - shift for take, shift in zip(takes, shifts, strict=False)]
    last = max(ends) if end is None else end
    return [
        [
            take.on_screen(start + number / rate + shift)
            for take, shift in zip(takes, shifts, strict=False)
        ]
        for number in range(ceil((last - start) * rate))
    ]


def export(takes: list[Numbered], path: Path, **keywords) -> Path:
    return side_by_side([take.entry for take in takes], path, labels=False, **keywords)


def test_every_picture_shows_what_is_on_screen(tmp_path):
    """Whatever the rates, lengths and shapes: frames stand where they belong, the last is held."""
    takes = [
        numbered(tmp_path, 0, rate=24, count=30, size=(160, 96)),
        numbered(tmp_path, 1, rate=25, count=20, size=(96, 160)),
        numbered(tmp_path, 2, rate=30, count=45, size=(128, 128)),
    ]

    film = export(takes, tmp_path / "film.mp4")

    assert seen(film, takes, 3) == expected(takes, Fraction(30))


def test_progress_is_told_frame_by_frame(tmp_path):
    """Up to the whole."""
    takes = [numbered(tmp_path, 0, rate=24, count=6), numbered(tmp_path, 1, rate=24, count=4)]
    told: list[float] = []

    export(takes, tmp_path / "film.mp4", on_progress=told.append)

    assert told == [number / 6 for number in range(1, 7)]


def test_offsets_line_up_different_beginnings(tmp_path):
    """A positive one leaves out a beginning, a negative one waits on the first frame."""
    takes = [numbered(tmp_path, 0, rate=24), numbered(tmp_path, 1, rate=30, count=40)]
    offsets = (0.25, -0.5)

    film = export(takes, tmp_path / "film.mp4", offsets=offsets)

    exact = tuple(Fraction(offset) for offset in offsets)
    assert seen(film, takes, 2) == expected(takes, Fraction(30), offsets=exact)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
@pytest.mark.parametrize("start", [Fraction(3, 2), Fraction(53, 10)])
def test_a_part_is_exact_to_the_frame(tmp_path, start, codec):
    """From anywhere between two key frames, to an end between two frames."""
    suffix = "webm" if codec == "libvpx" else "mp4"
    takes = [
        numbered(tmp_path, 0, rate=24, count=150, suffix=suffix, codec=codec),
        numbered(tmp_path, 1, rate=25, count=150),
    ]
    end = start + Fraction(61, 100)

    film = export(takes, tmp_path / "film.mp4", start=float(start), end=float(end))

    assert seen(film, takes, 2) == expected(takes, Fraction(25), start=start, end=end)


def test_an_unsteady_film_keeps_its_own_time(tmp_path):
    """Frames that stand for longer stand for as long beside another take."""
    steps = [0, 1, 2, 6, 7, 12, 13, 14, 20]
    takes = [
        numbered(tmp_path, 0, rate=24, count=len(steps), steps=steps),
        numbered(tmp_path, 1, rate=24),
    ]

    film = export(takes, tmp_path / "film.mp4")

    times = [time for time, _ in pictures(film)]
    shown = [bisect_right(steps, time * 24) - 1 for time in times]
    assert [row[0] for row in seen(film, takes, 2)] == shown


@pytest.mark.parametrize("start", [0.0, 0.3])
def test_each_frame_of_an_unsteady_film_stands_at_its_time(tmp_path, start):
    """None is left out, however short; those of the take beside it stand where they belong."""
    rates = [*[60] * 12, *[10] * 4, *[24] * 8]
    steps = [sum(600 // rate for rate in rates[:number]) for number in range(24)]
    unsteady = numbered(tmp_path, 0, rate=600, count=24, steps=steps)
    takes = [unsteady, numbered(tmp_path, 1, rate=25, tone=400)]

    film = export(takes, tmp_path / "film.mp4", start=start, audible=1)

    times = [time + Fraction(start) for time, _ in pictures(film)]
    rows = seen(film, takes, 2)
    due = [[Fraction(step, 600) for step in steps], [Fraction(n, 25) for n in range(24)]]
    for place, stamps in enumerate(due):
        first: dict[int, Fraction] = {}
        for time, row in zip(times, rows, strict=True):
            first.setdefault(row[place], time)
        assert [*first] == [*range(min(first), 24)]
        late = [float(time - max(stamps[n], Fraction(start))) for n, time in first.items()]
        assert -0.001 < min(late) <= max(late) < float(CLOSEST) + 0.001
    assert heard(film).size / 48_000 == pytest.approx(probe(film).seconds, abs=0.03)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_film_stands_upright(tmp_path, turn):
    """What a telephone filmed is shown as a player shows it."""
    turned = numbered(tmp_path, 0, size=(160, 96), rotation=turn)
    takes = [turned, numbered(tmp_path, 1, size=(160, 96))]

    luma = pictures(export(takes, tmp_path / "film.mp4"))[7][1]

    # Turned back, the picture stands as it is stored.
    width, height = turned.size_shown
    cell = max(160, width), max(96, height)
    place = replace(turned, width=width, height=height)
    assert read(np.rot90(luma[window(place, cell, (0, 0))], -turn // 90)) == (0, 7)


def test_a_time_that_no_float_can_hold_means_its_frame(tmp_path):
    """1/30 of a second is the second frame, though the float lies before it."""
    takes = [numbered(tmp_path, 0, rate=30), numbered(tmp_path, 1, rate=30)]

    film = export(takes, tmp_path / "film.mp4", start=1 / 30, offsets=[0, 7 / 30])

    assert seen(film, takes, 2)[0] == [1, 8]


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30_000, 1001)])
def test_stamps_in_milliseconds_lose_no_frame(tmp_path, rate):
    """WebM rounds its time stamps; every frame of the film is there all the same, once."""
    takes = [
        numbered(tmp_path, 0, rate=rate, suffix="webm", codec="libvpx"),
        numbered(tmp_path, 1, rate=rate),
    ]

    film = export(takes, tmp_path / "film.mp4")

    assert seen(film, takes, 2) == [[number, number] for number in range(24)]


def test_the_highest_rate_is_taken_up_to_sixty(tmp_path):
    """A film of 120 frames a second shows every second one."""
    takes = [numbered(tmp_path, 0, rate=24), numbered(tmp_path, 1, rate=120, count=60)]

    film = export(takes, tmp_path / "film.mp4", end=0.5)

    times = [time for time, _ in pictures(film)]
    assert times == [Fraction(number, 60) for number in range(30)]
    assert [row[1] for row in seen(film, takes, 2)] == list(range(0, 60, 2))


@pytest.mark.parametrize(
    ("count", "columns", "size"),
    [(2, None, (324, 96)), (3, None, (488, 96)), (4, None, (324, 196)), (4, 1, (160, 396))],
)
def test_takes_stand_in_rows_of_equal_cells(tmp_path, count, columns, size):
    """Up to three in a row, four in a square, or as many as are asked for."""
    takes = [numbered(tmp_path, number, count=3) for number in range(count)]

    film = export(takes, tmp_path / "film.mp4", columns=columns)

    luma = pictures(film)[0][1]
    assert (luma.shape[1], luma.shape[0]) == size
    assert seen(film, takes, columns or (2 if count == 4 else count))[2] == [2] * count


def test_a_film_is_never_wider_than_players_take(tmp_path):
    """Cells shrink, to even sizes, until all fit into 3840 pixels."""
    wide = [numbered(tmp_path, number, count=2, size=(1998, 202)) for number in range(3)]

    film = export(wide, tmp_path / "film.mp4")

    height, width = pictures(film)[0][1].shape
    assert width <= 3840
    assert (width % 2, height % 2) == (0, 0)


def test_what_surrounds_a_picture_is_black(tmp_path):
    """A portrait beside a landscape stands between black bars."""
    takes = [numbered(tmp_path, 0, count=2), numbered(tmp_path, 1, count=2, size=(96, 160))]

    luma = pictures(export(takes, tmp_path / "film.mp4"))[0][1]

    assert luma[:28, :160].max() < 24
    assert luma[:, 164:190].max() < 24


def test_colours_stay_what_they_are(tmp_path):
    """A copy that shifts colours would favour one model over another."""
    takes = [numbered(tmp_path, 0, count=2, size=(1280, 720)) for _ in range(2)]

    film = export(takes, tmp_path / "film.mp4")

    with av.open(str(takes[0].path)) as one, av.open(str(film)) as both:
        before, after = (next(each.decode(video=0)) for each in (one, both))
        for old, new in zip(sheets(before), sheets(after), strict=True):
            # Away from the edges of the blocks, which two compressions blur.
            difference = old[:100, :300].astype(int) - new[:100, :300]
            assert np.abs(difference).max() <= 3
        assert (after.colorspace, after.color_range) == (BT709, LIMITED)


def tones(path: Path) -> list[set[int]]:
    """The loud frequencies of each tenth of a second, rounded to a hundred hertz."""
    sound = heard(path)
    found = []
    for begin in range(0, len(sound) - 4799, 4800):
        part = np.abs(np.fft.rfft(sound[begin : begin + 4800] * np.hanning(4800)))
        peaks = np.flatnonzero(part > 100)
        found.append({round(peak * 10 / 100) * 100 for peak in peaks})
    return found


def test_one_take_is_heard(tmp_path):
    """Its sound starts with its pictures, and is followed by silence when it is over."""
    takes = [
        numbered(tmp_path, 0, count=24, tone=1000),
        numbered(tmp_path, 1, count=48, tone=3000),
    ]

    film = export(takes, tmp_path / "film.mp4", audible="take 0")

    found = tones(film)
    assert found[1:9] == [{1000}] * 8
    assert found[12:19] == [set()] * 7


def test_sound_moves_with_its_take(tmp_path):
    """Start and offset count for what is heard as for what is seen."""
    takes = [
        numbered(tmp_path, 0, count=72),
        numbered(tmp_path, 1, count=72, tone=2000, begins=1.5),
    ]

    film = export(takes, tmp_path / "film.mp4", audible=1, start=0.5, offsets=[0, 0.5], end=2.0)

    found = tones(film)
    assert found[1:4] == [set()] * 3
    assert found[6:14] == [{2000}] * 8


def test_sound_waits_for_a_take_that_waits(tmp_path):
    """A negative offset is silence first."""
    takes = [numbered(tmp_path, 0, count=48), numbered(tmp_path, 1, tone=2000)]

    found = tones(export(takes, tmp_path / "film.mp4", audible=1, offsets=[0, -0.5]))

    assert found[1:4] == [set()] * 3
    assert found[6:14] == [{2000}] * 8


def test_a_film_is_silent_unless_a_take_is_chosen(tmp_path):
    """Two sounds at once are no comparison."""
    takes = [numbered(tmp_path, 0, tone=1000), numbered(tmp_path, 1, tone=2000)]

    with av.open(str(export(takes, tmp_path / "film.mp4"))) as film:
        assert len(film.streams.audio) == 0
        assert film.streams.video[0].codec_context.name == "h264"


def test_a_film_plays_while_it_loads(tmp_path):
    """The index stands before the pictures."""
    takes = [numbered(tmp_path, 0), numbered(tmp_path, 1)]

    film = export(takes, tmp_path / "film.mp4")

    order = [kind for kind, _, _ in boxes(film.read_bytes())]
    assert order.index(b"moov") < order.index(b"mdat")


def test_labels_can_be_read_over_any_picture(tmp_path):
    """White letters stand on a dark shade, over white as over black."""
    takes = [numbered(tmp_path, number, count=3, size=(320, 240)) for number in range(2)]
    plain = pictures(export(takes, tmp_path / "plain.mp4"))[0][1].astype(int)

    film = side_by_side([take.entry for take in takes], tmp_path / "film.mp4")

    corner = pictures(film)[0][1].astype(int)[:34, :80]
    assert corner.max() > 200
    assert np.median(corner[10:20, 10:60]) < 60
    assert abs(corner - plain[:34, :80]).max() > 100


def test_a_take_that_is_over_says_so(tmp_path):
    """Its last frame carries a note for as long as it is held."""
    takes = [
        numbered(tmp_path, 0, count=12, size=(320, 240)),
        numbered(tmp_path, 1, size=(320, 240)),
    ]

    film = pictures(side_by_side([take.entry for take in takes], tmp_path / "film.mp4"))

    foot = (slice(205, 240), slice(6, 60))
    assert film[11][1][foot].max() < 110
    assert film[12][1][foot].max() > 200


def test_a_label_in_another_script_becomes_a_number(tmp_path):
    """What the typeface lacks is not drawn as boxes."""
    one, two = numbered(tmp_path, 0), numbered(tmp_path, 1)

    film = side_by_side(
        [Entry("狐狸", path=one.path), Entry("<b>&\n", path=two.path)], tmp_path / "film.mp4"
    )

    assert len(pictures(film)) == 24


def test_only_a_whole_film_takes_the_place_of_an_older_one(tmp_path):
    """A take that turns out to be broken leaves what was there, and nothing beside it."""
    good, bad = numbered(tmp_path, 0), tmp_path / "bad.mp4"
    data = bytearray(numbered(tmp_path, 1, count=200).path.read_bytes())
    start, end = next((a, b) for kind, a, b in boxes(bytes(data)) if kind == b"mdat")
    data[(start + end) // 2 : end] = b"\0" * (end - (start + end) // 2)
    bad.write_bytes(data)
    film = tmp_path / "out" / "film.mp4"
    film.parent.mkdir()
    film.write_bytes(b"an older one")

    with pytest.raises(MediaError, match=r"bad\.mp4 is not a playable video"):
        side_by_side([good.entry, Entry("bad", path=bad)], film)

    assert film.read_bytes() == b"an older one"
    assert list(film.parent.iterdir()) == [film]


def test_what_cannot_be_written_is_named(tmp_path):
    """The error names the film, not a take."""
    takes = [numbered(tmp_path, 0), numbered(tmp_path, 1)]
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(MediaError, match=r"film\.mp4 cannot be written"):
        export(takes, tmp_path / "file" / "film.mp4")


def test_a_take_is_not_overwritten(tmp_path):
    """An export never replaces what it is made of."""
    takes = [numbered(tmp_path, 0), numbered(tmp_path, 1)]

    with pytest.raises(InvalidParams, match="is the take take 1"):
        export(takes, takes[1].path)


def test_takes_can_be_given_as_they_are(tmp_path):
    """Whoever exports at once need not make entries first."""
    takes = [numbered(tmp_path, 0, count=3), numbered(tmp_path, 1, count=3)]

    film = side_by_side({"one": takes[0].path, "two": takes[1].path}, tmp_path / "film.mp4")

    assert len(pictures(film)) == 3


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length(tmp_path):
    """A film ten times as long takes no more memory, with its pictures and its sound."""
    long = numbered(tmp_path, 0, count=250, rate=25, size=(640, 360), tone=440)
    script = f"""
    from rushes.comparison import side_by_side
    from support.memory import peak
    def peak_of(end):
        side_by_side([{str(long.path)!r}] * 2, {str(tmp_path / "film.mp4")!r}, end=end, audible=0)
        return peak() / 1e6
    print(peak_of(2.0), peak_of(10.0))
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    short, whole = map(float, done.stdout.split())
    # All pictures of the ten seconds would take 175 MB.
    assert whole - short < 30


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("far", url="https://example.com/a.mp4?sig=x"), "far is a link"),
        (Entry("slow", job_id="job-1"), "slow has no video yet"),
    ],
)
def test_a_take_without_a_file_is_named(tmp_path, entry, words):
    """The error says what to do, and no signature."""
    with pytest.raises(MediaError, match=words) as caught:
        side_by_side([numbered(tmp_path, 0).entry, entry], tmp_path / "film.mp4")
    assert "sig" not in str(caught.value)


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"columns": 3}, "give 1 to 2"),
        ({"columns": 0}, "give 1 to 2"),
        ({"start": -1}, "give 0 or more"),
        ({"start": 1.0}, "ends at 1 s"),
        ({"start": 0.5, "end": 0.25}, "nothing from 0.5 s to 0.25 s"),
        ({"end": float("nan")}, "is not a number"),
        ({"offsets": [0, 0, 0]}, "3 offsets for 2 takes"),
        ({"offsets": ["0.5"]}, "is not a number"),
        ({"audible": "kling"}, "'take 0', 'take 1'"),
        ({"audible": 2}, "not one of the takes"),
        ({"audible": 0}, "has no audio"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, keywords, words):
    """Each error says what would be allowed; nothing is written."""
    takes = [numbered(tmp_path, 0), numbered(tmp_path, 1)]

    with pytest.raises(InvalidParams, match=words):
        export(takes, tmp_path / "film.mp4", **keywords)
    assert not (tmp_path / "film.mp4").exists()
