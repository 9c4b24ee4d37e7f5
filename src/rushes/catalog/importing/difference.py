"""What a service has changed since a provider's file was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Change:
    """A field of a service that is not as it was.

    Attributes:
        field: its name.
        before: what it was, in words; None if it is new.
        now: what it is; None if it is gone.
    """

    field: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.field} is new: {self.now}"
        if self.now is None:
            return f"{self.field} is gone; it was: {self.before}"
        return f"{self.field} was: {self.before}; it is now: {self.now}"


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    """The fields that differ, in the order of the new schema, and then those that are gone."""
    for name, words in now.items():
        if before.get(name) != words:
            yield Change(name, before.get(name), words)
    for name, words in before.items():
        if name not in now:
            yield Change(name, words, None)
