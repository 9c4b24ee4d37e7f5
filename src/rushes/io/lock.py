"""File locks that end with the process, however it ends.

Nothing has to be cleaned up after a crash, and no clock or process id has to be trusted.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BUSY = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 62
    """Windows prevents access to locked bytes, so a byte beyond the end of any file is locked."""

    def _lock(descriptor: int) -> None:
        here = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            os.lseek(descriptor, _FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, here, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(descriptor: int) -> bool:
    """Lock an open file for this descriptor alone; closing it releases the lock.

    Returns:
        False if the lock is held elsewhere. A file system without locks grants every lock: the
        journal already assigns each job to one process, this lock is only a second safeguard.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        return error.errno not in _BUSY
    return True


class FileLock:
    """A lock held by at most one process, on a file that exists only for this purpose.

    Args:
        path: the file; created if it does not exist, never removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not try_lock(file):
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_free(self) -> bool:
        """Whether the lock is free at this moment."""
        if not self.acquire():
            return False
        self.release()
        return True
