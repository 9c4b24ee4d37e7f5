"""Keeps what was measured of files, until they change.

Everything here can be measured again, so it is not in the journal: the folder may be deleted at
any time, and whatever in it cannot be read or written is as good as absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import RushesError
from rushes.io.atomic import write_atomically
from rushes.io.folders import Folders
from rushes.io.private import open_home
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_FILES = 15_000
"""Notes that are kept, a few for each take; those that were not used for longest are removed."""

MOST_BYTES = 250_000_000
"""Bytes of all of them."""

LARGEST = 8_000_000
"""Bytes of a note that is kept: the measures of half an hour have 5 million."""

KEPT = 0.8
"""Share that remains after measures were removed, so that this is not done each time."""


class Stamps:
    """What many files in few folders are recognised by; each folder is resolved once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str, entry: os.stat_result | None = None) -> tuple[str, int, int, int]:
        """Where a file is, its size and its times; others when it was changed.

        Args:
            path: of the file.
            entry: its entry in the file system, if that was just read.

        Raises:
            OSError: if there is none.
        """
        folder, name = os.path.split(path)
        found = os.lstat(path) if entry is None else entry
        if stat.S_ISLNK(found.st_mode):
            found, file = os.stat(path), os.path.realpath(path)  # noqa: PTH116 - as the others
        else:
            real = self._folders.get(folder)
            if real is None:
                real = self._folders[folder] = os.path.realpath(folder)
            file = os.path.join(real, name)  # noqa: PTH118 - of many paths
        changed = 0 if sys.platform == "win32" else found.st_ctime_ns
        return file, found.st_size, found.st_mtime_ns, changed


def stamp(path: Path) -> dict[str, Any]:
    """What a file is recognised by, in a key.

    Raises:
        OSError: if there is none.
    """
    return stamp_in_key(*Stamps().of(str(path)))


def stamp_in_key(file: str, size: int, *times: int) -> dict[str, Any]:
    """What `Stamps.of` gives, in a key."""
    return {"file": file, "size": size, "times": list(times)}


class Cache:
    """What was measured, by what it depends on.

    Args:
        home: the folder of rushes, for other ones than the user's.
    """

    def __init__(self, home: str | os.PathLike[str] | None = None) -> None:
        self._home = home

    def get(self, key: Mapping[str, Any]) -> Any:
        """What is kept under a key, as it was read; None if that is nothing."""
        return self.read(name_of(key))

    def read(self, name: str) -> Any:
        """What is kept in the file of a name; see `name_of`."""
        with suppress(OSError, ValueError, RecursionError, RushesError):
            path = self._place(name)
            found = json.loads(read_regular(path, LARGEST, follow_links=False))
            with suppress(OSError):
                os.utime(path)
            return found
        return None

    def put(self, key: Mapping[str, Any], value: Any) -> None:
        """Keep something, if that is possible."""
        data = json.dumps(value, separators=(",", ":")).encode()
        if len(data) > LARGEST:
            return
        with suppress(OSError, RushesError):
            path = self._path(key)
            open_home(path.parent.parent)
            write_atomically(path, data, private=True)

    def names(self) -> frozenset[str]:
        """The names of all that is kept."""
        with suppress(OSError, RushesError):
            return frozenset(os.listdir(Folders.find(self._home).measures))  # noqa: PTH208 - faster
        return frozenset()

    def tidy(self) -> None:
        """Remove what was not used for longest, if there is too much."""
        with suppress(OSError, RushesError):
            with os.scandir(Folders.find(self._home).measures) as entries:
                files = [(entry.stat(follow_symlinks=False), entry.path) for entry in entries]
            files.sort(key=lambda one: one[0].st_mtime)
            count, size = len(files), sum(found.st_size for found, _ in files)
            if count <= MOST_FILES and size <= MOST_BYTES:
                return
            for found, path in files:
                if count <= MOST_FILES * KEPT and size <= MOST_BYTES * KEPT:
                    return
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - of many paths
                count, size = count - 1, size - found.st_size

    def _path(self, key: Mapping[str, Any]) -> Path:
        return self._place(name_of(key))

    def _place(self, name: str) -> Path:
        return Folders.find(self._home).measures / name


def name_of(key: Mapping[str, Any]) -> str:
    """The name of the file for a key."""
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    return f"{digest}.json"
