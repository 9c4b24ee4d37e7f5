"""A partial download: the bytes so far, and what is needed to resume it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import stat
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rushes.io.atomic import sync_folder, write_atomically
from rushes.io.lock import try_lock
from rushes.io.private import HAS_OWNERS
from rushes.io.regular import read_regular
from rushes.video.container import is_whole

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

_LONGEST_NOTE = 65_536
"""Maximum size of a note in bytes."""

_FLAGS = os.O_RDWR | os.O_APPEND
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)

_CLOCK_STEP = 5.0
"""Seconds by which the computed boot time may vary while the machine is running."""


class PartBusy(Exception):
    """Another download is writing this part."""


@dataclass(frozen=True, slots=True)
class Note:
    """Metadata of a part. It has no link, because links are secret and change.

    Attributes:
        validator: a strong ETag or a safe Last-Modified date, which identifies this version.
        total: length of the complete video in bytes, if the server sent it.
    """

    validator: str
    total: int | None


class Part:
    """The bytes of a partial download, in a file next to its target.

    One download at a time holds it. Every method blocks, is thread-safe and may raise OSError;
    `close` may be called at any time and waits for a write in progress, so that a descriptor is
    never closed during a write.

    Args:
        target: the file to be written.
        shared: whether the part is the one that every download of the target resumes. A private
            part is deleted by `close`, and is used if the holder of the shared one is stuck.

    Attributes:
        path: the file with the bytes.
        size: the number of bytes.
        note: metadata of the bytes; None if they cannot be resumed.
    """

    def __init__(self, target: Path, *, shared: bool = True) -> None:
        own = "" if shared else f".{secrets.token_hex(4)}"
        self.target = target
        self.path = target.with_name(f"{target.name}{own}.part")
        self.size = 0
        self.note: Note | None = None
        self._shared = shared
        self._note_path = self.path.with_name(f"{self.path.name}.json")
        self._file: FileIO | None = None
        self._closed = False
        self._guard = threading.Lock()

    def hold(self) -> None:
        """Acquire the part, with what an earlier download left in it.

        Raises:
            PartBusy: if another download holds it.
        """
        with self._guard:
            if self._closed:
                raise PartBusy
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self._opened()
            try:
                self._claim(file)
            except BaseException:
                file.close()
                raise
            self._file = file

    def start_over(self, note: Note | None) -> None:
        """Discard the bytes so far.

        Args:
            note: metadata of the bytes to come; None if they cannot be resumed.
        """
        with self._guard:
            # In this order: a note must never exist with the bytes of another version.
            self._note_path.unlink(missing_ok=True)
            self._open_file().truncate(0)
            self.size, self.note = 0, note
            if note is not None and self._shared:
                text = json.dumps(asdict(note) | {"started": _machine_start()})
                write_atomically(self._note_path, text.encode())

    def append(self, data: bytes | bytearray) -> None:
        """Write bytes at the end."""
        with self._guard:
            file, rest = self._open_file(), memoryview(data)
            while rest:
                written = file.write(rest)
                self.size += written
                rest = rest[written:]

    def finish(self) -> None:
        """Rename the part to the target, so that both data and name survive a power loss."""
        with self._guard:
            file = self._open_file()
            os.fsync(file.fileno())
            if self._is_still(file) or not os.path.lexists(self.path):
                if sys.platform == "win32":
                    self._release()  # Windows cannot rename an open file.
                self._rename()
            elif not is_whole(self.target):
                raise FileExistsError(errno.EEXIST, "another file took its place", str(self.path))
            self._note_path.unlink(missing_ok=True)
            sync_folder(self.target.parent)
            self._release()

    def discard(self) -> None:
        """Delete the part."""
        with self._guard:
            self._delete()

    def close(self) -> None:
        """Release the part; a shared one is kept for the next attempt, unless it is empty."""
        with self._guard:
            self._closed = True
            if self._file is None:
                return
            with contextlib.suppress(OSError):
                if not (self._shared and self.size):
                    self._delete()
            self._release()

    def _opened(self) -> FileIO:
        """Open the part's file, which must be a regular file of the user.

        Its name is predictable. If others may write to the library, they could create a link
        there, and the video would overwrite its target; so anything that is not clearly a part
        is removed and replaced by one.
        """
        try:
            found = self.path.lstat()
            if stat.S_ISREG(found.st_mode):
                file = _as_file(os.open(self.path, _FLAGS))
                if _is_own(os.fstat(file.fileno())):
                    return file
                # Some network file systems report another owner.
                is_busy = not try_lock(file.fileno())
                file.close()
                if is_busy:
                    raise PartBusy
            # Only what was seen: another download may have made its part since.
            if os.path.samestat(found, self.path.lstat()):
                self.path.unlink()
        except FileNotFoundError:
            pass
        try:
            return _as_file(os.open(self.path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError as error:
            raise PartBusy from error

    def _claim(self, file: FileIO) -> None:
        if not (try_lock(file.fileno()) and self._is_still(file)):
            raise PartBusy
        self.size = os.fstat(file.fileno()).st_size
        self.note = self._read_note() if self.size else None

    def _rename(self) -> None:
        try:
            # A link in place of the target is replaced, not followed.
            self.path.replace(self.target)
        except (PermissionError, FileNotFoundError):
            # Another process has just finished the same video, or has it open.
            if not is_whole(self.target):
                raise

    def _delete(self) -> None:
        if sys.platform == "win32":
            self._release()
        self._note_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self._release()
        self.size, self.note = 0, None

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open_file(self) -> FileIO:
        if self._file is None:
            msg = f"{self.path} is not held"
            raise ValueError(msg)
        return self._file

    def _is_still(self, file: FileIO) -> bool:
        """Whether the locked file is still the part: it may have been renamed in between."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.lstat())
        except FileNotFoundError:
            return False

    def _read_note(self) -> Note | None:
        try:
            plain = json.loads(read_regular(self._note_path, _LONGEST_NOTE))
            validator, total = plain["validator"], plain["total"]
            if abs(plain["started"] - _machine_start()) > _CLOCK_STEP:
                return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not isinstance(validator, str) or not validator.isprintable():
            return None
        if total is not None and (type(total) is not int or total < 0):
            return None
        return Note(validator=validator, total=total)


def _is_own(found: os.stat_result) -> bool:
    """Whether it is a regular file of the user with a single name."""
    is_ours = not HAS_OWNERS or found.st_uid == os.geteuid()
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1 and is_ours


def _as_file(descriptor: int) -> FileIO:
    return os.fdopen(descriptor, "a+b", buffering=0)


def _machine_start() -> float:
    """When this machine booted, roughly, in Unix seconds.

    Bytes that were written before a crash of the machine may be missing, because a partial file is
    not synced; so a part is resumed only on the same machine before it reboots. If the clock was
    changed in between, the download starts over.
    """
    if sys.platform == "linux":
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - time.monotonic()
