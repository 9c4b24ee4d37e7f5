"""The preview in tests: soon done, or not before a test wants it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rushes.io.lock import FileLock
from support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEW_FRAMES = {"RUSHES_PREVIEW_FPS": "2"}
"""A variable that has takes rendered soon; hardly a test looks at them frame by frame."""

ALL_FRAMES = {"RUSHES_PREVIEW_FPS": "24"}
"""The same as for users, for tests that watch a take being made."""


@contextmanager
def busy_preview(home: Path) -> Iterator[None]:
    """Have every renderer's place taken, so that jobs stay in line until the end of the block."""
    spool = home / "preview"
    spool.mkdir(parents=True, exist_ok=True)
    slots = [FileLock(spool / f".slot-{number}") for number in range(os.cpu_count() or 1)]
    with ExitStack() as stack:
        for slot in slots:
            until(slot.acquire)
            stack.callback(slot.release)
        yield


def rendered(home: Path) -> list[str]:
    """What the preview was asked for, ever: the name of each job's folder."""
    spool = home / "preview"
    return [path.name for path in spool.iterdir() if path.name.isalnum()] if spool.exists() else []
