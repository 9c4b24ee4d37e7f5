"""Workers on one PostgreSQL journal that are killed again and again, and a server that is, too."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reliability.kill import CALM, QUICK, Crew, let_end
from reliability.service_process import ServiceProcess
from reliability.verdict import Verdict, judge
from reliability.worker import Workplace
from rushes.backends.protocol import Limits
from rushes.contract.params import VideoGenParams
from rushes.journal import JobRecord, open_journal
from support.services import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from support.postgres import Server

TIMING = replace(QUICK, lease=2.0, heartbeat=0.4)
"""A server that is stopped and started keeps all workers from renewing their leases."""

AWAY = (0.3, 1.5)
"""Seconds for which the server is stopped, drawn evenly."""

PATIENCE = 60.0
"""Seconds that the desk waits for the server."""


@dataclass(frozen=True)
class Storm:
    """What is done to the workers and the server.

    Attributes:
        jobs: how many are handed in, in equal parts between the kills.
        workers: processes at once.
        kills: of a worker, with a second in between.
        restarts: of the server, at equal distances; it is stopped as if it had crashed.
        seed: of all that is drawn by lot.
    """

    jobs: int
    workers: int
    kills: int
    restarts: int
    seed: int = 0


def run(storm: Storm, server: Server, folder: Path) -> Verdict:
    """Have jobs made on a server of their own during a storm, then let them end; judge all of it.

    Args:
        storm: what is done.
        server: runs, and has no journal yet.
        folder: an empty folder for the library.
    """
    dice = random.Random(storm.seed)
    service = BY_NAME["fal"]
    with ServiceProcess(
        service.module,
        accept_delay=(0.0, 0.15),
        answer_delay=(0.0, 0.15),
        run_seconds=(1.0, 5.0),
        tiny_clips=True,
        log_requests=False,
        seed=storm.seed,
        **({service.lag: 0.3} if service.lag else {}),
    ) as process:
        limits = Limits(submits=4, submits_per_second=8.0)
        place = Workplace.at(process.urls, folder, timing=TIMING, limits=limits, lag=3.0)
        place = replace(place, journal=server.url())
        desk = open_journal(place.home, place.journal)
        desk._db.patience = PATIENCE
        wanted = list[str]()
        try:
            with Crew(place, storm.workers, dice) as crew:
                for number in range(storm.kills):
                    while len(wanted) < storm.jobs * (number + 1) // storm.kills:
                        wanted.append(desk.add(_job(place, len(wanted))).id)
                    time.sleep(1.0)
                    if (number + 1) % (storm.kills // (storm.restarts + 1) or 1) == 0 and (
                        number + 1 < storm.kills
                    ):
                        server.stop("immediate")
                        time.sleep(dice.uniform(*AWAY))
                        crew.kill_one()
                        server.start()
                    else:
                        crew.kill_one()
                crew.relieve(CALM)
                let_end(desk)
            return judge(
                desk.select(),
                process.ledger()["jobs"],
                wanted=wanted,
                handed_out=desk.drain(),
                overdue=TIMING.submit_guard + TIMING.submit_deadline,
            )
        finally:
            desk.close()


def _job(place: Workplace, number: int) -> JobRecord:
    ref = f"take {number}"
    params = VideoGenParams(
        provider="seedance-2.0", mode="text-to-video", prompt=ref, client_ref=ref
    )
    return JobRecord.new(params, backend="fal", folder=str(place.library))
