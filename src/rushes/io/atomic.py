"""Files that are there as a whole or not at all."""

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
        private: whether it, and its folder, are for the user alone.

    Raises:
        OSError: when it cannot be written; nothing is left behind then.
    """
    with drafted(path.parent, private=private) as draft:
        draft.write_bytes(data)
        publish(draft, path)


@contextmanager
def drafted(folder: Path, *, private: bool = False) -> Iterator[Path]:
    """An empty file in a folder, created with it; what has not been published is removed.

    Args:
        folder: where.
        private: whether both are for the user alone.

    Raises:
        OSError: when it cannot be created.
    """
    if private:
        private_folder(folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    # Not named after the file that it becomes: that name may be as long as the system allows.
    draft = folder / f".rushes-{secrets.token_hex(8)}"
    (open_private(draft, "xb") if private else draft.open("xb")).close()
    try:
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def publish(draft: Path, path: Path) -> None:
    """Give a draft its name; what had that name until now is replaced, a link by itself.

    Raises:
        OSError: when it cannot; what is there stays.
    """
    _sync(draft)
    draft.replace(path)
    sync_folder(path.parent)


def publish_new(draft: Path, path: Path) -> None:
    """Give a draft a name that nothing has yet.

    Raises:
        FileExistsError: when something has it; that stays as it is.
        OSError: when it cannot.
    """
    _sync(draft)
    try:
        # Unlike a rename, a link never replaces anything, not even what has just appeared.
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
