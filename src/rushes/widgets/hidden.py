"""Takes that are off the list. Their jobs stay in the journal, their files in the library."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "hidden-takes"
HIDE, SHOW = "-", "+"


class Hidden:
    """The jobs that no Studio lists.

    One line a change, so that several kernels can write at once: the last line about a job holds.

    Args:
        home: the folder of the journal.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / NAME
        self._lock = threading.Lock()
        self._read = 0
        self._jobs: set[str] = set()

    def __contains__(self, job: str) -> bool:
        return job in self.jobs()

    def jobs(self) -> set[str]:
        """Their ids, with what other kernels have hidden meanwhile."""
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._read)
                    news = file.read()
            except FileNotFoundError:
                return set()
            # A line that is being written is read the next time.
            whole = news[: news.rfind(b"\n") + 1]
            self._read += len(whole)
            for line in whole.decode("utf-8", "replace").splitlines():
                change = self._jobs.add if line.startswith(HIDE) else self._jobs.discard
                change(line[1:])
            return set(self._jobs)

    def set(self, job: str, *, hidden: bool) -> None:
        """Hide a take, or show it again."""
        with self._path.open("ab") as file:
            file.write(f"{HIDE if hidden else SHOW}{job}\n".encode())
