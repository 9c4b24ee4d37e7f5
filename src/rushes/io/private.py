"""Files and folders for the user alone.

The home holds prompts, links with signatures and copies of pictures, and the journal in it decides
what is paid with the user's key. So it is closed to others, as ssh closes its own. Windows gives
a user's profile to the user alone; nothing is done there.
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
    """Make a folder, and those above it, that only the user may enter.

    Raises:
        OSError: when it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=FOLDER, exist_ok=True)


def open_private(path: Path, mode: Literal["xb", "wb", "ab"]) -> BinaryIO:
    """Open a file for writing that only the user may read; ``"xb"``, ``"wb"`` or ``"ab"``.

    Raises:
        OSError: when it cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    flags |= {"xb": os.O_EXCL, "wb": os.O_TRUNC, "ab": os.O_APPEND}[mode]
    return cast("BinaryIO", os.fdopen(os.open(path, flags, FILE), mode.replace("x", "w")))


def open_home(home: Path) -> None:
    """Make the home folder, close it to others, and make sure that it is the user's.

    What an earlier release made for all to read is closed, with all that is in it.

    Raises:
        JournalError: when it belongs to somebody else, or others may write to it.
        OSError: when it cannot be made.
    """
    private_folder(home)
    if not HAS_OWNERS:
        return
    # A link is judged by where it leads to.
    folder = home.resolve()
    found = folder.stat()
    _require_own(home, found)
    if found.st_mode & _OTHERS_WRITE:
        msg = (
            f"The home folder {home} cannot be used: others may write to it (mode "
            f"{stat.S_IMODE(found.st_mode):o}), and whoever can, can plant jobs that are paid with "
            f"your key. If all that is in it is yours, close it with: chmod go-rwx '{folder}'. "
            f"{_elsewhere()}"
        )
        raise JournalError(msg)
    if found.st_mode & _OTHERS:
        _close(folder)


def require_own(path: Path) -> None:
    """Make sure that a file of the home folder, if it is there, is the user's; close it to others.

    Raises:
        JournalError: when it belongs to somebody else.
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
        f"{_name(os.geteuid())}, and whoever owns it can plant jobs that are paid with your key. "
        f"{_elsewhere()}"
    )
    raise JournalError(msg)


def _elsewhere() -> str:
    return (
        "Or set RUSHES_HOME to a folder of your own that nobody else may open, made with: "
        "mkdir -m 700 FOLDER."
    )


def _name(user: int) -> str:
    """A user by name and number."""
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return f"{pwd.getpwuid(user).pw_name} (uid {user})"
    except KeyError:
        return f"uid {user}"


def _close(folder: Path) -> None:
    """Close a folder, and all below it that is the user's, to others; links are not followed."""
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
        # A read-only disk, or one that knows no permissions: reading is not prevented there.
        with contextlib.suppress(OSError):
            path.chmod(mode & ~_OTHERS)
