"""From a file in the library to a result and its sidecar."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from rushes._version import __version__
from rushes.contract.results import Cost, Timings, VideoGenResult
from rushes.media.library import sidecar_path, write_sidecar

if TYPE_CHECKING:
    from collections.abc import Collection

    from rushes.journal import JobRecord
    from rushes.media.library import Kept


def finished(
    job: JobRecord, kept: Kept, estimate: Cost | None, media_names: Collection[str]
) -> dict[str, Any]:
    """The result of a job whose video is in the library, as JSON; writes the sidecar.

    Args:
        job: the record, in the fetching state.
        kept: the file and what was measured from it.
        estimate: the cost by the catalog, used when the service did not say, or said what cannot
            be a cost.
        media_names: the parameters of the provider that hold images, videos or sounds.
    """
    output = job.output or {}
    params, clip = job.typed_params, kept.clip
    cost = _told(output.get("cost")) or estimate
    url = output["url"]
    result = VideoGenResult(
        generation_id=job.remote_id or job.id,
        # A link that only this package can open is of no use to the user.
        video_url=url if url.startswith(("https:", "http:")) else kept.path.as_uri(),
        poster_url=None,
        duration_seconds=clip.seconds,
        width=clip.width,
        height=clip.height,
        provider=job.provider,
        mode=params.mode,
        prompt=params.prompt,
        seed=output.get("seed"),
        path=kept.path,
        poster_path=kept.poster_path,
        fps=clip.fps,
        has_audio=clip.has_audio,
        cost=cost,
        backend=job.backend,
        created_at=datetime.fromtimestamp(job.created_at, UTC),
        timings=Timings(
            submitting=_between(job.created_at, job.running_at),
            running=job.ran_for,
            fetching=_between(job.done_at, time.time()),
        ),
        job_id=job.id,
    )
    plain = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    write_sidecar(
        sidecar_path(job),
        {
            "rushes": __version__,
            "jobId": job.id,
            "params": job.params,
            "media": [to_camel(name) for name in media_names if to_camel(name) in job.params],
            "notes": list(job.notes),
            **{key: value for key, value in plain.items() if key not in ("path", "posterPath")},
            "file": kept.path.name,
            "bytes": clip.bytes,
        },
    )
    return plain


def _told(cost: object) -> Cost | None:
    """What the service said that the job cost, if that can be."""
    try:
        told = Cost.model_validate(cost)
    except ValidationError:
        return None
    return told if told.is_believable else None


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start)
