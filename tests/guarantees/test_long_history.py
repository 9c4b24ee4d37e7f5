"""A long history costs nothing: neither a list nor a job depends on how many there were."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import pytest

from rushes.catalog import Price
from rushes.contract.errors import JournalError
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, JobState, SqliteJournal
from rushes.journal.rows import COLUMNS, to_column
from support.pages import Page, pages
from support.requests import FOX
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rushes import VideoGen
    from rushes.catalog import Catalog, ProviderSpec
    from rushes.engine import Progress

LONG = 3000
"""Earlier jobs; a Studio shows 200."""

MOST_BYTES = 300_000
"""Of the state of a Studio, as the notebook saves it and a page gets it at first."""

STEPS = 100
"""Of SQLite's virtual machine; the unit in which its work is counted here."""


def fifty(catalog: Catalog) -> list[ProviderSpec]:
    """More providers, up to fifty, each with a length, a price and a help text of its own."""
    made = []
    known = list(catalog.values())
    for number, spec in enumerate(islice(cycle(known), 50 - len(known)), start=1):
        parameters = dict(spec.parameters)
        length, shape = parameters["duration_seconds"], parameters.get("aspect_ratio")
        parameters["duration_seconds"] = length.model_copy(update={"max": 20 + number})
        if shape is not None:
            words = f"Not given: the shape of image {number}."
            parameters["aspect_ratio"] = shape.model_copy(update={"help": words})
        price = Price(per_second=number / 71, source="a page")
        offers = {
            name: offer.model_copy(update={"prices": (price,)})
            for name, offer in spec.backends.items()
        }
        own = {"id": f"{spec.id}-{number}", "title": f"{spec.title} {number}"}
        made.append(spec.model_copy(update=own | {"parameters": parameters, "backends": offers}))
    return made


def fill(home: Path, library: Path, count: int, *, prompt: str = "An old fox") -> None:
    """Put finished takes into the journal."""
    params = VideoGenParams(
        provider="seedance-2.0", mode="text-to-video", prompt=prompt, client_ref="old"
    )
    base = JobRecord.new(params, backend="fal", folder=str(library))
    began = time.time() - 1_000_000
    rows = []
    for number in range(count):
        at = began + number
        result = {
            "generationId": f"remote-{number}",
            "videoUrl": f"https://example.org/{number}.mp4",
            "durationSeconds": 5.0,
            "width": 64,
            "height": 36,
            "provider": "seedance-2.0",
            "mode": "text-to-video",
            "cost": {"amount": 0.1, "currency": "USD"},
        }
        record = replace(
            base,
            id=f"studio-old-{number}",
            state=JobState.COMPLETED,
            params=base.params | {"clientRef": f"old-{number}"},
            created_at=at,
            submit_at=at,
            running_at=at + 1,
            done_at=at + 4,
            ended_at=at + 5,
            remote_id=f"remote-{number}",
            result=result,
            handed=2,
        )
        rows.append([to_column(name, getattr(record, name)) for name in COLUMNS])
    SqliteJournal(home).close()
    marks = ", ".join("?" for _ in COLUMNS)
    with sqlite3.connect(home / "journal.sqlite3") as db:
        db.executemany(f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})", rows)
    db.close()


@pytest.fixture
def history(tmp_path: Path) -> None:
    """Many takes of before."""
    fill(tmp_path / "home", tmp_path / "media", LONG)


@pytest.fixture
def show_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[VideoGen], Page]]:
    """Makes a Studio of a client that the test has made."""
    with ExitStack() as stack:
        yield lambda gen: stack.enter_context(pages(gen, monkeypatch))()


@contextmanager
def counted(gen: VideoGen) -> Iterator[list[int]]:
    """What the journal's database works in the body, in `STEPS`."""
    work = [0]

    def count() -> int:
        work[0] += 1
        return 0

    connection = gen.engine.journal._db.connection
    connection.set_progress_handler(count, STEPS)
    try:
        yield work
    finally:
        connection.set_progress_handler(None, 0)


LISTS: dict[str, Callable[[VideoGen], object]] = {
    "the latest jobs": lambda gen: gen.jobs(limit=50),
    "their printing": lambda gen: repr(gen.jobs(limit=50)),
    "the latest takes": lambda gen: gen.takes(limit=5),
    "a table of takes": lambda gen: gen.takes(limit=5).records(),
    "takes by their marks": lambda gen: gen.takes(min_stars=3, limit=5),
    "a state": lambda gen: gen.jobs(state="failed", limit=5),
    "the most usual state": lambda gen: gen.jobs(state="completed", limit=5),
    "several states": lambda gen: gen.jobs(state=["completed", "failed"], limit=5),
    "a provider": lambda gen: gen.jobs(provider="seedance-2.0", limit=5),
    "a provider and a state": lambda gen: gen.jobs(
        provider="seedance-2.0", state="failed", limit=5
    ),
    "a client_ref": lambda gen: gen.jobs(client_ref="old-7", limit=5),
    "an unknown client_ref": lambda gen: gen.jobs(client_ref="nobody's"),
    "a client_ref and a state": lambda gen: gen.jobs(client_ref="old-7", state="completed"),
    "what ended": lambda gen: gen.get_completed_jobs_sync(),
    "how long jobs take": lambda gen: gen.engine.journal.durations(
        "seedance-2.0", "fal", "text-to-video"
    ),
    "what is unfinished": lambda gen: gen.engine.journal.recent(0.0),
    "what is held": lambda gen: gen.engine.journal.held(),
    "what can be taken over": lambda gen: gen.engine.journal.claim(["fal"], hold_submitting=0.0),
}

MOST = {
    "the latest jobs": 150,
    "their printing": 300,
    "takes by their marks": 1500,
}
"""In `STEPS`; by an index the rest takes less than a row each of what is shown. Before marks are
compared, those that the sidecars of the latest 1,000 takes have are taken over."""


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("has_statistics", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_what_it_shows(gen, name, has_statistics):
    """The database's work is bounded, however long the history is and whatever is known of it."""
    if has_statistics:
        gen.engine.journal._db.connection.execute("ANALYZE")
    LISTS[name](gen)

    with counted(gen) as work:
        LISTS[name](gen)

    assert work[0] <= MOST.get(name, 60)


def test_a_client_ref_is_found_in_a_journal_of_an_earlier_release(tmp_path, gen):
    """Its jobs are listed by their client_ref like new ones."""
    gen.close()
    fill(tmp_path / "home", tmp_path / "media", 3)
    journal = SqliteJournal(tmp_path / "home")

    found = journal.select(client_ref="old-1", limit=5)

    journal.close()
    assert [record.id for record in found] == ["studio-old-1"]


def test_a_job_of_a_list_is_read_once(make_gen, tmp_path):
    """What has ended well does not change but for its marks, so its properties ask for nothing."""
    fill(tmp_path / "home", tmp_path / "media", 3)
    gen = make_gen()
    (job,) = gen.jobs(limit=1)

    statements: list[str] = []
    gen.engine.journal._db.connection.set_trace_callback(statements.append)
    shown = (repr(job), job.state, job.provider, job.backend, job.notes, job.cost)
    of_properties = [each for each in statements if job.id in each]
    result = job.finished
    gen.engine.journal._db.connection.set_trace_callback(None)

    assert shown[1] is JobState.COMPLETED
    assert of_properties == []
    assert result is not None
    # Its marks may have changed.
    assert len([each for each in statements if job.id in each]) <= 1


@pytest.mark.usefixtures("history")
def test_opening_a_studio_costs_what_it_shows(gen, show):
    """It reads the takes that it lists, and no others."""
    show()

    with counted(gen) as work:
        studio = show().studio

    assert len(studio.takes) == 200
    assert work[0] <= 600


@pytest.mark.usefixtures("history")
def test_a_budget_costs_the_same_after_many_takes(gen, show):
    """Its sum is kept; the takes of earlier releases are counted once."""
    first = show(budget=10_000.0).studio._budget["spent"]

    with counted(gen) as work:
        page = show(budget=10_000.0)
        page.make_take()

    assert page.studio._budget["spent"] == pytest.approx(first + 1.517)
    assert work[0] <= 1500


@pytest.mark.usefixtures("history")
def test_the_takes_of_earlier_releases_are_counted_in_one_statement(gen):
    """The first budget after an upgrade reads and writes none of them one by one."""
    statements: list[str] = []
    gen.engine.journal._db.connection.set_trace_callback(statements.append)

    assert gen.spent(str(gen.library)) == pytest.approx(0.1 * LONG)

    gen.engine.journal._db.connection.set_trace_callback(None)
    assert (
        len([each for each in statements if "reservations" in each or "UPDATE jobs" in each]) == 0
    )
    assert len([each for each in statements if "INSERT INTO sums" in each]) == 1


@pytest.mark.usefixtures("history")
def test_a_job_sends_the_page_one_take(show):
    """Not the list: a page that shows 200 takes gets less than 10 kB of a job."""
    page = show()
    before = len(page.sent)

    job = page.make_take()
    until(lambda: [m for m in page.messages if m.get("take", {}).get("state") == "completed"])

    sent = [data for _, data, _ in page.sent[before:]]
    changed = {name for data in sent for name in data.get("state", ())}
    ends = [m for m in page.messages if m.get("take", {}).get("state") == "completed"]
    assert "_takes" not in changed
    assert [m["take"]["job"] for m in ends] == [job]
    assert len(json.dumps(sent, default=str)) < 10_000


@pytest.mark.usefixtures("history")
def test_a_page_that_opens_later_gets_the_list_as_it_is(show):
    """What it is given holds the takes whose changes were sent one by one; older ones follow."""
    page = show()
    job = page.make_take()

    takes = page.studio.get_state()["_takes"]
    before = len(page.messages)
    page.ask("hello", revision=page.studio._revision)
    rest = [message for message in page.messages[before:] if message["kind"] == "rest"]
    takes = takes + [take for message in rest for take in message["takes"]]
    assert all(message["jobs"] == [take["job"] for take in takes] for message in rest)

    assert (takes[0]["job"], takes[0]["state"], len(takes)) == (job, "completed", 200)
    assert [take.id for take in page.studio.takes] == [take["job"] for take in takes]


@pytest.mark.parametrize("words", [1, 300])
def test_a_page_opens_with_little(make_gen, show_on, tmp_path, words):
    """Whatever the takes are like, and with fifty providers: a Studio's state has < 300 kB."""
    fill(tmp_path / "home", tmp_path / "media", LONG, prompt="An old fox " * words)
    gen = make_gen()
    gen.catalog.extend(fifty(gen.catalog))
    page = show_on(gen)

    assert len(json.dumps(page.studio.get_state(), default=str)) <= MOST_BYTES
    assert len(page.studio.takes) == 200


def test_older_takes_come_in_messages_of_bounded_size(make_gen, show_on, tmp_path):
    """Long prompts do not close the connection; no take is sent twice or lost."""
    fill(tmp_path / "home", tmp_path / "media", 200, prompt="An old fox " * 1500)
    page = show_on(make_gen())
    before = len(page.messages)

    page.ask("hello", revision=page.studio._revision)

    rest = [message for message in page.messages[before:] if message["kind"] == "rest"]
    jobs = [take["job"] for message in rest for take in message["takes"]]
    assert max(len(json.dumps(message)) for message in rest) < 1_000_000
    first = [take["job"] for take in page.studio._takes]
    assert first + jobs == [job.id for job in page.studio.takes]


def test_a_page_that_missed_a_change_is_sent_the_list(show):
    """Its greeting says which one it has; one that missed nothing is sent nothing."""
    page = show()
    known = page.studio.get_state().get("_revision")
    job = page.make_take()

    def lists() -> list[list[str]]:
        states = [data.get("state", {}) for _, data, _ in page.sent]
        return [[take["job"] for take in state["_takes"]] for state in states if "_takes" in state]

    before = len(lists())
    page.ask("hello", revision=page.studio.get_state().get("_revision"))
    assert len(lists()) == before
    page.ask("hello", revision=known)
    assert lists()[before:] == [[job]]


def test_a_take_that_is_hidden_in_one_studio_leaves_the_other(show):
    """Both show the takes of one library."""
    page, other = show(), show()
    job = page.make_take()
    until(lambda: [take.id for take in other.studio.takes] == [job])

    page.ask("hide", job=job, hidden=True)

    until(lambda: other.studio.takes == ())
    page.ask("hide", job=job, hidden=False)
    until(lambda: [take.id for take in other.studio.takes] == [job])


def engine_thread(gen: VideoGen) -> int:
    async def name() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    return gen.engine.call(name()).result(60.0)


def test_a_listener_runs_outside_the_engine(gen):
    """What it does holds up no job and no heartbeat."""
    threads: set[int] = set()
    gen.engine.listen(lambda _: threads.add(threading.get_ident()))

    gen.submit(FOX).result(60)

    until(lambda: threads)
    assert engine_thread(gen) not in threads


def test_a_listener_that_hangs_stops_nobody(make_gen):
    """Jobs finish, other listeners are notified, and the client can be closed."""
    gen = make_gen()
    let_go = threading.Event()
    heard: list[JobState] = []
    gen.engine.listen(lambda _: let_go.wait(600) and None)
    gen.engine.listen(lambda news: heard.extend(job.state for job, _ in news))

    try:
        job = gen.submit(FOX)
        until(lambda: job.state is JobState.COMPLETED)
        until(lambda: JobState.COMPLETED in heard)
        closing = threading.Thread(target=gen.close)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
    finally:
        let_go.set()


def test_a_slow_listener_gets_every_end_once(gen):
    """It loses steps in between, of each job all but the latest."""
    let_go, entered = threading.Event(), threading.Event()
    heard: list[tuple[str, JobState]] = []

    def slow(news: list[tuple[JobRecord, Progress]]) -> None:
        heard.extend((job.id, job.state) for job, _ in news)
        entered.set()
        let_go.wait(60)

    gen.engine.listen(slow)
    gen.submit(FOX | {"seed": 99})
    assert entered.wait(60)
    jobs = [gen.submit(FOX | {"seed": seed}) for seed in range(5)]
    try:
        until(lambda: all(job.state is JobState.COMPLETED for job in jobs))
    finally:
        let_go.set()

    def ends() -> list[str]:
        return sorted(job_id for job_id, state in heard if state is JobState.COMPLETED)

    ids = {job.id for job in jobs}
    until(lambda: ids <= set(ends()))
    assert sorted(heard_of for heard_of, _ in heard if heard_of in ids) == sorted(ids)
    assert len(ends()) == len(set(ends()))


def test_more_ends_than_wait_in_full_arrive_all_the_same(gen, monkeypatch):
    """They are read again when it is their turn."""
    with suppress(ImportError):
        monkeypatch.setattr("rushes.engine.audience.MOST_WAITING", 1)
    let_go, entered = threading.Event(), threading.Event()
    ended: list[str] = []

    def slow(news: list[tuple[JobRecord, Progress]]) -> None:
        ended.extend(job.id for job, _ in news if job.is_ended)
        entered.set()
        let_go.wait(60)

    gen.engine.listen(slow)
    jobs = [gen.submit(FOX | {"seed": 99})]
    assert entered.wait(60)
    jobs += [gen.submit(FOX | {"seed": seed}) for seed in range(5)]
    try:
        until(lambda: all(job.state is JobState.COMPLETED for job in jobs))
    finally:
        let_go.set()

    until(lambda: len(ended) == len(jobs))
    assert sorted(ended) == sorted(job.id for job in jobs)


def test_an_end_that_cannot_be_read_costs_no_other(gen, monkeypatch):
    """The other news of its round arrive."""
    monkeypatch.setattr("rushes.engine.audience.MOST_WAITING", 1)
    let_go, entered = threading.Event(), threading.Event()
    ended: list[str] = []

    def slow(news: list[tuple[JobRecord, Progress]]) -> None:
        ended.extend(job.id for job, _ in news if job.is_ended)
        entered.set()
        let_go.wait(60)

    gen.engine.listen(slow)
    gen.submit(FOX | {"seed": 99})
    assert entered.wait(60)
    jobs = [gen.submit(FOX | {"seed": seed}) for seed in range(4)]
    for job in jobs:
        job.result(60)
    bad, others = jobs[2].id, {job.id for job in jobs} - {jobs[2].id}
    get = gen.engine.journal.get

    def get_most(job_id: str) -> JobRecord:
        if job_id == bad:
            msg = "damaged"
            raise JournalError(msg)
        return get(job_id)

    monkeypatch.setattr(gen.engine.journal, "get", get_most)
    monkeypatch.setattr("rushes.engine.audience.MOST_WAITING", 1000)
    let_go.set()

    until(lambda: others <= set(ended))
    assert bad not in ended


def test_a_listener_that_fails_is_notified_again(gen, caplog):
    """One bad turn, even an exit, costs that turn alone."""
    heard: list[list[JobState]] = []

    def bad(news: list[tuple[JobRecord, Progress]]) -> None:
        heard.append([job.state for job, _ in news])
        if len(heard) == 1:
            raise SystemExit

    gen.engine.listen(bad)
    gen.submit(FOX).result(60)

    until(lambda: [JobState.COMPLETED] in heard)
    assert "a listener failed" in caplog.text


def test_a_job_that_a_listener_cannot_handle_costs_no_other(gen):
    """A round that fails is delivered again, one job at a time."""
    let_go, entered = threading.Event(), threading.Event()
    heard: set[str] = set()
    bad: set[str] = set()

    def picky(news: list[tuple[JobRecord, Progress]]) -> None:
        entered.set()
        let_go.wait(60)
        for job, _ in news:
            if job.id in bad:
                raise ValueError(job.id)
            if job.is_ended:
                heard.add(job.id)

    gen.engine.listen(picky)
    first = gen.submit(FOX | {"seed": 99})
    assert entered.wait(60)
    jobs = [gen.submit(FOX | {"seed": seed}) for seed in range(4)]
    bad.add(jobs[1].id)
    for job in jobs:
        job.result(60)
    let_go.set()

    others = {job.id for job in (first, *jobs)} - bad
    until(lambda: others <= heard)
    assert not bad & heard


def test_a_listener_without_a_thread_costs_no_other(gen, monkeypatch):
    """Where the system starts no more threads, its news wait for the next ones."""
    heard: dict[str, list[JobState]] = {"first": [], "second": []}
    for name in heard:
        gen.engine.listen(lambda news, n=name: heard[n].extend(job.state for job, _ in news))
    start, refused = threading.Thread.start, []

    def start_most(thread: threading.Thread) -> None:
        if thread.name == "rushes-listener" and not refused:
            refused.append(thread)
            msg = "can't start new thread"
            raise RuntimeError(msg)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_most)
    gen.submit(FOX).result(60)

    until(lambda: all(JobState.COMPLETED in states for states in heard.values()))
    assert refused


def test_a_subscription_that_ends_delivers_what_was_there(gen):
    """And nothing after that."""
    heard: list[JobState] = []
    stop = gen.engine.listen(lambda news: heard.extend(job.state for job, _ in news))
    gen.submit(FOX).result(60)

    stop()
    count = len(heard)
    gen.submit(FOX).result(60)

    assert heard[-1] is JobState.COMPLETED
    assert len(heard) == count


AT_EXIT = """
import atexit
from pathlib import Path
from rushes import VideoGen
from rushes.journal import JobRecord, JobState, SqliteJournal
from rushes.contract.params import VideoGenParams
from support.timings import QUICK

home = Path({home!r})
gen = VideoGen("preview", library=home / "media", home=home, timing=QUICK)
other = SqliteJournal(home)
other.heartbeat(60.0)
params = VideoGenParams(provider="seedance-2.0", mode="text-to-video", prompt="A red fox")
job = other.add(JobRecord.new(params, backend="fal", folder=str(home)))
waiting = gen.engine.wait(job.id)
gone = []
gen.engine.listen(lambda news: print("late" if gone else "news", news[0][0].state, flush=True))

def close_the_channel():
    gone.append(True)
    other.write(job, JobState.FAILED)
    print("ended", waiting.result(60).state, flush=True)

atexit.register(close_the_channel)
"""


def test_nobody_is_notified_once_the_interpreter_ends(tmp_path):
    """A page's connection goes before the engine, which works to the last."""
    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT.format(home=str(tmp_path / "home"))],
        env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "ended failed" in done.stdout, done.stderr
    assert "late" not in done.stdout
    assert done.returncode == 0


def test_a_comparison_sends_the_take_that_changed(gen, monkeypatch):
    """Its page is not sent the others again either."""
    with pages(gen, monkeypatch):
        import comm  # noqa: PLC0415 - the seam is in place now

        sent: list[Any] = []
        make = comm.create_comm

        def create_comm(*args: Any, **keywords: Any) -> Any:
            made = make(*args, **keywords)
            sent.append(made.sent)
            return made

        monkeypatch.setattr("comm.create_comm", create_comm)
        from rushes import Compare  # noqa: PLC0415

        first, second = gen.submit(FOX), gen.submit(FOX | {"seed": 2})
        first.result(60)
        widget = Compare(first, second)
        before = len(sent[-1])
        second.result(60)
        until(lambda: [take["state"] for take in widget._takes] == ["completed"] * 2)
        widget.close()

    states = [data["state"] for _, data, _ in sent[-1][before:] if "state" in data]
    assert not any("_takes" in state for state in states)
