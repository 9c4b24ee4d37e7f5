"""Names for takes, no two alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Known = tuple[str, int | None, str | None]
"""What is known of a take: its plainest name, its seed and its service."""


def told_apart(takes: Sequence[Known]) -> list[str]:
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
