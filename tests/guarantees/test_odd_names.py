"""Whatever has the name of one of a job's files, the video is kept, and nothing else is touched."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from rushes import JobState
from rushes.media.library import poster_path, sidecar_path, video_path
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes.journal import JobRecord

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="has no pipes in folders"),
]

PLACES: dict[str, Callable[[JobRecord], Path]] = {
    "video": video_path,
    "part": lambda job: video_path(job).with_name(f"{video_path(job).name}.part"),
    "note": lambda job: video_path(job).with_name(f"{video_path(job).name}.part.json"),
    "sidecar": sidecar_path,
    "poster": poster_path,
    "posters": lambda job: poster_path(job).parent,
}


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Path], None]]:
    """Puts something odd in a place; what links lead to stays as it was."""
    sockets: list[socket.socket] = []

    def listen(path: Path) -> None:
        sockets.append(socket.socket(socket.AF_UNIX))
        # The address of a socket is short.
        with monkeypatch.context() as inside:
            inside.chdir(path.parent)
            sockets[-1].bind(path.name)

    kinds: dict[str, Callable[[Path], object]] = {
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
        "link": lambda path: path.symlink_to(tmp_path / "outside"),
        "dangling link": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "device": lambda path: path.symlink_to("/dev/zero"),
        "socket": listen,
    }

    def make(kind: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds[kind](path)

    (tmp_path / "outside").write_bytes(b"mine")
    yield make
    for each in sockets:
        each.close()
    assert (tmp_path / "outside").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "dangling link", "device", "socket"])
def test_an_odd_file_costs_no_video(gen, emulator, put, kind, place):
    """It is replaced, or the job says what is in its way and waits."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(**FOX)
    path = PLACES[place](gen.record(job.id))
    put(kind, path)
    until(lambda: emulator.jobs)
    emulator.advance(A_WHILE)

    until(lambda: job.state is JobState.COMPLETED or "in the way" in job.progress.text)
    if job.state is not JobState.COMPLETED:
        assert kind == "folder"
        path.rmdir()

    assert job.result().path.is_file()
    assert not job.result().path.is_symlink()
    assert len(emulator.jobs) == 1
