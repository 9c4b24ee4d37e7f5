"""Where a notebook finds the files of its library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rushes.io.folders import notebook_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("work/takes/rushes-media/a.mp4", "rushes-media/a.mp4"),
        ("work/other/rushes-media/a.mp4", "../other/rushes-media/a.mp4"),
        ("work/takes/.cache/a.mp4", None),
        ("work/.cache/a.mp4", None),
    ],
)
def test_a_page_finds_a_file_from_its_notebook(
    file: str, path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the notebook; not at all where Jupyter serves nothing."""
    (tmp_path / "work" / "takes").mkdir(parents=True)
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "work" / "takes" / "a.ipynb"))
    assert notebook_path(tmp_path / file) == path
