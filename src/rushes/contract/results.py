"""Results and job events."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from rushes.contract import display
from rushes.contract.error_json import flat_error
from rushes.contract.errors import ProviderErrorDetail
from rushes.contract.params import Mode, Model, VideoGenParams


class Cost(Model):
    """An amount of money.

    >>> print(rushes.Cost(amount=1.512))
    about $1.51

    Attributes:
        amount: in units of the currency.
        currency: ISO 4217 code.
        estimated: True if computed from a price list, False if reported by the service.
        source: where the price comes from.
        date: the date of the price list, ISO 8601.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    amount: float
    currency: str = "USD"
    estimated: bool = True
    source: str | None = None
    date: str | None = None

    @property
    def is_believable(self) -> bool:
        """Whether the amount is finite and not negative."""
        return math.isfinite(self.amount) and self.amount >= 0

    @property
    def dollars(self) -> float | None:
        """The amount in US dollars; None in another currency, and if it is not believable."""
        is_known = self.is_believable and (self.currency == "USD" or not self.amount)
        return self.amount if is_known else None

    def __str__(self) -> str:
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        return f"{'about ' if self.estimated and self.amount else ''}{sign}{self.amount:.2f}"


class Timings(Model):
    """How long each phase of a job took, in seconds; None if a phase was not observed.

    >>> result.timings.total > 0
    True

    Attributes:
        submitting: from the user's call until the service accepted the job.
        running: from acceptance until the service reported the end.
        fetching: from then until the file was complete on this machine.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    submitting: float | None = None
    running: float | None = None
    fetching: float | None = None

    @property
    def total(self) -> float:
        """The sum of all phases, in seconds."""
        return sum(part or 0.0 for part in (self.submitting, self.running, self.fetching))


class VideoGenResult(Model):
    """A finished video.

    Duration, width and height are measured from the downloaded file. `to_json` writes exactly
    the contract's keys; the fields after `seed` exist only in Python.

    >>> result.path.suffix, result.duration_seconds
    ('.mp4', 4.0)
    >>> sorted(result.to_json())[:3]
    ['durationSeconds', 'generationId', 'height']

    Attributes:
        generation_id: the service's id of the job.
        video_url: link to the video at the service; it expires, `path` does not.
        poster_url: link to a still image of the video, if any.
        duration_seconds: length in seconds.
        width: in pixels.
        height: in pixels.
        provider: id of the video model.
        mode: the request's mode.
        prompt: the request's prompt.
        seed: the seed that the service reported; None if it did not.
        path: the video file on this machine.
        poster_path: a still image of it on this machine.
        fps: frames per second.
        has_audio: whether the video has audio.
        cost: what it cost.
        backend: the service that generated it.
        created_at: when it was requested.
        timings: how long it took.
        job_id: the id of its job.
        notes: what the user should know about how the request was carried out.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    generation_id: str
    video_url: str
    poster_url: str | None = None
    duration_seconds: float
    width: int
    height: int
    provider: str
    mode: Mode
    prompt: str | None = None
    seed: int | None = None

    path: Path | None = Field(default=None)
    poster_path: Path | None = None
    fps: float | None = None
    has_audio: bool | None = None
    cost: Cost | None = None
    backend: str | None = None
    created_at: datetime | None = None
    timings: Timings | None = None
    job_id: str | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The contract's keys in camelCase, without those that have no value."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_none=True, include=set(CONTRACT_FIELDS)
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show the video inline."""
        return display.bundle(self)


CONTRACT_FIELDS = (
    "generation_id",
    "video_url",
    "poster_url",
    "duration_seconds",
    "width",
    "height",
    "provider",
    "mode",
    "prompt",
    "seed",
)
"""The fields of a result that are part of its JSON."""


class VideoGenJobEvent(Model):
    """Reports that a job has ended; each job is reported once.

    >>> for event in await gen.get_completed_jobs():
    ...     print(event.status, event.result.path if event.result else event.error)

    Attributes:
        job_id: the id of the job.
        status: ``"completed"`` or ``"failed"``; a cancelled job is a failed one whose
            ``error_detail.type`` is ``"cancelled"``.
        params: the original request, with its ``client_ref``.
        result: the video, if completed.
        error: what went wrong, if failed.
        code: the error's machine-readable code, e.g. ``"VIDEO_GEN_SAFETY_FILTER"``, if failed.
        error_detail: the service's details about the error.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    job_id: str
    status: Literal["completed", "failed"]
    params: VideoGenParams
    result: VideoGenResult | None = None
    error: str | None = None
    code: str | None = None
    error_detail: ProviderErrorDetail | None = None

    def to_json(self) -> dict[str, Any]:
        """The event in camelCase, with params and result as their own `to_json` write them."""
        plain = self.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude={"params", "result"}
        )
        plain["params"] = self.params.to_json()
        if self.result:
            plain["result"] = self.result.to_json()
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> VideoGenJobEvent:
        """The event that `to_json` wrote, or one of the original API.

        There, ``error`` may also be ``{code, message, detail, providerType, errorDetail}``.
        """
        params = VideoGenParams.from_json(data["params"])
        error = flat_error(data.get("error"))
        return cls.model_validate({**data, "error": None, **error, "params": params})
