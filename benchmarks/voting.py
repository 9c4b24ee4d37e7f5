"""How sure votes are, and how many it takes: ``PYTHONPATH=tests python -m benchmarks.voting``.

It prints the tables of docs/explanation/votes.md.
"""

from __future__ import annotations

import argparse

import numpy as np

from explore.simulated import (
    MOST_VOTES,
    PROMPTS,
    PROVIDERS,
    Needed,
    World,
    compared,
    covered,
    needed,
)

DIFFERING = (0.0, 0.5, 1.0)

GAPS = (0.0, 0.25, 0.5, 1.0)

HALF = 0.5


def coverage(runs: int) -> None:
    """How often an interval contains the truth."""
    heads = " | ".join(f"{differing:g}" for differing in DIFFERING)
    print(f"| providers | prompts | {heads} |\n| --- | --- |{' --- |' * len(DIFFERING)}")
    for providers in PROVIDERS:
        for prompts in PROMPTS:
            shares = [
                covered(World(providers, prompts, differing=differing), 1, runs)
                for differing in DIFFERING
            ]
            cells = " | ".join(f"{share:.1%}" for share in shares)
            print(f"| {providers} | {prompts} | {cells} |", flush=True)


def votes(runs: int) -> None:
    """How many votes it takes until all neighbours are told apart."""
    heads = ("providers", "prompts", "random", "adaptive", "ratio", "wrong")
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for providers in PROVIDERS:
        for prompts in PROMPTS:
            world = World(providers, prompts)
            random, adaptive = (
                needed(world, runs, is_adaptive=is_adaptive) for is_adaptive in (False, True)
            )
            ratio, share = compared(adaptive, random)
            of = "" if share == HALF else f" ({share:.0%})"
            print(
                f"| {providers} | {prompts} | {_votes(random)} | {_votes(adaptive)} | "
                f"{ratio:.2f}{of} | {adaptive.is_wrong.mean():.1%} |",
                flush=True,
            )


def _votes(found: Needed) -> str:
    median = found.votes(HALF)
    count = f"{median:.0f}" if np.isfinite(median) else f"over {MOST_VOTES}"
    return f"{count} ({found.is_settled.mean():.0%})"


def stopping(runs: int) -> None:
    """How often it is wrong to vote until two providers are told apart, and then to stop."""
    heads = " | ".join(f"{gap:g}" for gap in GAPS)
    print(f"| prompts | {heads} |\n| --- |{' --- |' * len(GAPS)}")
    for prompts in PROMPTS:
        shares = [
            needed(World(2, prompts, gap=gap), runs, is_adaptive=True).is_wrong.mean()
            for gap in GAPS
        ]
        cells = " | ".join(f"{share:.1%}" for share in shares)
        print(f"| {prompts} | {cells} |", flush=True)


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voting", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--only", choices=[*TABLES])
    arguments = parser.parse_args()
    for name, table in TABLES.items():
        if arguments.only in (None, name):
            table(arguments.runs)


TABLES = {"coverage": coverage, "votes": votes, "stopping": stopping}


if __name__ == "__main__":
    main()
