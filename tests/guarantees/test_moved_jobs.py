"""A library that cannot be written costs no video: nothing is paid for it, or it goes elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from rushes import JobState, VideoGen
from rushes.cli import app
from rushes.contract.errors import InvalidParams, JournalError, MediaError
from rushes.contract.media_errors import LibraryUnwritable
from rushes.journal import SqliteJournal
from rushes.recording import record_of
from support.requests import FOX
from support.timings import A_WHILE, AN_HOUR
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rushes import Job


@pytest.fixture
def stuck(gen: VideoGen, emulator) -> Job:
    """A paid job whose video is ready and whose library cannot be written any more."""
    emulator.settings.run_seconds = AN_HOUR
    job = gen.submit(**FOX)
    until(lambda: job.state is JobState.RUNNING)
    block(gen.library)
    emulator.advance(A_WHILE)
    until(lambda: "Cannot write" in job.progress.text)
    return job


def block(library: Path) -> None:
    """Put a file in place of a folder: even root cannot write there."""
    for path in library.iterdir() if library.is_dir() else ():
        path.unlink()
    if library.is_dir():
        library.rmdir()
    library.write_text("in the way")


def test_a_job_goes_on_in_another_library(stuck, gen, emulator, tmp_path):
    """At once, with poster and sidecar, and nothing is paid twice."""
    result = stuck.move_to(tmp_path / "other").result()

    assert result.path.parent == tmp_path / "other"
    assert result.poster_path.parent.parent == tmp_path / "other"
    assert result.path.with_suffix(".json").exists()
    assert gen.library.is_file()
    assert len(emulator.jobs) == 1


def test_the_advice_of_a_stuck_job_works(stuck, tmp_path):
    """What its progress says to do is done, word for word."""
    command = re.search(r"job\.move_to\(FOLDER\)", stuck.progress.text)

    assert command
    eval(command[0], {"job": stuck, "FOLDER": str(tmp_path / "other")})
    assert stuck.result().path.exists()


def test_a_job_may_go_to_the_library_of_a_new_client(stuck, gen, tmp_path):
    """A new client with another library, and its folder for the old job."""
    with VideoGen("fal", library=tmp_path / "other", home=gen.folders.home) as other:
        moved = other.job(stuck.id).move_to(other.library)

        assert moved.result().path.parent == other.library
        assert [take.id for take in other.latest(limit=5)] == [stuck.id]


def test_a_terminal_moves_a_job_of_a_running_kernel(stuck, tmp_path):
    """The process that works on it reads where to before it tries again."""
    done = CliRunner().invoke(app, ["jobs", "move", stuck.id, str(tmp_path / "other")])

    assert done.exit_code == 0, done.output
    assert stuck.result().path.parent == tmp_path / "other"


def test_a_folder_that_cannot_be_written_changes_nothing(stuck, gen, tmp_path):
    """The job stays where it was, and the message says so."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(LibraryUnwritable, match="not moved"):
        stuck.move_to(tmp_path / "file")

    assert gen.record(stuck.id).folder == str(gen.library)
    gen.library.unlink()
    assert stuck.result().path.parent == gen.library


def test_what_is_no_folder_is_refused(gen):
    """In the words for wrong arguments."""
    job = gen.submit(**FOX)

    for folder in (None, 7, "", b"x"):
        with pytest.raises(InvalidParams, match="not a folder"):
            job.move_to(folder)


def test_a_completed_job_stays_where_it_is(gen, tmp_path):
    """Its files are there, and can be copied."""
    job = gen.submit(**FOX)
    job.result()

    with pytest.raises(JournalError, match=re.escape(str(gen.library))):
        job.move_to(tmp_path / "other")


# --- before anything is paid --------------------------------------------------------------------


def test_a_queued_job_waits_for_its_library(gen, make_gen, emulator, tmp_path):
    """It was put on record by a process that died; its video would have no place now."""
    library = tmp_path / "media"
    planned = record_of(gen.plan(**FOX), library)
    gen.close()  # And with it all that its engine knows about the folder.
    journal = SqliteJournal(tmp_path / "home")
    journal.add(planned)
    journal.close()
    block(library)

    job = make_gen().job(planned.id)
    until(lambda: "Cannot write" in job.progress.text)
    assert emulator.jobs == []
    assert job.state is JobState.QUEUED

    library.unlink()
    assert job.result().path.exists()
    assert len(emulator.jobs) == 1


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk that takes names, and no content."""
    folder = tmp_path / "full"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mounting, check=False).returncode:
        pytest.skip("needs the right to mount")
    (folder / "filled").write_bytes(bytes(8192))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_found_out_before_paying(full, gen, emulator):
    """A file can be made on it, but nothing can be written into it."""
    with (
        VideoGen("fal", library=full, home=gen.folders.home) as other,
        pytest.raises(MediaError, match="disk is full"),
    ):
        other.submit(**FOX)

    assert emulator.jobs == []
    assert os.listdir(full) == ["filled"]  # noqa: PTH208 - the trial is gone
