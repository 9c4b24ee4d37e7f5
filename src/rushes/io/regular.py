"""Opens regular files whose names come from outside.

A name may denote a pipe, a device or a socket: opening a pipe blocks until another process writes
to it, and reading a device may never end. All files that are named by a user, a page or another
file are opened here.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: str | os.PathLike[str], *, follow_links: bool = True) -> BinaryIO:
    """Open a regular file for reading.

    Args:
        path: of any kind.
        follow_links: whether the last part of the path may be a link to the file.

    Raises:
        OSError: if it cannot be opened; `strerror` explains it if it is a folder, a pipe, a socket
            or a device. This never blocks.
        ValueError: if no file can have such a name.
    """
    # Opening some devices has side effects, so only regular files are opened.
    _require(os.stat(path, follow_symlinks=follow_links), path)  # noqa: PTH116 - any kind of path
    file = open(path, "rb", opener=_opener if follow_links else _opener_of_files)  # noqa: SIM115 - returned
    try:
        # It may have been replaced in between.
        _require(os.fstat(file.fileno()), path)
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: Path, most: int, *, follow_links: bool = True) -> bytes:
    """Read a regular file of at most `most` bytes; links as for `open_regular`.

    Raises:
        OSError: as for `open_regular`, and if the file is larger.
        ValueError: if no file can have such a name.
    """
    with open_regular(path, follow_links=follow_links) as file:
        # The size is not reliable: some system files report 0 and never end.
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def _require(found: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS)


def _opener_of_files(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS | getattr(os, "O_NOFOLLOW", 0))
