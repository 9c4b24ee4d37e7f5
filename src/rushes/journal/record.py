"""One row of the journal, and the states it may pass through."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rushes.contract.params import VideoGenParams

if TYPE_CHECKING:
    from collections.abc import Mapping


class JobState(StrEnum):
    """Where a job stands.

    ::

        queued ──▶ submitting ──▶ running ──▶ fetching ──▶ completed
          ▲            │  │          │            │
          └─ refused ──┘  └─────┐    └────────────┴──────▶ failed | cancelled
          └── proven not created┤
                                ▼
                            uncertain ──▶ running (resolve) | queued (resubmit) | failed (abandon)

    A job that failed or was cancelled here, and of which its service says on request that it goes
    on or is done, is running or fetching again (``Journal.reopen``).

    ``submitting`` is written before the request leaves. A row found in it after a crash is never
    sent again without evidence that the service does not have it.
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
    _S.RUNNING: frozenset({_S.FETCHING, _S.FAILED, _S.CANCELLED}),
    _S.FETCHING: frozenset({_S.COMPLETED, _S.FAILED}),
    _S.UNCERTAIN: frozenset({_S.RUNNING, _S.QUEUED, _S.FAILED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Which state may follow which. Staying in a state is always allowed while it is not an end."""

UNFINISHED = frozenset({_S.QUEUED, _S.SUBMITTING, _S.RUNNING, _S.FETCHING})
"""States in which an engine has work to do."""

ENDED = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED})
"""States in which nothing more happens automatically."""

REOPENED = frozenset({_S.UNCERTAIN, _S.FAILED, _S.CANCELLED})
"""States that a job leaves when its service says, asked once more, that it has it after all."""


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """One job as the journal holds it. Times are unix seconds.

    Attributes:
        id: the job's id, chosen here before anything is sent.
        state: where it stands.
        backend: the service that runs it.
        provider: id of the video model.
        mode: the request's mode.
        params: the request as contract JSON.
        folder: the library folder that the video goes to.
        created_at: when the user asked.
        token: the current attempt's token, made before anything is sent.
        request: what the current attempt sends, in the service's own form.
        submit_at: when the current attempt's intent was written.
        attempts: how many attempts there were.
        remote_id: the service's id, once accepted.
        remote: what else is needed to ask the service about it.
        running_at: when it was accepted.
        done_at: when the service was first seen to be done.
        output: where the finished video is, and what the service said of it.
        ended_at: when it reached an end.
        result: the finished video as JSON.
        error: what went wrong, as `RushesError.to_json` writes it.
        notes: sentences for the user.
        cancel_requested_at: when the user asked to cancel.
        owner: the process that works on it.
        fence: raised at each change of owner; a write with an old one is refused.
        handed_to: the process that the job's event was handed to.
        handed: 0 not handed out, 1 handed to a process that has not come back, 2 for good.
    """

    id: str
    state: JobState
    backend: str
    provider: str
    mode: str
    params: dict[str, Any]
    folder: str
    created_at: float
    token: str | None = None
    request: dict[str, Any] | None = None
    submit_at: float | None = None
    attempts: int = 0
    remote_id: str | None = None
    remote: dict[str, Any] | None = None
    running_at: float | None = None
    done_at: float | None = None
    output: dict[str, Any] | None = None
    ended_at: float | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    cancel_requested_at: float | None = None
    owner: str | None = None
    fence: int = 0
    handed_to: str | None = None
    handed: int = 0

    @classmethod
    def new(
        cls,
        params: VideoGenParams,
        *,
        backend: str,
        folder: str,
        job_id: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> JobRecord:
        """A job that nobody has sent yet."""
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
        )

    @cached_property
    def typed_params(self) -> VideoGenParams:
        """The request."""
        return VideoGenParams.from_json(self.params)

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens automatically."""
        return self.state in ENDED

    @property
    def ran_for(self) -> float | None:
        """Seconds from acceptance until the service was seen to be done."""
        if self.running_at is None or self.done_at is None:
            return None
        return max(0.0, self.done_at - self.running_at)


JSON_COLUMNS = frozenset({"params", "request", "remote", "output", "result", "error", "notes"})
COLUMNS = tuple(field.name for field in fields(JobRecord))


def to_column(name: str, value: Any) -> Any:
    """A field as SQLite stores it."""
    if name in JSON_COLUMNS and value is not None:
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, str) and not value.isascii() and name != "folder":
        # Half of a pair of surrogates, e.g. of an emoji that a service cut in two, cannot be
        # stored. A folder whose name cannot be stored is no other folder, so that one raises.
        return value.encode("utf-8", errors="replace").decode()
    return value


def from_row(row: Mapping[str, Any]) -> JobRecord:
    """A record out of a row."""
    values: dict[str, Any] = {
        name: json.loads(row[name]) if name in JSON_COLUMNS and row[name] is not None else row[name]
        for name in COLUMNS
    }
    values["state"] = JobState(values["state"])
    values["notes"] = tuple(values["notes"] or ())
    return JobRecord(**values)


def new_job_id(now: float) -> str:
    """A job id that sorts by time and can be read aloud, e.g. ``"20261122-184233-9f3a1c07"``."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(4)}"
