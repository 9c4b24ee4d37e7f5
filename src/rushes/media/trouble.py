"""What can go wrong with a file.

    MediaError
    ├── LinkExpired           the link leads nowhere any more; ask the service for a fresh one
    ├── DownloadInterrupted   the connection or the server failed; the next try goes on from there
    ├── BadDownload           what arrived is no whole video; nothing of it is kept
    ├── LibraryUnwritable     the folder cannot be written; what has arrived is kept if possible
    └── Unreadable            the system does not let a file be read; it says nothing of the file

No message holds the query of a link: whoever has a signed link has the video.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from rushes.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path


class LinkExpired(MediaError):
    """The link does not lead to the video any more; the service may give a fresh one."""


class DownloadInterrupted(MediaError):
    """The connection or the server failed in between; trying again goes on where it stopped.

    Attributes:
        retry_after: seconds to wait, when the server said so.
    """

    retry_after: float | None = None


class BadDownload(MediaError):
    """What arrived is not a whole video of a size that is allowed. Nothing of it was kept."""


class LibraryUnwritable(MediaError):
    """A folder of this package cannot be written: full, read-only or not permitted."""


class Unreadable(MediaError):
    """The system did not let a file be read. Whether its content is good is not known."""


def unreadable(path: Path, error: OSError) -> Unreadable:
    """The error for a file that could not be read."""
    return Unreadable(f"{path} cannot be read: {error.strerror or type(error).__name__}.")


_REMEDIES = {
    errno.ENOSPC: "The disk is full. Free some space and try again",
    errno.EDQUOT: "Your disk quota is used up. Delete something and try again",
    errno.EFBIG: "The file is larger than this system allows. Raise its limit on file sizes",
    errno.EMFILE: "Too many files are open in this process. Close some and try again",
    errno.EROFS: "It is read-only",
    errno.EACCES: "You may not write there",
    errno.EPERM: "You may not write there",
    errno.ENOTDIR: "A part of its path is a file",
    errno.EEXIST: "A file of that name is in the way",
}


def unwritable(
    folder: Path, error: OSError, *, setting: str = "RUSHES_LIBRARY"
) -> LibraryUnwritable:
    """The error for a folder that could not be written.

    Args:
        folder: where something was to be written.
        error: what the system said.
        setting: the environment variable that names another folder.
    """
    reason = _REMEDIES.get(error.errno or 0, error.strerror or type(error).__name__)
    return LibraryUnwritable(
        f"Cannot write to {folder}. {reason}, or set {setting} to a folder that can be written. "
        f"What has arrived so far is kept where possible.",
        detail=error.strerror,
    )
