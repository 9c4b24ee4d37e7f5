"""Which process wrote something, and whether it has ended."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PROC = Path("/proc")

_SEPARATOR = "|"
_STATE, _START = 0, 19
"""Places of the state and the start in Linux's ``/proc/<pid>/stat``, behind the name."""


@dataclass(frozen=True)
class Process:
    """A process, as others compare it.

    Attributes:
        pid: its number, which another process may get later, and which means something else in
            another container.
        space: stands for the processes that have such numbers, "" when that is not known.
        start: stands for the time of its start, "" when that is not known.
    """

    pid: int
    space: str = ""
    start: str = ""

    @classmethod
    def here(cls) -> Self:
        """This process."""
        pid = os.getpid()
        return cls(pid, _space(), _stat(pid)[1])

    @classmethod
    def parse(cls, text: object) -> Self:
        """The process that `str` wrote; a number of an earlier release says little."""
        pid, _, rest = str(text).partition(_SEPARATOR)
        space, _, start = rest.partition(_SEPARATOR)
        return cls(int(pid) if pid.isascii() and pid.isdigit() else 0, space, start)

    def __str__(self) -> str:
        return _SEPARATOR.join((str(self.pid), self.space, self.start))

    def is_gone(self) -> bool:
        """Whether it has certainly ended; False when that cannot be known from here.

        Both processes have to be of one running system, because the first container of every system
        has the same name; see `rushes.io.machine.Machine.shares_kernel`.
        """
        # On Windows `os.kill` would end it.
        if not self.pid or not self.space or self.space != _space() or sys.platform == "win32":
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError):
            return False
        state, start = _stat(self.pid)
        is_another = bool(start and self.start) and start != self.start
        return is_another or state == "Z"


def _space() -> str:
    """What processes share that see each other under the same numbers."""
    if sys.platform == "darwin":
        return "macos"
    with suppress(OSError):
        return str((PROC / "self" / "ns" / "pid").readlink())
    return ""


def _stat(pid: int) -> tuple[str, str]:
    """A process's state and start, "" where they are not known."""
    with suppress(OSError, IndexError):
        # Its name may contain spaces and brackets.
        fields = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return fields[_STATE], fields[_START]
    return "", ""
