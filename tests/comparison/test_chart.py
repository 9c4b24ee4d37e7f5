"""What was measured of a take, drawn along its length."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from rushes.comparison.chart import LANE, WIDE, chart
from rushes.explore.measures import measures_of
from rushes.video.measures import Measured, Track

SVG = "{http://www.w3.org/2000/svg}"


def measures(count=48, fps=24, *, sound=True, **more):
    """Measures of a take with a step of motion in its middle."""
    times = tuple(index / fps for index in range(count))
    series = {
        "motion": (None, *(5.0 if at < times[-1] / 2 else 20.0 for at in times[1:])),
        "detail": (30.0,) * count,
        "brightness": (100.0,) * count,
    }
    loudness = Track(times=(0.5, 1.0), series={"loudness": (-20.0, None)}) if sound else Track()
    values = {"motion": 12.5, "detail": 30.0} | ({"silent": 0.0, "loudness": -20} if sound else {})
    found = Measured(
        seconds=count / fps,
        values=values | more.pop("values", {}),
        pictures=Track(times=times, series=series),
        sound=loudness,
        **more,
    )
    return measures_of(Path("take.mp4"), found)


def drawn(found):
    """The elements of a picture."""
    head, _, data = found.picture.partition(",")
    assert head == "data:image/svg+xml"
    return ET.fromstring(unquote(data))


def points(path):
    """The corners of a curve."""
    return [(float(x), float(y)) for x, y in re.findall(r"L([\d.]+) ([\d.]+)", path.get("d"))]


def test_a_lane_is_as_high_as_its_number_at_each_moment():
    """On a scale that is the same for all takes."""
    motion, detail, *_ = drawn(chart(measures())).findall(f"{SVG}path")
    early, late = points(motion)[5], points(motion)[40]
    assert early[0] == pytest.approx(5 / 48 * WIDE, abs=0.1)
    assert LANE > early[1] > late[1] > 0
    assert len({y for _, y in points(detail)}) == 1
    again = drawn(chart(measures(24))).find(f"{SVG}path")
    assert points(again)[5][1] == early[1]


def test_each_lane_is_named_and_the_values_of_the_take_stand_below():
    """With their units."""
    found = chart(measures())
    assert found.lanes == ["Motion", "Detail", "Brightness", "Loudness"]
    assert found.text == "motion 12.5 levels · detail 30.0 levels · loudness -20.0 LUFS"


def test_cuts_are_lines_and_spans_are_hatched_in_their_lane():
    """A freeze where motion is, silence where loudness is."""
    spans = {"frozen": ((0.5, 1.0),), "silent": ((1.5, 2.0),)}
    found = measures(cuts=(0.25, 1.5), spans=spans, values={"frozen": 0.5, "silent": 0.5})
    picture = drawn(chart(found))

    cuts = picture.findall(f"{SVG}path")[-1].get("d")
    assert [float(x) for x in re.findall(r"M([\d.]+)", cuts)] == [125, 750]
    frozen, silent = picture.findall(f"{SVG}rect")
    assert [frozen.get(name) for name in ("x", "y", "width")] == ["250.0", "0", "250.0"]
    assert float(silent.get("y")) == 3 * LANE
    said = "2 cuts (red) · 0.50 s frozen, 0.50 s silent (hatched)"
    assert chart(found).text.endswith(f"LUFS · {said}")


def test_a_take_without_sound_has_no_lane_for_it():
    """It says so."""
    found = chart(measures(sound=False))
    assert len(found.lanes) == 3
    assert found.text.endswith(" · no sound")


def test_a_long_take_is_drawn_with_no_more_points_than_a_screen_has():
    """And still shows its highest moment."""
    found = chart(measures(50_000))
    assert len(found.picture) < 300_000
    assert all(len(points(path)) <= WIDE + 1 for path in drawn(found).findall(f"{SVG}path"))


def test_a_single_frame_is_drawn():
    """However little there is to see."""
    drawn(chart(measures(1, sound=False)))
