"""A job as the page shows it: plain JSON, described in docs/reference/widget-protocol.md."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

from rushes.catalog.drafts import PARAMETER
from rushes.comparison.naming import facts, facts_of, price
from rushes.comparison.unmarked import can_be_unmarked
from rushes.contract.error_json import location
from rushes.contract.errors import InvalidParams, JournalError
from rushes.contract.params import VideoGenParams
from rushes.contract.spelling import to_camel
from rushes.io.folders import notebook_path
from rushes.journal import JobState
from rushes.journal.draft import Draft
from rushes.journal.vote import fingerprint
from rushes.media.found import relocated
from rushes.outcome import result_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rushes.catalog import Catalog, ProviderSpec
    from rushes.contract.marks import Marks
    from rushes.contract.results import Cost, VideoGenResult
    from rushes.engine import Progress
    from rushes.journal import JobRecord
    from rushes.media.found import Folder, Found
    from rushes.widgets import messages

PUSH_EVERY = 0.25
"""Seconds between two rounds of messages about what changes all the time."""

GONE = (
    "Its file is not where it was put. Move it back, or into the folder of this library: it is "
    "found there by its name."
)
"""A note on a finished take without a file."""

FIRST_BYTES = 80_000
"""JSON of the takes that a page gets to begin with; the others follow when it has greeted."""

BATCH_BYTES = 500_000
"""JSON of the other takes in one message; a twentieth of what closes a Jupyter connection."""

LONGEST_TEXT = 20_000
"""Characters of a text from a service or a user that are sent to the page."""


def take_of(
    job: JobRecord,
    progress: Progress,
    catalog: Catalog,
    folder: Folder | None = None,
    *,
    has_measures: bool = False,
) -> dict[str, Any]:
    """A job with all that a card needs.

    Args:
        job: the record.
        progress: how far it is.
        catalog: knows the provider's title, sizes and prices.
        folder: where its file is looked for if it was moved.
        has_measures: whether what was measured of it is wanted.
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
        "parent": job.parent,
        "marks": marks_of(job.marks),
    }
    if job.state is JobState.COMPLETED:
        try:
            result = result_of(job)
        except JournalError as error:
            take["error"] = {"code": error.code, "message": error.message}
        else:
            if folder is not None:
                result = relocated(result, job, (folder,))
            if has_measures:
                take |= measured(result.path)
            take |= finished(result) | _once_more(result, job.known_params, spec)
            take |= _draft(job, catalog)
            media = catalog.media_names(job.provider)
            if can_be_unmarked(job.backend, result.seed, job.params, media):
                take["unmarked"] = {"path": None, "url": None, "type": "video/mp4"}
            if result.path is not None and not result.path.exists():
                take["notes"].append(GONE)
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


def in_parts(takes: Iterable[tuple[dict[str, Any], int]]) -> Iterator[list[dict[str, Any]]]:
    """Takes, with the bytes of their JSON, as a page gets them: first some, then all others."""
    part: list[dict[str, Any]] = []
    size, most = 0, FIRST_BYTES
    for take, own in takes:
        if part and size + own > most:
            yield part
            part, size, most = [], 0, BATCH_BYTES
        part.append(take)
        size += own
    if part:
        yield part


def found_take(found: Found, catalog: Catalog) -> dict[str, Any]:
    """A take that is known by its files, as a card shows it. What its sidecar says is untrusted."""
    result, params = found.result, found.params
    spec = catalog.providers.get(result.provider)
    plain = params.to_json() if params else {"provider": result.provider, "mode": result.mode}
    take: dict[str, Any] = {
        "job": found.key,
        "found": True,
        "state": JobState.COMPLETED.value,
        "provider": result.provider,
        "providerTitle": spec.title if spec else result.provider,
        "mode": result.mode,
        "backend": result.backend,
        "prompt": result.prompt or "",
        "params": plain,
        # Its inputs are not known.
        "asked": [fingerprint(plain)[0], None],
        "createdAt": found.created_at,
        "notes": [],
        "parent": result.parent,
        "marks": marks_of(result.marks),
        **finished(result),
    }
    if params is not None:
        take |= _once_more(result, params, spec)
    return {name: value for name, value in take.items() if value is not None}


def measured(path: Path | None) -> dict[str, Any]:
    """What was measured of a video before, as the page gets it."""
    from rushes.explore.measuring import columns_of  # noqa: PLC0415 - few pages show it

    found = {} if path is None else columns_of(path)
    known = {name: value for name, value in found.items() if value is not None}
    return {"measures": known} if known else {}


def marks_of(marks: Marks) -> messages.take.Marks | None:
    """Marks as the page has them; None if there are none."""
    return plain_marks(marks) if marks else None


def plain_marks(marks: Marks) -> messages.take.Marks:
    """All marks, also where there are none."""
    return {
        "pick": marks.pick,
        "stars": marks.stars,
        "tags": list(marks.tags),
        "note": marks.note,
    }


def moving(job: JobRecord, progress: Progress) -> dict[str, Any]:
    """What changes of a take while it is being made."""
    return {
        "elapsed": _elapsed(job),
        "progress": {
            "text": progress.text[:LONGEST_TEXT],
            "fraction": progress.fraction,
            "estimated": progress.estimated,
            **({} if progress.position is None else {"position": progress.position}),
        },
    }


def _elapsed(job: JobRecord) -> float:
    # The clock may have been set back since.
    return round(max(0.0, (job.ended_at or time.time()) - job.created_at), 1)


def _once_more(
    result: VideoGenResult, params: VideoGenParams, spec: ProviderSpec | None
) -> dict[str, Any]:
    """What the same request costs once more, if that is not what it did cost."""
    if spec is None or result.backend is None:
        return {}
    cost = spec.estimate(params, result.backend)
    known = result.cost
    if cost is None or (known is not None and known.amount == cost.amount):
        return {}
    return {"again": cost_of(cost)}


def _draft(job: JobRecord, catalog: Catalog) -> dict[str, Any]:
    """What a draft can be rendered to, for how much and until when."""
    if job.params.get(PARAMETER) is not True:
        return {}
    try:
        draft = Draft.of(job, catalog)
        requests = [
            VideoGenParams.from_json(draft.request({"resolution": resolution}))
            for resolution in draft.finals
        ]
    except InvalidParams:
        return {}
    spec = catalog.providers[job.provider]
    finals = [
        {"resolution": params.resolution, "cost": cost_of(spec.estimate(params, job.backend))}
        for params in requests
    ]
    return {"draft": {"until": draft.until, "finals": finals}}


def _expected(job: JobRecord, spec: ProviderSpec | None) -> dict[str, Any]:
    """What is known of the video before there is one."""
    if spec is None:
        return {}
    pixels = spec.pixels_of(job.known_params)
    cost = spec.estimate(job.known_params, job.backend)
    seconds = spec.duration_of(job.known_params)
    seed = None if _ignores_seed(spec, job.backend) else job.known_params.seed
    return {
        "width": pixels[0] if pixels else None,
        "height": pixels[1] if pixels else None,
        "durationSeconds": seconds,
        "seed": seed,
        "cost": cost_of(cost),
        "facts": facts(pixels, seconds, seed=seed, cost=cost),
    }


def _ignores_seed(spec: ProviderSpec, backend: str) -> bool:
    offer = spec.backends.get(backend)
    return offer is not None and ("seed" in offer.ignores or "seed" in offer.refuses)


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


def cost_of(cost: Cost | None) -> messages.take.Cost | None:
    """An amount of money with its words; None when it cannot be one."""
    if cost is None or not cost.is_believable:
        return None
    plain = cost.model_dump(mode="json", by_alias=True, exclude_none=True)
    return cast("messages.take.Cost", plain | {"text": price(cost)})


def media(path: Path | None, url: str | None, kind: str) -> messages.take.MediaFile:
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
