"""Jobs as callers see them: their state, their result, and why they failed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rushes.catalog.media import with_media
from rushes.contract.errors import JobUncertain, JournalError, RushesError
from rushes.contract.params import is_local
from rushes.gateway import wire
from rushes.gateway.faults import body_of, of_job
from rushes.journal import ENDED, JobRecord, JobState
from rushes.outcome import cost_of, event, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rushes.contract.results import VideoGenResult
    from rushes.engine import Engine, Progress
    from rushes.gateway.links import Links

STATUS = {
    JobState.QUEUED: "queued",
    JobState.SUBMITTING: "queued",
    JobState.RUNNING: "running",
    JobState.FETCHING: "running",
    JobState.UNCERTAIN: "running",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}
"""The contract's word for each state. An uncertain job is not over: the service is asked again, or
the gateway's operator decides."""

UNCERTAIN = (
    "It is not known whether the service has this job. The gateway keeps asking; its operator can "
    "decide with `rushes jobs`."
)


class Replies:
    """Describes jobs as their owners see them.

    Args:
        engine: works on the jobs.
        links: makes links to videos.
        media: the folder for videos.
    """

    def __init__(self, engine: Engine, links: Links, media: Path) -> None:
        self._engine = engine
        self._links = links
        self._media = media

    def job(self, job: JobRecord, base: str, *, whole: bool = False) -> wire.Job:
        """A job as its owner sees it.

        Args:
            job: of that owner.
            base: the gateway's address, for links.
            whole: whether the request is included.
        """
        facts: dict[str, Any] = {"job_id": job.once_key or job.id, "status": STATUS[job.state]}
        if whole:
            facts["params"] = self._params(job)
            facts["created_at"] = datetime.fromtimestamp(job.created_at, UTC).isoformat()
            facts["label"] = job.label
        if job.state is JobState.COMPLETED:
            try:
                result = result_of(job)
            except JournalError as error:
                return wire.Job(**facts | _failure(error) | {"status": "failed"})
            facts["result"] = self._result(job, result, base)
        elif job.state in ENDED:
            facts |= self._why(job)
        else:
            facts |= self._progress(job, self._engine.progress_of(job))
        cost = cost_of(job, self._engine.catalog) if job.state in ENDED else None
        if cost is not None and cost.is_believable and not cost.estimated:
            facts["cost"] = wire.Amount(amount=cost.amount, currency=cost.currency)
        for name in ("error", "detail", "message"):
            if isinstance(facts.get(name), str):
                facts[name] = self.discreet(facts[name])
        return wire.Job(**facts)

    def discreet(self, text: str) -> str:
        """A text without the folders of the gateway, which are nobody else's business."""
        for folder in (self._media, self._engine.folders.home):
            text = text.replace(str(folder), "(a folder of the gateway)")
        return text

    def _params(self, job: JobRecord) -> dict[str, Any]:
        """The request of a job, without the places where its inputs are kept here."""

        def one(value: Any, *_: str) -> Any:
            return PurePath(value).name if isinstance(value, str) and is_local(value) else value

        return with_media(job.params, self._engine.catalog.media_names(job.provider), one)

    def _result(self, job: JobRecord, result: VideoGenResult, base: str) -> wire.Result:
        plain = result.to_json() | {
            "generationId": job.once_key or job.id,
            "videoUrl": f"{base}{self._links.path(job.id, 'video.mp4')}",
        }
        plain.pop("posterUrl", None)
        if poster_of(result) is not None:
            plain["posterUrl"] = f"{base}{self._links.path(job.id, 'poster.jpg')}"
        return wire.Result.model_validate(plain)

    def _progress(self, job: JobRecord, progress: Progress) -> dict[str, Any]:
        if job.state is JobState.UNCERTAIN:
            return {"message": UNCERTAIN}
        return {
            "position": progress.position,
            "progress": None if progress.estimated else progress.fraction,
            "message": progress.text,
        }

    def _why(self, job: JobRecord) -> dict[str, Any]:
        """Why a job failed, as its event says."""
        said = event(job)
        detail = said.error_detail
        error = job.error.to_error(job.id) if job.error is not None else None
        if error is not None:
            error.error_detail = detail
            return _failure(of_job(error))
        return {
            "error": said.error,
            "code": said.code,
            "error_detail": detail and _detail(detail.model_dump(exclude_none=True)),
        }


def failure_of(job: JobRecord) -> RushesError | None:
    """Why a job that is over, or uncertain, has no video; None when it has one."""
    if job.state is JobState.COMPLETED:
        return None
    if job.state is JobState.UNCERTAIN:
        return JobUncertain(UNCERTAIN)
    said = event(job)
    if job.error is None:
        return RushesError.from_json({"code": said.code, "message": said.error or ""})
    return of_job(job.error.to_error(job.id))


def poster_of(result: VideoGenResult | None) -> Path | None:
    """The poster of a video; None without one."""
    from rushes.media.poster import poster_beside  # noqa: PLC0415 - brings the decoder

    return None if result is None or result.path is None else poster_beside(result.path)


def _failure(error: RushesError) -> dict[str, Any]:
    body = body_of(error)
    return {
        "error": body["error"],
        "code": body["code"],
        "detail": body.get("detail"),
        "advice": body.get("advice"),
        "error_detail": _detail(body.get("errorDetail")),
    }


def _detail(plain: Mapping[str, Any] | None) -> wire.ErrorDetail | None:
    return None if plain is None else wire.ErrorDetail.model_validate(dict(plain))
