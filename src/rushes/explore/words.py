"""Word lists: files of the user, one entry per line."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.wording import listed, meant
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1_048_576
"""Bytes of a list that are read."""


class WordLists:
    """The word lists of one folder, each read when it is first used.

    Args:
        folder: contains ``<name>.txt`` for each list.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[str, ...]] = {}

    def entries(self, name: str) -> tuple[str, ...]:
        """The entries of a list: its lines without the empty ones.

        Raises:
            InvalidParams: if there is no such list, or it cannot be read.
        """
        if name not in self._read:
            self._read[name] = self._lines(name)
        return self._read[name]

    def names(self) -> list[str]:
        """The lists that there are."""
        try:
            return sorted(path.stem for path in self._folder.glob("*.txt"))
        except OSError:
            return []

    def _place(self, name: str) -> Path:
        """The file of a list; file systems store an accent with its letter or behind it."""
        path = self._folder / f"{name}.txt"
        if name.isascii():
            return path
        try:
            same = [each for each in self._folder.glob("*.txt") if _composed(each.stem) == name]
        except OSError:
            return path
        return path if path in same or not same else same[0]

    def _lines(self, name: str) -> tuple[str, ...]:
        path = self._place(name)
        try:
            text = read_regular(path, MOST_BYTES).decode("utf-8-sig")
        except FileNotFoundError:
            there = self.names()
            have = f" Available lists: {listed(there)}.{meant(name, there)}" if there else ""
            reason = f"there is no word list {path}; create it, with one entry per line.{have}"
        except UnicodeDecodeError:
            reason = f"the word list {path} is not UTF-8 text; save it as UTF-8."
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            reason = f"the word list {path} cannot be read: {said}."
        else:
            found = tuple(line.strip() for line in text.splitlines() if line.strip())
            if found:
                return found
            reason = f"the word list {path} is empty; write one entry per line."
        raise InvalidParams.of([Problem("prompt", f"__{name}__", reason)])


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
