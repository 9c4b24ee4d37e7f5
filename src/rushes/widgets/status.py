"""What a terminal shows of jobs that are waited for: one line, written again and again.

It goes to standard error, so that what a script prints can be piped, and only where that is a
terminal.
"""

from __future__ import annotations

import sys
import threading
from asyncio import CancelledError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rushes.contract.errors import RushesError
from rushes.contract.wording import on_one_line, visible
from rushes.widgets.phrases import ending, proceeding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from rushes.explore.sweep import Sweep
    from rushes.job import Job

PER_SECOND = 2
"""How often the line is written."""

WIDTH = 16
"""Columns of the bar."""


class Status:
    """The line of a process's terminal, for all that it waits for."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job | Sweep] = {}
        self._ended = 0
        self._live: Live | None = None
        self._lock = threading.RLock()

    @contextmanager
    def watching(self, job: Job | Sweep) -> Iterator[None]:
        """Show a job or a sweep until the block ends, and then what became of it."""
        self._join(job)
        words = ""
        try:
            yield
        except CancelledError as error:
            words = str(error)  # `asyncio.run` raises another error in its place, without words.
            raise
        finally:
            with suppress(Exception):  # A terminal that is gone costs nobody the video.
                self._leave(job, words)

    def _join(self, job: Job | Sweep) -> None:
        with self._lock:
            self._jobs[job.id] = job
            if self._live is None:
                self._ended = 0
                self._live = Live(
                    console=Console(stderr=True, highlight=False),
                    get_renderable=self._line,
                    refresh_per_second=PER_SECOND,
                    transient=True,
                    redirect_stdout=sys.stdout.isatty(),
                )
                self._live.start()

    def _leave(self, job: Job | Sweep, words: str) -> None:
        with self._lock:
            self._jobs.pop(job.id, None)
            self._ended += 1
            live = self._live
            if live is None:
                return
            if not self._jobs:
                self._live = None
                live.stop()
            text = _outcome(job) or visible(words)
            if text:
                live.console.print(text, markup=False, soft_wrap=True)

    def _line(self) -> RenderableType:
        jobs = list(self._jobs.values())
        if not jobs:
            return Text()
        try:
            fraction, parts = proceeding(jobs[0])
        except RushesError as error:
            return Text(on_one_line(error.message), no_wrap=True, overflow="ellipsis")
        if len(jobs) + self._ended > 1:
            parts = [f"{self._ended} of {self._ended + len(jobs)} done", *parts]
        bar = ProgressBar(total=1, completed=fraction or 0, width=WIDTH)
        line = Table.grid(padding=(0, 1))
        line.add_column(width=WIDTH)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_row(bar, Text(on_one_line(" · ".join(parts)), no_wrap=True, overflow="ellipsis"))
        return line


def _outcome(job: Job | Sweep) -> str:
    """What became of it; "" when nothing did yet."""
    with suppress(RushesError):
        return on_one_line(ending(job))
    return ""
