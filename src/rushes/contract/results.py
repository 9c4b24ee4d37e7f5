"""Results and job events."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field

from rushes.contract import display, marker
from rushes.contract.error_json import flat_error
from rushes.contract.errors import InvalidParams, ProviderErrorDetail
from rushes.contract.marks import Marks, Note, Pick, Stars, Tags
from rushes.contract.params import Model, VideoGenParams
from rushes.contract.spelling import to_camel
from rushes.contract.wording import on_one_line


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
        unknown: for how many videos no price is known; the amount is that of the others.

    Costs of one currency add up:

    >>> print(rushes.Cost(amount=1.5) + rushes.Cost(amount=0.5, estimated=False))
    about $2.00
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True
    )

    amount: float
    currency: str = "USD"
    estimated: bool = True
    source: str | None = None
    date: str | None = None
    unknown: int = Field(default=0, exclude=True)

    @classmethod
    def not_known(cls) -> Cost:
        """The cost of a video without a known price."""
        return cls(amount=0.0, unknown=1)

    @property
    def is_believable(self) -> bool:
        """Whether the amount is known, finite and not negative."""
        return not self.unknown and math.isfinite(self.amount) and self.amount >= 0

    def __add__(self, other: object) -> Cost:
        """The sum of two costs; None is a cost that is not known.

        Raises:
            InvalidParams: when they are in different currencies.
        """
        if other is None:
            other = Cost.not_known()
        if isinstance(other, int | float) and not other:
            return self  # `sum` begins with 0.
        if not isinstance(other, Cost):
            return NotImplemented
        parts = [cost for cost in (self, other) if cost.amount]
        currencies = {cost.currency for cost in parts}
        if len(currencies) > 1:
            names = " and ".join(sorted(currencies))
            msg = f"{names} cannot be added; sum up the costs of one currency."
            raise InvalidParams(msg)
        sources, dates = ({part.source for part in parts}, {part.date for part in parts})
        return Cost(
            amount=round(self.amount + other.amount, 6),
            currency=next(iter(currencies), self.currency),
            estimated=any(part.estimated for part in parts),
            source=sources.pop() if len(sources) == 1 else None,
            date=dates.pop() if len(dates) == 1 else None,
            unknown=self.unknown + other.unknown,
        )

    __radd__ = __add__

    @property
    def dollars(self) -> float | None:
        """The amount in US dollars; None in another currency, and if it is not believable."""
        is_known = self.is_believable and (self.currency == "USD" or not self.amount)
        return self.amount if is_known else None

    def __str__(self) -> str:
        if self.unknown and not self.amount:
            return "price not known"
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        about = "about " if self.estimated and self.amount else ""
        more = f", and {self.unknown} without a known price" if self.unknown else ""
        return f"{about}{sign}{self.amount:,.2f}{more}"

    def __repr__(self) -> str:
        return f"<Cost {self}>"


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
        parent: the id of the job whose take it was made from, if it was made from one.
        notes: what the user should know about how the request was carried out.
        params: the whole request; None for a video that no job returned.
        marks: how it was judged, as of when this was read.
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
    mode: str
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
    parent: str | None = None
    notes: tuple[str, ...] = ()
    params: VideoGenParams | None = Field(default=None, exclude=True)
    marks: Marks = Field(default_factory=Marks.model_construct, exclude=True)

    def mark(
        self, *, pick: Pick = ..., stars: Stars = ..., tags: Tags = ..., note: Note = ...
    ) -> Marks:
        """Judge the video; what is not given stays as it is.

        >>> result.mark(pick=None, stars=4, tags={"hero"}, note=None)
        <Marks 4 stars, hero>

        The marks are in the journal, if it knows the video, and in its sidecar when this returns.
        `marks` of this object, which does not change, are as they were.

        Args:
            pick: True if it is picked, False if it is rejected, None if it is neither.
            stars: 1 to 5, or None.
            tags: in place of all earlier ones, e.g. ``{"hero", "night"}``.
            note: a text, or None.

        Returns:
            All its marks as they are now.

        Raises:
            InvalidParams: names each mark that is wrong; none was changed.
            JobNotFound: if neither the journal knows the video nor it has a sidecar.
        """
        return marker.mark(self, {"pick": pick, "stars": stars, "tags": tags, "note": note})

    def finalize(self, resolution: str | None = None) -> Any:
        """Render the draft in full; see `Job.finalize`.

        >>> draft = await gen.generate(provider="seedance-2.5", prompt="A red fox", draft=True)
        >>> final = draft.finalize()
        >>> final.parent == draft.job_id
        True

        Args:
            resolution: that of the final video; None takes the usual one.

        Returns:
            The `Job` of the final video, at once.

        Raises:
            InvalidParams: if it is not a draft that can be rendered in full; nothing was sent.
            JobNotFound: if no client of this process has its job.
        """
        return marker.finalize(self, resolution)

    def to_dict(self) -> dict[str, Any]:
        """Everything that is known of the video, as a flat row for a table.

        Values are numbers, texts and None. Parameters of the request are included, as
        ``asked_seed`` and the like where the video has another value. `created_at` is ISO 8601.

        >>> row = result.to_dict()
        >>> row["provider"], row["width"], row["cost"]
        ('seedance-2.0-fast', 864, 0.0)
        """
        cost, timings = self.cost or Cost.not_known(), self.timings or Timings()
        own = {name: getattr(self, name) for name in (*CONTRACT_FIELDS, "fps", "has_audio")}
        asked = {} if self.params is None else self.params.model_dump(mode="json")
        return {
            "job_id": self.job_id,
            "parent": self.parent,
            **own,
            **{
                f"asked_{name}" if name in own else name: _flat(value)
                for name, value in asked.items()
                if value is not None and value != own.get(name)
            },
            "path": None if self.path is None else str(self.path),
            "backend": self.backend,
            "created_at": self.created_at and self.created_at.isoformat(),
            "cost": None if cost.unknown else cost.amount,
            "currency": cost.currency,
            "cost_is_estimated": cost.estimated,
            **{f"{phase}_seconds": seconds for phase, seconds in timings},
            **self.marks.to_dict(),
            "notes": "\n".join(self.notes),
        }

    def __str__(self) -> str:
        backend = f" at {self.backend}" if self.backend else ""
        facts = [f"{round(self.duration_seconds, 1):g} s", f"{self.width} x {self.height}"]
        if self.cost is not None and self.cost.is_believable:
            facts.append(str(self.cost))
        where = self.path or self.video_url
        return on_one_line(f"{self.provider}{backend}: {', '.join(facts)}, {where}")

    def __repr__(self) -> str:
        return f"<VideoGenResult {self}>"

    def to_json(self) -> dict[str, Any]:
        """The contract's keys in camelCase, without those that have no value."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_none=True, include=set(CONTRACT_FIELDS)
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Show the video inline."""
        return display.bundle(self)

    def _ipython_display_(self) -> None:
        """Show the video once where a cell that waited for it ends with it."""
        display.show(self)


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


def _flat(value: Any) -> Any:
    """A parameter as one value."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


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

    def __repr__(self) -> str:
        said = self.error if self.result is None else self.result
        return on_one_line(f"<VideoGenJobEvent {self.status}, job {self.job_id}: {said}>")

    __str__ = __repr__

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
