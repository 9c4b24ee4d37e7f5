"""A process that works on a gateway's jobs and answers nobody."""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING

from rushes.gateway.core import Core
from rushes.journal import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rushes.backends.protocol import Backend
    from rushes.engine import Timing
    from rushes.gateway.settings import Settings
    from rushes.journal.lanes import Lanes

log = logging.getLogger("rushes")

AGAIN = 2.0
"""Seconds between two tries to reach a database that is away."""

NOTED = 1.0
"""Seconds between two checks of the lanes that this process has."""


def work(
    settings: Settings,
    started: Callable[[Core], None],
    changed: Callable[[Lanes], None],
    away: Callable[[str], None],
    *,
    timing: Timing | None = None,
    backends: Iterable[Backend] = (),
    ending: threading.Event | None = None,
) -> None:
    """Work on jobs until the process is told to end.

    Args:
        settings: those of the gateway.
        started: called with what is open when the work begins.
        changed: called with the lanes whenever they are others than before.
        away: called once with the reason when the database cannot be reached at the start.
        timing: the engine's intervals.
        backends: services that are set up already, besides those of the environment.
        ending: set to end it; by default SIGTERM and SIGINT do.

    Raises:
        RushesError: why it cannot start, other than that the database is away.
    """
    over = ending or _ended_by_signals()
    core: Core | None = None
    was_away = False
    while core is None and not over.is_set():
        try:
            core = Core(settings, timing=timing, backends=backends)
        except Unreachable as error:
            if not was_away:
                away(error.message)
            was_away = True
            over.wait(AGAIN)
    if core is None:
        return
    with core:
        started(core)
        before: Lanes | None = None
        while not over.is_set():
            core.engine.must_work()
            lanes = core.engine.lanes
            if before is None or lanes.held != before.held:
                changed(lanes)
                before = lanes
            over.wait(NOTED)


def _ended_by_signals() -> threading.Event:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    return over
