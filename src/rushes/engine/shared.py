"""One engine a home folder and process, however many clients use it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rushes.engine.engine import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.engine.timing import Timing
    from rushes.folders import Folders

_lock = threading.Lock()
_engines: dict[Path, tuple[Engine, int]] = {}


def borrow(folders: Folders, timing: Timing | None = None) -> Engine:
    """The engine of a home folder; started when nobody uses it yet."""
    with _lock:
        engine, users = _engines.get(folders.home, (None, 0))
        if engine is None or engine.is_closed:
            engine, users = Engine(folders, timing=timing), 0
        _engines[folders.home] = (engine, users + 1)
        return engine


def give_back(engine: Engine) -> None:
    """One client less; the engine of the last one is closed."""
    with _lock:
        held, users = _engines.get(engine.folders.home, (engine, 1))
        if held is engine and users > 1:
            _engines[engine.folders.home] = (engine, users - 1)
            return
        if held is engine:
            _engines.pop(engine.folders.home, None)
    engine.close()
