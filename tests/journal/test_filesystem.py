"""A journal on a network file system would lose rows without a word."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from rushes.contract.errors import JournalError
from rushes.io import filesystem
from rushes.io.filesystem import network_type, refuse_network

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
me@host:/data /mnt/my\\040data fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/x", None),
        ("/home/me/.local/share/rushes", "nfs4"),
        ("/home/local/rushes", None),
        ("/home", "nfs4"),
        ("/homestead", None),
        ("/mnt/my data/rushes", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_decides(folder, kind):
    """A folder is on the file system that is mounted nearest above it."""
    assert network_type(Path(folder), MOUNTS) == kind


def statfs(flags: int, kind: bytes) -> bytes:
    """What macOS writes, by its header sys/mount.h; numbers that mean nothing are all ones."""
    head = struct.pack("=IiQQQQQ8sI", *[1] * 7, b"\1" * 8, 1)
    names = b"/Volumes/x".ljust(1024, b"\0") + b"//me@server/x".ljust(1024, b"\0")
    return head + struct.pack("=III16s", 26, flags, 1, kind) + names + bytes(32)


@pytest.mark.parametrize(
    ("flags", "name", "kind"),
    [
        (0x0480_5001, b"apfs", None),
        (0x0000_0018, b"smbfs", "smbfs"),
        (0x0000_0000, b"nfs", "nfs"),
        (0x0000_1000, b"macfuse", None),
        (0x0000_0000, b"macfuse", "macfuse"),
    ],
)
def test_macos_says_what_is_local(flags, name, kind):
    """By a flag, whatever the type is called."""
    data = statfs(flags, name)

    assert len(data) == filesystem._STATFS_SIZE
    assert filesystem.type_of_statfs(data) == kind


@pytest.mark.parametrize(
    ("path", "is_share"),
    [
        (r"C:\Users\me\rushes", False),
        (r"\\server\share\rushes", True),
        (r"\\?\C:\Users\me\rushes", False),
        (r"\\?\UNC\server\share", True),
        (r"\\?\Volume{4c1b02c1-d990-11dc-99ae-806e6f6e6963}\x", False),
    ],
)
def test_windows_shares_are_known_by_their_path(path, is_share):
    """A path that is only long is not one."""
    assert (filesystem.share_type(path) is not None) == is_share


def test_a_network_file_system_is_refused_with_advice(tmp_path, monkeypatch):
    """The error names the type and the variable that helps."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)

    with pytest.raises(JournalError, match=r"(?s)nfs4.*RUSHES_HOME"):
        refuse_network(tmp_path / "home")
