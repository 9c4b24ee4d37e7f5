"""Local inputs at services that want an upload of their own: sent once, used while it lives."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rushes.contract.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rushes.backends.protocol import Backend
    from rushes.journal import AsyncJournal

log = logging.getLogger(__name__)


class Uploads:
    """What stands for each local file at each service.

    A file is known by its path: inputs are copies that are named by their content and never
    change. The journal keeps addresses, so that another process need not upload again.

    Args:
        journal: keeps them.
    """

    def __init__(self, journal: AsyncJournal) -> None:
        self._journal = journal
        # Jobs that are sent at the same time wait for one upload instead of each making its own.
        self._locks: defaultdict[tuple[str, Path], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def address(self, backend: Backend, path: Path) -> Any:
        """What to send in place of a file; uploads it unless an upload of it lives.

        Raises:
            RushesError: when the service does not take it now.
        """
        lifetime = backend.upload_lifetime
        if lifetime is None:
            return await backend.upload(path)
        async with self._locks[backend.name, path]:
            known = await self._known(backend, path, lifetime)
            if known is not None:
                return known
            until = time.time() + lifetime
            address = str(await backend.upload(path))
            try:
                await self._journal.keep_upload(backend.name, str(path), address, until)
            except JournalError as error:
                log.warning("the upload of %s could not be recorded: %s", path.name, error.message)
            return address

    async def forget(self, backend: Backend, paths: Iterable[Path]) -> None:
        """Upload files again next time: perhaps the service refused a job because of them."""
        if backend.upload_lifetime is None:
            return
        for path in paths:
            try:
                await self._journal.forget_upload(backend.name, str(path))
            except JournalError as error:
                log.warning(
                    "the record of the upload of %s could not be removed: %s",
                    path.name,
                    error.message,
                )

    async def _known(self, backend: Backend, path: Path, lifetime: float) -> str | None:
        try:
            return await self._journal.upload(backend.name, str(path), lifetime)
        except JournalError:
            return None
