"""What a cell shows of jobs and sweeps while they are made: one display, replaced until the end.

All that a cell waits for, or ends with, is in one display; a single job becomes its video.
What is saved with the notebook is the last thing that was shown. It says when that was, because a
kernel that is killed cannot take it back.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import uuid4

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rushes.explore.sweep import Sweep
    from rushes.job import Job

    Bundle = dict[str, str]

log = logging.getLogger("rushes")

PAUSE = 0.5
"""Seconds between two updates of what is shown."""

MOST_CELLS = 50
"""Cells whose displays are remembered; a cell that is run again has another one."""


class Watched(NamedTuple):
    """A job, or a sweep, in a display.

    Attributes:
        job: the job or sweep.
        words: what the last wait for it said when it was stopped; "" otherwise.
    """

    job: Job | Sweep
    words: str = ""


class Draw(Protocol):
    """Makes the representations of what a cell shows."""

    def __call__(self, watched: list[Watched], *, is_live: bool) -> Bundle:
        """Draw jobs.

        Args:
            watched: jobs and sweeps, in the order in which the cell began to wait for them.
            is_live: whether this is replaced by what comes next.
        """


class Cells:
    """The displays of a kernel's cells.

    Args:
        draw: makes what is shown.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._cells: dict[object, _Cell] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, shell: Any, job: Job | Sweep) -> Iterator[None]:
        """Show a job in the display of the running cell until the block ends."""
        cell = self._join(shell, job, waits=1)
        words = ""
        try:
            yield
        except BaseException as error:
            # What ends a wait and not the job; an error of the job is in its record.
            words = str(error)
            raise
        finally:
            cell.leave(job, words)

    def follow(self, shell: Any, job: Job | Sweep) -> None:
        """Show a job in the display of the running cell until it has ended."""
        self._join(shell, job, waits=0)

    def has_only(self, shell: Any, job_id: str) -> bool:
        """Whether the running cell's display shows this one and no other."""
        cell = self._cells.get(_key(shell))
        return cell is not None and cell.ids() == [job_id]

    def close(self) -> None:
        """Leave displays that say what is true without this process."""
        for cell in tuple(self._cells.values()):
            cell.end()

    def _join(self, shell: Any, job: Job | Sweep, *, waits: int) -> _Cell:
        key = _key(shell)
        with self._lock:
            cell = self._cells.get(key)
            if cell is None:
                cell = self._cells[key] = _Cell(shell, self._draw)
                for old in list(self._cells)[:-MOST_CELLS]:
                    if self._cells[old].is_over:
                        del self._cells[old]
            cell.join(job, waits)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._keep, name="rushes-display", daemon=True
                )
                self._thread.start()
        return cell

    def _keep(self) -> None:
        """Update what changes, until nothing does."""
        while True:
            time.sleep(PAUSE)
            # When the interpreter ends, `close` has the last word.
            if not threading.main_thread().is_alive():
                return
            with self._lock:
                live = [cell for cell in self._cells.values() if not cell.is_over]
                if not live:
                    self._thread = None
                    return
            for cell in live:
                cell.update()


class _Cell:
    """The display of one cell."""

    def __init__(self, shell: Any, draw: Draw) -> None:
        self._draw = draw
        self._publish = shell.display_pub.publish
        self._context = copy_context()  # Of the cell, which the messages belong to.
        self._name = uuid4().hex
        self._jobs: dict[str, Watched] = {}
        self._waits: Counter[str] = Counter()
        self._shown: Mapping[str, str] | None = None
        self._lock = threading.RLock()
        self.is_over = False

    def ids(self) -> list[str]:
        return list(self._jobs)

    def join(self, job: Job | Sweep, waits: int) -> None:
        with self._lock:
            self._jobs[job.id] = Watched(job)
            self._waits[job.id] += waits
            self.is_over = False
            self.update()

    def leave(self, job: Job | Sweep, words: str) -> None:
        with self._lock:
            self._waits[job.id] -= 1
            if words and not _has_ended(job):
                self._jobs[job.id] = Watched(job, words)
            self.update()

    def update(self) -> None:
        """Draw it again; a fault of that is not the waiter's."""
        try:
            with self._lock:
                if not self.is_over:
                    self.is_over = not any(map(self._goes_on, self._jobs.values()))
                    self._show(self._draw([*self._jobs.values()], is_live=not self.is_over))
        except Exception:
            self.is_over = True
            log.exception("a cell's display cannot be updated")

    def end(self) -> None:
        with suppress(Exception), self._lock:
            if self.is_over:
                return
            self.is_over = True
            jobs = [
                watched
                if watched.words or _has_ended(watched.job)
                else Watched(watched.job, f"The kernel has ended. {watched.job.continuing()}")
                for watched in self._jobs.values()
            ]
            self._show(self._draw(jobs, is_live=False))

    def _goes_on(self, watched: Watched) -> bool:
        if watched.words:
            return self._waits[watched.job.id] > 0
        return not _has_ended(watched.job)

    def _show(self, bundle: Bundle) -> None:
        if bundle == self._shown:
            return
        is_update, self._shown = self._shown is not None, bundle
        transient = {"display_id": self._name}
        self._context.run(self._publish, bundle, transient=transient, update=is_update)


def _has_ended(job: Job | Sweep) -> bool:
    """Whether nothing more is shown of it automatically."""
    try:
        return job.is_over
    except RushesError:  # The client is closed, or the journal cannot be read.
        return True


def _key(shell: Any) -> object:
    """What is the same for all that one run of a cell does, and no other."""
    try:
        return shell.kernel.get_parent()["header"]["msg_id"]
    except Exception:  # noqa: BLE001 - another kernel than ipykernel's
        return shell.execution_count


def kernel_shell() -> Any | None:
    """The shell of the Jupyter kernel that this is; None elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if getattr(shell, "kernel", None) is not None else None


def is_attended(shell: Any) -> bool:
    """Whether a person sees a cell run.

    nbconvert and papermill run cells for which nobody could answer a question, and keep what they
    put out; so does `%%capture`.
    """
    publisher = type(getattr(shell, "display_pub", None)).__name__
    return publisher != "CapturingDisplayPublisher" and getattr(shell.kernel, "_allow_stdin", True)


def is_last_line(shell: Any) -> bool:
    """Whether the value of a cell's last line is being shown."""
    return getattr(shell.displayhook, "msg", None) is not None


def at_end(close: Callable[[], None]) -> None:
    """Have displays closed when the process ends."""
    atexit.register(close)
