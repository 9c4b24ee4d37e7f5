"""What can go wrong with a file.

    MediaError
    ├── LinkExpired           the link leads nowhere any more; ask the service for a fresh one
    ├── DownloadInterrupted   the connection or the server failed; the next try goes on from there
    ├── BadDownload           what arrived is no whole video; nothing of it is kept
    ├── LibraryUnwritable     the folder cannot be written; what has arrived is kept if possible
    ├── Unreadable            the system does not let a file be read; it says nothing of the file
    └── TooLarge              decoding the file could use up the memory, so it is not; it is kept

No message holds the query of a link: whoever has a signed link has the video.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError

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


class TooLarge(MediaError):
    """Decoding a file could end the process, so it is not decoded. The file stays as it is."""


def unreadable(path: Path, error: OSError) -> Unreadable:
    """The error for a file that could not be read."""
    return Unreadable(f"{path} cannot be read: {error.strerror or type(error).__name__}.")


_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; delete something",
    errno.EFBIG: "the file is larger than this system allows; raise that limit",
    errno.EMFILE: "this process has too many files open; close some",
    errno.EROFS: "it is read-only; make it writable",
    errno.EACCES: "you may not write there; change its permissions",
    errno.EPERM: "you may not write there; change its permissions",
    errno.ENOTDIR: "a file is in the way; move it",
    errno.EEXIST: "a file is in the way; move it",
    errno.EISDIR: "a folder is in the way; move it",
    errno.ENOTEMPTY: "a folder is in the way; move it",
}

LATER = (
    "The video is fetched as soon as that is done. RUSHES_LIBRARY chooses another folder for the "
    "jobs of a new VideoGen()."
)
"""What holds of a video that was made already, and belongs into the folder of its job."""


def unwritable(folder: Path, error: OSError, *, advice: str = LATER) -> LibraryUnwritable:
    """The error for a folder that could not be written.

    Args:
        folder: where something was to be written.
        error: what the system said.
        advice: what else can be done than to remove the cause; whole sentences.
    """
    said = error.strerror or type(error).__name__
    reason = _REASONS.get(error.errno or 0, f"{said}; fix that")
    return LibraryUnwritable(f"Cannot write to {folder}: {reason}. {advice}", detail=said)
