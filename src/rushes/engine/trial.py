"""Tries a media file out in a process of its own, which may die of it or take too long."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal

from rushes.backends.key import without_secrets

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("rushes")

FIRST_SIGNAL = 128
"""Codes below are a program's own way to end; a system ends it with others."""


def survives(
    file: Path, *, seconds: float, medium: Literal["audio", "video"] | None = None
) -> bool:
    """Whether a process of its own comes to an end with a file, well or with an error.

    Args:
        file: it is measured as a video that was downloaded is.
        seconds: longest time for that.
        medium: plays it to its end instead, as inputs are.

    Returns:
        False if the process dies, or takes longer; True where that cannot be tried.
    """
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW}
    how = [] if medium is None else [medium]
    try:
        done = subprocess.run(  # noqa: S603 - this Python, this package, a file of the library
            [sys.executable, "-m", "rushes.media.trial", str(file), *how],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=without_secrets(os.environ),
            **detached,
        )
    except subprocess.TimeoutExpired:
        return False
    except (OSError, ValueError) as error:
        log.warning("%s cannot be measured in a process of its own: %s", file, error)
        return True
    return 0 <= done.returncode < FIRST_SIGNAL
