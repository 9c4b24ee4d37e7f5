"""A host's server on loopback, which no setting of the user reaches."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from support.kernels import clean_environment
from support.ports import free_port
from support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60.0


class Host:
    """A running server.

    Args:
        folder: for everything that it writes.
        command: a module of this Python with its options; the port is added.

    Attributes:
        root: where it works; holds what it shows.
        url: where it is.
    """

    def __init__(self, folder: Path, *command: str) -> None:
        self.folder = folder
        self.root = folder / "served"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/"
        self._command = [sys.executable, "-m", *command, f"--port={self._port}"]

    def __enter__(self) -> Self:
        own = {name: str(self.folder / name) for name in ("config", "state", "cache")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.root,
                env=clean_environment(self.folder, self.folder / "home")
                | {f"XDG_{name.upper()}_HOME": path for name, path in own.items()},
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

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True
