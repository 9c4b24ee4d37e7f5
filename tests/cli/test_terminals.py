"""The commands print the same jobs on any terminal, in a pipe and in any encoding."""

from __future__ import annotations

import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from rushes import VideoGenParams
from rushes.cli import main
from rushes.io.folders import Folders
from rushes.journal import JobRecord, SqliteJournal
from support.requests import FOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOSTILE = (
    "\x1b]0;title\x07\x1b[2J\x1b]8;;http://x\x9b1m\u202eevil \u2066狐 🦊 café\r\nforged line\x7f"
)

STYLING = re.compile(r"\x1b\[[0-9;]*m")
"""What rich adds."""

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What acts on a terminal, without the line end."""


@pytest.fixture
def job() -> JobRecord:
    """A job on record whose prompt, error and service's names would act on a terminal."""
    params = VideoGenParams.from_json(FOX | {"prompt": HOSTILE})
    record = JobRecord.new(params, backend="fal", folder=HOSTILE)
    with closing(SqliteJournal(Folders.find().home)) as journal:
        journal.add(record)
    return record


@pytest.fixture
def print_jobs(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Runs ``rushes jobs`` as the command does."""
    monkeypatch.setattr(sys, "argv", ["rushes", "jobs"])

    def run() -> None:
        with suppress(SystemExit):
            main()

    return run


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, str], int]]:
    """Makes a terminal the place that is printed to; gives the end that it can be read from."""
    files = []

    def make(columns: int, kind: str) -> int:
        reading, writing = os.openpty()
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", kind)
        files.append(os.fdopen(writing, "w", encoding="utf-8"))
        monkeypatch.setattr(sys, "stdout", files[-1])
        return reading

    yield make
    for file in files:
        file.close()


@pytest.mark.parametrize(
    ("columns", "kind"), [(10, "xterm"), (99, "xterm-256color"), (300, "xterm"), (40, "dumb")]
)
def test_an_id_is_whole_on_every_terminal(job, print_jobs, terminal, columns, kind):
    """It can be copied, however narrow the window is, and no text acts on the terminal."""
    reading = terminal(columns, kind)

    print_jobs()

    shown = STYLING.sub("", os.read(reading, 100_000).decode().replace("\r\n", "\n"))
    os.close(reading)
    assert job.id in shown
    assert "queued" in shown
    assert ACTING.findall(shown) == []
    assert "\nforged" not in shown


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_pipe_gets_a_line_a_job(job, print_jobs, monkeypatch, encoding):
    """Whole, in columns, with a sign for each character that its encoding does not have."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding=encoding))
    monkeypatch.setenv("COLUMNS", "30")

    print_jobs()

    sys.stdout.flush()
    shown = output.getvalue().decode(encoding)
    head, line = shown.splitlines()
    assert head.split()[:5] == ["job", "state", "provider", "backend", "cost"]
    assert line.split()[:4] == [job.id, "queued", "seedance-2.0", "fal"]
    assert "evil" in line
    assert "caf" in line
    assert ACTING.findall(shown.replace("\r\n", "\n")) == []


def test_the_command_works_in_a_small_terminal_without_utf_8(job, tmp_path):
    """A process of its own, with the terminal's size and the encoding of the C locale."""
    reading, writing = os.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 24, 0, 0))
    unwanted = {"COLUMNS", "LINES", "PYTHONUTF8"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "TERM": "vt100"}

    done = subprocess.run(
        [sys.executable, "-c", "from rushes.cli import main; main()", "jobs"],
        stdin=writing,
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )

    os.close(writing)
    shown = os.read(reading, 100_000).decode("ascii")
    os.close(reading)
    assert done.returncode == 0, done.stderr.decode()
    assert job.id in shown
    assert ACTING.findall(STYLING.sub("", shown).replace("\r\n", "\n")) == []
