"""The commands.

They read and write the journal and, but for `resolve` and `look-again`, talk to no service, so
they answer at once. What they decide is carried out by the next process that has a client, within
seconds where one runs.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
from rich.console import Console

from rushes.backends.listing import backends as list_backends
from rushes.backends.registry import Registry
from rushes.catalog import Catalog
from rushes.cli import table
from rushes.contract.errors import RushesError
from rushes.engine.decisions import Decisions
from rushes.io.folders import Folders
from rushes.journal import REOPENED, AsyncJournal, JobState, SqliteJournal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rich.console import RenderableType

    from rushes.journal import JobRecord, Journal

app = typer.Typer(
    help="Jobs of video models: what became of them, and what to do about the uncertain ones.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
jobs = typer.Typer(help="List jobs, or settle an uncertain one.", invoke_without_command=True)
app.add_typer(jobs, name="jobs")

JobId = Annotated[str, typer.Argument(help="The job's id, or as much of it as is unambiguous.")]

MOST_NAMED = 101
"""Jobs that are read to say how many share the beginning of an id."""

CARRIED_OUT = "A running notebook goes on with it within seconds; else the next VideoGen() does."


@jobs.callback()
def show(
    context: typer.Context,
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only jobs in this state; may be repeated.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only jobs of this video model.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 30,
) -> None:
    """List the jobs of this machine, newest first."""
    if context.invoked_subcommand is not None:
        return
    with _complaining(), _journal() as journal:
        found = journal.select(states=state or None, provider=provider, limit=limit)
        _print(table.jobs(found, Catalog.load(Folders.find().providers)))


@jobs.command()
def resolve(
    job: JobId,
    remote_id: Annotated[str, typer.Argument(help="Its id at the service.")],
) -> None:
    """You found the job at its service: go on with it under that id."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        _decide(journal, lambda decisions: decisions.resolve(record.id, remote_id), asks=True)
        _print(f"{record.id} goes on as {remote_id} at {record.backend}. {CARRIED_OUT}")


@jobs.command("look-again")
def look_again(job: JobId) -> None:
    """Ask the service once more for a job that is uncertain, failed or cancelled."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        if record.state not in REOPENED:
            msg = f"Job {record.id} is {record.state}; there is nothing to look for."
            raise RushesError(msg)
        found = _decide(journal, lambda decisions: decisions.look_again(record.id), asks=True)
        if found.state in REOPENED:
            msg = f"{record.backend} shows nothing new of {record.id}; it stays {record.state}."
            raise RushesError(msg)
        _print(f"{record.id} goes on: {record.backend} has it. {CARRIED_OUT}")


@jobs.command()
def resubmit(
    job: JobId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002 - how typer declares a flag
) -> None:
    """Send an uncertain job again, though it may exist: this may pay twice."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        if not yes:
            question = (
                f"{record.id} may exist at {record.backend}. Send it again and maybe pay twice?"
            )
            typer.confirm(question, abort=True)
        _decide(journal, lambda decisions: decisions.resubmit(record.id))
        _print(f"{record.id} is sent again. {CARRIED_OUT}")


@jobs.command()
def abandon(job: JobId) -> None:
    """Give an uncertain job up. It may still be billed."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        _decide(journal, lambda decisions: decisions.abandon(record.id))
        _print(f"{record.id} was given up. If {record.backend} has it, it may be billed.")


@app.command()
def backends() -> None:
    """List the services: which are set up, why one is not, and what each cannot do."""
    with _complaining():
        _print(table.backends(list_backends()))


def _decide(
    journal: Journal, decide: Callable[[Decisions], Awaitable[JobRecord]], *, asks: bool = False
) -> JobRecord:
    """Carry out a decision about a job.

    Args:
        journal: where the job is.
        decide: what the user decided.
        asks: whether the job's service is asked.
    """
    folders = Folders.find()
    backends = Registry(folders.home)
    catalog = Catalog.load(folders.providers)

    async def act(decisions: Decisions) -> JobRecord:
        if not asks:
            return await decide(decisions)
        async with httpx.AsyncClient(timeout=30.0) as client:
            backends.connect(client)
            return await decide(decisions)

    with ThreadPoolExecutor(1) as threads:
        store = AsyncJournal(journal, threads)
        return asyncio.run(act(Decisions(store, backends, catalog, folders.inputs)))


def _print(what: RenderableType) -> None:
    Console(highlight=False).print(what, markup=False)


def _journal() -> closing[SqliteJournal]:
    return closing(SqliteJournal(Folders.find().home))


def _find(journal: Journal, beginning: str) -> JobRecord:
    """The one job whose id begins so.

    Raises:
        RushesError: when there is none, or several.
    """
    found = journal.named(beginning, limit=MOST_NAMED)
    if len(found) == 1 or (found and found[0].id == beginning):
        return found[0]
    if not found:
        msg = f"No job's id begins with {beginning!r}; rushes jobs lists them."
        raise RushesError(msg)
    count = f"{MOST_NAMED - 1} or more" if len(found) == MOST_NAMED else str(len(found))
    msg = f"{count} jobs' ids begin with {beginning!r}; give more of it."
    raise RushesError(msg)


@contextmanager
def _complaining() -> Iterator[None]:
    """Turn an error of the tree into one sentence and exit code 1."""
    try:
        yield
    except RushesError as error:
        Console(stderr=True, highlight=False).print(error.message, markup=False)
        raise typer.Exit(1) from error
