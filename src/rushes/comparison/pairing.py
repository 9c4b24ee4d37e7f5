"""Decides which two takes can be voted on."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from rushes.journal.vote import unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rushes.comparison.entry import Entry


def objection(left: Entry, right: Entry, entries: Sequence[Entry]) -> str | None:
    """Why two takes of a comparison cannot be voted on, as a sentence; None if they can.

    Their prompt, mode and inputs have to be the same, as far as they are known; otherwise the
    better prompt would win. If several providers are compared, a provider does not meet itself.

    Args:
        left: one take.
        right: the other.
        entries: all takes of the comparison.
    """
    if differing := _unlike(left, right):
        return (
            f"{left.label} and {right.label} have different requests: they differ in "
            f"{', '.join(differing)}. Vote on takes with the same prompt, mode and inputs."
        )
    if _is_one(left, right) and any(
        not _is_one(one, other) and not _unlike(one, other) and one.provider and other.provider
        for one, other in combinations(entries, 2)
    ):
        return (
            f"{left.label} and {right.label} are both from {left.provider}. If several providers "
            f"are compared, vote on takes of two different ones."
        )
    return None


def _is_one(left: Entry, right: Entry) -> bool:
    """Whether both are known to be from the same provider."""
    return left.provider is not None and left.provider == right.provider


def _unlike(left: Entry, right: Entry) -> tuple[str, ...]:
    one, other = _asked(left), _asked(right)
    if one is None or other is None:
        return ()
    differing = unlike(one, other, media={*left.media, *right.media})
    if left.params is None or right.params is None:
        return tuple(name for name in differing if name != "inputs")
    return differing


def _asked(entry: Entry) -> dict[str, Any] | None:
    """The known request of a take; None for a file without metadata."""
    if entry.params is not None:
        return entry.params.to_json()
    if entry.result is not None:
        return {"prompt": entry.result.prompt, "mode": entry.result.mode}
    return None
