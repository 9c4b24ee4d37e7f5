"""`rushes sweep` makes what a file describes, and says what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from rushes.cli import app

if TYPE_CHECKING:
    from pathlib import Path

FLAT = """
prompt = "A {animal} crosses a salt flat"
[values]
provider = "seedance-2.0-fast"
resolution = "480p"
[axes]
animal = ["fox", "heron"]
[[together]]
duration_seconds = [4, 5]
aspect_ratio = ["16:9", "1:1"]
"""


@pytest.fixture(autouse=True)
def _preview(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUSHES_BACKEND", "preview")
    monkeypatch.chdir(tmp_path)


def run(text: str, tmp_path: Path, *options: str) -> tuple[int, str]:
    """What the command does with a file."""
    (tmp_path / "flat.toml").write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["sweep", "flat.toml", *options])
    return done.exit_code, done.output


def test_a_dry_run_shows_the_cost_and_sends_nothing(tmp_path):
    """Every combination counts, and what belongs together is one axis."""
    code, shown = run(FLAT, tmp_path, "--dry-run")

    assert (code, "4 takes" in shown, "nothing sent yet" in shown) == (0, True, True)
    assert not list(tmp_path.rglob("*.mp4"))


def test_it_makes_the_takes_and_waits_for_them(tmp_path):
    """And a second time it makes none."""
    one = FLAT.replace('"fox", "heron"', '"fox"').split("[[")[0]

    code, shown = run(one, tmp_path, "--yes")

    assert code == 0, shown
    assert "1 of 1 take done" in shown
    assert len(list((tmp_path / "rushes-media").glob("*.mp4"))) == 1
    assert "1 of 1 take done" in run(one, tmp_path, "--dry-run")[1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("prompt = 'A'\naxs = 1", "Did you mean axes"),
        ("[values]\nprovider = 'kling-3.0-standard'", "either prompt or prompts"),
        ("prompt = 'A'\nvalues = 3", r"write [values]"),
        ("prompt = 'A'\ntogether = 3", "write [[together]]"),
        ("prompt = ", "cannot be read"),
        ("prompt = 'A {b}'\n[values]\nprovider = 'kling-3.0-standard'", "{b} has no value"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(text, reason, tmp_path):
    """Nothing is sent."""
    code, shown = run(text, tmp_path, "--yes")

    assert code == 1
    assert reason in " ".join(shown.split())
