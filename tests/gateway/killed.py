"""A gateway, a notebook and a new laptop as processes that may be killed at any time.

`python -m gateway.killed serve FOLDER PORT` runs the first, `... notebook FOLDER` the second, and
`... laptop FOLDER` the third.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.kill import CALM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.gateway.runtime import Runtime

TESTS = Path(__file__).parents[1]

TAKES = 40

REQUEST = {"provider": "seedance-2.0", "mode": "text-to-video"}


def prompt_of(number: int) -> str:
    """What one take asks for."""
    return f"Fox number {number}"


class Killed:
    """A process that is started again whenever it was killed.

    Args:
        arguments: of this module.
        environment: variables besides those of this process.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._command = [sys.executable, "-m", "gateway.killed", *arguments]
        path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH"))))
        self._environment = {**os.environ, **environment, "PYTHONPATH": path}
        self.start()

    def start(self) -> str:
        """Start it; its first line."""
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, env=self._environment
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()
        return self.said

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.communicate()


def say(text: str) -> None:
    """Tell the test something."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve(folder: Path, port: int) -> None:
    """Run a gateway that uses an emulated fal, and say its address."""
    from rushes.backends.fal import FalBackend  # noqa: PLC0415 - a notebook has none
    from rushes.gateway.server import serve as run  # noqa: PLC0415 - a notebook has no server
    from rushes.gateway.settings import Settings  # noqa: PLC0415

    def started(_: Runtime, url: str) -> None:
        say(url)

    settings = Settings(
        home=folder / "gateway",
        config=folder / "config",
        media=folder / "videos",
        port=port,
        backend="fal",
        heartbeat=1.0,
    )
    FalBackend.lag = 1.0  # The emulated one lists its requests at once.
    run(settings, started, timing=CALM)


def notebook(folder: Path) -> None:
    """Order all takes that are not ordered yet, and wait for all."""
    from rushes import VideoGen  # noqa: PLC0415 - a gateway has no client

    say("It works.")
    with VideoGen(home=folder / "home", library=folder / "takes", timing=CALM) as gen:
        jobs = [
            gen.submit(REQUEST, prompt=prompt_of(number), once=f"take-{number}")
            for number in range(TAKES)
        ]
        for job in jobs:
            gen.engine.wait(job.id).result()


def laptop(folder: Path) -> None:
    """Recover all jobs, and wait for all."""
    from rushes import VideoGen  # noqa: PLC0415 - a gateway has no client
    from rushes.backends.gateway import backend  # noqa: PLC0415

    backend.MOST_IDS = 3  # So that there are several pages.
    with VideoGen(home=folder / "home", library=folder / "takes", timing=CALM) as gen:
        say("It works.")
        gen.recover_sync()
        for job in gen.jobs():
            gen.engine.wait(job.id).result()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, port]:
            serve(Path(folder), int(port))
        case ["notebook", folder]:
            notebook(Path(folder))
        case ["laptop", folder]:
            laptop(Path(folder))
