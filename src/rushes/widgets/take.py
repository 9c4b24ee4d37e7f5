"""A job as the page shows it: plain JSON, described in docs/reference/widget-protocol.md."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from pydantic.alias_generators import to_camel

from rushes.comparison.naming import facts, facts_of, price
from rushes.contract.error_json import location
from rushes.contract.errors import JournalError
from rushes.io.folders import notebook_path
from rushes.job import result_of
from rushes.journal import JobState
from rushes.journal.vote import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.catalog import Catalog, ProviderSpec
    from rushes.contract.results import Cost, VideoGenResult
    from rushes.engine import Progress
    from rushes.journal import JobRecord
    from rushes.widgets import messages

PUSH_EVERY = 0.25
"""Seconds between two rounds of messages about what changes all the time."""

LONGEST_TEXT = 20_000
"""Characters of a text from a service or a user that are sent to the page."""


def take_of(job: JobRecord, progress: Progress, catalog: Catalog) -> dict[str, Any]:
    """A job with all that a card needs.

    Args:
        job: the record.
        progress: how far it is.
        catalog: knows the provider's title, sizes and prices.
    """
    spec = catalog.providers.get(job.provider)
    take: dict[str, Any] = {
        "job": job.id,
        "state": job.state.value,
        "provider": job.provider,
        "providerTitle": spec.title if spec else job.provider,
        "mode": job.mode,
        "backend": job.backend,
        "prompt": str(job.params.get("prompt") or "")[:LONGEST_TEXT],
        "params": job.params,
        "asked": list(fingerprint(job.params, catalog.media_names(job.provider))),
        "createdAt": job.created_at,
        "elapsed": _elapsed(job),
        "notes": list(job.notes),
    }
    if job.state is JobState.COMPLETED:
        try:
            take |= finished(result_of(job))
        except JournalError as error:
            take["error"] = {"code": error.code, "message": error.message}
        return {name: value for name, value in take.items() if value is not None}
    take |= _expected(job, spec)
    if not job.is_ended and job.state is not JobState.UNCERTAIN:
        take |= moving(job, progress)
    if job.error is not None:
        take["error"] = {
            "code": job.error.code,
            "message": job.error.message[:LONGEST_TEXT],
            "parameter": _parameter(job, spec),
        }
    return take


def moving(job: JobRecord, progress: Progress) -> dict[str, Any]:
    """What changes of a take while it is being made."""
    return {
        "elapsed": _elapsed(job),
        "progress": {
            "text": progress.text[:LONGEST_TEXT],
            "fraction": progress.fraction,
            "estimated": progress.estimated,
        },
    }


def _elapsed(job: JobRecord) -> float:
    # The clock may have been set back since.
    return round(max(0.0, (job.ended_at or time.time()) - job.created_at), 1)


def _expected(job: JobRecord, spec: ProviderSpec | None) -> dict[str, Any]:
    """What is known of the video before there is one."""
    if spec is None:
        return {}
    pixels = spec.pixels_of(job.known_params)
    cost = spec.estimate(job.known_params, job.backend)
    seconds = spec.duration_of(job.known_params)
    return {
        "width": pixels[0] if pixels else None,
        "height": pixels[1] if pixels else None,
        "durationSeconds": seconds,
        "cost": cost_of(cost),
        "facts": facts(pixels, seconds, cost=cost),
    }


def finished(result: VideoGenResult) -> dict[str, Any]:
    """The measured facts of a video, and where it is."""
    path = result.path
    return {
        "width": result.width,
        "height": result.height,
        "durationSeconds": result.duration_seconds,
        "fps": result.fps,
        "seed": result.seed,
        "took": round(result.timings.total, 1) if result.timings else None,
        "bytes": path.stat().st_size if path and path.exists() else None,
        "cost": cost_of(result.cost),
        "facts": facts_of(result),
        "video": media(path, result.video_url, "video/mp4"),
        "poster": media(result.poster_path, None, "image/jpeg"),
    }


def cost_of(cost: Cost | None) -> messages.Cost | None:
    """An amount of money with its words; None when it cannot be one."""
    if cost is None or not cost.is_believable:
        return None
    plain = cost.model_dump(mode="json", by_alias=True, exclude_none=True)
    return cast("messages.Cost", plain | {"text": price(cost)})


def media(path: Path | None, url: str | None, kind: str) -> messages.MediaFile:
    """Where the page finds a file.

    This is saved with the notebook, and a signed link gives the video to anyone; so where there is
    a file, a link with a query is left out.
    """
    is_link = url is not None and url.startswith(("https:", "http:"))
    return {
        "path": notebook_path(path) if path else None,
        "url": url if is_link and url and (path is None or "?" not in url) else None,
        "type": kind,
    }


def _parameter(job: JobRecord, spec: ProviderSpec | None) -> str | None:
    """The form's field that a failure is about, where the service named one of its own."""
    loc = location(((job.error and job.error.error_detail) or {}).get("loc"))
    offer = spec.backends.get(job.backend) if spec else None
    names = [part for part in loc or () if isinstance(part, str)]
    if not names or offer is None:
        return None
    return to_camel(offer.parameter_of(names[-1]))
