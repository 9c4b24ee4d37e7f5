"""What a gateway keeps of a person's jobs: labels that are sent with them, and the list of all."""

from __future__ import annotations

import base64
import json
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rushes.backends import reply
from rushes.backends.protocol import KeptJob
from rushes.contract.errors import BackendUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = "label"
"""The member of an attempt's request that has its label."""

HEADER = "Rushes-Label"

LONGEST = 4096
"""Characters of the header; servers take 8 kB for all headers together."""

STATUSES = frozenset({"queued", "running", "completed", "failed"})


def heading(request: Mapping[str, Any]) -> dict[str, str]:
    """The header with the label of an attempt; none if it has no label, or one that is too long."""
    label = request.get(LABEL)
    if not label:
        return {}
    text = json.dumps(label, separators=(",", ":"))
    encoded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return {HEADER: encoded} if len(encoded) <= LONGEST else {}


def page(body: Mapping[str, Any]) -> tuple[list[KeptJob], str | None]:
    """Jobs of a gateway's list, and what its next page begins after.

    Raises:
        BackendUnavailable: when an entry cannot be read: the job might be lost by leaving it out.
    """
    listed = body.get("jobs")
    if not isinstance(listed, list):
        msg = "The gateway's list of jobs cannot be read."
        raise BackendUnavailable(msg)
    jobs = [_job(entry) for entry in reply.items(listed)]
    if None in jobs or len(jobs) < len(listed):
        msg = "The gateway's list has entries that are not jobs with an id, a time and params."
        raise BackendUnavailable(msg)
    return [job for job in jobs if job is not None], reply.text(body.get("cursor"), most=200)


def _job(entry: Mapping[str, Any]) -> KeptJob | None:
    job_id, status = reply.identity(entry.get("jobId")), entry.get("status")
    params, at = entry.get("params"), _seconds(entry.get("createdAt"))
    if job_id is None or at is None or status not in STATUSES or not isinstance(params, dict):
        return None
    label = reply.part(entry.get("label"))
    return KeptJob(job_id, reply.plain(params), created_at=at, status=str(status), label=label)


def _seconds(text: object) -> float | None:
    """Unix seconds of a time in ISO 8601."""
    try:
        found = datetime.fromisoformat(text).timestamp() if isinstance(text, str) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found < math.inf else None
