"""The engines of this process: one a home folder and journal, however many clients use it."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

from rushes.engine.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.engine.timing import Timing
    from rushes.io.folders import Folders

_lock = threading.Lock()
_engines: dict[tuple[Path, str | None], tuple[Engine, int]] = {}
_made: WeakSet[Engine] = WeakSet()
"""Every engine of this process, also those that ended while clients hold them."""


def borrow(folders: Folders, timing: Timing | None = None, journal: str | None = None) -> Engine:
    """The engine of a home folder; started when nobody uses it yet, or when it has ended.

    Args:
        folders: the home folder and the others.
        timing: how long things may take, if it is started.
        journal: the address of a database that has the journal in place of the home folder.
    """
    place = (folders.home, journal)
    with _lock:
        engine, users = _engines.get(place, (None, 0))
        if engine is None or engine.is_closed:
            engine, users = Engine(folders, timing=timing, journal=journal), 0
            _made.add(engine)
        else:
            engine.refresh()
        _engines[place] = (engine, users + 1)
        return engine


def engines() -> list[Engine]:
    """The engines of this process that work."""
    with _lock:
        return [engine for engine, _ in _engines.values() if not engine.is_closed]


def give_back(engine: Engine) -> None:
    """One client less; the engine of the last one is closed."""
    with _lock:
        place = next((each for each, (held, _) in _engines.items() if held is engine), None)
        if place is not None:
            _, users = _engines.pop(place)
            if users > 1:
                _engines[place] = (engine, users - 1)
                return
    engine.close()


def _in_child() -> None:
    """Start afresh in a forked process, which has the engines' memory but not their threads."""
    global _lock  # noqa: PLW0603 - a thread of the parent may have held it
    _lock = threading.Lock()
    _engines.clear()
    for engine in tuple(_made):
        engine.forget()


if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(after_in_child=_in_child)
