"""Rounds of jobs whose workers are killed, put to sleep, or lied to about the time."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, Self

from reliability.clock import STEPS, set_clock
from reliability.service_process import ServiceProcess
from reliability.verdict import Verdict, judge
from reliability.worker import Workplace, start, work
from rushes.backends.protocol import Limits
from rushes.catalog import Catalog
from rushes.contract.params import VideoGenParams
from rushes.engine import Timing
from rushes.journal import UNFINISHED, JobRecord, JobState, Journal, SqliteJournal
from rushes.journal.draft import Draft
from support.services import BY_NAME
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

MEMORY = Path("/dev/shm")
"""Linux's file system in memory."""

FINAL = "final"
"""The mode of jobs that render a draft in full."""

CATALOG = Catalog.load()

KILL_EVERY = (0.25, 1.6)
"""Seconds between two kills, drawn evenly."""

SLEEP_AFTER = (0.02, 0.5)
"""Seconds between handing in jobs and putting a worker to sleep, so that some of them are being
sent in that moment."""

PATIENCE = 150.0
"""Seconds within which one more job must come to its end once nobody is disturbed any more."""

QUICK = Timing(
    lease=0.6,
    heartbeat=0.15,
    submit_guard=0.5,
    submit_deadline=2.0,
    look_up=0.3,
    retry=0.1,
    retry_most=1.0,
    forgotten=30.0,
    watch=0.2,
)
"""A worker lives for a second here, so another one must take over in less."""

DROWSY = replace(QUICK, lease=1.0, heartbeat=0.2, submit_guard=0.4, submit_deadline=0.8)
"""For workers that sleep: its deadlines are short, so that a sleep can outlast them all."""

CALM = replace(
    QUICK, lease=3.0, heartbeat=0.5, submit_guard=3.0, submit_deadline=5.0, forgotten=60.0
)
"""For those who do the rest in the end, on a machine that may be busy with other things."""

Act = Literal["kill", "stop", "step"]
"""SIGKILL; SIGSTOP, and SIGCONT later; a wall clock that is set, for all workers."""

Disturbance = Literal["kill", "stop", "storm"]

STORM: tuple[Act, ...] = ("kill", "kill", "kill", "stop", "step", "step")
"""Of which each disturbance of a storm is one, drawn evenly."""


@dataclass(frozen=True)
class Combination:
    """One kind of round.

    Attributes:
        provider: Seedance carries the attempt's token in a free field; Kling has none, so its
            requests are told apart by what they ask for.
        history: whether the key may read the service's history; without it a job whose reply
            was lost stays uncertain.
        workers: processes on the one journal.
        disturbance: what happens to them: kills, stops, or all kinds in any order.
        alike: jobs that ask for exactly the same.
        service: who runs them.
        mode: what they ask for; other modes than text-to-video start from a video, and `FINAL`
            from a draft, which nobody disturbs.
    """

    provider: str
    history: bool
    workers: int
    disturbance: Disturbance = "kill"
    alike: int = 1
    service: str = "fal"
    mode: str = "text-to-video"

    def __str__(self) -> str:
        return "-".join(
            (
                self.service,
                self.provider,
                "history" if self.history else "blind",
                f"{self.workers}w",
                *(("alike",) if self.alike > 1 else ()),
                self.disturbance,
            )
        )

    @property
    def timing(self) -> Timing:
        """The workers' times."""
        return QUICK if self.disturbance == "kill" else DROWSY


@dataclass
class Tally:
    """What the rounds of a combination came to.

    Attributes:
        combination: which.
        rounds: how many.
        acts: kills, stops and steps of the clock, by kind.
        seconds: time they took, one after the other.
        verdict: what became of the jobs.
    """

    combination: Combination
    rounds: int = 0
    acts: Counter[Act] = field(default_factory=Counter)
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.combination,
            self.rounds + other.rounds,
            self.acts + other.acts,
            self.seconds + other.seconds,
            self.verdict + other.verdict,
        )


class Crew:
    """Worker processes that are replaced as soon as they are killed."""

    def __init__(
        self,
        place: Workplace,
        size: int,
        dice: random.Random,
        task: Callable[[Workplace], object] = work,
    ) -> None:
        self._place = place
        self._task = task
        self._size = size
        self._dice = dice
        self._workers: list[ForkServerProcess] = []

    def __enter__(self) -> Self:
        self._workers = [start(self._task, self._place) for _ in range(self._size)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()

    def kill_one(self) -> None:
        """Kill a worker and start another in its place."""
        index = self._dice.randrange(self._size)
        worker = self._workers[index]
        assert worker.is_alive(), f"a worker ended by itself, with {worker.exitcode}"
        worker.kill()
        worker.join()
        self._workers[index] = start(self._task, self._place)

    def relieve(self, timing: Timing) -> None:
        """Kill all workers, and let others with other times do the rest."""
        self.__exit__()
        self._place = replace(self._place, timing=timing)
        self.__enter__()

    def stop_one(self, seconds: float) -> None:
        """Put a worker to sleep for a while."""
        worker = self._dice.choice(self._workers)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(worker.pid, signal.SIGCONT)


def run_in_memory(combination: Combination, kept: Path, **wishes: Any) -> Tally:
    """Run a round on a file system in memory, where there is one.

    A killed process loses nothing of what it gave to the system, so a disk would prove no more;
    but on a busy one a single commit can take longer than the leases here last.

    Args:
        combination: which kind of round.
        kept: where to put what a round leaves that lost a job or bought one twice.
        wishes: for `run_round`.
    """
    with TemporaryDirectory(prefix="rushes-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        tally = run_round(combination, Path(folder), **wishes)
        if tally.verdict.lost or tally.verdict.twice:
            shutil.copytree(folder, kept, dirs_exist_ok=True)
    return tally


def run_round(
    combination: Combination, folder: Path, *, disturbances: int, jobs: int = 50, seed: int = 0
) -> Tally:
    """Have jobs made while their workers are disturbed, then let them end; judge all of it.

    Args:
        combination: which kind of round.
        folder: an empty folder for the journal and the library.
        disturbances: how many.
        jobs: how many; they are handed in between the disturbances.
        seed: of all that is drawn by lot here.
    """
    began = time.monotonic()
    dice = random.Random(f"{combination} {seed}")
    settings: dict[str, Any] = {
        "accept_delay": (0.0, 0.15),
        "answer_delay": (0.0, 0.15),
        "run_seconds": (1.0, 5.0),
        "tiny_clips": True,
        "log_requests": False,
        "faults": [{"kind": "slow_body", "seconds": (0.0, 0.4), "seed": seed}],
        "seed": seed,
    }
    service = BY_NAME[combination.service]
    if service.lag is not None:
        settings[service.lag] = 0.3
    if not combination.history:
        settings |= service.blind
    with ServiceProcess(service.module, **settings) as process:
        place = Workplace.at(
            process.urls,
            folder,
            service=service.name,
            timing=combination.timing,
            # So slow that a worker is sending nearly all of the time.
            limits=Limits(submits=4, submits_per_second=8.0),
            # A lost attempt is looked for from `hold_submitting` on; this leaves some looks.
            lag=3.0,
        )
        if combination.disturbance == "storm":
            place = replace(place, clock=folder / "clock")
            set_clock(folder / "clock", 0.0)
        acts = Counter[Act]()
        desk = SqliteJournal(place.home)
        wanted = list[str]()
        try:
            drafts = _drafted(desk, place, combination, jobs // 2)
            jobs -= len(drafts)
            with Crew(place, combination.workers, dice) as crew:
                for number in range(disturbances):
                    count = jobs * (number + 1) // disturbances
                    _hand_in(desk, place, combination, count, wanted, drafts=drafts)
                    act = _act(combination, dice)
                    acts[act] += 1
                    _disturb(crew, act, place, dice)
                crew.relieve(CALM)
                let_end(desk)
            verdict = judge(
                desk.select(),
                process.ledger()["jobs"],
                wanted=[*(draft.id for draft in drafts), *wanted],
                handed_out=desk.drain(),
                overdue=combination.timing.submit_guard + combination.timing.submit_deadline,
            )
        finally:
            desk.close()
    return Tally(combination, 1, acts, time.monotonic() - began, verdict)


def _drafted(
    desk: SqliteJournal, place: Workplace, combination: Combination, count: int
) -> list[JobRecord]:
    """Finished drafts, if that is what the jobs start from."""
    if combination.mode != FINAL:
        return []
    made = []
    for number in range(count):
        params = VideoGenParams(
            provider=combination.provider,
            mode="text-to-video",
            prompt=f"draft {number}",
            draft=True,
        )
        record = JobRecord.new(params, backend=combination.service, folder=str(place.library))
        made.append(desk.add(record).id)
    with Crew(replace(place, timing=CALM), 1, random.Random(0)):
        let_end(desk)
    drafts = [desk.get(job_id) for job_id in made]
    assert all(draft.state is JobState.COMPLETED for draft in drafts)
    return drafts


def _hand_in(
    desk: SqliteJournal,
    place: Workplace,
    combination: Combination,
    until_count: int,
    wanted: list[str],
    *,
    drafts: list[JobRecord],
) -> None:
    """Put jobs on record; the desk has no lease, so any worker takes them."""
    for number in range(len(wanted), until_count):
        if drafts:
            # Each is asked for twice, as by two kernels.
            request = Draft.of(drafts[number], CATALOG).request({})
            finals = [
                desk.add(
                    JobRecord.new(
                        VideoGenParams(**request),
                        backend=combination.service,
                        folder=str(place.library),
                    )
                )
                for _ in range(2)
            ]
            assert finals[0].id == finals[1].id
            wanted.append(finals[0].id)
            continue
        ref = f"take {number // combination.alike}"
        is_from_video = combination.mode != "text-to-video"
        video = {"video_url": "https://media.example/take.mp4"} if is_from_video else {}
        params = VideoGenParams(
            provider=combination.provider,
            mode=combination.mode,
            prompt=ref,
            client_ref=ref,
            **video,
        )
        record = JobRecord.new(params, backend=combination.service, folder=str(place.library))
        wanted.append(desk.add(record).id)


def _act(combination: Combination, dice: random.Random) -> Act:
    return dice.choice(STORM) if combination.disturbance == "storm" else combination.disturbance


def _disturb(crew: Crew, act: Act, place: Workplace, dice: random.Random) -> None:
    if act == "kill":
        time.sleep(dice.uniform(*KILL_EVERY))
        crew.kill_one()
        return
    if act == "step":
        assert place.clock is not None
        time.sleep(dice.uniform(*SLEEP_AFTER))
        set_clock(place.clock, dice.choice((0.0, *STEPS)))
        return
    timing = place.timing
    time.sleep(dice.uniform(*SLEEP_AFTER))
    # Longer than the lease and the guard; every other time also longer than anybody waits
    # before looking for the request that was being sent.
    least = timing.lease + timing.submit_guard
    longest = timing.hold_submitting + 2.0 if dice.random() < 0.5 else 2 * least
    crew.stop_one(dice.uniform(least, longest))


def let_end(desk: Journal) -> None:
    """Wait until no job has a next step; a round that hangs is judged as it stands."""

    def unfinished() -> int:
        return len(desk.select(states=UNFINISHED))

    with contextlib.suppress(TimeoutError):
        while left := unfinished():
            until(lambda before=left: unfinished() < before, PATIENCE, pause=0.1)
