"""The commands.

They read and write the journal. Except for `resolve` and `look-again` they contact no service, so
they return immediately. A decision is carried out by the next process that has a client, within
seconds if one is running.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from rushes.backends.protocol import Announcing
from rushes.backends.registry import Registry, list_backends
from rushes.catalog import Catalog
from rushes.cli import table
from rushes.cli.terminal import open_terminal, show, width
from rushes.contract.errors import RushesError
from rushes.contract.wording import visible
from rushes.engine.decisions import Decisions
from rushes.engine.money import Money
from rushes.io.folders import Folders, library_folder, require_writable
from rushes.journal import REOPENED, AsyncJournal, JobState, SqliteJournal
from rushes.policy import Policies
from rushes.spend import day, spend_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rushes.journal import JobRecord, Journal

app = typer.Typer(
    help="List the jobs of video models, and settle the uncertain ones.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
jobs = typer.Typer(help="List jobs, or settle an uncertain one.", invoke_without_command=True)
app.add_typer(jobs, name="jobs")

JobId = Annotated[str, typer.Argument(help="The job's id, or an unambiguous prefix of it.")]

MOST_NAMED = 101
"""Jobs that are read to count those whose ids start with a prefix."""

CARRIED_OUT = "A running notebook continues it within seconds, otherwise the next VideoGen() does."


@jobs.callback()
def list_jobs(
    context: typer.Context,
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only jobs in this state; may be repeated.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only jobs of this provider.")] = None,
    limit: Annotated[int, typer.Option(help="Most jobs to list, newest first.", min=1)] = 30,
) -> None:
    """List the jobs on this machine, newest first."""
    if context.invoked_subcommand is not None:
        return
    with _complaining(), _journal() as journal:
        found = journal.select(states=state or None, provider=provider, limit=limit)
        show(table.jobs(found, Catalog.load(Folders.find().providers), width()))


@jobs.command()
def resolve(
    job: JobId,
    remote_id: Annotated[str, typer.Argument(help="Its id at the service.")],
) -> None:
    """Continue a job that you found at its service, under that id."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        _decide(journal, lambda decisions: decisions.resolve(record.id, remote_id), asks=True)
        show(f"{record.id} continues as {remote_id} at {record.backend}. {CARRIED_OUT}")


@jobs.command("look-again")
def look_again(job: JobId) -> None:
    """Ask the service again about a job that is uncertain, failed or cancelled."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        if record.state not in REOPENED:
            msg = f"Job {record.id} is {record.state}; there is nothing to look up."
            raise RushesError(msg)
        found = _decide(journal, lambda decisions: decisions.look_again(record.id), asks=True)
        if found.state in REOPENED:
            msg = f"{record.backend} has nothing new about {record.id}; it stays {record.state}."
            raise RushesError(msg)
        show(f"{record.id} continues: {record.backend} has it. {CARRIED_OUT}")


@jobs.command()
def resubmit(
    job: JobId,
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,  # noqa: FBT002 - how typer declares a flag
) -> None:
    """Send an uncertain job again, although it may exist: this may pay twice."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        if not yes:
            question = (
                f"{record.id} may exist at {record.backend}. Send it again and possibly pay twice?"
            )
            typer.confirm(visible(question), abort=True)
        _decide(journal, lambda decisions: decisions.resubmit(record.id))
        show(f"{record.id} will be sent again. {CARRIED_OUT}")


@jobs.command()
def move(
    job: JobId,
    folder: Annotated[Path, typer.Argument(help="The other library folder.")],
) -> None:
    """Keep the video of an unfinished job in another library folder."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        library = library_folder(folder)
        require_writable(library, advice="Give another folder; the job was not moved.")
        journal.move(record.id, str(library))
        show(f"{record.id} goes to {library}. {CARRIED_OUT}")


@jobs.command()
def abandon(job: JobId) -> None:
    """Give up an uncertain job. It may still be billed."""
    with _complaining(), _journal() as journal:
        record = _find(journal, job)
        _decide(journal, lambda decisions: decisions.abandon(record.id))
        show(f"{record.id} was given up. If {record.backend} has it, it may be billed.")


@app.command()
def spend(
    since: Annotated[
        str | None, typer.Option(help="The first day that counts, e.g. 2026-11-01; UTC.")
    ] = None,
) -> None:
    """Show what was spent and is reserved: today, by provider, service and day."""
    with _complaining(), _journal() as journal:
        first = day("since", since)
        folders = Folders.find()
        money, policies = _money(folders, Catalog.load(folders.providers), Registry(folders.home))
        show(table.spend(spend_of(money.spending(journal), policies.caps(), first)))


@app.command()
def backends() -> None:
    """List the services: which are configured, what is missing, what each does not support."""
    with _complaining():
        show(table.backends(list_backends()))


def main() -> None:
    """The command ``rushes``."""
    open_terminal()
    app()


def _decide(
    journal: Journal, decide: Callable[[Decisions], Awaitable[JobRecord]], *, asks: bool = False
) -> JobRecord:
    """Carry out a decision about a job.

    Args:
        journal: where the job is.
        decide: makes the decision.
        asks: whether the service has to be asked.
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
        money, _ = _money(folders, catalog, backends)
        return asyncio.run(act(Decisions(store, backends, catalog, folders.inputs, money)))


def _money(folders: Folders, catalog: Catalog, backends: Registry) -> tuple[Money, Policies]:
    """What attempts may cost by the policy's file."""
    policies = Policies(folders.config, catalog, lambda: _is_announcing(backends))
    return Money(catalog, policies), policies


def _is_announcing(backends: Registry) -> bool:
    """Whether a service may announce providers, which no command asks for."""
    return any(isinstance(backends.get(name), Announcing) for name in backends.usable())


def _journal() -> closing[SqliteJournal]:
    return closing(SqliteJournal(Folders.find().home))


def _find(journal: Journal, beginning: str) -> JobRecord:
    """The only job whose id starts with a prefix.

    Raises:
        RushesError: if there is none, or more than one.
    """
    found = journal.named(beginning, limit=MOST_NAMED)
    if len(found) == 1 or (found and found[0].id == beginning):
        return found[0]
    if not found:
        msg = f"No job id starts with {beginning!r}; `rushes jobs` lists them."
        raise RushesError(msg)
    count = f"{MOST_NAMED - 1} or more" if len(found) == MOST_NAMED else str(len(found))
    msg = f"{count} job ids start with {beginning!r}; use a longer prefix."
    raise RushesError(msg)


@contextmanager
def _complaining() -> Iterator[None]:
    """Print an error's message and exit with code 1."""
    try:
        yield
    except RushesError as error:
        show(error.message, is_error=True)
        raise typer.Exit(1) from error
