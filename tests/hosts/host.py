"""A program that serves notebooks, which no setting of the user reaches."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from kernel.kernels import clean_environment
from reliability.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60.0


class Host:
    """A running host on loopback.

    Args:
        folder: for everything that it writes.
        command: a Python module and its arguments; the port is added.

    Attributes:
        root: where it runs, and the notebook lies.
        url: where it is.
    """

    def __init__(self, folder: Path, *command: str) -> None:
        self.root = folder / "served"
        self.root.mkdir(exist_ok=True)
        self._log = folder / "host.log"
        self._environment = clean_environment(folder, folder / "home") | {"HOME": str(folder)}
        self._command = [sys.executable, "-m", *command]

    def __enter__(self) -> Self:
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}/"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command, f"--port={self._port}"],
                cwd=self.root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            until(self._answers, PATIENCE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self._port)) == 0


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
