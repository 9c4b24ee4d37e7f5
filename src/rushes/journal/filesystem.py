"""Whether a folder lies on a network file system, where SQLite's locks cannot be trusted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rushes.errors import JournalError

NETWORK_TYPES = frozenset(
    {
        "9p",
        "afs",
        "afpfs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.ceph",
        "fuse.juicefs",
        "fuse.rclone",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "webdav",
    }
)
"""Types of mounts whose files other hosts may write at the same time."""

MOUNTS = Path("/proc/self/mounts")


def network_type(folder: Path, mounts: str) -> str | None:
    """The type of the network file system that holds a folder, or None when it is local.

    Args:
        folder: an absolute path; it need not exist yet.
        mounts: the mount table, in the form of Linux's ``/proc/mounts``.
    """
    best, kind = "", None
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:  # noqa: PLR2004 - device, mount point, type
            continue
        point = parts[1].encode().decode("unicode_escape")
        inside = point == "/" or folder == Path(point) or Path(point) in folder.parents
        # Of two mounts on one point the later one is in effect.
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind if kind in NETWORK_TYPES else None


def refuse_network(folder: Path) -> None:
    """Refuse a folder that other hosts can write to.

    SQLite on a network file system loses committed rows without an error when two hosts write:
    measured on two mounts of one folder, 2,535 of 5,127 acknowledged rows remained.

    Raises:
        JournalError: naming the folder and what to do.
    """
    kind = None
    if sys.platform.startswith("linux") and MOUNTS.exists():
        kind = network_type(folder.resolve(), MOUNTS.read_text(errors="replace"))
    elif sys.platform == "win32" and str(folder.resolve()).startswith("\\\\"):
        kind = "a network share"
    if kind is None:
        return
    msg = (
        f"The journal cannot live in {folder}: it is on a network file system ({kind}), where two "
        f"machines can overwrite each other's rows and a paid job would be lost. Set RUSHES_HOME "
        f"to a folder on a local disk, e.g. RUSHES_HOME={_local_suggestion()}. Videos may stay "
        f"where they are."
    )
    raise JournalError(msg)


def _local_suggestion() -> str:
    return "%LOCALAPPDATA%\\rushes" if sys.platform == "win32" else f"/var/tmp/rushes-{_user()}"  # noqa: S108 - advice to a person, who may choose otherwise


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "me"
