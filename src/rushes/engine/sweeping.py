"""Sweeps: starts their takes, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rushes.contract.errors import CreditsExhausted, InvalidParams, PolicyDenied, RushesError
from rushes.contract.params import VideoGenParams
from rushes.journal import (
    UNFINISHED,
    JobRecord,
    Reservation,
    SweepRecord,
    SweepState,
)
from rushes.journal.sweep import AT_ONCE, is_over

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rushes.backends.registry import Registry
    from rushes.catalog import Catalog
    from rushes.journal import AsyncJournal, CellRecord, Journal

log = logging.getLogger("rushes")

PAUSE = 1.0
"""Seconds between two checks of the sweeps that run."""

IDLE = 20.0
"""Seconds between two checks while none runs; another process may have died with one."""

LOOK = 0.25
"""Seconds between two checks while a sweep is waited for."""

MOST_SWEEPS = 100
"""Sweeps that run at the same time."""


class Starts(Protocol):
    """Puts the job of a cell on record and starts on it; see `Engine.start_cell`."""

    def __call__(
        self,
        sweep: SweepRecord,
        cell: CellRecord,
        job: JobRecord,
        *,
        reserve: Reservation,
        once: bool,
    ) -> JobRecord | None:
        """Put a job on record, unless its sweep does not run any more."""


class Sweeping:
    """Starts the next takes of every sweep that runs, in whichever process.

    Two processes may do this for the same sweep at the same time: the job of a cell has the same
    id in both, so one of them makes it.

    Args:
        journal: has the sweeps.
        backends: only takes of services that are set up are started.
        catalog: the providers that are known now.
        start: puts the job of a cell on record.
        aside: runs a blocking function in another thread.
    """

    def __init__(
        self,
        journal: AsyncJournal,
        backends: Registry,
        catalog: Callable[[], Catalog],
        start: Starts,
        aside: Callable[[Callable[[], JobRecord | None]], Awaitable[JobRecord | None]],
    ) -> None:
        self._journal = journal
        self._backends = backends
        self._catalog = catalog
        self._start = start
        self._aside = aside
        self._due = asyncio.Event()

    def hasten(self) -> None:
        """Check now: a sweep was started."""
        self._due.set()

    async def keep_on(self) -> None:
        """Start takes, forever."""
        while True:
            self._due.clear()
            pause = IDLE
            try:
                for sweep in await self._journal.sweeps(
                    state=SweepState.RUNNING, limit=MOST_SWEEPS
                ):
                    pause = PAUSE
                    await self._continue(sweep)
            except RushesError as error:
                log.warning("%s", error.message)
            except Exception:
                log.exception("a sweep could not be continued and will be retried")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._due.wait()

    async def over(self, sweep: SweepRecord, within: float) -> bool:
        """Wait until nothing more happens to a sweep automatically; whether that is so by then.

        The journal is asked, because another process may be the one that continues it.

        Args:
            sweep: it is on record.
            within: seconds.
        """
        until = time.monotonic() + within
        while not await self._journal.apply(partial(_is_over, sweep)):
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(LOOK)
        return True

    async def _continue(self, sweep: SweepRecord) -> None:
        """Start as many takes of a sweep as there is room for."""
        standing = await self._journal.standing(sweep)
        under_way, waiting = Counter(standing.under_way), standing.waiting
        room = {name: AT_ONCE - under_way[name] for name in self._backends.usable()}
        while names := [name for name, count in room.items() if count > 0]:
            cells = await self._journal.waiting_cells(sweep, backends=names, limit=AT_ONCE)
            if not cells:
                break
            for cell in cells:
                if room[cell.backend] <= 0:
                    continue
                job = await self._started(sweep, cell, is_busy=under_way.total() > 0)
                if job is None:
                    return
                waiting -= 1
                if job.state in UNFINISHED:
                    room[cell.backend] -= 1
                    under_way[cell.backend] += 1
        if waiting <= 0:
            await self._journal.stop_sweep(sweep, SweepState.STARTED)

    async def _started(
        self, sweep: SweepRecord, cell: CellRecord, *, is_busy: bool
    ) -> JobRecord | None:
        """The job of a cell; None if no more takes can be started now, or it was changed."""
        # One that a service is to make although another made it is known by its id alone.
        is_any = not sweep.spec.get("again") and cell.key == cell.content_key
        try:
            record = await self._record(sweep, cell)
            reserve = Reservation(estimate=cell.estimate, account=sweep.account, caps=sweep.caps)
            starting = partial(self._start, sweep, cell, record, reserve=reserve, once=is_any)
            return await self._aside(starting)
        except (CreditsExhausted, PolicyDenied, InvalidParams) as error:
            if isinstance(error, CreditsExhausted) and is_busy:
                return None  # What is under way may cost less than was reserved for it.
            is_cap = isinstance(error, CreditsExhausted)
            state = SweepState.CAPPED if is_cap else SweepState.PAUSED
            await self._journal.stop_sweep(sweep, state, error.message)
            return None

    async def _record(self, sweep: SweepRecord, cell: CellRecord) -> JobRecord:
        """The job of a cell, not yet on record.

        Raises:
            InvalidParams: if its request is damaged, or its provider is gone.
        """
        params = VideoGenParams.from_json(cell.params)
        if params.provider not in self._catalog().providers:
            reason = (
                f"{params.provider} is not in the catalog any more, so the takes that are left "
                f"cannot be started; restore its file and run the sweep again."
            )
            raise InvalidParams(reason)
        files = self._catalog().local_files(params)
        return JobRecord.new(
            params,
            backend=cell.backend,
            folder=sweep.folder,
            job_id=cell.job_of(sweep),
            notes=cell.notes,
            content_key=cell.content_key,
            parent=await self._journal.origin(map(str, files)) if files else None,
        )


def _is_over(sweep: SweepRecord, journal: Journal) -> bool:
    now = journal.sweep(sweep.folder, sweep.name)
    if now is None:
        return True
    standing = journal.standing(sweep)
    return is_over(now.state, sum(standing.under_way.values()), standing.waiting)
