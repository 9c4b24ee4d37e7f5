"""Records the jobs that a service keeps for a person and this journal does not have."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.protocol import KeptJob, Recovering, is_id
from rushes.contract.errors import JobNotFound, NoBackend
from rushes.contract.params import VideoGenParams
from rushes.contract.wording import listed
from rushes.journal import CellRecord, Entry, JobRecord, JobState, SweepRecord, SweepState
from rushes.journal.record import longer_id
from rushes.journal.sweep import STARTED_BY_A_SWEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.backends.registry import Registry
    from rushes.engine.money import Money
    from rushes.journal import AsyncJournal, Journal

log = logging.getLogger("rushes")

LONGEST_ID = 80
"""Characters of a job's id that a label may name."""

LONGEST_NAME = 200
"""Characters of other names in a label."""

MOST_VALUES = 64
"""Axes of a sweep in a label."""


@dataclass
class Recovery:
    """What was found of a person's jobs at a service.

    Attributes:
        backend: the service.
        new: the jobs that were recorded, oldest first.
        known: how many of the others were on record here already.
        by_status: how many of the new ones are in which status at the service.
        unreadable: ids at the service of jobs whose request this release cannot read.
    """

    backend: str
    new: list[JobRecord] = field(default_factory=list)
    known: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


def recovering(backends: Registry, wanted: str | None) -> str:
    """The service that keeps a person's jobs.

    Args:
        backends: the services.
        wanted: its name; None for the only configured one that does.

    Raises:
        NoBackend: when there is none, or more than one.
    """
    names = [wanted] if wanted else backends.usable()
    found = [name for name in names if isinstance(backends.get(name), Recovering)]
    if len(found) == 1:
        return found[0]
    if found:
        msg = f"Several services keep your jobs: {listed(found)}. Give backend=."
        raise NoBackend(msg)
    who = f"{wanted} keeps" if wanted else "None of the configured services keeps"
    msg = (
        f"{who} no list of your jobs, so there is nothing to recover. A gateway does: set "
        f"RUSHES_GATEWAY_URL and RUSHES_GATEWAY_TOKEN."
    )
    raise NoBackend(msg)


async def label_of(job: JobRecord, journal: AsyncJournal) -> dict[str, Any]:
    """What a service keeps with a job, so that `recover` restores what belongs to it."""
    label: dict[str, Any] = {"job": job.id}
    names = {"parent": job.parent, "content": job.content_key, "once": job.once_key}
    label |= {name: value for name, value in names.items() if value is not None}
    if job.id.startswith(STARTED_BY_A_SWEEP):
        context = (await journal.contexts([job.id])).get(job.id)
        if context is not None and context.places:
            place = context.places[-1]
            label["sweep"] = {
                "name": place.sweep,
                "key": place.key,
                "number": place.number,
                "values": dict(place.values),
            }
    return label


async def recover(
    name: str,
    folder: str,
    *,
    journal: AsyncJournal,
    backends: Registry,
    money: Money,
    adopt: Callable[[JobRecord], None],
) -> Recovery:
    """Record every job that a service keeps for the person and this journal does not have.

    Each is recorded as running, so that it is polled, and its video fetched, like any other. It may
    be stopped at any time, and run again: each page of the list is one transaction, and what is
    on record is left as it is.

    Args:
        name: the service.
        folder: the library that the videos go to.
        journal: where the jobs are recorded.
        backends: the services.
        money: prices the jobs.
        adopt: starts to work on a job.

    Raises:
        RushesError: when the service refuses it, or cannot be reached now; what was recorded by
            then stays.
    """
    backend = backends.get(name)
    if not isinstance(backend, Recovering):
        raise TypeError(name)
    found, after = Recovery(name), None
    known = await journal.known_remotes(name)
    while True:
        kept, after = await backend.kept(after)
        entries, status = [], {}
        for each in kept:
            if each.remote_id in known:
                found.known += 1
                continue
            job = _record(each, name, folder)
            if job is None:
                log.warning("job %s at %s cannot be recovered: its request", each.remote_id, name)
                found.unreadable.append(each.remote_id)
                continue
            entries.append(Entry(job=job, estimate=money.price(job) or 0.0, amount=0.0))
            status[each.remote_id] = each.status
        added = await journal.adopt(entries) if entries else []
        found.known += len(entries) - len(added)
        for job in added:
            found.new.append(job)
            found.by_status[status[job.remote_id or ""]] += 1
        # Of all on the page: it may have been stopped after their jobs were recorded.
        await _link(kept, folder, journal)
        for job in added:
            adopt(job)
        if after is None:
            return found


def _record(kept: KeptJob, backend: str, folder: str) -> JobRecord | None:
    """The record of a job; None if its request cannot be read."""
    params, _ = VideoGenParams.read(dict(kept.params))
    if params is None or not is_id(kept.remote_id):
        return None
    at, label = kept.created_at, kept.label
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return JobRecord(
        id=_own_id(kept),
        state=JobState.RUNNING,
        backend=backend,
        provider=params.provider,
        mode=params.mode,
        params=params.to_json(),
        folder=folder,
        created_at=at,
        token=kept.remote_id,
        submit_at=at,
        attempts=1,
        remote_id=kept.remote_id,
        remote={},
        running_at=at,
        notes=(f"It was recovered from {backend} on {day}.",),
        content_key=_text(label.get("content"), LONGEST_NAME),
        once_key=_text(label.get("once"), LONGEST_NAME),
        parent=_text(label.get("parent"), LONGEST_ID),
    )


def _own_id(kept: KeptJob) -> str:
    """The id that the job had where it was submitted; else one that is always the same."""
    own = _text(kept.label.get("job"), LONGEST_ID)
    return own if own is not None and is_id(own) else kept.remote_id


def _text(value: object, most: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= most else None


async def _link(kept: list[KeptJob], folder: str, journal: AsyncJournal) -> None:
    """Put jobs back into their sweeps, where these have no take of their cells yet."""
    sweeps: defaultdict[str, dict[str, tuple[KeptJob, Mapping[str, Any]]]] = defaultdict(dict)
    for each in kept:
        place = reply.part(each.label.get("sweep"))
        name, key = _text(place.get("name"), LONGEST_NAME), _text(place.get("key"), LONGEST_NAME)
        if name is not None and key is not None:
            sweeps[name][key] = (each, place)  # A later one is another try at the same cell.
    for name, members in sweeps.items():
        record = await journal.sweep(folder, name)
        present = [] if record is None else await journal.apply(partial(_cells, record))
        has = {cell.key for cell in present}
        cells = []
        for key, (each, said) in members.items():
            job = None if key in has else await _recorded(each, folder, journal)
            if job is not None:
                cells.append(_cell(key, said, job))
        if not cells:
            continue
        if record is None:
            record = SweepRecord(
                folder=folder,
                name=name,
                created_at=min(each.created_at for each, _ in members.values()),
                spec={"prompts": {}, "axes": [[axis] for axis in cells[0].values], "seeds": []},
                state=SweepState.STARTED,
            )
        await journal.put_sweep(record, cells)


def _cells(sweep: SweepRecord, journal: Journal) -> list[CellRecord]:
    return journal.cells(sweep)


async def _recorded(kept: KeptJob, folder: str, journal: AsyncJournal) -> JobRecord | None:
    """The job as it is on record in a library, under its own id or a longer one."""
    for job_id in (_own_id(kept), longer_id(_own_id(kept), kept.remote_id)):
        with suppress(JobNotFound):
            job = await journal.get(job_id)
            if job.remote_id == kept.remote_id and job.folder == folder:
                return job
    return None


def _cell(key: str, said: Mapping[str, Any], job: JobRecord) -> CellRecord:
    """The cell of a sweep that a job is the take of."""
    number, values = said.get("number"), reply.part(said.get("values"))
    return CellRecord(
        key=key,
        content_key=job.content_key or key,
        number=number if isinstance(number, int) else 0,
        values={
            str(axis)[:LONGEST_NAME]: str(value)[:LONGEST_NAME]
            for axis, value in list(values.items())[:MOST_VALUES]
        },
        params=job.params,
        backend=job.backend,
        job_id=job.id,
    )
