"""The outcome of a job as its record has it: the video, the error, the event, the cost."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes.contract.errors import (
    JobCancelled,
    JobUncertain,
    JournalError,
    ProviderErrorDetail,
    RushesError,
)
from rushes.contract.results import Cost, VideoGenJobEvent, VideoGenResult
from rushes.journal import JobState

if TYPE_CHECKING:
    from rushes.catalog import Catalog
    from rushes.journal import JobRecord


def earlier(record: JobRecord) -> str:
    """A note on a job that is returned in place of a new one."""
    when = datetime.fromtimestamp(record.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    words = f"Nothing was sent: the same request was made on {when}, as job {record.id}."
    if record.state is JobState.UNCERTAIN:
        return f"{words} It is not known whether {record.backend} has it."
    if record.state is not JobState.COMPLETED:
        return f"{words} It is still being made."
    try:
        path = result_of(record).path
    except JournalError as error:
        return f"{words} {error.message}"
    if path is not None and not path.exists():
        return f'{words} Its file is not in the library any more; once="a name" makes another.'
    return words


def outcome(record: JobRecord) -> VideoGenResult:
    """The video of a job that has ended or is uncertain.

    Raises:
        RushesError: what went wrong, if there is none.
    """
    if record.state is JobState.COMPLETED:
        return result_of(record)
    if record.error is not None:
        raise record.error.to_error(record.id)
    if record.state is not JobState.CANCELLED:
        msg = f"Job {record.id} is {record.state}; the reason is damaged in the journal."
        raise RushesError(msg, job_id=record.id)
    words = f"Job {record.id} was cancelled."
    raise JobCancelled(words, job_id=record.id)


def event(record: JobRecord) -> VideoGenJobEvent:
    """The event of an ended job."""
    try:
        return VideoGenJobEvent(
            job_id=record.id,
            status="completed",
            params=record.known_params,
            result=outcome(record),
        )
    except RushesError as error:
        detail = error.error_detail
        if record.state is JobState.CANCELLED:
            detail = (detail or ProviderErrorDetail()).model_copy(update={"type": "cancelled"})
        return VideoGenJobEvent(
            job_id=record.id,
            status="failed",
            params=record.known_params,
            error=str(error),
            code=error.code,
            error_detail=detail,
        )


def result_of(record: JobRecord) -> VideoGenResult:
    """The video of a completed job.

    Raises:
        JournalError: if it is damaged in the journal, and the video's sidecar is missing, too.
    """
    try:
        return VideoGenResult.model_validate(record.result)
    except ValidationError:
        pass
    from rushes.media.library import video_path  # noqa: PLC0415 - rarely needed
    from rushes.media.sidecar import facts_beside  # noqa: PLC0415

    path = video_path(record)
    result, _ = facts_beside(path)
    if result is None or not path.exists():
        msg = (
            f"The result of job {record.id} is damaged in the journal. It was paid; its video is "
            f"{path}, unless it was moved."
        )
        raise JournalError(msg, job_id=record.id)
    return result


def cost_of(record: JobRecord, catalog: Catalog) -> Cost:
    """What a job cost, as its service or else the catalog's prices say; see `Job.cost`.

    It counts what the journal counts for the job's last attempt.
    """
    said = _billed(record)
    if said is not None and said.is_believable:
        return said
    if record.state is JobState.FAILED and not _may_be_billed(record):
        return Cost(amount=0.0)
    if record.state is JobState.CANCELLED and record.remote_id is None:
        return Cost(amount=0.0)
    spec = catalog.providers.get(record.provider)
    estimate = spec.estimate(record.known_params, record.backend) if spec else None
    return estimate if estimate is not None and estimate.is_believable else Cost.not_known()


def facts_of(record: JobRecord, catalog: Catalog) -> dict[str, Any]:
    """A job as plain JSON for other programs, with the names of Python."""
    cost = cost_of(record, catalog)
    result = None
    if record.state is JobState.COMPLETED:
        with suppress(JournalError):
            result = result_of(record)
    times = {"created_at": record.created_at, "ended_at": record.ended_at}
    return {
        "job_id": record.id,
        "state": record.state.value,
        "provider": record.provider,
        "mode": record.mode,
        "backend": record.backend,
        "remote_id": record.remote_id,
        "parent": record.parent,
        "prompt": record.params.get("prompt"),
        "params": record.params,
        "cost": None if cost.unknown else cost.amount,
        "currency": cost.currency,
        "cost_is_estimated": cost.estimated,
        **{
            name: None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
            for name, seconds in times.items()
        },
        "path": str(result.path) if result is not None and result.path is not None else None,
        "error": record.error.message if record.error is not None else None,
        "code": record.error.code if record.error is not None else None,
        "notes": list(record.notes),
        "marks": record.marks.to_json(),
    }


def _billed(record: JobRecord) -> Cost | None:
    """The cost on record, where there is one."""
    if record.state is JobState.COMPLETED:
        try:
            return result_of(record).cost
        except JournalError:
            return None
    said = record.error.cost if record.error is not None else None
    if said is None and record.state is JobState.FAILED and record.output is not None:
        said = record.output.cost
    try:
        return None if said is None else Cost.model_validate(said)
    except ValidationError:
        return None


def _may_be_billed(record: JobRecord) -> bool:
    """Whether a failed job may have been made: it was given up, or its video could not be had."""
    error = record.error
    is_doubtful = error is not None and (error.may_bill or error.code == JobUncertain.code)
    return is_doubtful or record.output is not None
