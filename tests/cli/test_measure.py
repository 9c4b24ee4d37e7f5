"""`rushes measure` prints what was measured, and fails if something could not be."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from rushes.cli import app
from support.charts import chart, moving, tone


def run(*arguments):
    return CliRunner().invoke(app, ["measure", *map(str, arguments)])


@pytest.fixture
def clip(tmp_path):
    return chart(tmp_path / "take.mp4", moving(12), tone(0.5, 0.3)[None])


def test_one_video_is_a_list_of_numbers_with_their_meaning(clip):
    """That none of them is quality is said, too."""
    done = run(clip)
    assert done.exit_code == 0
    assert "change from frame to frame" in done.output
    assert "quality" in done.output


def test_several_videos_are_a_table(clip):
    """A row for each."""
    lines = run(clip, clip).output.splitlines()
    assert lines[0].split()[0] == "motion"
    assert [line.split()[-1] for line in lines[1:3]] == ["take.mp4", "take.mp4"]


def test_json_has_all_of_it(clip):
    """The numbers of each frame, too."""
    (found,) = json.loads(run(clip, "--json", "--against", clip).stdout)
    assert len(found["series"]["motion"]["values"]) == 12
    assert found["values"]["xpsnr"] == 100


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_file_that_is_no_video_is_said_and_fails(clip, tmp_path, options):
    """What the others gave is printed."""
    (tmp_path / "text.mp4").write_text("text")
    done = run(clip, tmp_path / "text.mp4", *options)
    assert done.exit_code == 1
    assert "not a playable video" in done.output
    assert "motion" in done.output
    alone = run(tmp_path / "text.mp4")
    assert (alone.exit_code, alone.stdout) == (1, "")
    assert "not a playable video" in alone.stderr


def test_an_unknown_scorer_is_said(clip):
    """With those that are installed."""
    done = run(clip, "--scorer", "nobodys")
    assert done.exit_code == 1
    assert "No scorer is named 'nobodys'" in done.stderr
