"""Who waits for whom, when fewer jobs may be at services at once than there are.

Two limits make jobs wait: how many of one library may be at services at once, and how many of all
at one service. Whose turn it is when there is room is decided by shares: the library with the
fewest jobs at the service for its weight is next, so that a hundred jobs of one person do not keep
the first job of another one waiting. No place stays empty while someone may take it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rushes.contract.errors import RushesError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.journal import JobRecord


@dataclass(frozen=True)
class Terms:
    """On what terms the jobs of one library are sent.

    Attributes:
        most: how many may be at services at once; None for no limit, 0 while that is not known.
        weight: how large its share of a service's places is, compared with others'.
        priority: those with a higher one are sent first, whatever the shares.
    """

    most: int | None = None
    weight: float = 1.0
    priority: int = 0


class Limits(Protocol):
    """Says what limits there are. It is asked often, in the engine's thread, so it may not wait."""

    def terms(self, job: JobRecord) -> Terms:
        """Those of a job's library."""

    def places(self, backend: str) -> int | None:
        """How many jobs may be at a service at once, from all processes; None for no limit."""


class Full(RushesError):
    """As many jobs of a library as may be are at services already, by way of other processes."""


class Line:
    """The jobs of one process that wait for their turn, and those that had it.

    Args:
        limits: says what limits there are; None for none.
        share: how many of a service's places are this process's, of all there are.
    """

    def __init__(self, limits: Limits | None, share: Share) -> None:
        self._limits = limits
        self._share = share
        self._inside: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._waiting: dict[str, dict[str, dict[str, JobRecord]]] = defaultdict(
            lambda: defaultdict(dict)
        )

    def enter(self, job: JobRecord) -> None:
        """Count a job that is at its service already."""
        if self._limits is not None:
            self._inside[job.backend][job.folder].add(job.id)

    def has(self, job: JobRecord) -> bool:
        """Whether it is a job's turn, or was."""
        return self._limits is None or job.id in self._inside[job.backend].get(job.folder, ())

    def ask(self, job: JobRecord) -> list[str]:
        """Let a job wait for its turn; the jobs whose turn it is now, perhaps it among them."""
        if self.has(job):
            return []
        self._waiting[job.backend][job.folder][job.id] = job
        return self._grant(job.backend, job.folder)

    def leave(self, job: JobRecord) -> list[str]:
        """Count a job no longer; the jobs whose turn it is now."""
        if self._limits is None:
            return []
        self._inside[job.backend][job.folder].discard(job.id)
        self._waiting[job.backend][job.folder].pop(job.id, None)
        self._forget(job)
        # There is room at its service, and for its library at all services.
        return [job_id for name in list(self._waiting) for job_id in self._grant(name, job.folder)]

    def step_back(self, job: JobRecord) -> None:
        """Have a job wait again whose turn it was."""
        self._inside[job.backend][job.folder].discard(job.id)
        self._forget(job)

    def review(self) -> list[str]:
        """The jobs whose turn it is because a limit is another one than before."""
        return [
            job_id
            for name, libraries in list(self._waiting.items())
            for folder in list(libraries)
            for job_id in self._grant(name, folder)
        ]

    def _grant(self, backend: str, folder: str) -> list[str]:
        """Give the free places of a service to those who are next.

        Args:
            backend: the service.
            folder: where nothing limits the service, only this library can have been waiting.
        """
        assert self._limits is not None  # noqa: S101 - nobody waits then
        waiting, inside = self._waiting[backend], self._inside[backend]
        total = self._limits.places(backend)
        room = None
        if total is not None:
            room = self._share(backend, total) - sum(map(len, inside.values()))
        granted: list[str] = []
        while room is None or len(granted) < room:
            candidates: Iterable[str] = waiting if room is not None else (folder,)
            job = self._next(backend, candidates)
            if job is None:
                break
            del waiting[job.folder][job.id]
            if not waiting[job.folder]:
                del waiting[job.folder]
            inside[job.folder].add(job.id)
            granted.append(job.id)
        return granted

    def _next(self, backend: str, folders: Iterable[str]) -> JobRecord | None:
        """The job whose turn it is among those of some libraries."""
        assert self._limits is not None  # noqa: S101 - as above
        inside = self._inside[backend]
        best: tuple[tuple[float, float, float], JobRecord] | None = None
        for folder in folders:
            first = next(iter(self._waiting[backend].get(folder, {}).values()), None)
            if first is None:
                continue
            terms = self._limits.terms(first)
            if terms.most is not None and self._count(folder) >= terms.most:
                continue
            share = (len(inside.get(folder, ())) + 1) / terms.weight
            rank = (-float(terms.priority), share, first.created_at)
            if best is None or rank < best[0]:
                best = (rank, first)
        return None if best is None else best[1]

    def _count(self, folder: str) -> int:
        """How many jobs of a library are at services by way of this process."""
        return sum(len(libraries.get(folder, ())) for libraries in self._inside.values())

    def _forget(self, job: JobRecord) -> None:
        """Drop what is empty."""
        if not self._inside[job.backend].get(job.folder, True):
            del self._inside[job.backend][job.folder]
        if not self._waiting[job.backend].get(job.folder, True):
            del self._waiting[job.backend][job.folder]


class Share(Protocol):
    """How many of a service's places are those of one process."""

    def __call__(self, backend: str, total: int) -> int:
        """Its part of all."""


def whole(backend: str, total: int) -> int:  # noqa: ARG001 - as `Share` says
    """The share of a process that works alone."""
    return total
