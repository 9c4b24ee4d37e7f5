"""Ordinary files under names that somebody else chose.

A name may lead to a pipe, a device or a socket: opening a pipe waits until somebody writes to it,
and reading a device may never end. Whoever opens a file that a user, a page or another file named
opens it here.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open an ordinary file for reading; a link is followed to what it leads to.

    Raises:
        OSError: when it cannot be opened; `strerror` says so in words when it is a folder, a
            pipe, a socket or a device. It never waits.
        ValueError: when no file can have such a name.
    """
    # Opening some devices does something, so what is no file is not even opened.
    _require(os.stat(path), path)  # noqa: PTH116 - any kind of path
    file = open(path, "rb", opener=_opener)  # noqa: SIM115 - returned
    try:
        # It may have been replaced in between.
        _require(os.fstat(file.fileno()), path)
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: Path, most: int) -> bytes:
    """All of an ordinary file, which may have so many bytes at most.

    Raises:
        OSError: as for `open_regular`, and when the file is larger.
        ValueError: when no file can have such a name.
    """
    with open_regular(path) as file:
        # Not by its size alone: some files of the system say 0 and have no end.
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def _require(found: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file", os.fspath(path))


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS)
