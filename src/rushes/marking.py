"""Judging takes: those that are jobs of a journal, and those that are known by their sidecars."""

from __future__ import annotations

import os
import threading
import time
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from rushes.contract.errors import InvalidParams, JobNotFound, Problem
from rushes.contract.marks import Judged, Marks, Note, Pick, Stars, Tags, moment
from rushes.contract.results import VideoGenResult
from rushes.contract.wording import shown
from rushes.explore.takes import Take
from rushes.job import Job
from rushes.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rushes.engine import Engine
    from rushes.journal import JobRecord

_writing = threading.Lock()
"""Held while a sidecar that is the only place of its marks is read and written."""


_clients: WeakValueDictionary[int, Marking] = WeakValueDictionary()
"""The open clients of this process, for results, which hold none."""


class Marking(Part):
    """The part of a client that judges takes."""

    @property
    @abstractmethod
    def engine(self) -> Engine:
        """What works on the jobs of this client's home folder."""

    def _enlist(self) -> None:
        """Be found by results."""
        _clients[id(self)] = self

    def _withdraw(self) -> None:
        """Be found no longer."""
        _clients.pop(id(self), None)

    @abstractmethod
    def job(self, job_id: str) -> Job:
        """The job with an id, or with one that begins or ends like this."""

    def mark(
        self,
        take: Job | Take | VideoGenResult | str | os.PathLike[str],
        *,
        pick: Pick = ...,
        stars: Stars = ...,
        tags: Tags = ...,
        note: Note = ...,
    ) -> Marks:
        """Judge a take; what is not given stays as it is.

        >>> gen.mark(job.id, pick=True, stars=4, tags={"hero"}, note=None)
        <Marks picked, 4 stars, hero>
        >>> gen.mark(job.id, stars=None)
        <Marks picked, hero>

        The marks are durable when this returns. They are in the journal, if it has the take, and
        in the sidecar, so that they travel with the library; other notebooks show them at once.

        Args:
            take: a job, a take, a result, the id of a job, or the path of a video in a library.
            pick: True if it is picked, False if it is rejected, None if it is neither.
            stars: 1 to 5, or None.
            tags: in place of all earlier ones, e.g. ``{"hero", "night"}``.
            note: a text, or None.

        Returns:
            All its marks as they are now.

        Raises:
            InvalidParams: names each mark that is wrong; none was changed.
            JobNotFound: if there is no such job, or the video has no sidecar.
            LibraryUnwritable: if marks that only the sidecar keeps cannot be written.
        """
        self._must_be_open()
        changes = {"pick": pick, "stars": stars, "tags": tags, "note": note}
        job_id, video = self._place(take)
        return judge([self._engine], job_id, video, changes)

    def _place(self, take: object) -> tuple[str | None, Path | None]:
        """The job of a take and where its video is, as far as they are known."""
        if isinstance(take, Take):
            take = take.job or take.result
        if isinstance(take, Job):
            return take.id, None
        if isinstance(take, VideoGenResult):
            return take.job_id, take.path
        if isinstance(take, str) and not _is_path(take):
            return self.job(take).id, None
        if isinstance(take, str | os.PathLike):
            path = Path(take).expanduser().absolute()
            return _job_beside(path), path
        reason = f"{shown(take)} is not a take; give a job, a take, a result, a job's id or a path."
        error = InvalidParams(f"take: {reason}")
        error.problems = (Problem("take", take, reason),)
        raise error


def mark(result: VideoGenResult, changes: Mapping[str, Any]) -> Marks:
    """Change the marks of a result, in the journal of whichever client of this process has it."""
    from rushes.engine.shared import engines  # noqa: PLC0415 - brings the engine

    return judge(engines(), result.job_id, result.path, changes)


def finalize(result: VideoGenResult, resolution: str | None) -> Job:
    """Render the draft of a result in full, by whichever client of this process has its job."""
    from rushes.engine.shared import engines  # noqa: PLC0415 - brings the engine

    for engine in engines():
        record = None if result.job_id is None else _record(engine, result.job_id)
        if record is not None:
            return _job(engine, record).finalize(resolution)
    raise _unknown(result.job_id)


def _job(engine: Engine, record: JobRecord) -> Job:
    """A job as a client hands it out, preferably the one of its library."""
    # The references are copied in one step; other threads open and close clients meanwhile.
    there = (reference() for reference in _clients.valuerefs())
    clients = [client for client in there if client is not None and client.engine is engine]
    if not clients:
        return Job(engine, record.id, timeout=None)
    return min(clients, key=lambda client: str(client.library) != record.folder).job_of(record)


def judge(
    engines: Iterable[Engine], job_id: str | None, video: Path | None, changes: Mapping[str, Any]
) -> Marks:
    """Change the marks of a take where they are kept.

    A copy of a video whose own file is elsewhere is a take of its own: its sidecar keeps its marks.

    Args:
        engines: whose journals may have the job.
        job_id: the job, if that is known.
        video: its file, if that is known.
        changes: as for `Marks.changed`.

    Raises:
        InvalidParams: names each mark that is wrong.
        JobNotFound: if there is neither a job nor a sidecar.
        LibraryUnwritable: if the sidecar is the only place and cannot be written.
    """
    for engine in engines:
        record = None if job_id is None else _record(engine, job_id)
        if record is not None and _is_at(record, video):
            return engine.mark(record.id, changes, video).marks
    if video is None:
        raise _unknown(job_id)
    return _mark_file(video, changes)


def _mark_file(video: Path, changes: Mapping[str, Any]) -> Marks:
    """Change the marks that only a sidecar keeps."""
    from rushes.media.sidecar import facts_beside, judged_beside, write_marks  # noqa: PLC0415

    with _writing:
        if facts_beside(video)[0] is None:
            msg = (
                f"{video} is not a video of a library: no sidecar that rushes wrote is beside it, "
                f"so there is no place for its marks."
            )
            raise JobNotFound(msg)
        before = judged_beside(video) or Judged(Marks(), 0.0)
        marks = before.marks.changed(changes)
        if marks != before.marks:
            write_marks(video, Judged(marks, moment(max(time.time(), before.at + 1e-6))))
    return marks


def _unknown(job_id: str | None) -> JobNotFound:
    msg = f"No journal of this process has job {job_id!r}."
    return JobNotFound(msg, job_id=job_id, advice="gen.jobs() lists those of a client.")


def _record(engine: Engine, job_id: str) -> JobRecord | None:
    try:
        return engine.journal.get(job_id)
    except JobNotFound:
        return None


def _is_at(job: JobRecord, video: Path | None) -> bool:
    """Whether a file is the video of a job, and not a copy of it."""
    from rushes.engine.marking import video_of  # noqa: PLC0415 - brings the engine

    own = video_of(job)
    if video is None or own is None or own == video:
        return True
    try:
        return own.samefile(video)
    except OSError:
        return not own.exists()


def _job_beside(video: Path) -> str | None:
    """The job that the sidecar of a video names."""
    from rushes.media.sidecar import facts_beside  # noqa: PLC0415 - when it is needed

    result, _ = facts_beside(video)
    return None if result is None else result.job_id


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.lower().endswith(".mp4")
