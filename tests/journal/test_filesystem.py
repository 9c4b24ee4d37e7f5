"""A journal on a network file system would lose rows without a word."""

from __future__ import annotations

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


def test_a_network_file_system_is_refused_with_advice(tmp_path, monkeypatch):
    """The error names the type and the variable that helps."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)

    with pytest.raises(JournalError, match=r"(?s)nfs4.*RUSHES_HOME"):
        refuse_network(tmp_path / "home")
