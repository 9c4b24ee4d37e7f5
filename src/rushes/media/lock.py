"""A lock on an open file that ends with the process, however the process ends.

Nothing has to be cleaned up after a crash, and no clock or process id has to be believed.
"""

from __future__ import annotations

import errno
import os
import sys

_BUSY = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 62
    """Windows forbids others to touch locked bytes, so a byte that no file has is locked."""

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
    """Lock an open file for this opening of it alone; the lock ends when it is closed.

    Returns:
        False when somebody else holds it. A file system that has no locks grants every one: the
        journal already gives each job to one process, this lock only stands behind it.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        return error.errno not in _BUSY
    return True
