"""Where a notebook finds the files of its library."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from rushes import VideoGen
from rushes.contract.errors import JournalError
from rushes.contract.media_errors import LibraryUnwritable
from rushes.io.folders import Folders, notebook_path

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


@pytest.mark.skipif(sys.platform == "win32", reason="does not let it be deleted")
@pytest.mark.parametrize("library", [None, "takes"])
def test_a_working_folder_that_was_deleted_is_said_in_words(
    library: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the argument that helps; an absolute library needs none."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(LibraryUnwritable, match=r"absolute path.*library="):
        VideoGen("preview", library=library)
    assert notebook_path(tmp_path / "a.mp4") is None
    VideoGen("preview", library=tmp_path / "takes").close()


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in some containers."""
    monkeypatch.delenv("RUSHES_HOME")
    monkeypatch.setattr("pathlib.Path.expanduser", lambda _: _raise())
    with pytest.raises(JournalError, match="RUSHES_HOME"):
        Folders.find()


def _raise() -> None:
    msg = "Could not determine home directory."
    raise RuntimeError(msg)


@pytest.mark.skipif(sys.platform == "win32", reason="does not let it be moved")
@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_a_home_that_goes_away_is_said_so(how: str, tmp_path: Path) -> None:
    """Permissions are not the matter; nothing is sent."""
    home = tmp_path / "home"
    with VideoGen("preview", home=home, library=tmp_path / "media") as gen:
        if how == "moved":
            os.rename(home, tmp_path / "elsewhere")  # noqa: PTH104 - as a person does
        else:
            shutil.rmtree(home)

        with pytest.raises(JournalError, match="moved or deleted"):
            gen.submit(provider="seedance-2.0", prompt="A fox")
