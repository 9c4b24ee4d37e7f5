"""A gateway for tests: in this process, or as `rushes serve` runs it."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

import httpx
from PIL import Image

from rushes.gateway.app import create_app
from rushes.gateway.register import Register
from rushes.gateway.runtime import Runtime
from rushes.gateway.server import Server, address_of, listen
from support.ports import free_port
from support.timings import QUICK
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rushes.backends.protocol import Backend
    from rushes.gateway.settings import Settings

APP = "rushes"

TAKE = {"provider": "kling-3.0-standard", "mode": "text-to-video", "prompt": "A red fox"}

JOB = "job-of-the-test-01"


def png(colour: str = "red") -> bytes:
    """The content of a picture."""
    data = io.BytesIO()
    Image.new("RGB", (320, 320), colour).save(data, "PNG")
    return data.getvalue()


class Served:
    """A gateway in this process; it works from `with` to the end of the block.

    Args:
        settings: those of the gateway.
        backends: services besides those of the environment.
    """

    def __init__(self, settings: Settings, *, backends: Iterable[Backend] = ()) -> None:
        self.settings = settings
        self._backends = backends

    def __enter__(self) -> Self:
        self.runtime = Runtime(self.settings, timing=QUICK, backends=self._backends)
        self.app = create_app(self.settings, open_runtime=lambda _: self.runtime)
        listener = listen(self.settings)
        self.url = address_of(self.settings, listener)
        self._server = Server(self.settings, self.runtime, self.app)
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()
        until(lambda: self._server.started)
        self.client = httpx.Client(base_url=self.url, timeout=60.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join()

    def token(self, person: str = "ada", app: str = APP, **options: Any) -> str:
        """A new token."""
        return self.runtime.register.add_token(person, app=app, **options)[0]

    def call(self, method: str, path: str, token: str | None, **options: Any) -> httpx.Response:
        """Make a call."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.client.request(method, path, headers=headers, **options)

    def submit(
        self, token: str, job_id: str = JOB, app: str = APP, **params: Any
    ) -> httpx.Response:
        """Submit a take."""
        body = {"jobId": job_id, "params": TAKE | params}
        return self.call("POST", f"/v1/videogen/{app}/jobs", token, json=body)

    def status(self, token: str, job_id: str = JOB, app: str = APP) -> dict[str, Any] | None:
        """The job as its owner sees it; None if it is not found."""
        found = self.call("GET", f"/v1/jobs/{app}", token, params={"ids": job_id}).json()["jobs"]
        return found[0] if found else None

    def ended(self, token: str, job_id: str = JOB, app: str = APP) -> dict[str, Any]:
        """The job when it has ended."""

        def over() -> dict[str, Any] | None:
            job = self.status(token, job_id, app)
            return job if job is not None and job["status"] in ("completed", "failed") else None

        return until(over) or {}


class ServeProcess:
    """`rushes serve` as a process.

    Args:
        home: its folder.
        environment: variables besides those of this process.
        options: of the command.
    """

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self._home = home
        self._options = options
        self._environment = environment
        self._port = free_port()
        self.said = ""
        self.log = home.parent / "serve.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, at the same port each time, and wait until it answers."""
        code = "from rushes.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", "--home", str(self._home)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self._port), *self._options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **self._environment},
            )
        assert self.process.stdout is not None
        while "Home:" not in self.said or not self._port:
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.said}"
            self.said += line
            if match := re.search(r"at (http://127\.0\.0\.1:\d+)", line):
                self.url = match[1]

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.said = ""

    def end(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60.0)

    def token(self, person: str = "ada", **options: Any) -> str:
        """A new token, made beside the running process."""
        register = Register(self._home)
        try:
            return register.add_token(person, app=APP, **options)[0]
        finally:
            register.close()


class WorkerProcess:
    """`rushes worker` as a process.

    Args:
        home: the gateway's folder.
        journal: the address of its database.
        options: of the command.
        environment: variables besides those of this process.
    """

    def __init__(self, home: Path, journal: str, *options: str, **environment: str) -> None:
        code = "from rushes.cli import main; main()"
        command = [sys.executable, "-c", code, "worker", "--home", str(home), *options]
        self.log = home.parent / "worker.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "RUSHES_JOURNAL": journal, **environment},
            )

    def says(self, words: str) -> str:
        """Wait for a line that has some words in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if words in line:
                return line
        message = f"it ended without {words!r}: {self.log.read_text()[-2000:]}"
        raise AssertionError(message)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def end(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60.0)
