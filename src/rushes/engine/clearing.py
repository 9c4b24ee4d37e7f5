"""Clears the home folder of what nothing needs any more, some time after the start."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from rushes.contract.errors import RushesError
from rushes.media.leftovers import EVERY, clear

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rushes.io.folders import Folders
    from rushes.journal import Journal

log = logging.getLogger("rushes")

FIRST = 60.0
"""Seconds after the start: what was started for one job is not kept busy by this."""


async def keep_clear(
    folders: Folders, journal: Journal, aside: Callable[[Callable[[], None]], Awaitable[None]]
) -> None:
    """Clear the folder once a day while this process lives.

    Args:
        folders: of the home.
        journal: knows what jobs name.
        aside: runs a blocking function in another thread.
    """
    pause = FIRST
    while True:
        await asyncio.sleep(pause)
        pause = EVERY
        try:
            await aside(partial(clear, folders.inputs, folders.drafts, journal.mentioned))
        except (OSError, RushesError) as error:
            log.info("copies of inputs were not cleared: %s", error)
