"""What the journal knows of one job, and the states that a job may pass through."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Self, TypedDict

from pydantic import ValidationError

from rushes.contract.errors import InvalidParams, RushesError
from rushes.contract.marks import Judged, Marks, moment
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_snake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rushes.contract.errors import Problem
    from rushes.contract.results import Cost

Json = dict[str, Any]
"""A JSON object whose meaning another part of the package owns."""


class JobState(StrEnum):
    """Where a job stands.

    ::

        queued ──▶ submitting ──▶ running ──▶ fetching ──▶ completed
          ▲            │  │          │            │
          └─ refused ──┘  └─────┐    └────────────┴──────▶ failed | cancelled
          └── proven not created┤
                                ▼
                            uncertain ──▶ running (resolve) | queued (resubmit) | failed (abandon)

    A running job becomes uncertain when its service has it, but under the id of another job. A job
    that failed or was cancelled here is running or fetching again when its service reports,
    on request, that it is alive or done (``Journal.reopen``).

    ``submitting`` is written before the request leaves. A job found in it after a crash is never
    sent again without evidence that the service does not have it.

    >>> [job.state for job in gen.jobs(state="completed", limit=1)]
    [<JobState.COMPLETED: 'completed'>]
    """

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    FETCHING = "fetching"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


_S = JobState

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    _S.QUEUED: frozenset({_S.SUBMITTING, _S.FAILED, _S.CANCELLED}),
    _S.SUBMITTING: frozenset({_S.RUNNING, _S.QUEUED, _S.FAILED, _S.CANCELLED, _S.UNCERTAIN}),
    # A service that costs nothing may lose a job, which is then sent again.
    _S.RUNNING: frozenset({_S.FETCHING, _S.QUEUED, _S.FAILED, _S.CANCELLED, _S.UNCERTAIN}),
    _S.FETCHING: frozenset({_S.COMPLETED, _S.FAILED}),
    _S.UNCERTAIN: frozenset({_S.RUNNING, _S.QUEUED, _S.FAILED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Which states may follow which. Keeping a state is allowed unless it is an end."""

UNFINISHED = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RUNNING, _S.FETCHING})
"""States in which an engine has work to do."""

ENDED = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED})
"""States in which nothing more happens automatically."""

REPEATED = frozenset({*UNFINISHED, _S.COMPLETED, _S.UNCERTAIN})
"""States of a job that stands for every request like its own."""

_TICK = 1e-6
"""Seconds by which marks are later than those that they change, however the clock is set."""

HANDED, SETTLED = 1, 2
"""What `JobRecord.handed` says: the news of a job's end is with a process, or was dealt with; 0 is
neither."""

REOPENED = frozenset({_S.UNCERTAIN, _S.FAILED, _S.CANCELLED})
"""States that a job leaves when its service reports, on request, that it has the job after all."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """The finished video at its service.

    Attributes:
        url: where it can be downloaded, for a while.
        seed: the seed that the service reported.
        cost: what the service said that the job cost, as the JSON of a `Cost`; not believed yet.
        measuring: how many processes ended while they measured the downloaded file.
        draft: the service's id of the draft that it is, if that is not the job's own.
    """

    url: str = ""
    seed: int | None = None
    cost: Json | None = None
    measuring: int = 0
    draft: str | None = None

    @classmethod
    def of(cls, url: str, seed: int | None, cost: Cost | None, draft: str | None = None) -> Output:
        """What a service reports of a finished video."""
        said = None if cost is None else cost.model_dump(mode="json")
        return cls(url=url, seed=seed, cost=said, draft=draft)

    @classmethod
    def from_json(cls, data: object) -> Output | None:
        """What `to_json` wrote; what has another type than it should counts as absent."""
        if not isinstance(data, dict):
            return None
        url, seed, cost = data.get("url"), data.get("seed"), data.get("cost")
        measuring, draft = data.get("measuring"), data.get("draft")
        return cls(
            url=url if isinstance(url, str) else "",
            seed=seed if isinstance(seed, int) else None,
            cost=cost if isinstance(cost, dict) else None,
            measuring=measuring if isinstance(measuring, int) else 0,
            draft=draft if isinstance(draft, str) else None,
        )

    def to_json(self) -> Json:
        """The same as JSON, as the journal keeps it."""
        return {
            "url": self.url,
            "seed": self.seed,
            "cost": self.cost,
            "measuring": self.measuring,
            "draft": self.draft,
        }


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a job failed or is uncertain: an error, as it is kept.

    Attributes:
        code: the error's machine-readable code.
        message: what went wrong. Records of earlier releases also say here what to call next.
        advice: what to call next in Python, in full sentences; "" where there is nothing to call.
        status: HTTP status of the service's reply, 0 when there was none.
        detail: further plain text from the service.
        error_detail: the service's structured detail, as contract JSON.
        retry_after: seconds to wait, when the service said so.
        may_bill: whether the job may have been billed anyway, because its service did not
            report that it failed. Its reservation then stays.
        cost: what the service said that it billed anyway, as the JSON of a `Cost`; not
            believed yet.
    """

    code: str
    message: str
    advice: str = ""
    status: int = 0
    detail: str | None = None
    error_detail: Json | None = None
    retry_after: float | None = None
    may_bill: bool = False
    cost: Json | None = None

    @classmethod
    def of(cls, error: RushesError, *, may_bill: bool = False, cost: Cost | None = None) -> Failure:
        """What is kept of an error."""
        kept = cls.from_json(error.to_json()) or cls(code=error.code, message=error.message)
        billed = None if cost is None else cost.model_dump(mode="json")
        return replace(kept, may_bill=may_bill, cost=billed)

    @classmethod
    def from_json(cls, data: object) -> Failure | None:
        """What `to_json` wrote; what has another type than it should counts as absent."""
        if not isinstance(data, dict):
            return None
        code, message, status = data.get("code"), data.get("message"), data.get("status")
        advice = data.get("advice")
        detail, error_detail = data.get("detail"), data.get("errorDetail")
        retry_after, cost = data.get("retryAfter"), data.get("cost")
        return cls(
            code=code if isinstance(code, str) else RushesError.code,
            message=message if isinstance(message, str) else "The job failed.",
            advice=advice if isinstance(advice, str) else "",
            status=status if isinstance(status, int) else 0,
            detail=detail if isinstance(detail, str) else None,
            error_detail=error_detail if isinstance(error_detail, dict) else None,
            retry_after=retry_after if isinstance(retry_after, int | float) else None,
            may_bill=data.get("mayBill") is True,
            cost=cost if isinstance(cost, dict) else None,
        )

    def to_json(self) -> Json:
        """The same as JSON, as `RushesError.from_json` reads it."""
        fields = {
            "code": self.code,
            "message": self.message,
            "advice": self.advice or None,
            "status": self.status,
            "detail": self.detail,
            "errorDetail": self.error_detail,
            "retryAfter": self.retry_after,
            "mayBill": self.may_bill or None,
            "cost": self.cost,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def to_error(self, job_id: str) -> RushesError:
        """The error, of the class that its code names."""
        try:
            return RushesError.from_json(self.to_json(), job_id=job_id)
        except ValidationError:
            return replace(self, error_detail=None).to_error(job_id)


NOT_JUDGED = Marks.model_construct()
"""Of most takes."""


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """One job as the journal holds it. Times are unix seconds.

    Attributes:
        id: the job's id, chosen before anything is sent.
        state: where the job stands.
        backend: the service that runs it.
        provider: id of the video model.
        mode: the request's mode.
        params: the request as contract JSON; `typed_params` reads it.
        folder: the library folder that the video goes to.
        created_at: when the user submitted it.
        token: the current attempt's token, made before anything is sent.
        request: what the current attempt sends, in the service's own form.
        submit_at: when the current attempt's intent was written.
        attempts: the number of attempts.
        remote_id: the service's id, once accepted.
        remote: what else its backend needs to ask about it.
        running_at: when it was accepted.
        done_at: when its service was first seen to be done, by a process that watched.
        output: the finished video at its service.
        ended_at: when it reached an end.
        result: the finished video as contract JSON.
        error: why it failed or is uncertain.
        notes: sentences for the user.
        cancel_requested_at: when the user asked to cancel.
        owner: the process that works on it.
        fence: rises whenever the owner changes; a write with an old one is refused.
        handed_to: the process that the job's event was handed to.
        handed: 0 not handed out, 1 handed to a process that has not settled it, 2 for good.
        content_key: the same for jobs that ask for the same, whatever their files are called;
            None for jobs of earlier releases until `Journal.identify` sets it.
        once_key: the name under which the user asked for one take only, if there is one.
        parent: the job whose take it is made from, if it is made from one.
        marks: how the user judged the take; any process sets them, by `Journal.mark`.
        marked_at: when; None if nobody did.
        label: what a client of a gateway asked to keep with it, for `VideoGen.recover`; only a
            gateway's own journal has any.
    """

    id: str
    state: JobState
    backend: str
    provider: str
    mode: str
    params: Json
    folder: str
    created_at: float
    token: str | None = None
    request: Json | None = None
    submit_at: float | None = None
    attempts: int = 0
    remote_id: str | None = None
    remote: Json | None = None
    running_at: float | None = None
    done_at: float | None = None
    output: Output | None = None
    ended_at: float | None = None
    result: Json | None = None
    error: Failure | None = None
    notes: tuple[str, ...] = ()
    cancel_requested_at: float | None = None
    owner: str | None = None
    fence: int = 0
    handed_to: str | None = None
    handed: int = 0
    content_key: str | None = None
    once_key: str | None = None
    parent: str | None = None
    marks: Marks = NOT_JUDGED
    marked_at: float | None = None
    label: Json | None = None

    @classmethod
    def new(
        cls,
        params: VideoGenParams,
        *,
        backend: str,
        folder: str,
        job_id: str | None = None,
        notes: tuple[str, ...] = (),
        content_key: str | None = None,
        once_key: str | None = None,
        parent: str | None = None,
        label: Json | None = None,
    ) -> JobRecord:
        """A job that has not been sent."""
        now = time.time()
        return cls(
            id=job_id or new_job_id(now),
            state=JobState.QUEUED,
            backend=backend,
            provider=params.provider,
            mode=params.mode,
            params=params.to_json(),
            folder=folder,
            created_at=now,
            notes=notes,
            content_key=content_key,
            once_key=once_key,
            # A final video is made from its draft, also where a sweep puts it on record.
            parent=params.final_of or parent,
            label=label,
        )

    @cached_property
    def typed_params(self) -> VideoGenParams:
        """The request.

        Raises:
            InvalidParams: if it is damaged in the journal.
        """
        params, problems = _read(json.dumps(self.params))
        if params is None:
            msg = (
                f"The request of job {self.id} is damaged in the journal, so it cannot be sent: "
                f"{'; '.join(f'{each.parameter} {each.message}' for each in problems)}"
            )
            raise InvalidParams(msg, job_id=self.id)
        return params

    @cached_property
    def known_params(self) -> VideoGenParams:
        """The request as far as it can be read, to be shown; nothing is sent because of it."""
        params, problems = _read(json.dumps(self.params))
        if params is not None:
            return params
        damaged = {re.split(r"[.\[]", each.parameter)[0] for each in problems}
        sound = {name: self.params[name] for name in self.params if to_snake(name) not in damaged}
        return VideoGenParams.from_json(sound | {"provider": self.provider, "mode": self.mode})

    @classmethod
    def read(cls, values: dict[str, Any], stored: Any, later: Callable[[Any, str], Any]) -> Self:
        """A job out of a store, without the steps of a constructor, which lists would feel.

        Args:
            values: the fields that are known: all but those of `LATER`.
            stored: what the store has of the job.
            later: reads one of those fields out of it when it is asked for.
        """
        record = object.__new__(cls)
        record.__dict__.update(values, stored=stored, later=later)
        return record

    @property
    def judged(self) -> Judged | None:
        """Its marks with their time; None if nobody judged it."""
        return None if self.marked_at is None else Judged(self.marks, self.marked_at)

    def judged_anew(self, changes: Mapping[str, Any], beside: Judged | None) -> Judged | None:
        """Its marks with changes; None if that changes nothing.

        Args:
            changes: see `Marks.changed`.
            beside: those of its sidecar, which are taken instead if they are later.

        Raises:
            InvalidParams: when a mark is wrong.
        """
        before, at = self.marks, self.marked_at or 0.0
        if beside is not None and beside.at > at:
            before, at = beside.marks, beside.at
        marks = before.changed(changes)
        if marks == before == self.marks:
            return None
        return Judged(marks, at if marks == before else moment(max(time.time(), at + _TICK)))

    def with_longer_id(self) -> JobRecord:
        """The same under an id of its own, always the same one, where its own one is taken."""
        return replace(self, id=longer_id(self.id, self.token or ""))

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens automatically."""
        return self.state in ENDED

    @property
    def may_exist(self) -> bool:
        """Whether it failed here, and its service may have made and billed a video all the same.

        Its service had made it, or did not say that it failed.
        """
        if self.state is not JobState.FAILED:
            return False
        return self.output is not None or (self.error is not None and self.error.may_bill)

    @property
    def final(self) -> tuple[str, str] | None:
        """Which draft it renders in full, and in which resolution; None if it renders none."""
        draft, resolution = self.params.get("finalOf"), self.params.get("resolution")
        return None if draft is None else (str(draft), str(resolution))

    @property
    def ran_for(self) -> float | None:
        """Seconds from acceptance until its service was seen to be done."""
        if self.running_at is None or self.done_at is None:
            return None
        return max(0.0, self.done_at - self.running_at)


class _Later:
    """A field that a store works out when it is first asked for.

    Lists of thousands of jobs are read for a few fields of each.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, record: JobRecord | None, owner: type) -> Any:
        if record is None:
            return None  # The default.
        known = record.__dict__
        value = known[self._name] = known["later"](known["stored"], self._name)
        return value


LATER = frozenset({"request", "remote", "output", "result", "error", "label"})
"""Fields that `JobRecord.read` may leave for later."""

for _name in LATER:
    setattr(JobRecord, _name, _Later(_name))


class Changes(TypedDict, total=False):
    """Fields of a `JobRecord` that its owner or its user sets; the store sets the others."""

    token: str | None
    request: Json | None
    submit_at: float | None
    attempts: int
    remote_id: str | None
    remote: Json | None
    running_at: float | None
    done_at: float | None
    output: Output | None
    result: Json | None
    error: Failure | None
    notes: tuple[str, ...]
    folder: str
    cancel_requested_at: float | None


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[VideoGenParams | None, list[Problem]]:
    """The request of a job, which every step of it reads: each writes another record of it."""
    return VideoGenParams.read(json.loads(text))


def longer_id(job_id: str, token: str) -> str:
    """The id of a job where its own one is another job's; always the same for an attempt."""
    return f"{job_id}-{token[:8]}"


def new_job_id(now: float) -> str:
    """A job id that sorts by time and can be read aloud, e.g. ``"20261122-184233-9f3a1c07"``."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(4)}"
