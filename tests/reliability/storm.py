"""Whole jobs at services whose replies are spoilt, until the services are mended."""

from __future__ import annotations

import json
import logging
import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from reliability.odd_replies import Reply, spoilt
from reliability.questions import UNSHOWN, texts_in
from reliability.verdict import carries
from rushes import JobState, VideoGen
from rushes.journal import ENDED
from support.between import Between
from support.timings import BRIEF
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from emulators.emulator import Emulator
    from rushes import Job
    from rushes.engine.tracking import Progress
    from rushes.journal import JobRecord
    from support.services import Service

HASTY = replace(BRIEF, look_up=0.02, retry=0.01, retry_most=0.05, forgotten=0.4)

UNFORESEEN = re.compile(r"\w+ while (sending(?! to)|asking|looking it up|its )")
"""What the log says of an exception that no part of rushes expected."""

AT_REST = (*ENDED, JobState.UNCERTAIN)

SHARE = 0.6
"""Of the replies that are spoilt."""

TROUBLES = (301, 408, 500, 503)
"""HTTP statuses of some replies, which say nothing of a job."""

BLIND = frozenset({"runway"})
"""Services at which jobs cannot be looked up: one whose id was garbled is lost."""

MENDED_AFTER = 8.0
"""Seconds after which a service is mended, if jobs are still not at rest."""

LONGEST = 120.0
"""Seconds that jobs may take in all; a job that takes longer counts as one without an end."""


@dataclass
class Storm:
    """What became of a number of jobs.

    Attributes:
        service: where they were made.
        jobs: how many there were.
        replies: of the service; of them so many were spoilt.
        spoilt: see above.
        ends: how many jobs are in which state.
        endless: jobs that came to no end.
        unforeseen: exceptions that no part of rushes expected.
        implausible: values that were believed, and cannot be.
        twice: jobs that the service has beyond those that were asked for.
        lost: jobs that the service has, and that no record names or leaves to its user, because
            the id and several look-ups were garbled.
        unfetched: jobs that failed here, are done at the service, and could not be fetched.
        fetched: jobs that failed here, and were fetched once the service was mended.
    """

    service: str
    jobs: int = 0
    replies: int = 0
    spoilt: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    endless: list[str] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    implausible: list[str] = field(default_factory=list)
    twice: int = 0
    lost: int = 0
    unfetched: list[str] = field(default_factory=list)
    fetched: int = 0

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        more = [f"{self.service} has {self.twice} jobs too many"] if self.twice else []
        return [*self.endless, *self.unforeseen, *self.implausible, *self.unfetched, *more]


class Spoiling(Between):
    """Passes on what a service answers, some of it spoilt.

    Attributes:
        share: of the replies that are spoilt.
        replies: how many there were.
        spoilt: how many of them were spoilt.
    """

    def __init__(self, seed: int, share: float) -> None:
        self._die = Random(seed)
        self.share = share
        self.replies = self.spoilt = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.line.handle_async_request(request)
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/event-stream"):
            response.stream = _Events(self, response.stream)
            return response
        content = await response.aread()
        await response.aclose()
        content, status = self.passed_on(content), response.status_code
        if self.share and self._die.random() < 0.05:
            status = self._die.choice(TROUBLES)
        return httpx.Response(status, headers={"content-type": kind}, content=content)

    def passed_on(self, content: bytes) -> bytes:
        """What becomes of the content of a reply."""
        self.replies += 1
        if not content or self._die.random() >= self.share:
            return content
        self.spoilt += 1
        return spoilt(Reply(200, {}, content), self._die).content


class _Events(httpx.AsyncByteStream):
    """A stream of events, some of them spoilt."""

    def __init__(self, spoiling: Spoiling, stream: Any) -> None:
        self._spoiling, self._stream = spoiling, stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            name, colon, data = chunk.partition(b"data:")
            if colon and not name:
                yield b"data: " + self._spoiling.passed_on(data.strip()) + b"\n\n"
            else:
                yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class Overhearing(logging.Handler):
    """Notes what the log says of exceptions that nobody expected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unforeseen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.exc_info or UNFORESEEN.search(said):
            cause = repr(record.exc_info[1]) if record.exc_info else ""
            self.unforeseen.append(f"{said} {cause}"[:400])


def storm(service: Service, folder: Path, *, jobs: int, seed: int, share: float = SHARE) -> Storm:
    """Make jobs at an emulated service whose replies are spoilt, and judge what became of them.

    Args:
        service: the service.
        folder: for journal and library.
        jobs: how many are made, side by side.
        seed: of all that is drawn by lot.
        share: of the replies that are spoilt.
    """
    outcome, overhearing = Storm(str(service), jobs), Overhearing()
    settings: dict[str, Any] = {"run_seconds": (0.05, 0.3), "tiny_clips": True}
    log = logging.getLogger("rushes")
    log.addHandler(overhearing)
    try:
        with service.emulator(**settings) as emulator:
            spoiling = Spoiling(seed, share)
            lag = {"lag": 0.2} if service.lag else {}
            backend = spoiling.before(service.backend(emulator.urls, **lag))
            with VideoGen(
                backend, home=folder / "home", library=folder / "media", timing=HASTY
            ) as gen:
                unlisten = gen.engine.listen(partial(_judge_news, outcome))
                made = [gen.submit(service.request) for _ in range(jobs)]
                _settle(outcome, gen, made, spoiling, emulator)
                unlisten()
    finally:
        log.removeHandler(overhearing)
    outcome.unforeseen = overhearing.unforeseen
    outcome.replies, outcome.spoilt = spoiling.replies, spoiling.spoilt
    return outcome


def _settle(
    outcome: Storm, gen: VideoGen, made: list[Job], spoiling: Spoiling, emulator: Emulator[Any]
) -> None:
    """Wait until all jobs are at rest, mending the service when that takes long; judge them."""

    def all_rest() -> bool:
        return all(job.state in AT_REST for job in made)

    try:
        until(all_rest, MENDED_AFTER, pause=0.1)
    except TimeoutError:
        spoiling.share = 0.0
    try:
        until(all_rest, LONGEST, pause=0.1)
    except TimeoutError:
        waiting = [job for job in made if job.state not in AT_REST]
        outcome.endless = [f"{job.id} is {job.state}: {job.progress.text}" for job in waiting]
    spoiling.share = 0.0
    bought = {job.request_id for job in emulator.jobs}
    outcome.twice = max(0, len(bought) - len(made))
    records = [gen.engine.journal.get(job.id) for job in made]
    outcome.ends = Counter(str(record.state) for record in records)
    if outcome.service not in BLIND:
        unnamed = bought - {record.remote_id for record in records}
        outcome.lost = max(0, len(unnamed) - outcome.ends[JobState.UNCERTAIN])
    for record in records:
        outcome.implausible += [f"{record.id}: {fault}" for fault in _faults_of(record)]
        if record.state is JobState.FAILED and record.remote_id in bought:
            _fetch(outcome, gen, record.id, emulator)


def _fetch(outcome: Storm, gen: VideoGen, job_id: str, emulator: Emulator[Any]) -> None:
    """A job that failed here and is done at its service must be had by asking again."""
    job = gen.job(job_id)
    if not job.look_again():
        there = next(each for each in emulator.jobs if each.request_id == job_id_there(gen, job_id))
        if there.failure is None:
            outcome.unfetched.append(f"{job_id}: {gen.engine.journal.get(job_id).error}")
        return
    state = gen.engine.wait(job_id).result(60.0).state
    if state is JobState.COMPLETED:
        outcome.fetched += 1
    else:
        outcome.unfetched.append(f"{job_id} is {state} though its service has it")


def job_id_there(gen: VideoGen, job_id: str) -> str | None:
    """The service's id of a job."""
    return gen.engine.journal.get(job_id).remote_id


def _faults_of(record: JobRecord) -> Iterator[str]:
    """What is on record of a job and cannot be."""
    plain = {
        "remote": record.remote,
        "output": None if record.output is None else vars_of(record.output),
        "result": record.result,
        "error": None if record.error is None else vars_of(record.error),
        "notes": list(record.notes),
    }
    try:
        json.dumps(plain, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError) as error:
        yield f"cannot be written as JSON: {error!r:.200}"
    if any(map(UNSHOWN.search, texts_in(plain))):
        yield f"has text that cannot be shown: {plain!r:.300}"
    result = record.result or {}
    cost = (result.get("cost") or {}).get("amount", 0.0)
    if isinstance(cost, bool) or not (math.isfinite(cost) and 0 <= cost < 1e6):
        yield f"costs {cost!r}"
    seed = result.get("seed", 0)
    if isinstance(seed, bool) or not 0 <= seed <= 2**63:
        yield f"has seed {seed!r}"
    if record.state is JobState.COMPLETED and not carries(
        Path(result["path"]), record.remote_id or ""
    ):
        yield "has the video of another job"


def vars_of(value: Any) -> dict[str, Any]:
    """The fields of a record's part as plain JSON."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _judge_news(outcome: Storm, news: list[tuple[JobRecord, Progress]]) -> None:
    for _, how in news:
        _judge_progress(outcome, how)


def _judge_progress(outcome: Storm, how: Progress) -> None:
    is_placed = how.position is None or 0 <= how.position <= 10**6
    is_share = how.fraction is None or 0 <= how.fraction <= 1
    if not (is_placed and is_share) or UNSHOWN.search(how.text):
        outcome.implausible.append(f"progress {how!r:.300}")
