"""Takes that are known by their sidecars, and files that were moved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rushes.media import found
from rushes.media.found import Folder

if TYPE_CHECKING:
    from pathlib import Path

FACTS: dict[str, Any] = {
    "jobId": "20260101-120000-0123abcd",
    "generationId": "g",
    "videoUrl": "file:///x.mp4",
    "durationSeconds": 5.0,
    "width": 64,
    "height": 36,
    "provider": "seedance-2.0",
    "mode": "text-to-video",
    "prompt": "A fox",
    "createdAt": "2026-01-01T12:00:00Z",
    "params": {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": "A fox"},
}


def write(folder: Path, name: str, **more: Any) -> Path:
    """A video, which nothing decodes here, with its sidecar."""
    folder.mkdir(exist_ok=True)
    video = folder / f"{name}.mp4"
    video.touch()
    facts = FACTS | {"file": video.name} | more
    video.with_suffix(".json").write_text(json.dumps(facts), "utf-8")
    return video


def test_takes_are_newest_first(tmp_path: Path) -> None:
    """By the time in their sidecars; names only say which are read."""
    write(tmp_path, "2026-01-02_1200_a", createdAt="2025-01-01T12:00:00Z", prompt="old")
    write(tmp_path, "hero", createdAt="2026-06-01T12:00:00Z", prompt="new")

    takes = Folder(tmp_path).takes()

    assert [take.result.prompt for take in takes] == ["new", "old"]
    assert takes[0].key != takes[1].key


HOSTILE = {
    "another file": {"file": "../../secret.mp4"},
    "no provider": {"provider": None},
    "a list for a prompt": {"prompt": ["x"]},
    "a huge number": {"width": 10**12},
    "a long prompt": {"prompt": "x" * 100_000},
    "no date": {"createdAt": "never"},
    "other params": {"params": 7},
    "params without end": {"params": {"prompt": "x" * 100_000}},
    "too much": {"notes": ["x" * 1_000] * 2_000},
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_sidecar_that_makes_no_sense_shows_nothing(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """The others are shown."""
    write(tmp_path, "good")
    write(tmp_path, "bad", **change)

    takes = Folder(tmp_path).takes()

    assert [take.result.path for take in takes] == [tmp_path / "good.mp4"]


def test_a_link_in_a_library_leads_nowhere(tmp_path: Path) -> None:
    """A copied library may hold links to whatever its maker likes."""
    library = tmp_path / "library"
    secret = tmp_path / "secret.mp4"
    video = write(library, "a")
    video.rename(secret)
    video.symlink_to(secret)
    sidecar = write(library, "b").with_suffix(".json")
    sidecar.rename(tmp_path / "b.json")
    sidecar.symlink_to(tmp_path / "b.json")

    assert Folder(library).takes() == []


@pytest.mark.parametrize("place", ["missing", "a file"])
def test_what_is_no_folder_has_no_takes(tmp_path: Path, place: str) -> None:
    """A library that does not exist yet is empty."""
    (tmp_path / "a file").touch()

    assert Folder(tmp_path / place).takes() == []


def test_of_many_sidecars_only_the_newest_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten thousand of them must not delay a Studio."""
    for number in range(300):
        write(tmp_path, f"2026-01-{number % 28 + 1:02}_{number:04}_fox_{number:08x}")
    read: list[Path] = []
    real = found.facts_beside
    monkeypatch.setattr(found, "facts_beside", lambda path: read.append(path) or real(path))

    takes = Folder(tmp_path).takes(most=20)

    assert len(takes) == len(read) == 20
    assert {path.name[:10] for path in read} == {"2026-01-28", "2026-01-27"}
