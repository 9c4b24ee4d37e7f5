"""Judging takes: in the journal first, then in the sidecar, so that marks travel with the library.

The journal and a sidecar may both be changed: the library is copied, judged elsewhere and copied
back. Of the two the marks with the later time count.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import MediaError
from rushes.journal import JobState
from rushes.media.sidecar import judged_beside, marked_beside, write_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.contract.marks import Judged
    from rushes.journal import JobRecord, Journal

log = logging.getLogger("rushes")

VIDEO = ".mp4"
"""How the names of all videos of a library end."""

SLACK = 2.0
"""Seconds by which the date of a file may be earlier than it was written."""


def mark(
    journal: Journal, job_id: str, changes: Mapping[str, Any], video: Path | None
) -> JobRecord:
    """Change the marks of a job in the journal, after those of its sidecar if they are later.

    Args:
        journal: has the job.
        job_id: its id.
        changes: as for `Marks.changed`.
        video: its file, if that is known to be elsewhere than the journal says.

    Raises:
        InvalidParams: names each mark that is wrong.
        JobNotFound: when the journal has no job of that id.
    """
    video = video or video_of(journal.get(job_id))
    return journal.mark(job_id, changes, beside=None if video is None else judged_beside(video))


def keep_beside(journal: Journal, job: JobRecord, video: Path | None) -> None:
    """Write the marks of a job into its sidecar, if it has one.

    A disk that takes nothing costs the sidecar, and nothing else: the marks are in the journal.

    Args:
        journal: has the job; read again, because another process may mark the job meanwhile.
        job: the record after it was marked.
        video: as for `mark`.
    """
    video = video or video_of(job)
    written: Judged | None = None
    while video is not None and job.judged not in (None, written):
        written = job.judged
        try:
            if written is not None and not write_marks(video, written):
                return
        except MediaError as error:
            log.warning("the marks of job %s are only in the journal: %s", job.id, error.message)
            return
        job = journal.get(job.id)


def video_of(job: JobRecord) -> Path | None:
    """The file of a completed job, as the journal says."""
    path = (job.result or {}).get("path") if job.state is JobState.COMPLETED else None
    return Path(path) if isinstance(path, str) and path else None


def is_judged_elsewhere(job: JobRecord) -> bool:
    """Whether the sidecar of a job has later marks than the journal.

    A sidecar that is not newer than what the journal knows is not read, so that a long list costs
    one question to the system a job.
    """
    video = (job.result or {}).get("path") if job.state is JobState.COMPLETED else None
    if not isinstance(video, str) or not video:
        return False
    try:
        # Not by a `Path`, whose parts would take longer than the question.
        stem = video.removesuffix(VIDEO)
        if stem == video:
            stem = os.path.splitext(video)[0]  # noqa: PTH122 - faster
        written = os.lstat(f"{stem}.json")
    except (OSError, ValueError):
        return False
    marked_at = job.marked_at or 0.0
    if written.st_mtime <= max(job.ended_at or 0.0, marked_at) + SLACK:
        return False
    at = marked_beside(video, written)
    if at is None or at <= marked_at:
        return False
    beside = judged_beside(Path(video))  # A time in the future is not believed.
    return beside is not None and beside.at > marked_at
