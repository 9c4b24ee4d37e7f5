"""Jobs of an emulated ComfyUI: one worker, and a queue, a history and a cache in memory only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.clips import ClipSpec
from emulators.comfyui_nodes import CLASSES, frames_and_size
from emulators.jobs import Failure, Job, JobLine, JobStatus
from emulators.service import Service
from emulators.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.faults import Fault

    Json = dict[str, Any]

OUT_OF_MEMORY = (
    "Allocation on device 0 would exceed allowed memory. (out of memory)\n"
    "This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before "
    "you might have accidentally set the batch_size to a large number."
)
INTERRUPTED = Failure(200, {}, "interrupted")


@dataclass
class ComfySettings(Settings):
    """Settings of one emulated ComfyUI. With `keys` it is behind a proxy that asks for one.

    Attributes:
        save_seconds: how long the end of a job takes, in which its file is there but not whole,
            and an interrupt comes too late.
        step_seconds: seconds between two looks of the socket at the jobs.
        has_jobs: whether it has the routes of jobs, which came after 0.5.1.
        has_cancel: whether it has the route that cancels a job, which came after 0.25.0.
        classes: the nodes that it has.
        version: as it reports it.
    """

    save_seconds: float = 0.0
    step_seconds: float = 0.02
    has_jobs: bool = True
    has_cancel: bool = True
    classes: dict[str, Any] = field(default_factory=lambda: dict(CLASSES))
    version: str = "0.33.0"


@dataclass(kw_only=True)
class ComfyJob(Job):
    """One entry of the queue or the history.

    Attributes:
        number: its place in the order of submission.
        client_id: whose socket gets its messages.
        extra: what was sent beside the graph.
        targets: the output nodes that run.
        files: by output node, folder and name of its file.
        cached: whether all of it came from the cache.
        boot: the server's process that took it.
        deleted: whether it was deleted from the queue.
    """

    number: int
    client_id: str | None
    extra: Json
    targets: list[str]
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    cached: bool = False
    boot: int = 0
    deleted: bool = False

    @property
    def graph(self) -> Json:
        """The graph as it was sent."""
        found: Json = self.input
        return found

    def word(self, now: float) -> str:
        """Its state as `/api/jobs` names it."""
        status = self.status(now)
        if status is not JobStatus.COMPLETED:
            return "pending" if status is JobStatus.IN_QUEUE else "in_progress"
        if self.failure is None:
            return "completed"
        return "cancelled" if self.cancelled else "failed"


class ComfyService(Service):
    """Queue, history, cache and files of the server."""

    settings: ComfySettings

    def __init__(self, settings: ComfySettings, close_connection: Any) -> None:
        super().__init__(settings, close_connection)
        self.line = JobLine(1)
        self.boot = 0
        self.number = 0
        self.entries: list[ComfyJob] = []
        self.inputs: dict[tuple[str, str], bytes] = {}
        self.torn: set[tuple[str, str]] = set()

    def restart(self) -> None:
        """End the server's process and start another one: queue, history and cache are gone."""
        now = self.clock.now()
        for job in self.known():
            if job.word(now) == "in_progress":
                if self.saves_at(job) <= now:
                    self.torn.update(job.files.values())
                job.done_at = now
                job.failure = INTERRUPTED
        self.boot += 1
        self.number = 0
        self.line = JobLine(1)

    def known(self) -> list[ComfyJob]:
        """The jobs that this process of the server knows."""
        return [job for job in self.entries if job.boot == self.boot and not job.deleted]

    def find(self, prompt_id: str) -> ComfyJob | None:
        """The latest job of an id."""
        found = [job for job in self.known() if job.request_id == prompt_id]
        return found[-1] if found else None

    def accept(
        self, prompt_id: str, graph: Json, targets: list[str], body: Json, struck: Fault | None
    ) -> ComfyJob:
        """Take a job; the same id again is another job."""
        now = self.clock.now()
        key = json.dumps(graph, sort_keys=True)
        earlier = next(
            (
                job
                for job in self.known()
                if job.word(now) == "completed" and json.dumps(job.graph, sort_keys=True) == key
            ),
            None,
        )
        width, height, frames, fps = frames_and_size(graph)
        job = ComfyJob(
            request_id=prompt_id,
            endpoint="prompt",
            input=graph,
            headers={},
            accepted_at=now,
            ready_at=now + self.draw(self.settings.queue_seconds, "prompt", graph),
            run_seconds=0.0 if earlier else self.draw(self.settings.run_seconds, "prompt", graph),
            clip=ClipSpec(
                width - width % 2, height - height % 2, max(1, round(frames / fps)), audio=False
            ),
            seed=0,
            number=self.number,
            client_id=body.get("client_id"),
            extra=dict(body.get("extra_data") or {}),
            targets=targets,
            cached=earlier is not None,
            boot=self.boot,
        )
        self.number += 1
        if struck is not None:
            words = OUT_OF_MEMORY if "Memory" in (struck.error_type or "") else "It went wrong."
            job.failure = Failure(200, {"message": words}, struck.error_type)
        job.files = earlier.files if earlier else self._files(graph, targets)
        self.line.add(job)
        self.entries.append(job)
        again = sum(each.request_id == prompt_id for each in self.entries)
        self.ledger.jobs[prompt_id if again == 1 else f"{prompt_id}#{again}"] = job
        return job

    def cancel(self, job: ComfyJob) -> bool:
        """Cancel a job that has not ended; a pending one leaves no trace."""
        now = self.clock.now()
        word = job.word(now)
        if word == "pending":
            job.deleted = True
            job.cancel(now, INTERRUPTED)
        elif word == "in_progress":
            if self.saves_at(job) > now:
                job.cancel(now, INTERRUPTED)
        else:
            return False
        self.line.reschedule(now)
        return True

    def saves_at(self, job: ComfyJob) -> float:
        """When its file begins to be there."""
        return max(job.start_at, job.done_at - self.settings.save_seconds)

    async def output(self, folder: str, name: str) -> bytes | None:
        """What is in an output file now; None if there is none."""
        now = self.clock.now()
        for job in self.entries:
            if (folder, name) not in job.files.values() or job.never_started:
                continue
            is_torn = (folder, name) in self.torn
            if not is_torn and (now < self.saves_at(job) or job.failure is not None):
                continue
            data = await self.video(job)
            return data[: len(data) // 2] if is_torn or now < job.done_at else data
        return None

    def has_input(self, name: str) -> bool:
        """Whether a file was uploaded; in a graph it is named with its folder."""
        folder, _, plain = str(name).rpartition("/")
        return (folder, plain) in self.inputs

    def _files(self, graph: Json, targets: list[str]) -> dict[str, tuple[str, str]]:
        taken = {name for job in self.entries for name in job.files.values()}
        found: dict[str, tuple[str, str]] = {}
        for node_id in targets:
            if graph[node_id]["class_type"] != "SaveVideo":
                continue
            folder, _, prefix = graph[node_id]["inputs"]["filename_prefix"].rpartition("/")
            count = 1
            while (folder, f"{prefix}_{count:05}_.mp4") in taken:
                count += 1
            found[node_id] = folder, f"{prefix}_{count:05}_.mp4"
        return found


# --- what the server says of a job ----------------------------------------------------------------


def outputs_of(job: ComfyJob) -> Json:
    """By output node, what it gave."""
    said: Json = {}
    for node_id in job.targets:
        if node_id in job.files:
            folder, name = job.files[node_id]
            entry = {"filename": name, "subfolder": folder, "type": "output"}
            said[node_id] = {"images": [entry], "animated": [True]}
        else:
            said[node_id] = {"text": ["..."]}
    return said


def error_of(job: ComfyJob) -> Json:
    """What `/api/jobs` and the history say about a failure."""
    assert job.failure is not None
    node_id = failing_node(job)
    return {
        "prompt_id": job.request_id,
        "node_id": node_id,
        "node_type": job.graph[node_id]["class_type"],
        "executed": [],
        "exception_message": job.failure.body.get("message", ""),
        "exception_type": job.failure.error_type,
        "traceback": ['  File "/opt/ComfyUI/execution.py", line 515, in execute\n'],
        "current_inputs": {"text": ["the prompt"]},
        "timestamp": round(job.done_at * 1000),
    }


def failing_node(job: ComfyJob) -> str:
    """The node that a failing job fails in: the sampler, or the last before it is saved."""
    kinds = {node_id: node["class_type"] for node_id, node in job.graph.items()}
    return next(
        (node_id for node_id, kind in kinds.items() if kind in ("KSampler", "EmptyImage")),
        next(iter(kinds)),
    )


def events_of(job: ComfyJob, saves_at: float) -> Iterator[tuple[float, str, Json]]:
    """The messages about a job, each with its time."""
    named: Json = {"prompt_id": job.request_id}
    yield job.start_at, "execution_start", named
    yield job.start_at, "execution_cached", {"nodes": [], **named}
    nodes = list(job.graph)
    each = max(0.0, saves_at - job.start_at) / len(nodes)
    states: Json = {}
    for place, node_id in enumerate(nodes):
        at = job.start_at + place * each
        if at > job.done_at:
            break
        inputs = job.graph[node_id]["inputs"]
        states[node_id] = {"value": 0.0, "max": 1.0, "state": "running", "node_id": node_id}
        yield at, "progress_state", {"nodes": dict(states), **named}
        yield at, "executing", {"node": node_id, "display_node": node_id, **named}
        steps = inputs.get("steps", 0)
        for step in range(1, steps + 1):
            when = at + each * step / (steps + 1)
            yield when, "progress", {"value": step, "max": steps, "node": node_id, **named}
        if node_id in job.targets:
            out = outputs_of(job)[node_id]
            yield at + each, "executed", {"node": node_id, "output": out, **named}
        states[node_id] = states[node_id] | {"value": 1.0, "state": "finished"}
    if job.failure is None:
        yield job.done_at, "execution_success", named
    elif job.cancelled:
        yield job.done_at, "execution_interrupted", named
    else:
        yield job.done_at, "execution_error", error_of(job)
    yield job.done_at, "executing", {"node": None, **named}
