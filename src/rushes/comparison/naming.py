"""How takes are named and described in a line, wherever they are shown."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from rushes.io.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rushes.catalog import ProviderSpec
    from rushes.contract.results import Cost, VideoGenResult

TIMES = "\N{MULTIPLICATION SIGN}"

Known = tuple[str, int | None, str | None]
"""What is known of a take: its plainest name, its seed and its service."""


def title_of(provider: str) -> str:
    """What a provider is called: ``"Kling 3.0 standard"``; its id if its file is not there."""
    spec = providers().get(provider)
    return spec.title if spec else provider


@cache
def providers() -> Mapping[str, ProviderSpec]:
    """The packaged providers and the user's, by id, as they are when they are first needed."""
    from rushes.catalog import Catalog  # noqa: PLC0415 - costs 30 ms, and only names need it

    return Catalog.load(Folders.find().providers).providers


def distinguished(takes: Sequence[Known]) -> list[str]:
    """A name for each take: the plainest one, with seed or service where several share it."""
    groups = defaultdict[str, list[Known]](list)
    for take in takes:
        groups[take[0]].append(take)
    return [_name(take, groups[take[0]]) for take in takes]


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with numbers where one is repeated: ``kling``, ``kling 2``."""
    found: list[str] = []
    for name in names:
        number, free = 2, name
        # A number must not make the name that another take was given.
        while free in found or (free != name and free in names):
            free = f"{name} {number}"
            number += 1
        found.append(free)
    return found


def _name(take: Known, group: list[Known]) -> str:
    name, seed, service = take
    if len(group) == 1:
        return name
    seeds = [each[1] for each in group]
    if None not in seeds and len(set(seeds)) == len(group):
        return f"{name}, seed {seed}"
    services = [each[2] for each in group]
    if None not in services and len(set(services)) == len(group):
        return f"{name} at {service}"
    return name


def facts_of(result: VideoGenResult) -> list[str]:
    """The facts of a finished video: ``["5 s", …, "seed 7", "$1.51", "took 58 s"]``."""
    return facts(
        (result.width, result.height),
        result.duration_seconds,
        seed=result.seed,
        cost=result.cost,
        took=result.timings.total if result.timings else None,
    )


def facts(
    size: tuple[int, int] | None,
    seconds: float | None,
    *,
    seed: int | None = None,
    cost: Cost | None = None,
    took: float | None = None,
) -> list[str]:
    """What is known of a video, a text for each fact, always in the same order.

    Args:
        size: width and height in pixels.
        seconds: its length.
        seed: as the service reported it.
        cost: what it cost or will cost.
        took: seconds from the request to the file.
    """
    found = []
    if seconds is not None:
        found.append(f"{round(seconds, 1):g} s")
    if size is not None:
        found.append(f"{size[0]}{TIMES}{size[1]}")
    if seed is not None:
        found.append(f"seed {seed}")
    if cost is not None and cost.is_believable:
        found.append(price(cost))
    if took is not None:
        found.append(f"took {duration(took)}")
    return found


def price(cost: Cost) -> str:
    """A cost in words: ``"$1.51"``, ``"about $1.51"`` or ``"free"``."""
    return str(cost) if cost.amount else "free"


def duration(seconds: float) -> str:
    """A length of time: ``"7 s"``, ``"1 min 05 s"`` or ``"2 h 03 min"``."""
    minutes, whole = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {whole:02} s" if minutes else f"{whole} s"
