"""fal's queue with a note of every status call."""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from rushes.backends.fal import FalBackend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.backends.protocol import Status

KEY = "emulator-id:emulator-secret"


class WatchedFal(FalBackend):
    """fal, which remembers when it was asked.

    Args:
        urls: addresses of the emulated hosts.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        super().__init__(KEY, queue_url=urls["queue"], rest_url=urls["rest"], api_url=urls["api"])
        self.asked: list[float] = []

    async def poll(self, remote_id: str, remote: Mapping[str, Any]) -> Status:
        """Ask for the status, and note when."""
        self.asked.append(time.monotonic())
        return await super().poll(remote_id, remote)

    def most_in_a_second(self) -> int:
        """The largest number of status calls within any second."""
        return max(
            (bisect_left(self.asked, at + 1.0) - i for i, at in enumerate(self.asked)), default=0
        )
