"""Drafts of Seedance 2.5: what the emulated services that make them have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.clips import ClipSpec
from emulators.jobs import JobStatus

if TYPE_CHECKING:
    from emulators.jobs import Job

SIZES = {
    "480p": ((854, 480), (752, 560), (640, 640), (560, 752), (480, 854), (992, 432)),
    "720p": ((1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630)),
    "1080p": ((1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946)),
}
"""Width and height by resolution, in the order of `RATIOS`."""

RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")

LIFETIME = 7 * 86_400.0
"""Seconds after its acceptance for which a draft can be rendered in full."""


def is_draft(job: Job) -> bool:
    """Whether a job is a draft."""
    return isinstance(job.input, dict) and job.input.get("draft") is True


def can_be_rendered(job: Job | None, now: float) -> bool:
    """Whether a job is a finished draft that is not too old."""
    return (
        job is not None
        and is_draft(job)
        and job.failure is None
        and job.status(now) is JobStatus.COMPLETED
        and now < job.accepted_at + LIFETIME
    )


def in_full(job: Job) -> ClipSpec:
    """The video that a finished draft becomes."""
    assert job.clip is not None
    size = SIZES["1080p"][SIZES["480p"].index((job.clip.width, job.clip.height))]
    return ClipSpec(*size, job.clip.seconds, job.clip.audio)
