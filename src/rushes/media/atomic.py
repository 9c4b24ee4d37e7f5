"""Small files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from rushes.folders import open_private, private_folder

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file, creating its folder; a reader sees the old content or the new.

    A link of that name is replaced, never written through.

    Args:
        path: the file.
        data: its content.
        private: whether it, and its folder, are for the user alone.

    Raises:
        OSError: when it cannot be written; nothing is left behind then.
    """
    if private:
        private_folder(path.parent)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open_private(draft, "xb") if private else draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a loss of power, where the platform can."""
    if os.name == "nt":
        return  # Windows has no such call; it journals renames itself.
    # Some network file systems refuse this; the rename itself has succeeded all the same.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
