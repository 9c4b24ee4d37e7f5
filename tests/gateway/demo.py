"""Shows a gateway of several processes on PostgreSQL: a worker is killed, its take is finished.

`make gateway-demo` runs it. It needs Debian's package `postgresql`, and no key: takes are previews.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from rushes import VideoGen
from rushes.gateway.register import Register
from support.postgres import Server, execute, programs

PROGRAM = [sys.executable, "-c", "from rushes.cli import main; main()"]

WORKERS = 2

PATIENCE = 120.0
"""Seconds within which a step of the demo has to be done."""


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def launched(
    stack: ExitStack, *arguments: str, environment: dict[str, str]
) -> subprocess.Popen[str]:
    """A command of `rushes` as a process, which ends with the stack."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | environment,
    )

    def end() -> None:
        process.kill()
        process.communicate()

    stack.callback(end)
    return process


def heard(process: subprocess.Popen[str], words: str) -> str:
    """The line of a process that has some words in it.

    Raises:
        SystemExit: when it ends without.
    """
    for line in process.stdout or ():
        if words in line:
            return line.strip()
    sys.exit(f"A process ended without saying {words!r}.")


def holder(journal: str) -> int | None:
    """The process that works on a take that its service has; None while there is none."""
    rows = execute(
        journal,
        "SELECT owners.pid FROM jobs JOIN owners ON owners.id = jobs.owner "
        "WHERE jobs.state IN ('submitting', 'running', 'fetching')",
    )
    return int(str(rows[0][0]).partition("|")[0]) if rows else None


def main() -> None:
    """Run the demo."""
    if programs() is None:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = Server.made(fsync="on")
        stack.callback(server.remove)
        server.start()
        home, journal = folder / "gateway", server.url()
        say("PostgreSQL runs.")
        environment = {"RUSHES_JOURNAL": journal, "RUSHES_GATEWAY_HOME": str(home)}
        register = Register(home, journal)
        token, _ = register.add_token("ada", app="rushes")
        register.close()
        serve = launched(
            stack, "serve", "--answer-only", "--backend", "preview", "--port", "0",
            environment=environment,
        )  # fmt: skip
        address = heard(serve, "rushes gateway at").rpartition(" ")[2]
        say(f"One serve answers at {address}.")
        workers: dict[int, subprocess.Popen[str]] = {}
        for number in range(1, WORKERS + 1):
            worker = launched(
                stack, "worker", "--backend", "preview", "--divide", f"preview={WORKERS}",
                environment=environment,
            )  # fmt: skip
            workers[worker.pid] = worker
            say(f"Worker {number} (process {worker.pid}): {heard(worker, 'Works on')}")
        os.environ |= {"RUSHES_GATEWAY_URL": address, "RUSHES_GATEWAY_TOKEN": token}
        gen = stack.enter_context(VideoGen(home=folder / "notebook", library=folder / "takes"))
        began = time.monotonic()
        job = gen.submit(
            provider="kling-3.0-standard",
            mode="text-to-video",
            prompt="A red fox trots through fresh snow",
            duration_seconds=10,
        )
        say(f"The notebook asks for a take: {job.id}.")
        pid = None
        while pid not in workers and time.monotonic() - began < PATIENCE:
            pid = holder(journal)
            time.sleep(0.05)
        if pid not in workers:
            sys.exit("No worker took the job.")
        os.kill(pid, signal.SIGKILL)
        say(f"Process {pid} had it and is killed, as by a power cut.")
        path = job.result(PATIENCE, progress=False).path
        if path is None:
            sys.exit("The take has no file.")
        say(
            f"The other worker finished it, {time.monotonic() - began:.0f} s after it was asked "
            f"for: {path.name}, {path.stat().st_size:,} bytes."
        )
        rows = execute(journal, "SELECT state, attempts FROM jobs")
        say(f"On record at the gateway: {rows[0][0]}, {rows[0][1]} attempt.")


if __name__ == "__main__":
    main()
