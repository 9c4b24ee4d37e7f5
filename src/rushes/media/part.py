"""A file that is still arriving: the bytes so far, and what a server needs to go on with them."""

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
"""Bytes."""

_FLAGS = os.O_RDWR | os.O_APPEND
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)

_CLOCK_STEP = 5.0
"""Seconds by which the computed time of the machine's start may vary while it runs."""


class PartBusy(Exception):
    """Another download is writing this part."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is remembered of a part beside its bytes. No link: those are secrets, and change.

    Attributes:
        validator: a strong ETag or a safe Last-Modified date; names this version of the video.
        total: length of the whole video in bytes, when the server said it.
    """

    validator: str
    total: int | None


class Part:
    """The bytes of a file that is still arriving, beside the file that they will be.

    One download at a time holds it. Every method blocks, may be called from any thread and may
    raise OSError; `close` may be called at any time and waits for a write that is under way, so
    that a descriptor is never closed under it.

    Args:
        target: the file that is to be.
        shared: whether the part is the one that every download of the target goes on with.
            A part of one's own is deleted by `close` and serves when the holder of the shared
            one does not move.

    Attributes:
        path: where the bytes are.
        size: how many there are.
        note: what is known of them; None when they cannot be gone on with.
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
        """Take the part, with what an earlier download left in it.

        Raises:
            PartBusy: another download has it.
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
        """Forget the bytes so far.

        Args:
            note: what to remember of those that come; None when one cannot go on with them.
        """
        with self._guard:
            # In this order: a note must never stand beside bytes of another version.
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
        """Make the part the target, such that a loss of power takes neither its bytes nor name."""
        with self._guard:
            file = self._open_file()
            os.fsync(file.fileno())
            if self._is_still(file) or not os.path.lexists(self.path):
                if sys.platform == "win32":
                    self._release()  # Windows renames no open file.
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
        """Let go of the part; a shared one stays for the next try, unless it is empty."""
        with self._guard:
            self._closed = True
            if self._file is None:
                return
            with contextlib.suppress(OSError):
                if not (self._shared and self.size):
                    self._delete()
            self._release()

    def _opened(self) -> FileIO:
        """The part's file, which is a file of its own and the user's.

        Its name can be guessed. Where others may write to the library they could have put a link
        there, and the video would be written into what it leads to; so whatever is not plainly
        a part is removed, and one is made in its place.
        """
        if _is_file(self.path):
            with contextlib.suppress(FileNotFoundError):
                file = _as_file(os.open(self.path, _FLAGS))
                if _is_own(os.fstat(file.fileno())):
                    return file
                # Some network file systems name another owner than who made it.
                is_busy = not try_lock(file.fileno())
                file.close()
                if is_busy:
                    raise PartBusy
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
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
            # A link in the target's place is replaced, not followed.
            self.path.replace(self.target)
        except (PermissionError, FileNotFoundError):
            # Somebody else finished the same video, or has it open, in this very moment.
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
        """Whether the file just locked is the part: it may have been renamed in between."""
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


def _is_file(path: Path) -> bool:
    """Whether a name is that of a file, not of a link to one, a pipe or a folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _is_own(found: os.stat_result) -> bool:
    """Whether it is a file of the user's that has one name only."""
    is_ours = not HAS_OWNERS or found.st_uid == os.geteuid()
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1 and is_ours


def _as_file(descriptor: int) -> FileIO:
    return os.fdopen(descriptor, "a+b", buffering=0)


def _machine_start() -> float:
    """When this machine started, roughly, in unix seconds.

    Bytes that were written before a crash of the machine may be holes now, because nothing is
    flushed while a file arrives; so a part is gone on with only on the machine, and within the
    run of it, that wrote it. A clock that was set in between costs a fresh start.
    """
    if sys.platform == "linux":
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - time.monotonic()
