"""Errors about files.

    MediaError
    ├── LinkExpired           the link has expired; the service may give a fresh one
    ├── DownloadInterrupted   the connection or the server failed; the next attempt resumes
    ├── BadDownload           the download is not a complete video; it is discarded
    ├── LibraryUnwritable     the folder is not writable; partial data is kept if possible
    ├── Unreadable            the system denies reading; the content may be fine
    └── TooLarge              decoding could exhaust the memory; the file is kept

Messages never contain the query of a link: a signed link gives access to the video.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from rushes.contract.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path


class LinkExpired(MediaError):
    """The link has expired; the service may give a fresh one."""


class DownloadInterrupted(MediaError):
    """The connection or the server failed; another attempt resumes the download.

    Attributes:
        retry_after: seconds to wait, if the server specified it.
    """

    retry_after: float | None = None


class BadDownload(MediaError):
    """The download is not a complete video of an allowed size. It was discarded."""


class LibraryUnwritable(MediaError):
    """A folder cannot be written: the disk is full, it is read-only, or permission is denied."""


class Unreadable(MediaError):
    """The system denied reading a file. Its content may be fine."""


class TooLarge(MediaError):
    """Decoding a file could crash the process, so it is not decoded. The file is kept."""


def unreadable(path: Path, error: OSError) -> Unreadable:
    """The error for a file that could not be read."""
    return Unreadable(f"{path} cannot be read: {error.strerror or type(error).__name__}.")


_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is exhausted; delete some files",
    errno.EFBIG: "the file is larger than this system allows; raise that limit",
    errno.EMFILE: "this process has too many files open; close some",
    errno.EROFS: "it is read-only; make it writable",
    errno.EACCES: "permission denied; change its permissions",
    errno.EPERM: "permission denied; change its permissions",
    errno.ENOENT: "it no longer exists; create it, or change to another folder",
    errno.ENOTDIR: "a file is in the way; move it",
    errno.EEXIST: "a file is in the way; move it",
    errno.EISDIR: "a folder is in the way; move it",
    errno.ENOTEMPTY: "a folder is in the way; move it",
}

LATER = (
    "The job continues once that is fixed. To keep its video in another folder: "
    "job.move_to(FOLDER). For new jobs, set RUSHES_LIBRARY before VideoGen()."
)
"""Advice for a job whose video belongs in a folder that cannot be written."""


def unwritable(folder: Path, error: OSError, *, advice: str = LATER) -> LibraryUnwritable:
    """The error for a folder that could not be written.

    Args:
        folder: the folder that was to be written.
        error: what the system reported.
        advice: what the user can do besides removing the cause, in full sentences.
    """
    said = error.strerror or type(error).__name__
    reason = _REASONS.get(error.errno or 0, f"{said}; fix that")
    return LibraryUnwritable(f"Cannot write to {folder}: {reason}. {advice}", detail=said)
