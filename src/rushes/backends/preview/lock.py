"""A lock on a file that the system gives back when its holder dies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """At most one process holds the lock of a file.

    Args:
        path: the file; made when it does not exist, never removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock if nobody has it."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt  # noqa: PLC0415 - there only

                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl  # noqa: PLC0415 - there only

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def give(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_free(self) -> bool:
        """Whether nobody holds it at this moment."""
        if not self.take():
            return False
        self.give()
        return True
