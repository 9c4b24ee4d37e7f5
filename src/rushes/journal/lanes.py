"""Lanes: which process works on the jobs of which service.

Waiting wants company: one process that waits for all jobs of an account polls them in batches,
within one rate that it learned. So a gateway's processes do not divide the jobs, but *lanes*: a
lane is one account of one service, or a part of it when one process is not enough. Nothing that is
about money depends on it. Each job keeps its own owner and fence, so a process that is wrong about
a lane is refused by the job.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Unpack, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rushes.journal.record import Changes, JobRecord

MOST_PARTS = 64
"""Parts of one account at most."""


@dataclass(frozen=True, order=True)
class Lane:
    """A part of the jobs of one account.

    Attributes:
        backend: the service.
        part: its number, from 0.
    """

    backend: str
    part: int = 0


@dataclass(frozen=True)
class Lanes:
    """The lanes that a process works on.

    >>> Lanes({"fal": 2}, frozenset({Lane("fal", 0)})).parts("fal")
    (0,)

    Attributes:
        divided: by service, into how many parts its jobs are divided.
        held: those of this process.
    """

    divided: Mapping[str, int] = field(default_factory=dict)
    held: frozenset[Lane] = frozenset()

    def parts(self, backend: str) -> tuple[int, ...]:
        """The parts of a service's jobs that are worked on here."""
        return tuple(sorted(lane.part for lane in self.held if lane.backend == backend))

    def has(self, job: JobRecord) -> bool:
        """Whether a job is worked on here."""
        return lane_of(job, self.divided.get(job.backend, 1)) in self.held

    def share(self, backend: str, total: int) -> int:
        """How much of a number is for this process, if each part of a service has as much.

        The shares of all processes add up to the number.
        """
        number = self.divided.get(backend, 1)
        return sum(total // number + (part < total % number) for part in self.parts(backend))


def lane_of(job: JobRecord, number: int) -> Lane:
    """The lane of a job, if its service's jobs are divided into a number of parts."""
    digest = hashlib.md5(job.id.encode(errors="replace"), usedforsecurity=False).hexdigest()
    return Lane(job.backend, int(digest[:7], 16) % number)


def assigned(
    lanes: Mapping[Lane, str | None], workers: Mapping[str, Collection[str]]
) -> dict[Lane, str | None]:
    """Whose each lane should be, worked out alike by all.

    A lane stays where it is unless another process that can work on it has at least two fewer.

    Args:
        lanes: with their holders, None or gone where there is none.
        workers: by process that lives, the services that it works on.

    Returns:
        The holder of each lane; None where no process works on the service.
    """
    found: dict[Lane, str] = {}
    counts = dict.fromkeys(sorted(workers), 0)
    for lane, holder in sorted(lanes.items()):
        if holder is not None and lane.backend in workers.get(holder, ()):
            found[lane] = holder
            counts[holder] += 1
    free: list[Lane] = []
    for lane in sorted(lanes.keys() - found.keys()):
        able = [each for each in counts if lane.backend in workers[each]]
        if not able:
            free.append(lane)
            continue
        found[lane] = chosen = min(able, key=lambda each: counts[each])
        counts[chosen] += 1
    while (move := _move(found, workers, counts)) is not None:
        lane, receiver = move
        counts[found[lane]] -= 1
        counts[receiver] += 1
        found[lane] = receiver
    return {**found, **dict.fromkeys(free)}


def _move(
    found: Mapping[Lane, str], workers: Mapping[str, Collection[str]], counts: Mapping[str, int]
) -> tuple[Lane, str] | None:
    """A lane that another process should have, and that process; None when all is well."""
    for receiver in sorted(counts, key=lambda each: counts[each]):
        movable = [
            lane
            for lane, holder in found.items()
            if lane.backend in workers[receiver] and counts[holder] > counts[receiver] + 1
        ]
        if movable:
            return max(movable, key=lambda lane: (counts[found[lane]], lane)), receiver
    return None


@runtime_checkable
class Laned(Protocol):
    """A store whose jobs are divided among processes by lanes."""

    @property
    def lanes(self) -> Lanes:
        """Those of this process, as they were when it asked last."""

    def take_lanes(self, backends: Collection[str], divided: Mapping[str, int]) -> Lanes:
        """Take part in the work, and take what this process should have.

        Until it is called the first time, a process works on the jobs that it records itself, and
        claims any other; afterwards it claims only those of its lanes. What it should not have any
        more it still holds, until `free` says that nothing of it is under way here.

        Args:
            backends: the services that this process works on; none to work on nothing.
            divided: into how many parts the jobs of services are divided from now on; those that
                are not named stay as they are.
        """

    def changed(self, since: float | None) -> tuple[list[JobRecord], float]:
        """The jobs that any process changed since a moment.

        Args:
            since: what the last call returned; None returns no jobs.

        Returns:
            The jobs, some perhaps again; and the moment from which nothing is missed next time.
        """

    def begin(self, job: JobRecord, *, most: int, **changes: Unpack[Changes]) -> JobRecord | None:
        """Write the intent to send a queued job, as `Journal.write` does.

        Args:
            job: as this process read it.
            most: how many jobs of its library may be sent or at services, from all processes.
            changes: as for `Journal.write`.

        Returns:
            The job; None if as many are there already. Then nothing was written.
        """

    def free(self, busy: Iterable[JobRecord], idle: Collection[str]) -> None:
        """Hand over what other processes should have.

        Args:
            busy: jobs that this process cannot leave yet; their lanes are kept.
            idle: ids of jobs that this process has left; another one claims them.
        """
