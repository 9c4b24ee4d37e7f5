"""Drafts on record: whether one can be rendered in full, until when, and by which request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rushes.catalog.drafts import FINAL, PARAMETER
from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.spelling import to_snake
from rushes.contract.wording import shown
from rushes.journal.record import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.catalog import Catalog
    from rushes.contract.params import VideoGenParams
    from rushes.journal.record import JobRecord

DAY = 86_400.0

CHOSEN = (FINAL, "resolution", "client_ref", "request_origin")
"""Parameters in which a final video may differ from its draft."""


@dataclass(frozen=True)
class Draft:
    """A finished draft, which its service can render in full.

    Attributes:
        job: its job.
        handle: the service's id of it.
        until: when the service forgets it, unix seconds.
        finals: the resolutions in which it can be rendered.
        is_sent_whole: whether the service is sent its whole request again.
    """

    job: JobRecord
    handle: str
    until: float
    finals: tuple[str, ...]
    is_sent_whole: bool

    @classmethod
    def of(cls, job: JobRecord, catalog: Catalog, *, is_kept: bool = False) -> Draft:
        """The draft that a job is.

        Args:
            job: its job.
            catalog: says what its service makes of drafts.
            is_kept: whether its age does not matter, because it was rendered in full in time.

        Raises:
            InvalidParams: if it is not a draft, is not finished, or is too old.
        """
        spec = catalog.providers.get(job.provider)
        offer = spec.backends.get(job.backend) if spec else None
        asked = job.params.get(PARAMETER) is True and job.params.get("finalOf") is None
        if spec is None or spec.drafts is None or offer is None or offer.drafts is None:
            raise _fault(job, f"{job.provider} at {job.backend} makes no drafts")
        if not asked:
            raise _fault(job, f"it is not a draft; submit one with {PARAMETER}=True")
        if job.state is not JobState.COMPLETED:
            ended = "there is no draft to render in full" if job.is_ended else "wait for it first"
            raise _fault(job, f"it is {job.state}; {ended}")
        handle = job.remote_id
        if offer.drafts.result is not None:
            handle = job.output.draft if job.output else None
        if handle is None:
            words = f"{job.backend} named no draft in its answer, so it cannot be rendered in full"
            raise _fault(job, words)
        sent_at = job.submit_at or job.created_at
        draft = cls(
            job=job,
            handle=handle,
            until=sent_at + offer.drafts.days * DAY,
            finals=spec.drafts.finals,
            is_sent_whole=not offer.drafts.fields,
        )
        if draft.until <= time.time() and not is_kept:
            words = (
                f"{job.backend} keeps drafts for {offer.drafts.days:g} days, and this one was sent "
                f"on {_day(sent_at)}; make another with {PARAMETER}=True"
            )
            raise _fault(job, words)
        return draft

    def request(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The request for the final video: that of the draft, in another resolution.

        Args:
            given: what was asked for, by Python name.

        Raises:
            InvalidParams: if it asks for something else than the draft is.
        """
        own = self.job.typed_params.given()
        own.pop(PARAMETER, None)
        problems = [
            Problem(
                name,
                value,
                f"{shown(value)} is not what the draft has, and cannot be changed any more. Leave "
                f"it out, or make another draft.",
            )
            for name, value in given.items()
            if name not in CHOSEN and value is not None and not _is_same(value, own.get(name))
        ]
        if problems:
            raise InvalidParams.of(problems)
        chosen = {name: given[name] for name in CHOSEN if given.get(name) is not None}
        return own | {"resolution": self.finals[0]} | chosen | {FINAL: self.job.id}

    def sent(self, params: VideoGenParams) -> VideoGenParams:
        """The params of a final video as its service gets them: with its own id of the draft."""
        seed = self.job.output.seed if self.job.output else None
        # The picture of a request that is sent again follows from the seed that was chosen.
        more = {"seed": seed} if self.is_sent_whole and seed is not None else {}
        return params.model_copy(update={FINAL: self.handle, **more})


def named(data: Mapping[Any, Any]) -> dict[str, Any]:
    """What a request gives, by Python name."""
    return {to_snake(key): value for key, value in data.items() if isinstance(key, str)}


def _is_same(value: Any, own: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(own, list | tuple):
        return list(value) == list(own)
    return bool(value == own)


def _fault(job: JobRecord, words: str) -> InvalidParams:
    reason = f"job {job.id} cannot be rendered in full: {words}."
    return InvalidParams.of([Problem(FINAL, job.id, reason)])


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
