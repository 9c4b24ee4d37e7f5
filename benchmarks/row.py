"""One line of the table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, against what must be reached.

    Attributes:
        measure: what it is.
        ours: rushes' figures in words.
        target: what must be reached, in words.
        met: whether it is; None where nothing was promised.
        peers: figures of the others by name, in words.
        remark: what the figures include, and how they came about.
        figures: all numbers.
    """

    measure: str
    ours: str
    target: str = ""
    met: bool | None = None
    peers: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The row as plain JSON."""
        return asdict(self)
