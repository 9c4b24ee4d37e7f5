"""Notifies of what is measured: at once of what this process does, soon of what others do.

What was measured lies in one folder, a file for each note. While anything listens, a thread asks
every few seconds whether that folder has changed, and only then lists it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError
from rushes.explore.cache import MOST_FILES
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Notes = Mapping[str, int]
    Listener = Callable[[frozenset[str]], object]

log = logging.getLogger("rushes")

PAUSE = 2.0
"""Seconds after which the folder is checked again."""

MOST_LISTED = 4 * MOST_FILES
"""Names that are read of the folder."""

COARSE = 3.0
"""Seconds within which a file system may give two changes of a folder the same time."""


def notes() -> Notes:
    """The names of all notes, each with what distinguishes it from an earlier one of its name."""
    with suppress(OSError, RushesError), os.scandir(Folders.find().measures) as entries:
        return {entry.name: entry.inode() for entry in islice(entries, MOST_LISTED)}
    return {}


def listen(listener: Listener, known: Notes) -> Callable[[], None]:
    """Notify a function of the names of new notes, in whatever thread learns of them.

    Args:
        listener: called with the names; see `rushes.explore.measuring.columns_names`.
        known: the notes that it knows; it is notified of newer ones before this returns.

    Returns:
        What ends it.
    """
    now = notes()
    _follower.add(listener, now)
    if new := _new(known, now):
        _call(listener, new)
    return lambda: _follower.discard(listener)


def notify(name: str) -> None:
    """Notify all listeners of a note that this process has written."""
    _follower.notify(frozenset((name,)))


def _new(before: Notes, now: Notes) -> frozenset[str]:
    return frozenset(name for name, mark in now.items() if before.get(name) != mark)


def _call(listener: Listener, names: frozenset[str]) -> None:
    try:
        listener(names)
    except Exception:  # what was measured is not lost for one that fails
        log.exception("new measures cannot be shown")


class _Follower:
    """Looks at the folder as long as there are listeners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._bell = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, listener: Listener, now: Notes) -> None:
        with self._lock:
            self._listeners.add(listener)
            # After a fork the thread is not there any more.
            if self._thread is None or not self._thread.is_alive():
                self._bell = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._bell, now), name="rushes-measures", daemon=True
                )
                self._thread.start()

    def discard(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)
            if not self._listeners:
                self._bell.set()
                self._thread = None

    def notify(self, names: frozenset[str]) -> None:
        for listener in tuple(self._listeners):
            _call(listener, names)

    def _run(self, bell: threading.Event, seen: Notes) -> None:
        changed_at = None
        while not bell.wait(PAUSE):
            with suppress(OSError, RushesError):
                now_at = Folders.find().measures.stat().st_mtime
                if now_at == changed_at:
                    continue
                now = notes()
                # What changes in the same moment again does not change the folder's time.
                changed_at = now_at if now_at < time.time() - COARSE else None
                if new := _new(seen, now):
                    self.notify(new)
                seen = now


_follower = _Follower()
