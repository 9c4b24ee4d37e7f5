"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The size of a run.

    Attributes:
        rounds: fresh processes for each import.
        crowd: jobs of the large fan-out.
        adopted: unfinished jobs that a new process finds.
        histories: finished takes in the journal, length by length.
        turns: pairs of runs with and without a Studio; the median of their ratios counts.
        has_peers: whether the peers are measured too.
    """

    rounds: int = 9
    crowd: int = 1000
    adopted: int = 1000
    histories: tuple[int, ...] = (1_000, 10_000, 100_000)
    turns: int = 9
    has_peers: bool = True


FULL = Scale()
QUICK = Scale(rounds=7, crowd=200, histories=(1_000, 10_000), turns=2, has_peers=False)
