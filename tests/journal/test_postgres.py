"""PostgreSQL keeps the promises of the journal, whatever the server and the connections do."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from journal.contract import StoreContract, accepted, cap, completed, fetching, new_job, submitting
from rushes.contract.errors import JournalError, LeaseLost, PolicyDenied
from rushes.journal import JobState, Reservation, open_journal
from support.postgres import Server, execute, require
from support.waiting import until

psycopg = pytest.importorskip("psycopg")

from rushes.journal.postgres import PostgresJournal, database as connections, leases, outbox  # noqa: E402
from rushes.journal.postgres.schema import MIGRATIONS, VERSION  # noqa: E402 - as the driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rushes.journal import JobRecord
    from support.postgres import Databases

pytestmark = pytest.mark.slow


@pytest.fixture
def open_store(database: str) -> Iterator[Callable[..., PostgresJournal]]:
    journals: list[PostgresJournal] = []

    def make(**options: float) -> PostgresJournal:
        journals.append(PostgresJournal(database, **options))
        return journals[-1]

    yield make
    for journal in journals:
        journal.close()


class TestStore(StoreContract):
    """The rules that hold for every store."""


@pytest.fixture
def journal(open_store: Callable[..., PostgresJournal]) -> PostgresJournal:
    journal = open_store()
    journal.heartbeat(30)
    return journal


@pytest.fixture
def other(open_store: Callable[..., PostgresJournal]) -> PostgresJournal:
    other = open_store()
    other.heartbeat(30)
    return other


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own, which it may stop."""
    require()
    own = Server.made()
    own.start()
    yield own
    own.remove()


# --- the address and the tables --------------------------------------------------------------


def test_an_address_opens_the_store(database, tmp_path):
    """The home folder then has no journal."""
    journal = open_journal(tmp_path / "home", database)
    job = journal.add(new_job())
    journal.close()

    again = open_journal(tmp_path, database)
    assert again.get(job.id) == replace(job, owner=None)
    again.close()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://rushes:hunter2@127.0.0.1:9/name", "name at 127.0.0.1:9"),
        ("postgresql://rushes:hunter2@[/name", "cannot be read"),
    ],
)
def test_a_wrong_address_is_named_without_its_password(address, words):
    """In the message and in everything that is shown with it."""
    with pytest.raises(JournalError) as caught:
        PostgresJournal(address, patience=0.2)

    error: BaseException | None = caught.value
    assert words in str(error)
    while error is not None:
        assert "hunter2" not in str(error)
        error = error.__cause__


def test_a_database_that_does_not_exist_is_named_at_once(databases):
    """Nobody waits for it."""
    with pytest.raises(JournalError, match="Check the user, the password and the name"):
        PostgresJournal(databases.url("nowhere"), patience=600.0)


def test_processes_that_start_together_make_the_tables_once(databases: Databases):
    """In a new database."""
    url = databases.make(empty=True)
    with ThreadPoolExecutor(6) as pool:
        journals = list(pool.map(PostgresJournal, [url] * 6))
    job = journals[0].add(new_job())

    assert journals[5].get(job.id) == job
    assert execute(url, "SELECT version FROM rushes_schema") == [(VERSION,)]
    for journal in journals:
        journal.close()
    databases.drop(url)


def test_a_newer_database_is_refused_untouched(database):
    """An old release does not write into the tables of a newer one."""
    execute(database, "UPDATE rushes_schema SET version = version + 1")

    with pytest.raises(JournalError, match="newer release"):
        PostgresJournal(database)

    assert execute(database, "SELECT version FROM rushes_schema") == [(VERSION + 1,)]


def test_an_older_database_becomes_a_newer_one(databases: Databases, monkeypatch):
    """Step by step, and what it has stays."""
    url = databases.make()
    journal = PostgresJournal(url)
    job = journal.add(new_job())
    journal.close()
    more = (*MIGRATIONS, ("ALTER TABLE jobs ADD COLUMN later text",))
    monkeypatch.setattr("rushes.journal.postgres.schema.MIGRATIONS", more)
    monkeypatch.setattr("rushes.journal.postgres.schema.VERSION", len(more))
    monkeypatch.setattr("rushes.journal.postgres.database.VERSION", len(more))

    journal = PostgresJournal(url)

    assert journal.get(job.id) == replace(job, owner=None)
    assert execute(url, "SELECT later FROM jobs") == [(None,)]
    journal.close()
    databases.drop(url)


# --- values ----------------------------------------------------------------------------------


def test_characters_that_cannot_be_stored_are_replaced(journal):
    """One in a service's reply must not keep a paid job from being recorded."""
    params = new_job().params | {"prompt": "a\x00b \ud83e", "clientRef": "\x00"}
    job = journal.add(new_job(params=params, notes=("x\x00y",)))
    job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())
    job = journal.accept(job, "remote\x00id", {"a\x00": "\ud83e"})

    assert journal.get(job.id).params["prompt"].startswith("a\x00b ")
    assert (job.remote_id, job.notes) == ("remote\ufffdid", ("x\x00y",))
    assert job.remote is not None
    assert "a\x00" in job.remote


def test_a_text_is_found_in_any_case_in_prompts_and_shots(journal):
    """However long the prompts are."""
    long = "Ein Fuchs läuft die Straße entlang. " * 400
    journal.add(new_job(id="long", params=new_job().params | {"prompt": long}))
    shots = [{"prompt": "A HARE", "duration": 3}]
    journal.add(new_job(id="shots", params=new_job().params | {"multiPrompt": shots}))

    assert [job.id for job in journal.select(text="STRASSE", limit=9)] == ["long"]
    assert [job.id for job in journal.select(text="a hare")] == ["shots"]
    assert [job.id for job in journal.prompt_jobs("/media", long)] == ["long"]


def test_a_cost_beyond_all_sense_ends_the_job_all_the_same(journal):
    """And the sums can still be added up."""
    for _ in range(2):
        job = fetching(journal)
        cost = {"amount": 1.7e308, "estimated": False}
        assert journal.write(job, JobState.COMPLETED, result={"cost": cost}).is_ended

    assert journal.spending()[0].spent == pytest.approx(2e15)


# --- clocks and leases -------------------------------------------------------------------------


def test_a_process_whose_clock_is_wrong_writes_the_times_of_the_server(journal, monkeypatch):
    """So its jobs stand among those of others, and their age is known."""
    right = time.time()
    monkeypatch.setattr(time, "time", lambda: right + 86_400.0)

    job = completed(journal)

    times = (job.created_at, job.submit_at, job.running_at, job.done_at, job.ended_at)
    assert all(abs(each - right) < 600.0 for each in times)
    assert [each.id for each in journal.recent(600.0)] == [job.id]


def test_nothing_is_claimed_right_after_the_servers_clock_has_jumped(journal, other, monkeypatch):
    """Living processes renew their leases first; those that do not are dead."""
    other.add(new_job())
    ahead = f"({leases.NOW} + 7200)"
    monkeypatch.setattr(leases, "NOW", ahead)
    monkeypatch.setattr(leases, "ALIVE", leases.ALIVE.replace(leases.NOW, ahead))
    journal.heartbeat(30)

    assert journal.claim(["fal"], hold_submitting=0) == []


def test_a_lease_of_a_wrong_clock_does_not_last(journal, database):
    """Nobody takes one for a day."""
    job = journal.add(new_job())
    execute(database, "UPDATE owners SET lease_until = lease_until + 86400")
    execute(database, "UPDATE jobs SET owner = 'x'")
    execute(database, "INSERT INTO owners SELECT 'x', host, pid, lease_until FROM owners")

    assert [each.id for each in journal.claim(["fal"], hold_submitting=0)] == [job.id]


DYING = """
    import os, signal, sys
    from journal.contract import new_job
    from rushes.journal.postgres import PostgresJournal

    journal = PostgresJournal(sys.argv[1])
    journal.heartbeat(3600)
    journal.add(new_job(id="left"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nobody_waits_for_a_process_that_is_known_dead(journal, database):
    """Its jobs are taken over at once, as on one machine; a lease says only until when."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(DYING), database]
    subprocess.run(command, check=False, env=environment)

    [job] = journal.claim(["fal"], hold_submitting=0)

    assert (job.id, job.owner) == ("left", journal.owner)


def test_jobs_are_claimed_once_by_many_processes_at_once(open_store, monkeypatch):
    """In bites, of which each takes other ones."""
    monkeypatch.setattr(leases, "BITE", 7)
    giver = open_store()
    giver.add_all([new_job() for _ in range(60)])
    takers = [open_store() for _ in range(4)]
    for taker in takers:
        taker.heartbeat(30)
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda each: each.claim(["fal"], hold_submitting=0), takers))

    ids = [job.id for jobs in claimed for job in jobs]
    assert (len(ids), len(set(ids))) == (60, 60)
    assert all(job.fence == 2 for jobs in claimed for job in jobs)


def test_a_process_that_ends_properly_releases_its_jobs(open_store, journal):
    """Others see that no process has them, and need not look at its lease."""
    leaving = open_store()
    leaving.heartbeat(30)
    job = leaving.add(new_job())
    until(lambda: not journal.has_changed())

    leaving.close()

    assert until(journal.has_changed)
    assert journal.get(job.id).owner is None
    assert [each.id for each in journal.claim(["fal"], hold_submitting=0)] == [job.id]


# --- money under concurrency -------------------------------------------------------------------


def test_a_cap_is_never_exceeded_by_many_at_once(open_store):
    """Of 60 that want a dollar of 25, 25 get one."""
    journals = [open_store() for _ in range(4)]
    limits = (cap(25.0), replace(cap(40.0), account=None), replace(cap(30.0), daily=True))
    money = Reservation(estimate=1.0, account="library", caps=limits)

    def ask(number: int) -> bool:
        try:
            journals[number % 4].add(new_job(), reserve=money)
        except PolicyDenied:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(ask, range(60)))

    assert granted == 25
    assert journals[0].spent("library") == 25.0
    assert len(journals[0].select()) == 25


def test_of_many_that_add_the_same_at_once_one_does(open_store):
    """Whether it is named or known by its content."""
    journals = [open_store() for _ in range(4)]
    for key in ("content_key", "once_key"):

        def add(number: int, key: str = key) -> str:
            return journals[number % 4].add(new_job(**{key: "the same"}), once=True).id

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(add, range(24)))) == 1


def test_the_sums_are_those_of_the_attempts_whatever_happens_at_once(open_store, database):
    """Jobs end, are cancelled and sent again in several processes."""
    journals = [open_store() for _ in range(4)]
    money = Reservation(estimate=1.25, account="library")

    def live(number: int) -> None:
        journal = journals[number % 4]
        job = journal.add(new_job(), reserve=money)
        if number % 3 == 0:
            journals[(number + 1) % 4].request_cancel(job.id)
            return
        job = journal.write(job, JobState.SUBMITTING, token=job.id, submit_at=time.time())
        if number % 3 == 1:
            journal.write(job, JobState.UNCERTAIN)
            journals[(number + 2) % 4].decide(job.id, JobState.QUEUED, reserve=money)
            return
        job = journal.accept(job, job.id, {})
        job = journal.write(job, JobState.FETCHING)
        journal.write(job, JobState.COMPLETED, result={"cost": {"amount": 0.75}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(live, range(48)))

    of_attempts = execute(
        database,
        "SELECT sum(amount) FILTER (WHERE is_open), sum(amount) FILTER (WHERE NOT is_open) "
        "FROM reservations",
    )
    assert of_attempts == execute(database, "SELECT sum(reserved), sum(spent) FROM sums")
    assert of_attempts == [(16 * 1.25, 16 * 1.25 + 16 * 0.75)]


# --- news --------------------------------------------------------------------------------------


def test_many_writes_are_one_notification(journal, database):
    """Each would hold up all that is written at the same time."""
    heard: list[str] = []
    with psycopg.connect(database, autocommit=True) as raw:
        raw.execute("LISTEN rushes_news")
        for _ in range(40):
            journal.add(new_job())
        journal.close()  # Which sends what is left.
        heard += [each.payload for each in raw.notifies(timeout=0.2)]

    assert heard
    assert set(heard) == {journal.owner}
    assert len(heard) < 40


def test_a_change_whose_notification_was_lost_is_found(open_store, database):
    """A little later."""
    journal = open_store(sweep=0.05)
    until(lambda: journal.is_unchanged() or not journal.has_changed())
    execute(database, "UPDATE jobs SET state = state")

    assert until(journal.has_changed)


def test_the_news_come_again_after_their_connection_broke(journal, other, database):
    """And what happened meanwhile counts as a change."""
    until(lambda: not journal.has_changed())
    execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database()",
    )
    assert until(journal.has_changed)
    until(lambda: not journal.has_changed())

    other.add(new_job())

    assert until(journal.has_changed)


# --- the server and its connections --------------------------------------------------------------


def terminate(database: str) -> None:
    """End every other connection to a database."""
    execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def test_a_call_whose_connection_was_lost_is_made_again(journal, database):
    """Nobody notices."""
    job = journal.add(new_job())
    terminate(database)
    assert journal.get(job.id) == job

    terminate(database)
    job = journal.write(job, JobState.SUBMITTING, token="t", submit_at=time.time())

    assert job.state is JobState.SUBMITTING


CHANGES: dict[str, Callable[[PostgresJournal, JobRecord], JobRecord]] = {
    "add": lambda journal, _: journal.add(
        new_job(id="again"), reserve=Reservation(estimate=2.0, account="library", caps=(cap(5.0),))
    ),
    "write": lambda journal, job: journal.write(job, JobState.SUBMITTING, token="t"),
    "end": lambda journal, job: journal.write(job, JobState.FAILED),
    "cancel": lambda journal, job: journal.request_cancel(job.id),
    "mark": lambda journal, job: journal.mark(job.id, {"stars": 3}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_commit_whose_answer_was_lost_is_made_once(journal, monkeypatch, change):
    """The call finds out that it was made, and returns as if nothing had happened."""
    job = journal.add(new_job(), reserve=Reservation(estimate=1.0, account="library"))
    commit = psycopg.Transaction.__exit__
    lost: list[int] = []

    def break_after(transaction, *error):
        done = commit(transaction, *error)
        if error[0] is None and not lost:
            lost.append(1)
            transaction.connection.pgconn.finish()
            raise psycopg.OperationalError
        return done

    monkeypatch.setattr(psycopg.Transaction, "__exit__", break_after)
    after = CHANGES[change](journal, job)
    monkeypatch.undo()

    assert lost
    assert after == journal.get(after.id)
    assert after.fence == job.fence + (change == "cancel")
    expected = {"add": 3.0, "end": 0.0, "cancel": 0.0}.get(change, 1.0)
    assert journal.spent("library") == expected


def test_an_acceptance_whose_commit_was_lost_is_not_lost(journal):
    """The service's id is what was paid for."""
    job = submitting(journal)
    known = journal.accept(job, "remote-1", {"a": 1})

    assert journal.accept(job, "remote-1", {"a": 1}) == known
    with pytest.raises(LeaseLost):
        journal.accept(job, "remote-2", {})


def test_news_that_never_reached_the_process_are_handed_out_again(journal):
    """The connection broke in the moment in which they were handed out."""
    job = completed(journal)
    journal._db.write(outbox.drain, journal.owner, ())

    assert [each.id for each in journal.drain()] == [job.id]
    assert journal.drain() == []


def test_a_process_that_is_stopped_in_a_transaction_holds_up_nobody_for_long(
    open_store, monkeypatch
):
    """The server ends its transaction."""
    monkeypatch.setattr(connections, "LONGEST_SILENCE", 0.3)
    stopped, journal = open_store(), open_store()
    job = journal.add(new_job())
    reached, freed = threading.Event(), threading.Event()

    def stop(db):
        db.run("UPDATE jobs SET notes = notes WHERE id = %s", (job.id,))
        reached.set()
        freed.wait(60.0)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stopped._db.write, stop)
        reached.wait(60.0)
        changed = journal.write(job, notes=("a note",))
        freed.set()
        waiting.result(60.0)

    assert changed.notes == ("a note",)


def test_a_row_that_is_held_for_too_long_is_an_error_and_changes_nothing(open_store):
    """The user is told, and no half of a change is left."""
    holder, journal = open_store(), open_store(patience=0.2)
    job = journal.add(new_job())
    reached, freed = threading.Event(), threading.Event()

    def hold(db):
        db.run("UPDATE jobs SET notes = notes WHERE id = %s", (job.id,))
        reached.set()
        freed.wait(60.0)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(holder._db.write, hold)
        reached.wait(60.0)
        with pytest.raises(JournalError, match="held it up for too long"):
            journal.write(job, JobState.SUBMITTING, token="t")
        freed.set()
        waiting.result(60.0)

    assert journal.get(job.id) == job


def test_a_server_that_is_stopped_and_started_is_waited_for(server):
    """A call that begins meanwhile returns as soon as it answers again."""
    journal = PostgresJournal(server.url(), patience=120.0)
    job = journal.add(new_job())
    server.stop("immediate")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.write, job, JobState.SUBMITTING, token="t")
        until(lambda: journal._db._silent_since < float("inf"))
        server.start()

        assert waiting.result(120.0).state is JobState.SUBMITTING

    assert until(journal.has_changed)
    journal.close()


def test_a_server_that_stays_away_is_an_error_that_says_what_to_do(server):
    """Later calls wait less, and all work as soon as it is back."""
    journal = PostgresJournal(server.url(), patience=0.3)
    job = journal.add(new_job())
    server.stop("immediate")

    for _ in range(3):
        with pytest.raises(JournalError, match="Start PostgreSQL, or check the address"):
            journal.write(job, JobState.SUBMITTING, token="t")
    server.start()

    assert until(lambda: _tried(journal, job)).state is JobState.SUBMITTING
    journal.close()


def _tried(journal: PostgresJournal, job: JobRecord) -> JobRecord | None:
    try:
        return journal.write(job, JobState.SUBMITTING, token="t")
    except JournalError:
        return None


def test_a_server_without_a_free_connection_is_named(database):
    """With what to change."""
    execute(database, "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    address = database.replace("rushes@", "crowded@")
    try:
        with pytest.raises(JournalError, match="Raise max_connections"):
            PostgresJournal(address, patience=0.2)
    finally:
        execute(database, "DROP ROLE crowded")


# --- what reads cost -----------------------------------------------------------------------------

READS: dict[str, Callable[[PostgresJournal], object]] = {
    "get": lambda journal: journal.get("x"),
    "select": lambda journal: journal.select(limit=50),
    "select a state": lambda journal: journal.select(states=[JobState.FAILED], limit=50),
    "select a library": lambda journal: journal.select(folder="f", limit=50),
    "select what is not hidden": lambda journal: journal.select(limit=50, with_hidden=False),
    "select a provider": lambda journal: journal.select(provider="p", limit=50),
    "select a client_ref": lambda journal: journal.select(client_ref="c"),
    "select a tag": lambda journal: journal.select(tag="t"),
    "named": lambda journal: journal.named("x", limit=5),
    "durations": lambda journal: journal.durations("p", "b", "m"),
    "recent": lambda journal: journal.recent(60),
    "uncertain": lambda journal: journal.uncertain(),
    "known_remotes": lambda journal: journal.known_remotes("b", since=1.0),
    "claim": lambda journal: journal.claim(["fal"], hold_submitting=1.0),
    "held": lambda journal: journal.held(),
    "drain": lambda journal: journal.drain(),
    "settle": lambda journal: journal.settle("x"),
    "add once": lambda journal: journal.add(new_job(content_key="k"), once=True),
    "add once by name": lambda journal: journal.add(new_job(once_key="k"), once=True),
    "unidentified": lambda journal: journal.unidentified("f", limit=5),
    "spent": lambda journal: journal.spent("a"),
    "upload": lambda journal: journal.upload("b", "p", 60.0),
    "is_hidden": lambda journal: journal.is_hidden("x"),
    "made": lambda journal: journal.made("f", ["k"]),
    "contexts": lambda journal: journal.contexts(["x"]),
    "prompt_jobs": lambda journal: journal.prompt_jobs("f", "A fox"),
    "marked": lambda journal: journal.marked(0),
}


@pytest.fixture(scope="module")
def long_history(databases: Databases) -> Iterator[PostgresJournal]:
    """A journal with twenty thousand jobs, nearly all of which have ended."""
    url = databases.make()
    journal = PostgresJournal(url)
    journal.heartbeat(3600)
    accepted(journal, id="x")
    execute(
        url,
        """
        INSERT INTO jobs (id, state, backend, provider, mode, params, folder, created_at,
            ended_at, done_at, running_at, submit_at, remote_id, handed, content_key, prompt)
        SELECT 'job-' || n, CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'completed' END,
            'fal', 'p' || n % 7, 'm', '{}', 'f' || n % 7, n, n, n, n, n, 'r' || n, 2, 'c' || n,
            'A fox ' || n
        FROM generate_series(1, 20000) AS n
        """,
    )
    execute(url, "ANALYZE")
    yield journal
    journal.close()
    databases.drop(url)


@pytest.mark.parametrize("name", READS)
def test_no_read_goes_through_all_jobs(long_history, monkeypatch, name):
    """Every statement on the table of jobs uses an index."""
    statements: list[tuple[bytes, object]] = []
    execute_as_before = psycopg.Connection.execute

    def note(connection, query, params=None, **options):
        if isinstance(query, bytes):  # Those of the thread that listens for news are texts.
            statements.append((query, params))
        return execute_as_before(connection, query, params, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", note)
    READS[name](long_history)
    monkeypatch.undo()

    plans = [
        line
        for query, params in statements
        if query.lstrip().startswith((b"SELECT", b"UPDATE", b"WITH"))
        for (line,) in long_history._db.read(_explained, query, params)
    ]
    assert plans
    assert [plan for plan in plans if "Seq Scan on jobs" in plan] == []


def _explained(db, query, params):
    return db.raw.execute(b"EXPLAIN " + query, params).fetchall()
