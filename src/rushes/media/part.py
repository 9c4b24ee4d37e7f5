"""A file that is still arriving: the bytes so far, and what a server needs to go on with them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rushes.media.atomic import sync_folder
from rushes.media.container import is_whole
from rushes.media.lock import try_lock

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

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
            file = open(self.path, "a+b", buffering=0)  # noqa: PTH123, SIM115 - kept; FileIO
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
                self._note_path.write_text(text, encoding="utf-8")

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
            if sys.platform == "win32":
                self._release()  # Windows renames no open file.
            try:
                self.path.replace(self.target)
            except (PermissionError, FileNotFoundError):
                # Somebody else finished the same video, or has it open, in this very moment.
                if not is_whole(self.target):
                    raise
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

    def _claim(self, file: FileIO) -> None:
        if not (try_lock(file.fileno()) and self._is_still(file)):
            raise PartBusy
        self.size = os.fstat(file.fileno()).st_size
        self.note = self._read_note() if self.size else None

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
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def _read_note(self) -> Note | None:
        try:
            plain = json.loads(self._note_path.read_text(encoding="utf-8"))
            if abs(plain["started"] - _machine_start()) > _CLOCK_STEP:
                return None
            return Note(validator=str(plain["validator"]), total=plain["total"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _machine_start() -> float:
    """When this machine started, roughly, in unix seconds.

    Bytes that were written before a crash of the machine may be holes now, because nothing is
    flushed while a file arrives; so a part is gone on with only on the machine, and within the
    run of it, that wrote it. A clock that was set in between costs a fresh start.
    """
    if sys.platform == "linux":
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - time.monotonic()
