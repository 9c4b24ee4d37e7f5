"""Copies of inputs that nothing needs any more.

A copy is made for a request, and stays as long as a job or the form of a Studio names it. Requests
that were never sent, files that a page sent and nobody used, and what a process that died left
behind would otherwise fill the home folder.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from rushes.io.private import open_private
from rushes.io.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

KEPT_FOR = 7 * 86_400.0
"""Seconds after its last use for which a copy is kept in any case, e.g. for a plan to be sent."""

EVERY = 86_400.0
"""Seconds between two clearings of a folder, whichever processes do them."""

_COPY = re.compile(r"[0-9a-f]{16}-[a-z0-9-]+\.[a-z0-9]+")
_UNFINISHED = re.compile(r"\.[0-9a-f]{16}|\.upload-[0-9a-f]{24}")
_MARK = ".cleared"
_LARGEST_DRAFT = 4_000_000


def clear(
    folder: Path, drafts: Path, mentioned: Callable[[Collection[str]], Collection[str]]
) -> None:
    """Remove what is old and named by nothing, unless that was done in the last day.

    Args:
        folder: of the copies.
        drafts: the folder with the forms of Studios.
        mentioned: says which of some names occur in the request of any job.

    Raises:
        OSError: if the folder cannot be read.
        RushesError: if `mentioned` raises it; nothing was removed.
    """
    mark = folder / _MARK
    if not folder.is_dir() or time.time() - _used_at(mark) < EVERY:
        return
    with open_private(mark, "wb"):
        pass
    old = [path for path in folder.iterdir() if _is_old(path)]
    copies = {path.name for path in old if _COPY.fullmatch(path.name)}
    if copies:
        copies -= _in_forms(drafts)
        copies -= set(mentioned(copies))
    for path in old:
        # It may have been used again since.
        if (path.name in copies or _UNFINISHED.fullmatch(path.name)) and _is_old(path):
            _remove(path)


def _in_forms(drafts: Path) -> set[str]:
    found: set[str] = set()
    for path in drafts.glob("*.json"):
        with suppress(OSError):
            text = read_regular(path, _LARGEST_DRAFT).decode("utf-8", "replace")
            found.update(_COPY.findall(text))
    return found


def _is_old(path: Path) -> bool:
    return time.time() - _used_at(path) > KEPT_FOR


def _used_at(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
