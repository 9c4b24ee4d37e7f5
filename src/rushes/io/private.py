"""Files and folders that are private to the user.

The home contains prompts, signed links and copies of images, and its journal decides what is paid
with the user's key. So other users have no access, as with ``~/.ssh``. On Windows a user's profile
is private already, and nothing is done.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from rushes.contract.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER, FILE = 0o700, 0o600

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

HAS_OWNERS = hasattr(os, "geteuid")


def private_folder(path: Path) -> None:
    """Create a folder that only the user may enter, and its parents.

    Raises:
        OSError: if it cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)


def open_private(path: Path, mode: Literal["xb", "wb", "ab"]) -> BinaryIO:
    """Open a file for writing that only the user may read; ``"xb"``, ``"wb"`` or ``"ab"``.

    Raises:
        OSError: if it cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    flags |= {"xb": os.O_EXCL, "wb": os.O_TRUNC, "ab": os.O_APPEND}[mode]
    return cast("BinaryIO", os.fdopen(os.open(path, flags, FILE), mode.replace("x", "w")))


def open_home(home: Path) -> None:
    """Create the home folder, make it private, and check that it belongs to the user.

    A home that an earlier release left readable is made private, with everything in it.

    Raises:
        JournalError: if it belongs to another user, or other users may write to it.
        OSError: if it cannot be created.
    """
    private_folder(home)
    if not HAS_OWNERS:
        return
    # For a link, the target counts.
    folder = home.resolve()
    found = folder.stat()
    _require_own(home, found)
    if found.st_mode & _OTHERS_WRITE:
        msg = (
            f"The home folder {home} cannot be used: other users may write to it (mode "
            f"{stat.S_IMODE(found.st_mode):o}) and could add jobs that are paid with your key. If "
            f"everything in it is yours, make it private: chmod go-rwx '{folder}'. {_elsewhere()}"
        )
        raise JournalError(msg)
    if found.st_mode & _OTHERS:
        _close(folder)


def require_own(path: Path) -> None:
    """Check that a file in the home, if it exists, belongs to the user, and make it private.

    Raises:
        JournalError: if it belongs to another user.
    """
    if not HAS_OWNERS:
        return
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    _require_own(path, found)
    _tighten(path, found)


def _require_own(path: Path, found: os.stat_result) -> None:
    if found.st_uid == os.geteuid():
        return
    msg = (
        f"{path} cannot be used: it belongs to {_name(found.st_uid)}, not to "
        f"{_name(os.geteuid())}, and its owner could add jobs that are paid with your key. "
        f"{_elsewhere()}"
    )
    raise JournalError(msg)


def _elsewhere() -> str:
    return (
        "Alternatively, set RUSHES_HOME to a private folder of your own, created with: "
        "mkdir -m 700 FOLDER."
    )


def _name(user: int) -> str:
    """A user's name and id."""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return f"{pwd.getpwuid(user).pw_name} (uid {user})"
    except KeyError:
        return f"uid {user}"


def _close(folder: Path) -> None:
    """Make a folder and everything in it that the user owns private, without following links."""
    _tighten(folder, folder.stat())
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = folder.joinpath(place, name)
            with contextlib.suppress(FileNotFoundError):
                found = path.lstat()
                if not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid():
                    _tighten(path, found)


def _tighten(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & _OTHERS:
        # A read-only disk, or one without permissions: reading cannot be prevented there.
        with contextlib.suppress(OSError):
            path.chmod(mode & ~_OTHERS)
