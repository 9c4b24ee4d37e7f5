"""Votes are kept like jobs: durable, shared by processes, and there after an upgrade."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from rushes.contract.errors import InvalidParams
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, SqliteJournal, Vote
from rushes.journal.rows import COLUMNS, to_column
from rushes.journal.sqlite.journal import FILE_NAME
from rushes.journal.sqlite.schema import MIGRATIONS, VERSION
from rushes.journal.vote import fingerprint, unlike

if TYPE_CHECKING:
    from pathlib import Path

VOTE = Vote("looks", "kling-3.0-standard", "seedance-2.0", "right", left_job="a", right_job="b")


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path)
    yield journal
    journal.close()


def test_a_vote_reads_back_as_it_was_cast(journal):
    """What is cast is what is counted."""
    journal.add_vote(VOTE)

    assert journal.votes() == [VOTE]


def test_votes_come_oldest_first(journal):
    """The list tells how opinions went."""
    late, early = Vote("prompt", "a", "b", "tie", at=2.0), Vote("prompt", "a", "b", "left", at=1.0)
    journal.add_vote(late)
    journal.add_vote(early)

    assert journal.votes() == [early, late]


def test_casting_a_vote_twice_counts_once(journal):
    """A message that is sent again is no second vote."""
    journal.add_vote(VOTE)
    journal.add_vote(VOTE)

    assert journal.votes() == [VOTE]


def test_a_vote_outlives_its_process(tmp_path):
    """It is durable as soon as `add_vote` has returned."""
    script = f"""
    import os, signal
    from pathlib import Path
    from rushes.journal import SqliteJournal, Vote
    SqliteJournal(Path({str(tmp_path)!r})).add_vote(Vote("looks", "a", "b", "left", id="x"))
    os.kill(os.getpid(), signal.SIGKILL)
    """

    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)

    assert done.returncode == -signal.SIGKILL
    journal = SqliteJournal(tmp_path)
    assert [vote.id for vote in journal.votes()] == ["x"]
    journal.close()


@pytest.mark.slow
def test_processes_vote_side_by_side(tmp_path):
    """No vote of several processes is lost."""
    script = """
    import sys
    from pathlib import Path
    from rushes.journal import SqliteJournal, Vote
    journal = SqliteJournal(Path(sys.argv[1]))
    for number in range(20):
        journal.add_vote(Vote("looks", "a", "b", "left", id=f"{sys.argv[2]}-{number}"))
    journal.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), os.fspath(tmp_path)]
    voters = [subprocess.Popen([*command, str(number)]) for number in range(3)]

    assert [voter.wait(60) for voter in voters] == [0, 0, 0]
    journal = SqliteJournal(tmp_path)
    assert len(journal.votes()) == 60
    journal.close()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_older_file_becomes_a_newer_one_with_its_jobs(tmp_path, version):
    """An upgrade keeps every job and makes room for votes."""
    params = VideoGenParams(provider="kling-3.0-standard", mode="text-to-video")
    job = JobRecord.new(params, backend="fal", folder="/media", job_id="old")
    db = sqlite3.connect(tmp_path / FILE_NAME)
    for statements in MIGRATIONS[:version]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {version}")
    there = {row[1] for row in db.execute("PRAGMA table_info(jobs)")}
    names = [name for name in COLUMNS if name in there]
    marks = ", ".join("?" for _ in names)
    values = [to_column(name, getattr(job, name)) for name in names]
    db.execute(f"INSERT INTO jobs ({', '.join(names)}) VALUES ({marks})", values)
    db.commit()
    db.close()

    journal = SqliteJournal(tmp_path)
    journal.add_vote(VOTE)

    assert journal.get("old") == job
    assert journal.votes() == [VOTE]
    assert journal._db.connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    journal.close()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("beauty", "a", "b", "left"), "give one of prompt, looks"),
        (("looks", "a", "b", "a"), "give one of left, right, tie"),
        (("looks", "a", "a", "left"), "both are 'a'"),
        (("looks", "", "b", "left"), "cannot be the left"),
        (("looks", "a", None, "left"), "cannot be the right"),
        (([], "a", "b", "left"), "give one of prompt, looks"),
    ],
)
def test_a_vote_that_says_nothing_is_refused(values, words):
    """What cannot be counted never reaches the journal."""
    with pytest.raises(InvalidParams, match=words):
        Vote(*values)


FOX = {"prompt": "A fox", "mode": "image-to-video", "startImageUrl": "/in/0123456789abcdef-a.png"}
SHOTS = {"multiPrompt": [{"prompt": "A fox", "durationSeconds": 3}], "mode": "text-to-video"}


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (FOX | {"prompt": " A  fox\n", "seed": 7, "durationSeconds": 9}, ()),
        (FOX | {"startImageUrl": "/elsewhere/0123456789abcdef-b.png"}, ()),
        (FOX | {"prompt": "A boat"}, ("prompt",)),
        (FOX | {"mode": "text-to-video"}, ("mode",)),
        (FOX | {"startImageUrl": "/in/fedcba9876543210-a.png"}, ("inputs",)),
        (FOX | {"endImageUrl": "https://x/a.png"}, ("inputs",)),
        (FOX | {"imageReferences": ["https://x/a.png"]}, ("inputs",)),
        (FOX | {"videoReferences": ["https://x/a.mp4"]}, ("inputs",)),
        (FOX | {"audioReferences": ["https://x/a.mp3"]}, ("inputs",)),
        (FOX | {"multiPrompt": SHOTS["multiPrompt"]}, ("prompt",)),
    ],
)
def test_alike_requests_share_their_fingerprint(other, differing):
    """A page that compares fingerprints deals the pairs that the journal counts."""
    asked, inputs = (
        one == two for one, two in zip(fingerprint(FOX), fingerprint(other), strict=True)
    )

    assert unlike(FOX, other) == differing
    assert asked is not bool({"prompt", "mode"} & set(differing))
    assert inputs is ("inputs" not in differing)
