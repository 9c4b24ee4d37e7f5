"""A process that works for this one: it may crash or hang, and it knows no key."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rushes.backends.key import without_secrets
from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_REPLY = 64_000_000
"""Bytes of a reply."""


class WorkerLost(RushesError):
    """A worker did not answer. The message is the end of a sentence that starts with its task."""


class Worker:
    """A process that does one task after the other, started when it is first asked.

    Args:
        variables: names of environment variables that tasks may read; it is not started with them.
    """

    def __init__(self, variables: Iterable[str] = ()) -> None:
        self._variables = tuple(variables)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._is_closed = False

    def ask(self, task: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Have one task done; the next one gets a new process if this one is lost.

        Raises:
            WorkerLost: if the process ends, or takes longer than `seconds`.
        """
        process = self._started()
        given = {name: os.environ[name] for name in self._variables if name in os.environ}
        more = {"seconds": seconds, "path": sys.path, "variables": given}
        line = json.dumps({**task, **more}) + "\n"
        try:
            assert process.stdin is not None  # noqa: S101 - for type checkers: it is a pipe
            process.stdin.write(line.encode())
            process.stdin.flush()
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            self._end()
            msg = f"took longer than {seconds:g} s and was stopped"
            raise WorkerLost(msg) from None
        except (OSError, ValueError):  # It has ended, or was closed in between.
            reply = b""
        except BaseException:
            self._end()
            raise
        if not reply.endswith(b"\n"):
            code = self._end()
            msg = f"killed the process that ran it ({_reason(code)})"
            raise WorkerLost(msg)
        found: dict[str, Any] = json.loads(reply)
        return found

    def close(self) -> None:
        """End the process, from any thread; what it is asked meanwhile fails."""
        self._is_closed = True
        self._end()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                msg = "was stopped"
                raise WorkerLost(msg)
            if self._process is None:
                self._replies = queue.SimpleQueue()
                self._process = _start()
                reader = (self._process, self._replies)
                threading.Thread(
                    target=_read, args=reader, name="rushes-worker", daemon=True
                ).start()
            return self._process

    def _end(self) -> int | None:
        """End the process, and what it started."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return None
        with suppress(OSError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        with suppress(OSError):
            assert process.stdin is not None  # noqa: S101 - as above
            process.stdin.close()
        return process.wait()


def _start() -> subprocess.Popen[bytes]:
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW}
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "rushes.explore.measurer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_secrets(os.environ),
            **apart,
        )
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        msg = f"needs a process of its own, which cannot be started: {said}"
        raise WorkerLost(msg) from error


def _read(process: subprocess.Popen[bytes], replies: queue.SimpleQueue[bytes]) -> None:
    """Pass on every line, and an empty one at the end."""
    assert process.stdout is not None  # noqa: S101 - as above
    with process.stdout as lines, suppress(OSError, ValueError):
        while line := lines.readline(LONGEST_REPLY):
            replies.put(line)
    replies.put(b"")


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return "it was ended" if code is None else f"exit code {code}"
