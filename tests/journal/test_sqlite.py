"""SQLite keeps the promises of the journal, whatever the disk and the machine do."""

from __future__ import annotations

import _thread
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from journal.contract import StoreContract, cap, new_job
from rushes.contract.errors import JournalError
from rushes.io.machine import Machine
from rushes.io.process import Process
from rushes.journal import JobState, Reservation, SqliteJournal
from rushes.journal.sqlite.database import AT_ONCE, PATIENCE
from rushes.journal.sqlite.journal import FILE_NAME
from rushes.journal.sqlite.schema import VERSION
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[], SqliteJournal]]:
    journals: list[SqliteJournal] = []

    def make() -> SqliteJournal:
        journals.append(SqliteJournal(tmp_path))
        return journals[-1]

    yield make
    for journal in journals:
        journal.close()


class TestStore(StoreContract):
    """The rules that hold for every store."""


@pytest.fixture
def journal(open_store: Callable[[], SqliteJournal]) -> SqliteJournal:
    journal = open_store()
    journal.heartbeat(30)
    return journal


@pytest.fixture
def other(open_store: Callable[[], SqliteJournal]) -> SqliteJournal:
    other = open_store()
    other.heartbeat(30)
    return other


def test_a_commit_removes_no_file(journal, tmp_path):
    """The head of the file that would undo it is overwritten; a removal might not last."""
    journal.add(new_job())
    undo = tmp_path / f"{FILE_NAME}-journal"
    assert undo.read_bytes()[:28] == bytes(28)


def test_a_job_outlives_its_process(tmp_path):
    """A row is durable as soon as `add` has returned."""
    script = f"""
    import os, signal
    from pathlib import Path
    from rushes.journal import SqliteJournal, JobRecord
    from rushes.contract.params import VideoGenParams
    params = VideoGenParams(provider="p", mode="text-to-video")
    job = JobRecord.new(params, backend="b", folder="f", job_id="x")
    SqliteJournal(Path({str(tmp_path)!r})).add(job)
    os.kill(os.getpid(), signal.SIGKILL)
    """

    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)

    journal = SqliteJournal(tmp_path)
    assert journal.get("x").state is JobState.QUEUED
    journal.close()


def test_the_files_date_is_another_one_after_another_process_wrote(journal, other):
    """So that nobody has to ask the file itself every second."""
    os.utime(journal.path, (1.0, 1.0))
    before = journal._db.date()

    other.add(new_job())

    assert (before, journal._db.date() == before) == (1_000_000_000, False)


def test_a_date_of_this_moment_says_nothing(journal, monkeypatch):
    """More may be written within the same tick of the clock."""
    monkeypatch.setattr("rushes.io.dates.TICK", sys.maxsize)

    assert journal._db.date() is None


def test_a_newer_file_is_refused_untouched(tmp_path):
    """An old release does not write into a file of a newer one."""
    SqliteJournal(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()

    with pytest.raises(JournalError, match="newer release"):
        SqliteJournal(tmp_path)


@pytest.mark.usefixtures("journal")
def test_another_machine_is_refused(tmp_path):
    """Two hosts cannot share one SQLite file."""
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("INSERT INTO owners VALUES ('x', 'elsewhere', 1, ?)", (time.time() + 30,))
    db.close()

    with pytest.raises(JournalError, match="elsewhere"):
        SqliteJournal(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    """Rubbish in place of the journal gives advice, not a traceback from inside."""
    (tmp_path / FILE_NAME).write_bytes(
        b"no database at all, but long enough to be read as one" * 40
    )

    with pytest.raises(JournalError, match="damaged"):
        SqliteJournal(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file in place of the home folder gives advice."""
    (tmp_path / "home").write_text("a file")

    with pytest.raises(JournalError, match="RUSHES_HOME"):
        SqliteJournal(tmp_path / "home")


def test_a_lock_that_is_held_too_long_is_an_error_and_changes_nothing(tmp_path):
    """When another process holds the file, the user is told, and no half row is left."""
    journal = SqliteJournal(tmp_path, patience=0.05)
    blocker = sqlite3.connect(tmp_path / FILE_NAME)
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(JournalError, match="It was locked for too long"):
        journal.add(new_job())

    blocker.execute("ROLLBACK")
    blocker.close()
    assert journal.select() == []
    journal.close()


@pytest.fixture
def held(tmp_path):
    """A journal whose file another process holds, and the connection that does."""
    journal = SqliteJournal(tmp_path)
    blocker = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN EXCLUSIVE")
    yield journal, blocker
    blocker.close()
    journal.close()


def test_nobody_waits_longer_than_five_seconds():
    """For a process that is stopped inside a write, and with it for each other."""
    assert PATIENCE + AT_ONCE <= 5.0


def test_a_thread_that_waits_for_another_process_holds_no_other_thread_up(held):
    """The engine may wait for long; the kernel has its answer after as long as it wants to wait."""
    journal, blocker = held
    journal._db.patience = 600.0
    with ThreadPoolExecutor(1) as engine:
        waiting = engine.submit(journal.add, new_job())
        until(lambda: journal._db._busy[1] > 0)
        journal._db.patience = 0.05
        with pytest.raises(JournalError, match="It was locked for too long"):
            journal.select()

        assert not waiting.done()
        blocker.execute("ROLLBACK")
        assert waiting.result(60.0).id in {job.id for job in journal.select()}


def test_threads_of_one_process_take_turns(journal):
    """One that reads again and again keeps no other from its own read."""
    order = []

    def read(name: str) -> None:
        with journal._db.reading():
            order.append(name)

    with ThreadPoolExecutor(2) as pool:
        with journal._db.reading():
            others = []
            for name in ("engine", "listener"):
                others.append(pool.submit(read, name))
                until(lambda: journal._db.lock.waiting == len(others))
        read("kernel")
        for each in others:
            each.result(60.0)

    assert order == ["engine", "listener", "kernel"]


def test_a_wait_for_another_process_can_be_interrupted(held):
    """With the stop button of a notebook, for example, also while the engine waits as well."""
    journal, blocker = held
    journal._db.patience = 600.0
    # What a shell starts in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.get_ident()

    def interrupt() -> None:
        until(lambda: sys._current_frames()[main].f_code.co_name == "_begin")
        _thread.interrupt_main()

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(journal.add, new_job())
        pool.submit(interrupt)

        try:
            with pytest.raises(KeyboardInterrupt):
                journal.add(new_job())
        finally:
            signal.signal(signal.SIGINT, before)

        blocker.execute("ROLLBACK")
        job = waiting.result(60.0)
    assert journal.select() == [job]


class Interrupting:
    """A lock in whose very moment of being taken, or given back, an interrupt comes."""

    def __init__(self, at: str) -> None:
        self.plain = threading.RLock()
        self._at = at

    def acquire(self, *, timeout: float = -1) -> bool:
        taken = self.plain.acquire(timeout=timeout)
        if self._at == "acquire":
            _thread.interrupt_main()
        return taken

    def release(self) -> None:
        self.plain.release()
        if self._at == "release":
            _thread.interrupt_main()


@pytest.mark.parametrize("at", ["acquire", "release"])
@pytest.mark.parametrize("use", ["select", "add"])
def test_an_interrupt_leaves_the_journal_to_the_other_threads(tmp_path, at, use):
    """Whenever it comes: the engine writes on, and not half a transaction is left."""
    journal = SqliteJournal(tmp_path)
    journal._db.lock = Interrupting(at)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            journal.add(new_job()) if use == "add" else journal.select()
    finally:
        signal.signal(signal.SIGINT, before)
    journal._db.lock = journal._db.lock.plain

    with ThreadPoolExecutor(1) as engine:
        job = engine.submit(journal.add, new_job()).result(60.0)

    assert job.id in {job.id for job in journal.select()}
    journal.close()


def test_a_write_waits_for_readers(held):
    """A process that reads for a moment makes no write fail."""
    journal, blocker = held
    blocker.execute("ROLLBACK")
    blocker.execute("BEGIN")
    blocker.execute("SELECT * FROM jobs").fetchall()
    timer = threading.Timer(0.5, blocker.execute, ["COMMIT"])
    timer.start()

    job = journal.add(new_job())

    assert journal.get(job.id) == job


def test_a_full_disk_is_an_error_and_changes_nothing(journal):
    """When the disk is full nothing is added, and what was there stays."""
    kept = journal.add(new_job())
    pages = journal._db.connection.execute("PRAGMA page_count").fetchone()[0]
    journal._db.connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(JournalError, match="disk is full"):
        journal.add(new_job(notes=("x" * 100_000,)))

    journal._db.connection.execute("PRAGMA max_page_count = 1000000")
    assert journal.get(kept.id) == kept
    journal.add(new_job())


@pytest.mark.usefixtures("journal")
def test_a_machine_that_is_renamed_is_the_same(monkeypatch, tmp_path):
    """Its name changes with the network, also while a process works in the journal."""
    monkeypatch.setattr(socket, "gethostname", lambda: "macbook.home")

    SqliteJournal(tmp_path).close()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("a|key|boot", "b|key|boot", True),
        ("a|key|boot", "b|key|later", True),
        ("a|key|boot", "b|elsewhere|boot", True),
        ("a|key|boot", "a|elsewhere|later", False),
        ("a|key|", "a|elsewhere|", False),
        ("a|key|boot", "a", True),
        ("a|key|boot", "b", False),
        ("a||", "a||", True),
    ],
)
def test_a_machine_is_known_by_its_id_or_its_running_system(one, other, is_same):
    """By its name only where there is nothing else, as in rows of earlier releases."""
    assert Machine.parse(one).is_same(Machine.parse(other)) is is_same
    assert Machine.parse(other).is_same(Machine.parse(one)) is is_same


@pytest.mark.parametrize("damage", ["{", "[]", '"text"', "7", b"\x00"])
@pytest.mark.parametrize("column", ["params", "remote", "output", "error", "result", "notes"])
def test_a_damaged_row_spoils_no_list(journal, column, damage):
    """What cannot be read of one job counts as absent; the others are listed with it."""
    whole, damaged = journal.add(new_job()), journal.add(new_job())
    journal._db.connection.execute(
        f"UPDATE jobs SET {column} = ? WHERE id = ?", (damage, damaged.id)
    )

    found = {job.id: job for job in journal.select(limit=5)}

    assert found[whole.id] == whole
    assert not getattr(found[damaged.id], column)


READS: dict[str, Callable[[SqliteJournal], object]] = {
    "get": lambda journal: journal.get("x"),
    "select": lambda journal: journal.select(limit=50),
    "select a state": lambda journal: journal.select(states=[JobState.FAILED], limit=50),
    "select a library": lambda journal: journal.select(folder="f", limit=50),
    "select what is not hidden": lambda journal: journal.select(limit=50, with_hidden=False),
    "select a provider": lambda journal: journal.select(provider="p", limit=50),
    "select a client_ref": lambda journal: journal.select(client_ref="c"),
    "named": lambda journal: journal.named("x", limit=5),
    "durations": lambda journal: journal.durations("p", "b", "m"),
    "recent": lambda journal: journal.recent(60),
    "uncertain": lambda journal: journal.uncertain(),
    "known_remotes": lambda journal: journal.known_remotes("b", since=1.0),
    "claim": lambda journal: journal.claim(["b"], hold_submitting=1.0),
    "held": lambda journal: journal.held(),
    "drain": lambda journal: journal.drain(),
    "settle": lambda journal: journal.settle(),
    "add once": lambda journal: journal.add(new_job(content_key="k"), once=True),
    "add once by name": lambda journal: journal.add(new_job(once_key="k"), once=True),
    "unidentified": lambda journal: journal.unidentified("f", limit=5),
    "identify": lambda journal: journal.identify({"x": "k"}),
    "spent": lambda journal: journal.spent("a"),
    "spending": lambda journal: journal.spending("2026-01-01"),
    "unpriced": lambda journal: journal.unpriced(limit=5),
    "upload": lambda journal: journal.upload("b", "p", 60.0),
    "is_hidden": lambda journal: journal.is_hidden("x"),
}


@pytest.mark.parametrize("name", READS)
def test_no_read_goes_through_all_jobs(journal, name):
    """Every statement on the table of jobs uses an index."""
    journal.add(new_job(id="x"))
    statements: list[str] = []
    connection = journal._db.connection
    connection.set_trace_callback(statements.append)
    READS[name](journal)
    connection.set_trace_callback(None)

    plans = [
        row["detail"]
        for statement in statements
        if statement.lstrip().startswith(("SELECT", "UPDATE"))
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN jobs")] == []


@pytest.mark.parametrize(
    ("one", "other", "shares"),
    [
        ("a|key|boot", "b|elsewhere|boot", True),
        ("a|key|boot", "a|key|later", False),
        ("a|key|", "a|key|", False),
        ("a", "a", False),
    ],
)
def test_a_running_system_is_known_by_its_start(one, other, shares):
    """Copies of a virtual machine have one id and one name."""
    assert Machine.parse(one).shares_kernel(Machine.parse(other)) is shares


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_of_a_copied_machine_is_not_judged(journal, other, tmp_path):
    """Its number says nothing here, though the machine has the same id and the same name."""
    other.add(new_job(id="theirs"))
    here, process = Machine.here(), Process.here()
    row = (f"{here.name}|{here.key}|elsewhere", f"{1 << 21}|{process.space}|1", other.owner)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("UPDATE owners SET host = ?, pid = ? WHERE id = ?", row)
    db.close()

    assert journal.claim(["fal"], hold_submitting=0) == []


DYING = """
    import os, signal, sys
    from pathlib import Path
    from journal.contract import new_job
    from rushes.journal import SqliteJournal

    journal = SqliteJournal(Path(sys.argv[1]))
    journal.heartbeat(3600)
    journal.add(new_job(id="left"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nobody_waits_for_a_process_that_is_known_dead(journal, tmp_path):
    """Its jobs are taken over at once, and so are its news; a lease says only until when."""
    command = [sys.executable, "-c", textwrap.dedent(DYING), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, check=False, env=environment)

    [job] = journal.claim(["fal", "preview", "kling"], hold_submitting=0)

    assert job.id == "left"
    assert job.owner == journal.owner


def test_what_a_day_allows_counts_on_that_day(journal, monkeypatch):
    """Also where midnight comes, or the clock is set, between the question and the record."""
    days = iter(["2026-11-28", *["2026-11-29"] * 9])
    monkeypatch.setattr("rushes.journal.sqlite.ledger.today", lambda: next(days))
    daily = replace(cap(25.0), account=None, daily=True)

    journal.add(new_job(id="late"), reserve=Reservation(estimate=20.0, caps=(daily,)))

    assert [row.day for row in journal.spending()] == ["2026-11-28"]
