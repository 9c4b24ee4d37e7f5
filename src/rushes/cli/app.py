"""The commands.

They read and write the journal. Except for `resolve`, `look-again`, `recover`, `providers add`,
`providers check`, `serve` and `worker` they contact no service, so they return immediately. A
decision is carried out by the next process that has a client, within seconds if one is running.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from rushes.backends.protocol import Announcing
from rushes.backends.registry import Registry, list_backends
from rushes.breakdown import GROUPS, breakdown_of, groups_of
from rushes.catalog import Catalog
from rushes.cli import table
from rushes.cli.providers import providers
from rushes.cli.serve import serve, tokens
from rushes.cli.terminal import (
    UNLIMITED,
    AsJson,
    complaining,
    open_terminal,
    print_json,
    show,
    width,
)
from rushes.cli.worker import worker
from rushes.contract.errors import RushesError
from rushes.contract.wording import listed, visible
from rushes.engine.decisions import Decisions
from rushes.engine.money import Money
from rushes.engine.threads import Threads
from rushes.filters import known_provider, moment
from rushes.io.folders import Folders, library_folder, require_writable
from rushes.jobs import the_one
from rushes.journal import REOPENED, AsyncJournal, JobState, open_journal
from rushes.journal.opening import is_address
from rushes.outcome import facts_of
from rushes.policy import Policies
from rushes.spend import day, spend_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rushes.journal import JobRecord, Journal

app = typer.Typer(
    help="List the jobs of video models, and settle the uncertain ones.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
jobs = typer.Typer(help="List jobs, or settle an uncertain one.", invoke_without_command=True)
app.add_typer(jobs, name="jobs")
app.add_typer(providers, name="providers")
app.add_typer(tokens, name="tokens")
app.command()(serve)
app.command()(worker)

JobId = Annotated[str, typer.Argument(help="The job's id, or its beginning or end.")]

CARRIED_OUT = "A running notebook continues it within seconds, otherwise the next VideoGen() does."


@jobs.callback()
def list_jobs(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only jobs in this state; may be repeated.")
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only jobs of this provider.")] = None,
    text: Annotated[str | None, typer.Option(help="Only jobs whose prompt contains it.")] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only jobs from this local day or time on, e.g. '2026-11-01 14:30'."),
    ] = None,
    library: Annotated[Path | None, typer.Option(help="Only jobs of this library folder.")] = None,
    parent: Annotated[
        str | None, typer.Option(help="Only jobs that are made from the take of this job.")
    ] = None,
    limit: Annotated[
        int, typer.Option(help="Maximum number of jobs to list, newest first.", min=1)
    ] = 30,
    as_json: AsJson = False,  # noqa: FBT002 - how typer declares a flag
) -> None:
    """List the jobs on this machine, newest first."""
    if context.invoked_subcommand is not None:
        return
    with complaining(), _journal() as journal:
        catalog = Catalog.load(Folders.find().providers)
        found = journal.select(
            states=state or None,
            provider=known_provider(provider, catalog, journal),
            text=text,
            since=moment("since", since),
            folder=None if library is None else str(library_folder(library)),
            parent=None if parent is None else the_one(journal, parent).id,
            limit=limit,
        )
        if as_json:
            print_json([facts_of(record, catalog) for record in found])
        else:
            show(table.jobs(found, catalog, width()))


@jobs.command()
def resolve(
    job: JobId,
    remote_id: Annotated[str, typer.Argument(help="Its id at the service.")],
) -> None:
    """Continue a job that you found at its service, under that id."""
    with complaining(), _journal() as journal:
        record = the_one(journal, job)
        _decide(journal, lambda decisions: decisions.resolve(record.id, remote_id), asks=True)
        show(f"{record.id} continues as {remote_id} at {record.backend}. {CARRIED_OUT}")


@jobs.command("look-again")
def look_again(job: JobId) -> None:
    """Ask the service again about a job that is uncertain, failed or cancelled."""
    with complaining(), _journal() as journal:
        record = the_one(journal, job)
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
    with complaining(), _journal() as journal:
        record = the_one(journal, job)
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
    with complaining(), _journal() as journal:
        record = the_one(journal, job)
        library = library_folder(folder)
        require_writable(library, advice="Give another folder; the job was not moved.")
        journal.move(record.id, str(library))
        show(f"{record.id} goes to {library}. {CARRIED_OUT}")


@jobs.command()
def abandon(job: JobId) -> None:
    """Give up an uncertain job. It may still be billed."""
    with complaining(), _journal() as journal:
        record = the_one(journal, job)
        _decide(journal, lambda decisions: decisions.abandon(record.id))
        show(f"{record.id} was given up. If {record.backend} has it, it may be billed.")


@app.command()
def spend(
    since: Annotated[
        str | None,
        typer.Option(help="The first day that counts, e.g. 2026-11-01 or 'last week'; UTC."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Billed, estimated and reserved sums by {listed(GROUPS)}; may be repeated."
        ),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what was spent and is reserved: today, by provider, service and day."""
    with complaining(), _journal() as journal:
        first = day("since", since)
        folders = Folders.find()
        money, policies = _money(folders, Catalog.load(folders.providers), Registry(folders.home))
        if by:
            groups = groups_of(by)
            money.count_earlier(journal)
            found = breakdown_of(journal, groups, first)
            if as_json:
                print_json(found.records())
            else:
                show(found.sheet().text(width() or UNLIMITED))
            return
        amounts = spend_of(money.spending(journal), policies.caps(), first)
        if as_json:
            print_json(amounts.to_dict())
        else:
            show(table.spend(amounts))


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(help="A TOML file that describes the sweep.")],
    library: Annotated[
        Path | None, typer.Option(help="The library folder; rushes-media here if not given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the cost.")] = False,  # noqa: FBT002 - how typer declares a flag
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,  # noqa: FBT002
) -> None:
    """Make a take of every combination that a file describes; wait until all are made.

    Stopping the command stops only the wait: run it again, or make a VideoGen(), to continue.
    """
    from rushes.cli.sweep import read_sweep  # noqa: PLC0415 - brings the engine
    from rushes.client import VideoGen  # noqa: PLC0415

    with complaining(), VideoGen(library=library) as gen:
        found = read_sweep(gen, file)
        show(str(found))
        if dry_run:
            return
        if not yes:
            typer.confirm("Make these takes?", abort=True)
        found.run().wait()
        show(str(found))


@app.command()
def recover(
    library: Annotated[
        Path | None,
        typer.Option(help="The library folder for the videos; rushes-media here if not given."),
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="The service; the only one that keeps jobs if not given.")
    ] = None,
) -> None:
    """Record every job that a gateway keeps for you and this machine does not have.

    It waits until all have ended and the videos are here. Stopping the command stops only the
    wait: run it again, or make a VideoGen(), to continue.
    """
    from rushes.client import VideoGen  # noqa: PLC0415 - brings the engine

    with complaining(), VideoGen(library=library) as gen:
        found = gen.recover_sync(backend)
        show(found.sheet().text(width() or UNLIMITED))
        for job in reversed(found):
            gen.engine.wait(job.id).result()
        arrived = sum(job.finished is not None for job in found)
        if found:
            have = "has" if arrived == 1 else "have"
            show(f"{arrived} of them {have} a video in {gen.library}.")


@app.command()
def measure(  # noqa: PLR0917 - typer calls it by name
    files: Annotated[list[Path], typer.Argument(help="Videos.")],
    against: Annotated[
        Path | None, typer.Option(help="Another video, with which each frame is compared.")
    ] = None,
    start_image: Annotated[
        Path | None, typer.Option(help="An image that the first frame should look like.")
    ] = None,
    scorer: Annotated[
        list[str] | None, typer.Option(help="An installed scorer to run; may be repeated.")
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option(help="An environment variable that scorers get; may be repeated."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds allowed for each video.")] = 300.0,
    again: Annotated[  # noqa: FBT002 - how typer declares a flag
        bool, typer.Option("--again", help="Measure again what was measured before.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Measure motion, detail, cuts, freezes, loudness and more of videos.

    None of the numbers is quality.
    """
    from rushes.explore.measuring import measure  # noqa: PLC0415 - not needed by the others

    with complaining():
        found = measure(
            files,
            against=against,
            start_image=start_image,
            scorers=scorer or (),
            variables=variable or (),
            timeout=timeout,
            again=again,
        )
    if as_json:
        print_json([one.to_dict() for one in found])
    elif len(found) > 1:
        show(found.sheet().text(width() or UNLIMITED))
    elif found[0].values:
        show(found[0].sheet().text(width() or UNLIMITED))
    failed = [one for one in found if not one.values]
    if failed and (as_json or len(found) == 1):
        for one in failed:
            show(one.problems[0], is_error=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def backends(
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the services: which are configured, what is missing, what each does not support."""
    with complaining():
        found = list_backends()
        if as_json:
            print_json([asdict(info) for info in found])
        else:
            show(table.backends(found))


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

    threads = Threads("rushes-journal")
    try:
        store = AsyncJournal(journal, threads)
        money, _ = _money(folders, catalog, backends)
        return asyncio.run(act(Decisions(store, backends, catalog, folders.inputs, money)))
    finally:
        threads.shutdown()


def _money(folders: Folders, catalog: Catalog, backends: Registry) -> tuple[Money, Policies]:
    """What attempts may cost by the policy's file."""
    policies = Policies(folders.config, catalog, lambda: _is_announcing(backends))
    return Money(catalog, policies), policies


def _is_announcing(backends: Registry) -> bool:
    """Whether a service may announce providers, which no command asks for."""
    return any(isinstance(backends.get(name), Announcing) for name in backends.usable())


def _journal() -> closing[Journal]:
    """The journal of this machine's user, or the one in the database that the variable names."""
    address = os.environ.get("RUSHES_JOURNAL") or None
    if address is not None and not is_address(address):
        # It may hold a password, so it is not shown.
        msg = "RUSHES_JOURNAL has to be the address of a database: postgresql://user@host/name."
        raise RushesError(msg)
    return closing(open_journal(Folders.find().home, address))
