"""A gateway of several processes that are killed and stopped, and whose database goes away.

`python -m gateway.storm --jobs 1000` runs it for long, and prints a table.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from gateway.serving import APP
from reliability.kill import CALM
from reliability.service_process import ServiceProcess
from reliability.verdict import Verdict, judge
from reliability.worker import start
from rushes.backends.protocol import Limits
from rushes.gateway.app import create_app
from rushes.gateway.register import Register
from rushes.gateway.runtime import Runtime
from rushes.gateway.server import Server as HttpServer, listen
from rushes.gateway.settings import Settings
from rushes.gateway.worker import work
from rushes.journal import UNFINISHED, JobState, Unreachable, open_journal
from support.ports import free_port
from support.postgres import Server
from support.services import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerProcess

    from rushes.backends.protocol import Backend
    from rushes.gateway.callers import Caller

LIMITS = Limits(poll_floor=0.2, first_poll=0.2, polls=64, downloads=8)

SUBMITTING = 8
"""Threads that submit."""

PATIENCE = 240.0
"""Seconds within which all is done once nothing is disturbed any more."""

DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""The database is stopped as if the power had gone."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the processes of a gateway are; plain values, so it can be sent.

    Attributes:
        folder: of everything.
        journal: the address of the database.
        urls: of the emulated fal.
        parts: into how many lanes its jobs are divided.
        policy: a file with the rules.
        clock: none; the name that `reliability.worker.start` asks for.
    """

    folder: Path
    journal: str
    urls: dict[str, str]
    parts: int
    policy: Path | None = None
    clock: Path | None = None

    @property
    def home(self) -> Path:
        """The gateway's home."""
        return self.folder / "gateway"

    def settings(self, *, port: int = 0, answers_only: bool = False) -> Settings:
        """Those of one process."""
        return Settings(
            home=self.home,
            config=self.folder / "config",
            media=self.folder / "media",
            journal=self.journal,
            policy=self.policy,
            backend="fal",
            port=port,
            heartbeat=1.0,
            lanes=frozenset() if answers_only else None,
            divided=() if answers_only else (("fal", self.parts),),
        )

    def backends(self) -> list[Backend]:
        """The emulated service."""
        return [BY_NAME["fal"].backend(self.urls, limits=LIMITS, lag=1.0)]


def answer(site: Site, port: int) -> None:
    """Answer callers until killed, as soon as the database is there."""
    settings = site.settings(port=port, answers_only=True)
    while True:
        try:
            runtime = Runtime(settings, timing=CALM, backends=site.backends())
            break
        except Unreachable:
            time.sleep(0.2)
    app = create_app(settings, open_runtime=lambda _: runtime)
    HttpServer(settings, runtime, app).run(sockets=[listen(settings)])


def labour(site: Site) -> None:
    """Work on jobs until killed."""
    over = threading.Event()
    work(
        site.settings(),
        lambda _: None,
        lambda _: None,
        lambda _: None,
        timing=CALM,
        backends=site.backends(),
        ending=over,
    )


class Crew:
    """The processes of a gateway, each of which is replaced when it is killed.

    Args:
        site: where they work.
        workers: how many work.
        fronts: how many answer.
    """

    def __init__(self, site: Site, *, workers: int, fronts: int) -> None:
        self._site = site
        self.ports = [free_port() for _ in range(fronts)]
        self._members: dict[tuple[str, int], ForkServerProcess] = {}
        for number in range(workers):
            self._start(("worker", number))
        for port in self.ports:
            self._start(("front", port))

    def _start(self, name: tuple[str, int]) -> None:
        kind, number = name
        self._members[name] = (
            start(labour, self._site) if kind == "worker" else start(answer, self._site, number)
        )

    def disturb(self, die: random.Random, *, stop_for: float) -> str:
        """Kill or stop one of them; what was done."""
        name = die.choice(sorted(self._members))
        process = self._members[name]
        assert process.pid is not None
        if die.random() < 0.25:
            os.kill(process.pid, signal.SIGSTOP)
            wake = threading.Timer(stop_for, _continue, (process.pid,))
            wake.daemon = True
            wake.start()
            return f"stop {name[0]}"
        process.kill()
        process.join()
        self._start(name)
        return f"kill {name[0]}"

    def end(self) -> None:
        """Kill them all."""
        for process in self._members.values():
            process.kill()
            process.join()


def _continue(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return  # It was killed meanwhile.


class Desk:
    """Submits jobs as a stubborn client does: again and again until it is accepted.

    Args:
        ports: of the gateway's processes.
        token: who submits.
    """

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self._urls = [f"http://127.0.0.1:{port}" for port in ports]
        self._http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10.0)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def submit(self, number: int) -> None:
        """Submit a job; the same id names the same job, so a lost reply costs nothing."""
        params = {"provider": "seedance-2.0", "mode": "text-to-video", "prompt": prompt_of(number)}
        body = {"jobId": job_of(number), "params": params}
        self._until_it_answers("POST", f"/v1/videogen/{APP}/jobs", number, body)

    def ended(self, numbers: Sequence[int]) -> int:
        """How many of some jobs have ended, as the gateway says."""
        ids = ",".join(map(job_of, numbers))
        reply = self._until_it_answers("GET", f"/v1/jobs/{APP}?ids={ids}", numbers[0], None)
        return sum(job["status"] in ("completed", "failed") for job in reply.json()["jobs"])

    def _until_it_answers(
        self, method: str, path: str, number: int, body: object
    ) -> httpx.Response:
        while True:
            number += 1
            try:
                reply = self._http.request(
                    method, self._urls[number % len(self._urls)] + path, json=body
                )
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if reply.status_code < 500:
                reply.raise_for_status()
                return reply
            time.sleep(0.1)


def job_of(number: int) -> str:
    """The caller's id of a job."""
    return f"job-number-{number:06}"


def prompt_of(number: int) -> str:
    """What one job asks for."""
    return f"Fox number {number}"


@dataclass
class Outcome:
    """What a storm came to.

    Attributes:
        verdict: jobs that were lost, or bought twice.
        acts: how often what was done.
        seconds: how long it took.
        unnumbered: jobs whose ending is not in the caller's list of endings, or twice.
    """

    verdict: Verdict
    acts: Counter[str]
    seconds: float
    unnumbered: list[str] = field(default_factory=list)


def storm(
    folder: Path,
    *,
    jobs: int,
    workers: int = 3,
    fronts: int = 2,
    per_second: float = 8.0,
    every: float = 1.5,
    restarts: int = 2,
    seed: int = 1,
) -> Outcome:
    """Have a gateway make videos while its processes are killed and its database restarted.

    Args:
        folder: an empty one.
        jobs: how many are submitted, evenly over the storm.
        workers: processes that work.
        fronts: processes that answer.
        per_second: how many are submitted in a second.
        every: seconds between two disturbances.
        restarts: how often the database is stopped and started again.
        seed: of what is drawn at random.
    """
    die, acts, begun = random.Random(seed), Counter[str](), time.monotonic()
    server = Server.made(**DURABLE)
    server.start()
    crew: Crew | None = None
    desk: Desk | None = None
    service = ServiceProcess(
        BY_NAME["fal"].module,
        run_seconds=(0.5, 4.0),
        tiny_clips=True,
        answer_delay=(0.0, 0.1),
        log_requests=False,
    )
    try:
        with service as fal:
            site = Site(folder=folder, journal=server.url(), urls=fal.urls, parts=workers)
            register = Register(site.home, site.journal)
            token, entry = register.add_token("ada", app=APP)
            crew = Crew(site, workers=workers, fronts=fronts)
            desk = Desk(crew.ports, token)
            numbers, opened = range(jobs), time.monotonic()

            def submit(number: int, desk: Desk = desk) -> None:
                time.sleep(max(0.0, opened + number / per_second - time.monotonic()))
                desk.submit(number)

            with ThreadPoolExecutor(SUBMITTING) as threads:
                submitted = [threads.submit(submit, number) for number in numbers]
                done = 0
                while not all(each.done() for each in submitted) or done < restarts:
                    time.sleep(every)
                    acts[crew.disturb(die, stop_for=CALM.lease * 1.5)] += 1
                    share = sum(each.done() for each in submitted) / jobs
                    if done < restarts and share >= (done + 1) / (restarts + 1):
                        server.stop("immediate")
                        time.sleep(1.0)
                        server.start()
                        acts["database"] += 1
                        done += 1
                for each in submitted:
                    each.result()
            _wait(desk, site, numbers)
            verdict, unnumbered = _judged(
                site, register, entry.caller, fal.ledger()["jobs"], numbers
            )
            register.close()
    finally:
        if desk is not None:
            desk.close()
        if crew is not None:
            crew.end()
        server.remove()
    return Outcome(verdict, acts, time.monotonic() - begun, unnumbered)


def _judged(
    site: Site, register: Register, caller: Caller, bought: Any, numbers: Sequence[int]
) -> tuple[Verdict, list[str]]:
    """What is on record and was bought, and jobs whose ending was not announced once."""
    journal = open_journal(site.home, site.journal)
    try:
        records = journal.select()
    finally:
        journal.close()
    undecided = {job.id for job in records if job.state is JobState.UNCERTAIN}
    ended = [each for each in numbers if _inner(caller, each) not in undecided]
    wanted = [_inner(caller, each) for each in numbers]
    return judge(records, bought, wanted=wanted), _unnumbered(register, caller, ended)


def _inner(caller: Caller, number: int) -> str:
    return caller.inner_id(job_of(number))


def _wait(desk: Desk, site: Site, numbers: Sequence[int]) -> None:
    """Wait until all jobs have ended, or are uncertain, which is for an operator to decide."""
    deadline = time.monotonic() + PATIENCE
    open_ = list(numbers)
    while open_ and time.monotonic() < deadline:
        some = open_[:100]
        if desk.ended(some) == len(some):
            del open_[:100]
            continue
        journal = open_journal(site.home, site.journal)
        try:
            unfinished = [job for job in journal.recent(0.0) if job.state in UNFINISHED]
        finally:
            journal.close()
        if not unfinished:
            return
        time.sleep(0.5)


def _unnumbered(register: Register, caller: Caller, numbers: Sequence[int]) -> list[str]:
    """Jobs whose ending a client with a cursor would not get, or get twice."""
    owner = (caller.app, caller.person)
    deadline, found = time.monotonic() + 30.0, Counter[str]()
    while time.monotonic() < deadline:
        rows = register.endings(owner, after=0, limit=10 * len(numbers))
        found = Counter(job_id for _, job_id in rows)
        if len(found) >= len(numbers):
            break
        time.sleep(0.5)
    return [job_of(number) for number in numbers if found[job_of(number)] != 1]


def main() -> int:
    """Run a long storm, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--fronts", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = storm(
            Path(folder),
            jobs=given.jobs,
            workers=given.workers,
            fronts=given.fronts,
            seed=given.seed,
        )
    verdict = found.verdict
    said = (
        f"jobs {verdict.jobs}, completed {verdict.completed}, uncertain {verdict.uncertain}, "
        f"found again {verdict.adopted}, lost {len(verdict.lost)}, twice {len(verdict.twice)}, "
        f"endings not told once {len(found.unnumbered)}, {found.seconds:.0f} s"
    )
    lines = [
        said,
        ", ".join(f"{name} {number}" for name, number in sorted(found.acts.items())),
        *verdict.lost[:20],
        *verdict.twice[:20],
        *found.unnumbered[:20],
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return bool(verdict.lost or verdict.twice or found.unnumbered)


if __name__ == "__main__":
    sys.exit(main())
