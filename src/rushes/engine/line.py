"""Who waits for whom: at most a number of jobs of one library are at services at once."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.journal import JobRecord


class Line:
    """The line of each library, in the order in which its jobs came.

    Args:
        most: how many jobs of a job's library may be at services at once; None for no limit. It is
            asked again for each job that wants to go, so that a limit may change.
    """

    def __init__(self, most: Callable[[JobRecord], int | None] | None) -> None:
        self._most = most
        self._inside: dict[str, set[str]] = defaultdict(set)
        self._waiting: dict[str, dict[str, None]] = defaultdict(dict)

    def enter(self, job: JobRecord) -> None:
        """Count a job that is at its service already."""
        if self._most is not None:
            self._inside[job.folder].add(job.id)

    def may_enter(self, job: JobRecord) -> bool:
        """Whether a job may be sent now; it counts then, and waits in line otherwise."""
        if self._most is None:
            return True
        inside, waiting = self._inside[job.folder], self._waiting[job.folder]
        if job.id in inside:
            return True
        most = self._most(job)
        waiting.setdefault(job.id)
        first = next(iter(waiting))
        if most is not None and (len(inside) >= most or first != job.id):
            return False
        del waiting[job.id]
        inside.add(job.id)
        return True

    def leave(self, job: JobRecord) -> list[str]:
        """Count a job no longer; the jobs that may be sent now."""
        if self._most is None:
            return []
        inside, waiting = self._inside[job.folder], self._waiting[job.folder]
        inside.discard(job.id)
        waiting.pop(job.id, None)
        if not waiting:
            del self._waiting[job.folder]
            if not inside:
                del self._inside[job.folder]
            return []
        most = self._most(job)
        room = len(waiting) if most is None else max(0, most - len(inside))
        return list(islice(waiting, room))
