"""How much memory a process takes."""

from __future__ import annotations

import resource
import threading
from pathlib import Path


class Memory:
    """Watches how far a process's resident memory grows, by Linux's /proc.

    Args:
        pid: the process.

    Attributes:
        before: bytes at the beginning.
    """

    def __init__(self, pid: int) -> None:
        self._file = Path(f"/proc/{pid}/statm")
        self.before = self._peak = self._now()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Bytes at the peak above the beginning."""
        self._end.set()
        self._thread.join()
        return self._peak - self.before

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self._peak = max(self._peak, self._now())

    def _now(self) -> int:
        try:
            return int(self._file.read_text().split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            return 0
