"""What a gateway's daily caps leave, for the line below the estimate."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.client import VideoGen

PAUSE = 3.0
"""Seconds between two questions."""

PATIENCE = 60.0
"""Seconds for which an answer is waited for."""


class Allowance:
    """Asks a gateway what is spent today, one question at a time, and never waits for the answer.

    Args:
        gen: the client.
        show: is called with the words whenever there are new ones, in another thread.
    """

    def __init__(self, gen: VideoGen, show: Callable[[str], None]) -> None:
        self._gen = gen
        self._show = show
        self._lock = threading.Lock()
        self._is_asking = self._is_due = False
        self._closed = threading.Event()

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def ask(self) -> None:
        """Ask again, because money was spent or given back."""
        with self._lock:
            if self._is_asking or self._closed.is_set():
                self._is_due = True
                return
            self._is_asking = True
        # The engine's own thread must not wait for a page.
        threading.Thread(target=self._run, name="rushes allowance", daemon=True).start()

    def _run(self) -> None:
        while True:
            words = None
            # A gateway that cannot say it now says it after the next take.
            with suppress(RushesError, CancelledError, TimeoutError):
                words = self._words()
            if words:
                self._show(words)
                # Takes have news several times a second while they run.
                self._closed.wait(PAUSE)
            with self._lock:
                if not self._is_due or self._closed.is_set():
                    self._is_asking = False
                    return
                self._is_due = False

    def _words(self) -> str:
        asked = self._gen.allowance()
        balance = None if asked is None else asked.result(PATIENCE)
        if balance is None or balance.today is None:
            return ""
        return f"{balance.today} at {balance.backend}"
