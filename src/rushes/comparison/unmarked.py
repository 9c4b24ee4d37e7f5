"""Takes of the preview without their provider's name in the picture, for blind votes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.catalog.media import places_in
from rushes.comparison.naming import providers
from rushes.contract.errors import RushesError
from rushes.contract.params import is_local
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rushes.comparison.entry import Entry
    from rushes.contract.params import VideoGenParams

PATIENCE = 90.0
"""Seconds for the rendering: a take of the preview needs a few, and others may be in line."""

POLL = 0.1
"""Seconds between two checks of the job's folder."""


def can_be_unmarked(
    backend: str | None, seed: int | None, params: Mapping[str, Any], media: Iterable[str]
) -> bool:
    """Whether a take is of the preview, and can be rendered without its provider's name.

    Args:
        backend: that made it.
        seed: that was chosen for it.
        params: its request, as it was made or in the contract's camelCase.
        media: names of the parameters that are files.
    """
    if backend != "preview" or seed is None:
        return False
    files = [item for name in media for _, item in places_in(params, name)]
    if not files:
        # A sidecar does not have the files of its request.
        spec = providers().get(str(params.get("provider")))
        return spec is not None and not spec.needs_media(str(params.get("mode")))
    return all(isinstance(item, str) and is_local(item) and Path(item).is_file() for item in files)


def unmarked(entry: Entry) -> Path:
    """Render a take of the preview once more, with the same frames and nothing written on them.

    The file stays in the preview's own folder for a day. Call this in a thread: it takes a while.

    Args:
        entry: the take.

    Raises:
        RushesError: if its inputs are not on this machine, or it cannot be rendered.
    """
    from rushes.backends.preview import PreviewBackend  # noqa: PLC0415 - few comparisons need it

    params = _with_seed(entry)
    spec = providers().get(params.provider)
    if spec is None:
        msg = f"The provider of {entry.label} is not known, so it keeps its marks."
        raise RushesError(msg)
    backend = PreviewBackend.from_environment({}, Folders.find().home)
    job = backend.unmarked(params, spec)
    if job is None:
        msg = f"The inputs of {entry.label} are not on this machine, so it keeps its marks."
        raise RushesError(msg)
    until = time.monotonic() + PATIENCE
    while not job.has_ended and time.monotonic() < until:
        time.sleep(POLL)
    if not job.video.exists():
        why = job.read(job.error_file).get("message", f"not ready after {PATIENCE:.0f} s")
        msg = f"{entry.label} could not be rendered without marks: {why}. Vote with marks instead."
        raise RushesError(msg)
    return job.video


def _with_seed(entry: Entry) -> VideoGenParams:
    """The request with the seed that was chosen for it."""
    result = entry.result
    if entry.params is None or result is None or result.backend != "preview":
        msg = f"{entry.label} is not a take of the preview whose request is known."
        raise RushesError(msg)
    return entry.params.model_copy(update={"seed": result.seed})
