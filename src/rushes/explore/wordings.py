"""How two texts differ, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from rushes.contract import display
from rushes.contract.wording import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["same", "removed", "added"]

_WORD = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")
"""A word or a sign with the space before it, or space at the end."""

MARKS: dict[Kind, tuple[str, str]] = {
    "same": ("", ""),
    "removed": ("[-", "-]"),
    "added": ("{+", "+}"),
}
"""What stands around a part in a terminal, as in git's word diff."""


@dataclass(frozen=True)
class WordDiff:
    """How a wording differs from another one: words that stay, go and come.

    >>> from rushes.explore.wordings import WordDiff
    >>> print(WordDiff("A red fox sleeps", "A red fox trots"))
    A red fox [-sleeps-]{+trots+}

    Attributes:
        old: the one text.
        new: the other text.
    """

    old: str
    new: str

    @property
    def parts(self) -> list[tuple[Kind, str]]:
        """The words, each run of them with what became of it; spaces stay outside of changes."""
        return [part for part in self._parts() if part[1]]

    def _parts(self) -> Iterator[tuple[Kind, str]]:
        old, new = _WORD.findall(self.old), _WORD.findall(self.new)
        # Words that differ only in the space before them are the same word.
        first, second = ([word.strip() for word in text] for text in (old, new))
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        for what, i, j, k, m in matcher.get_opcodes():
            before, after = "".join(old[i:j]), "".join(new[k:m])
            if what == "equal":
                yield "same", after
                continue
            shown = after or before
            yield "same", shown[: len(shown) - len(shown.lstrip())]
            yield "removed", before.lstrip()
            yield "added", after.lstrip()

    def __str__(self) -> str:
        return visible(
            "".join(f"{MARKS[kind][0]}{text}{MARKS[kind][1]}" for kind, text in self.parts)
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return display.bundle(self)
