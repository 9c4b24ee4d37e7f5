"""What became of every job, by the journal, the service's ledger and the library together."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.journal import ENDED, JobRecord, JobState
from rushes.video import container

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


OPEN = frozenset({JobState.UNCERTAIN, JobState.SUBMITTING})
"""States in which a job may have been bought without a name for it."""


@dataclass
class Verdict:
    """What a number of jobs came to.

    Attributes:
        jobs: how many there were.
        completed: videos that are in the library, each that of its own request.
        uncertain: jobs that were handed to the user to decide.
        uncertain_bought: those of them that the service really has.
        adopted: jobs whose reply was lost and that were found at the service.
        lost: a sentence for each job that is neither completed nor uncertain, or whose file is
            missing, damaged or another job's, or whose news was not handed out.
        twice: a sentence for each request that the service took more than once, or that is paid
            for without any job that says so.
    """

    jobs: int = 0
    completed: int = 0
    uncertain: int = 0
    uncertain_bought: int = 0
    adopted: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            jobs=self.jobs + other.jobs,
            completed=self.completed + other.completed,
            uncertain=self.uncertain + other.uncertain,
            uncertain_bought=self.uncertain_bought + other.uncertain_bought,
            adopted=self.adopted + other.adopted,
            lost=self.lost + other.lost,
            twice=self.twice + other.twice,
        )


def judge(
    records: Sequence[JobRecord],
    accepted: Sequence[dict[str, Any]],
    *,
    wanted: Sequence[str],
    handed_out: Sequence[JobRecord] | None = None,
    overdue: float = float("inf"),
) -> Verdict:
    """Compare what was asked for with what was paid for and with what is there.

    Args:
        records: the whole journal.
        accepted: the jobs of the service's ledger.
        wanted: ids of the jobs that were asked for.
        handed_out: what was drained at the end; None when nobody drained.
        overdue: a job accepted so long after its intent was adopted, not answered for.
    """
    verdict = Verdict(jobs=len(wanted))
    accepted = list(_with_drafts(accepted))
    by_id = {record.id: record for record in records}
    bought = {job["request_id"]: job for job in accepted}
    verdict.lost += [f"{job_id} is not in the journal" for job_id in wanted if job_id not in by_id]
    for record in records:
        if record.state is JobState.UNCERTAIN:
            verdict.uncertain += 1
        elif fault := _fault(record, bought):
            verdict.lost.append(f"{record.id}: {fault}")
        else:
            verdict.completed += 1
        if record.running_at and record.running_at - (record.submit_at or 0.0) > overdue:
            verdict.adopted += 1
    if handed_out is not None:
        verdict.lost += _not_handed_out_once(records, handed_out)
    _compare_purchases(records, accepted, verdict)
    return verdict


def carries(video: Path, request_id: str) -> bool:
    """Whether a file is whole and is the video of that request, by its trailing box."""
    payload = request_id.encode()
    tail = struct.pack(">I4s", 8 + len(payload), b"free") + payload
    return container.is_whole(video) and video.read_bytes().endswith(tail)


def texts(value: Any) -> set[str]:
    """Every text in a request's body; each service has another place for the prompt."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    return set().union(*map(texts, value)) if isinstance(value, list) else set()


def _with_drafts(accepted: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The jobs of a ledger; one that names a draft is one of what the draft was asked for."""
    by_handle = {job["request_id"]: job for job in accepted}
    by_handle |= {f"draft-{name}": job for name, job in by_handle.items()}
    for job in accepted:
        named = texts(job["input"]) & by_handle.keys()
        yield job | {"input": by_handle[named.pop()]["input"]} if named else job


def _fault(record: JobRecord, bought: dict[str, dict[str, Any]]) -> str | None:
    """What is wrong with a job that ought to be completed; the service failed none."""
    if record.state is not JobState.COMPLETED:
        return f"it is {record.state}, with {record.error}"
    request = bought.get(record.remote_id or "")
    if request is None:
        return f"the service does not have {record.remote_id}"
    if record.params["prompt"] not in texts(request["input"]):
        return f"{record.remote_id} is another job's request"
    video = Path((record.result or {})["path"])
    if not video.exists():
        return f"{video} is missing"
    if not carries(video, request["request_id"]):
        return f"{video} is not the video of {record.remote_id}"
    return None


def _not_handed_out_once(
    records: Sequence[JobRecord], handed_out: Sequence[JobRecord]
) -> list[str]:
    counts = Counter(record.id for record in handed_out)
    return [
        f"{record.id}: its news was handed out {counts[record.id]} times"
        for record in records
        if record.state in ENDED and counts[record.id] != 1
    ]


def _compare_purchases(
    records: Sequence[JobRecord], accepted: Sequence[dict[str, Any]], verdict: Verdict
) -> None:
    """Match purchases with jobs by the prompt; jobs may share one on purpose."""
    asked, paid = defaultdict[str, list[JobRecord]](list), defaultdict[str, set[str]](set)
    for record in records:
        asked[record.params["prompt"]].append(record)
    for job in accepted:
        (prompt,) = asked.keys() & texts(job["input"])
        paid[prompt].add(job["request_id"])
    for prompt, requests in paid.items():
        jobs = asked[prompt]
        if len(requests) > len(jobs):
            verdict.twice.append(f"{prompt!r}: {len(jobs)} asked for, {len(requests)} bought")
        owned = {job.remote_id for job in jobs}
        unknown = len(requests - owned)
        doubted = sum(job.state in OPEN for job in jobs)
        if unknown > doubted:
            verdict.twice.append(
                f"{prompt!r}: {unknown} bought that no job has, {doubted} in doubt"
            )
        uncertain = sum(job.state is JobState.UNCERTAIN for job in jobs)
        verdict.uncertain_bought += min(unknown, uncertain)
