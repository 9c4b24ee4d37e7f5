"""Whose take an input is: the parent of the job that is made from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rushes.contract.errors import MediaError
from rushes.media.inputs import path_of
from rushes.media.sidecar import facts_beside


def origin_of(value: Any) -> str | None:
    """The id of the job that made a take, given as such or by its path; None if it is not a take.

    The sidecar beside the file says it, and also which file it is for.
    """
    known = getattr(value, "job_id", None)
    if isinstance(known, str):
        return known
    try:
        path = _path(getattr(value, "path", value))
        result = None if path is None else facts_beside(path)[0]
    except (MediaError, OSError, ValueError):
        return None
    return None if result is None else result.job_id


def _path(value: Any) -> Path | None:
    if isinstance(value, str):
        return path_of(value)
    return Path(value).expanduser().absolute() if isinstance(value, os.PathLike) else None
