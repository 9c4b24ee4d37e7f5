"""All errors, as one tree.

    RushesError
    ├── InvalidParams          VIDEO_GEN_INVALID_PARAMS   rejected before anything was sent
    ├── SafetyFilter           VIDEO_GEN_SAFETY_FILTER    the service's moderation rejected it
    ├── RateLimited            RATE_LIMITED               too many requests; see `retry_after`
    ├── CreditsExhausted       CREDITS_EXHAUSTED          no credits left, or a cap is used up
    ├── PolicyDenied           AI_POLICY_DENIED           the account or policy does not allow it
    ├── DeadlineExceeded       TIMEOUT                    the wait timed out; the job may continue
    ├── AuthenticationFailed   AUTHENTICATION             the key is missing, wrong or expired
    ├── BackendUnavailable     BACKEND_UNAVAILABLE        the service failed or cannot be reached
    ├── NoBackend              NO_BACKEND                 no service is configured for this provider
    ├── JobUncertain           JOB_UNCERTAIN              it is unknown whether the job was accepted
    ├── JobCancelled           JOB_CANCELLED              the job was cancelled
    ├── MediaError             MEDIA_ERROR                reading, fetching or writing a file failed
    ├── JobNotFound            JOB_NOT_FOUND              the journal has no job with that id
    ├── MissingExtra           MISSING_EXTRA              an optional dependency is not installed
    └── JournalError           JOURNAL_ERROR              the journal cannot be used
        ├── LeaseLost                                     another process has taken over the job
        └── RemoteTaken                                   the service's id belongs to another job

The first twelve codes are those of the contract (docs/reference/contract.md); the others are this
package's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from rushes.contract import display
from rushes.contract.error_json import location
from rushes.contract.spelling import to_camel
from rushes.contract.wording import visible


class ProviderErrorDetail(BaseModel):
    """What a service said about a failure, in its own words.

    >>> detail = rushes.ProviderErrorDetail(type="content_policy_violation", msg="Refused.")
    >>> detail.type
    'content_policy_violation'

    Attributes:
        loc: where the error is, as the service reports it: names and numbers, e.g.
            ``("body", "image_urls", 0)``; a list in JSON. A text like ``"body.prompt"`` is read.
        type: the service's machine-readable kind, e.g. ``"content_policy_violation"``;
            ``"cancelled"`` for a cancelled job.
        reason: a more specific reason, if the service gives one.
        msg: the service's message, as plain text.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    loc: tuple[str | int, ...] | None = None
    type: str | None = None
    reason: str | None = None
    msg: str | None = None

    @field_validator("loc", mode="before")
    @classmethod
    def _location(cls, value: object) -> object:
        return location(value)


@dataclass(frozen=True)
class Problem:
    """One problem with a request.

    >>> from rushes import Problem
    >>> print(Problem("duration_seconds", 20, "20 is too long; allowed are 3 to 15."))
    duration_seconds: 20 is too long; allowed are 3 to 15.

    Attributes:
        parameter: the parameter's Python name, e.g. ``"duration_seconds"``.
        value: the value that was given.
        message: what is wrong, what is allowed and which provider would accept it, in one or
            two sentences.
    """

    parameter: str
    value: Any
    message: str

    def __str__(self) -> str:
        return f"{self.parameter}: {self.message}"


class RushesError(Exception):
    """Base class of all errors of this package.

    >>> try:
    ...     gen.submit(provider="seedance-3.0", mode="text-to-video", prompt="A red fox")
    ... except rushes.RushesError as error:
    ...     print(error.code, error.status)
    VIDEO_GEN_INVALID_PARAMS 0

    Control characters of a message, which a service may have sent, are escaped. Its text is the
    message and the advice; a page, whose buttons do the same, shows the message only.

    Attributes:
        message: what happened, in words for anyone.
        advice: what to call next in Python, in full sentences; "" where there is nothing to call.
        code: machine-readable code, the same for every error of the class.
        status: HTTP status of the service's reply, 0 without a reply.
        detail: further plain text from the service, if any.
        error_detail: the service's structured detail, if any.
        job_id: the id of the job, if any.
    """

    code: ClassVar[str] = "RUSHES_ERROR"

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        detail: str | None = None,
        error_detail: ProviderErrorDetail | None = None,
        job_id: str | None = None,
        advice: str = "",
    ) -> None:
        message = visible(message)
        super().__init__(message)
        self.message = message
        self.advice = visible(advice)
        self.status = status
        self.detail = detail
        self.error_detail = error_detail
        self.job_id = job_id

    def __str__(self) -> str:
        return f"{self.message} {self.advice}" if self.advice else self.message

    def to_json(self) -> dict[str, Any]:
        """The error as plain JSON, for the journal and widgets; `from_json` reads it back."""
        fields = {
            "code": self.code,
            "message": self.message,
            "advice": self.advice or None,
            "status": self.status,
            "detail": self.detail,
            "errorDetail": self.error_detail
            and self.error_detail.model_dump(mode="json", by_alias=True, exclude_none=True),
            "retryAfter": getattr(self, "retry_after", None),
        }
        return {key: value for key, value in fields.items() if value is not None}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show the message, with its problems and links, where a cell ends with the error."""
        return display.bundle(self)

    @staticmethod
    def from_json(data: dict[str, Any], *, job_id: str | None = None) -> RushesError:
        """The error that `to_json` wrote, as an instance of the same class."""
        kind = _BY_CODE.get(data.get("code", ""), RushesError)
        detail = data.get("errorDetail")
        error = kind(
            data.get("message", "The job failed."),
            status=data.get("status", 0),
            detail=data.get("detail"),
            error_detail=ProviderErrorDetail.model_validate(detail) if detail else None,
            job_id=job_id,
            advice=data.get("advice", ""),
        )
        if isinstance(error, RateLimited):
            error.retry_after = data.get("retryAfter")
        return error


class InvalidParams(RushesError):
    """The request is invalid and was not sent; nothing was paid.

    >>> try:
    ...     gen.submit(
    ...         provider="kling-3.0-standard",
    ...         mode="text-to-video",
    ...         prompt="A red fox",
    ...         resolution="1080p",
    ...         duration_seconds=20,
    ...     )
    ... except rushes.InvalidParams as error:
    ...     print([problem.parameter for problem in error.problems])
    ['resolution', 'duration_seconds']

    Attributes:
        problems: every problem of the request, not only the first; empty if a service, rather
            than the catalog, rejected the request.
    """

    code = "VIDEO_GEN_INVALID_PARAMS"
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, problems: list[Problem]) -> InvalidParams:
        """One error that lists all the problems of one request."""
        lines = "\n".join(f"  - {problem}" for problem in problems)
        noun = "problem" if len(problems) == 1 else "problems"
        error = cls(
            f"The request has {len(problems)} {noun}; nothing was sent or paid:\n{lines}",
            error_detail=ProviderErrorDetail(
                loc=location(problems[0].parameter), msg=problems[0].message
            ),
        )
        error.problems = tuple(problems)
        return error


class SafetyFilter(RushesError):
    """The service's content filter rejected the prompt, an input or the finished video.

    >>> if isinstance(job.error, rushes.SafetyFilter):
    ...     job = gen.submit(job.params, prompt="A red fox, seen from a distance")
    """

    code = "VIDEO_GEN_SAFETY_FILTER"


class RateLimited(RushesError):
    """The service received too many requests.

    >>> error = rushes.RateLimited("fal asked to slow down.", status=429)
    >>> error.retry_after is None
    True

    Attributes:
        retry_after: seconds to wait, if the service specified it.
    """

    code = "RATE_LIMITED"
    retry_after: float | None = None


class CreditsExhausted(RushesError):
    """The account at the service has no credits left, or a daily cap of the policy is used up.

    Waiting does not help an account; a cap begins again at 00:00 UTC.

    >>> failed = gen.jobs(state="failed")
    >>> unpaid = [job for job in failed if isinstance(job.error, rushes.CreditsExhausted)]
    """

    code = "CREDITS_EXHAUSTED"


class PolicyDenied(RushesError):
    """The account, key or policy does not allow this request.

    >>> if isinstance(job.error, rushes.PolicyDenied):
    ...     print(f"{job.backend} does not allow it: {job.error}")
    """

    code = "AI_POLICY_DENIED"


class DeadlineExceeded(RushesError, TimeoutError):
    """A wait timed out. The job itself continues and may still be billed.

    >>> try:
    ...     result = await job.wait(timeout=600)
    ... except rushes.DeadlineExceeded as error:
    ...     print(f"{error.job_id} continues")
    """

    code = "TIMEOUT"


class AuthenticationFailed(RushesError):
    """The service rejected the key.

    >>> if isinstance(job.error, rushes.AuthenticationFailed):
    ...     print(f"check the key of {job.backend}")
    """

    code = "AUTHENTICATION"


class BackendUnavailable(RushesError):
    """The service failed, no longer knows the job, or cannot be reached.

    >>> if isinstance(job.error, rushes.BackendUnavailable):
    ...     job.look_again()  # Free, unlike another job: the video may exist by now.
    """

    code = "BACKEND_UNAVAILABLE"


class NoBackend(RushesError):
    """No configured service runs this provider.

    >>> try:
    ...     gen.submit(
    ...         provider="seedance-2.0", mode="text-to-video", prompt="A red fox", backend="fal"
    ...     )
    ... except rushes.NoBackend as error:
    ...     print(error.code)
    NO_BACKEND
    """

    code = "NO_BACKEND"


class JobUncertain(RushesError):
    """The connection broke while the job was being sent, and its status is unknown.

    The video may exist and may be billed. Nothing is resent until the user decides:
    ``job.resolve(remote_id=...)``, ``job.resubmit()`` or ``job.abandon()``.

    >>> for job in gen.jobs(state="uncertain"):
    ...     print(job.id, "found" if job.look_again() else job.error)
    """

    code = "JOB_UNCERTAIN"


class JobCancelled(RushesError):
    """The job was cancelled.

    >>> isinstance(job.error, rushes.JobCancelled)
    False
    """

    code = "JOB_CANCELLED"


class MediaError(RushesError):
    """An input or a finished video could not be read, fetched or written.

    >>> try:
    ...     rushes.media.fit("nowhere.png")
    ... except rushes.MediaError as error:
    ...     print(error.code)
    MEDIA_ERROR
    """

    code = "MEDIA_ERROR"


class JobNotFound(RushesError, LookupError):
    """The journal has no job with that id.

    >>> try:
    ...     gen.job("20260101-000000-00000000")
    ... except rushes.JobNotFound as error:
    ...     print(error.code)
    JOB_NOT_FOUND
    """

    code = "JOB_NOT_FOUND"


class MissingExtra(RushesError, ImportError):
    """An optional dependency is not installed.

    >>> from rushes.contract.errors import MissingExtra
    >>> try:
    ...     other = rushes.VideoGen()  # It needs a library if there is a SOCKS proxy.
    ... except MissingExtra as error:
    ...     print(error)
    """

    code = "MISSING_EXTRA"


class JournalError(RushesError):
    """The journal cannot be opened, read or written. Nothing is sent without it.

    >>> try:
    ...     job.abandon()  # It is completed, not uncertain.
    ... except rushes.JournalError as error:
    ...     print(error.code)
    JOURNAL_ERROR
    """

    code = "JOURNAL_ERROR"


class DamagedRecord(JournalError):
    """The journal's entry of a job cannot be read; the other jobs are not affected.

    >>> from rushes.contract.errors import DamagedRecord
    >>> issubclass(DamagedRecord, rushes.JournalError)
    True
    """


class LeaseLost(JournalError):
    """Another process has taken over the job; this one must not touch it anymore.

    >>> from rushes.contract.errors import LeaseLost
    >>> issubclass(LeaseLost, rushes.JournalError)
    True
    """


class RemoteTaken(JournalError):
    """The service's job id already belongs to another job in the journal.

    >>> from rushes.contract.errors import RemoteTaken
    >>> issubclass(RemoteTaken, rushes.JournalError)
    True
    """


_BY_CODE: dict[str, type[RushesError]] = {
    kind.code: kind
    for kind in (
        InvalidParams,
        SafetyFilter,
        RateLimited,
        CreditsExhausted,
        PolicyDenied,
        DeadlineExceeded,
        AuthenticationFailed,
        BackendUnavailable,
        NoBackend,
        JobUncertain,
        JobCancelled,
        MediaError,
        JobNotFound,
        MissingExtra,
        JournalError,
    )
}
