"""The process that renders one job; it outlives the kernel that started it.

Run as ``python -m rushes.backends.preview.process FOLDER``.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rushes.backends.preview.spool import SpooledJob
from rushes.io.lock import FileLock

WAIT = 0.1
"""Seconds between two attempts to take a free slot."""

PROGRESS_EVERY = 0.2
"""Seconds between notes of the progress."""


class CancelledError(Exception):
    """The job was asked to stop."""


def main(folder: Path) -> None:
    """Render the job of a folder, unless another process does or it has ended."""
    job, lock = SpooledJob(folder), FileLock(folder / "lock")
    if not job.exists or not lock.acquire():
        return
    try:
        if not job.has_ended:
            _render(job)
    except CancelledError:
        job.write(job.error_file, {"type": "cancelled", "message": "The job was cancelled."})
    except Exception as error:  # noqa: BLE001 - nobody sees this process's traceback
        job.write(job.error_file, _reason(error))
    finally:
        lock.release()


def _render(job: SpooledJob) -> None:
    slot = _wait_for_slot(job)
    try:
        from rushes.backends.preview.render import Scene, render  # noqa: PLC0415 - takes a second that waiting in line need not

        noted = 0.0

        def note(fraction: float) -> None:
            nonlocal noted
            if job.is_cancelled:
                raise CancelledError
            if time.monotonic() - noted >= PROGRESS_EVERY:
                noted = time.monotonic()
                job.write(job.progress_file, {"fraction": fraction})

        note(0.0)
        draft = job.folder / "draft.mp4"
        render(Scene.from_json(job.request()["scene"]), draft, note)
        draft.replace(job.video)
    finally:
        slot.release()


def _wait_for_slot(job: SpooledJob) -> FileLock:
    """Wait in line: one job a core at a time, the oldest first as far as that is known."""
    slots = [
        FileLock(job.folder.parent / f".slot-{number}") for number in range(os.cpu_count() or 1)
    ]
    while True:
        if job.is_cancelled:
            raise CancelledError
        for slot in slots:
            if slot.acquire():
                return slot
        time.sleep(WAIT)


def _reason(error: Exception) -> dict[str, str]:
    from rushes.backends.preview.render import UnreadableInput  # noqa: PLC0415 - as above

    kind = "unreadable_input" if isinstance(error, UnreadableInput) else type(error).__name__
    return {"type": kind, "message": str(error)}


if __name__ == "__main__":
    os.umask(0o077)  # Videos, too, are for the user alone until they are in the library.
    main(Path(sys.argv[1]))
