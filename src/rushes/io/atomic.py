"""Files that are written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rushes.io.private import open_private, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file, creating its folder; a reader sees the old content or the new.

    A link of that name is replaced, never written through.

    Args:
        path: the file.
        data: its content.
        private: whether the file and its folder are private to the user.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    with drafted(path.parent, private=private) as draft:
        draft.write_bytes(data)
        publish(draft, path)


@contextmanager
def drafted(folder: Path, *, private: bool = False) -> Iterator[Path]:
    """Create an empty file in a folder, and remove it afterwards unless it was published.

    Args:
        folder: created if it does not exist.
        private: whether both are private to the user.

    Raises:
        OSError: if it cannot be created.
    """
    if private:
        private_folder(folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    # Not named after the target, whose name may already be as long as the system allows.
    draft = folder / f".rushes-{secrets.token_hex(8)}"
    (open_private(draft, "xb") if private else draft.open("xb")).close()
    try:
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def publish(draft: Path, path: Path) -> None:
    """Rename a draft to its final name, replacing an existing file; a link itself is replaced.

    Raises:
        OSError: if it fails; an existing file is unchanged.
    """
    _sync(draft)
    draft.replace(path)
    sync_folder(path.parent)


def publish_new(draft: Path, path: Path) -> None:
    """Rename a draft to a name that does not exist yet.

    Raises:
        FileExistsError: if the name exists; the existing file is unchanged.
        OSError: if it fails.
    """
    _sync(draft)
    try:
        # Unlike a rename, creating a link never replaces a file, even one that has just appeared.
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # A file system without links, e.g. a memory card's.
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        draft.replace(path)
    sync_folder(path.parent)


def _sync(draft: Path) -> None:
    with draft.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power loss, if the platform supports it."""
    if os.name == "nt":
        return  # Windows has no such call; it journals renames itself.
    # Some network file systems refuse this; the rename itself has succeeded.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
