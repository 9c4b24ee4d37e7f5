"""The folder through which the preview's jobs and their processes talk.

A job is a folder named by its attempt's token. Making it is accepting the job, so accepting one
twice is impossible. All of it survives a kernel restart.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.io.private import open_private, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TOKEN = 200

NO_JOB = "no-job"
"""A name that no job's folder has."""

KEPT_FOR = 86_400.0
"""Seconds for which a finished job is kept. Its link expires then, like those of services."""


class Spool:
    """All jobs of the preview on this machine.

    Args:
        root: the folder that holds one folder a job.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def accept(self, token: str, request: dict[str, Any]) -> SpooledJob:
        """Take a job, or find that it is taken already."""
        job = self.job(token)
        if not job.exists:
            private_folder(self.root)
            draft = Path(tempfile.mkdtemp(prefix=".", dir=self.root))
            with open_private(draft / "request.json", "xb") as file:
                file.write(json.dumps(request).encode())
            try:
                draft.rename(job.folder)
            except OSError:
                shutil.rmtree(draft)
                if not job.exists:
                    raise
        return job

    def job(self, token: str) -> SpooledJob:
        """The job of a token; it need not exist."""
        # What a user typed as an id must not lead out of the folder, nor be longer than a name.
        is_name = token.isascii() and token.isalnum() and len(token) <= LONGEST_TOKEN
        return SpooledJob(self.root / (token if is_name else NO_JOB))

    def inputs(self, token: str) -> Path:
        """The folder for what is fetched for a job; it need not exist."""
        return self.root / ".inputs" / token

    def drop_inputs(self, token: str) -> None:
        """Remove what was fetched for a job."""
        shutil.rmtree(self.inputs(token), ignore_errors=True)

    def jobs(self) -> Iterator[SpooledJob]:
        """Every job, in the order of acceptance."""
        if self.root.is_dir():
            folders = [path for path in self.root.iterdir() if path.name.isalnum()]
            yield from sorted(map(SpooledJob, folders), key=lambda job: job.accepted_at)

    def clear(self) -> None:
        """Remove jobs that ended long ago, and inputs that no job needs any more."""
        for job in self.jobs():
            if job.has_ended and time.time() - job.ended_at > KEPT_FOR:
                shutil.rmtree(job.folder, ignore_errors=True)
            if job.has_ended:
                self.drop_inputs(job.token)
        folder = self.root / ".inputs"
        for found in folder.iterdir() if folder.is_dir() else ():
            if not self.job(found.name).exists and time.time() - _time_of(found) > KEPT_FOR:
                # Of a process that died while it fetched, or a file of an earlier release.
                shutil.rmtree(found, ignore_errors=True)
                with suppress(OSError):
                    found.unlink()


class SpooledJob:
    """One job's folder.

    Args:
        folder: may not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = folder.name
        self.request_file = folder / "request.json"
        self.video = folder / "video.mp4"
        self.error_file = folder / "error.json"
        self.progress_file = folder / "progress.json"
        self.lock_file = folder / "lock"
        self.cancel_file = folder / "cancel"

    @property
    def exists(self) -> bool:
        """Whether the job was accepted."""
        return self.request_file.exists()

    @property
    def has_ended(self) -> bool:
        """Whether there is a video or an error."""
        return self.video.exists() or self.error_file.exists()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self.cancel_file.exists()

    @property
    def accepted_at(self) -> float:
        """Unix seconds; 0 when it does not exist."""
        return _time_of(self.request_file)

    @property
    def ended_at(self) -> float:
        """Unix seconds; 0 when it has not ended."""
        return max(_time_of(self.video), _time_of(self.error_file))

    def request(self) -> dict[str, Any]:
        """What was asked for."""
        data: dict[str, Any] = json.loads(self.request_file.read_text())
        return data

    def read(self, path: Path) -> dict[str, Any]:
        """One of the job's JSON files; empty when it is not there (yet)."""
        try:
            data: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError):
            return {}
        return data

    def write(self, path: Path, data: dict[str, Any]) -> None:
        """Write one of the job's JSON files in one piece."""
        draft = path.with_suffix(f".{os.getpid()}")
        with open_private(draft, "wb") as file:
            file.write(json.dumps(data).encode())
        draft.replace(path)


def _time_of(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
